"""
Feeds the projections from the log: in chunks, each chunk's rows and positions in one transaction.

Exactly once: the positions are rows of the view schema, locked when a chunk begins and written in the transaction that
writes the rows. A crash leaves both or neither; two runners take turns. `eventsourcing`'s tracking recorder is not
used: it tracks one notification per transaction, inserts a row for each, and knows no chunk.

A rebuild builds beside (`<table>__new`) and swaps by rename together with the position, so readers have the old view
until the new one is whole. It knows the whole log before it begins, so every case is assessed once, under the law as
known at the end; that this gives the bytes that chunk after chunk gave is what tests/projections/test_rebuild.py is
about. Both act under the role luoshi_projector, which can read the log and write views, and nothing else.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import Connection, sql

from app.codec import PEOPLE_TOPICS
from app.handle import acts, read
from domain.case.events import ActCorrected, ActRetracted
from domain.law.in_force import Law, add
from ledger.store.contract import Stored
from ledger.store.migrate import DEFAULT_SCHEMA, PROJECTOR, channel, check_schema_name, view_schema
from projections import accountability, case_card, party, timeline, unit_load
from projections.batch import Batch, Projection, Tables, is_case

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from domain.recorded import Recorded
    from ledger.store.contract import Store

ALL: tuple[Projection, ...] = (party, timeline, case_card, accountability, unit_load)
CHUNK = 1000  # events a transaction: larger gains little and holds more in memory
POLL_SECONDS = 1.0  # a notification that got lost is made good by looking
BESIDE = "__new"
LEADING = party.NAME  # where the others learn which cases a change of people or law bears on

POSITIONS = """
    CREATE TABLE IF NOT EXISTS {position} (
        name    text    PRIMARY KEY,
        version integer NOT NULL,
        size    bigint  NOT NULL CHECK (size >= 0)   -- so many events of the log are in the view
    )
"""
LOCKED = "SELECT name, version, size FROM {position} ORDER BY name FOR UPDATE"
SAVED = "UPDATE {position} SET size = %s WHERE name = ANY(%s)"
# Whatever names streams is seen by whose reach has them: ledger/store/schema/0011-reach.sql.
GUARDED = """
    SELECT {guard}(c.oid::regclass) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = %s::regnamespace AND c.relname = %s AND a.attname = 'stream'
"""
SWAPPED = """
    INSERT INTO {position} (name, version, size) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET version = EXCLUDED.version, size = EXCLUDED.size
"""
STREAMS = """
    SELECT log_index, stream, version, topic, command_id, leaf FROM {event}
     WHERE stream = ANY(%s) AND log_index < %s ORDER BY stream, version
"""
# Which of the streams have no event after these indexes: their rows can be made for good.
COMPLETE = """
    SELECT n.stream FROM unnest(%s::text[], %s::bigint[]) AS n (stream, version)
     WHERE NOT EXISTS (SELECT FROM {event} e WHERE e.stream = n.stream AND e.version > n.version AND e.log_index < %s)
