"""
Evidence about standing duties: what a post or unit owed by the calendar, and that its office filed nothing for it.

The attacks are those of who knows the format and of the operator; both verifiers refuse at the same step.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from app.establish import record
from app.evidence.asking import NoSuchBearer, excusing
from app.evidence.conclude import NoAnswer
from app.evidence.offline import derive
from app.evidence.sentences import asked, concluded
from app.questions import Questions
from audit.answer import Discharged, NotArisen
from domain.case import commands as c
from domain.people import events as p
from ledger import canonical
from ledger.cosignature import Cosigner
from ledger.evidence.files import read_bundle, write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.keys import Ed25519Signer
from ledger.trust import load_trust
from tests.app.evidence.publishing import Evidence, Hiding
from tests.app.office import Office
from tests.domain.duties.county import RECEPTION
from tests.evidence.tampering import edited

PACK = (
    RECEPTION.replace('"government"', '"petition_department"').replace("min_held_percent = 50\n", "")
    + """
[[version]]
obligation = "report"
name_zh = "每季度报告"
kind = "standing"
source = "test art. 2"
confidence = "uncertain"
cadence = "quarter"
period_ends_is_due = true
bearer = { rank = "main_leader", unit_kind = "petition_department", per = "unit" }
discharged_by = ["report_filed"]

[[filed_kind]]
id = "report_filed"
name_zh = "报告"
source = "test art. 2"
confidence = "uncertain"

