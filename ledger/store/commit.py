"""
Group commit: what waits while one transaction commits goes into the next one.

A commit costs one flush of the disk however many events it holds, and appends are ordered by a lock: so one thread
takes whatever is queued, calls the append function once, and hands every caller its own outcome. Nobody waits for a
batch to fill. tests/contract/test_store.py and tests/faults/ hold it to that.

The crash story. The function's call is its own transaction. An error reported over a living connection means that
nothing was recorded; a lost connection means that the batch is recorded whole or not at all, and every caller in it
gets OutcomeUnknown and can ask `by_command`. Nothing here ever sends a batch again that may have been recorded.
"""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from select import POLLIN, poll
from threading import Lock, Thread
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import (
    CommandRepeated,
    Conflict,
    LedgerError,
    MalformedRequest,
    OutcomeUnknown,
    SignerRevoked,
    StoreUnavailable,
    Unsound,
)
from ledger.store.contract import Outcome
from ledger.store.migrate import WRITER

MAX_BATCH_EVENTS = 100  # beyond this a batch's own duration shows in the latency of the next
_UNSOUND = "LU001"


class Row(NamedTuple):
    """An event as the append function takes it."""

    stream: str
    version: int
    topic: str
    command_id: str | None
    leaf: bytes
    disclosures: tuple[str, ...] = ()


class GroupCommitter:
    """One thread and one connection, draining a queue of requests."""

    def __init__(self, dsn: str, schema: str) -> None:
        self._dsn = dsn
        self._schema = schema
        self._queue: SimpleQueue[_Request | None] = SimpleQueue()
        self._connection: psycopg.Connection | None = None
        self._gate = Lock()
        self._closed = False
        self._thread: Thread | None = None

    def submit(self, rows: Sequence[Row]) -> "Future[Outcome]":
        """Queue one request. Its future holds the first log index or the refusal, or raises what went wrong."""
        request = _Request(rows, Future())
        with self._gate:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="ledger-committer", daemon=True)
                self._thread.start()
            self._queue.put(request)
        return request.future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._gate:
            self._closed = True
            thread, self._thread = self._thread, None
            self._queue.put(None)
        if thread is not None:
            thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        left_over: _Request | None = None
        while True:
            request = left_over or self._queue.get()
            left_over = None
            if request is None:
                return
            batch, events = [request], len(request.rows)
            last = False
            while not self._queue.empty():
                request = self._queue.get()
                if request is None:
                    last = True
                    break
                if events + len(request.rows) > MAX_BATCH_EVENTS:
                    left_over = request
                    break
                batch.append(request)
                events += len(request.rows)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: "list[_Request]") -> None:
        try:
            outcomes = call_append(self._connect(), self._schema, [request.rows for request in batch])
        except (OutcomeUnknown, StoreUnavailable) as error:
            for request in batch:
                request.future.set_exception(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the callers; this thread must live on
            # Nothing was recorded. One request may be at fault (a NUL in a text): its neighbours are not to suffer.
            if len(batch) == 1:
                batch[0].future.set_exception(error)
            else:
                for request in batch:
                    self._commit([request])
        else:
            for request, outcome in zip(batch, outcomes, strict=True):
                request.future.set_result(outcome)

    def _connect(self) -> psycopg.Connection:
        if self._connection is None or is_lost(self._connection):
            try:
                self._connection = psycopg.connect(self._dsn, autocommit=True)
                self._connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(WRITER)))
            except psycopg.OperationalError as error:
                raise StoreUnavailable(f"the database cannot be reached: {error}") from error
        return self._connection


def is_lost(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has hung up, as far as can be known without asking it."""
    # Found before anything is sent, a lost connection is merely replaced; found after, the outcome would be unknown.
    if connection.closed:
        return True
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    with suppress(psycopg.OperationalError):
        # More than once: the server's last words come before the end of the stream.
        while waiting.poll(0):
            connection.pgconn.consume_input()
    return connection.closed


class _Request(NamedTuple):
    rows: Sequence[Row]
    future: "Future[Outcome]"


_APPEND = """
    SELECT request, first_index, command, command_at, stream, expected, found, key, key_at
      FROM {schema}.append(%b::integer[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[],
                           %b::integer[], %b::text[])
     ORDER BY request
"""


def call_append(connection: psycopg.Connection[Any], schema: str, requests: Sequence[Sequence[Row]]) -> list[Outcome]:
    """Append a batch in one transaction on an autocommit connection; the outcome of each request."""
    firsts: list[int] = []
    rows: list[Row] = []
    for request in requests:
        firsts.append(len(rows) + 1)
        rows.extend(request)
    disclosed = [(position, text) for position, row in enumerate(rows, 1) for text in row.disclosures]
    params = (
        firsts,
        [row.stream for row in rows],
        [row.version for row in rows],
        [row.topic for row in rows],
        [row.command_id for row in rows],
        [row.leaf for row in rows],
        [position for position, _ in disclosed],
        [text for _, text in disclosed],
    )
    statement = sql.SQL(_APPEND).format(schema=sql.Identifier(schema))
    return [_outcome(answer) for answer in _called(connection, statement, params)]


def call_function(connection: psycopg.Connection[Any], statement: sql.Composed, params: Sequence[Any]) -> Any:
    """Call one of our functions in a transaction of its own on an autocommit connection; its answer."""
    [(answer,)] = _called(connection, statement, params)
    return answer


def _called(
    connection: psycopg.Connection[Any], statement: sql.Composed, params: Sequence[Any]
) -> list[tuple[Any, ...]]:
    try:
        cursor = connection.cursor(binary=True, row_factory=tuple_row)
        return cursor.execute(statement, params, prepare=True).fetchall()
    except psycopg.DataError as error:
        raise MalformedRequest(str(error)) from error
    except psycopg.Error as error:
        if connection.closed:
            raise OutcomeUnknown(f"connection lost while committing: {error}") from error
        if error.sqlstate == _UNSOUND:
            raise Unsound(str(error)) from error
        raise LedgerError(f"append refused by the database: {error}") from error


def _outcome(answer: tuple[Any, ...]) -> Outcome:
    match answer:
        case (_, int(first_index), *_):
            return first_index
        case (_, None, str(command), int(index), *_):
            return CommandRepeated(command, index)
        case (_, None, None, None, str(stream), int(expected), int(found), *_):
            return Conflict(stream, expected, found)
        case (_, None, None, None, None, None, None, bytes(key), int(index)):
            return SignerRevoked(str(json.loads(key)), index)
        case _:
            raise Unsound("the append function answered neither yes nor no")
