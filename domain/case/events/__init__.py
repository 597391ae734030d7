"""
Every act that can be recorded about a petition case. Open this file to learn what can happen.

An event is what somebody recorded: it names the unit and, where the record does, the official and the post that
acted. When it happened (`occurred_at`) and when the ledger took it (`recorded_at`) stand in the envelope, beside the
signer, and reach a fold through `domain.recorded.Recorded`. Petitioner identity, contact and free text are never
fields here: they are sealed disclosures beside the event (docs/formats.md).

TOPIC is the stored name for ever; `name_of` gives the spelling the rule packs use. Never subclass an event.
"""

from __future__ import annotations

from domain.case.events.accountability import (
    AccountabilityClosed,
    AccountabilityDecided,
    AccountabilityEvent,
    AccountabilityExecuted,
    AccountabilityProposed,
    AccountabilityReplyGiven,
    AccountabilityReplyOffered,
    AccountabilitySetAside,
)
from domain.case.events.accusations import (
    AccusationAccepted,
    AccusationClosed,
    AccusationForwarded,
    AccusationForwardedReceived,
    AccusationSentUpward,
    ReporterNotified,
    ResultFedBack,
)
from domain.case.events.arrival import (
    ContactAttempted,
    ContactDisputed,
    IdentityInquiryRequested,
    IdentityVerified,
    PetitionClassified,
    PetitionLinkDeclined,
    PetitionLinked,
    PetitionReceived,
    PetitionRegistered,
    PetitionsJoined,
    PetitionWithdrawn,
    SuggestionReplied,
    UrgentMatterIdentified,
    UrgentReportMade,
)
from domain.case.events.attempts import AttemptRefused
from domain.case.events.base import Act
from domain.case.events.causes import (
    BlockAcknowledged,
    CausesEvent,
    CauseStated,
    CauseStatementWithdrawn,
    DutyBlocked,
    LeadRecorded,
)
from domain.case.events.corrections import (
    ActCorrected,
    ActRetracted,
)
from domain.case.events.excuse import ExcuseAccepted
from domain.case.events.filed import ActFiled
from domain.case.events.handling import (
    AcceptanceNoticeServed,
    AcceptanceRevoked,
    CaseClosed,
    CaseReopened,
    ClaimSplit,
    EffectReviewed,
    ExecutionEvidenced,
    ExecutionVerified,
    ExtensionApproved,
    ExtensionNoticeServed,
    HandlingOpinionServed,
    HearingCancelledWithReason,
    HearingClosed,
    HearingConvened,
    HearingDecided,
    InterestDeclared,
    InterestFindingWithdrawn,
    InterestFound,
    NotAccepted,
    NotAcceptedNoticeServed,
    OpinionItemAnswered,
    OpinionServiceProved,
    PetitionAccepted,
    PetitionConcluded,
    PetitionerConfirmed,
    ProgressNoted,
    RecusalRecorded,
    ReplyServed,
    SatisfactionRated,
    SettlementAgreementSigned,
    SimpleConvertedToOrdinary,
)
from domain.case.events.leaders import (
    BundleAssigned,
    CaseLeaderActed,
    CaseLeaderAssigned,
    CaseLeaderRelieved,
    LeadersEvent,
    LeadUnitDesignated,
    UndertakingMade,
)
from domain.case.events.remedy import (
    OpinionSetAsideServed,
    ReReviewOpinionIssued,
    ReReviewRequested,
    ReReviewRequestWithdrawn,
    ReviewOpinionServed,
    ReviewRequested,
    ReviewRequestWithdrawn,
)
from domain.case.events.routing import (
    AssignmentWithdrawn,
    ClosingReportFiled,
    ClosingReportRejected,
    CompetentBodyNamed,
    DivertedToJustice,
    HandedOver,
    HandlerAssigned,
    JurisdictionAgreed,
    JurisdictionDecided,
    JurisdictionDisputed,
    JurisdictionObjected,
    NoticeServed,
    ObjectionDecided,
    ObjectionWithdrawn,
    PetitionAssigned,
    PetitionReferred,
    PetitionReturned,
    ReceiptDeemed,
    ReceiptProved,
    ReceiptSigned,
    ReportedForDecision,
    TransferredToDiscipline,
)
from domain.case.events.sealed import (
    AccusationReceived,
    AttachmentAdded,
    SealedFieldErased,
    SealedReadRefused,
    SealedValueRead,
)
from domain.case.events.settling import (
    AssistanceGiven,
    AssistancePromised,
    AssistanceRefused,
    MediationClosed,
    MediationOpened,
    SettlingEvent,
    TaskTeamDissolved,
    TaskTeamFormed,
    TaskTeamMet,
)
from domain.case.events.supervision import (
    BreachFindingRecorded,
    BreachFindingWithdrawn,
    DissentRecorded,
    ExecutionUrged,
    InspectionFindingRecorded,
    InspectionOpened,
    InspectionRoundClosed,
    ItemPosted,
    ItemStruckOff,
    MeetingDecisionMade,
    MeetingDecisionReported,
    MeetingDecisionRevoked,
    OrderWithdrawn,
    ProposalAnswered,
    ProposalIssued,
    ProposalReceived,
    RectificationOrdered,
    RectificationRejected,
    RectificationReported,
    RectificationVerified,
    ReminderAcknowledged,
    ReminderSent,
    SupervisionEvent,
    UrgingAnswered,
    UrgingIssued,
    UrgingReceived,
)

