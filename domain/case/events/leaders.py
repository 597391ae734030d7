"""
Leaders in charge: who takes charge of a case, what he undertakes, what he does about it, and who leads where several
units act. Undertakings are about the matter; none is about where a person is or what a person thinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeaderAssigned(Act):
    """领导包案: this official, or the holder of this post, takes charge and acts on the matter by a day."""

    TOPIC: ClassVar[str] = "case_leader.assigned.v1"
    leader_unit_id: str
    leader_official_id: str | None = None
    leader_post_id: str | None = None
    act_by: date | None = None
    role: str = "in_charge"  # in_charge | supervising: who watches beside him
    bundle_version: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndertakingMade(Act):
    """One of the undertakings of the leader assigned at that version, by a day where one was set."""

    TOPIC: ClassVar[str] = "undertaking.made.v1"
    REFERS: ClassVar[str] = "assignment_version"
    assignment_version: int
    kind: str  # of the packs' [[undertaking]]
    act_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeaderActed(Act):
    """
    What the leader did about the matter: with evidence, or with the act of this case (`shown_by`) that shows it. It
    keeps the undertaking it names.
    """

    TOPIC: ClassVar[str] = "case_leader.action.v1"
    REFERS: ClassVar[str] = "assignment_version"
    assignment_version: int
    undertaking_version: int | None = None
    evidence: tuple[str, ...] = ()
    shown_by: int | None = None
    form: str | None = None  # receive | appointed | downward | onsite, where it was a talk about the matter


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeaderRelieved(Act):
    TOPIC: ClassVar[str] = "case_leader.relieved.v1"
    REFERS: ClassVar[str] = "assignment_version"
    assignment_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleAssigned(Act):
    """五包一: several officials answer for one case; each is assigned by an act of his own that names this one."""

    TOPIC: ClassVar[str] = "bundle.assigned.v1"
    members: tuple[str, ...]
    act_by: date | None = None
    origin: str | None = None
    bundle_set: str | None = None  # the pack's [[undertaking_set]]: how many officials, what each undertakes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadUnitDesignated(Act):
    """For an outstanding issue: the unit that leads, and the leader in charge of it."""

    TOPIC: ClassVar[str] = "lead_unit.designated.v1"
    lead_unit_id: str
    leader_official_id: str | None = None
    issue_kind: str  # regional | sectoral | policy | group
    issue: str | None = None  # the issue by its code; what cases have it, never who is concerned
    origin: str | None = None


LeadersEvent = (
    CaseLeaderAssigned | UndertakingMade | CaseLeaderActed | CaseLeaderRelieved | BundleAssigned | LeadUnitDesignated
)
