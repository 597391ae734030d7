"""
Every command about a finding of the discipline office, in `finding/<32 hex>`. What they say is always in clear: what is
sealed of it, the decision says (domain/finding/sealing.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date

FINDING = "finding/"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding(CaseCommand):
    """Which duty of which case, by its rule and the version of the act it arose from; and whose it was."""

    case_stream: str
    obligation: str
    trigger_version: int
    subject_unit_id: str
    subject_official_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEvidence(CaseCommand):
    log_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExplanation(CaseCommand):
    asked_unit_id: str
    asked_official_id: str | None = None
    answer_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveExplanation(CaseCommand):
    """What was said is sealed, as `explanation_text`. `evidence`: SHA-256 digests of what was handed in."""

    request_version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFinding(CaseCommand):
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawFinding(CaseCommand):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeOnFinding(CaseCommand):
    """As `ProposeAccountability`, on the breach that the confirmation recorded."""

    measure: str
    addressee_unit_id: str | None = None
    of_rectification: int | None = None
    ground: str | None = None


FindingCommand = (
    OpenFinding
    | PinEvidence
    | RequestExplanation
    | GiveExplanation
    | ConfirmFinding
    | WithdrawFinding
    | ProposeOnFinding
)


def is_finding(stream: str) -> bool:
    return stream.startswith(FINDING)
