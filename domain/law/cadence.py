"""
Periods: every day, working day, week, fortnight, month, quarter, half-year or year, and when in it a duty is due.

A period arises on its first day and is labelled so that two of one cadence never share a label. `opens` is the first
day on which an act can meet it, `due_on` the last one in time. tests/domain/law/test_cadence.py.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.law.calendar import Calendar, Counted, count, roll_forward

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.law.rules import Limit

ONE_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MONTHS = {"month": 1, "quarter": 12 // 4, "half_year": 6, "year": 12}
CADENCES = ("each_working_day", "day", "week", "fortnight", *MONTHS)


@dataclass(frozen=True, slots=True)
class Period:
    """One period. An act for it speaks of days from `opens` to `last`; `due_on` None: no day is due."""

    label: str
    first: date
    last: date
    opens: date
    due_on: date | None
    is_provisional: bool
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often, and until when in the period or after it."""

    every: str
    on_day: int | None = None
    before_day: int | None = None
    in_month: int | None = None
    anchor: date | None = None
    within: Limit | None = None
    roll: str = "none"

    def periods(self, since: date, until: date) -> Iterator[tuple[str, date, date]]:
        """Label, first and last day of every period that begins on a day from `since` to `until`, in order."""
        first = self._first_from(since)
        while first <= until:
            last = self._last(first)
            yield self._label(first), first, last
            first = self._first_from(last + ONE_DAY)

    def period(self, label: str, first: date, last: date, calendar: Calendar, *, is_open: bool) -> Period:
        """
        The period with its due day, by the calendar known on its first day. A notice published later, on or before the
        due day then standing, moves it, never to before the day after its publication.
        """
        period = self._counted(label, first, last, calendar.published_by(first), is_open=is_open)
        for notice in sorted(calendar.notices, key=lambda n: n.published_on):
            if notice.published_on <= first:
                continue
            if period.due_on is None or notice.published_on > period.due_on:
                break
            known = calendar.published_by(notice.published_on)
            after = self._counted(label, first, last, known, is_open=is_open)
            if after.due_on is not None and after.due_on < period.due_on:
                due_on = min(period.due_on, max(after.due_on, notice.published_on + ONE_DAY))
                said = f"放假通知 {notice.published_on} 公布，不早于次日 → {due_on}"
                after = replace(after, due_on=due_on, trace=(*after.trace, said))
            period = after
        return period

    def _counted(self, label: str, first: date, last: date, calendar: Calendar, *, is_open: bool) -> Period:
        trace = [f"周期 {label}：{first} 至 {last}"]
        opens, due = first, Counted(last, is_provisional=False)
        if is_open:
            return Period(label, first, last, first, None, is_provisional=False, trace=(*trace, "无期限规定"))
        if self.on_day is not None:
            opens = _in_month(first, self.on_day)
            due = Counted(opens, is_provisional=False)
            trace.append(f"每月 {self.on_day} 日 → {opens}")
        elif self.before_day is not None:
            due = Counted(_in_month(first, self.before_day) - ONE_DAY, is_provisional=False)
            trace.append(f"每月 {self.before_day} 日前 → {due.day}")
        elif self.within is not None:
            due = count(last, self.within.days, self.within.counted_in, calendar)
            trace.append(f"期满后加 {self.within.printed()} → {due.day}")
        else:
            trace.append(f"期满日 → {last}")
        if self.roll == "forward":
            rolled = roll_forward(due.day, calendar)
            if rolled.day != due.day:
                trace.append(f"遇非工作日顺延 → {rolled.day}")
            due = Counted(rolled.day, due.is_provisional or rolled.is_provisional)
        if due.is_provisional:
            trace.append("所涉年度放假安排未公布，暂按周一至周五计算")
        return Period(label, first, last, opens, due.day, due.is_provisional, tuple(trace))

    def _first_from(self, day: date) -> date:
        """The first day of the first period that begins on or after `day`."""
        if self.every in ("day", "each_working_day"):
            return day
        if self.every == "week":
            return day + timedelta(days=-day.weekday() % 7)
        if self.every == "fortnight" and self.anchor is not None:
            return day + timedelta(days=-(day - self.anchor).days % 14)
        if self.in_month is not None:
            this = date(day.year, self.in_month, 1)
            return this if this >= day else date(day.year + 1, self.in_month, 1)
        step = MONTHS[self.every]
        month = day.month - 1 - (day.month - 1) % step
        first = date(day.year, month + 1, 1)
        if first < day:
            month += step
            first = date(day.year + month // 12, month % 12 + 1, 1)
        return first

    def _last(self, first: date) -> date:
        if self.every in ("day", "each_working_day"):
            return first
        if self.every == "week":
            return first + WEEK - ONE_DAY
        if self.every == "fortnight":
            return first + 2 * WEEK - ONE_DAY
        months = 1 if self.in_month is not None else MONTHS[self.every]
        after = first.month - 1 + months
        return date(first.year + after // 12, after % 12 + 1, 1) - ONE_DAY

    def _label(self, first: date) -> str:
        match self.every:
            case "day" | "each_working_day":
                return first.isoformat()
            case "week" | "fortnight":
                year, week, _ = first.isocalendar()
                return f"{year}-W{week:02d}" + ("+1" if self.every == "fortnight" else "")
            case "month":
                return f"{first.year}-{first.month:02d}"
            case "year":
                return str(first.year)
            case every:
                letter = "Q" if every == "quarter" else "H"
                return f"{first.year}-{letter}{(first.month - 1) // MONTHS[every] + 1}"


def _in_month(first: date, day: int) -> date:
    """That day of the month, or its last day where the month is shorter."""
    return first.replace(day=min(day, monthrange(first.year, first.month)[1]))
