"""
What deciding needs to know of a case, and nothing more: the fold of its own events.

`evolve` is total over the events and never judges: what was recorded happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, assert_never

from domain.case import events as e
from domain.case import raised
from domain.case.corrections import standing

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class HandOverState:
    """A hand-over that was sent: whereto, and what became of it."""

    version: int
    kind: str
    sender_unit_id: str
    to_unit_id: str
    is_received: bool = False
    objection_version: int | None = None
    objection_result: str | None = None  # upheld | refused | withdrawn
    is_over: bool = False  # returned, or no longer asked for


@dataclass(frozen=True, slots=True)
class Case:
    """`version` is the version of the newest event folded in; an empty case has version 0."""

    version: int = 0
    case_no: str | None = None
    is_received: bool = False
    unit_id: str | None = None  # who holds the matter
    is_accepted: bool = False
    is_closed: bool = False
    is_withdrawn: bool = False
    hand_overs: tuple[HandOverState, ...] = ()
    extensions: frozenset[int] = frozenset()
    opinions: dict[int, str] = field(default_factory=dict)  # version of the opinion -> outcome
    evidenced: frozenset[int] = frozenset()
    verified: frozenset[int] = frozenset()
    review_requests: dict[int, int] = field(default_factory=dict)  # version of the request -> of the opinion
    reviews_decided: frozenset[int] = frozenset()
    is_hearing: bool = False
    links: frozenset[str] = frozenset()
    is_accusation: bool = False
    attachments: int = 0
    erased: frozenset[str] = frozenset()  # digests
    excused: frozenset[tuple[str, int]] = frozenset()  # obligation, version of its trigger
    is_joined: bool = False  # goes on in another stream
    acts: tuple[e.CaseEvent | None, ...] = ()  # all, in order; None: retracted, or about something retracted
    raised: raised.Raisings = field(default_factory=raised.Raisings)  # supervision, leaders, accountability

    def hand_over(self, version: int) -> HandOverState | None:
        """The hand-over sent at that version of the stream."""
        return next((h for h in self.hand_overs if h.version == version), None)

    def act(self, version: int) -> e.CaseEvent | None:
        """The act that stands at that version; None where there is none, or it was retracted."""
        return self.acts[version - 1] if 1 <= version <= len(self.acts) else None

    def newest(self, *kinds: type[e.Act]) -> tuple[int, e.CaseEvent] | None:
        """The newest act of these kinds, with its version."""
        found = ((n, a) for n, a in enumerate(self.acts, 1) if isinstance(a, kinds))
        return max(found, key=lambda each: each[0], default=None)

    def answered(self, version: int, *kinds: type[e.Act]) -> e.CaseEvent | None:
        """The first act of these kinds that names the act at that version as what it answers."""
        return next((a for a in self.acts if isinstance(a, kinds) and getattr(a, _refers(a)) == version), None)

    def objected(self, objection_version: int) -> HandOverState | None:
        """The hand-over to which that objection was made."""
        return next((h for h in self.hand_overs if h.objection_version == objection_version), None)


def _refers(act: object) -> str:
    return str(getattr(act, "REFERS", "unit_id"))


def fold(events: Iterable[e.CaseEvent]) -> Case:
    """The case after all of its events, as corrected and without what was retracted."""
    recorded = list(events)
    if not any(isinstance(event, (e.ActCorrected, e.ActRetracted)) for event in recorded):
        return reduce(evolve, recorded, Case())
    case, stands = Case(), standing(enumerate(recorded, 1))
    for version in range(1, len(recorded) + 1):
        event = stands[version]
        case = evolve(case, event) if event else replace(case, version=version, acts=(*case.acts, None))
    return case


def evolve(case: Case, event: e.CaseEvent) -> Case:
    """
    The case after one more event. Total over the union: a new event type fails mypy here and nowhere else.
    """
    at = case.version + 1
    case = replace(case, version=at, acts=(*case.acts, event), raised=raised.follow(case.raised, at, event))
    if isinstance(event, e.SupervisionEvent | e.LeadersEvent | e.AccountabilityEvent | e.CausesEvent | e.SettlingEvent):
        return case
    match event:
        case e.PetitionReceived():
            return replace(case, is_received=True, unit_id=event.unit_id)
        case e.AccusationReceived():
            return replace(case, is_received=True, unit_id=event.unit_id, is_accusation=True)
        case e.AttachmentAdded():
            return replace(case, attachments=case.attachments + 1)
        case e.SealedFieldErased():
            return replace(case, erased=case.erased | set(event.digests))
        case e.ExcuseAccepted():
            return replace(case, excused=case.excused | {(event.obligation, event.trigger_version)})
        case e.PetitionRegistered():
            return replace(case, case_no=event.case_no, unit_id=case.unit_id or event.unit_id)
        case e.PetitionReferred() | e.PetitionAssigned():
            kind = "petition_referred" if isinstance(event, e.PetitionReferred) else "petition_assigned"
            sent = HandOverState(at, kind, event.unit_id, event.to_unit_id)
            return replace(case, hand_overs=(*case.hand_overs, sent))
        case e.HandedOver():
            return replace(case, unit_id=event.to_unit_id)
        case e.ReceiptSigned():
            return replace(
                _with_hand_over(case, event.of_version, is_received=True), unit_id=event.unit_id, is_accepted=False
            )
        case e.ReceiptProved() | e.ReceiptDeemed():
            case = _with_hand_over(case, event.of_version, is_received=True)
            return replace(case, unit_id=event.receiver_unit_id, is_accepted=False)
        case e.PetitionReturned() | e.AssignmentWithdrawn():
            return _with_hand_over(case, event.of_version, is_over=True)
        case e.ObjectionWithdrawn():
            objected = case.objected(event.objection_version)
            return case if objected is None else _with_hand_over(case, objected.version, objection_result="withdrawn")
        case e.JurisdictionDecided() | e.JurisdictionAgreed():
            is_same = case.unit_id == event.competent_unit_id
            return replace(case, unit_id=event.competent_unit_id, is_accepted=case.is_accepted and is_same)
        case e.AccusationForwardedReceived():
            return replace(case, unit_id=event.unit_id)
        case e.AcceptanceRevoked():
            return replace(case, is_accepted=False)
        case e.JurisdictionObjected():
            return _with_hand_over(case, event.of_version, objection_version=at)
        case e.ObjectionDecided():
            sent_back = case.objected(event.objection_version)
            if sent_back is None:
                return case
            case = _with_hand_over(case, sent_back.version, objection_result=event.result)
            return replace(case, unit_id=sent_back.sender_unit_id) if event.result == "upheld" else case
        case e.PetitionAccepted():
            return replace(case, is_accepted=True)
        case e.ExtensionApproved():
            return replace(case, extensions=case.extensions | {at})
        case e.HandlingOpinionServed():
            return replace(case, opinions={**case.opinions, at: event.outcome})
        case e.ExecutionEvidenced():
            return replace(case, evidenced=case.evidenced | {event.opinion_version})
        case e.ExecutionVerified() if event.items:
            return case
        case e.ExecutionVerified() | e.PetitionerConfirmed():
            return replace(case, verified=case.verified | {event.opinion_version})
        case e.ReviewRequested() | e.ReReviewRequested():
            return replace(case, review_requests={**case.review_requests, at: event.opinion_version})
        case e.ReviewOpinionServed() | e.ReReviewOpinionIssued():
            changed = {} if event.decision is None else {at: event.decision}  # it stands as an opinion of its own
            return replace(
                case,
                reviews_decided=case.reviews_decided | {event.request_version},
                opinions={**case.opinions, **changed},
            )
        case e.ReviewRequestWithdrawn() | e.ReReviewRequestWithdrawn():
            return replace(case, reviews_decided=case.reviews_decided | {event.request_version})
        case e.NoticeServed():
            if event.answers is None or not event.kind.endswith("review_not_accepted"):
                return case
            return replace(case, reviews_decided=case.reviews_decided | {event.answers})
        case e.HearingConvened():
            return replace(case, is_hearing=True)
        case e.HearingClosed() | e.HearingCancelledWithReason():
            return replace(case, is_hearing=False)
        case e.CaseClosed():
            return replace(case, is_closed=True)
        case e.CaseReopened():
            return replace(case, is_closed=False)
        case e.PetitionLinked():
            return replace(case, links=case.links | {event.other_stream})
        case e.PetitionWithdrawn():
            return replace(case, is_withdrawn=True)
        case e.PetitionsJoined():
            return replace(case, is_joined=case.is_joined or not event.goes_on)
        case (
            e.HandlerAssigned()
            | e.NotAccepted()
            | e.AcceptanceNoticeServed()
            | e.NotAcceptedNoticeServed()
            | e.ExtensionNoticeServed()
            | e.ClosingReportFiled()
            | e.OpinionSetAsideServed()
            | e.SatisfactionRated()
            | e.PetitionConcluded()
            | e.ReplyServed()
            | e.ProgressNoted()
            | e.SealedValueRead()
            | e.SealedReadRefused()
            | e.PetitionClassified()
            | e.PetitionLinkDeclined()
            | e.ContactAttempted()
            | e.ContactDisputed()
            | e.IdentityInquiryRequested()
            | e.IdentityVerified()
            | e.UrgentMatterIdentified()
            | e.UrgentReportMade()
            | e.SuggestionReplied()
            | e.ReportedForDecision()
            | e.JurisdictionDisputed()
            | e.CompetentBodyNamed()
            | e.DivertedToJustice()
            | e.TransferredToDiscipline()
            | e.ClosingReportRejected()
            | e.SimpleConvertedToOrdinary()
            | e.ClaimSplit()
            | e.OpinionItemAnswered()
            | e.OpinionServiceProved()
            | e.SettlementAgreementSigned()
            | e.HearingDecided()
            | e.InterestDeclared()
            | e.InterestFound()
            | e.InterestFindingWithdrawn()
            | e.RecusalRecorded()
            | e.EffectReviewed()
            | e.AccusationSentUpward()
            | e.AccusationForwarded()
            | e.AccusationAccepted()
            | e.ReporterNotified()
            | e.AccusationClosed()
            | e.ResultFedBack()
            | e.ActCorrected()
            | e.ActRetracted()
            | e.ActFiled()
            | e.AttemptRefused()
        ):
            return case
    assert_never(event)


def _with_hand_over(case: Case, version: int, **changes: object) -> Case:
    return replace(
        case,
        hand_overs=tuple(
            replace(h, **changes) if h.version == version else h  # type: ignore[arg-type]  # fields named above
            for h in case.hand_overs
        ),
    )
