"""
A duty while the acts after its trigger are read, and which acts concern it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.case.events import name_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.duties.due import Due
    from domain.duties.matter import Assigned, Matter
    from domain.duties.values import End, ExtensionJudged, Party
    from domain.law.rules import Rule
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Passed:
    """The matter came to another unit, by the hand-over sent at that version (None where it took effect at once)."""

    on: date
    at: datetime
    unit_id: str
    log_index: int
    hand_over: int | None = None


@dataclass(slots=True)
class Draft:
    """What a fold knows of a duty so far."""

    rule: Rule
    trigger: Recorded
    arose_on: date
    arose_at: datetime
    bearer: str
    given: date | None
    due_at: datetime | None
    hand_over: int | None  # version of the hand-over it arose from
    refs: frozenset[int]  # versions an act may name to concern it: its trigger, and the opinion it is about
    own: Assigned | None  # the official it falls on whatever the unit assigns: who approved an extension
    issuer: Party
    issued_by: int
    once_key: object = None  # what there is one such duty for
    party: Party | None = None  # of a ban: who broke it, whatever post answers for the unit
    breach_kind: str | None = None
    is_reopened: bool = False
    is_second: bool = False  # another pack's obligation of the same name arose from the same act
    counted_from: tuple[int, ...] = ()  # of a duty that goes on from another: the version of that one's trigger
    due: Due | None = None
    extra_days: int = 0
    extensions: list[ExtensionJudged] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    claim: Recorded | None = None
    contradicted: list[Recorded] = field(default_factory=list)
    ended: End | None = None
    marks: list[str] = field(default_factory=list)

    @property
    def triggers(self) -> tuple[int, ...]:
        """The versions by which an act may name the act that this arose from."""
        return (self.trigger.version, *self.counted_from)

    @property
    def unit_id(self) -> str:
        """The unit that holds it now."""
        return self.passed[-1].unit_id if self.passed else self.bearer


def names_of(recorded: Recorded, event: Any) -> tuple[str, ...]:
    """The names rules may use for an act: its own, and what its content makes of it."""
    name = name_of(recorded.topic)
    if isinstance(event, e.ObjectionDecided) and event.result == "upheld":
        return (name, "objection_upheld")
    if isinstance(event, e.NoticeServed):
        named = (name, f"{event.kind}_notice_served")
        return (*named, "guidance_served") if event.kind == "guidance" else named
    if isinstance(event, e.PetitionsJoined) and not event.goes_on:
        return (name, "linked_to_open_case")
    if isinstance(event, e.PetitionReceived) and event.category == "suggestion":
        return (name, "suggestion_received")
    if isinstance(event, e.ActFiled):
        return (name, f"filed_{event.kind}")
    if isinstance(event, e.EffectReviewed) and event.look is not None:
        return (name, f"effect_reviewed_{event.look}")
    if isinstance(event, e.ItemPosted) and event.kind == "account":
        return (name, "item_entered")
    if isinstance(event, e.CaseLeaderActed) and event.undertaking_version is not None:
        return (name, "undertaking_discharged")
    if isinstance(event, (e.ExecutionVerified, e.PetitionerConfirmed)):
        return (name,) if getattr(event, "items", ()) else (name, "decision_executed")  # a part is not the whole
    is_review = isinstance(event, (e.ReviewOpinionServed, e.ReReviewOpinionIssued))
    if is_review and event.decision is not None:
        return (name, "opinion_changed")
    if isinstance(event, e.OpinionSetAsideServed) or (is_review and event.outcome == "set_aside"):
        return (name, "opinion_set_aside")
    return (name,)


def concerns(event: Any, draft: Draft, matter: Matter) -> bool:
    """
    An act that names what it answers (a receipt its hand-over, a verification its opinion) concerns only the duties of
    that; an act that names nothing may concern any.
    """
    if isinstance(event, e.ObjectionDecided) and draft.rule.voided_by:
        objection = matter.objections.get(event.objection_version)
        return objection is not None and objection.hand_over_version == draft.hand_over
    if "opinion_set_aside" in draft.rule.ended_by:
        if isinstance(event, e.OpinionSetAsideServed):
            return event.opinion_version in draft.refs
        if isinstance(event, (e.ReviewOpinionServed, e.ReReviewOpinionIssued)):
            return matter.requests.get(event.request_version) in draft.refs
    if isinstance(event, e.UrgingIssued):
        return event.of_finding in draft.refs  # one on a duty is on no finding
    if isinstance(event, e.CaseLeaderActed) and isinstance(draft.trigger.event, e.UndertakingMade):
        return event.undertaking_version == draft.trigger.version
    if isinstance(event, (e.ExecutionEvidenced, e.ExecutionVerified)) and event.items:
        is_about_it = event.opinion_version in draft.refs
        return is_about_it and getattr(draft.trigger.event, "item", None) in event.items  # a part is no other part
    if "decision_executed" in draft.rule.ended_by and isinstance(event, (e.ExecutionVerified, e.PetitionerConfirmed)):
        return True  # carried out: whichever decision on the case it was
    if isinstance(event, e.EffectReviewed) and isinstance(draft.trigger.event, e.SatisfactionRated):
        return True  # looked at again: of which closing, the rating does not say
    refers = getattr(event, "REFERS", None)
    answered = getattr(event, refers) if refers is not None else None
    return answered is None or answered in draft.refs
