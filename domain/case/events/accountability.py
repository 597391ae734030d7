"""
Holding to account: proposed, answered by its subject, decided, carried out, set aside, closed. Each step rests on a
recorded finding; nothing here is ever written by a computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityProposed(Act):
    """
    A measure against a unit or an official, for a finding. A step above a talk names the order to rectify that was
    missed (`of_rectification`), or states its `ground`.
    """

    TOPIC: ClassVar[str] = "accountability.proposed.v1"
    REFERS: ClassVar[str] = "of_finding"
    of_finding: int
    measure: str
    subject_unit_id: str
    subject_official_id: str | None = None
    addressee_unit_id: str | None = None  # the body that is to decide, where another one proposes
    of_rectification: int | None = None
    ground: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityReplyOffered(Act):
    """The subject was told what is proposed and why, and may answer until a day."""

    TOPIC: ClassVar[str] = "accountability_reply.offered.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int
    answer_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityReplyGiven(Act):
    """The subject's own answer; its words are a disclosure."""

    TOPIC: ClassVar[str] = "accountability_reply.given.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityDecided(Act):
    TOPIC: ClassVar[str] = "accountability.decided.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int
    measure: str
    subject_unit_id: str
    subject_official_id: str | None = None
    basis: str
    executor_unit_id: str
    execute_by: date | None = None
    is_final: bool = True
    appeal_suspends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityExecuted(Act):
    TOPIC: ClassVar[str] = "accountability.executed.v1"
    REFERS: ClassVar[str] = "decision_version"
    decision_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilitySetAside(Act):
    """The decision fell, on appeal or by the body above."""

    TOPIC: ClassVar[str] = "accountability.set_aside.v1"
    REFERS: ClassVar[str] = "decision_version"
    decision_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountabilityClosed(Act):
    TOPIC: ClassVar[str] = "accountability.closed.v1"
    REFERS: ClassVar[str] = "proposal_version"
    proposal_version: int
    outcome: str  # executed | not_pursued | set_aside


AccountabilityEvent = (
    AccountabilityProposed
    | AccountabilityReplyOffered
    | AccountabilityReplyGiven
    | AccountabilityDecided
    | AccountabilityExecuted
    | AccountabilitySetAside
    | AccountabilityClosed
)
