"""
What is done to settle a matter besides the opinion: mediation, help in hardship, a team of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMediation(CaseCommand):
    level: str
    mediator_official_id: str | None = None
    mediator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMediation(CaseCommand):
    mediation_version: int
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAssistance(CaseCommand):
    giver_unit_id: str
    kind: str
    give_by: date | None = None
    yuan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAssistance(CaseCommand):
    promise_version: int
    evidence: tuple[str, ...]
    yuan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseAssistance(CaseCommand):
    promise_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTaskTeam(CaseCommand):
    head_unit_id: str
    head_official_id: str
    members: tuple[str, ...]
    meet_by: date | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetTaskTeam(CaseCommand):
    team_version: int
    participants: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DissolveTaskTeam(CaseCommand):
    team_version: int
    reason: str
