"""
What is sealed: accusations, attachments, readings and erasures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusationReceived(Act):
    """检举控告 arrived. Accused, subject and purpose are disclosures; the stream's id is random."""

    TOPIC: ClassVar[str] = "accusation.received.v1"
    channel: str
    identity_mode: str | None = None  # real_name | anonymous
    competent: str | None = None  # own | superior: whose power the matter is in
    is_repeat: bool = False


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
