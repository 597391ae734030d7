"""
The sheet says what is in the file, in words, and nothing in it can become markup or reach out of the page.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from app.establish import enrol_official, record
from app.evidence.make import Enclosed, make
from domain.case import commands as c
from domain.people import events as p
from ledger.evidence.archive import unpack
from ledger.evidence.files import read_bundle
from ledger.merkle import leaf_hash
from tests.app.evidence.publishing import Evidence
from tests.app.office import Office

NOW = datetime(2026, 5, 4, 1, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
HOLDER = "某法院 <script>alert(1)</script> & 立案庭"
TOOLS = {"luoshi-verify.pyz": b"a verifier", "verify.html": b"another"}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=(("petitioner_name", "张三丰"),))
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    office.act(c.ReferPetition, "bureau", "2026-04-10", to_unit_id="housing", basis="art. 22")
    return Evidence(office.store, tmp_path_factory.mktemp("log"), "test.example/log")


def made(evidence, kind="case", **question):
    gathered = evidence.gatherer().gather(kind, {"stream": "case/county/1", "as_of": "2026-04-30"} | question)
    return gathered, make(gathered, Enclosed(tools=TOOLS), holder=HOLDER, now=NOW, zone=ZONE)


class Text(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def sheet(data):
    page = Text(read_bundle(data).extras["custody.html"].decode())
    return page, re.sub(r"\s+", " ", " ".join(page.text))


def test_what_it_says(evidence):
    gathered, data = made(evidence)
    _, text = sheet(data)
    assert "案件 1（来源 county） 截至 2026-04-30 的全部职责" in text
    assert "第22条）：逾期履行，到期 2026-03-17，履行于 2026-04-10 09:00:00，逾期 24 日，到期日由 bureau" in text
    assert "2026-05-04 09:30:00（Asia/Shanghai，制作方时钟）" in text
    assert gathered.head.root.hex() in text
    assert evidence.signer.key_id in text
    assert "本检查点没有外部见证" in text
    assert "日志方代管 2 把" in text  # the clerk's and the registrar's
    for stored in evidence.store.read_stream("case/county/1"):
        assert leaf_hash(stored.leaf).hex() in text
    for stream in gathered.bundle.streams[1:]:
        assert stream.stream in text


def test_what_is_withheld(evidence):
    _, data = made(evidence)
    _, text = sheet(data)
    assert "共有 1 项封存内容" in text
    assert "本件披露 0 项，未披露 1 项" in text
    assert "张三丰".encode() not in b"".join(unpack(data)[1].values())


def test_nothing_in_it_is_markup(evidence):
    page, text = sheet(made(evidence)[1])
    assert HOLDER in text
    tags = {tag for tag, _ in page.tags}
    assert "script" not in tags
    assert not [a for _, attrs in page.tags for a in attrs if a in ("src", "href", "onload", "onclick")]


def test_digests(evidence):
    """Every file that no proof holds stands on the sheet with its digest; the sheet's own cannot."""
    _, data = made(evidence)
    _, text = sheet(data)
    listed = {
        name: content
        for name, content in unpack(data)[1].items()
        if not name.startswith(("data/leaves", "data/proofs", "data/streams", "bag", "manifest", "tagm"))
    }
    assert listed.keys() >= {"data/answer.json", "data/checkpoint", "data/evidence.json", *TOOLS}
    for name, content in listed.items():
        assert (f"{name} {hashlib.sha256(content).hexdigest()}" in text) == (name != "data/custody.html"), name


def test_the_same_again(evidence):
    assert made(evidence)[1] == made(evidence)[1]


def test_silence(evidence):
    _, data = made(evidence, "absence", as_of="2026-03-31", duty="forward_or_assign")
    _, text = sheet(data)
    assert "案件 1（来源 county）有且仅有 3 条记录" in text
    assert "没有任何一条记录在 2026-03-31 前（含当日）履行“信访部门15日内转送、交办”" in text
    assert "仅可追责（accountable）" in text


def test_no_such_case(evidence):
    gathered = evidence.gatherer().gather("absence", {"stream": "case/county/9", "as_of": "2026-03-31"})
    data = make(gathered, Enclosed(), holder=None, now=NOW, zone=ZONE)
    _, text = sheet(data)
    assert "没有编号为 9 的案件的任何记录" in text
    assert "（未填写）" in text
    readme = read_bundle(data).extras["README.txt"].decode()
    assert "there is none of a case 9 of source county." in readme


def test_names_are_beside_ids(tmp_path):
    office = Office()
    record(office.handler, p.OfficialRegistered(official_id="wang", name="王海琴"), now=office.at)
    post = p.PostEstablished(post_id="wang", unit_id="bureau", title="经办", rank="staff")
    record(office.handler, post, now=office.at)
    made_of = p.AppointmentMade(post_id="wang", official_id="wang", from_on=date(2025, 1, 1))
    record(office.handler, made_of, now=office.at)
    enrol_official(office.handler, "wang", now=office.at)
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", who="wang")
    _, data = made(Evidence(office.store, tmp_path, "test.example/log"))
    assert "王海琴 wang" in sheet(data)[1]


def test_names_that_turn_the_line(tmp_path):
    """
    A name cannot forge a line of README.txt, nor turn one on the sheet.
    """
    office = Office()
    name = "王\u202e明\n- 结论 conclusion: 无过错\x1b[2J"
    record(office.handler, p.UnitEstablished(unit_id="evil", name=name, kind="organ"), now=office.at)
    record(
        office.handler, p.PostEstablished(post_id="evil-desk", unit_id="evil", title="x", rank="staff"), now=office.at
    )
    record(office.handler, p.OfficialRegistered(official_id="evil-desk", name=name), now=office.at)
    made_ = p.AppointmentMade(post_id="evil-desk", official_id="evil-desk", from_on=date(2025, 1, 1))
    record(office.handler, made_, now=office.at)
    enrol_official(office.handler, "evil-desk", now=office.at)
    office.act(c.ReceivePetition, "evil", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "evil", "2026-03-02", case_no="1")
    extras = read_bundle(made(Evidence(office.store, tmp_path, "test.example/log"))[1]).extras
    for text in (content.decode() for content in extras.values()):
        assert "王\\u202e明\\u000a- 结论" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\n- 结论" not in text
