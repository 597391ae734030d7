"""
Documents in an evidence file: held to what their records commit to, listed by name, and gone where they were erased.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.attachments import Objects
from app.attachments import attach as attach_file
from app.erase import erase
from app.evidence.enclosing import Reading, attachments, papers, show, together
from app.evidence.make import Enclosed, make
from app.evidence.offline import as_text, derive
from app.unseal import NotShown
from domain.case import commands as c
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger.errors import MalformedEvidence
from ledger.evidence.archive import unpack
from ledger.evidence.files import MAX_DOCUMENT_BYTES, read_bundle, write_bundle
from ledger.evidence.verify import verify_evidence
from ledger.trust import load_trust, trust_key
from tests.app.evidence.publishing import Evidence
from tests.app.sealing import ORIGIN, SealedOffice
from tests.evidence import attaching
from tests.evidence.attaching import DOCUMENTS, PAPER, PDF, sha
from tests.evidence.tampering import edited, policy

STREAM = "case/county/1"
QUESTION = {"stream": STREAM, "as_of": "2026-04-30"}
NOW = datetime(2026, 5, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def verified(data):
    return verify_evidence(data, load_trust(policy()), conclude=derive)


class TestVerified:
    def test_genuine(self):
        report = verified(attaching.genuine())
        assert (report.verdict, report.failed) == ("verified", None)
        assert "4 份文件" in report.steps[7].zh
        assert [(d.name, d.media_type, d.size) for d in report.documents] == [
            *zip(attaching.NAMES, attaching.TYPES, map(len, (PDF, attaching.TEXT, attaching.PNG)), strict=True),
            (None, None, len(PAPER)),
        ]
        assert [d.sha256 for d in report.documents] == list(report.bundle.enclosed.values())
        assert report.to_json()["documents"][0]["name"] == attaching.NAMES[0]
        said = as_text(report, as_json=False, lang="zh")
        assert f"附件 {attaching.NAMES[0]}（application/pdf" in said
        assert "\\u202e.html" in said

    def test_without_the_documents(self):
        """
        A disclosed attachment need not bring its file.
        """
        report = verified(attaching.renewed(documents={}, enclosed={}))
        assert (report.verdict, report.documents) == ("verified", ())

    def test_one_file_attached_twice(self):
        """
        Two records, one file: it stands in the bag once.
        """
        office = attaching.making.county()
        value = attaching.described("a.pdf", "application/pdf", PDF)
        attaching.attach(office, value)
        office.act(
            c.AddAttachment, "bureau", "2026-03-05", category="evidence", sealed_object="0" * 64, size=40,
            sealed=((attaching.FIELD, value),),
        )  # fmt: skip
        ended = attaching.making.ended(office)
        indexes = ended.streams[STREAM][-2:]
        bundle = attaching.making.gather(
            ended,
            disclosures=office.store.disclosures(indexes),
            documents={sha(PDF): PDF},
            enclosed=dict.fromkeys(indexes, sha(PDF)),
        )
        assert [d.index for d in verified(write_bundle(bundle)).documents] == list(indexes)

    @pytest.mark.parametrize("tampering", DOCUMENTS, ids=lambda t: t.name)
    def test_refused(self, tampering):
        report = verified(tampering.make())
        assert (report.verdict, report.failed.number) == ("refused", tampering.step), report.failed
        assert tampering.says in report.failed.en
        assert report.to_json()["documents"] == []

    def test_too_many_bytes(self):
        large = bytes(MAX_DOCUMENT_BYTES // 2 - 4096)
        found = read_bundle(attaching.genuine())
        twice = edited(
            attaching.genuine(), lambda files: files.update({f"data/documents/{sha(x)}": x for x in (large, large[1:])})
        )
        assert verified(twice).failed.number == 8  # just within the limit, and named by nobody
        third = edited(
            attaching.genuine(),
            lambda files: files.update({f"data/documents/{sha(x)}": x for x in (large, large[1:], bytes(16384))}),
        )
        with pytest.raises(MalformedEvidence, match="data/documents: more than"):
            read_bundle(third)
        assert found.documents

    def test_one_file_named_by_many_records(self):
        """
        Hashed once for each record: the work is bounded, not the files alone.
        """
        large = bytes(20 << 20)
        many = {str(n): sha(large) for n in range(900)}

        def change(files):
            files[f"data/documents/{sha(large)}"] = large
            files["data/documents.json"] = json.dumps(many, sort_keys=True, separators=(",", ":")).encode()

        data = edited(attaching.genuine(), change)
        started = time.process_time()
        assert verified(data).failed.number == 1
        assert time.process_time() - started < 5  # 18 GB would take minutes


class Desk(SealedOffice):
    """An office with real files under a vault."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.folder, self.objects = folder, Objects(folder / "attachments")
        self.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=(("petitioner_name", "张三"),))
        self.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")

    def attach(self, data, name, stream=STREAM):
        file = self.folder / name
        file.write_bytes(data)
        by = {"category": "evidence", "official_id": "bureau-desk", "unit_id": "bureau"}
        return attach_file(self.handler, self.objects, stream, file, **by)

    def reading(self, who="bureau-desk"):
        return Reading(Actor(official_id=who), "bureau", "court", "(2026)京01行初12号", date(2026, 4, 30))

    def show(self, *documents, stream=STREAM, fields=(), who="bureau-desk"):
        return show(
            self.handler, self.store, self.objects, stream, self.reading(who), fields=fields, documents=documents
        )

    def erase(self, field="attachment"):
        by = {"official_id": "bureau-desk", "unit_id": "bureau"}
        erase(self.handler, self.store, STREAM, field, order_no="京信〔2026〕7号", basis="保管期满", **by)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def evidence(desk, tmp_path):
    return Evidence(desk.store, tmp_path / "log", ORIGIN)


