"""
What deciding needs to know of an office: what was filed already, so that the same filing twice is one event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.office.events import OfficeEvent

Filed = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Office:
    version: int = 0
    filed: frozenset[Filed] = frozenset()


def evolve(office: Office, event: OfficeEvent) -> Office:
    """The office after one more event."""
    return replace(office, version=office.version + 1, filed=office.filed | {same(event)})


def same(event: OfficeEvent) -> Filed:
    """What makes two filings of a period one: everything they say. Without a period each filing is its own."""
    numbers = tuple(sorted(event.numbers.items()))
    who = (event.unit_id, event.official_id, event.post_id)
    return (*who, event.kind, event.period_from, event.period_to, numbers, event.evidence, event.refers_to)
