"""
What a rule needs to know besides the case and the register: the law in force, and whom an accusation names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.law.rules import Rulebook

if TYPE_CHECKING:
    from domain.case.secrecy import Accused


@dataclass(frozen=True, slots=True)
class Facts:
    """`accused` is None where the case is no accusation, or nobody can be told any more."""

    rules: Rulebook = field(default_factory=Rulebook)
    accused: Accused | None = None


NONE = Facts()
