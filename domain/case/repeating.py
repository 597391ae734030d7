"""
The same act twice: when it says nothing new, it is not recorded again.

A clerk presses the button twice, or two desks enter one paper. An act that stands with every field the same is said
already, until one of the acts after which it would be a new one: a notice is served again after another acceptance, an
opinion again after it was set aside. What may happen again as often as it likes (a step, a reading, an attempt) is not
listed here. tests/domain/case/test_acts.py plays each of them twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import events as e

if TYPE_CHECKING:
    from domain.case import commands as c
    from domain.case.case import Case

ARRIVING = (*e.RECEIPTS, e.JurisdictionDecided, e.JurisdictionAgreed)
NEVER: tuple[type[e.CaseEvent], ...] = ()
# What was said -> the acts after which the same words are another act.
UNTIL: dict[type[e.CaseEvent], tuple[type[e.CaseEvent], ...]] = {
    e.PetitionReferred: (*ARRIVING, e.HandedOver, e.PetitionReturned, e.ObjectionDecided),
    e.PetitionAssigned: (*ARRIVING, e.HandedOver, e.PetitionReturned, e.AssignmentWithdrawn, e.ObjectionDecided),
    e.HandlerAssigned: (e.HandlerAssigned, e.HandedOver, *ARRIVING),
    e.NotAccepted: (*ARRIVING, e.AcceptanceRevoked),
    e.AcceptanceNoticeServed: (*ARRIVING, e.PetitionAccepted, e.AcceptanceRevoked, e.CaseReopened),
    e.NotAcceptedNoticeServed: (*ARRIVING, e.AcceptanceRevoked),
    e.ExtensionApproved: NEVER,
    e.ExtensionNoticeServed: NEVER,
    e.HandlingOpinionServed: (*ARRIVING, e.PetitionAccepted, e.OpinionSetAsideServed, e.CaseReopened),
    e.ExecutionEvidenced: NEVER,
    e.ClosingReportFiled: (e.PetitionAssigned, e.ClosingReportRejected, e.CaseReopened),
    e.SatisfactionRated: (e.SatisfactionRated, e.HandlingOpinionServed, e.CaseClosed, e.CaseReopened),
    e.AttachmentAdded: NEVER,
}


def unless_said(case: Case, command: c.CaseCommand, events: list[e.CaseEvent]) -> list[e.CaseEvent]:
    """
    What is decided, or nothing where the case says it already. Several events of one act are judged together. An act
    with sealed words is never a repeat: what they say cannot be compared here.
    """
    if not events or command.sealed:
        return events
    return [] if all(_is_said(case, event) for event in events) else events


def _is_said(case: Case, event: e.CaseEvent) -> bool:
    if isinstance(event, e.ActFiled):
        # Without a period each filing is its own; with one it is said once, as in an office's stream.
        return event.period_from is not None and event in case.acts
    if isinstance(event, e.ReviewRequested | e.ReReviewRequested):
        return any(case.act(n) == event for n in case.review_requests if n not in case.reviews_decided)
    until = UNTIL.get(type(event))
    if until is None:
        return False
    for act in reversed(case.acts):
        if act == event:
            return True
        if isinstance(act, until):
            return False
    return False
