"""
What a unit may do at all, whatever the case: a supervising body never decides, who stepped aside does not act.
tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case.course import RECUSAL, recused
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

SUPERVISING = {
    "npc": "各级人民代表大会常务委员会监督法 art. 5",
    "supervision": "信访工作条例 art. 38, 40",
}
DECIDING = (
    c.AcceptPetition,
    c.RefuseAcceptance,
    c.ServeAcceptanceNotice,
    c.ServeNotAcceptedNotice,
    c.ServeHandlingOpinion,
    c.AnswerItem,
    c.SignSettlement,
    c.OpenMediation,
    c.EvidenceExecution,
    c.CloseCase,
    c.ServeReviewOpinion,
    c.IssueReReviewOpinion,
)
TAKES_PART = ("executor_unit_id", "redo_by_unit_id")  # named by another's act
GIVEN_TO = (
    *("official_id", "assigned_official_id", "to_official_id", "leader_official_id"),
    *("head_official_id", "mediator_official_id"),
)
NO_MATTER = (c.DecideAccountability,)  # who carries out a sanction handles no petition


def supervise_only(command: c.CaseCommand, people: Register) -> None:
    """Refused where a supervising body would accept, conclude, answer or execute in another's place."""
    units = [] if isinstance(command, NO_MATTER) else [getattr(command, name, None) for name in TAKES_PART]
    if isinstance(command, DECIDING):
        units.append(command.unit_id)
    for unit_id in units:
        unit = people.units.get(unit_id) if unit_id is not None else None
        if unit is not None and unit.kind in SUPERVISING:
            raise Refused(
                f"{unit.unit_id} supervises and never decides",
                rule="supervises_only",
                zh=f"{unit.name} 只监督，不代替有关机关受理、答复、办结或执行",
                allowed="交办、督办、提出建议，由有权处理机关决定 / assign, urge, propose: the competent organ decides",
                field="unit_id",
                law=SUPERVISING[unit.kind],
            )


def not_recused(case: Case, command: c.CaseCommand) -> None:
    """Refused where an official who stepped aside would act on the matter, or be given it."""
    if isinstance(command, c.GiveAccountabilityReply):
        return  # one's own answer is no handling
    aside = recused(case)
    for name in GIVEN_TO:
        if getattr(command, name, None) in aside:
            raise Refused(
                f"{getattr(command, name)} stepped aside from this matter",
                rule="stepped_aside" if name == "official_id" else None,
                zh="该人员已回避本事项",
                allowed="另行指派承办人 / assign another handler",
                field=name,
                law=RECUSAL,
            )