__all__ = [
    "ABOUT_THE_FILE",
    "RECEIPTS",
    "AcceptanceNoticeServed",
    "AcceptanceRevoked",
    "AccountabilityClosed",
    "AccountabilityDecided",
    "AccountabilityEvent",
    "AccountabilityExecuted",
    "AccountabilityProposed",
    "AccountabilityReplyGiven",
    "AccountabilityReplyOffered",
    "AccountabilitySetAside",
    "AccusationAccepted",
    "AccusationClosed",
    "AccusationForwarded",
    "AccusationForwardedReceived",
    "AccusationReceived",
    "AccusationSentUpward",
    "Act",
    "ActCorrected",
    "ActFiled",
    "ActRetracted",
    "AssignmentWithdrawn",
    "AssistanceGiven",
    "AssistancePromised",
    "AssistanceRefused",
    "AttachmentAdded",
    "AttemptRefused",
    "BlockAcknowledged",
    "BreachFindingRecorded",
    "BreachFindingWithdrawn",
    "BundleAssigned",
    "CaseClosed",
    "CaseEvent",
    "CaseLeaderActed",
    "CaseLeaderAssigned",
    "CaseLeaderRelieved",
    "CaseReopened",
    "CauseStated",
    "CauseStatementWithdrawn",
    "CausesEvent",
    "ClaimSplit",
    "ClosingReportFiled",
    "ClosingReportRejected",
    "CompetentBodyNamed",
    "ContactAttempted",
    "ContactDisputed",
    "DissentRecorded",
    "DivertedToJustice",
    "DutyBlocked",
    "EffectReviewed",
    "ExcuseAccepted",
    "ExecutionEvidenced",
    "ExecutionUrged",
    "ExecutionVerified",
    "ExtensionApproved",
    "ExtensionNoticeServed",
    "HandedOver",
    "HandlerAssigned",
    "HandlingOpinionServed",
    "HearingCancelledWithReason",
    "HearingClosed",
    "HearingConvened",
    "HearingDecided",
    "IdentityInquiryRequested",
    "IdentityVerified",
    "InspectionFindingRecorded",
    "InspectionOpened",
    "InspectionRoundClosed",
    "InterestDeclared",
    "InterestFindingWithdrawn",
    "InterestFound",
    "ItemPosted",
    "ItemStruckOff",
    "JurisdictionAgreed",
    "JurisdictionDecided",
    "JurisdictionDisputed",
    "JurisdictionObjected",
    "LeadRecorded",
    "LeadUnitDesignated",
    "LeadersEvent",
    "MediationClosed",
    "MediationOpened",
    "MeetingDecisionMade",
    "MeetingDecisionReported",
    "MeetingDecisionRevoked",
    "NotAccepted",
    "NotAcceptedNoticeServed",
    "NoticeServed",
    "ObjectionDecided",
    "ObjectionWithdrawn",
    "OpinionItemAnswered",
    "OpinionServiceProved",
    "OpinionSetAsideServed",
    "OrderWithdrawn",
    "PetitionAccepted",
    "PetitionAssigned",
    "PetitionClassified",
    "PetitionConcluded",
    "PetitionLinkDeclined",
    "PetitionLinked",
    "PetitionReceived",
    "PetitionReferred",
    "PetitionRegistered",
    "PetitionReturned",
    "PetitionWithdrawn",
    "PetitionerConfirmed",
    "PetitionsJoined",
    "ProgressNoted",
    "ProposalAnswered",
    "ProposalIssued",
    "ProposalReceived",
    "ReReviewOpinionIssued",
    "ReReviewRequestWithdrawn",
    "ReReviewRequested",
    "ReceiptDeemed",
    "ReceiptProved",
    "ReceiptSigned",
    "RectificationOrdered",
    "RectificationRejected",
    "RectificationReported",
    "RectificationVerified",
    "RecusalRecorded",
    "ReminderAcknowledged",
    "ReminderSent",
    "ReplyServed",
    "ReportedForDecision",
    "ReporterNotified",
    "ResultFedBack",
    "ReviewOpinionServed",
    "ReviewRequestWithdrawn",
    "ReviewRequested",
    "SatisfactionRated",
    "SealedFieldErased",
    "SealedReadRefused",
    "SealedValueRead",
    "SettlementAgreementSigned",
    "SettlingEvent",
    "SimpleConvertedToOrdinary",
    "SuggestionReplied",
    "SupervisionEvent",
    "TaskTeamDissolved",
    "TaskTeamFormed",
    "TaskTeamMet",
    "TransferredToDiscipline",
    "UndertakingMade",
    "UrgentMatterIdentified",
    "UrgentReportMade",
    "UrgingAnswered",
    "UrgingIssued",
    "UrgingReceived",
    "name_of",
]

