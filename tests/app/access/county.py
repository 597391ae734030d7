"""A small tree of units for the tests of reach: a county government, three bureaus, a township under it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from domain.people import events as e
from domain.people.register import Register, add
from domain.people.streams import streams_of
from domain.recorded import Actor, Recorded

if TYPE_CHECKING:
    from domain.people.events import PeopleEvent

DAY = date(2026, 3, 2)


def entries() -> list[PeopleEvent]:
    """gov > xf, housing > housing-site, discipline; gov2 is a neighbouring county."""
    made: list[PeopleEvent] = [
        e.UnitEstablished(unit_id="city", name="市政府", kind="government", division_code="411500"),
        e.UnitEstablished(unit_id="gov", name="县政府", kind="government", parent_id="city", division_code="411523"),
        e.UnitEstablished(unit_id="gov2", name="邻县政府", kind="government", parent_id="city", division_code="411524"),
        e.UnitEstablished(unit_id="xf", name="信访局", kind="petition_department", parent_id="gov"),
        e.UnitEstablished(unit_id="housing", name="住建局", kind="organ", parent_id="gov"),
        e.UnitEstablished(unit_id="housing-site", name="住建局工地科", kind="organ", parent_id="housing"),
        e.UnitEstablished(unit_id="health", name="卫健委", kind="organ", parent_id="gov"),
        e.UnitEstablished(unit_id="discipline", name="纪委监委", kind="discipline", parent_id="gov"),
    ]
    for unit in ("xf", "housing", "housing-site", "health", "discipline"):
        made += [
            e.PostEstablished(post_id=f"{unit}-head", unit_id=unit, title="负责人", rank="main_leader"),
            e.OfficialRegistered(official_id=f"{unit}-zhang", name="张某"),
            e.AppointmentMade(post_id=f"{unit}-head", official_id=f"{unit}-zhang", from_on=date(2025, 1, 1)),
        ]
    return made


def register() -> Register:
    """The same, as the register holds it."""
    people = Register()
    at = datetime(2025, 1, 1, tzinfo=UTC)
    stands = [(event, stream) for event in entries() for stream in streams_of(event)]
    for index, (event, stream) in enumerate(stands):
        add(people, Recorded(event, event.TOPIC, stream, 1, index, at, at, Actor(system="x"), "k", f"c{index}"))
    return people
