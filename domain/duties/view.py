"""
Which events a question sees: what the log held by `known_at`, and of that, what is claimed to have happened by `as_of`.

Corrections, appointments, packs and notices are chosen by `known_at` alone; acts on cases also by their `occurred_at`.
With `is_strict` the recorded time stands for the claimed one, for choosing and for counting.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.case.corrections import standing
from domain.case.events import ActCorrected, ActRetracted, PetitionRegistered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from domain.recorded import Recorded


def view(history: Iterable[Recorded], as_of: datetime, *, is_strict: bool = False) -> list[Recorded]:
    """
    The acts of one stream claimed to have happened by `as_of`, sorted by (claimed time, log index).

    Imported acts keep their claimed time even when strict: their recording says when they were imported, not entered.
    So do the acts of a continuing case from before it was entered here.
    """
    history = as_corrected(history)
    if is_strict:
        entered = continued_until(history)
        history = [r if _keeps_time(r, entered) else replace(r, occurred_at=r.recorded_at) for r in history]
    acts = list(_after_causes(history))
    return sorted((r for r in acts if r.occurred_at <= as_of), key=lambda r: (r.occurred_at, r.log_index))


def continued_until(history: Iterable[Recorded]) -> datetime | None:
    """When a case that was under way before this ledger was entered here; None for one that began here."""
    return next(
        (r.recorded_at for r in history if isinstance(r.event, PetitionRegistered) and r.event.continuing), None
    )


def _keeps_time(recorded: Recorded, entered: datetime | None) -> bool:
    return recorded.imported or (entered is not None and recorded.occurred_at < entered)


def as_corrected(history: Iterable[Recorded]) -> list[Recorded]:
    """
    The acts of one stream as its corrections say, without what was retracted. A correction counts from its recording:
    a history that ends before it has the act as it was. `corrected_by` holds the log indexes of what changed an act.
    """
    known = list(history)
    changes: dict[int, tuple[int, ...]] = {}
    for r in known:
        if isinstance(r.event, (ActCorrected, ActRetracted)):
            changes[r.event.act_version] = (*changes.get(r.event.act_version, ()), r.log_index)
    if not changes:
        return known
    stands: dict[int, Any] = standing((r.version, r.event) for r in known)
    return [
        replace(r, event=stands[r.version], corrected_by=changes[r.version]) if r.version in changes else r
        for r in known
        if stands[r.version] is not None
    ]


def _after_causes(history: Iterable[Recorded]) -> Iterator[Recorded]:
    """
    An act that names what it answers (a receipt its hand-over, a decision its objection) and is claimed for before it
    counts from it: the answer cannot have been first. The claim itself stays in the log, and is a lead.
    """
    at: dict[int, datetime] = {}
    for r in history:
        refers = getattr(r.event, "REFERS", None)
        answered = at.get(getattr(r.event, refers)) if refers is not None else None
        kept = r if answered is None or r.occurred_at >= answered else replace(r, occurred_at=answered)
        at[r.version] = kept.occurred_at
        yield kept


def known_size(moments: Iterable[datetime], known_at: datetime) -> int:
    """
    The longest prefix of the log in which every `recorded_at` is at or before `known_at`, as a number of events.
    """
    size = 0
    for recorded_at in moments:
        if recorded_at > known_at:
            break
        size += 1
    return size
