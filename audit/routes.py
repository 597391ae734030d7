"""
Where a matter went: who held it one after the other, how often it was handed over, how often it came back.

A hand-over within the units that already hold it is none; a return is a step to a unit that had passed the matter on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.findings import resolve
from domain.duties.engine import course, split_stream
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from domain.law.in_force import Law
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Route:
    """The holders of one case in order, without immediate repeats, each with the event that made it one."""

    stream: str
    source: str
    case_no: str
    unit_ids: tuple[str, ...]
    evidence: tuple[int, ...]

    @property
    def handovers(self) -> int:
        return max(len(self.unit_ids) - 1, 0)

    @property
    def returns_to_earlier_unit(self) -> int:
        return len(self.unit_ids) - len(set(self.unit_ids))


def route(history: Sequence[Recorded], law: Law, as_of: date | datetime) -> Route | None:
    """The route of one case as of a day or moment; None where nothing had happened by then."""
    if not history:
        return None
    source, case_no = split_stream(history[0].stream)
    zone = law.rules.zone(source)
    seen = view(history, resolve(as_of, zone).moment)
    units: list[str] = []
    evidence: list[int] = []
    for holding in course(seen, zone).holdings:
        if not units or units[-1] != holding.unit_id:
            units.append(holding.unit_id)
            evidence.append(holding.log_index)
    if not units:
        return None
    return Route(history[0].stream, source, case_no, tuple(units), tuple(evidence))


def to_json(found: Route, law: Law) -> dict[str, Any]:
    """The contract's `audit routes` row, with the events beside it."""
    return {
        "case_no": found.case_no,
        "source": found.source,
        "stream": found.stream,
        "handovers": found.handovers,
        "returns_to_earlier_unit": found.returns_to_earlier_unit,
        "holders": [{"id": u, "name": law.people.unit_name(u)} for u in found.unit_ids],
        "evidence": list(found.evidence),
    }
