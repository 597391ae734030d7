"""
The life of a key: made, enrolled, revoked, rotated. Each change is an event which the registrar's key signs.

Whether the change is allowed is not decided here: ledger/enrolment.py judges who may, domain/people/decide.py what.
tests/app/test_keyholding.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import codec
from app.establish import record
from domain.case.errors import Refused
from domain.people.events import KeyEnrolled, KeyRevoked
from ledger.casemap import is_map_root
from ledger.envelope import open_leaf, parse_payload
from ledger.store.contract import whole_log
from ledger.suites import NoteVerifier

if TYPE_CHECKING:
    from datetime import date, datetime

    from app.handle import Handler
    from domain.people.register import Register
    from ledger.store.contract import Store

ROTATED = "rotated"


def enrol(
    handler: Handler,
    vkey: str,
    *,
    role: str,
    holder: str,
    custody: str,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> KeyEnrolled:
    """Put a key on record. MalformedEvidence for what is no verifier key, Refused where a rule forbids it."""
    event = KeyEnrolled(
        key_id=NoteVerifier(vkey).key_id,
        vkey=vkey,
        role=role,
        holder=holder,
        custody=custody,
        valid_from=valid_from or now.date(),
        valid_to=valid_to,
    )
    if event.key_id in handler.register().revoked:
        raise Refused(f"密钥已注销，不得重新登记。{event.key_id} was revoked and stays so", field="vkey")
    record(handler, event, now=now)
    return event


def revoke(
    handler: Handler, what: str, *, reason: str, now: datetime, since: datetime | None = None
) -> list[KeyEnrolled]:
    """End a key, or every key of `official/<id>` or `system/<name>` that is not ended; which ones those were."""
    ended = valid_keys(handler.register(), what)
    if not ended:
        raise Refused(f"没有可注销的密钥。no key {what} is enrolled and not revoked", field="key")
    for key in ended:
        revoked = KeyRevoked(key_id=key.key_id, role=key.role, holder=key.holder, reason=reason, effective_at=since)
        record(handler, revoked, now=now)
    return ended


def rotate(
    handler: Handler, principal: str, *, now: datetime, vkey: str | None = None, keep_old: bool = False
) -> tuple[KeyEnrolled, list[KeyEnrolled]]:
    """
    Enrol a new key for a principal and revoke its old ones: the new key, the old ones.

    `vkey`: the new key of somebody who holds it alone. Else it is made here, and the old private keys are destroyed.
    The new one comes first, so that a crash in between leaves somebody who can sign.
    """
    role, _, holder = principal.partition("/")
    if role not in ("official", "system") or not holder:
        raise Refused(f"{principal!r} is no principal: official/<id> or system/<name>", field="principal")
    old = valid_keys(handler.register(), principal)
    custody = "ledger" if vkey is None else "client"
    new = enrol(
        handler, vkey or handler.keyring.add(principal).vkey, role=role, holder=holder, custody=custody, now=now
    )
    handler.register()
    for key in old:
        if key.key_id != new.key_id:
            record(
                handler,
                KeyRevoked(key_id=key.key_id, role=key.role, holder=key.holder, reason=ROTATED),
                now=now,
            )
            if not keep_old:
                handler.keyring.destroy(key.key_id)
    return new, old


def valid_keys(register: Register, what: str) -> list[KeyEnrolled]:
    """The keys of a principal, or the one of that id, that are not revoked; in the order of their enrolment."""
    return [
        key
        for key in register.keys.values()
        if key.key_id not in register.revoked and what in (key.key_id, f"{key.role}/{key.holder}")
    ]


def doubted(store: Store, register: Register) -> dict[str, list[int]]:
    """
    By key id, the records signed with a key since the moment from which it is said to have been in other hands.

    They stand: the key was not revoked yet when they were recorded. Reads the log only if there is such a key.
    """
    since = {k: r.effective_at for k, r in register.revoked.items() if r.effective_at is not None}
    found: dict[str, list[int]] = {key_id: [] for key_id in since}
    if not since:
        return found
    for stored in whole_log(store):
        if is_map_root(stored.leaf):
            continue
        envelope = open_leaf(stored.leaf)
        if (moment := since.get(envelope.key_id)) is not None and _recorded_at(envelope.payload) >= moment:
            found[envelope.key_id].append(stored.log_index)
    return found


def _recorded_at(payload: bytes) -> datetime:
    return codec.parse_moment(parse_payload(payload).recorded_at)
