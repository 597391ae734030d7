"""
The store in Postgres, built on the recorder of `eventsourcing`: a stored event's `state` is the leaf itself.

What is inherited: datastore, connection pool, `select_events`, `subscribe`. What is replaced: tables (made by
ledger/store/migrate.py), and inserting, which goes through one SQL function and never retries an insert whose outcome
is half known. tests/ledger/store/ runs the library's own recorder tests against this class, tests/contract/ ours.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresSubscription,
)
from eventsourcing.utils import retry
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row, tuple_row

from ledger.envelope import Sealed
from ledger.errors import AppendRefused, LedgerError, StoreUnavailable
from ledger.store.commit import GroupCommitter, Row, call_append, call_function
from ledger.store.contract import Outcome, Stored, check_request
from ledger.store.migrate import DEFAULT_SCHEMA, WRITER, channel, check_schema_name

_again = retry((InterfaceError, OperationalError), max_attempts=5, wait=0.2)  # reads only: they may be repeated

_COLUMNS = "log_index, stream, version, topic, command_id, leaf"


class LedgerDatastore(PostgresDatastore):
    """The library's datastore, reached by DSN and acting under one of our roles."""

    def __init__(self, dsn: str, *, schema: str, role: str = WRITER, pool_size: int = 2, max_overflow: int = 8) -> None:
        check_schema_name(schema)
        self._role = role
        super().__init__("", "", "", "", "", schema=schema, originator_id_type="text")
        self.pool = ConnectionPool(
            dsn,
            connection_class=Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=pool_size,
            max_size=pool_size + max_overflow,
            open=False,
            configure=self.after_connect_func(),
            timeout=8.0,  # who waits longer, even on a busy machine, waits for a server that is gone
        )

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        inherited = super().after_connect_func()
        statement = sql.SQL("SET ROLE {}").format(sql.Identifier(self._role))

        def after_connect(connection: Connection[Any]) -> None:
            inherited(connection)
            connection.execute(statement)

        return after_connect


class LedgerSubscription(PostgresSubscription):
    """
    The library's, but it looks again once it listens: an event that came between its first look and its LISTEN would
    else stay unseen until the next one, which may never come.
    """

    def _listen(self) -> None:
        try:
            with self._recorder.datastore.get_connection() as connection:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._recorder.channel_name)))
                self._has_been_notified.set()
                while not self._has_been_stopped and not self._thread_error:
                    for _ in connection.notifies(timeout=0.1, stop_after=1):
                        self._has_been_notified.set()
        except BaseException as error:  # noqa: BLE001 - handed to whoever iterates, as the library does
            if self._thread_error is None:
                self._thread_error = error
            self.stop()


