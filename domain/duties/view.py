"""
Which events a question sees: what the log held by `known_at`, and of that, what is claimed to have happened by `as_of`.

Corrections, appointments, packs and notices are chosen by `known_at` alone; acts on cases also by their `occurred_at`.
With `is_strict` the recorded time stands for the claimed one, for choosing and for counting.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from domain.recorded import Recorded


def view(history: Iterable[Recorded], as_of: datetime, *, is_strict: bool = False) -> list[Recorded]:
    """
    The acts of one stream claimed to have happened by `as_of`, sorted by (claimed time, log index).

    Imported acts keep their claimed time even when strict: their recording says when they were imported, not entered.
    """
    acts = _after_causes(replace(r, occurred_at=r.recorded_at) if is_strict and not r.imported else r for r in history)
    return sorted((r for r in acts if r.occurred_at <= as_of), key=lambda r: (r.occurred_at, r.log_index))


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
