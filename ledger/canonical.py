"""
The one canonical byte form: RFC 8785, for the values that events may hold.

Objects, arrays, strings, integers within +-(2**53 - 1), booleans and null. Floats have no place in evidence, and keys
outside the Basic Multilingual Plane would sort differently in UTF-16 than in Python: both are refused, and what is left
is what the standard library writes. tests/ledger/test_canonical.py holds us to the `rfc8785` package as oracle.
"""

import json
from typing import Any, Never

from ledger.errors import MalformedEvidence, NotCanonical

MAX_INTEGER = 2**53 - 1  # the integers every JSON reader keeps exact
MAX_DEPTH = 32  # deeper than any event; far below the interpreter's own limit
MAX_BYTES = 1 << 20  # sixteen times the largest leaf

_encoder = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def encode(value: Any) -> bytes:
    """Return the canonical bytes of `value`, or raise NotCanonical."""
    _check(value, 0)
    try:
        return _encoder.encode(value).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a string holds a lone surrogate") from None


def decode(data: bytes) -> Any:
    """Return the value of canonical bytes; anything `encode` would not have written is refused."""
    if len(data) > MAX_BYTES:
        raise MalformedEvidence
    try:
        value = _decoder.decode(data.decode())
        again = encode(value)
    except (ValueError, RecursionError):
        raise MalformedEvidence from None
    # A re-encoding that differs also catches doubled keys, spaces, other escapes and "-0".
    if again != data:
        raise MalformedEvidence
    return value


def _check(value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NotCanonical("an integer beyond 2**53 - 1")
        return
    # Counted in containers: what stands in the innermost allowed one is not deeper than it.
    if depth >= MAX_DEPTH:
        raise NotCanonical(f"nested deeper than {MAX_DEPTH}")
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise NotCanonical(f"a key of type {type(key).__name__}")
            if not key.isascii() and max(key) > "\uffff":
                raise NotCanonical("a key outside the Basic Multilingual Plane")
            _check(item, depth + 1)
    elif kind is list:
        for item in value:
            _check(item, depth + 1)
    else:
        # Also subclasses: an enumeration member prints as its value today and as its name after a change of library.
        raise NotCanonical(f"a value of type {kind.__name__}")


def _integer(digits: str) -> int:
    # int() is quadratic in the number of digits; no integer here has more than 16 and a sign.
    if len(digits) > 17:
        raise NotCanonical("an integer beyond 2**53 - 1")
    return int(digits)


def _refuse(_: str) -> Never:
    raise NotCanonical("a float")


_decoder = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_integer)
