"""
Signature suites: which type of key makes which signature, and who checks it. A registry; a policy names exact keys.

    ed25519       0x01                         a note's line, an event's envelope; the default
    sm2-sm3       0xff "ledger-sm2-sm3-v1"     a second line on a checkpoint (GB/T 32918.2 with SM3)
    cosignature   0x04, 0x06                   a witness's line: ledger/cosignature.py knows what it says

A verifier that does not know a type ignores its line (c2sp.org/signed-note); one that knows the type but lacks the
algorithm says "not checked". tests/ledger/test_suites.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger import ed25519, sm2
from ledger.errors import MalformedEvidence, VerificationError
from ledger.vkeys import ED25519, parse_vkey


@dataclass(frozen=True, slots=True)
class Suite:
    """One algorithm. `is_valid` (public key, text, signature) raises NotChecked where it cannot be computed here."""

    name: str
    prefix: bytes  # the type byte of signed-note, and for 0xff what follows it
    public_bytes: int
    is_valid: Callable[[bytes, bytes, bytes], bool] | None  # None: what it signs is more than the text


SUITES = (
    Suite("ed25519", ED25519, 32, ed25519.is_valid),
    Suite("ed25519-cosignature", b"\x04", 32, None),
    Suite("ml-dsa-44-cosignature", b"\x06", 1312, None),
    Suite("sm2-sm3", sm2.PREFIX, 65, sm2.is_valid),
)


class NoteVerifier:
    """A public key of any suite that signs a note's text as it is: Ed25519, SM2."""

    def __init__(self, vkey: str) -> None:
        name, claimed, kind, rest = parse_vkey(vkey)
        suite = _suite(kind + rest)
        if suite is None or suite.is_valid is None:
            raise MalformedEvidence("malformed verifier key")
        self.name = name
        self.key_id = f"{name}+{claimed}"
        self.vkey = vkey
        self.suite = suite.name
        self._public = (kind + rest)[len(suite.prefix) :]
        self._is_valid = suite.is_valid

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise VerificationError unless `signature` is this key's over `message`; NotChecked if nobody here knows."""
        if not self._is_valid(self._public, message, signature):
            raise VerificationError(0, None, f"signature does not verify under {self.key_id}")


def suite_of(vkey: str) -> str:
    """The name of the suite of a verifier key; MalformedEvidence for a type that we do not know."""
    _, _, kind, rest = parse_vkey(vkey)
    suite = _suite(kind + rest)
    if suite is None:
        raise MalformedEvidence("malformed verifier key")
    return suite.name


def _suite(typed: bytes) -> Suite | None:
    for suite in SUITES:
        if typed.startswith(suite.prefix) and len(typed) == len(suite.prefix) + suite.public_bytes:
            return suite
    return None
