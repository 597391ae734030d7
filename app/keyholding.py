"""
The life of a key: made, enrolled, revoked, rotated. Each change is an event which the registrar's key signs.

Whether the change is allowed is not decided here: ledger/enrolment.py judges who may, domain/people/decide.py what.
tests/app/test_keyholding.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app import codec
from app.establish import record
from domain.case.errors import Refused
from domain.people.events import KeyEnrolled, KeyRevoked, LogKeyRotated
from ledger.casemap import is_map_root
from ledger.checkpoint import LogKey
from ledger.envelope import open_leaf, parse_payload
from ledger.rotation import Rotation, open_rotation, sign_rotation
from ledger.store.contract import whole_log
from ledger.suites import NoteVerifier, suite_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from app.handle import Handler
    from domain.people.register import Register
    from ledger.store.contract import Store
    from ledger.vkeys import Signer

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


def rotate_log(
    handler: Handler, keys: tuple[LogKey, ...], *, overlap: int, now: datetime, root: Signer | None = None
) -> tuple[LogKey, ...]:
    """
    Give the log a new key, and return all its keys with their sizes: the caller keeps them, and publishes.

    On the next `overlap` records checkpoints carry both signatures. The crash story: a rotation that is on record but
    not among `keys` is the one that was interrupted; it is returned, and no other is begun.
    """
    on_record = [open_rotation(note, root=None) for note in _statements(handler.store)]
    used = {key.vkey for key in keys}
    if on_record and on_record[-1].old in used and on_record[-1].new not in used:
        return _rotated(keys, on_record[-1])
    old = next((key for key in reversed(keys) if key.to_size is None and suite_of(key.vkey) == "ed25519"), None)
    signers = {signer.vkey: signer for signer in handler.keyring.signers(handler.origin)}
    if old is None or old.vkey not in signers:
        raise Refused("没有现行的日志私钥。the private half of the log's present key is not kept here", field="log")
    enrolled = handler.register().keys.values()
    unused = [
        k.vkey for k in enrolled if k.role == "log" and k.vkey in signers and k.vkey not in {o.vkey for o in keys}
    ]
    new = signers[unused[-1]] if unused else handler.keyring.add(handler.origin)
    enrol(handler, new.vkey, role="log", holder="log", custody="ledger", now=now)
    # With this statement as the next record, the first checkpoint of the new key has it below.
    start = handler.store.size() + 1
    rotation = Rotation(handler.origin, old.vkey, new.vkey, start, start + overlap)
    note = sign_rotation(rotation, [signers[old.vkey], new, *([root] if root is not None else [])])
    record(handler, LogKeyRotated(statement=note.decode()), now=now)
    return _rotated(keys, rotation)


def add_log_key(handler: Handler, keys: tuple[LogKey, ...], *, suite: str, now: datetime) -> tuple[LogKey, ...]:
    """Give the log one more key, of another suite, whose line stands on checkpoints from the next one on."""
    if suite == "ed25519":
        raise Refused("`luoshi key rotate log` gives the log another Ed25519 key", field="suite")
    made = handler.keyring.add(handler.origin, suite)
    enrol(handler, made.vkey, role="log", holder="log", custody="ledger", now=now)
    return (*keys, LogKey(made.vkey, handler.store.size()))


def _rotated(keys: tuple[LogKey, ...], rotation: Rotation) -> tuple[LogKey, ...]:
    ended = tuple(replace(key, to_size=rotation.to_size) if key.vkey == rotation.old else key for key in keys)
    return (*ended, LogKey(rotation.new, rotation.from_size))


def _statements(store: Store) -> list[bytes]:
    kept = [stored for stored in store.read_stream("system/log") if stored.topic == LogKeyRotated.TOPIC]
    return [parse_payload(open_leaf(stored.leaf).payload).body["statement"].encode() for stored in kept]


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
