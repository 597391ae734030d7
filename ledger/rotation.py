"""
A log changes its key: one statement, signed as a note by the old key and the new one, and kept as a record of the log.

    luoshi log key rotation v1
    <origin>
    <old verifier key>
    <new verifier key>
    <first size for which the new key speaks>
    <last size for which the old key speaks>

Where a root key is enrolled (role `log`, holder `root`; its private half lies offline), it signs as a third.
docs/formats.md section 7; tests/ledger/test_rotation.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import MAX_SIZE
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.note import open_note, sign_note, split_note
from ledger.vkeys import Signer, Verifier

FIRST_LINE = "luoshi log key rotation v1"
ROOT = "root"  # the holder of the offline key that vouches for log keys


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a statement says. `from_size` and `to_size` are both included; they overlap."""

    origin: str
    old: str
    new: str
    from_size: int
    to_size: int


def sign_rotation(rotation: Rotation, signers: Sequence[Signer]) -> bytes:
    """Return the note: `signers` are the old key, the new one, and the root key where there is one."""
    text = _format(rotation)
    if _parse(text) != rotation:
        raise NotCanonical("not a rotation: two keys of the origin, and sizes that overlap")
    return sign_note(text, signers)


def open_rotation(note: bytes, *, root: str | None) -> Rotation:
    """Return the statement, signed by its old key, by its new key, and by the root key where one is given."""
    text, _ = split_note(note)
    rotation = _parse(text)
    for vkey in (rotation.old, rotation.new, root):
        if vkey is not None:
            open_note(note, [Verifier(vkey)])
    return rotation


def _format(rotation: Rotation) -> str:
    sizes = (str(rotation.from_size), str(rotation.to_size))
    return "\n".join((FIRST_LINE, rotation.origin, rotation.old, rotation.new, *sizes, ""))


def _parse(text: str) -> Rotation:
    try:
        first, origin, old, new, start, end, rest = text.split("\n")
        sizes = [int(n) if len(n) <= 19 and n.isascii() and n.isdigit() else -1 for n in (start, end)]
        rotation = Rotation(origin, old, new, sizes[0], sizes[1])
        names = {Verifier(old).name, Verifier(new).name}
    except (ValueError, VerificationError):
        raise MalformedEvidence("malformed rotation") from None
    # Both keys speak on the overlap, so that nobody meets a size for which no known key speaks.
    is_range = 0 <= rotation.from_size <= rotation.to_size < MAX_SIZE
    if first != FIRST_LINE or rest or _format(rotation) != text or not is_range or names != {origin} or old == new:
        raise MalformedEvidence("malformed rotation")
    return rotation