class PostgresStore(PostgresApplicationRecorder):
    """
    A `ledger.store.contract.Store` and an `eventsourcing` application recorder over the same table.

    The schema must have been migrated. Close it, or use it as a context manager.
    """

    def __init__(self, dsn: str, *, schema: str = DEFAULT_SCHEMA, environ: Mapping[str, str] | None = None) -> None:
        refuse_database_functions(os.environ if environ is None else environ)
        datastore = LedgerDatastore(dsn, schema=schema)
        super().__init__(datastore, events_table_name="notification")
        self.channel_name = channel(schema)
        self.max_notification_id_statement = sql.SQL("SELECT max(log_index) + 1 AS max FROM {}").format(
            sql.Identifier(schema, "event")
        )
        self._schema = schema
        self._committer = GroupCommitter(dsn, schema)
        self.refuses: str | None = None  # why nothing may be appended now

    def close(self) -> None:
        self._committer.close()
        self.datastore.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Our contract

    def append(self, events: Sequence[Sealed]) -> int:
        self._check_open()
        check_request(events)
        outcome = self._committer.submit(_rows(events)).result()
        if isinstance(outcome, int):
            return outcome
        raise outcome

    def append_many(self, requests: Sequence[Sequence[Sealed]]) -> list[Outcome]:
        if not requests:
            return []
        self._check_open()
        for request in requests:
            check_request(request)
        try:
            with self.datastore.pool.connection() as connection:
                connection.execute(
                    "SELECT 1"
                )  # a connection that was lost while idle shows here, before anything is sent
                return call_append(connection, self._schema, [_rows(request) for request in requests])
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from error

    def append_at(self, at: int, event: Sealed) -> bool:
        self._check_open()
        check_request([event])
        statement = sql.SQL("SELECT {}.append_at(%b, %b, %b, %b, %b, %b)").format(sql.Identifier(self._schema))
        params = (at, event.stream, event.version, event.topic, event.command_id, event.leaf)
        try:
            with self.datastore.pool.connection() as connection:
                connection.execute("SELECT 1")
                return bool(call_function(connection, statement, params))
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from error

    def read_stream(self, stream: str, after: int = 0) -> list[Stored]:
        where = "WHERE stream = %s AND version > %s ORDER BY version"
        return self._read(where, (stream, after))

    def streams(self, prefix: str, name: str | None = None) -> list[str]:
        # The conditions are those of the two indexes in schema/0012-streams.sql, word for word.
        where, params = ["version = 1", 'stream COLLATE "C" >= %s', "starts_with(stream, %s)"], [prefix, prefix]
        if name is not None:
            where.append("regexp_replace(stream, '^[^/]*/[^/]*/', '') = %s AND stream LIKE '%%/%%/%%'")
            params.append(name)
        statement = f"SELECT stream FROM {{schema}}.event WHERE {' AND '.join(where)} ORDER BY log_index"
        return [stream for (stream,) in self._rows(statement, params)]

    def read_log(self, start: int = 0, limit: int = 1000) -> list[Stored]:
        return self._read("WHERE log_index >= %s ORDER BY log_index LIMIT %s", (start, limit))

    def by_command(self, command_ids: Sequence[str]) -> dict[str, Stored]:
        found = self._read("WHERE command_id = ANY(%s)", (list(command_ids),)) if command_ids else []
        return {stored.command_id: stored for stored in found}

    def head(self, stream: str) -> tuple[int, bytes | None]:
        return self.heads([stream]).get(stream, (0, None))

    def heads(self, streams: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        # One index probe per stream, whatever its length.
        statement = """
            SELECT s.stream, e.version, e.leaf_hash
              FROM unnest(%s::text[]) AS s (stream)
             CROSS JOIN LATERAL (
                SELECT version, leaf_hash FROM {schema}.event
                 WHERE stream = s.stream ORDER BY version DESC LIMIT 1
             ) AS e
        """
        rows = self._rows(statement, (list(set(streams)),)) if streams else []
        return {stream: (version, leaf_hash) for stream, version, leaf_hash in rows}

    def size(self) -> int:
        [(size,)] = self._rows("SELECT size FROM {schema}.head", ())
        return int(size)

    def disclosures(self, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        statement = """
            SELECT log_index, array_agg(disclosure ORDER BY position)
              FROM {schema}.disclosure WHERE log_index = ANY(%s::bigint[]) GROUP BY log_index
        """
        return {index: tuple(kept) for index, kept in self._rows(statement, (list(log_indexes),))}

    def keep_instead(self, kept: Mapping[int, Sequence[str]]) -> None:
        beside = [(index, text) for index, texts in kept.items() for text in texts]
        statement = sql.SQL("SELECT {}.keep_instead(%b::bigint[], %b::bigint[], %b::text[])").format(
            sql.Identifier(self._schema)
        )
        params = (list(kept), [index for index, _ in beside], [text for _, text in beside])
        try:
            with self.datastore.pool.connection() as connection:
                connection.execute("SELECT 1")
                call_function(connection, statement, params)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from error

    def _check_open(self) -> None:
        if self.refuses is not None:
            raise AppendRefused(self.refuses)

    def _read(self, where: str, params: Sequence[Any]) -> list[Stored]:
        return [Stored(*row) for row in self._rows(f"SELECT {_COLUMNS} FROM {{schema}}.event {where}", params)]

    def _rows(self, statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            rows: list[tuple[Any, ...]] = self._rows_again(
                statement, params
            )  # the library's decorator forgets the type
        except (InterfaceError, OperationalError) as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from error
        return rows

    @_again
    def _rows_again(self, statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        query = sql.SQL(statement).format(schema=sql.Identifier(self._schema))
        # Binary: a leaf comes as its bytes, not as twice as many hex digits.
        with self.datastore.get_connection() as connection:
            return connection.cursor(binary=True, row_factory=tuple_row).execute(query, params, prepare=True).fetchall()

    # The library's recorder

    def create_table(self) -> None:
        """Tables are the business of ledger/store/migrate.py."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Append events that carry no command id; their state is opaque here."""
        if not stored_events:
            return []
        self._check_open()
        rows = [Row(str(e.originator_id), e.originator_version, e.topic, None, e.state) for e in stored_events]
        outcome = self._committer.submit(rows).result()
        if isinstance(outcome, LedgerError):
            raise IntegrityError(str(outcome)) from outcome
        return [outcome + 1 + position for position in range(len(rows))]

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return LedgerSubscription(recorder=self, gt=gt, topics=topics)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """As inherited, but asking for log indexes, which are indexed; a notification's id is its log index + 1."""
        first = 0 if start is None else start - 1 if inclusive_of_start else start
        statement = "SELECT {columns} FROM {schema}.event WHERE log_index >= %s"
        params: list[Any] = [first]
        if stop is not None:
            statement += " AND log_index < %s"
            params.append(stop)
        if topics:
            statement += " AND topic = ANY(%s)"
            params.append(list(topics))
        statement = statement.replace("{columns}", "log_index + 1, stream, version, topic, leaf")
        rows = self._rows(f"{statement} ORDER BY log_index LIMIT %s", (*params, limit))
        return [Notification(stream, version, topic, state, id=id_) for id_, stream, version, topic, state in rows]


def refuse_database_functions(environ: Mapping[str, str]) -> None:
    # The library's own insert function takes no lock: a follower of such a log misses events (measured: 130 of 16,696).
    if "POSTGRES_ENABLE_DB_FUNCTIONS" in environ:
        raise LedgerError("POSTGRES_ENABLE_DB_FUNCTIONS is set: followers would miss events; unset it")


def _rows(events: Sequence[Sealed]) -> list[Row]:
    return [Row(e.stream, e.version, e.topic, e.command_id, e.leaf, e.disclosures) for e in events]
