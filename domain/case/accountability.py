"""
Holding to account: a ladder whose steps are taken on recorded findings, after its subject could answer.

信访工作责任制实施办法 (2016) art. 11-16 (numbers after 11 to be confirmed). A step above a talk rests on an order
to rectify that was missed, or states its ground. The deciding body is neither the subject nor below it. Nothing is
proposed by a computation. tests/domain/case/test_accountability.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import after, by, evidenced, known_official, known_unit, one_of, only, reasoned
from domain.case.errors import Refused
from domain.case.raised import standing_finding, unless_standing

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.case.raised import Raised
    from domain.people.register import Register

# The ladder, step by step; measures of one step stand side by side.
LADDER = (
    ("talk",),
    ("circular",),
    ("listed_supervision",),
    ("admonition",),
    ("organisational_handling",),
    ("party_sanction", "administrative_sanction"),
    ("referral",),
)
STEP = {measure: step for step, measures in enumerate(LADDER) for measure in measures}
MEASURES = tuple(STEP)
GROUNDS = ("light_circumstances", "grave", "very_grave", "discipline_breach", "suspected_crime")
OUTCOMES = ("executed", "not_pursued", "set_aside")
SUPERVISES_ONLY = ("npc",)
LAW = "信访工作责任制实施办法 art. 13-16"

AccountabilityCommand = (
    c.ProposeAccountability
    | c.OfferAccountabilityReply
    | c.GiveAccountabilityReply
    | c.DecideAccountability
    | c.ExecuteAccountability
    | c.SetAsideAccountability
    | c.CloseAccountability
)


def decide(case: Case, command: AccountabilityCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.ProposeAccountability():
            return _propose(case, command, people)
        case c.OfferAccountabilityReply() | c.GiveAccountabilityReply():
            return _reply(case, command, people)
        case c.DecideAccountability():
            return _decide(case, command, people)
        case c.ExecuteAccountability() | c.SetAsideAccountability():
            return _decided(case, command, people)
        case c.CloseAccountability():
            return _close(case, command)
    assert_never(command)


def _propose(case: Case, command: c.ProposeAccountability, people: Register) -> list[e.CaseEvent]:
    one_of(command.measure, MEASURES, field="measure")
    known_unit(command.subject_unit_id, people, field="subject_unit_id")
    known_official(command.subject_official_id, people, field="subject_official_id")
    if command.addressee_unit_id is not None:
        known_unit(command.addressee_unit_id, people, field="addressee_unit_id")
    finding = standing_finding(case, command.of_finding)
    if finding.subject_unit_id != command.subject_unit_id:
        raise Refused(
            f"the finding is about unit {finding.subject_unit_id}",
            field="subject_unit_id",
            law=LAW,
            zh="责任单位与认定不符",
            allowed=f"{finding.subject_unit_id}",
        )
    if command.ground is not None:
        one_of(command.ground, GROUNDS, field="ground")
    _check_step(case, command)
    return unless_standing(
        case,
        e.AccountabilityProposed(
            **by(command),
            of_finding=command.of_finding,
            measure=command.measure,
            subject_unit_id=command.subject_unit_id,
            subject_official_id=command.subject_official_id,
            addressee_unit_id=command.addressee_unit_id,
            of_rectification=command.of_rectification,
            ground=command.ground,
        ),
    )


def _check_step(case: Case, command: c.ProposeAccountability) -> None:
    """A step up needs a missed rectification, recorded, or a stated ground."""
    if command.of_rectification is not None:
        order, raised = case.raised.of(command.of_rectification, e.RectificationOrdered, field="of_rectification")
        if order.addressee_unit_id != command.subject_unit_id:
            raise Refused(
                f"that order was given to {order.addressee_unit_id}",
                field="of_rectification",
                law=LAW,
                zh="该整改要求的对象不是责任单位",
                allowed="对责任单位的整改要求 / an order to the subject",
            )
        by_day = raised.answer_by
        if raised.is_answered or raised.is_ended or by_day is None or by_day >= command.occurred_at.date():
            raise Refused(
                f"the order at version {command.of_rectification} is not recorded as missed",
                field="of_rectification",
                law=LAW,
                zh="没有记录该整改逾期未报",
                allowed="逾期未整改的要求，或写明理由 / an order that was missed, or a stated ground",
            )
    elif STEP[command.measure] > 0 and command.ground is None:
        raise Refused(
            f"{command.measure} is a step up: it names the order to rectify that was missed, or states its ground",
            field="of_rectification",
            law=LAW,
            zh="加重一级须有逾期未整改的记录或写明理由",
            allowed=f"{', '.join(GROUNDS)}",
        )


def _reply(
    case: Case, command: c.OfferAccountabilityReply | c.GiveAccountabilityReply, people: Register
) -> list[e.CaseEvent]:
    version = command.proposal_version
    proposal, raised = _open_proposal(case, version)
    if isinstance(command, c.OfferAccountabilityReply):
        if command.unit_id not in (proposal.unit_id, proposal.addressee_unit_id):
            raise Refused(
                "an answer is offered by who proposes or is to decide",
                field="unit_id",
                zh="由提出或决定单位告知",
                allowed="由其记录 / recorded by one of them",
            )
        after(command, command.answer_by, field="answer_by")
        if raised.is_received and raised.answer_by == command.answer_by:
            return []
        return [e.AccountabilityReplyOffered(**by(command), proposal_version=version, answer_by=command.answer_by)]
    if not raised.is_received:
        raise Refused(
            "no answer was offered yet",
            field="proposal_version",
            zh="尚未告知申辩权利",
            allowed="先告知 / offer the answer first",
        )
    official = proposal.subject_official_id
    if official is not None and command.official_id != official:
        raise Refused(
            f"the answer is that of official {official}",
            field="official_id",
            zh="须由本人陈述申辩",
            allowed=f"由 {official} 记录 / {official} records it",
        )
    if official is None:
        only(command, proposal.subject_unit_id, "the answer of its subject", people)
    if raised.is_answered:
        return []
    return [e.AccountabilityReplyGiven(**by(command), proposal_version=version)]


def _decide(case: Case, command: c.DecideAccountability, people: Register) -> list[e.CaseEvent]:
    version = command.proposal_version
    proposal, raised = case.raised.of(version, e.AccountabilityProposed, field="proposal_version")
    known_unit(command.executor_unit_id, people, field="executor_unit_id")
    measure = command.measure or proposal.measure
    one_of(measure, MEASURES, field="measure")
    after(command, command.execute_by, field="execute_by")
    if not command.basis.strip():
        raise Refused(
            "a decision cites its basis",
            field="basis",
            law=LAW,
            zh="决定须写明依据",
            allowed="写明条文 / cite the article",
        )
    decision = e.AccountabilityDecided(
        **by(command),
        proposal_version=version,
        measure=measure,
        subject_unit_id=proposal.subject_unit_id,
        subject_official_id=proposal.subject_official_id,
        basis=command.basis,
        executor_unit_id=command.executor_unit_id,
        execute_by=command.execute_by,
        is_final=command.is_final,
        appeal_suspends=command.appeal_suspends,
    )
    if case.raised.standing(decision):
        return []
    _open_proposal(case, version)
    standing_finding(case, proposal.of_finding)
    if STEP[measure] > STEP[proposal.measure]:
        raise Refused(
            f"the subject answered to {proposal.measure}, not to {measure}",
            field="measure",
            law=LAW,
            zh="不得超出已告知的问责方式",
            allowed="相同或更轻的方式 / the measure proposed, or a milder one",
        )
    _check_heard(command, raised)
    _check_body(command, proposal, people)
    return [decision]


def _check_heard(command: c.DecideAccountability, raised: Raised) -> None:
    """Before use: the subject was offered an answer, and gave it or let its day pass."""
    if not raised.is_received:
        raise Refused(
            "the subject was not offered an answer",
            rule="decided_unheard",
            field="proposal_version",
            law=LAW,
            zh="尚未告知申辩权利，不得决定",
            allowed="先告知并待其陈述 / offer an answer first",
        )
    day = raised.answer_by
    if not raised.is_answered and (day is None or command.occurred_at.date() <= day):
        raise Refused(
            f"the subject may still answer until {day}",
            rule="decided_unheard",
            field="proposal_version",
            law=LAW,
            zh="申辩期限未满",
            allowed="陈述之后，或期满之后 / after the reply, or after that day",
        )


def _check_body(command: c.DecideAccountability, proposal: e.AccountabilityProposed, people: Register) -> None:
    """Who decides is not who is held to account, and not below."""
    day, subject = command.occurred_at.date(), proposal.subject_unit_id
    if people.units[command.unit_id].kind in SUPERVISES_ONLY:
        raise Refused(
            "人大 supervises and does not decide",
            rule="supervises_only",
            field="unit_id",
            law="各级人民代表大会常务委员会监督法",
            zh="人大监督而不直接处理",
            allowed="提出建议，由有权机关决定 / propose, and let the competent body decide",
        )
    if command.official_id is not None and command.official_id == proposal.subject_official_id:
        raise Refused(
            "nobody decides about himself",
            rule="decides_about_itself",
            field="official_id",
            law=LAW,
            zh="本人不得决定对自己的问责",
            allowed="由其他人员决定 / another official decides",
        )
    if people.unit_on(command.unit_id, day) == people.unit_on(subject, day):
        official = proposal.subject_official_id
        leads = official is not None and any(
            p.rank == "main_leader" and any(a.official_id == official for a in people.in_post_on(p.post_id, day))
            for p in people.leading_posts(subject, day)
        )
        if official is None or leads:
            raise Refused(
                "the deciding body is the subject, or led by it",
                rule="decides_about_itself",
                field="unit_id",
                law=LAW,
                zh="决定单位是责任单位，或由责任人主持",
                allowed="由上级机关决定 / the body above decides",
            )
    elif subject in people.above(command.unit_id):
        raise Refused(
            f"unit {command.unit_id} is below unit {subject}",
            field="unit_id",
            law=LAW,
            zh="下级单位不得决定上级单位的责任",
            allowed="由上级机关决定 / the body above decides",
        )


def _decided(
    case: Case, command: c.ExecuteAccountability | c.SetAsideAccountability, people: Register
) -> list[e.CaseEvent]:
    version = command.decision_version
    decision, raised = case.raised.of(version, e.AccountabilityDecided, field="decision_version")
    if isinstance(command, c.SetAsideAccountability):
        if (
            command.unit_id == decision.subject_unit_id
            or command.unit_id == decision.executor_unit_id != decision.unit_id
        ):
            raise Refused(
                "a decision is set aside by who made it or the body above",
                field="unit_id",
                zh="由原决定单位或其上级撤销",
                allowed="由其记录 / recorded by one of them",
            )
        reasoned(command.reason, "a decision is set aside with a reason")
        if raised.is_ended:
            return []
        return [e.AccountabilitySetAside(**by(command), decision_version=version, reason=command.reason)]
    only(command, decision.executor_unit_id, "carried out by its executor", people)
    evidenced(command.evidence, "a decision is carried out with evidence")
    if raised.is_ended:
        raise Refused(
            "the decision was set aside",
            field="decision_version",
            zh="该决定已撤销",
            allowed="重新决定后执行 / after a new decision",
        )
    if raised.is_answered:
        return []
    return [e.AccountabilityExecuted(**by(command), decision_version=version, evidence=command.evidence)]


def _close(case: Case, command: c.CloseAccountability) -> list[e.CaseEvent]:
    version = command.proposal_version
    proposal, raised = case.raised.of(version, e.AccountabilityProposed, field="proposal_version")
    one_of(command.outcome, OUTCOMES, field="outcome")
    if command.unit_id not in (proposal.unit_id, proposal.addressee_unit_id):
        raise Refused(
            "closed by who proposed or was to decide",
            field="unit_id",
            zh="由提出或决定单位办结",
            allowed="由其记录 / recorded by one of them",
        )
    if raised.is_ended:
        return []
    decided = case.raised.acts.get(raised.decision) if raised.decision is not None else None
    actual = "not_pursued" if decided is None else "set_aside" if decided.is_ended else "executed"
    if command.outcome != actual or (actual == "executed" and decided is not None and not decided.is_answered):
        raise Refused(
            f"what is recorded does not show {command.outcome}",
            field="outcome",
            zh="与已有记录不符",
            allowed=f"{actual}",
        )
    return [e.AccountabilityClosed(**by(command), proposal_version=version, outcome=command.outcome)]


def _open_proposal(case: Case, version: int) -> tuple[Any, Raised]:
    proposal, raised = case.raised.of(version, e.AccountabilityProposed, field="proposal_version")
    decided = case.raised.acts.get(raised.decision) if raised.decision is not None else None
    if raised.is_ended or (decided is not None and not decided.is_ended):
        raise Refused(
            "this proposal is closed or decided",
            field="proposal_version",
            zh="该问责建议已办结或已决定",
            allowed="另行提出 / propose anew",
        )
    return proposal, raised
