"""
What a projection is, and what it is given: a batch of new events with the law and the cases they touch.

A projection answers one question from tables of its own. It is fed in batches; the runner commits the rows and the
position together. A rebuild feeds the same code and must yield the same bytes, so rows depend on events alone and never
on how they were cut into batches: tests/projections/test_rebuild.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from domain.duties.engine import duties
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Cursor, sql

    from domain.duties.values import Duty
    from domain.law.in_force import Law
    from domain.recorded import Recorded

Tables = dict[str, "sql.Composable"]
CASE = "case/"


@dataclass(slots=True)
class Batch:
    """
    New events in log order. `law` holds all of people, packs and calendars up to the batch's end; `touched` are the
    cases whose rows are to be made anew, with the earliest claimed time that is new in each (None: all of it).
    `affected` are further cases on which a change of people or law in this batch may bear, with the first day it can
    bear on. `offices`: whose standing duties are assessed with it: of those on whom it bears ("touched"), of nobody
    as yet ("later"), of all ("all").
    """

    events: Sequence[Recorded]
    law: Law
    touched: Mapping[str, datetime | None]
    affected: Mapping[str, date]
    read: Callable[[Iterable[str]], Mapping[str, list[Recorded]]]
    offices: str = "touched"
    _histories: dict[str, list[Recorded]] = field(default_factory=dict)
    _duties: dict[str, list[Duty]] = field(default_factory=dict)

    def histories(self, streams: Iterable[str]) -> dict[str, list[Recorded]]:
        """The cases, whole, as the log has them at the batch's end; each is read once."""
        asked = list(streams)
        if missing := [s for s in asked if s not in self._histories]:
            self._histories.update(self.read(missing))
        return {s: self._histories[s] for s in asked}

    def duties(self, stream: str) -> list[Duty]:
        """The duties of a case in the view of all its acts."""
        if stream not in self._duties:
            history = self.histories([stream])[stream]
            last = max(r.occurred_at for r in history)
            law = self.law
            self._duties[stream] = duties(view(history, last), law.rules, law.calendar, law.people)
        return self._duties[stream]


class Projection(Protocol):
    """
    A module with these names. SCHEMA has a `{placeholder}` for each of TABLES, so that a rebuild can build beside.
    A raised VERSION has the runner rebuild.
    """

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant

    @property
    def VERSION(self) -> int: ...  # noqa: N802 - same

    @property
    def TABLES(self) -> tuple[str, ...]: ...  # noqa: N802 - same

    @property
    def SCHEMA(self) -> str: ...  # noqa: N802 - same

    def apply(self, cursor: Cursor[Any], tables: Tables, batch: Batch, /) -> None: ...


def is_case(stream: str) -> bool:
    return stream.startswith(CASE)
