"""
That a duty could not be met is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptExcuse(CaseCommand):
    obligation: str
    trigger_version: int
    ground: str
    evidence: tuple[str, ...] = ()
