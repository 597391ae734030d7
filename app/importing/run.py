"""
Records of another system, in as signed events: check the file, then record it chunk by chunk, in its own order.

A chunk is one request: it is recorded whole or not at all. If the program dies in between, the log ends with a chunk;
the next run finds what is recorded by its command ids and goes on behind it, so the log has the order of an undisturbed
run. tests/app/importing/test_restart.py cuts an import at every chunk.

Nothing here decides: imported acts are recorded as the source says, in whatever order it has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import codec
from app.importing.faults import FileChanged, FileFault, RowFault
from app.importing.plan import Planner, wanted_columns
from app.importing.readers import open_table
from app.importing.recorded import Recorded
from app.importing.rejects import Reject, Rejects
from app.importing.sealing import Chunk, Known, enrol_importer, registrar
from domain.people.commands import RecordPeople
from domain.people.events import RulePackAdopted
from domain.people.streams import PACKS
from ledger.canonical import encode
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import CommandRepeated, Conflict, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from app.handle import Handler
    from app.importing.maker import Planned
    from app.importing.mapping import Mapping
    from app.importing.readers import Table

CHUNK_EVENTS = 500  # one transaction: large enough that its cost is the events, small enough to lose with a shrug
CHUNK_ROWS = 2000  # rows make few events, or none
CHUNK_CHARACTERS = 8 << 20  # rows may be long
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ImportReport:
    """
    `rows` of the file, `cases` with a row that was accepted; acts recorded now (`events_new`) and before
    (`events_known`); `people_new` units and officials the register did not know. `rejects_path` is None where no row
    was rejected or, as `rejects_fault` then says, they could not be written. `dry_run`: what would have been.
    """

    mapping: str
    rows: int
    cases: int
    events_new: int
    events_known: int
    people_new: int
    rejected: int
    first_rejects: tuple[Reject, ...]
    rejects_path: Path | None
    rejects_fault: str | None
    file_digest: str
    log_size: int
    dry_run: bool


@dataclass(slots=True)
class _Row:
    number: int
    cells: Sequence[str]
    acts: list[Planned]
    reason: str | None = None
    new: int = 0
    known: int = 0


def run_import(
    handler: Handler,
    file: Path,
    mapping: Mapping,
    *,
    dry_run: bool = False,
    rejects: Path | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> ImportReport:
    """
    Import a file. FileFault: nothing was written. Rows that cannot be recorded go to `rejects`, the others in.
    `progress` is told rows done and rows in all.
    """
    table = open_table(file, mapping, *wanted_columns(mapping))
    with Rejects(rejects, file, table, mapping.delimiter) as rejected:
        return _Import(handler, mapping, table, rejected, dry_run=dry_run, progress=progress).run()


class _Import:
    def __init__(
        self,
        handler: Handler,
        mapping: Mapping,
        table: Table,
        rejects: Rejects,
        *,
        dry_run: bool,
        progress: Callable[[int, int | None], None] | None,
    ) -> None:
        self._handler = handler
        self._mapping = mapping
        self._table = table
        self._rejects = rejects
        self._dry_run = dry_run
        self._progress = progress
        self._planner = Planner(mapping, table.columns, origin=handler.origin)
        self._known = Known(handler)
        self._signer = None if dry_run else enrol_importer(handler)
        self._rows: list[_Row] = []
        self._pending: dict[str, Planned] = {}
        self._held = 0
        self._would: dict[str, int] = {}  # dry run: what an earlier chunk would have recorded
        self._is_adopted = False
        self._new = self._known_count = self._people = 0

    def run(self) -> ImportReport:
        number = 0
        for number, cells in enumerate(self._rows_again(), 1):
            self._take(number, cells)
            self._held += sum(map(len, cells))
            if len(self._pending) >= CHUNK_EVENTS or len(self._rows) >= CHUNK_ROWS or self._held > CHUNK_CHARACTERS:
                self._flush()
        self._flush()
        if number != self._table.row_count:
            raise FileChanged(f"the file had {self._table.row_count} rows when it was checked, now {number}")
        return ImportReport(
            mapping=self._mapping.name,
            rows=number,
            cases=self._planner.case_count,
            events_new=self._new,
            events_known=self._known_count,
            people_new=self._people,
            rejected=self._rejects.count,
            first_rejects=tuple(self._rejects.first),
            rejects_path=self._rejects.path if self._rejects.count else None,
            rejects_fault=self._rejects.fault,
            file_digest=self._table.digest,
            log_size=self._handler.store.size(),
            dry_run=self._dry_run,
        )

    def _rows_again(self) -> Iterator[list[str]]:
        try:
            yield from self._table.reader.rows()
        except FileFault as fault:
            raise FileChanged(f"the file was whole when it was checked: {fault}") from fault

    def _take(self, number: int, cells: Sequence[str]) -> None:
        try:
            acts = self._planner.plan(cells)
        except RowFault as fault:
            self._rows.append(_Row(number, cells, [], str(fault)))
            return
        pending = self._pending
        if any(a.command_id in pending and not a.says_the_same_as(pending[a.command_id]) for a in acts):
            # To be refused by naming the recorded event, so that must be recorded first.
            self._flush()
        self._rows.append(_Row(number, cells, acts))
        for act in acts:
            self._pending.setdefault(act.command_id, act)

    def _flush(self) -> None:
        if not self._rows:
            return
        accepted = [row for row in self._rows if row.reason is None]
        if accepted and not self._dry_run:
            self._adopt(accepted)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._record(accepted)
                break
            except (Conflict, CommandRepeated, OutcomeUnknown):
                # Somebody appended to one of the streams, or the answer was lost: look again at what is recorded.
                if attempt == ATTEMPTS:
                    raise
                self._known.refresh()
        for row in self._rows:
            if row.reason is None:
                self._new += row.new
                self._known_count += row.known
            else:
                self._rejects.add(row.number, row.cells, row.reason)
        if self._progress is not None:
            self._progress(self._rows[-1].number, self._table.row_count)
        self._rows = []
        self._pending = {}
        self._held = 0

    def _record(self, rows: list[_Row]) -> None:
        recorded = Recorded(self._handler.store, self._pending.values())
        given: set[str] = set()
        fresh: list[tuple[_Row, list[Planned]]] = []
        for row in rows:
            acts, reasons = self._compare(row, recorded, given)
            row.reason = "; ".join(reasons) or None
            row.new, row.known = len(acts), len(row.acts) - len(acts)
            if acts and row.reason is None:
                fresh.append((row, acts))
                given.update(act.command_id for act in acts)
        if not fresh:
            return
        if self._signer is None:
            self._pretend([act for _, acts in fresh for act in acts])
            return
        chunk = Chunk(self._handler, self._signer, self._known, self._heads(fresh), self._table.digest)
        for row, acts in fresh:
            chunk.add(row.number, acts)
        [outcome] = self._handler.store.append_many([chunk.leaves])
        if not isinstance(outcome, int):
            raise outcome
        self._people += self._known.add(chunk.new_units, chunk.new_officials)

    def _compare(self, row: _Row, recorded: Recorded, given: set[str]) -> tuple[list[Planned], list[str]]:
        """The row's acts that are new, and how those that are known differ from what is recorded."""
        new: list[Planned] = []
        reasons: list[str] = []
        for act in row.acts:
            if act in recorded:
                if difference := recorded.difference(act):
                    reasons.append(difference)
            elif (would := self._would.get(act.command_id)) is not None:
                if would != _content(act):
                    reasons.append(f"{act.topic} is given otherwise by an earlier row")
            elif act.command_id not in given:
                new.append(act)
        return new, reasons

    def _pretend(self, acts: list[Planned]) -> None:
        self._would.update((act.command_id, _content(act)) for act in acts)
        units = {unit for act in acts for unit in act.units} - self._known.units
        officials = {official for act in acts for official in act.officials} - self._known.officials
        self._people += self._known.add(units, officials)

    def _heads(self, fresh: list[tuple[_Row, list[Planned]]]) -> dict[str, tuple[int, bytes]]:
        """Version and link of every stream this chunk may continue."""
        acts = [act for _, acts in fresh for act in acts]
        streams = {act.stream for act in acts}
        streams |= {f"unit/{unit}" for act in acts for unit in act.units if unit not in self._known.units}
        streams |= {f"official/{o}" for act in acts for o in act.officials if o not in self._known.officials}
        return self._handler.store.heads(sorted(streams))

    def _adopt(self, rows: list[_Row]) -> None:
        """
        Put the mapping's rules in force for its source, once per run and only where they are not in force already;
        also where it has no duties, since no other law is to be applied to a foreign record.
        """
        first = next((act for row in rows for act in row.acts), None)
        if self._is_adopted or first is None:
            return
        self._is_adopted = True
        mapping = self._mapping
        digest = hashlib.sha256(encode(mapping.pack)).hexdigest()
        event = RulePackAdopted(
            pack_id=mapping.pack_id, version=digest[:12], content=mapping.pack, sources=(mapping.name,)
        )
        bodies = [parse_payload(open_leaf(s.leaf).payload).body for s in self._handler.store.read_stream(PACKS)]
        history = [body for body in bodies if body["pack_id"] == mapping.pack_id]
        if history and history[-1] == codec.encode(event):
            return
        self._handler.record(
            RecordPeople(
                event=event,
                actor=registrar(self._handler),
                # The first record to which it applies, and not the day of this run: every run says the same.
                occurred_at=codec.parse_moment(first.occurred_at),
                now=self._handler.clock(),
                command_id=f"import:{mapping.pack_id}:{digest}:{len(history) + 1}",
            )
        )


def _content(act: Planned) -> int:
    return hash(encode([act.stream, act.topic, act.body, act.occurred_at, [list(field) for field in act.sealed]]))
