"""
Moments are read without guessing, whatever the source's habit.
"""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importing.faults import RowFault
from app.importing.times import read_moment

SHANGHAI, BOSTON = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2011-12-06T13:41:31.788+01:00", "2011-12-06T12:41:31.788000+00:00"),
        ("2011-12-06 13:41:31.788000+01:00", "2011-12-06T12:41:31.788000+00:00"),
        ("2011-12-06T13:41:31.7881234567Z", "2011-12-06T13:41:31.788123+00:00"),
        ("2011-12-06T13:41:31.5-0530", "2011-12-06T19:11:31.500000+00:00"),
        ("2019-04-08 08:37:20", "2019-04-08T00:37:20+00:00"),
        ("2019/4/24 15:40:04", "2019-04-24T07:40:04+00:00"),
        ("2019/4/24 9:05", "2019-04-24T01:05:00+00:00"),
        ("2018/4/24", "2018-04-23T16:00:00+00:00"),
        ("2018-04-24", "2018-04-23T16:00:00+00:00"),
        ("2012-02-29", "2012-02-28T16:00:00+00:00"),
    ],
)
def test_known_spellings(text, moment):
    assert read_moment(text, SHANGHAI) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-31",
        "2026-13-01",
        "2026-01-01 24:00:00",
        "2026-01-01 10:00:60",
        "31.12.2025",
        "12/31/2025",
        "2026-01/02",
        "yesterday",
        "20260101",
        "1767225600",
        "2026-01-01T10:00:00+25:00",
        "2026-01-01T10:00:00+01:99",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T23:59:59-10:00",
        "２０２６-01-01",
        "2026-01-01 10:00:00 PM",
        "2026-W05-1",
        "-2026-01-01",
        "2026-01-01\n",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(RowFault):
        read_moment(text, SHANGHAI)


def test_the_hour_that_came_twice():
    """
    At the end of summer time an hour without an offset is its first coming; one that never came keeps the offset
    before the change.
    """
    assert read_moment("2024-11-03 01:30:00", BOSTON) == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    assert read_moment("2024-03-10 02:30:00", BOSTON) == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1)),  # noqa: DTZ001 - zones come next
    st.integers(-14 * 60, 14 * 60),
)
def test_iso_spellings_come_back(local, minutes):
    """
    What Python writes as ISO 8601, with any offset, is read as the same moment.
    """
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_moment(moment.isoformat(), SHANGHAI) == moment
