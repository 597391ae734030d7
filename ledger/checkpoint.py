"""
Checkpoints (c2sp.org/tlog-checkpoint v1.0.0): origin, size and root of the tree, as a signed note.

The log key's name must equal the origin. A log that rotates its key has several, each speaking for a range of sizes;
none is ever forgotten, or old checkpoints would stop verifying. tests/ledger/test_note.py opens foreign ones.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.note import open_note, sign_note, split_note
from ledger.vkeys import Signer, Verifier, check_name

MAX_SIZE = 2**63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log's verifier key, and the sizes for which it speaks, both included. `to_size` None: for all that follow."""

    vkey: str
    from_size: int = 0
    to_size: int | None = None

    def covers(self, size: int) -> bool:
        return self.from_size <= size and (self.to_size is None or size <= self.to_size)


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the three lines that are signed."""
    check_name(checkpoint.origin)
    if not 0 <= checkpoint.size < MAX_SIZE or len(checkpoint.root) != 32:
        raise NotCanonical(f"not a tree head: size {checkpoint.size}, root of {len(checkpoint.root)} bytes")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the tree head of exactly what `format_checkpoint` writes: no extension lines."""
    lines = text.split("\n", 3)
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


def open_checkpoint(note: bytes, keys: Verifier | Sequence[LogKey]) -> Checkpoint:
    """Return the tree head signed by a key of the log that speaks for its size, whose name must be the origin."""
    known = (LogKey(keys.vkey),) if isinstance(keys, Verifier) else keys
    verifiers = [Verifier(key.vkey) for key in known]
    checkpoint = parse_checkpoint(open_note(note, verifiers))
    # One known good line opened the note, and a wrong one would have spoiled it: what is left is whose it was.
    signed = {signature.key_id for signature in split_note(note)[1]}
    speaking = [
        v.name for v, key in zip(verifiers, known, strict=True) if v.key_id in signed and key.covers(checkpoint.size)
    ]
    if not speaking:
        raise VerificationError(
            0, None, f"the checkpoint is signed by no log key that speaks for size {checkpoint.size}"
        )
    if checkpoint.origin not in speaking:
        raise MalformedEvidence(f"checkpoint of {checkpoint.origin}, signed by {speaking[0]}")
    return checkpoint
