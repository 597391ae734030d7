"""
Which request an idempotency key stands for: the first one that came with it.
"""

from __future__ import annotations

from typing import Protocol

from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.store.migrate import DEFAULT_SCHEMA, WRITER

CLAIM = "INSERT INTO {request} (command_id, mac) VALUES (%s, %s) ON CONFLICT (command_id) DO NOTHING"
FOUND = "SELECT mac FROM {request} WHERE command_id = %s"


class Requests(Protocol):
    """What the doors need of it."""

    def claim(self, command_id: str, mac: str) -> str:
        """The MAC of the first request that came with this id: this one's own where it is the first."""
        ...

    def close(self) -> None: ...


class MemoryRequests:
    """The same promise, without a database."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def claim(self, command_id: str, mac: str) -> str:
        return self._kept.setdefault(command_id, mac)

    def close(self) -> None:
        """Nothing is held."""


class PostgresRequests:
    """Kept in the log's own schema. Thread-safe; close it when done."""

    def __init__(self, dsn: str, *, schema: str = DEFAULT_SCHEMA) -> None:
        self._names = {"request": sql.Identifier(schema, "request")}
        self._pool = ConnectionPool(dsn, min_size=0, max_size=4, timeout=8.0, open=True)

    def close(self) -> None:
        self._pool.close()

    def claim(self, command_id: str, mac: str) -> str:
        with self._pool.connection() as db:
            db.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(WRITER)))
            db.execute(sql.SQL(CLAIM).format(**self._names), (command_id, mac))
            row = db.execute(sql.SQL(FOUND).format(**self._names), (command_id,)).fetchone()
        if row is None:
            raise LookupError(f"{command_id} was neither kept nor found")
        return str(row[0])
