"""
What every family of commands asks: known units and officials, one of a list, an opinion that stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case import commands as c
    from domain.case.case import Case
    from domain.people.register import Register


def by(command: c.CaseCommand) -> dict[str, Any]:
    return {"unit_id": command.unit_id, "official_id": command.official_id, "post_id": command.post_id}


def known_actor(command: c.CaseCommand, people: Register) -> None:
    known_unit(command.unit_id, people, field="unit_id")
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
