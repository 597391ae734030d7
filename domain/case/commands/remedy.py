"""
Review (复查) and re-review (复核) of an opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview(CaseCommand):
    """The petitioner's request for review, registered by the reviewing organ that received it."""

    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeReviewOpinion(CaseCommand):
    """
    Decides and serves a review. Setting aside may order the handling unit to redo its opinion by a day; a change says
    what it decides instead and, where it supports, who executes it by when.
    """

    request_version: int
    outcome: str
    redo_by_unit_id: str | None = None
    redo_by: date | None = None
    proof: str | None = None
    decision: str | None = None
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReReview(CaseCommand):
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReReviewOpinion(CaseCommand):
    """Decides a re-review, as `ServeReviewOpinion` a review."""

    request_version: int
    outcome: str
    redo_by_unit_id: str | None = None
    redo_by: date | None = None
    decision: str | None = None
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReviewRequest(CaseCommand):
    request_version: int
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReReviewRequest(CaseCommand):
    request_version: int
    proof: str
