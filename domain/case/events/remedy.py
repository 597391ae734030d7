"""
Review (复查) and re-review (复核) of an opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(Act):
    """复查 requested; the acting unit is the reviewing organ that received the request."""

    TOPIC: ClassVar[str] = "review.requested.v1"
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOpinionServed(Act):
    TOPIC: ClassVar[str] = "review_opinion.served.v1"
    REFERS: ClassVar[str] = "request_version"
    request_version: int
    outcome: str  # uphold | change | set_aside
    proof: str | None = None
    decision: str | None = None  # of a change: support | support_in_part | explain | not_support
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionSetAsideServed(Act):
    """An opinion was set aside on review; `order` says whether it must be redone, by whom and by which day."""

    TOPIC: ClassVar[str] = "opinion_set_aside.served.v1"
    opinion_version: int
    order: str  # redo | none
    addressee_unit_id: str
    redo_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReReviewRequested(Act):
    """复核 requested; the acting unit is the organ that received the request."""

    TOPIC: ClassVar[str] = "re_review.requested.v1"
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReReviewOpinionIssued(Act):
    TOPIC: ClassVar[str] = "re_review_opinion.issued.v1"
    REFERS: ClassVar[str] = "request_version"
    request_version: int
    outcome: str  # uphold | change | set_aside
    decision: str | None = None  # as of a review
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequestWithdrawn(Act):
    TOPIC: ClassVar[str] = "review_request.withdrawn.v1"
    REFERS: ClassVar[str] = "request_version"
    request_version: int
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReReviewRequestWithdrawn(Act):
    TOPIC: ClassVar[str] = "re_review_request.withdrawn.v1"
    REFERS: ClassVar[str] = "request_version"
    request_version: int
    proof: str
