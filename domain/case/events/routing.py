"""
How a matter goes from unit to unit: sent, signed for, objected to, reported back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - the codec reads these annotations at run time
from typing import ClassVar

from domain.case.events.base import Act


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
    procedure: str = "ordinary"  # ordinary | simple: which the receiver takes


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
class ClosingReportFiled(Act):
    """办结报告 on an assignment, filed with the body that assigned the matter."""

    TOPIC: ClassVar[str] = "closing_report.filed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedForDecision(Act):
    """The fourth way of Art. 22: an urgent and grave matter proposed to the party committee or the government."""

    TOPIC: ClassVar[str] = "reported.for_decision.v1"
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptProved(Act):
    """The sender proves that the hand-over at `of_version` was delivered; the receiver did not sign."""

    TOPIC: ClassVar[str] = "receipt.proved.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    of: str  # petition_referred | petition_assigned
    receiver_unit_id: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDeemed(Act):
    """By a rule that is named, the hand-over at `of_version` counts as received on the day of this act."""

    TOPIC: ClassVar[str] = "receipt.deemed.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    of: str  # petition_referred | petition_assigned
    receiver_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReturned(Act):
    """退回: unsigned, or after an upheld objection, the receiver gave the material back to who sent it."""

    TOPIC: ClassVar[str] = "petition.returned.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    addressee_unit_id: str
    reason: str
    result: str  # upheld: after an objection; unsigned: the hand-over was never taken


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionWithdrawn(Act):
    TOPIC: ClassVar[str] = "objection.withdrawn.v1"
    REFERS: ClassVar[str] = "objection_version"
    objection_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionDisputed(Act):
    """Organs differ on who is to accept: which, and who decides, the common superior or else the conference."""

    TOPIC: ClassVar[str] = "jurisdiction.disputed.v1"
    between: tuple[str, ...]
    common_superior_unit_id: str | None = None
    common_joint_conference_unit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionDecided(Act):
    """From here on the named unit has the matter."""

    TOPIC: ClassVar[str] = "jurisdiction.decided.v1"
    REFERS: ClassVar[str] = "dispute_version"
    dispute_version: int
    competent_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionAgreed(Act):
    """The organs in dispute agreed; from here on the named one has the matter."""

    TOPIC: ClassVar[str] = "jurisdiction.agreed.v1"
    REFERS: ClassVar[str] = "dispute_version"
    dispute_version: int
    competent_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetentBodyNamed(Act):
    """Which organ has the power, and, where several have, which leads and which take part."""

    TOPIC: ClassVar[str] = "competent_body.named.v1"
    lead_unit_id: str
    with_unit_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DivertedToJustice(Act):
    """诉访分离: a litigation matter passed to the body of that line at the same level, or its visitor shown the way."""

    TOPIC: ClassVar[str] = "diverted.to_justice.v1"
    line: str  # court | procuratorate | police | justice
    to_unit_id: str
    manner: str = "forwarded"  # forwarded | guided


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredToDiscipline(Act):
    """检举控告 passed to the discipline organ that has the power over the official it is about."""

    TOPIC: ClassVar[str] = "transferred.to_discipline.v1"
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentWithdrawn(Act):
    """The body that assigned the matter asks for no report any more."""

    TOPIC: ClassVar[str] = "assignment.withdrawn.v1"
    REFERS: ClassVar[str] = "of_version"
    of_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingReportRejected(Act):
    """The body that assigned the matter did not take the report, for a reason, and set a new day."""

    TOPIC: ClassVar[str] = "closing_report.rejected.v1"
    REFERS: ClassVar[str] = "report_version"
    report_version: int
    addressee_unit_id: str
    reason: str
    report_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeServed(Act):
    """
    What the petitioner was told in writing, besides acceptance and refusal: `kind` is referral, guidance, route,
    route_changed, review_not_accepted, re_review_not_accepted. Rules call it `<kind>_notice_served`; `answers` is the
    version of the request it answers.
    """

    TOPIC: ClassVar[str] = "notice.served.v1"
    REFERS: ClassVar[str] = "answers"
    kind: str
    to_unit_id: str | None = None
    ground: str | None = None
    answers: int | None = None
    proof: str | None = None
