"""
What a row makes: the acts that are to be recorded, with their command ids. Reads nothing but the rows it is shown, in
the order of the file; the log comes in only when they are recorded (app/importing/run.py).

A command id says which fact of the source this is: H(mapping, case number, act, the row's key). The same fact read
again has the same id, so a second run, or a run after a cut, adds only what is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.importing.columns import Columns
from app.importing.faults import RowFault
from app.importing.maker import ActMaker, CaseSoFar, Planned, columns_of
from ledger import canonical
from ledger.envelope import MAX_LEAF_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.importing.mapping import Mapping

# A row this short cannot make a leaf too large, however often its cells are repeated and escaped in it.
SHORT_ROW = 2000
# What a leaf holds beside what the row gave: keys, hashes, version, times, the file's digest, the key's name.
LEAF_OVERHEAD, DISCLOSURE_DIGEST = 1200, 46


class Planner:
    """Turns rows into acts. Holds one small record per case."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], *, origin: str) -> None:
        self._mapping = mapping
        self._columns = Columns(columns, mapping.zone)
        self._cases: dict[str, CaseSoFar] = {}
        self._acts = [ActMaker(self._columns, mapping, n, spec) for n, spec in enumerate(mapping.acts)]
        self._key_columns = [self._columns.at(c) for c in mapping.row_key or ()]
        self._no = self._columns.at(mapping.case_no)
        self._origin_bytes = len(origin.encode())

    @property
    def case_count(self) -> int:
        """Cases of which at least one row was accepted."""
        return sum(1 for case in self._cases.values() if case.accepted)

    def plan(self, cells: Sequence[str]) -> list[Planned]:
        """The acts of a row, in the mapping's order; RowFault where one of them cannot be."""
        if len(cells) != self._columns.width:
            raise RowFault(f"{len(cells)} cells, the heading has {self._columns.width}")
        no = self._columns.value(cells, self._no)
        if not no:
            raise RowFault(f"{self._mapping.case_no}: the case has no number")
        case = self._cases.get(no)
        if case is None:
            case = self._cases[no] = CaseSoFar()
        case.rows += 1  # also of a row that is rejected below: mending it must not renumber the others
        size = _size(cells)
        key = self._row_key(cells, case)
        planned: list[tuple[ActMaker, Planned]] = []
        for act in self._acts:
            if act.is_due(cells, case):
                planned.append((act, act.plan(cells, case, no, key)))
        if size > SHORT_ROW:
            for _, one in planned:
                self._check_size(one)
        # Only now: a rejected row is as if it had not been there for the rows after it.
        for act in self._acts:
            act.remember(cells, case)
        case.accepted += 1
        return [one for _, one in planned]

    def _row_key(self, cells: Sequence[str], case: CaseSoFar) -> list[str | int]:
        if self._mapping.row_key is None:
            return [case.rows]
        key: list[str | int] = [self._columns.value(cells, n) for n in self._key_columns]
        if key and not all(key):
            raise RowFault(f"{self._mapping.row_key[key.index('')]}: empty, and tells the row from the others")
        return key

    def _check_size(self, one: Planned) -> None:
        size = len(canonical.encode([one.stream, one.body])) + self._origin_bytes + LEAF_OVERHEAD
        size += DISCLOSURE_DIGEST * len(one.sealed)
        if size * 4 // 3 + 200 > MAX_LEAF_BYTES:  # base64, and the envelope around it
            raise RowFault(f"{one.topic} would be larger than the {MAX_LEAF_BYTES} bytes a record can have")
        for name, value in one.sealed:
            if len(canonical.encode([name, value])) > canonical.MAX_BYTES - 100:
                raise RowFault(f"{name}: longer than the {canonical.MAX_BYTES} bytes a sealed text can have")


def _size(cells: Sequence[str]) -> int:
    """The row's size in bytes; RowFault where a cell holds what no record can."""
    text = "".join(cells)
    if "\0" in text:
        raise RowFault("a cell holds a NUL")
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise RowFault("a cell holds half a character (a lone surrogate)") from None


def wanted_columns(mapping: Mapping) -> tuple[list[str], list[str]]:
    """The columns a mapping names, and those of them without which no row could be read."""
    wanted = [mapping.case_no, *(mapping.row_key or ())]
    required = list(wanted)
    for act in mapping.acts:
        wanted += [*columns_of(act, mapping), *(column for column, _ in act.where)]
        if act.when == "always" and not act.where:
            required.append(act.at)
    return list(dict.fromkeys(wanted)), list(dict.fromkeys(required))
