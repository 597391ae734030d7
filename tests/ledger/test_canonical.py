import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, decode, encode
from ledger.errors import MalformedEvidence, NotCanonical

texts = st.text(st.characters(exclude_categories=["Cs"]))
keys = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
scalars = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=30)


@given(values)
def test_oracle(value):
    """
    What we write is what the rfc8785 package writes, and reading it gives the value back.
    """
    data = encode(value)
    assert data == rfc8785.dumps(value)
    assert decode(data) == value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, {"😀": 1}, {1: 2}, (1,), b"x", nested(MAX_DEPTH)],
)
def test_refused_values(value):
    with pytest.raises(NotCanonical):
        encode(value)


def test_deepest():
    assert decode(encode(nested(MAX_DEPTH - 1))) == nested(MAX_DEPTH - 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1 ",
        b"01",
        b"-0",
        b"+1",
        b"1.0",
        b"1e3",
        b"9007199254740992",
        b"9" * 5000,
        b"NaN",
        b"Infinity",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\u4e2d"',
        b'"\\ud800"',
        b'"\x7f\xff"',
        b'"\n"',
        b"\xef\xbb\xbf1",
        b"'a'",
        b"[" * 100_000,
        b"[" * 50 + b"]" * 50,
        b"[1,]",
        b"1 2",
        b'"' + b"a" * MAX_BYTES + b'"',
        '{"😀":1}'.encode(),
        json.dumps({"a": "中"}).encode(),
    ],
    ids=lambda data: data[:24].decode(errors="replace"),
)
def test_hostile(data):
    """
    Whatever `encode` would not have written gives one and the same error.
    """
    with pytest.raises(MalformedEvidence) as refused:
        decode(data)
    assert str(refused.value) == "malformed evidence"


@given(st.binary(max_size=60))
def test_any_bytes(data):
    """
    Any bytes are either canonical or refused; nothing else escapes.
    """
    try:
        value = decode(data)
    except MalformedEvidence:
        return
    assert encode(value) == data
