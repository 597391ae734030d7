"""
Why a duty is not met, what it waits for, and putting a lead on record.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCause(CaseCommand):
    obligation: str
    trigger_version: int
    cause: str
    evidence: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCauseStatement(CaseCommand):
    statement_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDuty(CaseCommand):
    obligation: str
    trigger_version: int
    by_obligation: str
    by_trigger_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeBlock(CaseCommand):
    block_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLead(CaseCommand):
    lead: str
    measure: str
    versions: tuple[int, ...]
    rule: str | None = None
    group: tuple[str, ...] = ()
