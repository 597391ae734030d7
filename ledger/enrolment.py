"""
Which keys the log itself has enrolled, up to a given record, for whom each may act, and who may change that.

One judgement for everybody: appending asks `judge` before it signs, and verification asks it of every record (step 4),
so the two cannot disagree. A key counts from the record after its enrolment, and until the record of its revocation.

The log's first record enrols the key that signs it, and whoever trusts the log trusts that key: its holder is the
registrar. A key is enrolled or revoked by the registrar, or by a valid key of the same holder; log keys by the
registrar alone. tests/ledger/test_enrolment.py, tests/ledger/test_tampering.py.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.envelope import Envelope, Payload
from ledger.errors import MalformedEvidence, VerificationError
from ledger.rotation import ROOT, open_rotation
from ledger.suites import NoteVerifier
from ledger.vkeys import Verifier

ENROLLED = "key.enrolled.v1"
REVOKED = "key.revoked.v1"
ROTATED = "log_key.rotated.v1"
LOG = "log"  # the holder of the keys that sign checkpoints
# The moment of recording is in UTC, the days of validity are days of the authority's calendar, whose zone is not ours
# to know: a key is refused where it is invalid in every zone.
_ZONE = 1
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


class KeyRefused(VerificationError):  # noqa: N818 - reads as what it says
    """A key may not sign what it is to sign. `reason` is stable: doors translate it."""

    def __init__(self, index: int, reason: str, key_id: str, why: str) -> None:
        super().__init__(4, index, f"record {index} is signed by {key_id}, {why}")
        self.reason = reason
        self.key_id = key_id
        self.why = why


@dataclass(frozen=True, slots=True)
class Enrolment:
    vkey: str
    role: str  # official | system | log
    holder: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Revocation:
    """`effective_at`: from when on the key is said to have been in other hands; None: from the record itself."""

    key_id: str
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogKeyRotation:
    """`note` is the signed statement of ledger/rotation.py."""

    note: bytes


KeyChange = Enrolment | Revocation | LogKeyRotation


def key_change(payload: Payload) -> KeyChange | None:
    """What an event says of keys; None for all but three topics."""
    if payload.topic == ENROLLED:
        return _enrolment(payload)
    if payload.topic == REVOKED:
        return _revocation(payload)
    if payload.topic == ROTATED:
        return _rotation(payload)
    return None


def holder_stream(role: str, holder: str) -> str:
    """Where everybody who looks at a holder finds every key that acts for them."""
    return f"official/{holder}" if role == "official" else f"system/{holder}"


def _enrolment(payload: Payload) -> Enrolment:
    body: dict[str, Any] = payload.body
    match body:
        case {"vkey": str(vkey), "role": ("official" | "system" | "log") as role, "holder": str(holder)}:
            pass
        case _:
            raise MalformedEvidence
    if payload.stream != holder_stream(role, holder):
        raise MalformedEvidence
    # Only log keys may be of another suite: events are signed with Ed25519.
    key_id = (NoteVerifier(vkey) if role == "log" else Verifier(vkey)).key_id
    if body.get("key_id", key_id) != key_id:
        raise MalformedEvidence
    try:
        valid_to = body.get("valid_to")
        return Enrolment(
            vkey,
            role,
            holder,
            _day(body["valid_from"]),
            None if valid_to is None else _day(valid_to),
        )
    except (KeyError, TypeError, ValueError):
        raise MalformedEvidence from None


def _revocation(payload: Payload) -> Revocation:
    key_id, said = payload.body.get("key_id"), payload.body.get("effective_at")
    if not isinstance(key_id, str) or not isinstance(said, str | None):
        raise MalformedEvidence
    try:
        at = None if said is None else _moment(said)
        # A revocation of tomorrow would have to be weighed against every clock that stamps a record.
        if at is not None and at > _moment(payload.recorded_at):
            raise MalformedEvidence
    except ValueError:
        raise MalformedEvidence from None
    return Revocation(key_id, at)


def _rotation(payload: Payload) -> LogKeyRotation:
    statement = payload.body.get("statement")
    if not isinstance(statement, str) or payload.stream != holder_stream("log", LOG):
        raise MalformedEvidence
    return LogKeyRotation(statement.encode())


def _moment(text: str) -> datetime:
    # Python reads many more spellings (weeks, no separators, a space for the T), and no other reader of the log does.
    if not _MOMENT.fullmatch(text):
        raise MalformedEvidence
    return datetime.fromisoformat(text)


class _Key:
    """An enrolled key, and since which record it signs no more."""

    def __init__(self, enrolment: Enrolment) -> None:
        self.enrolment = enrolment
        self.key_id = _key_id(enrolment.vkey)
        # Log keys sign checkpoints, and no event.
        self.verifier = None if enrolment.role == "log" else Verifier(enrolment.vkey)
        self.revoked_at: int | None = None


class EnrolledKeys:
    """The keys enrolled so far. Records are shown in log order; those that say nothing of keys may be left out."""

    def __init__(self, key_of: Callable[[Payload], KeyChange | None] = key_change) -> None:
        self._key_of = key_of
        self._keys: dict[str, _Key] = {}
        self._registrar: tuple[str, str] | None = None

    def verifier_for(self, index: int, envelope: Envelope, payload: Payload) -> Verifier:
        """Return the key by which this record's signature must verify, then take in what the record says of keys."""
        verifier = self.judge(index, envelope.key_id, payload)
        match self._change(index, payload):
            case Enrolment() as change:
                key = _Key(change)
                # A key enrolled twice keeps its first enrolment, and one that was revoked stays so.
                self._keys.setdefault(key.key_id, key)
                if index == 0:
                    self._registrar = (change.role, change.holder)
            case Revocation() as change:
                if self._keys[change.key_id].revoked_at is None:
                    self._keys[change.key_id].revoked_at = index
            case LogKeyRotation() | None:
                pass  # which log key speaks for which size is the verifier's trust, not the log's to say
        return verifier

    def judge(self, index: int, key_id: str, payload: Payload) -> Verifier:
        """Return the verifier of that key if it may sign this payload as the record of that index, or KeyRefused."""
        change = self._change(index, payload)
        key = self._keys.get(key_id)
        if index == 0 and isinstance(change, Enrolment) and _key_id(change.vkey) == key_id:
            key = _Key(change)
        if key is None:
            raise KeyRefused(index, "not_enrolled", key_id, "which is not enrolled")
        if key.revoked_at is not None:
            raise KeyRefused(index, "revoked", key_id, f"revoked at record {key.revoked_at}")
        who = payload.actor.get("official" if key.enrolment.role == "official" else "system")
        if who != key.enrolment.holder or key.verifier is None:
            holder = f"{key.enrolment.role} {key.enrolment.holder}"
            raise KeyRefused(index, "not_the_actor", key_id, f"the key of {holder}, who is not its actor")
        try:
            recorded_on = _day(payload.recorded_at[:10])
        except ValueError:
            raise VerificationError(4, index, f"record {index} does not say when it was recorded") from None
        if not _is_valid_on(key.enrolment, recorded_on):
            raise KeyRefused(index, "not_valid", key_id, f"a key that is not valid on {recorded_on}")
        if change is not None and index > 0:
            self._judge_change(index, key, change, payload)
        return key.verifier

    def newest(self, key_ids: Iterable[str], on: date) -> str | None:
        """Of these, the key that was enrolled last, is not revoked and is valid on that day."""
        wanted = set(key_ids)
        good = [
            key_id
            for key_id, key in self._keys.items()
            if key_id in wanted and key.revoked_at is None and _is_valid_on(key.enrolment, on)
        ]
        return good[-1] if good else None

    def _judge_change(self, index: int, key: _Key, change: KeyChange, payload: Payload) -> None:
        signer = (key.enrolment.role, key.enrolment.holder)
        if isinstance(change, LogKeyRotation):
            if signer != self._registrar:
                raise KeyRefused(index, "may_not_enrol", key.key_id, "which may not rotate the log's key")
            self._judge_rotation(index, key, change, payload.origin)
            return
        if isinstance(change, Enrolment):
            concerned = change
        elif (found := self._keys.get(change.key_id)) is not None:
            concerned = found.enrolment
        else:
            raise KeyRefused(index, "unknown_key", key.key_id, f"and revokes {change.key_id}, which is not enrolled")
        if payload.stream != holder_stream(concerned.role, concerned.holder):
            raise KeyRefused(index, "wrong_stream", key.key_id, f"and changes a key of {concerned.holder} elsewhere")
        if signer not in (self._registrar, (concerned.role, concerned.holder)):
            whose = f"{concerned.role} {concerned.holder}"
            raise KeyRefused(index, "may_not_enrol", key.key_id, f"which may not change the keys of {whose}")

    def _judge_rotation(self, index: int, key: _Key, change: LogKeyRotation, origin: str) -> None:
        enrolled = [k for k in self._keys.values() if k.enrolment.role == "log" and k.revoked_at is None]
        roots = [k.enrolment.vkey for k in enrolled if k.enrolment.holder == ROOT]
        try:
            rotation = open_rotation(change.note, root=roots[-1] if roots else None)
        except VerificationError as error:
            raise KeyRefused(index, "bad_rotation", key.key_id, f"and holds a statement that fails: {error}") from None
        known = {k.enrolment.vkey for k in enrolled if k.enrolment.holder == LOG}
        if rotation.origin != origin or not {rotation.old, rotation.new} <= known:
            raise KeyRefused(index, "bad_rotation", key.key_id, "and rotates keys that are not this log's own")

    def _change(self, index: int, payload: Payload) -> KeyChange | None:
        try:
            return self._key_of(payload)
        except MalformedEvidence:
            raise VerificationError(4, index, f"record {index} does not enrol or revoke a key as it must") from None


def _is_valid_on(enrolment: Enrolment, day: date) -> bool:
    # In days since the year 1: the day after 9999-12-31, which says "for ever", is no date.
    number, first = day.toordinal(), enrolment.valid_from.toordinal()
    last = None if enrolment.valid_to is None else enrolment.valid_to.toordinal()
    return first - _ZONE <= number and (last is None or number <= last + _ZONE)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    # Also "20250101" and "2025-W01-3" to Python, and to no other reader of the log.
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def _key_id(vkey: str) -> str:
    name, claimed, _ = vkey.split("+", 2)
    return f"{name}+{claimed}"
