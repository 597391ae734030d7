"""
Every command about a case: imperative, carrying who acts, when it is claimed to have happened, and `now`.

`now` is the door's clock reading and is compared, never stored: what is stored is the ledger's `recorded_at`.
`sealed` holds (name, value) pairs that become salted disclosures: petitioner identity, contact, free text, reply text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.recorded import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCommand:
    """
    What all commands carry. `stream` is `case/<source>/<no>`; `actor` is the principal whose key will sign.
    """

    stream: str
    unit_id: str
    official_id: str | None
    post_id: str | None = None
    actor: Actor
    occurred_at: datetime
    now: datetime
    command_id: str
    sealed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePetition(CaseCommand):
    channel: str
    category: str = "claim"
    filed_directly: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPetition(CaseCommand):
    case_no: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferPetition(CaseCommand):
    to_unit_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPetition(CaseCommand):
    to_unit_id: str
    basis: str
    report_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(CaseCommand):
    to_unit_id: str
    to_official_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignReceipt(CaseCommand):
    of_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignHandler(CaseCommand):
    assigned_official_id: str | None = None
    assigned_post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectJurisdiction(CaseCommand):
    of_version: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideObjection(CaseCommand):
    objection_version: int
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPetition(CaseCommand):
    route: str = "art31_6"
    procedure: str = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseAcceptance(CaseCommand):
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeAcceptanceNotice(CaseCommand):
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeNotAcceptedNotice(CaseCommand):
    ground: str
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveExtension(CaseCommand):
    obligation: str
    trigger_version: int
    days: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeExtensionNotice(CaseCommand):
    extension_version: int
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeHandlingOpinion(CaseCommand):
    outcome: str
    made_on: date | None = None
    executor_unit_id: str | None = None
    execute_by: date | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceExecution(CaseCommand):
    opinion_version: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyExecution(CaseCommand):
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmExecution(CaseCommand):
    """The petitioner's own signed confirmation, registered by the acting unit."""

    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClosingReport(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(CaseCommand):
    form: str = "concluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRepeat(CaseCommand):
    """Links a later arrival of the same matter; a closed case is reopened by it."""

    other_stream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview(CaseCommand):
    """The petitioner's request for review, registered by the reviewing organ that received it."""

    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeReviewOpinion(CaseCommand):
    """Decides and serves a review. Setting aside may order the handling unit to redo its opinion by a day."""

    request_version: int
    outcome: str
    redo_by_unit_id: str | None = None
    redo_by: date | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReReview(CaseCommand):
    opinion_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReReviewOpinion(CaseCommand):
    """Decides a re-review. Setting aside may order the handling unit to redo its opinion by a day."""

    request_version: int
    outcome: str
    redo_by_unit_id: str | None = None
    redo_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConveneHearing(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseHearing(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSatisfaction(CaseCommand):
    """The petitioner's own rating. `contradicts` names an opinion the petitioner says was not executed."""

    score: str
    contradicts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPetition(CaseCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteProgress(CaseCommand):
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveAccusation(CaseCommand):
    """
    `sealed` names at least one `accused_official` or `accused_unit` by identifier; `subject` and `purpose` go there.
    """

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAttachment(CaseCommand):
    category: str
    sealed_object: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSealed(CaseCommand):
    """The app has found which values are asked for, and that this official may see them."""

    digests: tuple[str, ...]
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseSealedRead(CaseCommand):
    """Recorded by the ledger itself, for somebody whom it names in `sealed` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseSealed(CaseCommand):
    """`targets` are (log index, digests) of the fields that the order names."""

    targets: tuple[tuple[int, tuple[str, ...]], ...]
    order_no: str
    basis: str