# Who looks, erases or corrects does not handle.
ABOUT_THE_FILE = (
    *(SealedValueRead, SealedReadRefused, SealedFieldErased, ActCorrected, ActRetracted, LeadRecorded),
    AttemptRefused,
)

RECEIPTS = (ReceiptSigned, ReceiptProved, ReceiptDeemed)  # a hand-over is received by the earliest of them

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
    | PetitionLinkDeclined
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
    | PetitionClassified
    | PetitionsJoined
    | ContactAttempted
    | ContactDisputed
    | IdentityInquiryRequested
    | IdentityVerified
    | UrgentMatterIdentified
    | UrgentReportMade
    | SuggestionReplied
    | ReportedForDecision
    | ReceiptProved
    | ReceiptDeemed
    | PetitionReturned
    | ObjectionWithdrawn
    | JurisdictionDisputed
    | JurisdictionDecided
    | JurisdictionAgreed
    | CompetentBodyNamed
    | DivertedToJustice
    | TransferredToDiscipline
    | AssignmentWithdrawn
    | ClosingReportRejected
    | NoticeServed
    | SimpleConvertedToOrdinary
    | AcceptanceRevoked
    | ClaimSplit
    | OpinionItemAnswered
    | OpinionServiceProved
    | SettlementAgreementSigned
    | HearingDecided
    | HearingCancelledWithReason
    | InterestDeclared
    | InterestFound
    | InterestFindingWithdrawn
    | RecusalRecorded
    | EffectReviewed
    | ReviewRequestWithdrawn
    | ReReviewRequestWithdrawn
    | AccusationSentUpward
    | AccusationForwarded
    | AccusationForwardedReceived
    | AccusationAccepted
    | ReporterNotified
    | AccusationClosed
    | ResultFedBack
    | ActCorrected
    | ActRetracted
    | ActFiled
    | SupervisionEvent
    | LeadersEvent
    | SettlingEvent
    | AttemptRefused
    | AccountabilityEvent
    | CausesEvent
)


def name_of(topic: str) -> str:
    """
    The spelling rule packs use: `petition.referred.v1` is `petition_referred`.
    """
    return topic.rsplit(".", 1)[0].replace(".", "_")