[[filed_kind]]
id = "leave"
name_zh = "准假"
needs = ["period", "refers_to"]
source = "test art. 1"
confidence = "uncertain"
"""
)
SHEET = "接访登记表，一月二十日\n".encode()
HEAD, BUREAU = "post/bureau-head", "unit/bureau"
SILENCE = {"stream": HEAD, "as_of": "2026-05-10", "duty": "reception", "period": "2026-03"}
WITNESS = Cosigner(Ed25519Signer.from_seed("witness.example/court", bytes([1]) * 32))


@cache
def evidence() -> Evidence:
    """
    The bureau's head owes a reception a month: January and February met, March excused by housing, April missed.
    """
    office = Office()
    content = tomllib.loads(PACK)
    record(office.handler, p.UnitEstablished(unit_id="county", name="县委", kind="party_committee"), now=office.at)
    adopted = p.RulePackAdopted(pack_id=content["pack"], version="1", content=content)
    office.at = office.at.replace(year=2025, month=12)
    record(office.handler, adopted, now=office.at)
    shown = (hashlib.sha256(SHEET).hexdigest(),)
    head = {"who": "bureau-head", "stream": "office/bureau"}
    office.act(c.FileAct, "bureau", "2026-01-20", kind="reception_attended", evidence=shown, **head)
    office.act(c.FileAct, "bureau", "2026-02-20", kind="reception_attended", evidence=shown, **head)
    days = {"period_from": date(2026, 4, 1), "period_to": date(2026, 4, 30)}
    leave = {"kind": "leave", "refers_to": (HEAD,), "stream": "office/housing"}
    office.act(c.FileAct, "housing", "2026-04-28", **leave, **days)
    office.act(c.ReceivePetition, "bureau", "2026-05-02", channel="letter")
    return Evidence(office.store, Path(mkdtemp()), "test.example/log")


def gathered(kind, question, *, store=None):
    log = evidence()
    gatherer = log.gatherer()
    if store is not None:
        gatherer._store = store
    return gatherer.gather(kind, question).bundle


def bundle(kind="absence", question=None):
    return gathered(kind, SILENCE if question is None else question)


def policy() -> bytes:
    return evidence().signer.vkey.encode()


def verified(data):
    return verify_evidence(data, load_trust(policy()), conclude=derive)


WHOLE = {"stream": HEAD, "as_of": "2026-05-10", "besides": "office/housing"}


class TestAnswers:
    def test_as_online(self):
        """Every period, as the lists of the whole log have it; met, missed and excused by another office."""
        found = bundle("office", WHOLE)
        questions = Questions(evidence().store)
        day = date(2026, 5, 10)
        online = [
            row
            for state in ("met", "breached", "excused", "open")
            for row in questions.failures(day, state=state, source="standing")
            if row["stream"] == HEAD
        ]
        size = {"log_size": evidence().store.size()}
        rows = {r["case_no"]: r for r in found.answer["duties"]}
        assert rows == {r["case_no"]: r | size for r in online}
        assert {no: r["state"] for no, r in rows.items()} == {
            "bureau-head/2026-01": "met",
            "bureau-head/2026-02": "met",
            "bureau-head/2026-03": "breached",
            "bureau-head/2026-04": "excused",
            "bureau-head/2026-05": "open",
        }
        assert verified(write_bundle(found)).verdict == "verified"
        # Nobody's case is in the file.
        assert not any(s.stream.startswith("case/") for s in found.streams)

    def test_a_unit(self):
        found = bundle("office", {"stream": BUREAU, "as_of": "2026-05-10", "duty": "report"})
        assert {(r["case_no"], r["duty"], r["state"]) for r in found.answer["duties"]} == {
            ("bureau/2026-Q1", "report", "breached"),
            ("bureau/2026-Q2", "report", "open"),
        }
        assert verified(write_bundle(found)).verdict == "verified"

    def test_silence(self):
        found = bundle()
        assert [r["state"] for r in found.answer["duties"]] == ["breached"]
        assert found.answer["offices"] == ["office/bureau"]
        report = verified(write_bundle(found))
        assert (report.verdict, report.soundness) == ("verified", "accountable")
        said = "".join(x.zh for x in (asked(found), *concluded(found)))
        assert "office/bureau 有且仅有 2 条" in said
        assert "2026-03 期" in said
        assert "没有任何一条" in said

    def test_what_was_filed_is_no_silence(self):
        with pytest.raises(Discharged, match="2026-01"):
            bundle("absence", SILENCE | {"period": "2026-01"})
        with pytest.raises(Discharged):
            bundle("absence", {k: v for k, v in SILENCE.items() if k != "period"})
        with pytest.raises(NotArisen):
            bundle("absence", SILENCE | {"period": "2026-06"})

    def test_excused_elsewhere(self):
        """Whoever makes a file counts what another office filed to excuse the duty."""
        assert excusing(evidence().store, HEAD, date(2026, 5, 10)) == ["office/housing"]
        assert excusing(evidence().store, BUREAU, date(2026, 5, 10)) == []
        for name in ("post/nobody", "unit/nobody"):
            with pytest.raises(NoSuchBearer):
                excusing(evidence().store, name, date(2026, 5, 10))

    def test_what_shows_a_filing(self):
        """The evidence of a filing is enclosed beside it, and belongs to no other record."""
        found = bundle("office", WHOLE)
        filed = next(s for s in found.streams if s.stream == "office/bureau").indexes[0]
        sha256 = hashlib.sha256(SHEET).hexdigest()
        shown = replace(found, documents={sha256: SHEET}, enclosed={filed: sha256})
        assert [d.index for d in verified(write_bundle(shown)).documents] == [filed]
        astray = replace(shown, enclosed={found.streams[0].indexes[0]: sha256})
        assert verified(write_bundle(astray)).failed.number == 8

    @pytest.mark.parametrize(
        ("kind", "question"),
        [
            ("office", {"stream": "post/nobody", "as_of": "2026-05-10"}),
            ("office", {"stream": "office/bureau", "as_of": "2026-05-10"}),
            ("office", {"stream": HEAD, "as_of": "2026-05-10", "period": "2026-03"}),
            ("absence", {"stream": HEAD, "as_of": "2026-05-10"}),
            ("office", WHOLE | {"besides": "office/bureau"}),
            ("office", WHOLE | {"besides": "case/county/1"}),
            ("office", WHOLE | {"besides": "office/housing\noffice/housing"}),
            ("case", {"stream": HEAD, "as_of": "2026-05-10"}),
            ("office", {"stream": "case/county/1", "as_of": "2026-05-10"}),
        ],
    )
    def test_no_question(self, kind, question):
        with pytest.raises((NoAnswer, ValueError)):
            bundle(kind, question)


def without_stream(name, found=None):
    found = found or bundle()
    gone = next(s for s in found.streams if s.stream == name)
    kept = tuple(s for s in found.streams if s is not gone)
    leaves = tuple(x for x in found.leaves if x.index not in gone.indexes)
    return write_bundle(replace(found, streams=kept, leaves=leaves))


def shortened(name):
    """The last record of a stream taken out, with every word of it but the map's."""
    found = bundle("office", WHOLE)
    gone = next(s for s in found.streams if s.stream == name).indexes[-1]
    streams = tuple(replace(s, indexes=tuple(i for i in s.indexes if i != gone)) for s in found.streams)
    return write_bundle(replace(found, streams=streams, leaves=tuple(x for x in found.leaves if x.index != gone)))


def said_otherwise(change, kind="absence", question=None):
    def changed(files):
        answer = canonical.decode(files["data/answer.json"])
        change(answer)
        files["data/answer.json"] = canonical.encode(answer)

    return edited(write_bundle(bundle(kind, question)), changed)