"""


@dataclass(frozen=True, slots=True)
class Status:
    """How far one view is: events in it, and events of the log that are not."""

    name: str
    version: int
    size: int
    lag: int
    is_current: bool  # False: made by another version of the program, and to be rebuilt


class Runner:
    """Keeps the views of one log. Any number of them may run; a runner is used by one thread."""

    def __init__(
        self,
        dsn: str,
        store: Store,
        *,
        schema: str = DEFAULT_SCHEMA,
        projections: Sequence[Projection] = ALL,
        chunk: int = CHUNK,
    ) -> None:
        check_schema_name(schema)
        self._dsn = dsn
        self._store = store
        self._schema = schema
        self._views = view_schema(schema)
        self._projections = {p.NAME: p for p in projections}
        self._chunk = chunk
        self._law = Law()
        self._law_size = 0
        self._names: dict[str, sql.Composable] = {
            "position": sql.Identifier(self._views, "position"),
            "event": sql.Identifier(schema, "event"),
            "guard": sql.Identifier(self._views, "guard"),
        }

    # -- the public verbs ----------------------------------------------------------------------------------------

    def catch_up(self, *, limit: int | None = None, progress: Callable[[int, int], None] | None = None) -> int:
        """
        Bring every view to the end of the log, at most `limit` events of it; returns the size then reached. Views that
        are missing or of another version are rebuilt first. `progress` is told (events done, events of the log).
        """
        with self._connected() as connection:
            self._rebuild(connection, self._outdated(connection), progress)
            done = 0
            while limit is None or done < limit:
                wanted = self._chunk if limit is None else min(self._chunk, limit - done)
                taken, reached = self._advance(connection, wanted)
                if not taken:
                    break
                done += taken
                if progress is not None:
                    progress(reached, self._store.size())
            return self._reached(connection)

    def follow(self, stop: threading.Event, *, poll: float = POLL_SECONDS) -> None:
        """Keep catching up until told to stop: at once when the log says that it grew, and every `poll` seconds."""
        with psycopg.connect(self._dsn, autocommit=True) as listening:
            listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel(self._schema))))
            while not stop.is_set():
                self.catch_up()
                for _ in listening.notifies(timeout=poll, stop_after=1):
                    pass

    def rebuild(self, name: str | None = None, progress: Callable[[int, int], None] | None = None) -> None:
        """Build one view, or all, from the log; the old one serves until the new one takes its place."""
        if name is not None and name not in self._projections:
            raise KeyError(f"no view {name!r}: there are {', '.join(self._projections)}")
        with self._connected() as connection:
            outdated = self._outdated(connection)
            self._rebuild(connection, [*outdated, *([name] if name else self._projections)], progress)
        self.catch_up()

    def status(self) -> list[Status]:
        """Where each view is, in the order in which they are fed."""
        with self._connected() as connection:
            size = self._store.size()
            known = {n: (v, s) for n, v, s in connection.execute(self._sql("SELECT * FROM {position}")).fetchall()}
        rows = []
        for name, projection in self._projections.items():
            version, done = known.get(name, (0, 0))
            rows.append(Status(name, version, done, max(size - done, 0), version == projection.VERSION))
        return rows

    # -- chunk after chunk ---------------------------------------------------------------------------------------

    def _advance(self, connection: Connection[Any], wanted: int) -> tuple[int, int]:
        """Feed one chunk to whoever is furthest behind, and to those who are as far; returns events taken, reached."""
        try:
            with connection.transaction():
                sizes = {n: size for n, _, size in connection.execute(self._sql(LOCKED)).fetchall()}
                start = min(sizes[n] for n in self._projections)
                stored = self._store.read_log(start, wanted)
                if not stored:
                    return 0, start
                end = start + len(stored)
                self._fold_law(start)
                events = list(acts(stored))
                found = []
                for recorded in events:
                    if recorded.topic in PEOPLE_TOPICS:
                        found.append((recorded.log_index, party.hits(recorded, self._law)))
                        add(self._law, recorded)
                self._law_size = end
                order = [n for n in self._projections if sizes[n] < end]
                with connection.cursor() as cursor:
                    for size, names in groupby(order, key=lambda n: sizes[n]):
                        fresh = [r for r in events if r.log_index >= size]
                        hits = [h for index, h in found if index >= size]
                        affected = party.affected(cursor, self._tables(LEADING), hits) if hits else {}
                        batch = Batch(fresh, self._law, _touched(fresh), affected, self._reader(cursor, end))
                        for name in names:
                            self._projections[name].apply(cursor, self._tables(name), batch)
                connection.execute(self._sql(SAVED), (end, order))
                return len(stored), end
        except BaseException:
            self._law, self._law_size = Law(), 0  # what was folded may be ahead of what was written
            raise

    def _fold_law(self, size: int) -> None:
        """Have people, packs and calendars as the first `size` events tell them."""
        if self._law_size > size:
            self._law, self._law_size = Law(), 0
        while self._law_size < size:
            stored = self._store.read_log(self._law_size, min(CHUNK, size - self._law_size))
            for s in stored:
                if s.topic in PEOPLE_TOPICS:
                    add(self._law, read(s))
            self._law_size += len(stored)

    # -- beside the old view -------------------------------------------------------------------------------------

    def _rebuild(
        self, connection: Connection[Any], names: Iterable[str], progress: Callable[[int, int], None] | None
    ) -> None:
        wanted = [self._projections[n] for n in dict.fromkeys(names)]
        if not wanted:
            return
        # One rebuild at a time: a second would drop the first one's tables.
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"luoshi/rebuild/{self._views}",))
        try:
            size = self._store.size()
            self._fold_law(size)
            for projection in wanted:
                self._create_beside(connection, projection)
            done = 0
            while done < size:
                stored = self._store.read_log(done, min(self._chunk, size - done))
                events = list(acts(stored))
                with connection.transaction(), connection.cursor() as cursor:
                    touched = dict.fromkeys(self._complete(cursor, events, size))
                    # What offices owe is assessed once, with the last chunk, over everything they filed.
                    offices = "all" if done + len(stored) >= size else "later"
                    batch = Batch(events, self._law, touched, {}, self._reader(cursor, size), offices)
                    for projection in wanted:
                        projection.apply(cursor, self._tables(projection.NAME, BESIDE), batch)
                done += len(stored)
                if progress is not None:
                    progress(done, size)
            self._swap(connection, wanted, size)
        finally:
            connection.execute("SELECT pg_advisory_unlock_all()")

    def _create_beside(self, connection: Connection[Any], projection: Projection) -> None:
        with connection.transaction():
            for table in self._tables(projection.NAME, BESIDE).values():
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
            schema = sql.SQL(projection.SCHEMA)
            connection.execute(schema.format(**self._tables(projection.NAME, BESIDE)))
            for name in projection.TABLES:
                connection.execute(self._sql(GUARDED), (self._views, name + BESIDE))

    def _complete(self, cursor: psycopg.Cursor[Any], events: Sequence[Recorded], size: int) -> list[str]:
        """The cases of a chunk whose last event is in it."""
        last = {r.stream: r.version for r in events if is_case(r.stream)}
        cursor.execute(self._sql(COMPLETE), (list(last), list(last.values()), size))
        return [stream for (stream,) in cursor.fetchall()]

    def _swap(self, connection: Connection[Any], projections: Sequence[Projection], size: int) -> None:
        with connection.transaction():
            connection.execute(self._sql(LOCKED))  # whoever feeds the old view finishes his chunk first
            for projection in projections:
                for table in projection.TABLES:
                    old, new = self._name(table), self._name(table + BESIDE)
                    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(old))
                    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(table)))
                connection.execute(self._sql(SWAPPED), (projection.NAME, projection.VERSION, size))

    def _outdated(self, connection: Connection[Any]) -> list[str]:
        known = dict(connection.execute(self._sql("SELECT name, version FROM {position}")).fetchall())
        return [n for n, p in self._projections.items() if known.get(n) != p.VERSION]

    # -- small things --------------------------------------------------------------------------------------------

    @contextmanager
    def _connected(self) -> Iterator[Connection[Any]]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(PROJECTOR)))
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET client_min_messages TO warning")
            with connection.transaction():
                # IF NOT EXISTS alone is no promise: two sessions may both find no table and both make it.
                connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{self._views}/position",)
                )
                connection.execute(self._sql(POSITIONS))
            yield connection

    def _reached(self, connection: Connection[Any]) -> int:
        names = list(self._projections)
        row = connection.execute(
            self._sql("SELECT min(size) FROM {position} WHERE name = ANY(%s)"), (names,)
        ).fetchone()
        return int(row[0]) if row is not None and row[0] is not None else 0

    def _reader(self, cursor: psycopg.Cursor[Any], size: int) -> Callable[[Iterable[str]], dict[str, list[Recorded]]]:
        """Reads whole cases, as the first `size` events tell them, in one query."""

        def streams(names: Iterable[str]) -> dict[str, list[Recorded]]:
            found: dict[str, list[Recorded]] = {name: [] for name in names}
            rows = cursor.connection.cursor(binary=True).execute(self._sql(STREAMS), (list(found), size))
            for row in rows:
                recorded = read(Stored(*row))
                found[recorded.stream].append(recorded)
            return found

        return streams

    def _tables(self, name: str, suffix: str = "") -> Tables:
        tables = self._projections[name].TABLES if name in self._projections else party.TABLES
        return {table: self._name(table + suffix) for table in tables}

    def _name(self, table: str) -> sql.Identifier:
        return sql.Identifier(self._views, table)

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(**self._names)


def _touched(events: Iterable[Recorded]) -> dict[str, datetime | None]:
    """
    The cases of these events, with the earliest claimed time in each. A correction changes an act of whatever time, so
    it touches all of its case.
    """
    earliest: dict[str, datetime | None] = {}
    changed: set[str] = set()
    for r in events:
        if is_case(r.stream):
            before = earliest.get(r.stream)
            earliest[r.stream] = r.occurred_at if before is None else min(before, r.occurred_at)
            if isinstance(r.event, (ActCorrected, ActRetracted)):
                changed.add(r.stream)
    return {stream: None if stream in changed else at for stream, at in earliest.items()}
