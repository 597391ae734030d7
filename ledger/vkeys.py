"""
Public keys: C2SP verifier keys, and what a signer must be able to do. Needs no library beyond Python's own.

A key id commits to the key's name as well as to its bytes (c2sp.org/signed-note), so one key cannot pass under two
names. tests/ledger/test_keys.py proves the specification's own example.
"""

import hashlib
from base64 import b64decode, b64encode
from typing import Protocol

from ledger import ed25519
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError

ED25519 = b"\x01"
MAX_VKEY = 10_000  # an ML-DSA-44 key takes 1,752


class Signer(Protocol):
    """Whatever can sign: a key file today, a card or a signing server tomorrow."""

    @property
    def key_id(self) -> str: ...
    @property
    def vkey(self) -> str: ...
    def sign(self, message: bytes) -> bytes: ...


class Verifier:
    """A public key, from its vkey string: `name+hash+base64(type || key)`."""

    def __init__(self, vkey: str) -> None:
        name, claimed, kind, public = parse_vkey(vkey)
        if kind != ED25519 or len(public) != 32:
            raise MalformedEvidence("malformed verifier key")
        self.name = name
        self.key_id = f"{name}+{claimed}"
        self.vkey = vkey
        self._public = public

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise VerificationError unless `signature` is this key's over `message`."""
        if not ed25519.is_valid(self._public, message, signature):
            raise VerificationError(0, None, f"signature does not verify under {self.key_id}")


def parse_vkey(vkey: str) -> tuple[str, str, bytes, bytes]:
    """(name, hash in hex, type byte, public key) of a vkey string whose hash fits. Which types fit, callers know."""
    if len(vkey) > MAX_VKEY:
        raise MalformedEvidence("malformed verifier key")
    # Base64 may hold a plus sign of its own: only the first two separate.
    name, _, rest = vkey.partition("+")
    claimed, _, encoded = rest.partition("+")
    try:
        check_name(name)
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise MalformedEvidence("malformed verifier key") from None
    kind, public = raw[:1], raw[1:]
    if b64encode(raw).decode() != encoded or key_hash(name, kind, public).hex() != claimed:
        raise MalformedEvidence("malformed verifier key")
    return name, claimed, kind, public


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def check_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(c.isspace() for c in name) or name.startswith("."):
        raise NotCanonical("a key name needs printable characters, no space, no plus sign, no dot in front")
