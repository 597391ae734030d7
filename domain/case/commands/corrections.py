"""
What was recorded wrongly is corrected or retracted by two people.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectAct(CaseCommand):
    """`value` is spelled as the body of the act spells it."""

    act_version: int
    field: str
    value: str
    reason: str
    second_official_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractAct(CaseCommand):
    act_version: int
    reason: str
    second_official_id: str
