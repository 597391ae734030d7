"""
Leaders in charge: assigned, alone or as a bundle, undertaking, acting, relieved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignCaseLeader(CaseCommand):
    """`undertakings`: one act each, after the assignment, by the same day."""

    leader_unit_id: str
    leader_official_id: str | None = None
    leader_post_id: str | None = None
    act_by: date | None = None
    role: str = "in_charge"
    origin: str | None = None
    undertakings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUndertaking(CaseCommand):
    assignment_version: int
    kind: str
    act_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLeaderAction(CaseCommand):
    assignment_version: int
    undertaking_version: int | None = None
    evidence: tuple[str, ...] = ()
    shown_by: int | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelieveCaseLeader(CaseCommand):
    assignment_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignBundle(CaseCommand):
    """One act for the bundle, and an assignment for each member."""

    members: tuple[str, ...]
    act_by: date | None = None
    origin: str | None = None
    bundle_set: str | None = None  # the pack's [[undertaking_set]]: how many officials, what each undertakes


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignateLeadUnit(CaseCommand):
    lead_unit_id: str
    leader_official_id: str | None = None
    issue_kind: str
    issue: str | None = None
    origin: str | None = None
