"""
What every family of commands asks: known units and officials, one of a list, an opinion that stands.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from domain.case.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from domain.case import commands as c
    from domain.case.case import Case
    from domain.people.register import Register

CHANNELS = ("letter", "visit", "phone", "web", "wechat", "hotline", "sms")
A = TypeVar("A")
E = TypeVar("E")


def by(command: c.CaseCommand) -> dict[str, Any]:
    return {"unit_id": command.unit_id, "official_id": command.official_id, "post_id": command.post_id}


def known_actor(command: c.CaseCommand, people: Register) -> None:
    working_unit(command.unit_id, command.occurred_at.date(), people, field="unit_id")
    if command.official_id is not None and command.official_id not in people.officials:
        raise Refused(
            f"official {command.official_id} is not in the register",
            zh=f"名册中没有人员 {command.official_id}",
            allowed="先登记该人员 / register the official first",
            field="official_id",
        )
    if command.post_id is not None and people.posts.get(command.post_id) is None:
        raise Refused(
            f"post {command.post_id} is not in the register",
            zh=f"名册中没有岗位 {command.post_id}",
            allowed="先设立该岗位 / establish the post first",
            field="post_id",
        )


def known_unit(unit_id: str, people: Register, *, field: str) -> None:
    if unit_id not in people.units:
        raise Refused(
            f"unit {unit_id} is not in the register",
            zh=f"名册中没有单位 {unit_id}",
            allowed="先登记该单位 / establish the unit first",
            field=field,
        )


def known_opinion(case: Case, version: int, *, field: str = "opinion_version") -> None:
    if version not in case.opinions:
        raise Refused(
            f"no opinion stands at version {version}",
            zh=f"第 {version} 号记录不是意见书",
            allowed=f"意见书见 / opinions stand at: {', '.join(map(str, case.opinions)) or '无 / none'}",
            field=field,
        )


def one_of(value: str, allowed: tuple[str, ...], *, field: str) -> None:
    if value not in allowed:
        raise Refused(
            f"{field} is one of {', '.join(allowed)}; found {value!r}",
            zh=f"{field} 的取值不对",
            allowed=", ".join(allowed),
            field=field,
        )


def made(kind: Callable[..., E], command: c.CaseCommand, **more: object) -> E:
    """The event of that kind with everything the command says under the same names, and what the rule adds."""
    names = {f.name for f in fields(cast("Any", kind))} - more.keys()
    return kind(**{n: getattr(command, n) for n in names}, **more)


def working_unit(unit_id: str, day: date, people: Register, *, field: str) -> None:
    """A known unit that has not had its last day."""
    known_unit(unit_id, people, field=field)
    last = people.units[unit_id].valid_to
    if last is not None and day > last:
        heir = people.unit_on(unit_id, day)
        named = heir if heir != unit_id else "尚未指定承继单位 / no successor is named yet"
        raise Refused(
            f"unit {unit_id} had its last day on {last}",
            zh=f"单位 {unit_id} 已于 {last} 撤销",
            allowed=f"由承继单位办理 / its successor: {named}",
            field=field,
            law="信访工作条例 art. 24",
        )


def same_unit(one: str | None, other: str, day: date, people: Register) -> bool:
    """Whether they are one unit on that day: the unit itself, or who took over from it."""
    return one is not None and people.unit_on(one, day) == people.unit_on(other, day)


def by_holder(case: Case, command: c.CaseCommand, people: Register) -> None:
    """The acting unit holds the matter, or took over from who does."""
    if not same_unit(case.unit_id, command.unit_id, command.occurred_at.date(), people):
        raise Refused(
            f"unit {command.unit_id} does not hold this matter; {case.unit_id} does",
            zh=f"本事项现由 {case.unit_id} 办理",
            allowed=f"由该单位办理 / by {case.unit_id}",
            field="unit_id",
        )


def standing_act(case: Case, version: int, *kinds: type[A], field: str) -> A:
    """The act of one of these kinds that stands at that version."""
    act = case.act(version)
    if not isinstance(act, kinds):
        raise Refused(
            f"what {field} names, version {version}, is no such act",
            zh=f"第 {version} 号记录不是 {field} 所指的行为",
            allowed=" / ".join(k.__name__ for k in kinds),
            field=field,
        )
    return act


def stated(text: str | None, *, field: str) -> None:
    """A reason, a ground, a proof: not blank."""
    if text is None or not text.strip():
        raise Refused(f"{field} must be given", zh=f"须写明 {field}", field=field, allowed="填写该项 / give it")


def known_official(official_id: str | None, people: Register, *, field: str) -> None:
    if official_id is not None and official_id not in people.officials:
        raise Refused(
            f"official {official_id} is not in the register",
            zh=f"名册中没有人员 {official_id}",
            allowed="先登记该人员 / register the official first",
            field=field,
        )


def in_this_case(case: Case, version: int) -> None:
    if not 1 <= version <= case.version:
        raise Refused(
            f"version {version} is not in this case",
            zh=f"本事项没有第 {version} 条记录",
            field="trigger_version",
            allowed="写明本事项已有记录的序号 / the version of a record of this case",
        )


def addressed(command: c.CaseCommand, addressee_unit_id: str, people: Register) -> None:
    known_unit(addressee_unit_id, people, field="addressee_unit_id")
    if addressee_unit_id == command.unit_id:
        raise Refused(
            "a unit does not address itself",
            zh="单位不得以自己为对象",
            allowed="交上级机关 / leave its own lapse to the body above",
            field="addressee_unit_id",
        )


def only(command: c.CaseCommand, unit_id: str, how: str, people: Register) -> None:
    """The unit named, or its successor, and nobody in its place."""
    day = command.occurred_at.date()
    if people.unit_on(unit_id, day) != people.unit_on(command.unit_id, day):
        raise Refused(
            f"this is {how}, {unit_id}",
            zh=f"此项由 {unit_id} 办理，不得代替",
            allowed=f"由 {unit_id} 记录 / {unit_id} records it",
            field="unit_id",
        )


def delivered(command: Any, act: Any, people: Register) -> None:
    """Signed for by the addressee, or said by the issuer with an outside proof of delivery."""
    if command.unit_id == act.unit_id and command.proof is not None:
        return
    only(
        command, act.addressee_unit_id, "signed for by its addressee, or by its issuer with a proof of delivery", people
    )


def after(command: c.CaseCommand, day: date | None, *, field: str) -> None:
    if day is not None and day <= command.occurred_at.date():
        raise Refused(
            "the day set must lie after the day of the act",
            zh="期限须在该行为之后",
            field=field,
            allowed="填写更晚的日期 / a later day",
        )


def evidenced(evidence: tuple[str, ...], why: str, *, rule: str | None = None) -> None:
    if not evidence:
        raise Refused(
            why,
            zh="须附证据",
            allowed="附上至少一项证据 / name at least one artefact",
            field="evidence",
            rule=rule,
        )


def reasoned(reason: str, why: str) -> None:
    if not reason.strip():
        raise Refused(why, zh="须说明理由", field="reason", allowed="写明理由代码 / name the reason by its code")
