"""
In which streams an entry of the register stands, and which of them lists it.

What an answer must find without knowing its name is listed under a name that it does know: all packs and all calendars
in one stream each, a unit's posts in the unit's stream, an official's appointments in the official's, a joint
conference in that of the unit above it. Such an entry is recorded in both streams, in one append. A stream is proved
complete by the case map, so a list of them is, too (decision 24). tests/domain/people/test_streams.py.

An event in a stream that is none of its own counts for nothing: whoever could put a pack, a post or an appointment
where no list names it could also keep it out of sight.
"""

from __future__ import annotations

from domain.people import events as e

PACKS = "pack/adopted"
CALENDARS = "calendar/adopted"
CONFERENCE = "joint_conference"  # the one kind of unit that is ever looked for from above


def streams_of(event: e.PeopleEvent) -> tuple[str, ...]:
    """The stream an entry belongs to; then the one that lists it, if there is one."""
    match event:
        case e.UnitEstablished():
            is_listed = event.kind == CONFERENCE and event.parent_id not in (None, event.unit_id)
            return (f"unit/{event.unit_id}", *([f"unit/{event.parent_id}"] if is_listed else []))
        case e.UnitAbolished() | e.SuccessorNamed():
            return (f"unit/{event.unit_id}",)
        case e.PostEstablished():
            return f"post/{event.post_id}", f"unit/{event.unit_id}"
        case e.AppointmentMade():
            return f"post/{event.post_id}", f"official/{event.official_id}"
        case e.PostAbolished() | e.AppointmentEnded():
            return (f"post/{event.post_id}",)
        case e.OfficialRegistered():
            return (f"official/{event.official_id}",)
        case e.KeyEnrolled() | e.KeyRevoked():
            return (f"{'official' if event.role == 'official' else 'system'}/{event.holder}",)
        case e.LogKeyRotated():
            return ("system/log",)
        case e.RulePackAdopted():
            return (PACKS,)
        case e.CalendarNoticeAdopted():
            return (CALENDARS,)


def stream_of(event: e.PeopleEvent) -> str:
    """The stream an entry belongs to."""
    return streams_of(event)[0]
