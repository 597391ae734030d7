"""
Where a file's columns are, and how a cell is read: trimmed, and as a moment where one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.importing import times
from app.importing.faults import RowFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo


class Columns:
    def __init__(self, names: Sequence[str], zone: ZoneInfo) -> None:
        self._index = {name: n for n, name in enumerate(names)}
        self._read = times.reader(zone)
        self.width = len(names)

    def at(self, column: str) -> int | None:
        """Where a column stands; None for an attribute that no event of the log has."""
        return self._index.get(column)

    def value(self, cells: Sequence[str], index: int | None) -> str:
        return "" if index is None else cells[index].strip()

    def moment(self, cells: Sequence[str], index: int | None, column: str) -> datetime:
        """The moment in UTC, or RowFault naming the column."""
        text = self.value(cells, index)
        if not text:
            raise RowFault(f"{column}: empty, and a time is needed")
        try:
            return self._read(text)
        except RowFault as fault:
            raise RowFault(f"{column}: {fault}") from None
