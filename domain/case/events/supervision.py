"""
How handling is watched: findings, urging, the three proposals, inspections, rectification, posted items, reminders,
and what meetings decide. Every act is about a unit or an official; of a meeting or an inspection that touches several
cases there is one act in each case's stream, naming its `origin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFindingRecorded(Act):
    """
    A body found and recorded that a duty was not met: which (its rule, and the version of the act it arose from), by
    which unit, and for what. A computed breach is none of this and triggers nothing.
    """

    TOPIC: ClassVar[str] = "breach_finding.recorded.v1"
    subject_unit_id: str
    subject_official_id: str | None = None
    obligation: str
    trigger_version: int
    ground: str
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFindingWithdrawn(Act):
    TOPIC: ClassVar[str] = "breach_finding.withdrawn.v1"
    REFERS: ClassVar[str] = "of_finding"
    of_finding: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgingIssued(Act):
    """督办: on a recorded finding, or on a duty named as an extension names it. `bodies` urge jointly."""

    TOPIC: ClassVar[str] = "urging.issued.v1"
    REFERS: ClassVar[str] = "of_finding"
    addressee_unit_id: str
    answer_by: date | None = None
    of_finding: int | None = None
    of_obligation: str | None = None
    trigger_version: int | None = None
    form: str = "letter"  # network | letter | phone | talk | onsite | joint | escalated | listed
    bodies: tuple[str, ...] = ()
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgingReceived(Act):
    """The addressee signed for the urging; or its issuer names the outside `proof` that it was delivered."""

    TOPIC: ClassVar[str] = "urging.received.v1"
    REFERS: ClassVar[str] = "urging_version"
    urging_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgingAnswered(Act):
    TOPIC: ClassVar[str] = "urging.answered.v1"
    REFERS: ClassVar[str] = "urging_version"
    urging_version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionUrged(Act):
    """The issuer of a supporting opinion urges its executor to carry it out."""

    TOPIC: ClassVar[str] = "execution.urged.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    addressee_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalIssued(Act):
    """三项建议: to improve the work, to complete a policy, or to hold somebody to account."""

    TOPIC: ClassVar[str] = "proposal.issued.v1"
    kind: str  # improvement | policy | accountability
    addressee_unit_id: str
    answer_by: date | None = None
    of_finding: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalReceived(Act):
    TOPIC: ClassVar[str] = "proposal.received.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswered(Act):
    """The written answer: adopted, in part, or not, and then why. The letter itself is a disclosure."""

    TOPIC: ClassVar[str] = "proposal.answered.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int
    adopted: str  # adopted | in_part | not_adopted
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOpened(Act):
    """督查 of this case, in one of four forms, at a level; the round it belongs to is its `origin`."""

    TOPIC: ClassVar[str] = "inspection.opened.v1"
    form: str  # online | onsite | joint | escalated
    level: str  # township | county | prefecture | province | centre
    origin: str
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFindingRecorded(Act):
    """What the inspection found of a unit. `contradicts` names an opinion found not to have been carried out."""

    TOPIC: ClassVar[str] = "inspection_finding.recorded.v1"
    REFERS: ClassVar[str] = "inspection_version"
    inspection_version: int
    subject_unit_id: str
    ground: str
    contradicts: int | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionRoundClosed(Act):
    """The round is over for this case, with so many findings."""

    TOPIC: ClassVar[str] = "inspection_round.closed.v1"
    REFERS: ClassVar[str] = "inspection_version"
    inspection_version: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationOrdered(Act):
    """限期整改: by which day the addressee puts right what a finding named."""

    TOPIC: ClassVar[str] = "rectification.ordered.v1"
    addressee_unit_id: str
    rectify_by: date | None = None
    of_finding: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationReported(Act):
    TOPIC: ClassVar[str] = "rectification.reported.v1"
    REFERS: ClassVar[str] = "order_version"
    order_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationRejected(Act):
    """What was reported does not do: with the reason and a new day."""

    TOPIC: ClassVar[str] = "rectification.rejected.v1"
    REFERS: ClassVar[str] = "order_version"
    order_version: int
    reason: str
    rectify_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationVerified(Act):
    TOPIC: ClassVar[str] = "rectification.verified.v1"
    REFERS: ClassVar[str] = "order_version"
    order_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWithdrawn(Act):
    """The order to rectify was taken back by who gave it."""

    TOPIC: ClassVar[str] = "order.withdrawn.v1"
    REFERS: ClassVar[str] = "order_version"
    order_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPosted(Act):
    """挂牌 (posted publicly) or 挂账 (entered in the account): the matter, its owner and the day to settle it."""

    TOPIC: ClassVar[str] = "item.posted.v1"
    kind: str  # posted | account
    owner_unit_id: str
    settle_by: date | None = None
    origin: str | None = None
    reason: str | None = None  # stalled | silent | bounced | harm: why this matter; never who came, or where to


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStruckOff(Act):
    """销号, only with evidence."""

    TOPIC: ClassVar[str] = "item.struck_off.v1"
    REFERS: ClassVar[str] = "item_version"
    item_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSent(Act):
    """催办: a duty named as an extension names it."""

    TOPIC: ClassVar[str] = "reminder.sent.v1"
    addressee_unit_id: str
    of_obligation: str
    trigger_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderAcknowledged(Act):
    TOPIC: ClassVar[str] = "reminder.acknowledged.v1"
    REFERS: ClassVar[str] = "reminder_version"
    reminder_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDecisionMade(Act):
    """
    What a joint conference or another meeting decided about this case, who carries it out and by which day. Where it
    was decided collectively, `participants` are the officials who took part.
    """

    TOPIC: ClassVar[str] = "meeting_decision.made.v1"
    kind: str  # joint_conference | meeting
    owner_unit_id: str
    origin: str
    carry_out_by: date | None = None
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDecisionReported(Act):
    """The owner reported the decision carried out, with evidence."""

    TOPIC: ClassVar[str] = "meeting_decision.reported.v1"
    REFERS: ClassVar[str] = "decision_version"
    decision_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDecisionRevoked(Act):
    TOPIC: ClassVar[str] = "meeting_decision.revoked.v1"
    REFERS: ClassVar[str] = "decision_version"
    decision_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentRecorded(Act):
    """A participant clearly opposed the collective decision and was overruled: noted, that official is free of it."""

    TOPIC: ClassVar[str] = "dissent.recorded.v1"
    REFERS: ClassVar[str] = "decision_version"
    decision_version: int
    dissenting_official_id: str


SupervisionEvent = (
    BreachFindingRecorded
    | BreachFindingWithdrawn
    | UrgingIssued
    | UrgingReceived
    | UrgingAnswered
    | ExecutionUrged
    | ProposalIssued
    | ProposalReceived
    | ProposalAnswered
    | InspectionOpened
    | InspectionFindingRecorded
    | InspectionRoundClosed
    | RectificationOrdered
    | RectificationReported
    | RectificationRejected
    | RectificationVerified
    | OrderWithdrawn
    | ItemPosted
    | ItemStruckOff
    | ReminderSent
    | ReminderAcknowledged
    | MeetingDecisionMade
    | MeetingDecisionReported
    | MeetingDecisionRevoked
    | DissentRecorded
)
