"""
How a matter is handled: accepted or not, extended, heard, answered, carried out, closed, rated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionAccepted(Act):
    """受理: the competent organ takes the matter, by one of the statutory routes."""

    TOPIC: ClassVar[str] = "petition.accepted.v1"
    route: str = "art31_6"
    procedure: str = "ordinary"  # ordinary | simple


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAccepted(Act):
    """不予受理, with its ground. It ends nothing until the petitioner has been told."""

    TOPIC: ClassVar[str] = "not.accepted.v1"
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceNoticeServed(Act):
    """受理告知书 served on the petitioner. `proof` names an outside record of service, where there is one."""

    TOPIC: ClassVar[str] = "acceptance_notice.served.v1"
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAcceptedNoticeServed(Act):
    TOPIC: ClassVar[str] = "not_accepted_notice.served.v1"
    ground: str
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionApproved(Act):
    """延期: names the duty it extends by its rule and the version of the act from which the duty arose."""

    TOPIC: ClassVar[str] = "extension.approved.v1"
    obligation: str
    trigger_version: int
    days: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionNoticeServed(Act):
    TOPIC: ClassVar[str] = "extension_notice.served.v1"
    REFERS: ClassVar[str] = "extension_version"
    extension_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingOpinionServed(Act):
    """处理意见书 served. A supporting opinion names who executes it and by which day."""

    TOPIC: ClassVar[str] = "handling_opinion.served.v1"
    outcome: str  # support | support_in_part | explain | not_support
    made_on: date | None = None
    executor_unit_id: str | None = None
    execute_by: date | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEvidenced(Act):
    """The executor's own claim that the opinion was carried out, with digests of its evidence."""

    TOPIC: ClassVar[str] = "execution.evidenced.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionVerified(Act):
    """The issuer of the opinion verified its execution."""

    TOPIC: ClassVar[str] = "execution.verified.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionerConfirmed(Act):
    """The petitioner signed that the opinion was carried out."""

    TOPIC: ClassVar[str] = "petitioner.confirmed.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingConvened(Act):
    TOPIC: ClassVar[str] = "hearing.convened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingClosed(Act):
    TOPIC: ClassVar[str] = "hearing.closed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Act):
    """Closing ends no duty; it is a fact about the file."""

    TOPIC: ClassVar[str] = "case.closed.v1"
    form: str = "concluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(Act):
    TOPIC: ClassVar[str] = "case.reopened.v1"
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionRated(Act):
    """The petitioner's own rating of a reply. `contradicts` names an opinion the petitioner says was not executed."""

    TOPIC: ClassVar[str] = "satisfaction.rated.v1"
    score: str  # satisfied | basically_satisfied | dissatisfied
    contradicts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionConcluded(Act):
    """办结 as another system records it, where it does not say how."""

    TOPIC: ClassVar[str] = "petition.concluded.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyServed(Act):
    """答复 outside the formal opinion, for example on a message board."""

    TOPIC: ClassVar[str] = "reply.served.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNoted(Act):
    """A step of handling. It discharges nothing and shows that somebody acted."""

    TOPIC: ClassVar[str] = "progress.noted.v1"
    step: str
