"""
What is only filed, about a case or about an office.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.case.commands.base import CaseCommand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAct(CaseCommand):
    """`stream` is a case's, or `office/<unit id>`. `evidence`: SHA-256 digests; `refers_to`: streams or `duty/<id>`."""

    kind: str
    period_from: date | None = None
    period_to: date | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
