"""
Until when: the arithmetic of a limit in days, printed step by step.

The day the duty arose is not counted; the due day is the N-th counted day after it. A suspension takes its days out,
first and last day included. An extension is counted on from the base due day. A holiday notice published later applies
only if published by the due day then standing and before the discharge, and never moves the due day to before the day
after its publication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.law.calendar import Calendar, count, roll_forward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.law.rules import Rule

ONE_DAY = timedelta(days=1)
UNDETERMINED = date.max  # the due day while a suspension has not ended


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both inside. `last` None: not over yet."""

    first: date
    last: date | None
    log_index: int


@dataclass(frozen=True, slots=True)
class Suspended:
    """The days inside any of the spans; membership is all that counting needs."""

    spans: tuple[Span, ...]

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and any(s.first <= day <= (s.last or day) for s in self.spans)


@dataclass(frozen=True, slots=True)
class Due:
    """A due day and how it came about."""

    on: date
    is_provisional: bool
    trace: tuple[str, ...]
    suspended: tuple[Span, ...] = ()  # those that counted: begun on or before the due day then standing


def due_day(
    rule: Rule,
    arose_on: date,
    calendar: Calendar,
    *,
    given: date | None = None,
    suspensions: Sequence[Span] = (),
    extra_days: int = 0,
    ended_on: date | None = None,
) -> Due:
    """
    The due day of a duty that arose on `arose_on`; `given` is the day an act set, where the rule leaves it to the act.
    """
    if not _leans_on_notices(rule):
        return _count(rule, arose_on, calendar, given, suspensions, extra_days)
    standing = _count(rule, arose_on, calendar.published_by(arose_on), given, suspensions, extra_days)
    for notice in sorted(calendar.notices, key=lambda n: n.published_on):
        if notice.published_on <= arose_on:
            continue
        if notice.published_on > standing.on or (ended_on is not None and notice.published_on >= ended_on):
            break
        known = calendar.published_by(notice.published_on)
        after = _count(rule, arose_on, known, given, suspensions, extra_days)
        if after.on < standing.on:
            earliest = notice.published_on + ONE_DAY
            on = min(standing.on, max(after.on, earliest))
            said = f"放假通知 {notice.published_on} 公布，不早于次日"
            after = Due(on, after.is_provisional, (*after.trace, said), after.suspended)
        standing = after
    return standing


def _leans_on_notices(rule: Rule) -> bool:
    """Whether working days enter at all: every other limit is the same under any calendar."""
    return rule.roll == "forward" or (rule.within is not None and rule.within.counted_in == "working days")


def _count(
    rule: Rule,
    arose_on: date,
    calendar: Calendar,
    given: date | None,
    suspensions: Sequence[Span],
    extra_days: int,
) -> Due:
    trace = [f"{arose_on} 起算（当日不计）"]
    provisional = False
    spans: tuple[Span, ...] = ()
    if given is not None:
        day = given
        trace.append(f"由该行为指定期限 → {day}")
    elif rule.within is not None:
        counting = _effective(suspensions, rule, arose_on, calendar)
        if counting.spans and counting.spans[-1].last is None:
            trace.append(f"自 {counting.spans[-1].first} 起中止，尚未结束，到期日待定")
            return Due(UNDETERMINED, is_provisional=True, trace=tuple(trace), suspended=counting.spans)
        spans = counting.spans
        suspended = counting if spans else ()
        counted = count(arose_on, rule.within.days, rule.within.counted_in, calendar, suspended)
        day, provisional = counted.day, counted.is_provisional
        trace.extend(f"中止 {s.first} 至 {s.last or '未结束'}（首尾日均不计）" for s in counting.spans)
        trace.append(f"加 {rule.within.printed()} → {day}")
    else:
        raise AssertionError("a rule without a number has no due day")
    counted_in = rule.within.counted_in if rule.within is not None else "calendar days"
    if extra_days:
        extended = count(day, extra_days, counted_in, calendar)
        day, provisional = extended.day, provisional or extended.is_provisional
        trace.append(f"延期 {extra_days} 日 → {day}")
    if rule.roll == "forward":
        rolled = roll_forward(day, calendar)
        if rolled.day != day:
            trace.append(f"遇非工作日顺延 → {rolled.day}")
        day, provisional = rolled.day, provisional or rolled.is_provisional
    if provisional:
        trace.append("所涉年度放假安排未公布，暂按周一至周五计算")
    return Due(day, provisional, tuple(trace), spans)


def _effective(suspensions: Sequence[Span], rule: Rule, arose_on: date, calendar: Calendar) -> Suspended:
    """Those suspensions that start on or before the due day then standing; a later one changes nothing."""
    if rule.within is None:
        return Suspended(())
    kept: tuple[Span, ...] = ()
    for span in sorted(suspensions, key=lambda s: s.first):
        standing = count(arose_on, rule.within.days, rule.within.counted_in, calendar, Suspended(kept)).day
        if span.first <= standing and (span.last is None or span.last > arose_on):
            kept = (*kept, span)
        if kept and kept[-1].last is None:
            break  # how long it lasts nobody knows yet
    return Suspended(kept)
