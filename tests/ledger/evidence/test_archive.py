"""
Zips that hide, lie or explode: one clean refusal each, before memory or time is spent.
"""

import io
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest

from ledger.errors import MalformedEvidence, NotCanonical
from ledger.evidence import archive
from ledger.evidence.archive import pack, unpack

FILES = {"bagit.txt": b"bag\n", "data/a": b"a" * 1000, "data/b/c": bytes(range(256))}
DATA = pack("bag", FILES)
END = 22


def test_round_trip():
    assert unpack(DATA) == ("bag", FILES)
    stored = pack("bag", FILES, is_deflated=False)
    assert unpack(stored) == ("bag", FILES)
    assert len(stored) > len(DATA)


def test_deterministic():
    assert pack("bag", dict(reversed(FILES.items()))) == DATA


def test_others_read_it():
    with zipfile.ZipFile(io.BytesIO(DATA)) as found:
        assert found.testzip() is None
        assert {n.removeprefix("bag/"): found.read(n) for n in found.namelist()} == FILES


def made(*entries, comment=b"", **fields):
    """A zip by the standard library, which writes nearly anything."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", allowZip64=True) as found:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            for key, value in fields.items():
                setattr(info, key, value)
            found.writestr(info, content)
        found.comment = comment
    return out.getvalue()


def raw(entries):
    """
    A zip from (name, packed content, fields that differ in the directory, fields that differ in the local header).
    """
    body, directory = b"", b""
    for name, content, central, local in entries:
        fields = {
            "needs": 20, "flags": 0, "method": 0, "time": 0x210000, "crc": zlib.crc32(content), "packed": len(content),
            "size": len(content), "extra": b"", "comment": b"", "disk": 0, "attributes": 0o100644 << 16,
            "at": len(body),
        }  # fmt: skip
        own = fields | local
        said = fields | central
        at = said["at"]
        head = ("needs", "flags", "method", "time", "crc", "packed", "size")
        body += b"PK\x03\x04" + struct.pack("<3H4I2H", *(own[k] for k in head), len(name), len(own["extra"]))
        body += own.get("name", name) + own["extra"] + content
        directory += b"PK\x01\x02\x14\x03" + struct.pack("<3H4I", *(said[k] for k in head))
        directory += struct.pack("<5H2I", len(name), len(said["extra"]), len(said["comment"]), said["disk"], 0,
                                 said["attributes"], at)  # fmt: skip
        directory += name + said["extra"] + said["comment"]
    return body + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory),
                                          len(body), 0)  # fmt: skip


def one(name=b"bag/a", content=b"content", local=None, **central):
    return raw([(name, content, central, central if local is None else local)])


def test_the_tests_own_writer_is_accepted():
    assert unpack(one()) == ("bag", {"a": b"content"})


DEFLATED = zlib.compress(b"x" * 100_000, 9)[2:-4]
BOMB = zlib.compress(bytes(archive.MAX_FILE + 1000), 9)[2:-4]
HOSTILE = {
    "nothing": (b"", "not a zip"),
    "no zip": (b"hello" * 100, "not a zip"),
    "cut": (DATA[:-1], "cut off"),
    "half": (DATA[: len(DATA) // 2], "cut off"),
    "end record only": (DATA[-END:], "not a zip"),
    "before": (b"#!/bin/sh\n" + DATA, "before it"),
    "behind": (DATA + b"\0", "behind it"),
    "comment": (made(("bag/a", b""), comment=b"hello"), "comment"),
    "a folder": (made(("bag/d/", b"")), "a folder"),
    "traversal": (made(("bag/../a", b"")), "leads out"),
    "absolute": (made(("/etc/passwd", b"")), "leads out"),
    "dot": (made(("bag/./a", b"")), "leads out"),
    "doubled slash": (made(("bag//a", b"")), "leads out"),
    "backslash": (one(b"bag\\a"), "other characters"),
    "drive": (made(("C:/a", b"")), "other characters"),
    "null": (one(b"bag/a\0b"), "other characters"),
    "unicode": (made(("bag/文", b"")), "other characters"),
    "no name": (one(b""), "other characters"),
    "long name": (made(("bag/" + "a" * 400, b"")), "too long"),
    "two bags": (made(("bag/a", b""), ("gab/a", b"")), "more than one folder"),
    "no bag": (made(("a", b"")), "where the folder should be"),
    "hidden bag": (made((".bag/a", b"")), "no name for a bag"),
    "below a file": (made(("bag/a", b""), ("bag/a/b", b"")), "below a file"),
    "symbolic link": (made(("bag/a", b"/etc/passwd"), external_attr=0o120777 << 16), "no plain file"),
    "device": (made(("bag/a", b""), external_attr=0o020666 << 16), "no plain file"),
    "DOS folder": (made(("bag/a", b""), external_attr=0x10), "no plain file"),
    "bzip2": (made(("bag/a", b"a"), compress_type=zipfile.ZIP_BZIP2), "other than deflate"),
    "encrypted": (one(flags=1), "encrypted"),
    "length behind": (one(flags=8), "unknown length"),
    "utf-8 flag": (one(flags=0x800), "encrypted"),
    "zip64": (one(extra=struct.pack("<HHQ", 1, 8, 7)), "zip64"),
    "needs 4.5": (one(needs=45), "encrypted"),
    "comment of an entry": (one(comment=b"x"), "extra field or comment"),
    "another disk": (one(disk=1), "another disk"),
    "other name inside": (one(local={"name": b"bag/b"}), "something else than the directory"),
    "other size inside": (one(local={"size": 8}), "something else than the directory"),
    "other crc inside": (one(local={"crc": 8}), "something else than the directory"),
    "other method inside": (one(local={"method": 8}), "something else than the directory"),
    "extra inside": (one(local={"extra": b"1234"}), "something else than the directory"),
    "wrong crc": (one(crc=1), "check sum"),
    "stored of two sizes": (one(size=8), "two sizes"),
    "deflated, shorter": (one(content=DEFLATED, method=8, size=99_999, crc=0), "longer or shorter"),
    "deflated, longer": (one(content=DEFLATED, method=8, size=100_001, crc=0), "longer or shorter"),
    "deflated, rubbish behind": (one(content=DEFLATED + b"hidden", method=8, size=100_000, crc=0), "longer or shorter"),
    "deflated, damaged": (one(content=b"\xff" * 50, method=8, size=100_000, crc=0), "damaged"),
    "bomb that lies": (one(content=BOMB, method=8, size=100, crc=0), "longer or shorter"),
    "bomb": (one(content=BOMB, method=8, size=archive.MAX_FILE + 1000, crc=0), "more than 33554432 bytes"),
    "4 GiB": (one(size=2**32 - 1, packed=2**32 - 1), "more than|reaches beyond|begin where"),
    "overlap": (raw([(b"bag/a", b"aa", {}, {}), (b"bag/b", b"bb", {"at": 0}, {})]), "entry before it ends"),
    "gap": (raw([(b"bag/a", b"aa", {"packed": 1, "size": 1}, {}), (b"bag/b", b"bb", {}, {})]), "entry before it ends"),
    "twice": (raw([(b"bag/a", b"aa", {}, {}), (b"bag/a", b"bb", {}, {})]), "stands twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile(case):
    data, said = HOSTILE[case]
    with pytest.raises(MalformedEvidence, match=said) as refused:
        unpack(data)
    assert refused.value.step == 1
    assert refused.value.message.startswith("the zip: ")


def test_hidden_entry():
    """
    Bytes between the last entry and the directory, and a directory line that is not counted.
    """
    end = DATA[-END:]
    size, begin = struct.unpack_from("<II", end, 12)
    moved = end[:16] + struct.pack("<IH", begin + 4, 0)
    with pytest.raises(MalformedEvidence, match="between the last entry and the directory"):
        unpack(DATA[:begin] + b"hide" + DATA[begin:-END] + moved)
    fewer = end[:8] + struct.pack("<HHIIH", 2, 2, size, begin, 0)
    with pytest.raises(MalformedEvidence, match="behind the last line"):
        unpack(DATA[:-END] + fewer)
    more = end[:8] + struct.pack("<HHIIH", 4, 4, size, begin, 0)
    with pytest.raises(MalformedEvidence, match="fewer lines"):
        unpack(DATA[:-END] + more)
    split = end[:4] + struct.pack("<HH", 1, 1) + end[8:]
    with pytest.raises(MalformedEvidence, match="split"):
        unpack(DATA[:-END] + split)


def test_too_many_entries():
    for count in (archive.MAX_ENTRIES + 1, 65_535, 70_000):
        with pytest.raises(MalformedEvidence, match=r"entries, from 1 to 20000|split"):
            unpack(made(*((f"bag/{n}", b"") for n in range(count))))


def test_bombs_cost_nothing():
    """
    A hundred entries of 32 MiB each are refused by their sum; one that lies stops at the size it claims.
    """
    many = [(b"bag/%d" % n, DEFLATED, {"method": 8, "size": archive.MAX_FILE}, {}) for n in range(100)]
    bomb = HOSTILE["bomb that lies"][0]
    for data, said in ((raw(many), "unpacked"), (bomb, "longer or shorter")):
        tracemalloc.start()
        begin = time.perf_counter()
        with pytest.raises(MalformedEvidence, match=said):
            unpack(data)
        assert time.perf_counter() - begin < 5
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
        tracemalloc.stop()


def test_too_large():
    with pytest.raises(MalformedEvidence, match="67108865 bytes, at most"):
        unpack(bytes(archive.MAX_ARCHIVE + 1))


def test_every_cut_and_every_byte():
    """
    Whatever byte is changed, the same files come out or none; no other error.
    """
    for end in range(len(DATA)):
        with pytest.raises(MalformedEvidence):
            unpack(DATA[:end])
    survived = 0
    for place in range(len(DATA)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(DATA)
            changed[place] ^= flip
            try:
                found = unpack(bytes(changed))
            except MalformedEvidence:
                continue
            survived += 1
            assert found == ("bag", FILES)
    # Which program wrote it (2 bytes), text or not (2), permissions (4) of three entries; nothing else.
    assert survived <= 3 * 3 * 8


def test_names_that_cannot_be_packed():
    for files in ({}, {"../a": b""}, {"a": b"", "a/b": b""}, {"文": b""}, {"a/": b""}):
        with pytest.raises(NotCanonical):
            pack("bag", files)
    with pytest.raises(NotCanonical):
        pack("a bag", FILES)
