"""
Every act that can be recorded about a petition case. Open this file to learn what can happen.

An event is what somebody recorded: it names the unit and, where the record does, the official and the post that
acted. When it happened (`occurred_at`) and when the ledger took it (`recorded_at`) stand in the envelope, beside the
signer, and reach a fold through `domain.recorded.Recorded`. Petitioner identity, contact and free text are never
fields here: they are sealed disclosures beside the event (docs/formats.md).

TOPIC is the stored name for ever; `name_of` gives the spelling the rule packs use. Never subclass an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    Who acted, as the record says: always a unit; the official and the post where they are recorded.
    """

    unit_id: str
    official_id: str | None = None
    post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReceived(Act):
    """A matter arrived at a unit: letter, visit, phone, web, wechat, hotline or sms."""

    TOPIC: ClassVar[str] = "petition.received.v1"
    channel: str
    category: str = "claim"  # claim | suggestion | accusation | litigation_letter
    filed_directly: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionRegistered(Act):
    """The matter got its number. `due` holds due moments a source gave itself: (obligation, RFC 3339 moment)."""

    TOPIC: ClassVar[str] = "petition.registered.v1"
    case_no: str
    channel: str | None = None
    subject: str | None = None  # a code of a subject taxonomy, never free text
    due: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReferred(Act):
    """转送: passed to another unit; no result is required back."""

    TOPIC: ClassVar[str] = "petition.referred.v1"
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionAssigned(Act):
    """交办: passed to another unit with a result to be reported by a day."""

    TOPIC: ClassVar[str] = "petition.assigned.v1"
    to_unit_id: str
    basis: str
    report_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Act):
    """移交 that takes effect at once, as other systems record it: from this moment the named unit holds the matter."""

    TOPIC: ClassVar[str] = "handed.over.v1"
    to_unit_id: str
    to_official_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSigned(Act):
    """签收: the receiving unit signed for the hand-over that stands at `of_version` of this stream."""

    TOPIC: ClassVar[str] = "receipt.signed.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    of: str  # petition_referred | petition_assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerAssigned(Act):
    """The unit named the official (or the post) who handles the matter inside it."""

    TOPIC: ClassVar[str] = "handler.assigned.v1"
    assigned_official_id: str | None = None
    assigned_post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionObjected(Act):
    """管辖异议: the receiver says the hand-over at `of_version` is not within its powers."""

    TOPIC: ClassVar[str] = "jurisdiction.objected.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDecided(Act):
    """The body that sent the matter decided the objection at `objection_version`: upheld or refused."""

    TOPIC: ClassVar[str] = "objection.decided.v1"
    REFERS: ClassVar[str] = "objection_version"
    objection_version: int
    result: str  # upheld | refused


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
class ClosingReportFiled(Act):
    """办结报告 on an assignment, filed with the body that assigned the matter."""

    TOPIC: ClassVar[str] = "closing_report.filed.v1"


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
class PetitionLinked(Act):
    """Another arrival of the same matter, in its own stream. A link between cases, never a label on a person."""

    TOPIC: ClassVar[str] = "petition.linked.v1"
    other_stream: str
    kind: str = "repeat"  # repeat | same_arrival


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingConvened(Act):
    TOPIC: ClassVar[str] = "hearing.convened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingClosed(Act):
    TOPIC: ClassVar[str] = "hearing.closed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionRated(Act):
    """The petitioner's own rating of a reply. `contradicts` names an opinion the petitioner says was not executed."""

    TOPIC: ClassVar[str] = "satisfaction.rated.v1"
    score: str  # satisfied | basically_satisfied | dissatisfied
    contradicts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionWithdrawn(Act):
    """Withdrawn by the petitioner's own signed act, registered by the acting unit."""

    TOPIC: ClassVar[str] = "petition.withdrawn.v1"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationReceived(Act):
    """检举控告 arrived. Accused, subject and purpose are disclosures; the stream's id is random."""

    TOPIC: ClassVar[str] = "accusation.received.v1"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentAdded(Act):
    """A file was attached. `sealed_object` is the SHA-256 of its ciphertext; name, type and key are a disclosure."""

    TOPIC: ClassVar[str] = "attachment.added.v1"
    category: str
    sealed_object: str
    size: int  # of the ciphertext, bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedValueRead(Act):
    """An official was shown sealed values of this case: which, by digest, and on what ground."""

    TOPIC: ClassVar[str] = "sealed_value.read.v1"
    digests: tuple[str, ...]
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedReadRefused(Act):
    """Sealed values were asked for, and refused. Who and why are disclosures: a name would tell who is accused."""

    TOPIC: ClassVar[str] = "sealed_read.refused.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFieldErased(Act):
    """By order, these fields of the record at log index `target` are to be erased; `luoshi erase` then does it."""

    TOPIC: ClassVar[str] = "sealed_field.erased.v1"
    target: int
    digests: tuple[str, ...]
    order_no: str
    basis: str


ABOUT_THE_FILE = (SealedValueRead, SealedReadRefused, SealedFieldErased)  # who looks or erases does not handle

CaseEvent = (
    PetitionReceived
    | PetitionRegistered
    | PetitionReferred
    | PetitionAssigned
    | HandedOver
    | ReceiptSigned
    | HandlerAssigned
    | JurisdictionObjected
    | ObjectionDecided
    | PetitionAccepted
    | NotAccepted
    | AcceptanceNoticeServed
    | NotAcceptedNoticeServed
    | ExtensionApproved
    | ExtensionNoticeServed
    | HandlingOpinionServed
    | ExecutionEvidenced
    | ExecutionVerified
    | PetitionerConfirmed
    | ClosingReportFiled
    | CaseClosed
    | CaseReopened
    | PetitionLinked
    | ReviewRequested
    | ReviewOpinionServed
    | OpinionSetAsideServed
    | ReReviewRequested
    | ReReviewOpinionIssued
    | HearingConvened
    | HearingClosed
    | SatisfactionRated
    | PetitionWithdrawn
    | PetitionConcluded
    | ReplyServed
    | ProgressNoted
    | AccusationReceived
    | AttachmentAdded
    | SealedValueRead
    | SealedReadRefused
    | SealedFieldErased
)


def name_of(topic: str) -> str:
    """
    The spelling rule packs use: `petition.referred.v1` is `petition_referred`.
    """
    return topic.rsplit(".", 1)[0].replace(".", "_")
