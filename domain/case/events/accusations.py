"""
检举控告 in the discipline line: what its petition section, its handlers and the level below do with an accusation.

Who is accused, who accuses and what was found are sealed; these acts hold units, codes and days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationSentUpward(Act):
    """An accusation within the powers of the level above was passed up."""

    TOPIC: ClassVar[str] = "accusation.sent_upward.v1"
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationForwarded(Act):
    """An accusation was passed to the unit that has the power over it."""

    TOPIC: ClassVar[str] = "accusation.forwarded.v1"
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationForwardedReceived(Act):
    """The unit to which the accusation was passed at `of_version` has it."""

    TOPIC: ClassVar[str] = "accusation_forwarded.received.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationAccepted(Act):
    TOPIC: ClassVar[str] = "accusation.accepted.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterNotified(Act):
    """Who accused by name was told of the acceptance."""

    TOPIC: ClassVar[str] = "reporter.notified.v1"
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationClosed(Act):
    TOPIC: ClassVar[str] = "accusation.closed.v1"
    identity_mode: str  # real_name | anonymous, as received


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFedBack(Act):
    """Who accused by name was told of the result."""

    TOPIC: ClassVar[str] = "result.fed_back.v1"
    proof: str | None = None
