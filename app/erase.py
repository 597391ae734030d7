"""
`luoshi erase`: a sealed field of a case made unreadable, by a recorded order.

The order of the durable steps, and what a crash leaves after each:

  1  the erasure events          said to be erased and still readable: `luoshi verify` names the record (step 9)
  2  a new key of the case       both keys there: nothing is lost, the same finding
  3  the rows, in one transaction: those erased left out, the others under the new key
                                 the old key is still there: `luoshi verify` names the erasure (step 9)
  4  the old key destroyed       no copy of the database opens any more
  5  attachments' ciphertexts    files without a key: `luoshi fsck` lists them

Running the command again goes on from wherever it stopped, and once all is done changes nothing; tests/faults/
test_erase.py dies after each step. What it cannot reach is said in `BEYOND`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.handle import read
from app.sealed import fields_of
from domain.case import commands as c
from domain.case import events as e
from domain.case.errors import Refused
from domain.case.secrecy import GUARDING
from domain.recorded import Actor
from ledger import canonical

if TYPE_CHECKING:
    from app.handle import Handler
    from app.sealed import Field
    from ledger.store.sealed import SealedStore

BEYOND = """\
此次清除不及于：已交付当事人、法院或其他机关的副本和证据文件；打印件；密钥文件夹的旧备份（请销毁，只留最新一份）。
Not reached: copies and evidence files already given to parties, courts or other bodies; printed paper; older
backups of the key folder (destroy them; keep the newest only)."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was recorded now, and all that is erased in the case by now. `log_indexes` are those of the events."""

    stream: str
    new_fields: int
    all_fields: int
    log_indexes: tuple[int, ...]


def erase(
    handler: Handler,
    store: SealedStore,
    stream: str,
    field: str,
    *,
    order_no: str,
    basis: str,
    official_id: str,
    unit_id: str,
    version: int | None = None,
) -> Erased:
    """
    Record the order and carry it out, in every event of the case or in that of one `version`. Refused where no such
    field is kept, unless this order has erased something here before.
    """
    history = [read(stored) for stored in store.read_stream(stream)]
    fields = fields_of(store, history)
    erased_before = {d for r in history if isinstance(r.event, e.SealedFieldErased) for d in r.event.digests}
    kept = [f for f in fields if f.digest not in erased_before]
    named = [f for f in kept if f.name == field and version in (None, f.version)]
    orders = {r.event.order_no for r in history if isinstance(r.event, e.SealedFieldErased)}
    if not named and order_no not in orders:
        # A name mistyped must not pass for one that was erased before; the log does not know names.
        raise Refused(f"no sealed field {field} is kept in {stream}", field="field")
    if named:
        _may_go(field, named, kept, order_no, basis)
        now = handler.clock()
        targets: dict[int, list[str]] = {}
        for each in named:
            targets.setdefault(each.log_index, []).append(each.digest)
        what = hashlib.sha256(canonical.encode([stream, order_no, sorted(f.digest for f in named)])).hexdigest()
        handler.handle(
            c.EraseSealed(
                stream=stream,
                unit_id=unit_id,
                official_id=official_id,
                actor=Actor(official_id=official_id),
                occurred_at=now,
                now=now,
                command_id=f"erase:{what}",
                targets=tuple((index, tuple(sorted(digests))) for index, digests in sorted(targets.items())),
                order_no=order_no,
                basis=basis,
            )
        )
    return complete(store, stream, new_fields=len(named))


def complete(store: SealedStore, stream: str, *, new_fields: int = 0) -> Erased:
    """Carry out every erasure that is recorded in this case, as far as it is not done."""
    history = [read(stored) for stored in store.read_stream(stream)]
    orders = [r for r in history if isinstance(r.event, e.SealedFieldErased)]
    digests = {d for r in orders if isinstance(r.event, e.SealedFieldErased) for d in r.event.digests}
    indexes = tuple(r.log_index for r in orders)
    store.erase(stream, digests, since=max(indexes))
    return Erased(stream, new_fields, len(digests), indexes)


def _may_go(field: str, named: list[Field], kept: list[Field], order_no: str, basis: str) -> None:
    if field in GUARDING and any(f.name not in GUARDING for f in kept):
        # Without them nobody could be kept from reading the rest.
        raise Refused(f"{field} keeps the accused from the rest of this case: erase the rest first", field="field")
    for each in named:
        if isinstance(each.value, str) and each.value and (each.value in basis or each.value in order_no):
            raise Refused("order and basis stay in the log for ever: they must not name what is erased", field="basis")