def another_question(**more):
    def changed(files):
        said = canonical.decode(files["data/evidence.json"])
        said["question"] |= more
        files["data/evidence.json"] = canonical.encode(said)

    return edited(write_bundle(bundle()), changed)


def claimed_silent():
    """Silence about a month that was met: the filings of March, a genuine file, said of January."""
    return another_question(period="2026-01")


def hidden_filing():
    """The operator's own log leaves out the office's last filing; its map, which witnesses saw, does not."""
    return shortened("office/bureau")


def role(name, said):
    def changed(files):
        statement = canonical.decode(files["data/evidence.json"])
        for each in statement["streams"]:
            if each["stream"] == name:
                each["role"] = said
        files["data/evidence.json"] = canonical.encode(statement)

    return edited(write_bundle(bundle("office", WHOLE)), changed)


def foreign_office():
    """The filings of another unit in the place of the bearer's own."""
    found = bundle("office", WHOLE)
    kept = {s.stream: s for s in found.streams}
    indexes = kept["office/bureau"].indexes
    streams = tuple(s for s in found.streams if s.stream != "office/bureau")
    answer = found.answer | {"offices": ["office/housing"], "events": list(kept["office/housing"].indexes)}
    question = {k: v for k, v in found.question.items() if k != "besides"}
    leaves = tuple(x for x in found.leaves if x.index not in indexes)
    return write_bundle(replace(found, streams=streams, leaves=leaves, answer=answer, question=question))


ATTACKS = {
    "a filing left out": (hidden_filing, 7),
    "the excuse left out": (lambda: shortened("office/housing"), 7),
    "a pack left out": (lambda: shortened("pack/adopted"), 7),
    "an appointment left out": (lambda: shortened(HEAD), 7),
    "what the office filed left out": (lambda: without_stream("office/bureau"), 9),
    "the office named besides left out": (lambda: without_stream("office/housing", bundle("office", WHOLE)), 9),
    "the unit left out": (lambda: without_stream("unit/bureau"), 9),
    "another post of the unit left out": (lambda: without_stream("post/bureau-desk"), 9),
    "the packs left out": (lambda: without_stream("pack/adopted"), 9),
    "the calendars left out": (lambda: without_stream("calendar/adopted"), 9),
    "another unit's filings in their place": (foreign_office, 9),
    "silence claimed of a month that was met": (claimed_silent, 9),
    "another duty": (lambda: another_question(duty="report"), 9),
    "another day": (lambda: another_question(as_of="2026-05-11"), 9),
    "an office named that is none": (lambda: another_question(besides="case/county/1"), 9),
    "its own office named besides": (lambda: another_question(besides="office/bureau"), 9),
    "a filing not counted": (lambda: said_otherwise(lambda a: a["events"].pop()), 9),
    "an office not counted": (lambda: said_otherwise(lambda a: a["offices"].pop()), 9),
    "another period's duty": (
        lambda: said_otherwise(lambda a: a["duties"][0].update(case_no="bureau-head/2026-01")),
        9,
    ),
    "another's duty": (lambda: said_otherwise(lambda a: a["duties"][0].update(stream="post/housing-head")), 9),
    "a duty said to be met": (lambda: said_otherwise(lambda a: a["duties"][0].update(discharged_at="2026-03-01")), 9),
    "a case's role": (lambda: role("office/bureau", "case"), 1),
    "the question's role": (lambda: role(HEAD, "filed"), 1),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name):
    make, step = ATTACKS[name]
    report = verified(make())
    assert (report.verdict, report.failed.number) == ("refused", step), report.failed.en


def test_on_the_page(opened):
    for data in (write_bundle(bundle("office", WHOLE)), write_bundle(bundle())):
        found = opened.verify(data, policy())
        assert (found.verdict, found.failed) == ("verified", None), found.said


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_on_the_page(opened, name):
    make, step = ATTACKS[name]
    found = opened.verify(make(), policy())
    assert (found.verdict, found.failed) == ("refused", step), found.said


def test_a_filing_the_log_hides():
    """No file is made from a log that shows less than the published map says."""
    from app.evidence.gather import Unprovable  # noqa: PLC0415 - one test's

    with pytest.raises(Unprovable, match="office/bureau"):
        gathered("office", WHOLE, store=Hiding(evidence().store, "office/bureau"))


def test_read_back():
    found = bundle("office", WHOLE)
    assert read_bundle(write_bundle(found)) == found
    assert {s.role for s in found.streams} == {"people", "filed", "law", "keys"}
