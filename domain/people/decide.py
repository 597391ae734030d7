"""
What may be entered in the register. The check of a 统一社会信用代码 comes in as a function, since `domain` depends on
the standard library alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case.errors import Refused
from domain.people import events as e
from domain.people.register import LAST_DAY, RANKS, Register

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.people.commands import RecordPeople

DIVISION_CODE_DIGITS = 6  # GB/T 2260


def stream_of(event: e.PeopleEvent) -> str:
    """
    The stream an entry belongs to: `unit/<id>`, `post/<id>`, `official/<id>`, `system/<name>`, `pack/<id>`,
    `calendar/<id>`.
    """
    match event:
        case e.UnitEstablished() | e.UnitAbolished() | e.SuccessorNamed():
            return f"unit/{event.unit_id}"
        case e.PostEstablished() | e.PostAbolished() | e.AppointmentMade() | e.AppointmentEnded():
            return f"post/{event.post_id}"
        case e.OfficialRegistered():
            return f"official/{event.official_id}"
        case e.KeyEnrolled():
            return f"{'official' if event.role == 'official' else 'system'}/{event.holder}"
        case e.KeyRevoked():
            return f"key/{event.key_id}"
        case e.RulePackAdopted():
            return f"pack/{event.pack_id}"
        case e.CalendarNoticeAdopted():
            return f"calendar/{event.calendar_id}"


def decide(register: Register, command: RecordPeople, *, is_valid_uscc: Callable[[str], bool]) -> list[e.PeopleEvent]:
    """
    The entry itself, [] where the register already says exactly this, or Refused.
    """
    event = command.event
    match event:
        case e.UnitEstablished():
            if event.unit_id in register.units:
                return []
            if event.parent_id is not None and event.parent_id not in register.units:
                raise Refused(f"unit {event.parent_id} is not in the register", field="parent_id")
            if event.uscc is not None and not is_valid_uscc(event.uscc):
                raise Refused(f"{event.uscc!r} is not a 统一社会信用代码 (GB 32100)", field="uscc")
            code = event.division_code
            if code is not None and not (code.isascii() and code.isdigit() and len(code) == DIVISION_CODE_DIGITS):
                raise Refused(f"{code!r} is not a 行政区划代码 of six digits (GB/T 2260)", field="division_code")
        case e.UnitAbolished() | e.SuccessorNamed():
            _known(event.unit_id, register.units, field="unit_id")
            if event.successor_id is not None:
                _known(event.successor_id, register.units, field="successor_id")
        case e.PostEstablished():
            if event.post_id in register.posts:
                return []
            _known(event.unit_id, register.units, field="unit_id")
            if event.rank not in RANKS:
                raise Refused(f"rank is one of {', '.join(RANKS)}; found {event.rank!r}", field="rank")
        case e.PostAbolished():
            _known(event.post_id, register.posts, field="post_id")
        case e.OfficialRegistered():
            if event.official_id in register.officials:
                return []
        case e.AppointmentMade():
            _known(event.post_id, register.posts, field="post_id")
            _known(event.official_id, register.officials, field="official_id")
            if event.to_on is not None and event.to_on < event.from_on:
                raise Refused("an appointment ends on or after its first day", field="to_on")
            held = register.appointments.get(event.post_id, [])
            if any(
                a.official_id == event.official_id
                and a.from_on == event.from_on
                and a.to_on == (event.to_on or LAST_DAY)
                for a in held
            ):
                return []
        case e.AppointmentEnded():
            _known(event.post_id, register.posts, field="post_id")
            held = register.appointments.get(event.post_id, [])
            if not any(a.official_id == event.official_id and a.from_on <= event.to_on <= a.to_on for a in held):
                raise Refused(f"{event.official_id} did not hold {event.post_id} on {event.to_on}", field="to_on")
        case e.KeyEnrolled():
            if event.key_id in register.keys:
                return []
            if event.role == "official":
                _known(event.holder, register.officials, field="holder")
        case e.KeyRevoked():
            _known(event.key_id, register.keys, field="key_id")
        case e.RulePackAdopted() | e.CalendarNoticeAdopted():
            pass
    return [event]


def _known(key: str, known: dict[str, object] | dict[str, e.KeyEnrolled] | object, *, field: str) -> None:
    if not isinstance(known, dict) or key not in known:
        raise Refused(f"{key} is not in the register", field=field)
