"""
Holiday notices as data, written from `chinesecalendar`: which weekdays are off and which weekend days are worked.

The library knows the days, not when each notice was published; the dates of publication stand here with the number of
the document. A year whose notice has no entry here is not adopted: its dates stay provisional.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from domain.people.events import CalendarNoticeAdopted

CALENDAR_ID = "cn"
# The State Council's general office publishes one notice a year. Numbers and dates from memory of the published texts:
# to be checked. The 2020 notice was changed in January 2020, the 2019 one in March 2019: the later text is in force.
PUBLISHED = {
    2018: (date(2017, 11, 30), "国办发明电〔2017〕12号"),
    2019: (date(2019, 3, 22), "国办发明电〔2019〕3号"),
    2020: (date(2020, 1, 27), "国办发明电〔2020〕1号"),
    2021: (date(2020, 11, 25), "国办发明电〔2020〕27号"),
    2022: (date(2021, 10, 25), "国办发明电〔2021〕11号"),
    2023: (date(2022, 12, 8), "国办发明电〔2022〕16号"),
    2024: (date(2023, 10, 25), "国办发明电〔2023〕7号"),
    2025: (date(2024, 11, 12), "国办发明电〔2024〕12号"),
    2026: (date(2025, 11, 4), "国办发明电〔2025〕7号"),
}
SATURDAY = 5


def notice(year: int) -> CalendarNoticeAdopted:
    """
    The notice of that year as an event; LookupError where its publication is not on record here.
    """
    if year not in PUBLISHED:
        raise LookupError(f"no holiday notice for {year} is on record")
    published_on, source = PUBLISHED[year]
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    days = [d for d in days if d.year == year]
    return CalendarNoticeAdopted(
        calendar_id=CALENDAR_ID,
        year=year,
        published_on=published_on,
        source=source,
        days_off=tuple(d for d in days if d.weekday() < SATURDAY and not chinese_calendar.is_workday(d)),
        make_up_days=tuple(d for d in days if d.weekday() >= SATURDAY and chinese_calendar.is_workday(d)),
    )
