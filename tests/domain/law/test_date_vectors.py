"""
Due days worked out by hand from the published notices, with the arithmetic the engine prints.

2025: 1-8 Oct off, 28 Sep and 11 Oct worked. 2026: 1-3 Jan off, 4 Jan worked; 15-23 Feb off, 14 and 28 Feb worked;
25-27 Sep and 1-7 Oct off, 20 Sep and 10 Oct worked. 2027 is not published.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.duties.due import due_day
from domain.law.calendar import Calendar, Notice
from domain.law.rules import Limit
from tests.domain.duties.build import rulebook
from tests.domain.law.test_calendar import CALENDAR

UNPUBLISHED = "所涉年度放假安排未公布，暂按周一至周五计算"
RULE = rulebook().named("county", "decide_re_review", date(2026, 1, 1))


def rule(days, counted_in, roll="none"):
    return replace(RULE, within=Limit(days, counted_in), roll=roll)


@pytest.mark.parametrize(
    ("arose", "days", "counted_in", "due", "by_hand"),
    [
        ("2026-02-12", 5, "working days", "2026-02-26", "13, Sat 14 worked, 15-23 off, 24, 25, 26"),
        ("2026-02-24", 4, "working days", "2026-02-28", "25, 26, 27, Sat 28 worked"),
        ("2026-02-27", 2, "working days", "2026-03-02", "Sat 28 worked, Sun 1 off, Mon 2"),
        ("2025-09-26", 5, "working days", "2025-10-10", "Sun 28 worked, 29, 30, 1-8 off, 9, 10"),
        ("2026-09-21", 10, "working days", "2026-10-12", "22-24, 25-27 off, 28-30, 1-7 off, 8, 9, Sat 10 worked, 12"),
        ("2025-12-30", 3, "working days", "2026-01-05", "31, 1-3 off, Sun 4 worked, 5"),
        ("2025-12-20", 15, "calendar days", "2026-01-04", "11 in December, 4 in January"),
        ("2024-01-30", 30, "calendar days", "2024-02-29", "31 Jan, 29 in February"),
        ("2026-01-30", 30, "calendar days", "2026-03-01", "31 Jan, 28 in February, 1 March"),
        ("2024-02-29", 60, "calendar days", "2024-04-29", "31 in March, 29 in April"),
        ("2026-10-01", 60, "calendar days", "2026-11-30", "30 in October, 30 in November"),
    ],
)
def test_by_hand(arose, days, counted_in, due, by_hand):
    found = due_day(rule(days, counted_in), date.fromisoformat(arose), CALENDAR)
    unit = "工作日" if counted_in == "working days" else "自然日"
    assert found.on == date.fromisoformat(due), by_hand
    assert not found.is_provisional
    assert found.trace == (f"{arose} 起算（当日不计）", f"加 {days} 个{unit} → {due}")


def test_an_unpublished_year():
    """
    31 Dec, then 1, 4, 5, 6 Jan 2027 as if worked: provisional, and said so.
    """
    found = due_day(rule(5, "working days"), date(2026, 12, 30), CALENDAR)
    assert (found.on, found.is_provisional) == (date(2027, 1, 6), True)
    assert found.trace[-2:] == ("加 5 个工作日 → 2027-01-06", UNPUBLISHED)


@pytest.mark.parametrize(("roll", "due"), [("none", "2026-02-17"), ("forward", "2026-02-24")])
def test_rolled_over_the_spring_festival(roll, due):
    """
    15 calendar days from 2 Feb end on 17 Feb, inside the festival; the next working day is Tue 24.
    """
    found = due_day(rule(15, "calendar days", roll), date(2026, 2, 2), CALENDAR)
    assert found.on == date.fromisoformat(due)
    rolled = () if roll == "none" else ("遇非工作日顺延 → 2026-02-24",)
    assert found.trace == ("2026-02-02 起算（当日不计）", "加 15 个自然日 → 2026-02-17", *rolled)


class TestALateNotice:
    """2027 is published on 5 Nov 2026 in this story: 1 Jan 2027 off, Sat 9 Jan worked."""

    NOTICE = Notice(2027, date(2026, 11, 5), "x", frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 9)}))
    LATER = Calendar((*CALENDAR.notices, NOTICE))
    AROSE = date(2026, 12, 28)
    EARLY = date(2026, 11, 2)  # arose before the notice

    def test_arisen_after_it(self):
        """29, 30, 31 Dec, 1 Jan off, 4, 5 Jan."""
        assert due_day(rule(5, "working days"), self.AROSE, self.LATER).on == date(2027, 1, 5)

    def test_it_moves_an_open_duty(self):
        """44 working days from 2 Nov 2026: 20 in November, 23 in December, then 1 Jan, or Mon 4 Jan."""
        before = due_day(rule(44, "working days"), self.EARLY, CALENDAR)
        after = due_day(rule(44, "working days"), self.EARLY, self.LATER)
        assert (before.on, before.is_provisional) == (date(2027, 1, 1), True)
        assert (after.on, after.is_provisional) == (date(2027, 1, 4), False)

    def test_it_moves_nothing_that_was_discharged_before_it(self):
        on = due_day(rule(44, "working days"), self.EARLY, self.LATER, ended_on=date(2026, 11, 4)).on
        assert on == date(2027, 1, 1)

    def test_it_moves_nothing_that_was_due_before_it(self):
        late = replace(self.NOTICE, published_on=date(2027, 1, 2))
        assert due_day(rule(44, "working days"), self.EARLY, Calendar((*CALENDAR.notices, late))).on == date(2027, 1, 1)
