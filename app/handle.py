"""
One act, from command to log: load, decide, sign, append; reload and decide again when somebody was first.

Sign before append: a crash in between loses a signature nobody has seen, and the clerk retries. If the answer to an
append is lost, the retry finds its own command id in the stream and answers with what was recorded then.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from app import codec
from app.codec import PEOPLE_TOPICS
from app.establish import REGISTRAR
from app.keyring import NoKey, principal_of
from domain.case.case import Case, fold
from domain.case.commands import RecordRefusedAttempt
from domain.case.decide import AnyCaseCommand
from domain.case.decide import decide as decide_case
from domain.case.errors import Refused
from domain.case.events import AccusationReceived
from domain.case.facts import Facts
from domain.case.secrecy import Accused
from domain.law.rules import Rulebook, parse_pack
from domain.office.commands import OfficeCommand, is_office
from domain.office.decide import decide as decide_office
from domain.office.state import Office
from domain.office.state import evolve as evolve_office
from domain.people.decide import decide as decide_people
from domain.people.events import RulePackAdopted
from domain.people.register import Register, add
from domain.people.streams import PACKS, streams_of
from ledger.casemap import TOPIC as MAP_ROOT
from ledger.disclosure import disclose, open_disclosure
from ledger.enrolment import ENROLLED, REVOKED, ROTATED, EnrolledKeys, KeyRefused
from ledger.envelope import Draft, Sealed, leaf_hash, open_leaf, parse_payload, payload, seal
from ledger.errors import CommandRepeated, Conflict, LedgerError, SignerRevoked

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from app.keyring import Keyring
    from domain.case.events import CaseEvent
    from domain.people.commands import RecordPeople
    from domain.people.events import PeopleEvent
    from domain.recorded import Actor, Recorded
    from ledger.store.contract import Store, Stored
    from ledger.vkeys import Signer, Verifier

ATTEMPTS = 5  # an act that loses the race five times meets a busier stream than any case has
LOG_CHUNK = 1000
LISTED = "#listed"  # ends the command id of an entry where it is listed
KEY_TOPICS = frozenset((ENROLLED, REVOKED, ROTATED))
KEY_REFUSALS = {
    "not_enrolled": "密钥尚未登记",
    "revoked": "密钥已注销",
    "not_the_actor": "密钥不属于行为人",
    "not_valid": "密钥不在有效期内",
    "unknown_key": "所注销的密钥从未登记",
    "wrong_stream": "密钥变更须记入持有人名下",
    "bad_rotation": "日志密钥轮换声明无效",
    "may_not_enrol": "无权登记或注销他人的密钥",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What an act came to: the stream's version after it, the log index of its first event, and whether it was recorded
    now (False for a repeat). `log_index` is None where nothing needed recording.
    """

    stream: str
    version: int
    log_index: int | None
    is_new: bool


def repeated(history: Sequence[Recorded], command_id: str) -> Outcome | None:
    """What the command of this id came to when it was recorded; None where it is not in the stream."""
    own = [r for r in history if r.command_id == command_id or r.command_id.startswith(f"{command_id}#")]
    return Outcome(own[0].stream, own[-1].version, own[0].log_index, is_new=False) if own else None


def read(stored: Stored) -> Recorded:
    """
    A stored leaf as a fold receives it. Trusts the store; `luoshi verify` is where trust is checked.
    """
    envelope = open_leaf(stored.leaf)
    return codec.recorded(parse_payload(envelope.payload), log_index=stored.log_index, key_id=envelope.key_id)


def acts(stored: Iterable[Stored]) -> Iterator[Recorded]:
    """
    The leaves that are acts, in order. A map root is a statement about the log itself: no fold receives it.
    """
    return (read(each) for each in stored if each.topic != MAP_ROOT)


