"""
What was recorded wrongly: a correction of one field, or a retraction of the whole act, by two people.

Neither changes the log. From its recording on, a view has the act as corrected; known before it, as it was
(domain/case/standing_acts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ActCorrected(Act):
    """`field` of the act at `act_version` should have been `value`, spelled as the act's body spells it."""

    TOPIC: ClassVar[str] = "act.corrected.v1"
    act_version: int
    field: str
    value: str
    reason: str
    second_official_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRetracted(Act):
    """The act at `act_version` should not have been recorded."""

    TOPIC: ClassVar[str] = "act.retracted.v1"
    act_version: int
    reason: str
    second_official_id: str
