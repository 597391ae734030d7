"""
Supervision: what may be recorded of findings, urging, proposals, items, reminders and meetings; inspections and
rectification are in domain/case/inspecting.py.

Who watches does not act in another's place: an answer, a report and an execution are their addressee's own acts, a
verification is the issuer's. Lateness is never a reason to refuse. tests/domain/case/test_supervision.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import (
    addressed,
    after,
    by,
    delivered,
    evidenced,
    in_this_case,
    known_official,
    known_opinion,
    known_unit,
    one_of,
    only,
)
from domain.case.errors import Refused
from domain.case.inspecting import InspectionCommand, RectificationCommand, inspect, rectify
from domain.case.raised import standing_finding, unless_standing

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

URGING_FORMS = ("network", "letter", "phone", "talk", "onsite", "joint", "escalated", "listed")
PROPOSALS = ("improvement", "policy", "accountability")
ANSWERS = ("adopted", "in_part", "not_adopted")
REASONS = ("stalled", "silent", "bounced", "harm")
MEETINGS = ("joint_conference", "meeting")
LAW = "信访工作条例 art. 40"

SupervisionCommand = (
    c.RecordBreachFinding
    | c.WithdrawBreachFinding
    | c.IssueUrging
    | c.ReceiveUrging
    | c.AnswerUrging
    | c.UrgeExecution
    | c.IssueProposal
    | c.ReceiveProposal
    | c.AnswerProposal
    | InspectionCommand
    | RectificationCommand
    | c.PostItem
    | c.StrikeOffItem
    | c.SendReminder
    | c.AcknowledgeReminder
    | c.MakeMeetingDecision
    | c.ReportMeetingDecision
    | c.RevokeMeetingDecision
    | c.RecordDissent
)


def decide(case: Case, command: SupervisionCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.RecordBreachFinding() | c.WithdrawBreachFinding():
            return _finding(case, command, people)
        case c.IssueUrging() | c.ReceiveUrging() | c.AnswerUrging() | c.UrgeExecution():
            return _urging(case, command, people)
        case c.IssueProposal() | c.ReceiveProposal() | c.AnswerProposal():
            return _proposal(case, command, people)
        case c.OpenInspection() | c.RecordInspectionFinding() | c.CloseInspectionRound():
            return inspect(case, command, people)
        case (
            c.OrderRectification()
            | c.ReportRectification()
            | c.RejectRectification()
            | c.VerifyRectification()
            | c.WithdrawOrder()
        ):
            return rectify(case, command, people)
        case c.PostItem() | c.StrikeOffItem() | c.SendReminder() | c.AcknowledgeReminder():
            return _listed(case, command, people)
        case c.MakeMeetingDecision() | c.ReportMeetingDecision() | c.RevokeMeetingDecision() | c.RecordDissent():
            return _meeting(case, command, people)
    assert_never(command)


def _finding(
    case: Case, command: c.RecordBreachFinding | c.WithdrawBreachFinding, people: Register
) -> list[e.CaseEvent]:
    if isinstance(command, c.WithdrawBreachFinding):
        found, raised = case.raised.of(command.of_finding, e.BreachFindingRecorded, field="of_finding")
        only(command, found.unit_id, "withdrawn by who recorded it", people)
        if raised.is_ended:
            return []
        return [e.BreachFindingWithdrawn(**by(command), of_finding=command.of_finding, reason=command.reason)]
    known_unit(command.subject_unit_id, people, field="subject_unit_id")
    known_official(command.subject_official_id, people, field="subject_official_id")
    in_this_case(case, command.trigger_version)
    return unless_standing(
        case,
        e.BreachFindingRecorded(
            **by(command),
            subject_unit_id=command.subject_unit_id,
            subject_official_id=command.subject_official_id,
            obligation=command.obligation,
            trigger_version=command.trigger_version,
            ground=command.ground,
            origin=command.origin,
        ),
    )


def _urging(
    case: Case, command: c.IssueUrging | c.ReceiveUrging | c.AnswerUrging | c.UrgeExecution, people: Register
) -> list[e.CaseEvent]:
    match command:
        case c.IssueUrging():
            addressed(command, command.addressee_unit_id, people)
            one_of(command.form, URGING_FORMS, field="form")
            for body in command.bodies:
                known_unit(body, people, field="bodies")
            after(command, command.answer_by, field="answer_by")
            if command.of_finding is not None:
                standing_finding(case, command.of_finding)
            elif command.of_obligation is None or command.trigger_version is None:
                raise Refused(
                    "an urging names the finding or the duty it is about",
                    field="of_finding",
                    law=LAW,
                    zh="督办须写明所依据的认定或义务",
                    allowed="写明认定序号，或义务及其起因序号 / a finding, or a duty with the version it arose from",
                )
            else:
                in_this_case(case, command.trigger_version)
            return unless_standing(
                case,
                e.UrgingIssued(
                    **by(command),
                    addressee_unit_id=command.addressee_unit_id,
                    answer_by=command.answer_by,
                    of_finding=command.of_finding,
                    of_obligation=command.of_obligation,
                    trigger_version=command.trigger_version,
                    form=command.form,
                    bodies=command.bodies,
                    origin=command.origin,
                ),
            )
        case c.UrgeExecution():
            known_opinion(case, command.opinion_version)
            addressed(command, command.addressee_unit_id, people)
            if not case.opinions[command.opinion_version].startswith("support"):
                raise Refused(
                    f"the opinion at version {command.opinion_version} supports nothing to execute",
                    zh="该意见没有需要执行的内容",
                    allowed="督促执行支持诉求的意见 / urge a supporting opinion",
                    field="opinion_version",
                )
            if command.opinion_version in case.verified:
                raise Refused(
                    "the opinion is already verified as carried out",
                    field="opinion_version",
                    zh="该意见已核实执行",
                    allowed="无须再督促 / nothing is left to urge",
                )
            return [
                e.ExecutionUrged(
                    **by(command),
                    opinion_version=command.opinion_version,
                    addressee_unit_id=command.addressee_unit_id,
                )
            ]
        case c.ReceiveUrging():
            urged, raised = case.raised.of(command.urging_version, e.UrgingIssued, field="urging_version")
            delivered(command, urged, people)
            if raised.is_received:
                return []
            return [e.UrgingReceived(**by(command), urging_version=command.urging_version, proof=command.proof)]
        case c.AnswerUrging():
            urged, raised = case.raised.of(command.urging_version, e.UrgingIssued, field="urging_version")
            only(command, urged.addressee_unit_id, "answered by its addressee", people)
            if raised.is_answered:
                return []
            return [e.UrgingAnswered(**by(command), urging_version=command.urging_version, evidence=command.evidence)]
    assert_never(command)


def _proposal(
    case: Case, command: c.IssueProposal | c.ReceiveProposal | c.AnswerProposal, people: Register
) -> list[e.CaseEvent]:
    if isinstance(command, c.IssueProposal):
        one_of(command.kind, PROPOSALS, field="kind")
        addressed(command, command.addressee_unit_id, people)
        after(command, command.answer_by, field="answer_by")
        if command.of_finding is not None:
            standing_finding(case, command.of_finding)
        return unless_standing(
            case,
            e.ProposalIssued(
                **by(command),
                kind=command.kind,
                addressee_unit_id=command.addressee_unit_id,
                answer_by=command.answer_by,
                of_finding=command.of_finding,
                origin=command.origin,
            ),
        )
    made, raised = case.raised.of(command.proposal_version, e.ProposalIssued, field="proposal_version")
    if isinstance(command, c.ReceiveProposal):
        delivered(command, made, people)
        if raised.is_received:
            return []
        return [e.ProposalReceived(**by(command), proposal_version=command.proposal_version, proof=command.proof)]
    only(command, made.addressee_unit_id, "answered by its addressee", people)
    one_of(command.adopted, ANSWERS, field="adopted")
    if command.adopted != "adopted" and not (command.reason or "").strip():
        raise Refused(
            "an answer that does not adopt a proposal gives its reason",
            field="reason",
            law=LAW,
            zh="未采纳或部分采纳须说明理由",
            allowed="写明理由代码 / name the reason by its code",
        )
    if raised.is_answered:
        return []
    return [
        e.ProposalAnswered(
            **by(command),
            proposal_version=command.proposal_version,
            adopted=command.adopted,
            reason=command.reason,
        )
    ]


def _listed(
    case: Case, command: c.PostItem | c.StrikeOffItem | c.SendReminder | c.AcknowledgeReminder, people: Register
) -> list[e.CaseEvent]:
    match command:
        case c.PostItem():
            known_unit(command.owner_unit_id, people, field="owner_unit_id")
            after(command, command.settle_by, field="settle_by")
            posted = e.ItemPosted(
                **by(command),
                kind=command.kind,
                owner_unit_id=command.owner_unit_id,
                settle_by=command.settle_by,
                origin=command.origin,
                reason=command.reason,
            )
            if command.reason is not None:
                one_of(command.reason, REASONS, field="reason")
            return unless_standing(case, posted)
        case c.StrikeOffItem():
            item, raised = case.raised.of(command.item_version, e.ItemPosted, field="item_version")
            only(command, item.unit_id, "struck off by who posted it", people)
            evidenced(command.evidence, "an item is struck off only with evidence", rule="struck_off_unproved")
            if raised.is_answered:
                return []
            return [e.ItemStruckOff(**by(command), item_version=command.item_version, evidence=command.evidence)]
        case c.SendReminder():
            addressed(command, command.addressee_unit_id, people)
            in_this_case(case, command.trigger_version)
            reminder = e.ReminderSent(
                **by(command),
                addressee_unit_id=command.addressee_unit_id,
                of_obligation=command.of_obligation,
                trigger_version=command.trigger_version,
            )
            return unless_standing(case, reminder)
        case c.AcknowledgeReminder():
            sent, raised = case.raised.of(command.reminder_version, e.ReminderSent, field="reminder_version")
            only(command, sent.addressee_unit_id, "acknowledged by its addressee", people)
            if raised.is_answered:
                return []
            return [e.ReminderAcknowledged(**by(command), reminder_version=command.reminder_version)]
    assert_never(command)


def _meeting(
    case: Case,
    command: c.MakeMeetingDecision | c.ReportMeetingDecision | c.RevokeMeetingDecision | c.RecordDissent,
    people: Register,
) -> list[e.CaseEvent]:
    if isinstance(command, c.MakeMeetingDecision):
        one_of(command.kind, MEETINGS, field="kind")
        known_unit(command.owner_unit_id, people, field="owner_unit_id")
        after(command, command.carry_out_by, field="carry_out_by")
        for official in command.participants:
            known_official(official, people, field="participants")
        return unless_standing(
            case,
            e.MeetingDecisionMade(
                **by(command),
                kind=command.kind,
                owner_unit_id=command.owner_unit_id,
                origin=command.origin,
                carry_out_by=command.carry_out_by,
                participants=command.participants,
            ),
        )
    acting, version = by(command), command.decision_version
    decision, raised = case.raised.of(version, e.MeetingDecisionMade, field="decision_version")
    match command:
        case c.ReportMeetingDecision():
            only(command, decision.owner_unit_id, "reported by its owner", people)
            evidenced(command.evidence, "a decision is reported carried out with evidence")
            if raised.is_answered:
                return []
            return [e.MeetingDecisionReported(**acting, decision_version=version, evidence=command.evidence)]
        case c.RevokeMeetingDecision():
            only(command, decision.unit_id, "revoked by who recorded it", people)
            if raised.is_ended:
                return []
            return [e.MeetingDecisionRevoked(**acting, decision_version=version, reason=command.reason)]
        case c.RecordDissent():
            only(command, decision.unit_id, "noted in the record of the meeting", people)
            if command.dissenting_official_id not in decision.participants:
                raise Refused(
                    f"official {command.dissenting_official_id} took no part in this decision",
                    field="dissenting_official_id",
                    law="信访工作责任制实施办法 art. 11",
                    zh="该人员未参加此项决定",
                    allowed="参加人员 / one of those who took part",
                )
            if command.dissenting_official_id in raised.named:
                return []
            return [
                e.DissentRecorded(
                    **acting, decision_version=version, dissenting_official_id=command.dissenting_official_id
                )
            ]
    assert_never(command)
