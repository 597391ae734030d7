"""
What is sealed: accusations, attachments, readings and erasures.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.case.commands.base import CaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveAccusation(CaseCommand):
    """
    `sealed` names at least one `accused_official` or `accused_unit` by identifier; `subject` and `purpose` go there.
    """

    channel: str
    identity_mode: str | None = None
    competent: str | None = None
    is_repeat: bool = False


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
