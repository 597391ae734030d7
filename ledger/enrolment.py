"""
Which keys the log itself has enrolled, up to a given record, and for whom each may act.

A key counts from the record after its enrolment. The log's first record is the exception: it enrols the key that
signs it, and whoever trusts the log trusts that key. tests/ledger/test_tampering.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ledger.envelope import Envelope, Payload
from ledger.errors import MalformedEvidence, VerificationError
from ledger.vkeys import Verifier

ENROLLED = "key.enrolled.v1"
REVOKED = "key.revoked.v1"
# The moment of recording is in UTC, the days of validity are days of the authority's calendar, whose zone is not ours
# to know: a key is refused where it is invalid in every zone.
_ZONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Enrolment:
    vkey: str
    role: str  # official | system | log
    holder: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Revocation:
    key_id: str


KeyChange = Enrolment | Revocation


def key_change(payload: Payload) -> KeyChange | None:
    """What an event says of keys; None for all but two topics."""
    if payload.topic == ENROLLED:
        return _enrolment(payload)
    if payload.topic == REVOKED and isinstance(payload.body.get("key_id"), str):
        return Revocation(payload.body["key_id"])
    return None


def _enrolment(payload: Payload) -> Enrolment:
    body: dict[str, Any] = payload.body
    match body:
        case {"vkey": str(vkey), "role": ("official" | "system" | "log") as role, "holder": str(holder)}:
            pass
        case _:
            raise MalformedEvidence
    # The stream is the holder's own, so that whoever reads a person's stream sees every key that acts for them.
    if payload.stream != (f"official/{holder}" if role == "official" else f"system/{holder}"):
        raise MalformedEvidence
    try:
        valid_to = body.get("valid_to")
        return Enrolment(
            vkey,
            role,
            holder,
            date.fromisoformat(body["valid_from"]),
            None if valid_to is None else date.fromisoformat(valid_to),
        )
    except (KeyError, TypeError, ValueError):
        raise MalformedEvidence from None


@dataclass(slots=True)
class _Key:
    enrolment: Enrolment
    verifier: Verifier
    revoked_at: int | None = None


class EnrolledKeys:
    """The keys enrolled so far. Records must be shown to it in log order."""

    def __init__(self, key_of: Callable[[Payload], KeyChange | None] = key_change) -> None:
        self._key_of = key_of
        self._keys: dict[str, _Key] = {}

    def verifier_for(self, index: int, envelope: Envelope, payload: Payload) -> Verifier:
        """Return the key by which this record's signature must verify, then take in what the record says of keys."""
        try:
            change = self._key_of(payload)
            enrolled = _Key(change, Verifier(change.vkey)) if isinstance(change, Enrolment) else None
        except MalformedEvidence:
            raise VerificationError(4, index, f"record {index} does not enrol a key as it must") from None
        if index == 0 and enrolled is not None and enrolled.verifier.key_id == envelope.key_id:
            self._keys[envelope.key_id] = enrolled
        key = self._keys.get(envelope.key_id)
        if key is None:
            raise VerificationError(4, index, f"record {index} is signed by {envelope.key_id}, which is not enrolled")
        if key.revoked_at is not None:
            said = f"record {index} is signed by {envelope.key_id}, revoked at record {key.revoked_at}"
            raise VerificationError(4, index, said)
        _check_actor(index, key.enrolment, payload)
        if enrolled is not None and enrolled.verifier.key_id not in self._keys:
            self._keys[enrolled.verifier.key_id] = enrolled
        if isinstance(change, Revocation) and change.key_id in self._keys:
            self._keys[change.key_id].revoked_at = index
        return key.verifier


def _check_actor(index: int, enrolment: Enrolment, payload: Payload) -> None:
    who = payload.actor.get("official" if enrolment.role == "official" else "system")
    if who != enrolment.holder:
        holder = f"{enrolment.role} {enrolment.holder}"
        raise VerificationError(4, index, f"record {index} is signed by the key of {holder}, who is not its actor")
    try:
        recorded_on = date.fromisoformat(payload.recorded_at[:10])
    except ValueError:
        raise VerificationError(4, index, f"record {index} does not say when it was recorded") from None
    too_early = recorded_on < enrolment.valid_from - _ZONE
    if too_early or (enrolment.valid_to is not None and recorded_on > enrolment.valid_to + _ZONE):
        raise VerificationError(4, index, f"record {index} is signed by a key that is not valid on {recorded_on}")
