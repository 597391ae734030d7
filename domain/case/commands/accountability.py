"""
Holding to account: proposed, answered, decided, executed, set aside, closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeAccountability(CaseCommand):
    of_finding: int
    measure: str
    subject_unit_id: str
    subject_official_id: str | None = None
    addressee_unit_id: str | None = None
    of_rectification: int | None = None
    ground: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccountabilityReply(CaseCommand):
    proposal_version: int
    answer_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAccountabilityReply(CaseCommand):
    proposal_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAccountability(CaseCommand):
    """The subject is the one proposed; the measure too, unless a milder one is named."""

    proposal_version: int
    measure: str | None = None
    basis: str
    executor_unit_id: str
    execute_by: date | None = None
    is_final: bool = True
    appeal_suspends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteAccountability(CaseCommand):
    decision_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideAccountability(CaseCommand):
    decision_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccountability(CaseCommand):
    proposal_version: int
    outcome: str
