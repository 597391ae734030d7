"""
What an attachment's sealed field says of its file: read as it is written, and of one file only.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest

from ledger import canonical
from ledger.attachment import MAX_NAME, Described, format_described, parse_described, salted
from ledger.errors import MalformedEvidence, NotCanonical

SALT, DATA = bytes(range(16)), b"hello"
SAID = Described("合同.pdf", "application/pdf", 5, SALT, salted(SALT, DATA), bytes(32))


def test_there_and_back():
    value = format_described(SAID)
    assert parse_described(value) == SAID
    assert canonical.decode(value.encode())["hmac_sha256"] == hmac.new(SALT, DATA, hashlib.sha256).hexdigest()


def test_rfc_4231():
    """
    The second case of RFC 4231, with a key that is long enough for nobody: the function is HMAC-SHA-256.
    """
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert salted(b"Jefe", b"what do ya want for nothing?") == expected


def test_of_one_file():
    assert SAID.is_of(DATA)
    for other in (b"hellp", b"hello ", b"", b"hell"):
        assert not SAID.is_of(other)
    assert not replace(SAID, size=4).is_of(DATA)
    assert not replace(SAID, salt=bytes(16)).is_of(DATA)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "a" * (MAX_NAME + 1)},
        {"media_type": "pdf"},
        {"media_type": "text/html;x"},
        {"size": 0},
        {"salt": bytes(15)},
        {"salt": bytes(65)},
        {"hmac_sha256": "0" * 63},
        {"hmac_sha256": "A" * 64},
        {"key": bytes(31)},
        {"name": "\ud800"},
    ],
    ids=str,
)
def test_never_written(change):
    with pytest.raises(NotCanonical):
        format_described(replace(SAID, **change))


@pytest.mark.parametrize("value", [None, 1, {}, [], "", "{}", "[]", "\ud800", format_described(SAID) + " "], ids=repr)
def test_never_read(value):
    with pytest.raises(MalformedEvidence):
        parse_described(value)


@pytest.mark.parametrize("member", ["name", "media_type", "size", "salt", "hmac_sha256", "key"])
def test_a_member_that_is_missing_or_another_thing(member):
    whole = canonical.decode(format_described(SAID).encode())
    for other in (None, [], {}, True, "", *(() if member == "name" else ("x y",))):  # a name may be any text
        with pytest.raises(MalformedEvidence):
            parse_described(canonical.encode(whole | {member: other}).decode())
    del whole[member]
    with pytest.raises(MalformedEvidence, match="not exactly"):
        parse_described(canonical.encode(whole).decode())
