"""
What deciding needs to know of a finding: what it is about, what it rests on, who was asked, and how it stands.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read at run time by dataclasses' users
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING

from domain.finding import events as f

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.finding.events import FindingEvent

OPEN, CONFIRMED, WITHDRAWN = "open", "confirmed", "withdrawn"


@dataclass(frozen=True, slots=True)
class Request:
    unit_id: str | None
    official_id: str | None
    answer_by: date
    given_at: int | None = None  # version of the explanation


@dataclass(frozen=True, slots=True)
class Finding:
    """`opened` and `requests` as their events say it, with sealed fields put back where they can be read."""

    version: int = 0
    opened: f.FindingOpened | None = None
    pins: Mapping[int, str] = field(default_factory=dict)  # leaf hash by log index
    requests: Mapping[int, Request] = field(default_factory=dict)  # by version
    state: str | None = None
    confirmed: f.FindingConfirmed | None = None
    proposals: Mapping[str, int] = field(default_factory=dict)  # version in the case, by measure

    def replied(self, day: date) -> bool:
        """Whether its subject explained, or let the day pass. Somebody else's explanation does not stand for it."""
        return any(r.given_at is not None or r.answer_by < day for r in self.of_subject().values())

    def of_subject(self) -> dict[int, Request]:
        """The requests that were put to whom it is about: the official where it names one, else the unit."""
        if self.opened is None:
            return {}
        unit, official = self.opened.subject_unit_id, self.opened.subject_official_id
        return {
            version: r
            for version, r in self.requests.items()
            if (r.official_id == official if official is not None else r.unit_id == unit)
        }


def evolve(finding: Finding, event: FindingEvent) -> Finding:
    """The finding after one more event."""
    finding = replace(finding, version=finding.version + 1)
    match event:
        case f.FindingOpened():
            return replace(finding, opened=event, state=OPEN)
        case f.FindingEvidencePinned():
            pins = dict(zip(event.log_indexes, event.leaf_hashes, strict=True))
            return replace(finding, pins={**finding.pins, **pins})
        case f.ExplanationRequested():
            asked = Request(event.asked_unit_id, event.asked_official_id, event.answer_by)
            return replace(finding, requests={**finding.requests, finding.version: asked})
        case f.ExplanationGiven(request_version=version):
            given = replace(finding.requests[version], given_at=finding.version)
            return replace(finding, requests={**finding.requests, version: given})
        case f.FindingConfirmed():
            return replace(finding, state=CONFIRMED, confirmed=event)
        case f.FindingWithdrawn():
            return replace(finding, state=WITHDRAWN)
        case f.FindingProposalMade():
            return replace(finding, proposals={**finding.proposals, event.measure: event.proposal_version})


def fold(events: Iterable[FindingEvent]) -> Finding:
    return reduce(evolve, events, Finding())
