"""
Checkpoints (c2sp.org/tlog-checkpoint v1.0.0): origin, size and root of the tree, as a signed note.

The log key's name must equal the origin. tests/ledger/test_checkpoint.py opens foreign ones.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass

from ledger.errors import MalformedEvidence, NotCanonical
from ledger.note import open_note, sign_note
from ledger.vkeys import Signer, Verifier, check_name

MAX_SIZE = 2**63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head."""

    origin: str
    size: int
    root: bytes


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the three lines that are signed."""
    check_name(checkpoint.origin)
    if not 0 <= checkpoint.size < MAX_SIZE or len(checkpoint.root) != 32:
        raise NotCanonical(f"not a tree head: size {checkpoint.size}, root of {len(checkpoint.root)} bytes")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the tree head of exactly what `format_checkpoint` writes: no extension lines."""
    lines = text.split("\n")
    try:
        origin, size, root, rest = lines
        # "007" and "+7" are other people's sevens; 5000 digits make int() itself raise.
        number = int(size) if len(size) <= 19 and size.isascii() and size.isdigit() else -1
        checkpoint = Checkpoint(origin, number, b64decode(root, validate=True))
        if rest or format_checkpoint(checkpoint) != text:
            raise MalformedEvidence("malformed checkpoint")
    except ValueError:
        raise MalformedEvidence("malformed checkpoint") from None
    return checkpoint


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> bytes:
    """
    Return the signed checkpoint.

    Never sign two without knowing that the second tree continues the first: ledger/outside.py sees to that.
    """
    if signer.key_id.rpartition("+")[0] != origin:
        raise NotCanonical(f"the log key {signer.key_id} is not named after the origin {origin}")
    return sign_note(format_checkpoint(Checkpoint(origin, size, root)), [signer])


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """Return the tree head signed by the log's key, whose name must be the origin."""
    checkpoint = parse_checkpoint(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise MalformedEvidence(f"checkpoint of {checkpoint.origin}, signed by {verifier.name}")
    return checkpoint
