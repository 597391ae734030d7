"""
Acts that ask somebody for something, and what became of them: an urging, a proposal, a finding, an inspection, an
order, a posted item, a reminder, a decision, a leader's assignment, an accountability measure.

One shape serves them all: raised by an act, received, answered, ended. tests/domain/case/test_supervision.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from domain.case import events as e
from domain.case.errors import Refused
from domain.case.events import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.case.case import Case

RAISING = (
    e.BreachFindingRecorded,
    e.UrgingIssued,
    e.ProposalIssued,
    e.InspectionOpened,
    e.InspectionFindingRecorded,
    e.RectificationOrdered,
    e.ItemPosted,
    e.ReminderSent,
    e.MeetingDecisionMade,
    e.CaseLeaderAssigned,
    e.UndertakingMade,
    e.AccountabilityProposed,
    e.AccountabilityDecided,
    e.MediationOpened,
    e.AssistancePromised,
    e.TaskTeamFormed,
)
RECEIVING = (e.UrgingReceived, e.ProposalReceived)
ANSWERING = (
    e.UrgingAnswered,
    e.ProposalAnswered,
    e.RectificationReported,
    e.ItemStruckOff,
    e.ReminderAcknowledged,
    e.MeetingDecisionReported,
    e.AccountabilityReplyGiven,
    e.AccountabilityExecuted,
    e.MediationClosed,
    e.AssistanceGiven,
    e.TaskTeamMet,
)
ENDING = (
    e.BreachFindingWithdrawn,
    e.InspectionRoundClosed,
    e.RectificationVerified,
    e.OrderWithdrawn,
    e.MeetingDecisionRevoked,
    e.CaseLeaderRelieved,
    e.AccountabilitySetAside,
    e.AccountabilityClosed,
    e.AssistanceRefused,
    e.TaskTeamDissolved,
)
# Acts that by themselves show that a leader's undertaking was kept.
SHOWING = (
    e.HandlingOpinionServed,
    e.ReviewOpinionServed,
    e.ReReviewOpinionIssued,
    e.PetitionWithdrawn,
    e.ExecutionVerified,
    e.PetitionerConfirmed,
    e.MeetingDecisionReported,
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Raised:
    """`answer_by` is the day that stands: a rejection or an offer sets a new one."""

    act: Any  # one of RAISING
    answer_by: date | None = None
    is_received: bool = False
    is_answered: bool = False
    is_ended: bool = False
    decision: int | None = None  # version of the decision on a proposal
    named: frozenset[str] = frozenset()  # officials whose dissent is noted


@dataclass(frozen=True, slots=True)
class Raisings:
    """By version of the raising act; and the acts that can show an undertaking kept."""

    acts: Mapping[int, Raised] = field(default_factory=dict)
    shows: Mapping[int, str] = field(default_factory=dict)
    acted: tuple[e.CaseLeaderActed, ...] = ()
    lead: e.LeadUnitDesignated | None = None

    def of(self, version: int, kind: type[T], *, field: str) -> tuple[T, Raised]:
        """The act of that kind at that version and what became of it; Refused where there is none."""
        found = self.acts.get(version)
        if found is None or not isinstance(found.act, kind):
            name = name_of(kind.TOPIC)  # type: ignore[attr-defined]  # every event has one
            raise Refused(
                f"no {name} stands at version {version}",
                field=field,
                zh=f"没有序号为 {version} 的相应记录",
                allowed=f"写明 {name} 的序号 / the version of a {name}",
            )
        return found.act, found

    def unanswered(self, kind: type) -> list[Raised]:
        """The acts of that kind that are neither answered nor ended."""
        return [r for r in self.acts.values() if isinstance(r.act, kind) and not (r.is_answered or r.is_ended)]

    def standing(self, act: object) -> bool:
        """Whether that very act was raised already and is neither answered nor ended."""
        return any(r.act == act for r in self.unanswered(type(act)))


def unless_standing(case: Case, act: Any) -> list[e.CaseEvent]:
    """The act, unless that very act stands unanswered: then nothing needs recording."""
    return [] if case.raised.standing(act) else [act]


def standing_finding(case: Case, version: int) -> Any:
    """A finding recorded in this case and not withdrawn, of a breach or of an inspection."""
    found = case.raised.acts.get(version)
    if found is None or not isinstance(found.act, e.BreachFindingRecorded | e.InspectionFindingRecorded):
        raise Refused(
            f"no finding stands at version {version}",
            field="of_finding",
            zh=f"没有序号为 {version} 的认定",
            allowed="先记录认定 / record the finding first",
        )
    if found.is_ended:
        raise Refused(
            f"the finding at version {version} was withdrawn",
            field="of_finding",
            zh=f"序号 {version} 的认定已撤回",
            allowed="依据仍有效的认定 / a finding that stands",
        )
    return found.act


def follow(raisings: Raisings, at: int, event: object) -> Raisings:
    """The raisings after the event at that version; any event may come."""
    if isinstance(event, RAISING):
        raisings = _with(raisings, at, Raised(event, answer_by=_day(event)))
    if isinstance(event, SHOWING):
        raisings = replace(raisings, shows={**raisings.shows, at: name_of(event.TOPIC)})
    if isinstance(event, e.LeadUnitDesignated):
        return replace(raisings, lead=event)
    version = getattr(event, getattr(event, "REFERS", ""), None)
    found = raisings.acts.get(version) if isinstance(version, int) else None
    if version is None or found is None:
        return raisings
    if isinstance(event, RECEIVING):
        return _with(raisings, version, replace(found, is_received=True))
    if isinstance(event, ANSWERING):
        return _with(raisings, version, replace(found, is_answered=True))
    if isinstance(event, ENDING):
        return _with(raisings, version, replace(found, is_ended=True))
    match event:
        case e.RectificationRejected():
            return _with(raisings, version, replace(found, is_answered=False, answer_by=event.rectify_by))
        case e.AccountabilityReplyOffered():
            return _with(raisings, version, replace(found, is_received=True, answer_by=event.answer_by))
        case e.AccountabilityDecided():
            return _with(raisings, version, replace(found, decision=at))
        case e.DissentRecorded():
            return _with(raisings, version, replace(found, named=found.named | {event.dissenting_official_id}))
        case e.CaseLeaderActed():
            raisings = replace(raisings, acted=(*raisings.acted, event))
            raisings = _with(raisings, version, replace(found, is_answered=True))
            kept = raisings.acts.get(event.undertaking_version or 0)
            if event.undertaking_version is None or kept is None:
                return raisings
            return _with(raisings, event.undertaking_version, replace(kept, is_answered=True))
    return raisings


def _with(raisings: Raisings, at: int, raised: Raised) -> Raisings:
    return replace(raisings, acts={**raisings.acts, at: raised})


def _day(event: object) -> date | None:
    for name in ("answer_by", "rectify_by", "settle_by", "carry_out_by", "act_by", "execute_by"):
        if (day := getattr(event, name, None)) is not None:
            found: date = day
            return found
    return None
