"""
Checkpoints (c2sp.org/tlog-checkpoint v1.0.0): origin, size and root of the tree, as a signed note.

The log key's name must equal the origin. A log that rotates its key has several, each speaking for a range of sizes;
none is ever forgotten, or old checkpoints would stop verifying. tests/ledger/test_note.py opens foreign ones.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.errors import KeyUnreadable, MalformedEvidence, NotCanonical, NotChecked, VerificationError
from ledger.note import sign_note, split_note
from ledger.suites import NoteVerifier
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


@dataclass(frozen=True, slots=True)
class LogSigners:
    """Who signs a log's checkpoints: all its keys, with their sizes, and the private halves at hand."""

    keys: tuple[LogKey, ...]
    at_hand: tuple[Signer, ...]

    def speaking(self, size: int) -> list[Signer]:
        """The signers for a checkpoint of this size, in the order of the keys. KeyUnreadable without an Ed25519 one."""
        by_vkey = {signer.vkey: signer for signer in self.at_hand}
        found = [by_vkey[key.vkey] for key in self.keys if key.covers(size) and key.vkey in by_vkey]
        if not any(NoteVerifier(signer.vkey).suite == "ed25519" for signer in found):
            raise KeyUnreadable(f"no private log key that speaks for size {size} is kept here")
        return found


LogSigner = Signer | LogSigners


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


def sign_checkpoint(origin: str, size: int, root: bytes, signer: LogSigner) -> bytes:
    """
    Return the signed checkpoint.

    Never sign two without knowing that the second tree continues the first: ledger/outside.py sees to that.
    """
    signers = signer.speaking(size) if isinstance(signer, LogSigners) else [signer]
    for each in signers:
        if each.key_id.rpartition("+")[0] != origin:
            raise NotCanonical(f"the log key {each.key_id} is not named after the origin {origin}")
    return sign_note(format_checkpoint(Checkpoint(origin, size, root)), signers)


def open_checkpoint(note: bytes, keys: Verifier | Sequence[LogKey]) -> Checkpoint:
    """
    Return the tree head signed by a log key that speaks for its size, whose name must be the origin.

    A key of another suite than Ed25519 never speaks alone, and where it cannot be checked its line is passed over.
    """
    known = (LogKey(keys.vkey),) if isinstance(keys, Verifier) else keys
    bounds = {verifier.key_id: (verifier, key) for key in known for verifier in [NoteVerifier(key.vkey)]}
    text, signatures = split_note(note)
    good: list[NoteVerifier] = []
    speaking: list[str] = []
    checkpoint = parse_checkpoint(text)
    for signature in signatures:
        if signature.key_id not in bounds:
            continue
        verifier, key = bounds[signature.key_id]
        with suppress(NotChecked):
            verifier.check(text.encode(), signature.signature)
            good.append(verifier)
            if key.covers(checkpoint.size) and verifier.suite == "ed25519":
                speaking.append(verifier.name)
    if not good:
        raise VerificationError(0, None, "the note is not signed by " + " or ".join(sorted(bounds)))
    if not speaking:
        raise VerificationError(
            0, None, f"the checkpoint is signed by no log key that speaks for size {checkpoint.size}"
        )
    if checkpoint.origin not in speaking:
        raise MalformedEvidence(f"checkpoint of {checkpoint.origin}, signed by {speaking[0]}")
    return checkpoint


def keys_of(signer: LogSigner) -> tuple[LogKey, ...]:
    """The keys by which what this signs, and what was signed before, is checked."""
    return signer.keys if isinstance(signer, LogSigners) else (LogKey(signer.vkey),)
