"""
The rows of standing duties, which no case has: one for each post or unit and period, as `projections.assess` makes them
of a case's duties.

Periods begin without any event, so rows are made ahead: to the end of the year after that of the newest record. What is
filed by a unit bears on its own posts and on whom it names; a change of people, packs or calendar on all.
tests/projections/test_standing_rows.py holds the rows to `audit.office`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.case.events.filed import ActFiled
from domain.duties.standing_duties import SOURCE, as_seen, filings
from domain.office.commands import is_office
from domain.people import events as p
from projections.assess import Assessment, CauseRow, DutyRow, run_causes, run_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from domain.law.in_force import Law
    from domain.recorded import Recorded

# Whose records change what is owed: not names and keys.
BEARING = (
    p.UnitEstablished,
    p.UnitAbolished,
    p.SuccessorNamed,
    p.PostEstablished,
    p.PostAbolished,
    p.AppointmentMade,
    p.AppointmentEnded,
    p.RulePackAdopted,
    p.CalendarNoticeAdopted,
)


def horizon(events: Iterable[Recorded]) -> date:
    """The last day on which a period may begin to have rows, by these events."""
    years = (r.recorded_at.year for r in events)
    return date(max(years, default=0) + 1, 12, 31)


def bears_on_all(events: Iterable[Recorded]) -> bool:
    return any(isinstance(r.event, BEARING) for r in events)


def bears_on(events: Iterable[Recorded], law: Law) -> set[str]:
    """The posts and units on whose standing duties these filings may bear."""
    found: set[str] = set()
    for r in events:
        if is_office(r.stream) and isinstance(r.event, ActFiled):
            unit = r.event.unit_id
            found |= {f"unit/{unit}", *(f"post/{post}" for post in law.people.unit_posts.get(unit, ()))}
            found |= {name for name in r.event.refers_to if name.startswith(("unit/", "post/"))}
    return found


def assess_standing(
    filed: Iterable[Sequence[Recorded]], law: Law, until: date, streams: Collection[str] | None
) -> Assessment:
    """The rows of these posts' and units' standing duties; `streams` None: of all. `filed`: every office's stream."""
    zone = ZoneInfo(law.rules.zone(SOURCE))
    duties: list[DutyRow] = []
    causes: list[CauseRow] = []
    for views in as_seen(law, filings(filed), until, streams):
        duties += run_rows(views, zone)
        causes += run_causes(views, law, zone)
    return Assessment(duties, causes)
