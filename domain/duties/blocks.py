"""
A duty that waits for another duty of the same case: the days are charged to who holds that other one, past its limit.

From the act that says so on, if the holder of the other duty or a body above acknowledged it (whenever), until the
other duty ends. Before that duty's own limit, and where it has none, the days are nobody's. Blocks do not chain: days
go to the one waited for, not to what it waits for in turn. In a circle nobody's days move. Acknowledged by the side
that waits, or by a stranger, it is a stated cause and no more. tests/domain/duties/test_blocks.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.duties import holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from domain.duties.draft import Draft
    from domain.duties.engine import Fold
    from domain.duties.holding import UnitSpan
    from domain.people.register import Register

SUPERVISING = ("petition_department", "government", "party_committee", "discipline", "supervision", "npc")


@dataclass(frozen=True, slots=True)
class Block:
    """One acknowledged block: what waits, what for, from when, and the two acts that say so."""

    waiting: Draft
    on: Draft
    said_on: date
    evidence: tuple[int, int]


def told(fold: Fold) -> tuple[Any, ...]:
    """Everything in which the blocks of a case may differ from the last time they were asked for."""
    if not fold.has_blocks:
        return ()
    said = sum(1 for r in fold.seen if isinstance(r.event, (e.DutyBlocked, e.BlockAcknowledged)))
    return (said, tuple((d.ended, d.extra_days, len(d.passed)) for d in fold.drafts))


def blocks(fold: Fold) -> list[Block]:
    """The blocks of a case that count, in the order in which they were said; those in a circle left out."""
    if not fold.has_blocks:
        return []
    found: list[Block] = []
    for said in fold.seen:
        event = said.event
        if not isinstance(event, e.DutyBlocked):
            continue
        waiting = fold.by_name(event.obligation, event.trigger_version)
        on = fold.by_name(event.by_obligation, event.by_trigger_version)
        if waiting is None or on is None or waiting is on:
            continue
        for r in fold.seen:
            if isinstance(r.event, e.BlockAcknowledged) and r.event.block_version == said.version:
                day = fold.matter.day(r)
                if _may_acknowledge(r.event.unit_id, waiting, on, day, fold.people):
                    found.append(Block(waiting, on, fold.matter.day(said), (said.log_index, r.log_index)))
                    break
    return [b for b in found if not _is_in_circle(b, found)]


def _may_acknowledge(unit_id: str, waiting: Draft, on: Draft, day: date, people: Register) -> bool:
    unit, other, own = (people.unit_on(u, day) for u in (unit_id, on.unit_id, waiting.unit_id))
    if people.is_within(unit, own):
        return False
    if unit in (other, on.bearer) or unit in people.above(own) or unit in people.above(other):
        return True
    known = people.units.get(unit)
    return known is not None and known.kind in SUPERVISING


def _is_in_circle(block: Block, found: Sequence[Block]) -> bool:
    """Whether what it waits for waits, in the end, for it."""
    seen: list[Draft] = []
    reached = [block.on]
    while reached:
        draft = reached.pop()
        if draft is block.waiting:
            return True
        if not any(draft is s for s in seen):
            seen.append(draft)
            reached += [b.on for b in found if b.waiting is draft]
    return False


def block(fold: Fold, draft: Draft, spans: Iterable[UnitSpan]) -> tuple[list[UnitSpan], tuple[int, ...]]:
    """The spans of a draft with its blocked days charged, and the log indexes of the blocks that count."""
    spans, acts = list(spans), []
    for b in blocks(fold):
        if b.waiting is not draft:
            continue
        acts.append(b.evidence[0])
        ended = b.on.ended
        last = ended.on if ended is not None else None
        limit = fold.due_of(b.on, last)
        due = limit.on if limit is not None else None
        if last is not None and last <= b.said_on:
            continue
        own_due = due is not None and due > b.said_on
        in_time_until = last if due is None else (min(due, last) if last is not None else due) if own_due else b.said_on
        spans = _charge(spans, b.said_on, in_time_until, None, "blocked_in_time", b.evidence)
        if due is None or in_time_until is None or (last is not None and last <= in_time_until):
            continue
        for theirs in _units_of(b.on):
            after = max(theirs.after, in_time_until)
            until = theirs.until if last is None else min(theirs.until or last, last)
            spans = _charge(spans, after, until, theirs.unit_id, "blocked", b.evidence)
    return spans, tuple(acts)


def _units_of(draft: Draft) -> list[UnitSpan]:
    return holding.unit_spans(
        draft.bearer,
        [(p.on, p.unit_id, p.log_index) for p in draft.passed],
        arose_on=draft.arose_on,
        ended_on=None,
        trigger_index=draft.trigger.log_index,
    )


def _charge(
    spans: Iterable[UnitSpan], after: date, until: date | None, unit_id: str | None, ground: str, acts: tuple[int, ...]
) -> list[UnitSpan]:
    result: list[UnitSpan] = []
    for span in spans:
        before, inside, rest = holding.cut(span, after, until)
        if inside is not None:
            inside = replace(inside, charged=unit_id, ground=ground, evidence=(*inside.evidence, *acts))
        result.extend(s for s in (before, inside, rest) if s is not None)
    return result
