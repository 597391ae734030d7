"""
What one case adds to one figure: the smallest piece of a report, with the events it rests on.

Every figure is a sum over entries and nothing else, so it can list its cases, and two states of the log can be compared
case by case until the event is found that changed it. docs/indicators.md says what each figure counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.duties.standing import FAILING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.case.events.base import Act
    from domain.duties.values import AsOf
    from domain.law.in_force import Law
    from domain.recorded import Recorded

VERSION = "luoshi-indicators/1"  # raise it when a definition changes: an old report then says why it differs
IN, OUT, EXCLUDED = "in", "out", "excluded"  # of a rate: counted in both; in the denominator alone; in neither


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the first and the last inside."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """
    `what` is counted once in a figure's row: a case's stream, a duty's id or a place in the log. `key` and `unit` are
    the rows it also belongs to; `note` says why it is excluded or what is remarkable.
    """

    figure: str
    what: str
    part: str = IN
    key: str = ""
    unit: str = ""
    amount: int = 1
    note: str = ""
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """One case as of a day: its acts in the order in which they count, its duties, and the law they stand under."""

    stream: str
    source: str
    seen: Sequence[Recorded]
    found: Sequence[Finding]
    law: Law
    at: AsOf
    days: dict[int, date]  # the civil day of every act, by log index

    def acts(self, *kinds: type[Act]) -> list[Recorded]:
        return [r for r in self.seen if isinstance(r.event, kinds)]

    def first(self, *kinds: type[Act]) -> Recorded | None:
        return next((r for r in self.seen if isinstance(r.event, kinds)), None)

    def last(self, *kinds: type[Act]) -> Recorded | None:
        return next((r for r in reversed(self.seen) if isinstance(r.event, kinds)), None)

    def day(self, recorded: Recorded) -> date:
        return self.days[recorded.log_index]


def held_last(finding: Finding) -> str:
    """The unit that held a duty at its end or on the day asked."""
    held = finding.now.held
    return held[-1].interval.held_by.unit_id if held else finding.duty.bearer.unit_id


def answering(finding: Finding) -> str:
    """The unit to whose row a duty belongs: who is charged with the due day; none where nobody is."""
    if finding.now.breacher is not None:
        return finding.now.breacher.unit_id
    return "" if finding.now.state in FAILING and finding.now.days_late else held_last(finding)
