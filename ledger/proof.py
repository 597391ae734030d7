"""
Record proofs as files (c2sp.org/tlog-proof@v1): index, inclusion path, and the checkpoint word for word.

The leaf stands in a file of its own, beside the proof. tests/ledger/test_proof.py reads proofs that we did not make.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import MAX_SIZE, Checkpoint, LogKey, open_checkpoint
from ledger.errors import MalformedEvidence, NotCanonical
from ledger.merkle import check_record, leaf_hash, prove_record
from ledger.note import MAX_BYTES, split_note
from ledger.vkeys import Verifier

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63  # no tree below 2^63 leaves needs more
MAX_EXTRA = 65_536  # nothing that we rely on stands there
MAX_PROOF = MAX_BYTES + MAX_EXTRA + 64 * 64  # the longest note, path and extra data


@dataclass(frozen=True, slots=True)
class RecordProof:
    """What a `.tlog-proof` file says. `extra` is authenticated by nothing."""

    index: int
    path: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None


def format_proof(proof: RecordProof) -> bytes:
    """Return the file."""
    if not 0 <= proof.index < MAX_SIZE or len(proof.path) > MAX_PATH or any(len(step) != 32 for step in proof.path):
        raise NotCanonical(f"not a record proof: index {proof.index}, {len(proof.path)} hashes")
    if proof.extra is not None and len(proof.extra) > MAX_EXTRA * 3 // 4:
        raise NotCanonical(f"{len(proof.extra)} bytes of extra data")
    lines = [FIRST_LINE]
    if proof.extra is not None:
        lines.append(f"extra {_base64(proof.extra)}")
    lines += [f"index {proof.index}", *map(_base64, proof.path), "", ""]
    return "\n".join(lines).encode() + proof.note


def parse_proof(data: bytes) -> RecordProof:
    """Return the parts of exactly what `format_proof` writes; neither path nor checkpoint is checked yet."""
    head, separator, note = data.partition(b"\n\n") if len(data) <= MAX_PROOF else (b"", b"", b"")
    try:
        first, *lines = head.decode("ascii").split("\n")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = b64decode(lines.pop(0).removeprefix("extra "), validate=True)
        # int() takes "+7" and other scripts' digits, and is slow for thousands of them: writing it again tells.
        digits = lines[0].removeprefix("index ") if lines else ""
        index = int(digits) if len(digits) <= 19 and digits.isascii() and digits.isdigit() else -1
        proof = RecordProof(
            index, tuple(b64decode(line, validate=True) for line in lines[1 : MAX_PATH + 2]), note, extra
        )
        # A checkpoint's first line is its origin: an empty one would be a second way to end the path.
        if not separator or note.startswith(b"\n") or first != FIRST_LINE or format_proof(proof) != data:
            raise MalformedEvidence("malformed proof")
    except ValueError:
        raise MalformedEvidence("malformed proof") from None
    split_note(note)
    return proof


def check_proof(proof: RecordProof, leaf: bytes, verifier: Verifier | Sequence[LogKey]) -> Checkpoint:
    """
    Raise VerificationError unless the log of this key had the leaf at the proof's index; return its tree head.

    Whether enough witnesses cosigned the checkpoint is `ledger.policy.check_quorum`'s to say.
    """
    head = open_checkpoint(proof.note, verifier)
    check_record(proof.path, size=head.size, root=head.root, index=proof.index, leaf=leaf_hash(leaf))
    return head


def prove(leaf_hashes: Sequence[bytes], index: int, note: bytes) -> RecordProof:
    """Return the proof of a record under a checkpoint over exactly these leaf hashes."""
    return RecordProof(index, tuple(prove_record(leaf_hashes, index)), note)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
