"""
How a matter goes from unit to unit: sent, signed for, objected to, reported back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferPetition(CaseCommand):
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPetition(CaseCommand):
    to_unit_id: str
    basis: str
    report_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(CaseCommand):
    to_unit_id: str
    to_official_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignReceipt(CaseCommand):
    of_version: int
    procedure: str = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignHandler(CaseCommand):
    assigned_official_id: str | None = None
    assigned_post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectJurisdiction(CaseCommand):
    of_version: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideObjection(CaseCommand):
    objection_version: int
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClosingReport(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForDecision(CaseCommand):
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveReceipt(CaseCommand):
    """The sender's proof that a hand-over was delivered."""

    of_version: int
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeemReceipt(CaseCommand):
    of_version: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPetition(CaseCommand):
    of_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawObjection(CaseCommand):
    objection_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeJurisdiction(CaseCommand):
    between: tuple[str, ...]
    common_superior_unit_id: str | None = None
    common_joint_conference_unit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideJurisdiction(CaseCommand):
    dispute_version: int
    competent_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeJurisdiction(CaseCommand):
    dispute_version: int
    competent_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCompetentBody(CaseCommand):
    lead_unit_id: str
    with_unit_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DivertToJustice(CaseCommand):
    line: str
    to_unit_id: str
    manner: str = "forwarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToDiscipline(CaseCommand):
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAssignment(CaseCommand):
    of_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectClosingReport(CaseCommand):
    report_version: int
    reason: str
    report_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeNotice(CaseCommand):
    kind: str
    to_unit_id: str | None = None
    ground: str | None = None
    answers: int | None = None
    proof: str | None = None
