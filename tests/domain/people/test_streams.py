"""
What is listed stands in its list as well, and what no list names counts for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from domain.law.in_force import Law, add
from domain.people import events as p
from domain.people.register import fold_register
from domain.people.streams import CALENDARS, PACKS, stream_of, streams_of
from tests.domain.duties.build import History

POST = p.PostEstablished(post_id="desk", unit_id="bureau", title="desk", rank="staff")
HELD = p.AppointmentMade(post_id="desk", official_id="an", from_on=date(2025, 1, 1))
PACK = p.RulePackAdopted(pack_id="local", version="1", content={"schema": "luoshi.pack.v1", "pack": "local"})
NOTICE = p.CalendarNoticeAdopted(
    calendar_id="cn", year=2026, published_on=date(2025, 11, 4), source="x", days_off=(), make_up_days=()
)


def conference(**more):
    return p.UnitEstablished(unit_id="jc", name="联席会议", kind="joint_conference", **more)


@pytest.mark.parametrize(
    ("event", "streams"),
    [
        (POST, ("post/desk", "unit/bureau")),
        (HELD, ("post/desk", "official/an")),
        (PACK, (PACKS,)),
        (NOTICE, (CALENDARS,)),
        (conference(), ("unit/jc",)),
        (conference(parent_id="gov"), ("unit/jc", "unit/gov")),
        (conference(parent_id="jc"), ("unit/jc",)),
        (p.UnitEstablished(unit_id="a", name="a", kind="organ", parent_id="gov"), ("unit/a",)),
        (p.AppointmentEnded(post_id="desk", official_id="an", to_on=date(2026, 1, 1)), ("post/desk",)),
    ],
)
def test_streams(event, streams):
    assert streams_of(event) == streams
    assert stream_of(event) == streams[0]


def test_every_event_has_one():
    """No entry of the register is without a stream: mypy sees it, and so does this."""
    assert {type(e) for e in (POST, HELD, PACK, NOTICE)} < set(get_args(p.PeopleEvent))


def history():
    h = History()
    h.add("2025-01-01", p.UnitEstablished(unit_id="bureau", name="bureau", kind="organ"))
    h.add("2025-01-01", p.OfficialRegistered(official_id="an", name="an"))
    for event in (POST, HELD, PACK, NOTICE, conference(parent_id="bureau")):
        h.add("2025-01-01", event)
    return h


def law_of(log):
    law = Law()
    for recorded in log:
        add(law, recorded)
    return law


def test_listed():
    law = law_of(history().log)
    people = law.people
    assert people.unit_posts == {"bureau": ["desk"]}
    assert people.official_posts == {"an": ["desk"]}
    assert people.conferences == {"bureau": ["jc"]}
    assert [len(held) for held in people.appointments.values()] == [1]  # in two streams, and one appointment
    assert (list(law.packs), [n.year for n in law.notices]) == (["local"], [2026])


@pytest.mark.parametrize("stream", ["post/secret", "unit/other", "pack/local", "calendar/cn", "case/county/1"])
def test_elsewhere(stream):
    """
    A pack, a notice, a post or an appointment in any other stream is nowhere: nobody could prove that it is not there.
    """
    log = [replace(r, stream=stream) if r.event in (POST, HELD, PACK, NOTICE) else r for r in history().log]
    law = law_of(log)
    assert (law.packs, law.notices, law.adoptions) == ({}, [], {})
    assert (law.people.posts, law.people.appointments) == ({}, {})
    assert (law.people.unit_posts, law.people.official_posts, law.people.filing) == ({}, {}, {})


def test_not_listed():
    """A post that its unit does not list is none of the unit's, though it has a stream of its own."""
    log = [r for r in history().log if not (r.event == POST and r.stream == "unit/bureau")]
    people = fold_register(log)
    assert "desk" in people.posts
    assert people.unit_posts == {}
    assert people.leading_posts("bureau") == []
