"""
One row for every type of act on a case that `test_families` has not: accepted, refused, and the same act again.

`tests/house/test_every_act.py` demands a row for every topic the codec knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.case import commands as c
from domain.case import events as e
from tests.domain.case import test_accountability as acc
from tests.domain.case import test_leaders as lead
from tests.domain.case import test_supervision as sup
from tests.domain.case.test_decide import ACCEPTED, ARRIVED, OBJECTED, RECEIVED, REFERRED, REGISTERED, SUPPORTED
from tests.domain.duties.build import bureau_and_housing
from tests.domain.test_filing import DIGEST
from tests.domain.test_filing import people as filing_people
from tests.given import BUREAU, HOUSING, Given, given, order

BY = date(2026, 4, 1)
HEAD = {"unit_id": "housing", "official_id": "li", "post_id": "h-head"}
GOV = {"unit_id": "gov", "official_id": "gov-head-1", "post_id": "gov-head"}
IN = (RECEIVED, REGISTERED)
SENT = (*IN, REFERRED)
TAKEN = (*ARRIVED, ACCEPTED)  # accepted at version 5
OPINED = (*TAKEN, SUPPORTED)  # opinion at version 6
SHOWN = (*OPINED, e.ExecutionEvidenced(**HOUSING, opinion_version=6, evidence=("x",)))
ASKED = (*OPINED, e.ReviewRequested(**BUREAU, opinion_version=6))  # request at version 7
ASKED_AGAIN = (*OPINED, e.ReReviewRequested(**BUREAU, opinion_version=6))  # request at version 7
ASSIGNED = (*IN, e.PetitionAssigned(**BUREAU, to_unit_id="housing", basis="x"))
EXTENDED = (
    *TAKEN,
    e.ExtensionApproved(**HEAD, obligation="conclude_petition", trigger_version=5, days=30, reason="complex"),
)
STATED = (
    *TAKEN,
    e.CauseStated(**HOUSING, obligation="conclude_petition", trigger_version=5, cause="funds_missing"),
)
BLOCKED = (
    *TAKEN,
    e.DutyBlocked(
        **HOUSING,
        obligation="conclude_petition",
        trigger_version=5,
        by_obligation="follow_up_hand_over",
        by_trigger_version=3,
    ),
)
CLOSED = (*TAKEN, e.CaseClosed(**HOUSING, form="concluded"))
CONVENED = (*TAKEN, e.HearingConvened(**HOUSING))
ACCUSED = (e.AccusationReceived(**BUREAU, channel="letter"),)
ACCUSATION = f"case/accusation/{'0a' * 16}"
NAMED = (("accused_official", "li"),)
GROUND = (("ground_text", "办理"),)
SET_ASIDE = {"request_version": 7, "outcome": "set_aside", "redo_by_unit_id": "housing", "redo_by": BY}
ASIDE = e.OpinionSetAsideServed(**BUREAU, opinion_version=6, order="redo", addressee_unit_id="housing", redo_by=BY)
MEDIATED = (*TAKEN, e.MediationOpened(**BUREAU, level="county"))  # opened at version 6
PROMISED = (*IN, e.AssistancePromised(**BUREAU, giver_unit_id="housing", kind="relief"))  # promised at version 3
TEAM = {"head_unit_id": "housing", "head_official_id": "li", "members": ("chen", "sun"), "meet_by": BY}
TEAMED = (*IN, e.TaskTeamFormed(**BUREAU, **TEAM))  # formed at version 3
NOTHING, AGAIN = "nothing", "again"  # the same act twice: recorded once, or each time; else: why it is refused


@dataclass(frozen=True)
class Row:
    """`wrong`: what differs in the command that is refused, or the history it is refused on, and why."""

    event: Any
    history: tuple[Any, ...]
    command: type
    said: dict[str, Any]
    wrong: dict[str, Any] | tuple[Any, ...]
    why: str
    twice: str = NOTHING
    who: dict[str, Any] = field(default_factory=lambda: BUREAU)
    beside: tuple[Any, ...] = ()  # further events of the same act
    first: tuple[Any, ...] = ()
    stream: str = "case/county/1"
    sealed: tuple[tuple[str, str], ...] = ()
    people: Any = None

    def on(self, history: tuple[Any, ...]) -> Given:
        return given(*history, people=(self.people or bureau_and_housing().people)())

    def asked(self, **changes: Any) -> Any:
        return replace(
            order(self.command, self.who, **{**self.said, **changes}), stream=self.stream, sealed=self.sealed
        )

    @property
    def recorded(self) -> tuple[Any, ...]:
        return (*self.first, self.event, *self.beside)


def of(
    kind: Any, history: Any, command: Any, said: Any, wrong: Any, why: str, *, who: Any = BUREAU, **more: Any
) -> Row:
    """A row whose event says what the command says, besides `derived`."""
    derived = more.pop("derived", {})
    names = set(kind.__dataclass_fields__)
    event = kind(**who, **{k: v for k, v in said.items() if k in names}, **derived)
    return Row(event, history, command, said, wrong, why, who=who, **more)


ROWS = (
    # -- arrival
    of(
        e.PetitionReceived,
        (),
        c.ReceivePetition,
        {"channel": "letter"},
        {"channel": "pigeon"},
        "is one of",
        twice="already received",
    ),
    of(e.PetitionRegistered, (RECEIVED,), c.RegisterPetition, {"case_no": "1"}, (), "no recorded arrival"),
    of(
        e.PetitionLinked,
        IN,
        c.LinkRepeat,
        {"other_stream": "case/county/2"},
        {"other_stream": "case/county/1"},
        "not a repeat of itself",
    ),
    Row(
        e.CaseReopened(**HOUSING, because="case/county/2"),
        CLOSED,
        c.LinkRepeat,
        {"other_stream": "case/county/2"},
        {"other_stream": "case/county/1"},
        "not a repeat of itself",
        who=HOUSING,
        first=(e.PetitionLinked(**HOUSING, other_stream="case/county/2"),),
    ),
    of(e.PetitionWithdrawn, IN, c.WithdrawPetition, {"proof": "ab"}, (), "not registered"),
    # -- routing
    of(
        e.PetitionReferred,
        IN,
        c.ReferPetition,
        {"to_unit_id": "housing", "basis": "art. 22"},
        {"to_unit_id": "bureau"},
        "unit that sends it",
    ),
    of(
        e.PetitionAssigned,
        IN,
        c.AssignPetition,
        {"to_unit_id": "housing", "basis": "art. 22", "report_by": BY},
        {"report_by": date(2026, 3, 5)},
        "must lie after",
    ),
    of(e.HandedOver, IN, c.HandOver, {"to_unit_id": "housing"}, {"to_unit_id": "mars"}, "not in the register"),
    of(
        e.ReceiptSigned,
        SENT,
        c.SignReceipt,
        {"of_version": 3},
        {"of_version": 2},
        "no hand-over stands",
        who=HOUSING,
        derived={"of": "petition_referred"},
    ),
    of(
        e.HandlerAssigned,
        TAKEN,
        c.AssignHandler,
        {"assigned_official_id": "sun"},
        {"assigned_official_id": None},
        "an official or a post",
        who=HEAD,
    ),
    of(
        e.JurisdictionObjected,
        ARRIVED,
        c.ObjectJurisdiction,
        {"of_version": 3, "ground": "not ours"},
        {"ground": " "},
        "gives its reasons",
        who=HOUSING,
    ),
    of(
        e.ObjectionDecided,
        (*ARRIVED, OBJECTED),
        c.DecideObjection,
        {"objection_version": 5, "result": "refused"},
        {"objection_version": 4},
        "no objection stands",
    ),
    of(
        e.ClosingReportFiled,
        (*ASSIGNED, e.ReceiptSigned(**HOUSING, of_version=3, of="petition_assigned")),
        c.FileClosingReport,
        {},
        ARRIVED,
        "answers an assignment",
        who=HOUSING,
    ),
    # -- handling
    of(e.PetitionAccepted, ARRIVED, c.AcceptPetition, {}, {"route": "art99"}, "route is one of", who=HOUSING),
    of(
        e.NotAccepted,
        ARRIVED,
        c.RefuseAcceptance,
        {"ground": "accepted_elsewhere"},
        {"ground": "busy"},
        "is one of",
        who=HOUSING,
    ),
    of(e.AcceptanceNoticeServed, TAKEN, c.ServeAcceptanceNotice, {"proof": "ems"}, (), "not registered", who=HOUSING),
    of(
        e.NotAcceptedNoticeServed,
        ARRIVED,
        c.ServeNotAcceptedNotice,
        {"ground": "accepted_elsewhere"},
        {"ground": "wrong_number"},
        "never a ground",
        who=HOUSING,
    ),
    of(
        e.ExtensionApproved,
        TAKEN,
        c.ApproveExtension,
        {"obligation": "conclude_petition", "trigger_version": 5, "days": 30, "reason": "complex"},
        {"days": 0},
        "at least one day",
        who=HEAD,
    ),
    of(
        e.ExtensionNoticeServed,
        EXTENDED,
        c.ServeExtensionNotice,
        {"extension_version": 6},
        {"extension_version": 5},
        "no extension stands",
        who=HOUSING,
    ),
    of(
        e.HandlingOpinionServed,
        TAKEN,
        c.ServeHandlingOpinion,
        {"outcome": "support", "execute_by": BY},
        ARRIVED,
        "needs an accepted matter",
        who=HOUSING,
    ),
    of(
        e.ExecutionEvidenced,
        OPINED,
        c.EvidenceExecution,
        {"opinion_version": 6, "evidence": ("x",)},
        {"evidence": ()},
        "at least one artefact",
        who=HOUSING,
    ),
    of(e.ExecutionVerified, SHOWN, c.VerifyExecution, {"opinion_version": 6}, OPINED, "verified on evidence"),
    of(
        e.PetitionerConfirmed,
        OPINED,
        c.ConfirmExecution,
        {"opinion_version": 6},
        {"opinion_version": 5},
        "no opinion stands",
    ),
    of(e.CaseClosed, TAKEN, c.CloseCase, {"form": "concluded"}, (), "not registered", who=HOUSING),
    of(e.HearingConvened, TAKEN, c.ConveneHearing, {}, (), "not registered", who=HOUSING),
    of(e.HearingClosed, CONVENED, c.CloseHearing, {}, (), "not registered", who=HOUSING),
    of(e.SatisfactionRated, OPINED, c.RateSatisfaction, {"score": "satisfied"}, {"score": "11"}, "score is one of"),
    of(
        e.ProgressNoted,
        TAKEN,
        c.NoteProgress,
        {"step": "site_visit"},
        {"step": "x" * 121},
        "code or a citation",
        who=HOUSING,
        twice=AGAIN,
    ),
    of(
        e.ExcuseAccepted,
        TAKEN,
        c.AcceptExcuse,
        {"obligation": "conclude_petition", "trigger_version": 5, "ground": "flood", "evidence": ("d",)},
        {"evidence": ()},
        "accepted on evidence",
    ),
    of(
        e.ActFiled,
        IN,
        c.FileAct,
        {
            "kind": "policy_explained",
            "numbers": {},
            "period_from": date(2026, 3, 1),
            "period_to": date(2026, 3, 2),
            "evidence": (DIGEST,),
        },
        {"kind": "anything"},
        "no adopted pack knows",
        who=GOV,
        people=filing_people,
    ),
    # -- causes, blocks, leads on record
    of(
        e.CauseStated,
        TAKEN,
        c.StateCause,
        {"obligation": "conclude_petition", "trigger_version": 5, "cause": "funds_missing"},
        {"cause": "no_act"},
        "by a body that supervises",
        who=HOUSING,
    ),
    of(
        e.CauseStatementWithdrawn,
        STATED,
        c.WithdrawCauseStatement,
        {"statement_version": 6, "reason": "paid_since"},
        {"statement_version": 5},
        "is no such act",
        who=HOUSING,
    ),
    of(
        e.DutyBlocked,
        TAKEN,
        c.BlockDuty,
        {
            "obligation": "conclude_petition",
            "trigger_version": 5,
            "by_obligation": "follow_up_hand_over",
            "by_trigger_version": 3,
        },
        {"by_obligation": "conclude_petition", "by_trigger_version": 5},
        "does not wait for itself",
        who=HOUSING,
    ),
    of(
        e.BlockAcknowledged,
        BLOCKED,
        c.AcknowledgeBlock,
        {"block_version": 6},
        {"block_version": 5},
        "is no such act",
    ),
    of(
        e.LeadRecorded,
        TAKEN,
        c.RecordLead,
        {"lead": "forward_only_reply", "rule": "luoshi-conventions", "measure": "去空白后 12 字", "versions": (5,)},
        {"versions": (99,)},
        "is not in this case",
    ),
    # -- remedy
    of(e.ReviewRequested, OPINED, c.RequestReview, {"opinion_version": 6}, {"opinion_version": 5}, "no opinion stands"),
    of(
        e.ReReviewRequested,
        OPINED,
        c.RequestReReview,
        {"opinion_version": 6},
        {"opinion_version": 5},
        "no opinion stands",
    ),
    of(
        e.ReviewOpinionServed,
        ASKED,
        c.ServeReviewOpinion,
        {"request_version": 7, "outcome": "uphold"},
        {"outcome": "perhaps"},
        "outcome is one of",
        twice="already decided",
    ),
    of(
        e.ReReviewOpinionIssued,
        ASKED_AGAIN,
        c.IssueReReviewOpinion,
        {"request_version": 7, "outcome": "uphold"},
        {"request_version": 6},
        "no request for review",
        twice="already decided",
    ),
    Row(
        ASIDE,
        ASKED,
        c.ServeReviewOpinion,
        SET_ASIDE,
        {"redo_by_unit_id": None},
        "names the unit addressed",
        twice="already decided",
        first=(e.ReviewOpinionServed(**BUREAU, request_version=7, outcome="set_aside"),),
    ),
    # -- sealed
    of(
        e.AccusationReceived,
        (),
        c.ReceiveAccusation,
        {"channel": "letter"},
        {"channel": "pigeon"},
        "is one of",
        twice="already received",
        stream=ACCUSATION,
        sealed=NAMED,
    ),
    of(
        e.AttachmentAdded,
        ACCUSED,
        c.AddAttachment,
        {"category": "evidence", "sealed_object": "a" * 64, "size": 9},
        {"category": "gossip"},
        "category is one of",
    ),
    of(
        e.SealedValueRead,
        ACCUSED,
        c.ReadSealed,
        {"digests": ("d" * 43,), "ground": "handling"},
        {"digests": ()},
        "no value is named",
        twice=AGAIN,
        sealed=GROUND,
    ),
    of(e.SealedReadRefused, ACCUSED, c.RefuseSealedRead, {}, (), "nothing is recorded", twice=AGAIN),
    Row(
        e.SealedFieldErased(**BUREAU, target=3, digests=("d" * 43,), order_no="7", basis="x"),
        ACCUSED,
        c.EraseSealed,
        {"targets": ((3, ("d" * 43,)),), "order_no": "7", "basis": "x"},
        {"order_no": " "},
        "names its order",
    ),
    # -- supervision
    of(
        e.BreachFindingRecorded,
        ARRIVED,
        c.RecordBreachFinding,
        sup.FINDING,
        {"trigger_version": 40},
        "not in this case",
    ),
    of(
        e.BreachFindingWithdrawn,
        (*ARRIVED, sup.FOUND),
        c.WithdrawBreachFinding,
        {"of_finding": 5, "reason": "served"},
        {"of_finding": 4},
        "no ",
    ),
    of(
        e.UrgingIssued,
        (*ARRIVED, sup.FOUND),
        c.IssueUrging,
        {"addressee_unit_id": "housing", "answer_by": BY, "of_finding": 5},
        {"addressee_unit_id": "bureau"},
        "does not address itself",
    ),
    of(
        e.UrgingReceived,
        (*ARRIVED, sup.FOUND, sup.URGED),
        c.ReceiveUrging,
        {"urging_version": 6},
        {"urging_version": 3},
        "no urging_issued",
        who=HOUSING,
    ),
    of(
        e.UrgingAnswered,
        (*ARRIVED, sup.FOUND, sup.URGED),
        c.AnswerUrging,
        {"urging_version": 6},
        {"urging_version": 3},
        "no urging_issued",
        who=HOUSING,
    ),
    of(
        e.ExecutionUrged,
        OPINED,
        c.UrgeExecution,
        {"opinion_version": 6, "addressee_unit_id": "housing"},
        {"opinion_version": 5},
        "no opinion stands",
        twice=AGAIN,
    ),
    of(
        e.ProposalIssued,
        ARRIVED,
        c.IssueProposal,
        {"kind": "improvement", "addressee_unit_id": "housing", "answer_by": BY},
        {"kind": "praise"},
        "kind is one",
    ),
    of(
        e.ProposalReceived,
        (*ARRIVED, sup.PROPOSED),
        c.ReceiveProposal,
        {"proposal_version": 5},
        {"proposal_version": 3},
        "no proposal_issued",
        who=HOUSING,
    ),
    of(
        e.ProposalAnswered,
        (*ARRIVED, sup.PROPOSED),
        c.AnswerProposal,
        {"proposal_version": 5, "adopted": "adopted"},
        {"adopted": "not_adopted"},
        "gives its reason",
        who=HOUSING,
    ),
    of(
        e.InspectionOpened,
        ARRIVED,
        c.OpenInspection,
        {"form": "onsite", "level": "county", "origin": "round-1"},
        {"form": "secret"},
        "form is one",
    ),
    of(
        e.InspectionFindingRecorded,
        (*ARRIVED, sup.OPENED),
        c.RecordInspectionFinding,
        {"inspection_version": 5, "subject_unit_id": "housing", "ground": "no_fact_in_file"},
        {"contradicts": 3},
        "no opinion stands",
    ),
    of(
        e.InspectionRoundClosed,
        (*ARRIVED, sup.OPENED),
        c.CloseInspectionRound,
        {"inspection_version": 5, "findings": 0},
        {"inspection_version": 4},
        "no inspection_opened",
    ),
    of(
        e.RectificationOrdered,
        ARRIVED,
        c.OrderRectification,
        {"addressee_unit_id": "housing", "rectify_by": BY},
        {"rectify_by": date(2026, 3, 1)},
        "must lie after",
    ),
    of(
        e.RectificationReported,
        (*ARRIVED, sup.ORDERED),
        c.ReportRectification,
        {"order_version": 5, "evidence": ("sha256:1",)},
        {"evidence": ()},
        "with evidence",
        who=HOUSING,
    ),
    of(
        e.RectificationRejected,
        (*ARRIVED, sup.ORDERED, sup.REPORTED),
        c.RejectRectification,
        {"order_version": 5, "reason": "no_evidence", "rectify_by": date(2026, 5, 1)},
        {"reason": " "},
        "gives its reason",
        twice="no rectification is reported",
    ),
    of(
        e.RectificationVerified,
        (*ARRIVED, sup.ORDERED, sup.REPORTED),
        c.VerifyRectification,
        {"order_version": 5},
        (*ARRIVED, sup.ORDERED),
        "no rectification is reported",
    ),
    of(
        e.OrderWithdrawn,
        (*ARRIVED, sup.ORDERED),
        c.WithdrawOrder,
        {"order_version": 5, "reason": "double"},
        {"order_version": 4},
        "no ",
    ),
    of(
        e.ItemPosted,
        ARRIVED,
        c.PostItem,
        {"kind": "posted", "owner_unit_id": "housing", "settle_by": BY},
        {"kind": "wall"},
        "kind is one of",
    ),
    of(
        e.ItemStruckOff,
        (*ARRIVED, sup.POSTED),
        c.StrikeOffItem,
        {"item_version": 5, "evidence": ("sha256:1",)},
        {"evidence": ()},
        "only with evidence",
    ),
    of(
        e.ReminderSent,
        ARRIVED,
        c.SendReminder,
        {"addressee_unit_id": "housing", "of_obligation": "serve_acceptance_notice", "trigger_version": 4},
        (),
        "not registered",
    ),
    of(
        e.ReminderAcknowledged,
        (*ARRIVED, sup.REMINDED),
        c.AcknowledgeReminder,
        {"reminder_version": 5},
        {"reminder_version": 4},
        "no reminder_sent",
        who=HOUSING,
    ),
    of(
        e.MeetingDecisionMade,
        ARRIVED,
        c.MakeMeetingDecision,
        {**sup.DECISION, "participants": ("li", "chen")},
        {"participants": ("nobody",)},
        "not in the register",
    ),
    of(
        e.MeetingDecisionReported,
        (*ARRIVED, sup.DECIDED),
        c.ReportMeetingDecision,
        {"decision_version": 5, "evidence": ("sha256:1",)},
        {"evidence": ()},
        "evidence",
        who=HOUSING,
    ),
    of(
        e.MeetingDecisionRevoked,
        (*ARRIVED, sup.DECIDED),
        c.RevokeMeetingDecision,
        {"decision_version": 5, "reason": "settled"},
        {"decision_version": 4},
        "no meeting_decision",
    ),
    of(
        e.DissentRecorded,
        (*ARRIVED, sup.DECIDED),
        c.RecordDissent,
        {"decision_version": 5, "dissenting_official_id": "chen"},
        {"dissenting_official_id": "sun"},
        "took no part",
    ),
    # -- leaders
    of(e.CaseLeaderAssigned, ARRIVED, c.AssignCaseLeader, lead.LEADER, {"act_by": date(2026, 3, 5)}, "must lie after"),
    of(
        e.UndertakingMade,
        (*ARRIVED, lead.ASSIGNED),
        c.MakeUndertaking,
        {"assignment_version": 5, "kind": "explain", "act_by": BY},
        {"kind": "keep_him_at_home"},
        "is one of",
    ),
    of(
        e.CaseLeaderActed,
        (*ARRIVED, lead.ASSIGNED),
        c.TakeLeaderAction,
        {"assignment_version": 5, "evidence": ("sha256:1",)},
        {"evidence": ()},
        "shown by evidence",
        who=HEAD,
    ),
    of(
        e.CaseLeaderRelieved,
        (*ARRIVED, lead.ASSIGNED),
        c.RelieveCaseLeader,
        {"assignment_version": 5, "reason": "new_portfolio"},
        {"assignment_version": 4},
        "no case_leader_assigned",
    ),
    Row(
        lead.TestBundle.BUNDLE,
        ARRIVED,
        c.AssignBundle,
        {"members": ("li", "zhao"), "act_by": BY},
        {"members": ("li", "li")},
        "several officials",
        beside=lead.TestBundle.MEMBERS,
    ),
    of(
        e.LeadUnitDesignated,
        ARRIVED,
        c.DesignateLeadUnit,
        {"lead_unit_id": "housing", "issue_kind": "sectoral"},
        {"lead_unit_id": "mars"},
        "not in the register",
    ),
    # -- accountability
    of(
        e.AccountabilityProposed, (*ARRIVED, acc.FOUND), c.ProposeAccountability, acc.TALK, ARRIVED, "no finding stands"
    ),
    of(
        e.AccountabilityReplyOffered,
        (*ARRIVED, acc.FOUND, acc.PROPOSED),
        c.OfferAccountabilityReply,
        {"proposal_version": 6, "answer_by": date(2026, 3, 12)},
        {"proposal_version": 5},
        "no accountability_proposed",
    ),
    of(
        e.AccountabilityReplyGiven,
        (*ARRIVED, acc.FOUND, acc.PROPOSED, acc.OFFERED),
        c.GiveAccountabilityReply,
        {"proposal_version": 6},
        (*ARRIVED, acc.FOUND, acc.PROPOSED),
        "no answer was offered",
        who=HOUSING,
    ),
    of(
        e.AccountabilityDecided,
        acc.HEARD,
        c.DecideAccountability,
        acc.DECIDE,
        (*ARRIVED, acc.FOUND, acc.PROPOSED),
        "not offered",
        derived={"measure": "talk", "subject_unit_id": "housing"},
    ),
    of(
        e.AccountabilityExecuted,
        (*acc.HEARD, acc.DECIDED),
        c.ExecuteAccountability,
        {"decision_version": 9, "evidence": ("sha256:1",)},
        {"evidence": ()},
        "evidence",
    ),
    of(
        e.AccountabilitySetAside,
        (*acc.HEARD, acc.DECIDED),
        c.SetAsideAccountability,
        {"decision_version": 9, "reason": "appeal"},
        {"decision_version": 8},
        "no accountability_decided",
    ),
    of(
        e.AccountabilityClosed,
        (*acc.HEARD, acc.DECIDED, acc.EXECUTED),
        c.CloseAccountability,
        {"proposal_version": 6, "outcome": "executed"},
        {"outcome": "forgotten"},
        "is one of",
    ),
    # -- settling
    of(
        *(e.MediationOpened, TAKEN, c.OpenMediation, {"level": "township", "mediator": "people_mediator"}),
        *({"level": "planet"}, "level is one of"),
    ),
    of(
        *(e.MediationClosed, MEDIATED, c.CloseMediation, {"mediation_version": 6, "result": "not_settled"}),
        *({"result": "settled"}, "by a signed agreement"),
    ),
    of(
        *(e.AssistancePromised, IN, c.PromiseAssistance, {"giver_unit_id": "housing", "kind": "relief", "give_by": BY}),
        *({"yuan": 0}, "whole number from 1"),
    ),
    of(
        *(e.AssistanceGiven, PROMISED, c.GiveAssistance, {"promise_version": 3, "evidence": (DIGEST,), "yuan": 1000}),
        *({"evidence": ()}, "with evidence"),
        who=HOUSING,
    ),
    of(
        *(e.AssistanceRefused, PROMISED, c.RefuseAssistance, {"promise_version": 3, "reason": "income"}),
        *({"reason": " "}, "with a reason"),
    ),
    of(
        *(e.TaskTeamFormed, IN, c.FormTaskTeam, TEAM),
        *({"members": ("li",)}, "its head and members besides"),
    ),
    of(
        *(e.TaskTeamMet, TEAMED, c.MeetTaskTeam),
        *({"team_version": 3, "participants": ("li", "sun"), "evidence": (DIGEST,)}, {"participants": ("wang",)}),
        "is of the team",
        who=HOUSING,
    ),
    of(
        *(e.TaskTeamDissolved, TEAMED, c.DissolveTaskTeam, {"team_version": 3, "reason": "settled"}),
        *({"reason": ""}, "with a reason"),
    ),
    of(
        *(e.AttemptRefused, IN, c.RecordRefusedAttempt, {"command": "RefuseAcceptance", "rule": "ground_is_none"}),
        *({"rule": "bad_mood"}, "rule is one of"),
    ),
)
