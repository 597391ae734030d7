"""
How a matter arrives, gets its number, is linked to others, and is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePetition(CaseCommand):
    channel: str
    category: str = "claim"
    filed_directly: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPetition(CaseCommand):
    case_no: str
    subject: str | None = None
    continuing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRepeat(CaseCommand):
    """Links a later arrival of the same matter; a closed case is reopened by it."""

    other_stream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPetition(CaseCommand):
    pass
