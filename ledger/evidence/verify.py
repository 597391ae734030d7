"""
Verification of an evidence file, in the nine numbered steps of docs/formats.md section 16.

Nothing in the file is believed: trust comes beside it, or the best that can be said is "consistent, signer unknown".
No socket, no database, no clock; the standard library is enough. After the first step that fails nothing more is tried:
it would be judged by broken evidence. tests/evidence/test_verify.py; tests/evidence/tampering.py lists the attacks.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from ledger import canonical
from ledger.casemap import (
    MapRoot,
    chain,
    check_map_proof,
    format_entry,
    genesis,
    is_map_root,
    map_key,
    parse_map_root,
)
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.disclosure import digest, open_disclosure
from ledger.enrolment import EnrolledKeys
from ledger.envelope import check_signature, leaf_hash, open_leaf, parse_payload
from ledger.errors import LedgerError, MalformedEvidence, NotChecked, VerificationError
from ledger.evidence.archive import FIRST_BYTES
from ledger.evidence.bundle import Bundle, ProvedLeaf, ProvedStream
from ledger.evidence.documents import Document, check_documents, erased_by
from ledger.evidence.files import EXTENSION, POLICY, read_bundle
from ledger.evidence.report import STEPS, EvidenceReport, Proved, Soundness, Step, Verdict
from ledger.merkle import check_record
from ledger.note import split_note
from ledger.policy import Policy
from ledger.trust import Extension, Trust, Trusted, check, load_trust

Conclude = Callable[[Bundle, Sequence[Proved]], Any]
CheckToken = Callable[[bytes, bytes, bytes], datetime]  # token, text, roots; as ledger.timestamp.check_token


def verify_evidence(
    data: bytes,
    trust: Trust | None,
    *,
    conclude: Conclude,
    tsa_roots: bytes | None = None,
    check_token: CheckToken | None = None,
) -> EvidenceReport:
    """Check the file and report. Never raises for what the file says. `conclude` derives the answer from the events."""
    walk = _Walk(trust, conclude, tsa_roots, check_token)
    checks = {
        1: lambda: walk.read(data),
        2: walk.log,
        3: walk.witnesses,
        4: walk.time,
        5: walk.tree,
        6: walk.signatures,
        7: walk.streams,
        8: walk.sealed,
        9: walk.answer,
    }
    steps: list[Step] = []
    for number, check_step in checks.items():
        zh, en = STEPS[number]
        if any(step.ok is False for step in steps):
            steps.append(Step(number, None, f"{zh}：未检查（前面的步骤不成立）", f"{en}: not tried"))
            continue
        try:
            ok, said_zh, said_en = check_step()
            steps.append(Step(number, ok, f"{zh}：{said_zh}", f"{en}: {said_en}"))
        except LedgerError as error:
            steps.append(Step(number, False, f"{zh}：不成立（{error}）", f"{en}: no: {error}"))
    return EvidenceReport(
        tuple(steps),
        _verdict(steps, trust),
        walk.soundness,
        walk.opened,
        tuple(walk.events),
        walk.documents,
        is_readable=data.startswith(FIRST_BYTES),
    )


def _verdict(steps: Sequence[Step], trust: Trust | None) -> Verdict:
    if any(step.ok is False for step in steps):
        return "refused"
    if trust is not None and all(step.ok for step in steps if step.number != 4):
        return "verified"
    return "consistent"


Said = tuple[bool | None, str, str]


class _Walk:
    """What is known after each step."""

    def __init__(
        self, trust: Trust | None, conclude: Conclude, roots: bytes | None, check_token: CheckToken | None
    ) -> None:
        self.opened: Bundle | None = None
        self.events: list[Proved] = []
        self.documents: tuple[Document, ...] = ()
        self.soundness: Soundness = "accountable"
        self._trust = trust
        self._conclude = conclude
        self._roots = roots
        self._check_token = check_token
        self._own: Trust | None = None  # the policy in the file: whom the sender would have us trust

    @property
    def _bundle(self) -> Bundle:
        if self.opened is None:
            raise AssertionError("read comes first")
        return self.opened

    @property
    def _text(self) -> str:
        return split_note(self._bundle.note)[0]

    @property
    def _head(self) -> Checkpoint:
        return parse_checkpoint(self._text)

    def read(self, data: bytes) -> Said:
        bundle = read_bundle(data)
        if bundle.policy is not None:
            try:
                self._own = load_trust(bundle.policy, bundle.policy_extension)
            except VerificationError as error:
                raise MalformedEvidence(f"{POLICY}: {error}") from None
        elif bundle.policy_extension is not None:
            raise MalformedEvidence(f"{EXTENSION}: without {POLICY}")
        self.opened = bundle
        leaves, streams = len(bundle.leaves), len(bundle.streams)
        return True, f"{leaves} 条记录，{streams} 个流", f"{leaves} records, {streams} streams"

    def log(self) -> Said:
        note, head = self._bundle.note, self._head
        # The sender's policy proves nothing, but one that does not fit its own checkpoint was put there by a stranger.
        if self._own is not None:
            try:
                check(_logs_only(self._own), note)
            except VerificationError as error:
                raise VerificationError(2, None, f"{POLICY} in the file does not fit its checkpoint: {error}") from None
        if self._trust is not None:
            signed = check(_logs_only(self._trust), note)
            keys = ", ".join(signed.log_key_ids)
            return True, f"{head.origin}，共 {head.size} 条，密钥 {keys}", f"{head.origin}, size {head.size}, by {keys}"
        found = [line.key_id for line in split_note(note)[1] if line.name == head.origin]
        if not found:
            raise VerificationError(2, None, f"no line on the checkpoint is by a key of {head.origin}")
        return (
            None,
            f"未提供信任，签名人未知（自称 {found[0]}）",
            f"signer unknown: no trust was given (the line says {found[0]})",
        )

    def witnesses(self) -> Said:
        if self._trust is None:
            return None, "未检查：未提供信任", "not checked: no trust was given"
        found = check(self._trust, self._bundle.note)
        if not found.is_met:
            raise VerificationError(3, None, _unmet(self._trust, found))
        if found.replayed:
            self.soundness = "sound"
        aside = self._aside(found)
        when = sorted(cosigned.timestamp for cosigned in found.cosigners if cosigned.timestamp)
        if not found.cosigners:
            return True, f"信任中不要求见证人{aside[0]}", f"the trust demands no witness{aside[1]}"
        names = ", ".join(cosigned.key_id for cosigned in found.cosigners)
        since = f"，最早 {_moment(when[0])}" if when else ""
        at = f", first at {_moment(when[0])}" if when else ""
        count = len(found.cosigners)
        return True, f"{count} 个联署：{names}{since}{aside[0]}", f"{count} cosigned: {names}{at}{aside[1]}"

    def _aside(self, found: Trusted) -> tuple[str, str]:
        zh = "；有重放审计人" if found.replayed else "；没有重放审计人"
        en = "; a replay auditor is among them" if found.replayed else "; no replay auditor is among them"
        if found.not_checked:
            keys = ", ".join(found.not_checked)
            zh, en = f"{zh}；无法检查、不计入：{keys}", f"{en}; not checked and not counted: {keys}"
        if self._own is not None and self._own != self._trust:
            zh, en = (
                f"{zh}；文件内的策略与所给信任不同，未采用",
                f"{en}; the policy in the file is another one and was not used",
            )
        return zh, en

    def time(self) -> Said:
        tokens, roots = self._bundle.tokens, self._roots
        if not tokens:
            return None, "未检查：文件中没有时间戳", "not checked: there is no token in the file"
        if roots is None:
            return None, "未检查：未提供时间戳机构的根证书", "not checked: no root of a time stamp authority was given"
        if self._check_token is None:
            return None, "未检查：本程序在此无法检查时间戳", "not checked: this program cannot check tokens here"
        held: list[datetime] = []
        wrong: list[str] = []
        unknown: list[str] = []
        for number, token in enumerate(tokens, 1):
            try:
                held.append(self._check_token(token, self._text.encode(), roots))
            except NotChecked as error:
                unknown.append(f"{number}: {error}")
            except VerificationError as error:
                wrong.append(f"{number}: {error}")
        if held:
            at = min(held).astimezone(UTC).isoformat()
            return True, f"不晚于 {at} 已存在", f"it existed at {at}"
        if wrong:
            raise VerificationError(4, None, "token " + "; ".join(wrong))
        return None, f"未检查：{'; '.join(unknown)}", f"not checked: {'; '.join(unknown)}"

    def tree(self) -> Said:
        head, leaves = self._head, self._bundle.leaves
        for leaf in leaves:
            check_record(leaf.path, size=head.size, root=head.root, index=leaf.index, leaf=leaf_hash(leaf.leaf))
        return True, f"{len(leaves)} 条包含证明", f"{len(leaves)} record proofs hold"

    def signatures(self) -> Said:
        keys = EnrolledKeys()
        used: set[str] = set()
        for leaf in self._bundle.leaves[:-1]:
            proved, key_id = _proved(leaf, keys, self._bundle.origin)
            used.add(key_id)
            self.events.append(proved)
        return (
            True,
            f"{len(used)} 个密钥签名 {len(self.events)} 条",
            f"{len(self.events)} signatures by {len(used)} keys",
        )

    def streams(self) -> Said:
        last = self._bundle.leaves[-1]
        root = _map_root(last, self._head)
        proved = {event.index: event for event in self.events}
        leaves = {leaf.index: leaf for leaf in self._bundle.leaves}
        for stream in self._bundle.streams:
            try:
                _check_complete(stream, proved, leaves, root, self._bundle.origin)
            except VerificationError as error:
                raise VerificationError(7, error.log_index, f"{stream.stream}: {error}") from None
        count = len(self._bundle.streams)
        return True, f"{count} 个流与目录树一致", f"{count} streams are as the case map says"

    def sealed(self) -> Said:
        committed = {event.index: event.payload.sd for event in self.events}
        seen: set[tuple[int, str]] = set()
        for index, shown in self._bundle.disclosures.items():
            digests = [digest(text) for text in shown]
            if len(set(digests)) != len(digests) or not set(digests) <= set(committed.get(index, ())):
                raise VerificationError(8, index, f"record {index} does not commit to a field that is disclosed for it")
            for text in shown:
                open_disclosure(text)
            seen |= {(index, each) for each in digests}
        self.documents = check_documents(self._bundle, self.events)
        hidden = [(e.payload.stream, each) for e in self.events for each in e.payload.sd if (e.index, each) not in seen]
        orders = erased_by(self.events)
        erased = sum(each in orders for each in hidden)
        zh = f"披露 {len(seen)} 个字段、{len(self.documents)} 份文件，另有 {len(hidden)} 个字段未披露"
        en = f"{len(seen)} fields and {len(self.documents)} documents shown, {len(hidden)} fields withheld"
        return True, f"{zh}，其中 {erased} 个已按令删除", f"{en}, {erased} of them erased by recorded order"

    def answer(self) -> Said:
        try:
            derived = canonical.encode(self._conclude(self._bundle, self.events))
        except Exception as error:  # noqa: BLE001 - whoever owns a log may put into it what no fold expects
            raise VerificationError(9, None, f"nothing follows from these records: {_one_line(error)}") from None
        if derived != canonical.encode(self._bundle.answer):
            raise VerificationError(9, None, "from these records another answer follows")
        return True, "与重新推出的结论逐字节相同", "derived again, byte for byte"


def _logs_only(trust: Trust) -> Trust:
    return Trust(Policy(trust.policy.logs, (), (), None), Extension(log_keys=trust.extension.log_keys))


def _unmet(trust: Trust, found: Trusted) -> str:
    said: list[str] = []
    if not found.quorum_met:
        agreed = f"{len(found.cosigners)} of {len(trust.policy.witnesses)} witnesses cosigned"
        said.append(f"quorum {trust.policy.quorum} is not met: {agreed}")
    if found.missing:
        said.append(f"a required signature is missing: {', '.join(found.missing)}")
    if found.not_checked:
        said.append(f"not checked and not counted: {', '.join(found.not_checked)}")
    return "; ".join(said)


def _proved(leaf: ProvedLeaf, keys: EnrolledKeys, origin: str) -> tuple[Proved, str]:
    index = leaf.index
    try:
        envelope = open_leaf(leaf.leaf)
        payload = parse_payload(envelope.payload)
    except MalformedEvidence:
        raise VerificationError(6, index, f"record {index} is not a canonical envelope") from None
    if payload.origin != origin:
        raise VerificationError(6, index, f"record {index} is of origin {payload.origin}, not {origin}")
    verifier = keys.verifier_for(index, envelope, payload)
    try:
        check_signature(envelope, verifier)
    except VerificationError:
        said = f"record {index}: its signature does not verify under {verifier.key_id}"
        raise VerificationError(6, index, said) from None
    return Proved(index, payload, envelope.key_id), envelope.key_id


def _map_root(last: ProvedLeaf, head: Checkpoint) -> bytes:
    found: MapRoot | None = None
    if is_map_root(last.leaf):
        try:
            found = parse_map_root(last.leaf)
        except MalformedEvidence:
            found = None
    if found is None or found.covers != head.size - 1:
        raise VerificationError(7, last.index, f"record {last.index}, the last one, is no map root over all others")
    return found.root


def _check_complete(
    stream: ProvedStream, proved: dict[int, Proved], leaves: dict[int, ProvedLeaf], root: bytes, origin: str
) -> None:
    """Its events are a chain, and the map knows exactly this chain under the stream's name."""
    head, prev = genesis(stream.stream), None
    for version, index in enumerate(stream.indexes, 1):
        payload = proved[index].payload
        if payload.stream != stream.stream:
            raise VerificationError(7, index, f"record {index} is of stream {payload.stream}")
        if (payload.version, payload.prev) != (version, prev):
            raise VerificationError(7, index, f"record {index} does not continue version {version - 1} of its stream")
        hashed = leaf_hash(leaves[index].leaf)
        head, prev = chain(head, hashed), hashed.hex()
    entry = stream.entry
    if entry is not None and entry.stream != stream.stream:
        raise VerificationError(7, None, f"the map proof is of {entry.stream}")
    said = (0, genesis(stream.stream)) if entry is None else (entry.count, entry.head)
    if said != (len(stream.indexes), head):
        there = f"{len(stream.indexes)} are in the file"
        raise VerificationError(7, None, f"the map proof speaks of {said[0]} events, or of others; {there}")
    value = None if entry is None else format_entry(entry)
    check_map_proof(stream.proof, key=map_key(origin, stream.stream), root=root, value=value)


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return f"POSIX {seconds}"


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300].replace("\n", " ")
