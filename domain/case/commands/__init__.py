"""
Every command about a case: imperative, carrying who acts, when it is claimed to have happened, and `now`.

`now` is the door's clock reading and is compared, never stored: what is stored is the ledger's `recorded_at`.
`sealed` holds (name, value) pairs that become salted disclosures: petitioner identity, contact, free text, reply text.
"""

from __future__ import annotations

from domain.case.commands.arrival import (
    LinkRepeat,
    ReceivePetition,
    RegisterPetition,
    WithdrawPetition,
)
from domain.case.commands.base import CaseCommand
from domain.case.commands.excuse import AcceptExcuse
from domain.case.commands.handling import (
    AcceptPetition,
    ApproveExtension,
    CloseCase,
    CloseHearing,
    ConfirmExecution,
    ConveneHearing,
    EvidenceExecution,
    NoteProgress,
    RateSatisfaction,
    RefuseAcceptance,
    ServeAcceptanceNotice,
    ServeExtensionNotice,
    ServeHandlingOpinion,
    ServeNotAcceptedNotice,
    VerifyExecution,
)
from domain.case.commands.remedy import (
    IssueReReviewOpinion,
    RequestReReview,
    RequestReview,
    ServeReviewOpinion,
)
from domain.case.commands.routing import (
    AssignHandler,
    AssignPetition,
    DecideObjection,
    FileClosingReport,
    HandOver,
    ObjectJurisdiction,
    ReferPetition,
    SignReceipt,
)
from domain.case.commands.sealed import (
    AddAttachment,
    EraseSealed,
    ReadSealed,
    ReceiveAccusation,
    RefuseSealedRead,
)

__all__ = [
    "AcceptExcuse",
    "AcceptPetition",
    "AddAttachment",
    "ApproveExtension",
    "AssignHandler",
    "AssignPetition",
    "CaseCommand",
    "CloseCase",
    "CloseHearing",
    "ConfirmExecution",
    "ConveneHearing",
    "DecideObjection",
    "EraseSealed",
    "EvidenceExecution",
    "FileClosingReport",
    "HandOver",
    "IssueReReviewOpinion",
    "LinkRepeat",
    "NoteProgress",
    "ObjectJurisdiction",
    "RateSatisfaction",
    "ReadSealed",
    "ReceiveAccusation",
    "ReceivePetition",
    "ReferPetition",
    "RefuseAcceptance",
    "RefuseSealedRead",
    "RegisterPetition",
    "RequestReReview",
    "RequestReview",
    "ServeAcceptanceNotice",
    "ServeExtensionNotice",
    "ServeHandlingOpinion",
    "ServeNotAcceptedNotice",
    "ServeReviewOpinion",
    "SignReceipt",
    "VerifyExecution",
    "WithdrawPetition",
]
