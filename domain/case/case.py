"""
What deciding needs to know of a case, and nothing more: the fold of its own events.

`evolve` is total over the events and never judges: what was recorded happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from domain.case import events as e


@dataclass(frozen=True, slots=True)
class HandOverState:
    """A hand-over that was sent: whereto, and what became of it."""

    version: int
    kind: str
    sender_unit_id: str
    to_unit_id: str
    is_received: bool = False
    objection_version: int | None = None
    objection_result: str | None = None


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

    def hand_over(self, version: int) -> HandOverState | None:
        """The hand-over sent at that version of the stream."""
        return next((h for h in self.hand_overs if h.version == version), None)

    def objected(self, objection_version: int) -> HandOverState | None:
        """The hand-over to which that objection was made."""
        return next((h for h in self.hand_overs if h.objection_version == objection_version), None)


def evolve(case: Case, event: e.CaseEvent) -> Case:
    """
    The case after one more event. Total over the union: a new event type fails mypy here and nowhere else.
    """
    case = replace(case, version=case.version + 1)
    at = case.version
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
        case e.ExecutionVerified() | e.PetitionerConfirmed():
            return replace(case, verified=case.verified | {event.opinion_version})
        case e.ReviewRequested() | e.ReReviewRequested():
            return replace(case, review_requests={**case.review_requests, at: event.opinion_version})
        case e.ReviewOpinionServed() | e.ReReviewOpinionIssued():
            return replace(case, reviews_decided=case.reviews_decided | {event.request_version})
        case e.HearingConvened():
            return replace(case, is_hearing=True)
        case e.HearingClosed():
            return replace(case, is_hearing=False)
        case e.CaseClosed():
            return replace(case, is_closed=True)
        case e.CaseReopened():
            return replace(case, is_closed=False)
        case e.PetitionLinked():
            return replace(case, links=case.links | {event.other_stream})
        case e.PetitionWithdrawn():
            return replace(case, is_withdrawn=True)
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
