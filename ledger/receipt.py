"""
Receipts: the log's signed promise that a record stands at an index, and by when it will be published.

A promise that is not kept convicts the log before anybody who trusts the same policy: `judge`. The text is signed by
the key that signs checkpoints, and can never be one: a checkpoint's second line is a decimal number, a receipt's
begins with a brace. docs/formats.md section 18; tests/ledger/test_receipt.py; golden: `receipt`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ledger import canonical
from ledger import trust as trusting
from ledger.checkpoint import MAX_SIZE, LogKey
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import MalformedEvidence, NotCanonical, NotChecked, VerificationError
from ledger.merkle import check_record, leaf_hash
from ledger.note import NoteSignature, sign_note, split_note
from ledger.policy import count_cosigners
from ledger.proof import RecordProof
from ledger.suites import NoteVerifier
from ledger.trust import Trust
from ledger.vkeys import Signer, check_name

FIRST_LINE = "luoshi.receipt/v1"
MAX_NAME = 1024  # bytes of a stream's name, as in an event
MAX_BYTES = 65_536  # a receipt with some signature lines takes one
MEMBERS = {"origin", "index", "leaf", "stream", "version", "publish_by"}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Record `index` of `origin` is this leaf hash, a version of this stream; published by then at the latest."""

    origin: str
    index: int
    leaf: bytes
    stream: str
    version: int
    publish_by: datetime  # UTC, whole seconds


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What became of a promise. `broken` is proved to everybody who trusts the policy; `undecided` says what is missing.
    """

    outcome: Literal["honoured", "broken", "undecided"]
    why: str


def format_receipt(receipt: Receipt) -> str:
    """Return the two lines that are signed."""
    check_name(receipt.origin)
    is_sound = (
        0 <= receipt.index < canonical.MAX_INTEGER
        and len(receipt.leaf) == 32
        and len(receipt.origin.encode()) <= MAX_NAME
        and 0 < len(receipt.stream.encode()) <= MAX_NAME
        and 0 < receipt.version <= receipt.index + 1
        and receipt.publish_by.tzinfo is UTC
        and receipt.publish_by.microsecond == 0
        and receipt.publish_by.year >= 1970
    )
    if not is_sound:
        raise NotCanonical(f"not a receipt: index {receipt.index}, version {receipt.version} of its stream")
    said = {
        "origin": receipt.origin,
        "index": receipt.index,
        "leaf": receipt.leaf.hex(),
        "stream": receipt.stream,
        "version": receipt.version,
        "publish_by": receipt.publish_by.strftime(_MOMENT),
    }
    return f"{FIRST_LINE}\n{canonical.encode(said).decode()}\n"


def parse_receipt(text: str) -> Receipt:
    """Return the receipt of exactly what `format_receipt` writes."""
    receipt: Receipt | None = None
    try:
        receipt = _read(text)
        is_same = receipt is not None and format_receipt(receipt) == text
    except (ValueError, OverflowError, MalformedEvidence):
        is_same = False
    if receipt is None or not is_same:
        raise MalformedEvidence("malformed receipt")
    return receipt


def _read(text: str) -> Receipt | None:
    lines = text.split("\n", 2)
    if len(lines) != 3:
        return None
    said = canonical.decode(lines[1].encode())
    if not isinstance(said, dict) or said.keys() != MEMBERS:
        return None
    texts = [said[name] for name in ("origin", "leaf", "stream", "publish_by")]
    numbers = [said[name] for name in ("index", "version")]
    if not all(isinstance(x, str) for x in texts) or any(type(x) is not int for x in numbers):
        return None
    by = datetime.strptime(said["publish_by"], _MOMENT).replace(tzinfo=UTC)
    return Receipt(said["origin"], said["index"], bytes.fromhex(said["leaf"]), said["stream"], said["version"], by)


def sign_receipt(receipt: Receipt, signers: Sequence[Signer]) -> bytes:
    """Return the receipt as a signed note, by the log's key or, while it rotates, by both."""
    for signer in signers:
        if signer.key_id.rpartition("+")[0] != receipt.origin:
            raise NotCanonical(f"the log key {signer.key_id} is not named after the origin {receipt.origin}")
    return sign_note(format_receipt(receipt), signers)


