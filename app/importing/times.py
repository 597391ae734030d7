"""
Moments as other systems write them, read without guessing.

    2011-12-06T13:41:31.788+01:00   2011-12-06 13:41:31Z   2011-12-06 13:41:31.788   2019/4/24 15:40:04   2018/4/24

Year, month, day, always in that order; a fraction of any length is cut to microseconds; a day alone is its 00:00:00. A
time without an offset is local time of the mapping's zone: an hour that came twice (the end of summer time) is read as
its first coming, one that never came is read by the offset before the change. tests/app/importing/test_times.py.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from app.importing.faults import RowFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

# The stored spelling has four digits for the year, and duties count some days on from an act.
FIRST_YEAR, LAST_YEAR = 1000, 9998
CACHED = 4096  # the times of a case stand on each of its rows

_MOMENT = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def reader(zone: ZoneInfo) -> Callable[[str], datetime]:
    """A function that reads a moment (aware, in UTC) or raises RowFault saying what it found."""

    @lru_cache(CACHED)
    def read(text: str) -> datetime:
        return read_moment(text, zone)

    return read


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """The moment in UTC."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise RowFault(f"{_shown(text)} is not a time")
    year, _, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(((fraction or "") + "000000")[:6]),
            tzinfo=zone if offset is None else _zone(offset),
        )
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RowFault(f"{_shown(text)} is not a time: {error}") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise RowFault(f"{_shown(text)} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if minutes > 59:
        raise ValueError("an offset has at most 59 minutes")
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if offset[0] == "-" else delta)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
