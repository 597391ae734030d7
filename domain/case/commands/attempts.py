"""
What was tried and refused: recorded by the ledger itself, never asked for at a door.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefusedAttempt(CaseCommand):
    command: str
    rule: str
    law: str | None = None