class Handler:
    """
    Records acts. Thread-safe for acts on cases; `clock` is the only source of `recorded_at`.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        *,
        origin: str,
        clock: Callable[[], datetime],
        salt: Callable[[], bytes],
        is_valid_uscc: Callable[[str], bool],
        lock: threading.Lock,
    ) -> None:
        self.store = store
        self.keyring = keyring
        self.origin = origin
        self.clock = clock
        self.salt = salt
        self._is_valid_uscc = is_valid_uscc
        self._register = Register()
        self._packs: dict[str, RulePackAdopted] = {}
        self._rules: Rulebook | None = None  # of the packs read so far, once they are asked for
        self._keys = EnrolledKeys()
        self._read_to = 0
        self._lock = lock

    def register(self) -> Register:
        """
        The register of people as the log now has it; only what was added since the last call is read.
        """
        with self._lock:
            while chunk := self.store.read_log(self._read_to, LOG_CHUNK):
                for stored in chunk:
                    if stored.topic in PEOPLE_TOPICS:
                        recorded = read(stored)
                        add(self._register, recorded)
                        if isinstance(recorded.event, RulePackAdopted) and recorded.stream == PACKS:
                            self._packs.pop(recorded.event.pack_id, None)  # adopted again: newest last
                            self._packs[recorded.event.pack_id] = recorded.event
                            self._rules = None
                    if stored.topic in KEY_TOPICS:
                        envelope = open_leaf(stored.leaf)
                        self._keys.verifier_for(stored.log_index, envelope, parse_payload(envelope.payload))
                self._read_to = chunk[-1].log_index + 1
                if len(chunk) < LOG_CHUNK:
                    break
            return self._register

    def facts(self, case: Case, history: Sequence[Recorded]) -> Facts:
        """The law as the log has it, and whom an accusation names: its sealed fields, while they can be read."""
        with self._lock:
            if self._rules is None:
                self._rules = Rulebook(tuple(parse_pack(p.content, tuple(p.sources)) for p in self._packs.values()))
            rules = self._rules
        if not case.is_accusation:
            return Facts(rules)
        arrivals = [r.log_index for r in history if isinstance(r.event, AccusationReceived)]
        held = self.store.disclosures(arrivals)
        fields = (open_disclosure(each) for found in held.values() for each in found)
        return Facts(rules, Accused.of(fields))

    def accused(self, history: Sequence[Recorded]) -> Accused | None:
        """Whom an accusation of this history names; None where it is none, or nobody can be told any more."""
        return self.facts(fold(r.event for r in history), history).accused  # type: ignore[misc]  # a case's own

    def decided(self, command: AnyCaseCommand | OfficeCommand, history: Sequence[Recorded]) -> Sequence[CaseEvent]:
        """What the command comes to, after what its stream holds: a case's, or an office's."""
        if isinstance(command, OfficeCommand) and is_office(command.stream):
            office = reduce(evolve_office, (r.event for r in history), Office())  # type: ignore[arg-type]  # its own
            return decide_office(office, command, self.register())
        case = fold(r.event for r in history)  # type: ignore[misc]  # a case's own stream
        return decide_case(case, command, self.register(), self.facts(case, history))

    def handle(self, command: AnyCaseCommand, *, expected: int | None = None) -> Outcome:
        """
        Record an act on a case or an office. Refused where a rule forbids it, Conflict where the stream never rests.
        `expected`: the version it was decided on; Conflict where the stream has another one, and not this act in it.
        """
        for attempt in range(ATTEMPTS):
            kept = self.store.read_stream(command.stream)
            history = [read(stored) for stored in kept]
            if (found := repeated(history, command.command_id)) is not None:
                return found
            if expected is not None and expected != len(history):
                raise Conflict(command.stream, expected, len(history))
            try:
                events = self.decided(command, history)
            except Refused as refused:
                self.note_refused(command, refused)
                raise
            if not events:
                return Outcome(command.stream, len(history), None, is_new=False)
            try:
                head = leaf_hash(kept[-1].leaf) if kept else None
                done = self._append(command.stream, len(history), head, events, command, sealed=command.sealed)
            except (Conflict, SignerRevoked):
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                if done.is_new:
                    return done
                now_there = [read(stored) for stored in self.store.read_stream(command.stream)]
                return repeated(now_there, command.command_id) or done  # recorded by another thread just now
        raise AssertionError("unreachable")

    def note_refused(self, command: AnyCaseCommand | OfficeCommand, refused: Refused) -> None:
        """
        Put an attempt on record that matters in law, signed by the ledger. Whatever becomes of that, the answer to the
        caller is the refusal. Where somebody else writes at once, or the ledger's own key is not kept here, nothing is.
        """
        if refused.rule is None or is_office(command.stream) or isinstance(command, RecordRefusedAttempt):
            return
        attempt = RecordRefusedAttempt(
            stream=command.stream,
            unit_id=command.unit_id,
            official_id=command.actor.official_id or command.official_id,
            actor=REGISTRAR,
            occurred_at=command.now,
            now=command.now,
            command_id=f"{command.command_id}!refused",
            command=type(command).__name__,
            rule=refused.rule,
            law=refused.law,
        )
        with suppress(Conflict, SignerRevoked, NoKey):
            self.handle(attempt)

    def record(self, command: RecordPeople) -> Outcome:
        """
        Put an entry of the register (or a pack, or a calendar notice) on record.
        """
        stream, *lists = streams_of(command.event)
        for attempt in range(ATTEMPTS):
            heads = self.store.heads([stream, *lists])
            version, _ = heads.get(stream, (0, b""))
            if found := self.store.by_command([command.command_id]).get(command.command_id):
                if found.stream != stream:
                    # Its packs and posts stand in no list, so none of them would count (decision 24).
                    raise LedgerError(f"{found.stream}: this log was begun by an earlier version; begin a new one")
                return Outcome(stream, version, found.log_index, is_new=False)
            events = decide_people(self.register(), command, is_valid_uscc=self._is_valid_uscc)
            if not events:
                return Outcome(stream, version, None, is_new=False)
            try:
                # Its own stream and the one that lists it, in one append: neither is ever there without the other.
                leaves = [leaf for each in (stream, *lists) for leaf in self._entry(each, heads, events, command)]
                index = self.store.append(leaves)
                return Outcome(stream, version + 1, index, is_new=True)
            except CommandRepeated as repeated:
                return Outcome(stream, version, repeated.log_index, is_new=False)
            except (Conflict, SignerRevoked):
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _entry(
        self, stream: str, heads: Mapping[str, tuple[int, bytes]], events: Sequence[PeopleEvent], command: RecordPeople
    ) -> list[Sealed]:
        """An entry of the register as the next version of one of its streams."""
        version, head = heads.get(stream, (0, None))
        is_own = stream == streams_of(command.event)[0]
        return self.seal(
            stream,
            version,
            events,
            actor=command.actor,
            occurred_at=command.occurred_at,
            command_id=command.command_id if is_own else f"{command.command_id}{LISTED}",
            sealed=(),
            head=head,
        )

    def _append(
        self,
        stream: str,
        version: int,
        head: bytes | None,
        events: Sequence[CaseEvent],
        command: AnyCaseCommand | OfficeCommand,
        *,
        sealed: tuple[tuple[str, str], ...] = (),
    ) -> Outcome:
        leaves = self.seal(
            stream,
            version,
            events,
            actor=command.actor,
            occurred_at=command.occurred_at,
            command_id=command.command_id,
            sealed=sealed,
            head=head,
        )
        try:
            index = self.store.append(leaves)
        except CommandRepeated as known:
            return Outcome(stream, version, known.log_index, is_new=False)
        return Outcome(stream, version + len(leaves), index, is_new=True)

    def signer_for(self, actor: Actor, on: date) -> Signer:
        """
        The newest valid key kept for whoever acts. Where none is valid, the last one: `check_key` says what is wrong.

        Another process may have rotated the key since this one read the folder: then the folder is read again. What
        cannot be read there is refused by name (KeyUnreadable), and looked for again with the next act.
        """
        principal = principal_of(actor)
        if (signer := self._valid(principal, on)) is None:
            self.keyring.read_again()
            signer = self._valid(principal, on)
        return signer or self.keyring.signers(principal)[-1]

    def _valid(self, principal: str, on: date) -> Signer | None:
        kept = self.keyring.signers(principal) if principal in self.keyring.principals() else ()
        newest = self._keys.newest([signer.key_id for signer in kept], on)
        return next((signer for signer in kept if signer.key_id == newest), None)

    def check_key(self, key_id: str, to_sign: bytes) -> Verifier:
        """
        Refused unless that key may sign this as the next record: the very judgement of `luoshi verify`, step 4.
        """
        try:
            return self._keys.judge(self._read_to, key_id, parse_payload(to_sign))
        except KeyRefused as refused:
            said = KEY_REFUSALS[refused.reason]
            raise Refused(f"{said}（{key_id}）。the key {key_id} is refused: {refused.why}", field="key") from None

    def seal(
        self,
        stream: str,
        version: int,
        events: Sequence[codec.Event],
        *,
        actor: Actor,
        occurred_at: datetime,
        command_id: str,
        sealed: tuple[tuple[str, str], ...],
        head: bytes | None,
    ) -> list[Sealed]:
        """
        Sign the events of one command as the next versions of a stream. The first event carries the disclosures.
        """
        recorded_at = codec.moment(self.clock())
        signer = self.signer_for(actor, date.fromisoformat(recorded_at[:10]))
        leaves: list[Sealed] = []
        for n, event in enumerate(events):
            own_id = command_id if n == 0 else f"{command_id}#{n + 1}"
            disclosures = tuple(disclose(k, v, self.salt()) for k, v in sealed) if n == 0 else ()
            draft = Draft(
                stream=stream,
                version=version + n + 1,
                topic=event.TOPIC,
                body=codec.encode(event),
                actor=codec.actor_body(actor),
                occurred_at=codec.moment(occurred_at),
                command_id=own_id,
                origin=self.origin,
                disclosures=disclosures,
            )
            prev = None if head is None else head.hex()
            to_sign = payload(draft, prev=prev, recorded_at=recorded_at)
            self.check_key(signer.key_id, to_sign)
            leaf = seal(to_sign, signer)
            leaves.append(Sealed(stream, draft.version, draft.topic, own_id, leaf, disclosures))
            head = leaf_hash(leaf)
        return leaves
