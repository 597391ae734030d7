"""
What a unit may do at all, whatever the case: a supervising body never decides, a ground of refusal is on the list in
force, who stepped aside does not act. tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case.course import RECUSAL, recused
from domain.case.errors import Refused

if TYPE_CHECKING:
    from datetime import date

    from domain.case.case import Case
    from domain.law.rules import Rulebook
    from domain.people.register import Register

SUPERVISING = {
    "npc": "各级人民代表大会常务委员会监督法 art. 5",
    "supervision": "信访工作条例 art. 38, 40",
}
NOT_ACCEPTED = "信访工作条例 art. 44"
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


def listed_ground(ground: str, rules: Rulebook, source: str, day: date) -> None:
    """
    A ground of non-acceptance is one of the list in force on that day; that somebody cannot be reached is none. Where
    no pack in force has a list (none adopted yet, or an older text), there is nothing to measure it by: it is recorded.
    """
    known = {g.code: g for pack in rules.for_source(source) for g in pack.lists.grounds if g.in_force(day)}
    if not known:
        return
    found = known.get(ground)
    allowed = "; ".join(f"{g.code} {g.name_zh}" for g in known.values() if not g.is_never)
    if found is None:
        raise Refused(
            f"ground is one of {', '.join(g.code for g in known.values() if not g.is_never)}; found {ground!r}",
            rule="ground_not_listed",
            law=NOT_ACCEPTED,
            zh="不予受理的理由不在现行清单内",
            allowed=allowed,
            field="ground",
        )
    if found.is_never:
        raise Refused(
            f"{ground} is never a ground to refuse",
            rule="ground_is_none",
            zh=f"{found.name_zh}，不得作为不予受理的理由",
            allowed=allowed,
            field="ground",
            law=found.source,
        )
