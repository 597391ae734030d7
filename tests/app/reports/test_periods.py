"""
Which days a report covers.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.document import percent
from app.reports.periods import KINDS, adhoc, before, last_complete, period_of

REGULAR = [k for k in KINDS if k != "adhoc"]
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(st.sampled_from(REGULAR), DAYS)
def test_periods_tile(kind, day):
    """
    Every day lies in one period of each kind; the one before ends the day before it begins.
    """
    period = period_of(kind, day)
    assert period.holds(day)
    assert {period_of(kind, d) for d in (period.first, period.last)} == {period}
    assert before(kind, period).last == period.first - timedelta(days=1)
    assert last_complete(kind, day) == before(kind, period)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("daily", "2026-03-11", "2026-03-11"),
        ("weekly", "2026-03-09", "2026-03-15"),
        ("fortnightly", "2026-03-09", "2026-03-22"),
        ("monthly", "2026-03-01", "2026-03-31"),
        ("annual", "2026-01-01", "2026-12-31"),
    ],
)
def test_of_a_day(kind, first, last):
    period = period_of(kind, date(2026, 3, 11))
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


def test_adhoc():
    assert before("adhoc", adhoc(date(2026, 3, 11), date(2026, 3, 20))) == adhoc(date(2026, 3, 1), date(2026, 3, 10))
    with pytest.raises(ValueError, match="before --from"):
        adhoc(date(2026, 3, 11), date(2026, 3, 10))
    with pytest.raises(ValueError, match="at most"):
        adhoc(date(2006, 3, 11), date(2026, 3, 10))


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [(0, 0, "—"), (0, 7, "0.0%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (1, 2000, "0.1%"), (7, 7, "100.0%")],
)
def test_percent(n, of, said):
    assert percent(n, of) == said
