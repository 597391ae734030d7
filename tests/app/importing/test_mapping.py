"""
A mapping is read strictly: what is misspelt, missing or impossible is refused by the name of its key.
"""

import pytest

from app.importing.faults import MalformedMapping
from app.importing.mapping import load_mapping, parse_mapping, shipped
from domain.law.rules import parse_pack
from tests.app.importing.build import MAPPING, STEPS


def test_shipped():
    """
    The mappings of the contract come with the program, each with a pack that names its source alone.
    """
    assert shipped() == ["boston311", "bpic2013", "receipt_permit", "teddy_c4_replies"]
    for name in shipped():
        mapping = load_mapping(name)
        assert mapping.name == name
        pack = parse_pack(mapping.pack, (name,))
        assert pack.pack_id == f"mapping-{name}"
        assert pack.zone == mapping.zone.key


def test_from_a_file(tmp_path):
    """
    A mapping without a name of its own has its file's.
    """
    (tmp_path / "hall.toml").write_text(MAPPING.replace('name = "counter"\n', ""), "utf-8")
    assert load_mapping(str(tmp_path / "hall.toml")).name == "hall"


def test_once_per_case_by_default():
    """
    In a log of events a case is registered and concluded once, whatever the number of its rows.
    """
    assert [(a.event, a.per) for a in parse_mapping(STEPS, "x").acts] == [
        ("petition.registered", "case"),
        ("petition.concluded", "case"),
        ("handed.over", "row"),
        ("progress.noted", "row"),
    ]


def test_limit_of_its_own():
    """
    A limit in days counts calendar days and never rolls unless it says so.
    """
    text = MAPPING.replace('due_at = "due"', "within = 60")
    [rule] = parse_pack(parse_mapping(text, "x").pack).rules
    assert (rule.within.days, rule.within.counted_in, rule.roll, rule.doc) == (60, "calendar days", "none", "counter")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('row = "case"', 'row = "line"', "source.row"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Nowhere"', "source.timezone"),
        ('name = "counter"', 'name = "a/b"', "source.name"),
        ('name = "counter"', 'name = "counter"\nencodng = "utf-8"', "source.encodng: no such key"),
        ('name = "counter"', 'name = "counter"\nencoding = "latin-1"', "source.encoding"),
        ('no = "no"\n', "", "case.no: is missing"),
        ('unit = "unit"', "unit = 3", "case.unit"),
        ('unit = "unit"', 'unit = { columns = ["unit"], pattern = "(" }', "case.unit.pattern"),
        ('type = "petition.registered"', 'type = "petition.regstered"', "act petition.regstered.type"),
        ('type = "petition.concluded"', 'type = "petition.registered"', "stands twice"),
        ('type = "petition.concluded"', 'type = "receipt.signed"', "cannot be imported"),
        ('type = "petition.concluded"', 'type = "progress.noted"', "act progress.noted.fields.step"),
        ('type = "petition.concluded"', 'type = "handed.over"', "act handed.over.to_unit"),
        ('at = "closed"\n', "", "act petition.concluded.at: is missing"),
        ('when = "present"', 'when = "changed"', "act petition.concluded.column"),
        ('when = "present"', 'whn = "present"', "act petition.concluded.whn: no such key"),
        ('due_at = "due"', "", "duty.conclude: either due_at or within"),
        ('due_at = "due"', "within = 0", "duty: conclude: within"),
        ('due_at = "due"', 'within = 3\ncounted_in = "moons"', "duty.conclude.counted_in"),
        ('due_at = "due"', 'due_at = "due"\ndischarged_by = ["prayer"]', "duty.conclude.discharged_by"),
        ("[duty.conclude]", "[duty.Conclude]", "duty.Conclude"),
        ("[source]", "[source", "not TOML"),
    ],
)
def test_refused(old, new, said):
    assert old in MAPPING
    with pytest.raises(MalformedMapping, match=said.replace("(", r"\(")):
        parse_mapping(MAPPING.replace(old, new), "x")


def test_rows_of_a_case_need_a_key():
    with pytest.raises(MalformedMapping, match=r"source\.row_key"):
        parse_mapping(STEPS.replace('row_key = "ordinal"', ""), "x")


def test_no_such_mapping():
    with pytest.raises(MalformedMapping, match="receipt_permit"):
        load_mapping("receipt_permits")
