"""
Why a duty is not met, as somebody says it and signs for it; what it waits for; and a lead put on record.

A duty is named as an extension names it: its rule, and the version of the act it arose from. What is said in words is
sealed beside the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseStated(Act):
    """
    Who acts says why a duty was not met: a code of the taxonomy that only a person can state. It is their statement and
    nobody's finding. `evidence` holds digests; `rules` the texts said to conflict or to be missing.
    """

    TOPIC: ClassVar[str] = "cause.stated.v1"
    obligation: str
    trigger_version: int
    cause: str
    evidence: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseStatementWithdrawn(Act):
    """Who stated a cause takes the statement back; that it was made stays on record."""

    TOPIC: ClassVar[str] = "cause_statement.withdrawn.v1"
    REFERS: ClassVar[str] = "statement_version"
    statement_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyBlocked(Act):
    """
    The holder of a duty says that it waits for another duty of this case. A stated cause, and no day moves, until the
    holder of that other duty or a body above acknowledges it.
    """

    TOPIC: ClassVar[str] = "duty.blocked.v1"
    obligation: str
    trigger_version: int
    by_obligation: str
    by_trigger_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAcknowledged(Act):
    """The holder of the duty waited for, or a body above one of the two, says that it is so."""

    TOPIC: ClassVar[str] = "block.acknowledged.v1"
    REFERS: ClassVar[str] = "block_version"
    block_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecorded(Act):
    """
    Somebody put a lead on record, with what was measured, under which text of a pack. It stands when the text that was
    measured is erased. A lead is no finding: it triggers nothing. `group`: streams of other matters it was seen in.
    """

    TOPIC: ClassVar[str] = "lead.recorded.v1"
    lead: str
    rule: str | None = None  # pack@version
    measure: str
    versions: tuple[int, ...]
    group: tuple[str, ...] = ()


CausesEvent = CauseStated | CauseStatementWithdrawn | DutyBlocked | BlockAcknowledged | LeadRecorded
