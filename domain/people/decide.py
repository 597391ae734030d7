"""
What may be entered in the register. The check of a 统一社会信用代码 comes in as a function, since `domain` depends on
the standard library alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case.errors import Refused
from domain.law.local import parse_local
from domain.law.rules import MalformedPack, parse_pack
from domain.people import events as e
from domain.people.register import LAST_DAY, RANKS, Register

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.people.commands import RecordPeople

DIVISION_CODE_DIGITS = 6  # GB/T 2260
KEY_ROLES = ("official", "system", "log")
CUSTODIES = ("ledger", "client")


def decide(register: Register, command: RecordPeople, *, is_valid_uscc: Callable[[str], bool]) -> list[e.PeopleEvent]:
    """
    The entry itself, [] where the register already says exactly this, or Refused.
    """
    event = command.event
    match event:
        case e.UnitEstablished():
            if (unit := register.units.get(event.unit_id)) is not None:
                return _same(
                    event, unit, ("name", "kind", "parent_id", "division_code", "uscc", "valid_from"), "unit_id"
                )
            if event.parent_id is not None and event.parent_id not in register.units:
                raise Refused(
                    f"unit {event.parent_id} is not in the register",
                    zh=f"名册中没有上级单位 {event.parent_id}",
                    allowed="先登记上级单位 / establish the parent first",
                    field="parent_id",
                )
            if event.uscc is not None and not is_valid_uscc(event.uscc):
                raise Refused(
                    f"{event.uscc!r} is not a 统一社会信用代码 (GB 32100)",
                    zh="统一社会信用代码校验不符",
                    allowed="18 位，校验码正确，或不填 / 18 characters with their check digit, or none",
                    field="uscc",
                    law="GB 32100",
                )
            code = event.division_code
            if code is not None and not (code.isascii() and code.isdigit() and len(code) == DIVISION_CODE_DIGITS):
                raise Refused(
                    f"{code!r} is not a 行政区划代码 of six digits (GB/T 2260)",
                    zh="行政区划代码须为六位数字",
                    allowed="六位数字 / six digits",
                    field="division_code",
                    law="GB/T 2260",
                )
        case e.UnitAbolished() | e.SuccessorNamed():
            _known(event.unit_id, register.units, field="unit_id")
            if event.successor_id is not None:
                _known(event.successor_id, register.units, field="successor_id")
            unit = register.units[event.unit_id]
            is_said = event.successor_id in (None, unit.successor_id)
            if is_said and (isinstance(event, e.SuccessorNamed) or unit.valid_to == event.valid_to):
                return []
        case e.PostEstablished():
            if (post := register.posts.get(event.post_id)) is not None:
                return _same(event, post, ("unit_id", "title", "rank", "valid_from"), "post_id")
            _known(event.unit_id, register.units, field="unit_id")
            if event.rank not in RANKS:
                raise Refused(
                    f"rank is one of {', '.join(RANKS)}; found {event.rank!r}",
                    zh="岗位层级不对",
                    allowed=", ".join(RANKS),
                    field="rank",
                )
        case e.PostAbolished():
            _known(event.post_id, register.posts, field="post_id")
            if register.posts[event.post_id].valid_to == event.valid_to:
                return []
        case e.OfficialRegistered():
            if (name := register.officials.get(event.official_id)) is not None:
                return _same(
                    event, e.OfficialRegistered(official_id=event.official_id, name=name), ("name",), "official_id"
                )
            if not event.official_id.strip():
                raise Refused(
                    "an official has an identifier",
                    zh="人员须有编号",
                    allowed="工号或单位内编号 / a staff number",
                    field="official_id",
                )
        case e.AppointmentMade():
            _known(event.post_id, register.posts, field="post_id")
            _known(event.official_id, register.officials, field="official_id")
            if event.to_on is not None and event.to_on < event.from_on:
                raise Refused(
                    "an appointment ends on or after its first day",
                    zh="任职终止日不得早于起始日",
                    allowed=f"{event.from_on} 或以后 / or later",
                    field="to_on",
                )
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
            held = [a for a in register.appointments.get(event.post_id, []) if a.official_id == event.official_id]
            if any(a.from_on <= event.to_on == a.to_on for a in held):
                return []
            if not any(a.from_on <= event.to_on <= a.to_on for a in held):
                raise Refused(
                    f"{event.official_id} did not hold {event.post_id} on {event.to_on}",
                    zh=f"{event.official_id} 在 {event.to_on} 并未担任 {event.post_id}",
                    allowed="先登记任职 / record the appointment first",
                    field="to_on",
                )
        case e.KeyEnrolled():
            if event.key_id in register.keys:
                return []
            if event.role not in KEY_ROLES or event.custody not in CUSTODIES:
                raise Refused(
                    f"role is one of {KEY_ROLES}, custody one of {CUSTODIES}",
                    zh="密钥的用途或保管方式不对",
                    allowed=f"{', '.join(KEY_ROLES)}; {', '.join(CUSTODIES)}",
                    field="role",
                )
            if event.role == "official":
                _known(event.holder, register.officials, field="holder")
            if event.valid_to is not None and event.valid_to < event.valid_from:
                raise Refused(
                    "a key is valid to its first day or later",
                    zh="密钥失效日不得早于生效日",
                    allowed=f"{event.valid_from} 或以后 / or later",
                    field="valid_to",
                )
        case e.KeyRevoked():
            _known(event.key_id, register.keys, field="key_id")
            if event.key_id in register.revoked:
                return []
            _revocation(register, event, command.now)
        case e.RulePackAdopted():
            _readable(event)
            before = register.adopted.get(event.pack_id)
            if before is not None and (before.version, before.sources) == (event.version, event.sources):
                return []
        case e.CalendarNoticeAdopted():
            _notice(event)
            if register.notices.get((event.calendar_id, event.year)) == event:
                return []
        case e.LogKeyRotated():
            pass  # what it says is two keys' word, which the ledger judges before it signs (ledger/rotation.py)
    return [event]


def _same(event: e.PeopleEvent, there: object, fields: tuple[str, ...], key: str) -> list[e.PeopleEvent]:
    """Nothing to record where the register says exactly this; Refused where it says something else under this id."""
    for field in fields:
        said, is_there = getattr(event, field), getattr(there, field)
        if said != is_there:
            name = getattr(event, key)
            raise Refused(
                f"{name} is in the register already, with {field} {is_there!r}, not {said!r}",
                zh=f"名册中已有 {name}，{field} 为 {is_there}，不是 {said}",
                allowed="另用编号，或照原样 / another id, or the entry as it stands",
                field=field,
            )
    return []


def _readable(event: e.RulePackAdopted) -> None:
    """A pack that cannot be read back would stop every fold of the register that comes after it."""
    try:
        parse_pack(event.content, tuple(event.sources))
        parse_local(event.content)
    except (MalformedPack, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(
            f"pack {event.pack_id} cannot be read: {error}",
            zh=f"规则包 {event.pack_id} 无法读取",
            allowed="先用 luoshi rules lint 检查 / check it with luoshi rules lint",
            field="content",
        ) from error


def _notice(event: e.CalendarNoticeAdopted) -> None:
    """A notice speaks of its own year, and of no day twice."""
    days = (*event.days_off, *event.make_up_days)
    if len(set(days)) != len(days) or any(day.year != event.year for day in days):
        raise Refused(
            f"the notice for {event.year} names each day once, and days of {event.year} only",
            zh=f"{event.year} 年放假通知中的日期重复，或不属该年",
            allowed=f"{event.year} 年的日期，休或班只写一次 / days of that year, each off or worked",
            field="days_off",
        )


def _revocation(register: Register, event: e.KeyRevoked, now: datetime) -> None:
    """Who may revoke is the ledger's to judge (ledger/enrolment.py); here, what a revocation may say."""
    key = register.keys[event.key_id]
    if (event.role, event.holder) != (key.role, key.holder):
        raise Refused(
            f"{event.key_id} is the key of {key.role} {key.holder}",
            zh=f"{event.key_id} 是 {key.holder} 的密钥",
            allowed=f"{key.role}/{key.holder}",
            field="holder",
        )
    if event.effective_at is not None and event.effective_at > now:
        raise Refused(
            "a key is revoked from now on, or from a moment that has passed",
            zh="注销不得自将来起生效",
            allowed="现在或过去的时刻 / now or a past moment",
            field="effective_at",
        )
    others = [
        k
        for k in register.keys.values()
        if (k.role, k.holder) == register.registrar and k.key_id not in {*register.revoked, event.key_id}
    ]
    if (key.role, key.holder) == register.registrar and not others:
        raise Refused(
            "the registrar's last key cannot be revoked: enrol its successor first",
            zh="登记机关须保留一把有效密钥",
            allowed="先启用新密钥 / enrol the successor first",
            field="key_id",
        )


def _known(key: str, known: dict[str, object] | dict[str, e.KeyEnrolled] | object, *, field: str) -> None:
    if not isinstance(known, dict) or key not in known:
        raise Refused(
            f"{key} is not in the register",
            zh=f"名册中没有 {key}",
            allowed="先登记 / register it first",
            field=field,
        )
