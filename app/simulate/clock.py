"""
The simulated time, and the days of the simulated year.

All legal days here are days in Asia/Shanghai. Offices act on working days of 2025, make-up days included; what lies
after the year is planned on weekdays and never issued.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chinese_calendar import is_workday

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = ZoneInfo("Asia/Shanghai")
YEAR = 2025
FIRST_DAY, LAST_DAY = date(YEAR, 1, 1), date(YEAR, 12, 31)
SALT_BYTES = 16
# The invented part of this year's calendar: one more day off, by a notice published in September.
LATE_NOTICE_ON, LATE_DAY_OFF = date(YEAR, 9, 10), date(YEAR, 10, 9)


class SimulatedClock:
    """
    A clock that shows what it was last set to. Hand it to the handler, so that `recorded_at` is the simulated moment.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._now = at if at is not None else datetime(2024, 12, 1, tzinfo=ZONE)
        self._real: Callable[[], datetime] | None = None
        self._since: datetime | None = None

    def set(self, at: datetime) -> None:
        self._now = at

    def run_on(self, real: Callable[[], datetime]) -> None:
        """From here on time passes as `real` has it pass: what is done after the year gets moments of its own."""
        self._real, self._since = real, real()

    def __call__(self) -> datetime:
        if self._real is None or self._since is None:
            return self._now
        return self._now + (self._real() - self._since)


def seeded_salt(seed: int) -> Callable[[], bytes]:
    """
    Salts that repeat from run to run. For invented people only: a salt that can be foretold protects nobody.
    """
    rng = Random(f"salt/{seed}")  # noqa: S311 - a simulation must repeat; the sealed values are invented
    return lambda: rng.randbytes(SALT_BYTES)


def is_working(day: date) -> bool:
    if day == LATE_DAY_OFF:
        return False
    return bool(is_workday(day)) if day.year == YEAR else day.weekday() < 5


def nth_working(day: date, number: int) -> date:
    """The so-manieth working day after `day`, which is not counted."""
    while number:
        day += timedelta(days=1)
        number -= is_working(day)
    return day


def working_from(day: date) -> date:
    """The first working day on or after `day`."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def working_back(day: date, *, after: date) -> date:
    """The last working day on or before `day` that is later than `after`; `day` itself where there is none."""
    found = day
    while found > after:
        if is_working(found):
            return found
        found -= timedelta(days=1)
    return day


def plus(day: date, days: int) -> date:
    return day + timedelta(days=days)
