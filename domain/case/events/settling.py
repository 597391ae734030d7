"""
What is done to settle a matter besides the opinion: mediation, help in hardship, a team of its own.

Help is promised and given without condition: there is no field for one. What the hardship is stays sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationOpened(Act):
    """调解启动, at one of the three levels; `mediator` is a code of the pack's list where no official mediates."""

    TOPIC: ClassVar[str] = "mediation.opened.v1"
    level: str  # village | township | county
    mediator_official_id: str | None = None
    mediator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationClosed(Act):
    """How it ended. A settlement is an act of its own, `settlement_agreement.signed`."""

    TOPIC: ClassVar[str] = "mediation.closed.v1"
    REFERS: ClassVar[str] = "mediation_version"
    mediation_version: int
    result: str  # settled | settled_in_part | not_settled


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistancePromised(Act):
    """困难救助 promised: which unit gives what kind of help, how much of it in yuan, by which day."""

    TOPIC: ClassVar[str] = "assistance.promised.v1"
    giver_unit_id: str
    kind: str
    give_by: date | None = None
    yuan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceGiven(Act):
    TOPIC: ClassVar[str] = "assistance.given.v1"
    REFERS: ClassVar[str] = "promise_version"
    promise_version: int
    evidence: tuple[str, ...]
    yuan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceRefused(Act):
    """Not given after all, with the reason; by who promised it."""

    TOPIC: ClassVar[str] = "assistance.refused.v1"
    REFERS: ClassVar[str] = "promise_version"
    promise_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTeamFormed(Act):
    """逐案专班: who heads it, who is in it, by when it meets first."""

    TOPIC: ClassVar[str] = "task_team.formed.v1"
    head_unit_id: str
    head_official_id: str
    members: tuple[str, ...]
    meet_by: date | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTeamMet(Act):
    TOPIC: ClassVar[str] = "task_team.met.v1"
    REFERS: ClassVar[str] = "team_version"
    team_version: int
    participants: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTeamDissolved(Act):
    TOPIC: ClassVar[str] = "task_team.dissolved.v1"
    REFERS: ClassVar[str] = "team_version"
    team_version: int
    reason: str


SettlingEvent = (
    MediationOpened
    | MediationClosed
    | AssistancePromised
    | AssistanceGiven
    | AssistanceRefused
    | TaskTeamFormed
    | TaskTeamMet
    | TaskTeamDissolved
)
