"""
Who may say that an act was recorded wrongly: the unit that recorded it or one above, with a second person and a reason.

An act that others answer is not retracted before them, and a case keeps its first act.
tests/domain/case/test_families.py.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import made, stated
from domain.case.corrections import NotSo, corrected
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

CorrectionCommand = c.CorrectAct | c.RetractAct


def decide(case: Case, command: CorrectionCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    stated(command.reason, field="reason")
    if command.second_official_id not in people.officials:
        raise Refused(
            f"official {command.second_official_id} is not in the register",
            zh=f"名册中没有人员 {command.second_official_id}",
            field="second_official_id",
            allowed="先登记该人员 / register the official first",
        )
    if command.official_id is None or command.second_official_id in (command.official_id, command.actor.official_id):
        raise Refused(
            "a correction has two people: who makes it and another",
            zh="更正须由两人作出",
            allowed="另一名人员复核 / another official as the second",
            field="second_official_id",
        )
    act = case.act(command.act_version)
    if act is None:
        if isinstance(command, c.RetractAct) and any(_same(a, command) for a in case.acts):
            return []
        raise Refused(
            f"no act stands at version {command.act_version}",
            zh="没有该记录",
            field="act_version",
            allowed="指明现存记录的序号 / name an act that stands",
        )
    if not people.is_within(act.unit_id, command.unit_id):
        raise Refused(
            f"the act was recorded by {act.unit_id}",
            zh="由记录单位或其上级更正",
            allowed=", ".join((act.unit_id, *people.above(act.unit_id))),
            field="unit_id",
        )
    if isinstance(command, c.RetractAct):
        _may_go(case, command.act_version)
        return [made(e.ActRetracted, command)]
    try:
        stands = corrected(act, command.field, command.value)
    except NotSo as why:
        raise Refused(
            str(why),
            zh="该项不能这样更正",
            field="field",
            allowed="可更正的项及其写法见该记录 / a field of the act, spelled as its body spells it",
        ) from None
    return [] if stands == act else [made(e.ActCorrected, command)]


def _same(act: e.CaseEvent | None, command: c.RetractAct) -> bool:
    return isinstance(act, e.ActRetracted) and act.act_version == command.act_version


def _may_go(case: Case, version: int) -> None:
    if isinstance(case.act(version), (e.ActRetracted, e.PetitionRegistered)) or version == 1:
        raise Refused(
            "the first act, the registration and a retraction are not retracted",
            zh="首条记录、登记和撤销记录本身不能撤销",
            allowed="更正其内容 / correct its fields",
            field="act_version",
        )
    leaning = [n for n, a in enumerate(case.acts, 1) if a is not None and version in _named(a)]
    if leaning:
        raise Refused(
            f"version {leaning[0]} answers it",
            zh=f"第 {leaning[0]} 号记录以其为据",
            allowed="先撤销该记录 / retract that act first",
            field="act_version",
        )


def _named(act: e.CaseEvent) -> set[object]:
    """The versions of other acts that an act names."""
    names = (f.name for f in fields(act) if f.name.endswith("_version") or f.name in ("answers", "contradicts"))
    return {getattr(act, name) for name in names}
