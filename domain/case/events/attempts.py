"""
What was tried and refused, where the attempt itself matters in law (decision 0027 says which).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused(Act):
    """
    A unit and its official tried what a rule forbids: which act, by its command's name; which rule, by its code; the
    article. Nothing that the attempt said is here. It is about the file, and no handling of the matter.
    """

    TOPIC: ClassVar[str] = "attempt.refused.v1"
    command: str
    rule: str
    law: str | None = None
