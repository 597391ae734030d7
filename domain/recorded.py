"""
What a fold receives: an event, with its place in the log, its two times and its signer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.case.events import CaseEvent
    from domain.finding.events import FindingEvent
    from domain.people.events import PeopleEvent
    from domain.reading.events import AnswerRead


@dataclass(frozen=True, slots=True)
class Actor:
    """
    The principal whose key signed: an official or a system, and for whom an acting official acted.
    """

    official_id: str | None = None
    system: str | None = None
    acting_for: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    One event of the log. Moments are aware; `occurred_at` is claimed by the author, `recorded_at` given by the ledger.

    `imported` tells records of another system, signed by the importer, from acts of our own users.
    """

    event: CaseEvent | FindingEvent | AnswerRead | PeopleEvent
    topic: str
    stream: str
    version: int
    log_index: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    key_id: str
    command_id: str
    imported: bool = False
    corrected_by: tuple[int, ...] = ()  # log indexes of the acts that corrected this one, in a view
