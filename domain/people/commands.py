"""
Every command about units, posts, officials, appointments and keys: imperative, with its actor and its times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.people.events import PeopleEvent
    from domain.recorded import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPeople:
    """
    Put an entry of the register on record. The entries are orders of other bodies (an appointment, a reorganisation),
    so the command is the same for all: check the entry against the register, then record it.
    """

    event: PeopleEvent
    actor: Actor
    occurred_at: datetime
    now: datetime
    command_id: str
