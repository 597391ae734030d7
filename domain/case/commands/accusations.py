"""
检举控告 in the discipline line: passed on, received, accepted, closed, and what the reporter is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAccusationUpward(CaseCommand):
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardAccusation(CaseCommand):
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveForwardedAccusation(CaseCommand):
    of_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAccusation(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyReporter(CaseCommand):
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccusation(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBackResult(CaseCommand):
    proof: str | None = None
