"""
Mediation, help in hardship, task teams: what may be recorded of them.

Giving is the giver's own act, meeting the team's; each names what it answers. tests/domain/case/acts.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import after, evidenced, known_official, known_unit, made, one_of, only, reasoned, stated
from domain.case.errors import Refused
from domain.case.raised import unless_standing

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.case.raised import Raised
    from domain.people.register import Register

MEDIATION_LEVELS = ("village", "township", "county")
RESULTS = ("settled", "settled_in_part", "not_settled")
MEDIATION = "信访工作条例 art. 33, 37"
ASSISTANCE = "信访工作条例 art. 27"
MAX_YUAN = 2**53 - 1

SettlingCommand = (
    c.OpenMediation
    | c.CloseMediation
    | c.PromiseAssistance
    | c.GiveAssistance
    | c.RefuseAssistance
    | c.FormTaskTeam
    | c.MeetTaskTeam
    | c.DissolveTaskTeam
)


def decide(case: Case, command: SettlingCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.OpenMediation() | c.CloseMediation():
            return _mediation(case, command, people)
        case c.PromiseAssistance() | c.GiveAssistance() | c.RefuseAssistance():
            return _assistance(case, command, people)
        case c.FormTaskTeam() | c.MeetTaskTeam() | c.DissolveTaskTeam():
            return _team(case, command, people)
    assert_never(command)


def _mediation(case: Case, command: c.OpenMediation | c.CloseMediation, people: Register) -> list[e.CaseEvent]:
    if isinstance(command, c.OpenMediation):
        one_of(command.level, MEDIATION_LEVELS, field="level")
        known_official(command.mediator_official_id, people, field="mediator_official_id")
        return unless_standing(case, made(e.MediationOpened, command))
    opened, raised = case.raised.of(command.mediation_version, e.MediationOpened, field="mediation_version")
    only(command, opened.unit_id, "closed by who opened it", people)
    one_of(command.result, RESULTS, field="result")
    if raised.is_answered:
        return []
    if command.result != "not_settled" and case.newest(e.SettlementAgreementSigned) is None:
        raise Refused(
            "a matter is settled by a signed agreement, and none is recorded",
            field="result",
            law=MEDIATION,
            zh="调解达成须有签署的协议",
            allowed="先记录协议，或 not_settled / record the agreement first, or not_settled",
        )
    return [made(e.MediationClosed, command)]


def _assistance(
    case: Case, command: c.PromiseAssistance | c.GiveAssistance | c.RefuseAssistance, people: Register
) -> list[e.CaseEvent]:
    yuan = getattr(command, "yuan", None)
    if yuan is not None and not 1 <= yuan <= MAX_YUAN:
        raise Refused(
            "yuan is a whole number from 1 on",
            field="yuan",
            zh="金额应为正整数（元）",
            allowed="1, 2, 3, ...，或不填 / or nothing",
        )
    if isinstance(command, c.PromiseAssistance):
        known_unit(command.giver_unit_id, people, field="giver_unit_id")
        stated(command.kind, field="kind")
        after(command, command.give_by, field="give_by")
        return unless_standing(case, made(e.AssistancePromised, command))
    promise, raised = case.raised.of(command.promise_version, e.AssistancePromised, field="promise_version")
    if isinstance(command, c.GiveAssistance):
        only(command, promise.giver_unit_id, "given by who is to give it", people)
        evidenced(command.evidence, "help is given with evidence")
    else:
        only(command, promise.unit_id, "refused by who promised it", people)
        reasoned(command.reason, "help promised is refused with a reason")
    is_done = raised.is_answered if isinstance(command, c.GiveAssistance) else raised.is_ended
    if is_done:
        return []
    _unsettled(raised, "promise_version")
    return [
        made(e.AssistanceGiven, command)
        if isinstance(command, c.GiveAssistance)
        else made(e.AssistanceRefused, command)
    ]


def _team(
    case: Case, command: c.FormTaskTeam | c.MeetTaskTeam | c.DissolveTaskTeam, people: Register
) -> list[e.CaseEvent]:
    if isinstance(command, c.FormTaskTeam):
        known_unit(command.head_unit_id, people, field="head_unit_id")
        known_official(command.head_official_id, people, field="head_official_id")
        for official in command.members:
            known_official(official, people, field="members")
        if not command.members or command.head_official_id in command.members or _doubled(command.members):
            raise Refused(
                "a team has its head and members besides, each named once",
                field="members",
                zh="专班须有组长和其他成员，各列一次",
                allowed="组长单列，成员不重复 / the head alone, every member once",
            )
        after(command, command.meet_by, field="meet_by")
        return unless_standing(case, made(e.TaskTeamFormed, command))
    team, raised = case.raised.of(command.team_version, e.TaskTeamFormed, field="team_version")
    if isinstance(command, c.DissolveTaskTeam):
        only(command, team.unit_id, "dissolved by who formed it", people)
        reasoned(command.reason, "a team is dissolved with a reason")
        return [] if raised.is_ended else [made(e.TaskTeamDissolved, command)]
    only(command, team.head_unit_id, "recorded by its head's unit", people)
    evidenced(command.evidence, "a meeting is recorded with its minutes")
    if raised.is_ended:
        raise Refused(
            "the team was dissolved",
            field="team_version",
            zh="该专班已撤销",
            allowed="重新组建 / form it anew",
        )
    if not command.participants or _doubled(command.participants) or _strangers(command.participants, team):
        raise Refused(
            "who took part is of the team, named once",
            field="participants",
            zh="参加人员须为专班成员，各列一次",
            allowed=", ".join((team.head_official_id, *team.members)),
        )
    met = made(e.TaskTeamMet, command)
    return [] if met in case.acts else [met]


def _unsettled(raised: Raised, field: str) -> None:
    """Given, or refused: the other is too late."""
    if raised.is_answered or raised.is_ended:
        raise Refused(
            "this promise was given or refused already",
            field=field,
            law=ASSISTANCE,
            zh="该项救助已给予或已不予",
            allowed="另行承诺 / promise anew",
        )


def _doubled(officials: tuple[str, ...]) -> bool:
    return len(set(officials)) != len(officials)


def _strangers(officials: tuple[str, ...], team: Any) -> bool:
    return not set(officials) <= {team.head_official_id, *team.members}
