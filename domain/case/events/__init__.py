"""
Every act that can be recorded about a petition case. Open this file to learn what can happen.

An event is what somebody recorded: it names the unit and, where the record does, the official and the post that
acted. When it happened (`occurred_at`) and when the ledger took it (`recorded_at`) stand in the envelope, beside the
signer, and reach a fold through `domain.recorded.Recorded`. Petitioner identity, contact and free text are never
fields here: they are sealed disclosures beside the event (docs/formats.md).

TOPIC is the stored name for ever; `name_of` gives the spelling the rule packs use. Never subclass an event.
"""

from __future__ import annotations

from domain.case.events.arrival import (
    PetitionLinked,
    PetitionReceived,
    PetitionRegistered,
    PetitionWithdrawn,
)
from domain.case.events.base import Act
from domain.case.events.excuse import ExcuseAccepted
from domain.case.events.handling import (
    AcceptanceNoticeServed,
    CaseClosed,
    CaseReopened,
    ExecutionEvidenced,
    ExecutionVerified,
    ExtensionApproved,
    ExtensionNoticeServed,
    HandlingOpinionServed,
    HearingClosed,
    HearingConvened,
    NotAccepted,
    NotAcceptedNoticeServed,
    PetitionAccepted,
    PetitionConcluded,
    PetitionerConfirmed,
    ProgressNoted,
    ReplyServed,
    SatisfactionRated,
)
from domain.case.events.remedy import (
    OpinionSetAsideServed,
    ReReviewOpinionIssued,
    ReReviewRequested,
    ReviewOpinionServed,
    ReviewRequested,
)
from domain.case.events.routing import (
    ClosingReportFiled,
    HandedOver,
    HandlerAssigned,
    JurisdictionObjected,
    ObjectionDecided,
    PetitionAssigned,
    PetitionReferred,
    ReceiptSigned,
)
from domain.case.events.sealed import (
    AccusationReceived,
    AttachmentAdded,
    SealedFieldErased,
    SealedReadRefused,
    SealedValueRead,
)

__all__ = [
    "ABOUT_THE_FILE",
    "AcceptanceNoticeServed",
    "AccusationReceived",
    "Act",
    "AttachmentAdded",
    "CaseClosed",
    "CaseEvent",
    "CaseReopened",
    "ClosingReportFiled",
    "ExcuseAccepted",
    "ExecutionEvidenced",
    "ExecutionVerified",
    "ExtensionApproved",
    "ExtensionNoticeServed",
    "HandedOver",
    "HandlerAssigned",
    "HandlingOpinionServed",
    "HearingClosed",
    "HearingConvened",
    "JurisdictionObjected",
    "NotAccepted",
    "NotAcceptedNoticeServed",
    "ObjectionDecided",
    "OpinionSetAsideServed",
    "PetitionAccepted",
    "PetitionAssigned",
    "PetitionConcluded",
    "PetitionLinked",
    "PetitionReceived",
    "PetitionReferred",
    "PetitionRegistered",
    "PetitionWithdrawn",
    "PetitionerConfirmed",
    "ProgressNoted",
    "ReReviewOpinionIssued",
    "ReReviewRequested",
    "ReceiptSigned",
    "ReplyServed",
    "ReviewOpinionServed",
    "ReviewRequested",
    "SatisfactionRated",
    "SealedFieldErased",
    "SealedReadRefused",
    "SealedValueRead",
    "name_of",
]

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
    | ExcuseAccepted
)


def name_of(topic: str) -> str:
    """
    The spelling rule packs use: `petition.referred.v1` is `petition_referred`.
    """
    return topic.rsplit(".", 1)[0].replace(".", "_")
