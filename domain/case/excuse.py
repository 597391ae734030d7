"""
Who may accept that a duty could not be met, as far as the case itself knows: never the unit that holds the matter, nor
one under it. Whether the rule allows the ground is the duties engine's to say. tests/domain/case/test_excuse.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import by
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

ExcuseCommand = c.AcceptExcuse


def decide(case: Case, command: ExcuseCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    if not 1 <= command.trigger_version <= case.version:
        raise Refused(
            f"version {command.trigger_version} is not in this case",
            field="trigger_version",
            zh=f"本事项没有第 {command.trigger_version} 号记录",
            allowed=f"1–{case.version}",
        )
    if not command.ground.strip():
        raise Refused("an excuse names its ground", field="ground", zh="免责须写明理由", allowed="ground")
    if not command.evidence:
        raise Refused(
            "an excuse is accepted on evidence, and none is named",
            field="evidence",
            zh="认可免责须有凭证",
            allowed="evidence",
        )
    if case.unit_id is not None and people.is_within(command.unit_id, case.unit_id):
        raise Refused(
            "an excuse is accepted by another body than the one that holds the matter, and none under it",
            field="unit_id",
            zh="免责须由持有单位及其下级以外的机关认可",
            allowed="上级或监督机关 / a superior or supervising body",
        )
    accepted = (command.obligation, command.trigger_version)
    if accepted in case.excused:
        return []
    return [
        e.ExcuseAccepted(
            **by(command),
            obligation=command.obligation,
            trigger_version=command.trigger_version,
            ground=command.ground,
            evidence=command.evidence,
        )
    ]