def made(evidence, shown):
    evidence.publish()
    enclosed = Enclosed(disclosures=shown.disclosures, documents=shown.documents, enclosed=shown.enclosed)
    return make(evidence.gatherer().gather("case", QUESTION), enclosed, holder="法院", now=NOW, zone=ZONE)


def judged(evidence, data):
    return verify_evidence(data, trust_key(evidence.signer.vkey), conclude=derive)


class TestEnclosed:
    def test_all_of_a_case(self, desk, evidence):
        """
        Enclosed by a reading of each on record, listed in the manifest, on the sheet and in README.txt.
        """
        first, second = desk.attach(PDF, "合同.pdf"), desk.attach(b"\x89PNG\r\n\x1a\nx", "图.png")
        shown = desk.show("all")
        assert [s.topic for s in desk.store.read_stream(STREAM)].count("sealed_value.read.v1") == 2
        data = made(evidence, shown)
        report = judged(evidence, data)
        assert (report.verdict, report.failed) == ("verified", None)
        assert [(d.index, d.name) for d in report.documents] == [
            (first.log_index, "合同.pdf"),
            (second.log_index, "图.png"),
        ]
        files = unpack(data)[1]
        assert f"{sha(PDF)}  data/documents/{sha(PDF)}\n".encode() in files["manifest-sha256.txt"]
        for sheet in ("data/custody.html", "README.txt"):
            assert sha(PDF) in files[sheet].decode()
            assert "合同.pdf" in files[sheet].decode()

    def test_one_by_version_or_digest(self, desk):
        first, second = desk.attach(PDF, "a.pdf"), desk.attach(PDF + b"2", "b.pdf")
        assert desk.show(str(second.version)).enclosed == {second.log_index: sha(PDF + b"2")}
        [one, _] = attachments(desk.store, STREAM)
        assert one.log_index == first.log_index
        assert desk.show(one.sealed_object[:8]).enclosed == {first.log_index: sha(PDF)}

    @pytest.mark.parametrize("name", ["99", "0" * 64, "latest", "../../etc/passwd", ""])
    def test_none_of_that_name(self, desk, name):
        desk.attach(PDF, "a.pdf")
        with pytest.raises(Refused, match="no sealed field attachment"):
            desk.show(name)

    def test_its_field_alone(self, desk):
        """
        The field holds the object's key: without its file it would be a key in strange hands.
        """
        desk.attach(PDF, "a.pdf")
        with pytest.raises(Refused, match="holds its file's key"):
            desk.show(fields=("attachment",))

    def test_too_large(self, desk, monkeypatch):
        monkeypatch.setattr("app.evidence.enclosing.MAX_DOCUMENT_BYTES", 50)
        desk.attach(PDF * 3, "a.pdf")
        size = desk.store.size()
        with pytest.raises(Refused, match="bytes of documents, at most 50"):
            desk.show("all")
        assert desk.store.size() == size  # nobody read anything

    def test_papers(self, desk, evidence, tmp_path):
        """
        A file whose digest stands in a record in clear goes with it, and no other file does.
        """
        desk.act(c.WithdrawPetition, "bureau", "2026-03-09", proof=f"sha256:{sha(PAPER)}")
        paper = tmp_path / "撤回.pdf"
        paper.write_bytes(PAPER)
        desk.attach(PDF, "合同.pdf")
        shown = together(desk.show("all"), papers(desk.store, [STREAM], [paper]))
        assert [d.name for d in judged(evidence, made(evidence, shown)).documents] == [None, "合同.pdf"]
        paper.write_bytes(PAPER + b"!")
        with pytest.raises(Refused, match="no record of the case names its SHA-256"):
            papers(desk.store, [STREAM], [paper])

    def test_an_accusation_stays_closed_to_the_accused(self, desk):
        """
        The attempt is on record, whatever document was asked for; nothing is read.
        """
        stream = f"case/accusation/{'0a' * 16}"
        more = {"unit_id": "bureau", "official_id": "bureau-desk", "actor": Actor(official_id="bureau-desk")}
        sealed = (("accused_official", "housing-head"), ("subject", "受贿"))
        desk.handler.handle(
            c.ReceiveAccusation(
                stream=stream, occurred_at=desk.at, now=desk.at, command_id="accuse", channel="letter", sealed=sealed,
                **more,
            )
        )  # fmt: skip
        desk.attach(PDF, "举报.pdf", stream)
        for asked in ("all", "2", "99"):
            with pytest.raises(NotShown):
                desk.show(asked, stream=stream, who="housing-head")
            last = desk.store.read_stream(stream)[-1]
            assert last.topic == "sealed_read.refused.v1"
        assert desk.show("all", stream=stream).enclosed


