"""
How a matter arrives, gets its number, is linked to others, and is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReceived(Act):
    """
    A matter arrived at a unit: letter, visit, phone, web, wechat, hotline or sms. Of those who brought it there are
    numbers alone: how many, and how many of them speak for the others. Who they are is sealed.
    """

    TOPIC: ClassVar[str] = "petition.received.v1"
    channel: str
    category: str = "claim"  # claim | suggestion | accusation | litigation_letter
    filed_directly: bool = True
    identity_mode: str | None = None  # real_name | anonymous
    headcount: int | None = None
    representatives: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionRegistered(Act):
    """
    The matter got its number. `due` holds due moments a source gave itself: (obligation, RFC 3339 moment).

    `continuing`: it was under way before this ledger was; what is claimed for before this entry nobody here watched.
    """

    TOPIC: ClassVar[str] = "petition.registered.v1"
    case_no: str
    channel: str | None = None
    subject: str | None = None  # a code of a subject taxonomy, never free text
    due: tuple[tuple[str, str], ...] = ()
    continuing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionLinked(Act):
    """Another arrival of the same matter, in its own stream. A link between cases, never a label on a person."""

    TOPIC: ClassVar[str] = "petition.linked.v1"
    other_stream: str
    kind: str = "repeat"  # repeat | same_arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionLinkDeclined(Act):
    """A clerk looked at a suggested repeat and found another matter: on what ground, as a code."""

    TOPIC: ClassVar[str] = "petition_link.declined.v1"
    other_stream: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionWithdrawn(Act):
    """Withdrawn by the petitioner's own act, registered by the acting unit. `proof` names it: a paper's digest."""

    TOPIC: ClassVar[str] = "petition.withdrawn.v1"
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionClassified(Act):
    """The category and the subject of the pack's taxonomy under which the matter is handled from here on."""

    TOPIC: ClassVar[str] = "petition.classified.v1"
    category: str
    subject: str | None = None
    urgency: str | None = None  # urgent | prompt | slow: of the matter


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionsJoined(Act):
    """
    Wrongly split matters become one. In the stream that goes on `goes_on` is True; in each other stream it is False
    and `other_stream` is where the matter goes on.
    """

    TOPIC: ClassVar[str] = "petitions.joined.v1"
    other_stream: str
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAttempted(Act):
    """Somebody tried to reach who filed the matter. An attempt explains a delay; it is nobody's fault."""

    TOPIC: ClassVar[str] = "contact.attempted.v1"
    means: str  # call | letter | message | visit
    result: str  # reached | unreachable | denied_authorship | wrong_number


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDisputed(Act):
    """联系方式存疑: by the attempt at that version, the detail given does not lead to who filed the matter."""

    TOPIC: ClassVar[str] = "contact.disputed.v1"
    REFERS: ClassVar[str] = "attempt_version"
    attempt_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityInquiryRequested(Act):
    """A body was asked who filed the matter: which, on what legal ground. What it answered is sealed."""

    TOPIC: ClassVar[str] = "identity_inquiry.requested.v1"
    to_unit_id: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityVerified(Act):
    """Who filed the matter was found out, by that method and on that ground; by an inquiry, where one is named."""

    TOPIC: ClassVar[str] = "identity.verified.v1"
    REFERS: ClassVar[str] = "inquiry_version"
    method: str  # household_register | in_person | document | reply
    ground: str
    inquiry_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentMatterIdentified(Act):
    """重大、紧急信访事项: an event or a danger, by its code. Never where anybody is."""

    TOPIC: ClassVar[str] = "urgent_matter.identified.v1"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentReportMade(Act):
    TOPIC: ClassVar[str] = "urgent_report.made.v1"
    REFERS: ClassVar[str] = "identified_version"
    identified_version: int
    to_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionReplied(Act):
    """建议 studied and answered. Adopting it is no condition of answering."""

    TOPIC: ClassVar[str] = "suggestion.replied.v1"
    adopted: str  # adopted | adopted_in_part | not_adopted
    proof: str | None = None
