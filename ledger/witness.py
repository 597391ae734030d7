"""
What a witness answers to `add-checkpoint` (c2sp.org/tlog-witness v1.0.0): the checks, in the specification's order.

Pure: bytes and the last cosigned tree head in, a tree head to keep or a refusal out. app/witness keeps and serves.
tests/ledger/test_witness.py asks for every refusal, and plays a log that shows two histories.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.checkpoint import MAX_SIZE, Checkpoint
from ledger.cosignature import CosignerVerifier, check_cosigned, tree_head
from ledger.errors import LedgerError, MalformedEvidence, VerificationError
from ledger.merkle import EMPTY_ROOT, check_tree
from ledger.note import NoteSignature, format_signature, open_note, split_note
from ledger.vkeys import Verifier

MAX_PROOF = 63  # as the specification says: no tree below 2^63 leaves needs more
MAX_REQUEST = 131_072  # the longest proof and 16 ML-DSA-44 signature lines take less than half of it
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

KnownLogs = Mapping[str, Sequence[Verifier]]  # by origin; several keys while one replaces another


class Refused(LedgerError):  # noqa: N818 - the answer's own name
    """Why the witness does not cosign, as the HTTP answer to give. Nothing was kept."""

    def __init__(self, status: int, body: str, content_type: str = TEXT_TYPE) -> None:
        super().__init__(f"{status}: {body.strip()}")
        self.status = status
        self.body = body
        self.content_type = content_type


@dataclass(frozen=True, slots=True)
class Request:
    """An `add-checkpoint` request whose checkpoint is signed by a log that this witness knows."""

    old_size: int
    proof: tuple[bytes, ...]
    head: Checkpoint
    text: str  # what is cosigned: the whole text, with extension lines if the log writes any
    note: bytes  # text and the known log keys' signatures; lines by others are dropped


def format_request(old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Write the body of an `add-checkpoint` request."""
    lines = [f"old {old_size}", *(b64encode(each).decode() for each in proof)]
    return "\n".join([*lines, "", ""]).encode() + note


def read_request(body: bytes, logs: KnownLogs) -> Request:
    """Read the request and check who signed it. Refused: 404, 403 or 400. No state is needed, or touched, before."""
    if len(body) > MAX_REQUEST:
        raise Refused(400, "malformed request\n")
    head, _, note = body.partition(b"\n\n")
    try:
        text, signatures = split_note(note)
    except MalformedEvidence:
        raise Refused(400, "malformed request\n") from None
    if (verifiers := logs.get(text.partition("\n")[0])) is None:
        raise Refused(404, "unknown origin\n")
    try:
        open_note(note, verifiers)
    except VerificationError:
        raise Refused(403, "not signed by a key known for this origin, or wrongly\n") from None
    try:
        found = tree_head(text)
        old_size, proof = _read_head(head)
    except MalformedEvidence:
        raise Refused(400, "malformed request\n") from None
    if old_size > found.size:
        raise Refused(400, f"old size {old_size} is larger than the checkpoint's {found.size}\n")
    return Request(old_size, proof, found, text, _kept_note(text, signatures, verifiers))


def check_continues(request: Request, last: Checkpoint | None) -> None:
    """
    Raise Refused, 409 or 422, unless the checkpoint continues the last one cosigned for its origin.

    `last` must still be the last when the new one is kept: the caller holds the lock over both.
    """
    last_size, last_root = (last.size, last.root) if last else (0, EMPTY_ROOT)
    new = request.head
    if request.old_size != last_size:
        raise Refused(409, f"{last_size}\n", SIZE_TYPE)
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise Refused(422, "a tree of size 0 has the root of the empty tree\n")
    if last_size == 0 and request.proof:
        raise Refused(422, "nothing is to be proved from size 0\n")
    if last_size == new.size and last_root != new.root:
        raise Refused(422, f"another root was cosigned at size {last_size}\n")
    try:
        check_tree(request.proof, old_size=last_size, old_root=last_root, new_size=new.size, new_root=new.root)
    except VerificationError:
        raise Refused(422, f"the proof does not lead from size {last_size} to {new.size}\n") from None


def proves_fork(note_a: bytes, note_b: bytes, by: Verifier | CosignerVerifier) -> bool:
    """
    Whether this key signed two trees of one size and origin with different roots: a proof that anybody can check.

    `by` is the log's key (the log forked) or a cosigner's (that witness vouched for both). VerificationError unless
    it signed both. False proves nothing: two sizes may be of one history or not, and only a tree proof says which.
    """
    a, b = _signed_head(note_a, by), _signed_head(note_b, by)
    return (a.origin, a.size) == (b.origin, b.size) and a.root != b.root


def parse_size(data: bytes) -> int:
    """Read a size as protocol and checkpoint write it: decimal, no leading zero, below 2^63."""
    # "007" and "+7" are other people's sevens; 5000 digits make int() itself raise.
    if len(data) > 19 or not data.isdigit() or str(size := int(data)).encode() != data or size >= MAX_SIZE:
        raise MalformedEvidence("malformed size")
    return size


def _signed_head(note: bytes, by: Verifier | CosignerVerifier) -> Checkpoint:
    if isinstance(by, CosignerVerifier):
        check_cosigned(note, by)
        return tree_head(split_note(note)[0])
    head = tree_head(open_note(note, [by]))
    if head.origin != by.name:
        raise VerificationError(0, None, f"checkpoint of {head.origin}, signed by {by.name}")
    return head


def _read_head(head: bytes) -> tuple[int, tuple[bytes, ...]]:
    first, *lines = head.split(b"\n")
    if not first.startswith(b"old ") or len(lines) > MAX_PROOF:
        raise MalformedEvidence("malformed request")
    return parse_size(first.removeprefix(b"old ")), tuple(_read_hash(line) for line in lines)


def _read_hash(line: bytes) -> bytes:
    try:
        raw = b64decode(line, validate=True)
    except ValueError:
        raise MalformedEvidence("malformed request") from None
    if len(raw) != 32 or b64encode(raw) != line:
        raise MalformedEvidence("malformed request")
    return raw


def _kept_note(text: str, signatures: Sequence[NoteSignature], verifiers: Sequence[Verifier]) -> bytes:
    known = {verifier.key_id for verifier in verifiers}
    kept = dict.fromkeys(format_signature(signature) for signature in signatures if signature.key_id in known)
    return (text + "\n" + "".join(kept)).encode()
