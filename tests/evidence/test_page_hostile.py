"""
Zips and answers that were made to hurt: verify.html gives one clean refusal each, in bounded time.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from ledger import canonical
from ledger.evidence.files import write_bundle
from tests.evidence import making, tampering


def raw_zip(entries, *, count=None, tail=b"", gap=b""):
    """A zip of (name, method, packed, crc, size, flags), with every lie that a header can tell."""
    body, directory = b"", b""
    for name, method, packed, crc, size, flags in entries:
        common = struct.pack("<5H3I2H", 20, flags, method, 0, 33, crc, len(packed), size, len(name), 0)
        directory += (
            struct.pack("<4sH", b"PK\x01\x02", 788) + common + struct.pack("<3H2I", 0, 0, 0, 0, len(body)) + name
        )
        body += b"PK\x03\x04" + common + name + packed + gap
    counts = count if count is not None else len(entries)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, counts, counts, len(directory), len(body), 0)
    return body + directory + end + tail


def entry(name, content, *, method=0, packed=None, crc=None, size=None, flags=0):
    raw = content if packed is None else packed
    said = zlib.crc32(content) if crc is None else crc
    return name, method, raw, said, len(content) if size is None else size, flags


def deflated(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def by_library(**changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bag/a", b"a")
        archive.comment = changes.get("comment", b"")
    return out.getvalue()


BOMB = deflated(bytes(200 << 20))
HOSTILE = {
    "empty": b"",
    "no zip": b"hello" * 100,
    "end record only": b"PK\x05\x06" + bytes(18),
    "cut off": tampering.genuine()[:-30],
    "something before": b"#!/bin/sh\n" + tampering.genuine(),
    "something behind": tampering.genuine() + b"\0",
    "comment": by_library(comment=b"hello"),
    "gap": raw_zip([entry(b"bag/a", b"a"), entry(b"bag/b", b"b")], gap=b"?"),
    "bomb, small by its header": raw_zip([entry(b"bag/a", b"a", method=8, packed=BOMB)]),
    "bomb, honest": raw_zip([entry(b"bag/a", b"", method=8, packed=BOMB, size=200 << 20)]),
    "many large": raw_zip([entry(b"bag/%d" % n, b"", method=8, packed=b"\3\0", size=31 << 20) for n in range(20)]),
    "endless names": raw_zip([entry(b"bag/" + b"a" * 400, b"")]),
    "path out of the bag": raw_zip([entry(b"bag/../../etc/passwd", b"a")]),
    "absolute path": raw_zip([entry(b"/bag/a", b"a")]),
    "folder": raw_zip([entry(b"bag/", b"")]),
    "two bags": raw_zip([entry(b"bag/a", b"a"), entry(b"gab/a", b"a")]),
    "one name twice": raw_zip([entry(b"bag/a", b"a"), entry(b"bag/a", b"b")]),
    "below a file": raw_zip([entry(b"bag/a", b"a"), entry(b"bag/a/b", b"b")]),
    "wrong check sum": raw_zip([entry(b"bag/a", b"a", crc=1)]),
    "encrypted": raw_zip([entry(b"bag/a", b"a", flags=1)]),
    "sizes behind the data": raw_zip([entry(b"bag/a", b"a", flags=8)]),
    "another method": raw_zip([entry(b"bag/a", b"a", method=12)]),
    "more behind the deflate": raw_zip([entry(b"bag/a", b"a", method=8, packed=deflated(b"a") + b"xx")]),
    "count that lies": raw_zip([entry(b"bag/a", b"a")], count=2),
    "no bag": raw_zip([entry(b"bag/a", b"a")]),
    "too many": raw_zip([entry(b"bag/%d" % n, b"") for n in range(20_001)]),
}


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_zip(self, opened, name):
        found = opened.verify(HOSTILE[name], tampering.policy())
        assert (found.verdict, found.failed) == ("refused", 1), found.said

    def test_too_long(self, opened, tmp_path):
        """
        More than 64 MiB are not even read.
        """
        large = tmp_path / "large.zip"
        with large.open("wb") as file:
            file.truncate((64 << 20) + 1)
        opened.page.goto(opened.file.as_uri())
        opened.page.set_input_files("#file", large)
        opened.page.wait_for_selector("html[data-verdict]", state="attached")
        assert opened.outcome().verdict == "unread"

    def test_foreign_text_stays_text(self, opened):
        """
        Markup in an answer is shown, not obeyed.
        """
        evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'

        def changed(files):
            said = canonical.decode(files["data/answer.json"])
            said["duties"][0].update(duty_name=evil, state=evil)
            said["duties"][0]["cause"] = evil
            files["data/answer.json"] = canonical.encode(said)

        found = opened.verify(tampering.edited(tampering.genuine(), changed), tampering.policy())
        assert found.verdict == "verified"  # the page derives nothing
        assert evil in found.said
        assert opened.page.locator("img, script:not(html > body > script)").count() == 0
        assert "落实" in opened.page.title()

    @pytest.mark.parametrize("value", [None, [], 1, "x", {"duties": 1}, {"duties": [1, None]}], ids=str)
    def test_answer_of_another_shape(self, opened, value):
        """
        Whatever JSON stands there: a verdict, and no error of the program.
        """
        bundle = making.case_bundle()
        if isinstance(value, dict):
            kept = {name: bundle.answer[name] for name in ("stream", "as_of", "log_size")}
            value = kept | value
        found = opened.verify(write_bundle(replace(bundle, answer=value)), tampering.policy())
        assert found.verdict in ("refused", "verified")
        assert found.failed in (None, 9)
