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
    policy_basis: str | None = None  # the document and clause that an explanation rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEvidenced(Act):
    """The executor's own claim that the opinion was carried out, with digests of its evidence."""

    TOPIC: ClassVar[str] = "execution.evidenced.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    evidence: tuple[str, ...] = ()
    items: tuple[int, ...] = ()  # of the claim, where it was carried out in part; none: all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionVerified(Act):
    """The issuer of the opinion verified its execution."""

    TOPIC: ClassVar[str] = "execution.verified.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    items: tuple[int, ...] = ()  # of the claim, where a part was verified; none: all of it


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
    """答复 outside the formal opinion: on the spot at reception, or on a message board. It discharges no opinion."""

    TOPIC: ClassVar[str] = "reply.served.v1"
    policy_basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNoted(Act):
    """A step of handling. It discharges nothing and shows that somebody acted."""

    TOPIC: ClassVar[str] = "progress.noted.v1"
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleConvertedToOrdinary(Act):
    """简易办理 turned into ordinary handling. The day of acceptance stays."""

    TOPIC: ClassVar[str] = "simple.converted_to_ordinary.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRevoked(Act):
    """A superior organ took the acceptance back."""

    TOPIC: ClassVar[str] = "acceptance.revoked.v1"
    addressee_unit_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSplit(Act):
    """The claim as items 1, 2, 3 ...: each by its code of the pack's taxonomy; the words of each are sealed."""

    TOPIC: ClassVar[str] = "claim.split.v1"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionItemAnswered(Act):
    """What the opinion says to one item of the claim; a supported one names who executes it and by which day."""

    TOPIC: ClassVar[str] = "opinion_item.answered.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    item: int
    outcome: str  # support | support_in_part | explain | not_support
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionServiceProved(Act):
    """送达回证: an outside record that the opinion reached the petitioner, and how."""

    TOPIC: ClassVar[str] = "opinion_service.proved.v1"
    REFERS: ClassVar[str] = "opinion_version"
    opinion_version: int
    means: str  # direct | left | post | electronic | public
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementAgreementSigned(Act):
    """和解、调解协议: signed by those it binds; who executes it and by which day, where it says so."""

    TOPIC: ClassVar[str] = "settlement_agreement.signed.v1"
    evidence: tuple[str, ...]
    executor_unit_id: str | None = None
    execute_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingDecided(Act):
    """A hearing was decided on, for a day where one was set."""

    TOPIC: ClassVar[str] = "hearing.decided.v1"
    hold_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingCancelledWithReason(Act):
    """The hearing is off. Where it had begun, the time stops being taken out on this day."""

    TOPIC: ClassVar[str] = "hearing.cancelled_with_reason.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestDeclared(Act):
    """An official said that this matter touches an interest of theirs. The interest itself is sealed."""

    TOPIC: ClassVar[str] = "interest.declared.v1"
    interested_official_id: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestFound(Act):
    """Somebody else found it. It may be withdrawn; until then it stands."""

    TOPIC: ClassVar[str] = "interest.found.v1"
    interested_official_id: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestFindingWithdrawn(Act):
    TOPIC: ClassVar[str] = "interest_finding.withdrawn.v1"
    REFERS: ClassVar[str] = "interest_version"
    interest_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecusalRecorded(Act):
    """回避: from here on that official does not act on this matter."""

    TOPIC: ClassVar[str] = "recusal.recorded.v1"
    REFERS: ClassVar[str] = "interest_version"
    interest_version: int
    interested_official_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectReviewed(Act):
    """A look back after closing: does what was done still stand? It discharges nothing else."""

    TOPIC: ClassVar[str] = "effect.reviewed.v1"
    REFERS: ClassVar[str] = "closing_version"
    closing_version: int
    result: str  # stands | came_back | not_executed
    evidence: tuple[str, ...] = ()
    look: str | None = None  # first | second | third, of those a pack demands after a closing
