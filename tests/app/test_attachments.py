"""
Files of a case: taken by type and size, encrypted, read on record, erased, and checked.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from app.attachments import Objects, attach, check, media_type, open_attachment
from app.erase import erase
from app.unseal import open_sealed
from domain.case import commands as c
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger.errors import SealBroken
from tests.app.sealing import ORIGIN, SealedOffice

STREAM = "case/county/1"
BY = {"official_id": "bureau-desk", "unit_id": "bureau"}
PDF = b"%PDF-1.7 \xe5\xbc\xa0\xe4\xb8\x89"


def packed(member: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(member, "x")
    return out.getvalue()


class Desk(SealedOffice):
    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.objects = Objects(folder / "attachments")
        self.folder = folder
        self.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=(("text", "x"),))

    def attach(self, data=PDF, name="身份证.pdf", **more):
        file = self.folder / name
        file.write_bytes(data)
        return attach(self.handler, self.objects, STREAM, file, **({"category": "identity"} | BY | more))

    def open(self):
        reader = Actor(official_id="bureau-desk")
        told = {"ground": "handling", "ground_text": "核对", "unit_id": "bureau", "day": date(2026, 3, 2)}
        [field] = open_sealed(self.handler, self.store, STREAM, "attachment", reader=reader, **told)
        return open_attachment(self.store, self.objects, ORIGIN, STREAM, field)


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)


def test_there_and_back(desk):
    desk.attach()
    opened = desk.open()
    assert (opened.name, opened.media_type, opened.data) == ("身份证.pdf", "application/pdf", PDF)
    assert desk.store.read_stream(STREAM)[-1].topic == "sealed_value.read.v1"
    assert check(desk.store, desk.objects) == ([], [])
    kept = b"".join(f.read_bytes() for f in (desk.folder / "attachments").rglob("*") if f.is_file())
    assert PDF not in kept
    assert "身份证".encode() not in kept + b"".join(s.leaf for s in desk.store.read_stream(STREAM))
    assert desk.verify().ok


def test_erased(desk):
    desk.attach()
    erase(desk.handler, desk.store, STREAM, "attachment", order_no="7", basis="x", **BY)
    with pytest.raises(Refused, match="no sealed field"):
        desk.open()
    [unused] = check(desk.store, desk.objects)[1]
    assert unused in desk.objects.all()
    desk.objects.remove(unused)
    assert check(desk.store, desk.objects) == ([], [])
    assert desk.verify().ok


def test_a_crash_before_the_event(desk, monkeypatch):
    """
    The file is there and no event names it: it is listed, and nothing else is wrong.
    """
    with monkeypatch.context() as patched:
        patched.setattr(desk.below, "append", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.attach()
    faults, unused = check(desk.store, desk.objects)
    assert (faults, len(unused)) == ([], 1)


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_lost_file(desk, how):
    desk.attach()
    [digest] = desk.objects.all()
    if how == "missing":
        desk.objects.remove(digest)
    else:
        desk.objects._place(digest).write_bytes(b"x" * 40)
    [fault] = check(desk.store, desk.objects)[0]
    assert "record" in fault
    with pytest.raises(LookupError, match=r"not kept|damaged"):
        desk.open()


def test_another_case(desk):
    """
    A ciphertext belongs to its stream.
    """
    desk.attach()
    reader = Actor(official_id="bureau-desk")
    told = {"ground": "handling", "ground_text": "x", "unit_id": "bureau", "day": date(2026, 3, 2)}
    [field] = open_sealed(desk.handler, desk.store, STREAM, "attachment", reader=reader, **told)
    with pytest.raises(SealBroken, match="does not open"):
        open_attachment(desk.store, desk.objects, ORIGIN, "case/county/2", field)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (packed("OFD.xml"), "application/ofd"),
        (packed("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (packed("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("房屋漏水\n".encode(), "text/plain"),
    ],
)
def test_taken(data, found):
    assert media_type(data, "x") == found


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"MZ\x90\x00\xff", "type is not taken"),
        (packed("evil.exe"), "no docx, xlsx or ofd"),
        (b"PK\x03\x04broken", "no docx, xlsx or ofd"),
        (b"a\x00b", "control characters"),
        ("房".encode("gb18030"), "type is not taken"),
    ],
)
def test_not_taken(desk, data, why):
    size = desk.store.size()
    with pytest.raises(Refused, match=why):
        desk.attach(data, "x.pdf")
    assert (desk.store.size(), desk.objects.all()) == (size, set())


@pytest.mark.parametrize("data", [b"", PDF + b"x" * 100])
def test_size(desk, data):
    with pytest.raises(Refused, match="more than 100 bytes"):
        desk.attach(data, max_bytes=100)
