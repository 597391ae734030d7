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