def open_receipt(note: bytes, trust: Trust) -> Receipt:
    """
    Return the receipt if a log key of the policy, named after its origin, signed it.

    A key that no longer speaks for sizes beyond the index promises nothing about it: it may be in other hands.
    """
    if len(note) > MAX_BYTES:
        raise MalformedEvidence("malformed receipt")
    text, signatures = split_note(note)
    receipt = parse_receipt(text)
    bounds = {key.vkey: key for key in trust.extension.log_keys}
    keys = [bounds.get(log.vkey, LogKey(log.vkey)) for log in trust.policy.logs]
    known = {(v := NoteVerifier(key.vkey)).key_id: (v, key) for key in keys}
    good = False
    for signature in signatures:
        if signature.key_id not in known:
            continue
        verifier, key = known[signature.key_id]
        try:
            verifier.check(text.encode(), signature.signature)
        except NotChecked:
            continue  # says nothing, for or against
        is_speaking = key.to_size is None or receipt.index < key.to_size
        good = good or (is_speaking and verifier.name == receipt.origin)
    if not good:
        raise VerificationError(
            0, receipt.index, f"the receipt is not signed by a log key trusted for {receipt.origin}"
        )
    return receipt


def judge(
    receipt: Receipt,
    trust: Trust,
    *,
    proofs: Sequence[tuple[RecordProof, bytes]] = (),
    checkpoints: Sequence[bytes] = (),
) -> Verdict:
    """
    Say whether the log kept its promise. VerificationError for evidence that does not hold itself.

    `proofs`: record proofs with their leaves; `checkpoints`: signed notes, with the cosignatures they have. Only
    witnesses say *when*: a time token says that a checkpoint existed, never that no later one did, and anybody may
    stamp an old one. So lateness needs the policy's quorum, each of it at a time after the promise; where any two
    quorums of a policy share a witness, an honest log that was published in time cannot be framed by old checkpoints.
    """
    published: str | None = None
    in_time = False
    for proof, leaf in proofs:
        size = _check_proof(receipt, trust, proof, leaf)
        if leaf_hash(leaf) != receipt.leaf:
            return Verdict("broken", f"another record stands at index {receipt.index} of the log's {size} records")
        if (said := _promised_otherwise(receipt, leaf)) is not None:
            return Verdict("broken", said)
        published = f"the record stands at index {receipt.index} of the log's {size} records"
        in_time = in_time or _has_quorum(trust, proof.note, lambda at: at <= receipt.publish_by.timestamp())
    if published is not None and in_time:
        return Verdict("honoured", f"{published}, cosigned in time")
    waiting = "no checkpoint was given that a quorum of witnesses cosigned after the promised time"
    for note in checkpoints:
        head = trusting.check(trust, note).checkpoint
        if head.origin != receipt.origin:
            raise VerificationError(0, None, f"the checkpoint is of {head.origin}, the receipt of {receipt.origin}")
        if head.size > receipt.index:
            waiting = f"the checkpoint covers record {receipt.index}: a proof of it is needed"
        elif _has_quorum(trust, note, lambda at: at > receipt.publish_by.timestamp()):
            said = f"after {receipt.publish_by.strftime(_MOMENT)} the witnesses knew {head.size} records and no more"
            return Verdict("broken", f"record {receipt.index} was not published in time: {said}")
    if published is not None:
        return Verdict("honoured", f"{published}; that it was there in time is not shown")
    return Verdict("undecided", waiting)


def _check_proof(receipt: Receipt, trust: Trust, proof: RecordProof, leaf: bytes) -> int:
    head = trusting.check(trust, proof.note).checkpoint
    if head.origin != receipt.origin:
        raise VerificationError(0, None, f"the proof is of {head.origin}, the receipt of {receipt.origin}")
    if proof.index != receipt.index:
        raise VerificationError(0, proof.index, f"the proof is of record {proof.index}, not of {receipt.index}")
    check_record(proof.path, size=head.size, root=head.root, index=proof.index, leaf=leaf_hash(leaf))
    return head.size


def _promised_otherwise(receipt: Receipt, leaf: bytes) -> str | None:
    """Of the leaf that was promised: whether what the receipt says beside its hash is so. If not, it deceived."""
    try:
        payload = parse_payload(open_leaf(leaf).payload)
    except MalformedEvidence:
        return f"record {receipt.index}, as promised by its hash, is no event"
    if (payload.origin, payload.stream, payload.version) != (receipt.origin, receipt.stream, receipt.version):
        promised = f"is not version {receipt.version} of {receipt.stream}"
        return f"record {receipt.index}, as promised by its hash, {promised} but {payload.version} of {payload.stream}"
    return None


def _has_quorum(trust: Trust, note: bytes, counts: Callable[[int], bool]) -> bool:
    """Whether the policy's quorum stands in the note by lines of a time that counts. The note is checked already."""
    text, signatures = split_note(note)
    witnesses = {"+".join(w.vkey.split("+", 2)[:2]) for w in trust.policy.witnesses}
    chosen = [s for s in signatures if s.key_id in witnesses and 0 < _time(s) < MAX_SIZE and counts(_time(s))]
    # A policy without a quorum has nobody's clock but the log's.
    return bool(chosen) and trust.policy.quorum is not None and count_cosigners(trust.policy, text, chosen).quorum_met


def _time(signature: NoteSignature) -> int:
    return int.from_bytes(signature.signature[:8])
