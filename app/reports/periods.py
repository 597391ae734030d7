"""
The periods of reports: 日统计, 单周研判, 双周通报, 月点评, 年度报告, 专题. Days, first and last inside.
"""

from __future__ import annotations

from datetime import date, timedelta

from audit.indicators.entries import Period

KINDS = {
    "daily": ("日统计", "Daily figures"),
    "weekly": ("单周研判", "Weekly assessment"),
    "fortnightly": ("双周通报", "Fortnightly circular"),
    "monthly": ("月点评", "Monthly comment"),
    "annual": ("年度报告", "Annual report (Art. 41)"),
    "adhoc": ("专题统计", "Ad hoc report"),
}
ONE_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
FORTNIGHTS_FROM = date(2024, 1, 1)  # a Monday: every fortnight there is begins a whole number of fortnights from it
LONGEST = timedelta(days=3660)  # of an ad hoc period


def period_of(kind: str, day: date) -> Period:
    """The period of that kind which holds the day. Weeks begin on Monday."""
    if kind == "daily":
        return Period(day, day)
    if kind == "weekly":
        first = day - ONE_DAY * day.weekday()
        return Period(first, first + WEEK - ONE_DAY)
    if kind == "fortnightly":
        first = day - ONE_DAY * ((day - FORTNIGHTS_FROM).days % (2 * WEEK.days))
        return Period(first, first + 2 * WEEK - ONE_DAY)
    if kind == "monthly":
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return Period(day.replace(day=1), following - ONE_DAY)
    if kind == "annual":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    raise ValueError(f"a report is one of {', '.join(KINDS)}; an adhoc one needs --from and --to; found {kind!r}")


def last_complete(kind: str, today: date) -> Period:
    """The newest period of that kind that has ended before today."""
    return period_of(kind, period_of(kind, today).first - ONE_DAY)


def before(kind: str, period: Period) -> Period:
    """The period to compare with: the one before; of an ad hoc one, as many days before it."""
    last = period.first - ONE_DAY
    if kind == "adhoc":
        return Period(last - (period.last - period.first), last)
    return period_of(kind, last)


def adhoc(first: date, last: date) -> Period:
    """An ad hoc period; ValueError where it is none."""
    if last < first:
        raise ValueError(f"--to {last} lies before --from {first}")
    if last - first > LONGEST:
        raise ValueError(f"--from {first} --to {last}: a report covers at most {LONGEST.days} days")
    return Period(first, last)
