"""
What can be recorded of a finding of the discipline office, in `finding/<32 hex>`.

`SEALS` are the fields that stand as sealed values where the finding is about an accusation; such an event says
`is_sealed`, and the fields are empty in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOpened(Act):
    """An office looks into a duty that seems not met. It finds nothing yet, and names nobody as having failed."""

    TOPIC: ClassVar[str] = "finding.opened.v1"
    SEALS: ClassVar[tuple[str, ...]] = (
        "case_stream",
        "obligation",
        "trigger_version",
        "subject_unit_id",
        "subject_official_id",
    )
    case_stream: str | None = None
    obligation: str | None = None
    trigger_version: int | None = None
    subject_unit_id: str | None = None
    subject_official_id: str | None = None
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvidencePinned(Act):
    """Records of the log on which the finding rests, each with the hash of its leaf."""

    TOPIC: ClassVar[str] = "finding_evidence.pinned.v1"
    SEALS: ClassVar[tuple[str, ...]] = ("log_indexes", "leaf_hashes")
    log_indexes: tuple[int, ...] = ()
    leaf_hashes: tuple[str, ...] = ()
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationRequested(Act):
    """Somebody is asked to explain, by a day. It is a right: to let the day pass is no breach."""

    TOPIC: ClassVar[str] = "explanation.requested.v1"
    SEALS: ClassVar[tuple[str, ...]] = ("asked_unit_id", "asked_official_id")
    answer_by: date
    asked_unit_id: str | None = None
    asked_official_id: str | None = None
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationGiven(Act):
    """The explanation asked for at `request_version`; its text is sealed (`explanation_text`)."""

    TOPIC: ClassVar[str] = "explanation.given.v1"
    REFERS: ClassVar[str] = "request_version"
    request_version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingConfirmed(Act):
    """
    Confirmed by a second person. `breach_version`: where the case has it as `breach_finding.recorded`, recorded in the
    same append; None for an accusation, whose stream holds no findings.
    """

    TOPIC: ClassVar[str] = "finding.confirmed.v1"
    ground: str
    breach_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWithdrawn(Act):
    TOPIC: ClassVar[str] = "finding.withdrawn.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingProposalMade(Act):
    """`proposal_version`: where the case has the `accountability.proposed` of the same append."""

    TOPIC: ClassVar[str] = "finding_proposal.made.v1"
    measure: str
    proposal_version: int


FindingEvent = (
    FindingOpened
    | FindingEvidencePinned
    | ExplanationRequested
    | ExplanationGiven
    | FindingConfirmed
    | FindingWithdrawn
    | FindingProposalMade
)
