"""
How a matter goes from unit to unit: sent, signed for, objected to, reported back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReferred(Act):
    """转送: passed to another unit; no result is required back."""

    TOPIC: ClassVar[str] = "petition.referred.v1"
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionAssigned(Act):
    """交办: passed to another unit with a result to be reported by a day."""

    TOPIC: ClassVar[str] = "petition.assigned.v1"
    to_unit_id: str
    basis: str
    report_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Act):
    """移交 that takes effect at once, as other systems record it: from this moment the named unit holds the matter."""

    TOPIC: ClassVar[str] = "handed.over.v1"
    to_unit_id: str
    to_official_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSigned(Act):
    """签收: the receiving unit signed for the hand-over that stands at `of_version` of this stream."""

    TOPIC: ClassVar[str] = "receipt.signed.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    of: str  # petition_referred | petition_assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerAssigned(Act):
    """The unit named the official (or the post) who handles the matter inside it."""

    TOPIC: ClassVar[str] = "handler.assigned.v1"
    assigned_official_id: str | None = None
    assigned_post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionObjected(Act):
    """管辖异议: the receiver says the hand-over at `of_version` is not within its powers."""

    TOPIC: ClassVar[str] = "jurisdiction.objected.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDecided(Act):
    """The body that sent the matter decided the objection at `objection_version`: upheld or refused."""

    TOPIC: ClassVar[str] = "objection.decided.v1"
    REFERS: ClassVar[str] = "objection_version"
    objection_version: int
    result: str  # upheld | refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingReportFiled(Act):
    """办结报告 on an assignment, filed with the body that assigned the matter."""

    TOPIC: ClassVar[str] = "closing_report.filed.v1"
