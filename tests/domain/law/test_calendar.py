"""
Working days with make-up days, against two outside sources.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from app.holidays import PUBLISHED, notice
from domain.law.calendar import Calendar, Notice, count, roll_forward

CALENDAR = Calendar(
    tuple(
        Notice(n.year, n.published_on, n.source, frozenset(n.days_off), frozenset(n.make_up_days))
        for n in (notice(year) for year in PUBLISHED)
    )
)


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_every_day_of_the_year(year):
    """
    The notices written from chinesecalendar give back its own verdict on every day.
    """
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_2026_as_published():
    """
    2026 has 248 working days; its make-up days are those of the State Council's notice.
    """
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(CALENDAR.is_working(d) for d in days) == 248
    make_up = sorted(CALENDAR.notice_for(2026).make_up_days)
    assert [d.strftime("%m-%d") for d in make_up] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def test_a_year_without_notice_is_provisional():
    assert count(date(2026, 12, 30), 5, "working days", CALENDAR).is_provisional
    assert not count(date(2026, 12, 1), 5, "working days", CALENDAR).is_provisional
    assert not count(date(2026, 12, 30), 5, "calendar days", CALENDAR).is_provisional


def test_make_up_days_count():
    """
    Saturday 14 Feb 2026 is worked: five working days from Mon 9 Feb end on it.
    """
    assert count(date(2026, 2, 9), 5, "working days", CALENDAR).day == date(2026, 2, 14)


def test_roll_forward_over_the_spring_festival():
    assert roll_forward(date(2026, 2, 15), CALENDAR).day == date(2026, 2, 24)


def test_a_later_notice_of_the_same_year_replaces_the_earlier():
    first = Notice(2030, date(2029, 11, 1), "a", frozenset({date(2030, 1, 2)}), frozenset())
    second = Notice(2030, date(2030, 1, 20), "b", frozenset({date(2030, 2, 4)}), frozenset())
    both = Calendar((first, second))
    assert both.is_working(date(2030, 1, 2))
    assert not both.published_by(date(2030, 1, 1)).is_working(date(2030, 1, 2))
