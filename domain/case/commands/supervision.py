"""
How handling is watched: what may be asked to be recorded of findings, urging, proposals, inspections and meetings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBreachFinding(CaseCommand):
    subject_unit_id: str
    subject_official_id: str | None = None
    obligation: str
    trigger_version: int
    ground: str
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawBreachFinding(CaseCommand):
    of_finding: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueUrging(CaseCommand):
    addressee_unit_id: str
    answer_by: date | None = None
    of_finding: int | None = None
    of_obligation: str | None = None
    trigger_version: int | None = None
    form: str = "letter"
    bodies: tuple[str, ...] = ()
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveUrging(CaseCommand):
    urging_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUrging(CaseCommand):
    urging_version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeExecution(CaseCommand):
    opinion_version: int
    addressee_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueProposal(CaseCommand):
    kind: str
    addressee_unit_id: str
    answer_by: date | None = None
    of_finding: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveProposal(CaseCommand):
    proposal_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProposal(CaseCommand):
    proposal_version: int
    adopted: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInspection(CaseCommand):
    form: str
    level: str
    origin: str
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInspectionFinding(CaseCommand):
    inspection_version: int
    subject_unit_id: str
    ground: str
    contradicts: int | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseInspectionRound(CaseCommand):
    inspection_version: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRectification(CaseCommand):
    addressee_unit_id: str
    rectify_by: date | None = None
    of_finding: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRectification(CaseCommand):
    order_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRectification(CaseCommand):
    order_version: int
    reason: str
    rectify_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRectification(CaseCommand):
    order_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOrder(CaseCommand):
    order_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostItem(CaseCommand):
    kind: str
    owner_unit_id: str
    settle_by: date | None = None
    origin: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeOffItem(CaseCommand):
    item_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReminder(CaseCommand):
    addressee_unit_id: str
    of_obligation: str
    trigger_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeReminder(CaseCommand):
    reminder_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeMeetingDecision(CaseCommand):
    kind: str
    owner_unit_id: str
    origin: str
    carry_out_by: date | None = None
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMeetingDecision(CaseCommand):
    decision_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMeetingDecision(CaseCommand):
    decision_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDissent(CaseCommand):
    decision_version: int
    dissenting_official_id: str
