"""
How a matter is handled: accepted or not, extended, heard, answered, carried out, closed, rated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPetition(CaseCommand):
    route: str = "art31_6"
    procedure: str = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseAcceptance(CaseCommand):
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeAcceptanceNotice(CaseCommand):
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeNotAcceptedNotice(CaseCommand):
    ground: str
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveExtension(CaseCommand):
    obligation: str
    trigger_version: int
    days: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeExtensionNotice(CaseCommand):
    extension_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeHandlingOpinion(CaseCommand):
    outcome: str
    made_on: date | None = None
    executor_unit_id: str | None = None
    execute_by: date | None = None
    proof: str | None = None
    policy_basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDirectly(CaseCommand):
    """直接答复: the petitioner was answered on the spot; the words are sealed."""

    policy_basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceExecution(CaseCommand):
    opinion_version: int
    evidence: tuple[str, ...]
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyExecution(CaseCommand):
    opinion_version: int
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmExecution(CaseCommand):
    """The petitioner's own signed confirmation, registered by the acting unit."""

    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConveneHearing(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseHearing(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(CaseCommand):
    form: str = "concluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSatisfaction(CaseCommand):
    """The petitioner's own rating. `contradicts` names an opinion the petitioner says was not executed."""

    score: str
    contradicts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteProgress(CaseCommand):
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertToOrdinary(CaseCommand):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeAcceptance(CaseCommand):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitClaim(CaseCommand):
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerItem(CaseCommand):
    opinion_version: int
    item: int
    outcome: str
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOpinionService(CaseCommand):
    opinion_version: int
    means: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSettlement(CaseCommand):
    evidence: tuple[str, ...]
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideHearing(CaseCommand):
    hold_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHearing(CaseCommand):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareInterest(CaseCommand):
    """The acting official declares an interest of their own."""

    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindInterest(CaseCommand):
    interested_official_id: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawInterestFinding(CaseCommand):
    interest_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRecusal(CaseCommand):
    """Answers a declared or found interest: that official steps aside."""

    interest_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEffect(CaseCommand):
    closing_version: int
    result: str
    evidence: tuple[str, ...] = ()
    look: str | None = None
