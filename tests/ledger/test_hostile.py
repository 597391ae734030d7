"""
Whatever a stranger sends to whichever parser: one clean refusal, in bounded time and memory.

The parsers stand in tests/parsers.py; bench/fuzz.py sends them what nobody thought of.
"""

import re
import subprocess
import sys
import tracemalloc
from base64 import b64encode

import pytest

from bench.fuzz import MAX_BYTES, check, limits
from ledger.disclosure import MAX_CHARACTERS, open_disclosure
from ledger.envelope import MAX_LEAF_BYTES, open_leaf, parse_payload, seal
from ledger.errors import MalformedEvidence
from ledger.note import open_note, split_note
from ledger.store.contract import Stored
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.conftest import CHECKOUT
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM, Writer
from tests.parsers import NOTE, PARSERS, PAYLOADS, TEXT, Parser

BY_NAME = {parser.name: parser for parser in PARSERS}
LINE = "\u2014 w AAAAAAAA\n".encode()

# What is hostile whoever reads it.
ANYWHERE = {
    "nothing": b"",
    "nul": b"\0",
    "line feeds": b"\n" * 1_000_000,
    "lists in lists": b"[" * 100_000,
    "closed lists in lists": b"[" * 100_000 + b"]" * 100_000,
    "objects in objects": b'{"a":' * 100_000,
    "a million lists": b"[" + b"[]," * 340_000 + b"[]]",
    "a million small objects": b"[" + b'{"a":0},' * 125_000 + b"0]",
    "objects out of order": b'{"b":1,"a":2}',
    "a number": b"9" * 1_000_000,
    "a number in a list": b"[" + b"9" * 1_000_000 + b"]",
    "a float": b"[1e400]",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a surrogate's bytes": b'{"a":"\xed\xa0\x80"}',
    "a million signature lines": TEXT.encode() + b"\n" + LINE * 1_000_000,
    "as many lines as fit": TEXT.encode() + b"\n" + LINE * (999_000 // len(LINE)),
    "no lines": TEXT.encode() + b"\n",
    "one long line": b"a" * 10_000_000,
    "one long base64": b"A" * 10_000_000,
    "one long name": "\u2014 ".encode() + b"a" * 990_000 + b" AAAAAAAA\n",
    "comments": b"#\n" * 490_000,
    "words": b"group a any" + b" b" * 490_000 + b"\n",
    "spaces": b"log" + b" \t" * 490_000 + b"\n",
    "quotes": b'"' * 60_000,
    "backslashes": b'{"payload":"","payloadType":"application/vnd.luoshi.event+json","signatures":[{"keyid":"'
    + b"\\" * 60_000,
    "lengths": b"\xff" * 1_000_000,
}
# What is done to a sound file.
CHANGES = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "nul at the end": lambda data: data + b"\0",
    "nul within": lambda data: data[: len(data) // 2] + b"\0" + data[len(data) // 2 :],
    "line feed at the end": lambda data: data + b"\n",
    "space at the end": lambda data: data + b" ",
    "surrogate within": lambda data: data[: len(data) // 2] + b"\xed\xa0\x80" + data[len(data) // 2 :],
    "no utf-8 within": lambda data: data[: len(data) // 2] + b"\xff" + data[len(data) // 2 :],
    "another script's digit": lambda data: re.sub(rb"[0-9]", "\u0667".encode(), data, count=1),
    "superscript": lambda data: re.sub(rb"[0-9]", "\u00b2".encode(), data, count=1),
    "leading zero": lambda data: re.sub(rb"\n([0-9])", rb"\n0\1", data, count=1),
    "plus sign": lambda data: re.sub(rb"\n([0-9])", rb"\n+\1", data, count=1),
    "padding twice": lambda data: data.replace(b"=\n", b"==\n", 1).replace(b'="', b'=="', 1),
    "no padding": lambda data: data.replace(b"=\n", b"\n", 1).replace(b'="', b'"', 1),
    "open bits": lambda data: re.sub(rb"[A-Za-z0-9+/]=", _next_character, data, count=1),
    "base64 in lines": lambda data: re.sub(rb"([A-Za-z0-9+/]{20})", b"\\1\n", data, count=1),
    "twice": lambda data: data + data,
    "cut in half": lambda data: data[: len(data) // 2],
    "without its last byte": lambda data: data[:-1],
    "ten megabytes more": lambda data: data + b"x" * 10_000_000,
}
# What is no harm to whom: text that JSON, a note or a leaf may hold, and another text of the same form.
DIGITS = {"another script's digit", "superscript"}
SOUND = {
    "canonical": {"a million lists", "a million small objects", *DIGITS},
    "payload": DIGITS,
    "enrolment": DIGITS,
    "map-entry": DIGITS,
    # A note's text is anything, and its last empty line decides.
    "note": {*CHANGES} - {"crlf", "no utf-8 within", "surrogate within", "ten megabytes more"},
    "proof": {"base64 in lines", "leading zero", "no padding", "open bits", "padding twice", "plus sign", "twice"},
    "tree-head": {"twice"},  # three extension lines
    "policy": {"line feed at the end"},
    # JSON as an editor leaves it; a pasted key as it was pasted.
    "extension": {"crlf", "line feed at the end", "space at the end", "without its last byte"},
    "trust": {"line feed at the end", "space at the end"},
    "statement": DIGITS,
    "map-proof": DIGITS,  # in the name that the entry repeats: step 7 compares it
    "bundle": {"open bits"},
    "tile": {"open bits"},
    "tile-path": {"without its last byte"},  # p/70 and p/7
    "size": {"cut in half", "twice", "without its last byte"},
}


def _next_character(found):
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return bytes([alphabet[(alphabet.index(found[0][:1]) + 1) % 64]]) + b"="


def is_accepted(parser: Parser, data: bytes) -> bool:
    """
    What the fuzzer demands of it, and its memory.
    """
    with limits():
        accepted, wrong = check(parser, data)
    assert wrong is None
    tracemalloc.start()
    try:
        parser.parse(data)
    except parser.refusals as refused:
        assert len(str(refused)) < 300  # noqa: PT017 - both outcomes are right
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < MAX_BYTES
    return accepted


@pytest.mark.parametrize("name", BY_NAME)
def test_samples_are_sound(name):
    assert all(is_accepted(BY_NAME[name], sample) for sample in BY_NAME[name].samples)


@pytest.mark.parametrize("name", BY_NAME)
def test_hostile_files(name):
    found = {what for what, data in ANYWHERE.items() if is_accepted(BY_NAME[name], data)}
    assert found <= SOUND.get(name, set())


@pytest.mark.parametrize("name", BY_NAME)
def test_hostile_changes(name):
    """
    Every sample, changed in every way that editors, mailers and forgers change files.
    """
    found = {
        what
        for what, change in CHANGES.items()
        for sample in BY_NAME[name].samples
        if (changed := change(sample)) != sample and is_accepted(BY_NAME[name], changed)
    }
    assert found <= SOUND.get(name, set())


def test_longest_leaf():
    """
    65,535 bytes are a leaf, 65,536 are none, though nothing else is wrong with them.
    """
    payload = PAYLOADS[2]
    key_id = CLERK.key_id + "x" * (MAX_LEAF_BYTES - len(seal(payload, CLERK)))
    longest = seal(payload, CLERK).replace(CLERK.key_id.encode(), key_id.encode())
    assert len(longest) == 65_535
    assert open_leaf(longest).key_id == key_id
    with pytest.raises(MalformedEvidence):
        open_leaf(longest.replace(b'","sig"', b'x","sig"'))


def test_a_strangers_name():
    """
    A line by a key whose name is odd, but a name by the specification, is ignored as any stranger's.
    """
    for name in (".hidden", "a\u200bb", "\u0378", "\x7f"):
        line = f"\u2014 {name} {b64encode(bytes(68)).decode()}\n".encode()
        assert open_note(NOTE + line, [Verifier(LOG.vkey)]) == TEXT
    for name in ("", "a+b", "a\u3000b", "a\tb", "a\u00a0", "a\x1fb"):
        with pytest.raises(MalformedEvidence):
            split_note(NOTE + f"\u2014 {name} {b64encode(bytes(68)).decode()}\n".encode())


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_valid"),
    [
        ("2025-01-01", "9999-12-31", True),
        ("0001-01-01", None, True),
        ("2025-03-02", None, True),  # the day after, which it may already be elsewhere
        ("2025-03-03", None, False),
        ("2024-01-01", "2025-02-27", False),
        ("2025-W01-1", None, False),
        ("20250101", None, False),
        ("2025-02-30", None, False),
    ],
)
def test_days_of_a_key(valid_from, valid_to, is_valid):
    """
    The calendar's first and last day are days like others; a day has one spelling. Found by bench/fuzz.py.
    """
    writer = Writer()
    body = {"vkey": SYSTEM.vkey, "role": "system", "holder": "import", "valid_from": valid_from, "valid_to": valid_to}
    e = writer.event("system/import", "key.enrolled.v1", body)
    stored = [Stored(0, e.stream, e.version, e.topic, e.command_id, e.leaf)]
    report = verify_log(stored, checkpoint=None, log_verifier=None, tiles=None, expect_origin=ORIGIN)
    assert report.ok is is_valid
    if report.failure:
        assert (report.failure.step, report.failure.log_index) == (4, 0)


@pytest.mark.parametrize("name", ["stream", "topic", "command_id"])
def test_longest_name(name):
    """
    What the store would not record is no payload, whoever signed it.
    """
    before = re.search(rf'"{name}":"([^"]*)"'.encode(), PAYLOADS[2])
    for length, fits in ((1024, True), (1025, False)):
        data = PAYLOADS[2].replace(before[0], before[0].replace(before[1], b"a" * length))
        if fits:
            assert getattr(parse_payload(data), name) == "a" * length
        else:
            with pytest.raises(MalformedEvidence):
                parse_payload(data)


@pytest.mark.parametrize("digest", ["a" * 43, "\u4e2d" * 43, "A" * 42 + "B", "A" * 42 + "=", "A" * 44])
def test_no_digest(digest):
    """
    What is not 32 bytes in base64url is no digest of a sealed field.
    """
    data = re.sub(rb'"_sd":\[[^]]*\]', f'"_sd":["{digest}"]'.encode(), PAYLOADS[2])
    with pytest.raises(MalformedEvidence):
        parse_payload(data)
    assert parse_payload(data.replace(digest.encode(), b"A" * 43)).sd == ("A" * 43,)


def test_longest_disclosure():
    with pytest.raises(MalformedEvidence):
        open_disclosure("W" * (MAX_CHARACTERS + 1))


class TestFuzzer:
    def test_finds(self):
        """
        It notices each thing that it promises to notice.
        """

        def endless(_):
            while True:
                pass

        bad = {
            "raises": lambda data: data[0],
            "takes longer": endless,
            "written back": lambda data: data.strip(),
            "writing it raises": lambda _: None,
        }
        with limits():
            for said, parse in bad.items():
                found = check(Parser("bad", (), parse, bytes.strip, (KeyError,)), b"" if said == "raises" else b" ")[1]
                assert said in found
            assert check(Parser("good", (), endless, refusals=(KeyError,)), b"")[1].startswith("takes longer")

    def test_a_short_run(self):
        """
        The same 400 inputs for every parser, every time; and the two limits, which need a process of their own.
        """
        command = [sys.executable, "-m", "bench.fuzz", "--inputs", "400", "--seed", "7"]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ": 0 findings" in done.stdout
