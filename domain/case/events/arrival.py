"""
How a matter arrives, gets its number, is linked to others, and is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionReceived(Act):
    """A matter arrived at a unit: letter, visit, phone, web, wechat, hotline or sms."""

    TOPIC: ClassVar[str] = "petition.received.v1"
    channel: str
    category: str = "claim"  # claim | suggestion | accusation | litigation_letter
    filed_directly: bool = True


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
class PetitionWithdrawn(Act):
    """Withdrawn by the petitioner's own signed act, registered by the acting unit."""

    TOPIC: ClassVar[str] = "petition.withdrawn.v1"
