"""
Periods: each day in exactly one, due days by hand around month ends, holidays and a leap day.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.law.cadence import CADENCES, Cadence
from domain.law.calendar import Calendar, Notice
from domain.law.rules import Limit

MONDAY = date(2025, 1, 6)


def cadence(every, **more):
    return Cadence(every, anchor=MONDAY if every == "fortnight" else None, **more)


@given(st.sampled_from(CADENCES), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 500))
def test_periods_tile(every, since, days):
    """
    One after the other, without gap or overlap, each beginning in the days asked, each label once.
    """
    until = since + timedelta(days=days)
    found = list(cadence(every).periods(since, until))
    assert len({label for label, _, _ in found}) == len(found)
    assert all(since <= first <= until and first <= last for _, first, last in found)
    for (_, _, last), (_, first, _) in itertools.pairwise(found):
        assert first == last + timedelta(days=1)
    again = list(cadence(every).periods(since, until + timedelta(days=40)))
    assert again[: len(found)] == found


@pytest.mark.parametrize(
    ("every", "label", "first", "last"),
    [
        ("week", "2026-W01", "2025-12-29", "2026-01-04"),
        ("fortnight", "2026-W01+1", "2025-12-29", "2026-01-11"),
        ("month", "2026-01", "2026-01-01", "2026-01-31"),
        ("quarter", "2026-Q1", "2026-01-01", "2026-03-31"),
        ("half_year", "2026-H1", "2026-01-01", "2026-06-30"),
        ("year", "2026", "2026-01-01", "2026-12-31"),
        ("each_working_day", "2025-12-29", "2025-12-29", "2025-12-29"),
    ],
)
def test_by_hand(every, label, first, last):
    anchor = date(2025, 12, 29) if every == "fortnight" else None
    found = next(Cadence(every, anchor=anchor).periods(date(2025, 12, 29), date(2026, 12, 31)))
    assert found == (label, date.fromisoformat(first), date.fromisoformat(last))


def due(c, first, last, calendar=None):
    return c.period("x", date.fromisoformat(first), date.fromisoformat(last), calendar or Calendar(), is_open=False)


def test_on_the_15th():
    """
    15 November 2026 is a Sunday: rolled forward to Monday the 16th. Without rolling it is the day itself.
    """
    assert due(cadence("month", on_day=15, roll="forward"), "2026-11-01", "2026-11-30").due_on == date(2026, 11, 16)
    found = due(cadence("month", on_day=15), "2026-11-01", "2026-11-30")
    assert (found.opens, found.due_on) == (date(2026, 11, 15), date(2026, 11, 15))


def test_before_the_15th():
    assert due(cadence("month", before_day=15), "2026-02-01", "2026-02-28").due_on == date(2026, 2, 14)


def test_the_31st_of_a_short_month():
    assert due(cadence("month", on_day=31), "2028-02-01", "2028-02-29").due_on == date(2028, 2, 29)


def test_within_working_days_after_the_period():
    """
    30 September 2026 + 1 working day: 1 to 7 October are off, so 8 October.
    """
    off = frozenset(date(2026, 10, d) for d in (1, 2, 5, 6, 7))
    calendar = Calendar((Notice(2026, date(2025, 11, 4), "t", off, frozenset()),))
    limit = Limit(1, "working days")
    assert due(cadence("month", within=limit), "2026-09-01", "2026-09-30", calendar).due_on == date(2026, 10, 8)


def test_a_late_notice():
    """
    Published within the period it lengthens freely; it never makes the day earlier than the day after its publication.
    """
    limit = Limit(1, "working days")
    first = Notice(2026, date(2025, 11, 4), "t", frozenset({date(2026, 3, 2)}), frozenset())
    longer = Notice(2026, date(2026, 3, 3), "t", frozenset({date(2026, 3, 2), date(2026, 3, 3)}), frozenset())
    shorter = Notice(2026, date(2026, 3, 3), "t", frozenset(), frozenset())
    month = cadence("month", within=limit)
    assert due(month, "2026-02-01", "2026-02-28", Calendar((first,))).due_on == date(2026, 3, 3)
    assert due(month, "2026-02-01", "2026-02-28", Calendar((first, longer))).due_on == date(2026, 3, 4)
    assert due(month, "2026-02-01", "2026-02-28", Calendar((first, shorter))).due_on == date(2026, 3, 3)


def test_october_of_each_year():
    found = list(cadence("year", in_month=10).periods(date(2025, 10, 2), date(2027, 12, 31)))
    assert found == [
        ("2026", date(2026, 10, 1), date(2026, 10, 31)),
        ("2027", date(2027, 10, 1), date(2027, 10, 31)),
    ]
