"""
Erasable fields: RFC 9901 disclosures. The leaf commits to a digest; the salt and the value can be deleted later.

A digest is over the disclosure *string* as stored, so spacing inside it matters and is never changed.
tests/ledger/test_disclosure.py proves the RFC's own example.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Never

from ledger import canonical
from ledger.errors import MalformedEvidence, NotCanonical

MAX_CHARACTERS = canonical.MAX_BYTES // 3 * 4 + 4  # as many as canonical JSON can have, in base64
MIN_SALT_BYTES = 16  # 128 bits: an identity number has some 1e11 values, and all of them can be tried
ALGORITHM = "sha-256"
_RESERVED = ("_sd", "_sd_alg", "...")


def disclose(name: str, value: Any, salt: bytes) -> str:
    """Return the disclosure string of one field. Every field needs a salt of its own."""
    if len(salt) < MIN_SALT_BYTES:
        raise NotCanonical(f"a salt of {len(salt)} bytes, at least {MIN_SALT_BYTES}")
    if name in _RESERVED:
        raise NotCanonical(f"the field name {name} is reserved")
    return _base64url(canonical.encode([_base64url(salt), name, value]))


def digest(disclosure: str) -> str:
    """Return what the leaf carries in place of the field."""
    return _base64url(hashlib.sha256(disclosure.encode()).digest())


def open_disclosure(disclosure: str) -> tuple[str, Any]:
    """Return the field's name and value. Says nothing of whether a leaf commits to it."""
    if len(disclosure) > MAX_CHARACTERS:
        raise MalformedEvidence
    try:
        raw = urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        if _base64url(raw) != disclosure or len(raw) > canonical.MAX_BYTES:
            raise MalformedEvidence
        parts = json.loads(raw.decode(), object_pairs_hook=_members, parse_float=_refuse, parse_constant=_refuse)
        canonical.encode(parts)
    except (ValueError, RecursionError):
        raise MalformedEvidence from None
    match parts:
        case [str(), str(name), value] if name not in _RESERVED:
            return name, value
        case _:
            raise MalformedEvidence


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two members of one name, readers choose differently: the last here, the first elsewhere.
    if len(dict(pairs)) != len(pairs):
        raise MalformedEvidence
    return dict(pairs)


def _refuse(_: str) -> Never:
    raise NotCanonical("a float")
