"""
How a matter arrives, gets its number, is linked to others, and is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePetition(CaseCommand):
    channel: str
    category: str = "claim"
    filed_directly: bool = True
    identity_mode: str | None = None
    headcount: int | None = None
    representatives: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPetition(CaseCommand):
    case_no: str
    subject: str | None = None
    continuing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRepeat(CaseCommand):
    """Links a later arrival of the same matter; a closed case is reopened by it."""

    other_stream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineRepeat(CaseCommand):
    """The suggested repeat is another matter."""

    other_stream: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPetition(CaseCommand):
    """The petitioner's own act; `proof` is the digest of the paper or of the message that says so."""

    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyPetition(CaseCommand):
    category: str
    subject: str | None = None
    urgency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPetitions(CaseCommand):
    """Recorded in both streams: `goes_on` in the one where the matter goes on."""

    other_stream: str
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptContact(CaseCommand):
    means: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeContact(CaseCommand):
    attempt_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestIdentityInquiry(CaseCommand):
    to_unit_id: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyIdentity(CaseCommand):
    method: str
    ground: str
    inquiry_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyUrgentMatter(CaseCommand):
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUrgentReport(CaseCommand):
    identified_version: int
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToSuggestion(CaseCommand):
    adopted: str
    proof: str | None = None
