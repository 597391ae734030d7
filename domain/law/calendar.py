"""
Working days, as data: the yearly holiday notices with their make-up working days (调休), and when each was published.

A year without a notice counts Monday to Friday and makes every answer that leaned on it provisional.
`chinesecalendar` is the source app/ writes the notices from; tests/domain/law/test_calendar.py compares every day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Ten years: longer than any time limit in the law. Days are counted one by one, so whoever writes the numbers of a
# pack, or of an act, would else decide how long a verifier counts.
MAX_DAYS = 3660
MAX_SUSPENDED = 36_600


@dataclass(frozen=True, slots=True)
class Notice:
    """One year's notice: days off that fall on weekdays, and weekend days worked instead."""

    year: int
    published_on: date
    source: str
    days_off: frozenset[date]
    make_up_days: frozenset[date]


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    The notices in force, the newest of a year last. Two notices of one year: the later published replaces the earlier.
    """

    notices: tuple[Notice, ...] = ()
    _of_year: dict[int, Notice] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for notice in self.notices:
            known = self._of_year.get(notice.year)
            if known is None or notice.published_on > known.published_on:
                self._of_year[notice.year] = notice

    def published_by(self, day: date) -> Calendar:
        """The calendar as it stood at the end of that day."""
        return Calendar(tuple(n for n in self.notices if n.published_on <= day))

    def notice_for(self, year: int) -> Notice | None:
        """The latest published notice of that year."""
        return self._of_year.get(year)

    def is_working(self, day: date) -> bool:
        """Whether offices work that day, by the notice or, without one, Monday to Friday."""
        notice = self.notice_for(day.year)
        if notice is not None:
            if day in notice.days_off:
                return False
            if day in notice.make_up_days:
                return True
        return day.weekday() < SATURDAY

    def is_published(self, year: int) -> bool:
        return self.notice_for(year) is not None


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted day, and whether a year without a notice was touched on the way."""

    day: date
    is_provisional: bool


def count(start: date, days: int, counted_in: str, calendar: Calendar, suspended: Container[date] = ()) -> Counted:
    """
    The N-th counted day after `start`, which is not counted itself. Counted: each day ("calendar days") or each working
    day ("working days") outside `suspended`.
    """
    if days > MAX_DAYS:
        raise ValueError(f"{days} days are counted; no limit has more than {MAX_DAYS}")
    is_working_limit = counted_in == "working days"
    if not is_working_limit and suspended == ():
        return Counted(start + ONE_DAY * days, is_provisional=False)
    day, left, provisional = start, days, False
    while left > 0:
        day += ONE_DAY
        if day in suspended:
            if (day - start).days > MAX_SUSPENDED:
                raise ValueError(f"suspended from {start} on for more than a hundred years")
            continue
        if is_working_limit:
            provisional = provisional or not calendar.is_published(day.year)
            if not calendar.is_working(day):
                continue
        left -= 1
    return Counted(day, provisional)


def roll_forward(day: date, calendar: Calendar) -> Counted:
    """The day itself where it is a working day, else the next one."""
    provisional = not calendar.is_published(day.year)
    while not calendar.is_working(day):
        day += ONE_DAY
        provisional = provisional or not calendar.is_published(day.year)
    return Counted(day, provisional)