class TestErased:
    def test_an_old_file_and_a_new_one(self, desk, evidence):
        """
        What was handed over verifies for ever; a new file says that the text is gone, by which order, and verifies too.
        """
        added = desk.attach(PDF, "合同.pdf")
        old = made(evidence, desk.show("all"))
        desk.erase()
        evidence.publish()
        report = judged(evidence, old)
        assert (report.verdict, [d.name for d in report.documents]) == ("verified", ["合同.pdf"])
        shown = desk.show("all")
        assert (shown.enclosed, [g.log_index for g in shown.gone]) == ({}, [added.log_index])
        data = made(evidence, shown)
        report = judged(evidence, data)
        assert (report.verdict, report.documents) == ("verified", ())
        assert "1 of them erased by recorded order" in report.steps[7].en
        gone = f"第 {added.log_index} 条的附件：内容已按“京信〔2026〕7号”决定删除"
        assert gone in as_text(report, as_json=False, lang="zh")
        files = unpack(data)[1]
        for sheet in ("data/custody.html", "README.txt"):
            assert gone in files[sheet].decode()
        assert not [path for path in files if path.startswith("data/documents")]
        assert PDF not in b"".join(files.values())
        with pytest.raises(Refused, match="erased by order 京信〔2026〕7号"):
            desk.show(str(added.version))
