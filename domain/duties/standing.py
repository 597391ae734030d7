"""
How a duty stands as of a day: its state, how late, who is charged with the due day, who held it for how long.

"Overdue" is never stored: it is this function of a duty and a moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.duties.values import AsOf, Duty, Interval, Party

ONE_DAY = timedelta(days=1)
STATES = (
    "open",
    "met",
    "met_late",
    "met_on_claim",
    "breached",
    "contested",
    "handed_over",
    "released",
    "excused",
    "void",
    "disputed",
    "not_started",
    "no_due",
    "open_undated",
    "done",
)
FAILING = ("breached", "met_late", "disputed")


@dataclass(frozen=True, slots=True)
class Held:
    """One interval as of a day: how many days of it were held, and how many of those lay after the due day."""

    interval: Interval
    until: date
    held_days: int
    late_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """
    `breacher` is who is charged with the due day, and only where the duty was breached or met late; None there means
    that the day is charged to nobody.
    """

    state: str
    days_late: int
    discharged_at: datetime | None
    breacher: Party | None
    breach_interval: Interval | None
    held: tuple[Held, ...]
    invalid_extension: bool
    day: date  # the civil day of the question


def standing(duty: Duty, as_of: AsOf, *, with_days: bool = True) -> Standing:
    """
    The duty as of a moment at or after the newest act of the view it was folded from. `with_days` False leaves `held`
    empty, for who asks the state alone.
    """
    state = _state(duty, as_of)
    days_late = _days_late(duty, as_of) if state in ("breached", "met_late", "disputed") else 0
    is_breach = state in ("breached", "met_late") or (state == "disputed" and days_late > 0)
    interval = _charged_with_due_day(duty) if is_breach else None
    return Standing(
        state=state,
        days_late=days_late,
        discharged_at=duty.ended.at if duty.ended is not None and duty.ended.kind == "discharged" else None,
        breacher=interval.charged_to if interval is not None else (duty.bearer if is_breach else None),
        breach_interval=interval,
        held=held(duty, as_of, days_late) if with_days else (),
        invalid_extension=any(x.defects for x in duty.extensions),
        day=as_of.day,
    )


def _state(duty: Duty, as_of: AsOf) -> str:
    ended = duty.ended
    if ended is not None and ended.kind == "void":
        return "void"
    if ended is not None and ended.kind == "excused":
        return "excused"
    if duty.rule.kind == "ban":
        return "breached"  # the act that broke it is the act it arose from
    if duty.contested_since is not None:
        return "contested"
    if duty.due_on is None and duty.due_at is None:
        if duty.rule.no_due == "finding":
            return "no_due"
        if ended is None or ended.kind == "claimed":
            return "open_undated"
        return "done" if ended.kind == "discharged" else ended.kind
    if ended is None:
        return "breached" if _is_past(duty, as_of) else "open"
    in_time = _is_in_time(duty)
    if ended.kind == "discharged":
        if duty.disputed_at is not None and duty.disputed_at <= as_of.moment:
            return "disputed"
        if not in_time:
            return "met_late"
        return "met_on_claim" if ended.is_on_claim else "met"
    if ended.kind == "claimed":
        if not _is_past(duty, as_of):
            return "open"
        return "met_on_claim" if in_time else "breached"
    return ended.kind if in_time else "breached"  # released, handed_over


def _is_past(duty: Duty, as_of: AsOf) -> bool:
    if duty.due_at is not None:
        return as_of.moment > duty.due_at
    return duty.due_on is not None and as_of.day > duty.due_on


def _is_in_time(duty: Duty) -> bool:
    ended = duty.ended
    if ended is None:
        return False
    if duty.due_at is not None:
        return ended.at <= duty.due_at
    return duty.due_on is None or ended.on <= duty.due_on


def _days_late(duty: Duty, as_of: AsOf) -> int:
    """Whole days after the due day, or whole days of 24 hours from the due moment, until the end or `as_of`."""
    ended = duty.ended if duty.ended is not None and duty.ended.kind != "claimed" else None
    if duty.due_at is not None:
        late = (ended.at if ended is not None else as_of.moment) - duty.due_at
        return max(late.days, 0)
    if duty.due_on is None:
        return 0
    return max(((ended.on if ended is not None else as_of.day) - duty.due_on).days, 0)


def due_date(duty: Duty) -> date | None:
    """The civil day of the due day or moment, in the zone of the duty's pack."""
    if duty.due_at is not None:
        return duty.day(duty.due_at)
    return duty.due_on


def answered_for_on(duty: Duty) -> date | None:
    """The day somebody answers for: the due day or, of a ban, the day it was broken."""
    return duty.arose_on if duty.rule.kind == "ban" else due_date(duty)


def _charged_with_due_day(duty: Duty) -> Interval | None:
    due = due_date(duty)
    if due is None or not duty.intervals:
        return None
    for interval in duty.intervals:
        if interval.after < due and (interval.until is None or due <= interval.until):
            return interval
    # A due day on or before the day it arose (a source's own moment) was the first holder's.
    return duty.intervals[0] if due <= duty.arose_on else duty.intervals[-1]


def held(duty: Duty, as_of: AsOf, days_late: int) -> tuple[Held, ...]:
    """
    The holding intervals up to `as_of`. The held days sum to the days elapsed, the late days to `days_late`.
    """
    due = due_date(duty)
    late_from = due if due is not None and days_late else None
    late_to = due + ONE_DAY * days_late if due is not None and days_late else None
    result: list[Held] = []
    for interval in duty.intervals:
        if interval.after >= as_of.day:
            break
        until = as_of.day if interval.until is None else min(interval.until, as_of.day)
        late = 0
        if late_from is not None and late_to is not None:
            # What lay before the duty arose (a source's own moment) was the first holder's too.
            after = interval.after if result else min(interval.after, late_from)
            late = max((min(until, late_to) - max(after, late_from)).days, 0)
        result.append(Held(replace(interval, until=until), until, (until - interval.after).days, late))
    return tuple(result)
