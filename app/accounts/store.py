"""
The rows of accounts, sessions and the record of access, under the role that may touch nothing else.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the row factory reads it
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.store.migrate import GATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

COLUMNS = "account_id, kind, login, password_hash, subject, official_id, unit_ids, roles, is_disabled, failures, \
locked_until, made_at, must_change"


class LoginTaken(ValueError):  # noqa: N818 - says what was found
    """Another account has this login, or this outside identity."""


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    kind: str
    login: str
    password_hash: str | None
    subject: str | None
    official_id: str | None
    unit_ids: list[str]
    roles: list[str]
    is_disabled: bool
    failures: int
    locked_until: datetime | None
    made_at: datetime
    must_change: bool = False  # the password was drawn by somebody else


@dataclass(frozen=True, slots=True)
class Session:
    token_hash: bytes
    account_id: str
    kind: str
    name: str | None
    csrf_hash: bytes | None
    made_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class AccessRecord:
    record_id: int
    at: datetime
    account_id: str | None
    what: str
    detail: dict[str, Any]


class AccountStore:
    """Thread-safe; close it when done."""

    def __init__(self, dsn: str, *, schema: str) -> None:
        names = ("account", "session", "access_record")
        self._names = {name: sql.Identifier(schema, name) for name in names}
        self._pool = ConnectionPool(dsn, min_size=0, max_size=6, timeout=8.0, open=True)

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def _at_the_gate(self) -> Iterator[Connection[Any]]:
        with self._pool.connection() as db:
            db.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(GATE)))
            yield db

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(**self._names)

    def any(self) -> bool:
        with self._at_the_gate() as db:
            return db.execute(self._sql("SELECT 1 FROM {account} LIMIT 1")).fetchone() is not None

    def add(self, account: Account) -> None:
        """LoginTaken where another account has the login or the subject."""
        values = {name: getattr(account, name) for name in Account.__slots__}
        marks = ", ".join(f"%({name})s" for name in values)
        with self._at_the_gate() as db:
            try:
                db.execute(self._sql(f"INSERT INTO {{account}} ({', '.join(values)}) VALUES ({marks})"), values)
            except UniqueViolation:
                raise LoginTaken(account.login) from None

    def accounts(self) -> list[Account]:
        with self._at_the_gate() as db:
            statement = self._sql(f"SELECT {COLUMNS} FROM {{account}} ORDER BY login")
            return db.cursor(row_factory=class_row(Account)).execute(statement).fetchall()

    def find(self, **by: str) -> Account | None:
        """By login, account_id or subject."""
        ((name, value),) = by.items()
        if name not in ("login", "account_id", "subject"):
            raise ValueError(name)
        with self._at_the_gate() as db:
            statement = self._sql(f"SELECT {COLUMNS} FROM {{account}} WHERE {name} = %s")
            return db.cursor(row_factory=class_row(Account)).execute(statement, (value,)).fetchone()

    def change(self, account_id: str, **values: Any) -> None:
        """Set these columns of one account."""
        sets = ", ".join(f"{name} = %({name})s" for name in values)
        with self._at_the_gate() as db:
            db.execute(
                self._sql(f"UPDATE {{account}} SET {sets} WHERE account_id = %(id)s"), {**values, "id": account_id}
            )

    def count_failure(self, account_id: str) -> int:
        """One more wrong password; how many there are now."""
        statement = "UPDATE {account} SET failures = failures + 1 WHERE account_id = %s RETURNING failures"
        with self._at_the_gate() as db:
            row = db.execute(self._sql(statement), (account_id,)).fetchone()
        return 0 if row is None else int(row[0])

    def keep_session(self, session: Session) -> None:
        values = {name: getattr(session, name) for name in Session.__slots__}
        marks = ", ".join(f"%({name})s" for name in values)
        with self._at_the_gate() as db:
            db.execute(self._sql(f"INSERT INTO {{session}} ({', '.join(values)}) VALUES ({marks})"), values)

    def session(self, token_hash: bytes) -> Session | None:
        with self._at_the_gate() as db:
            statement = self._sql("SELECT * FROM {session} WHERE token_hash = %s")
            return db.cursor(row_factory=class_row(Session)).execute(statement, (token_hash,)).fetchone()

    def seen(self, token_hash: bytes, now: datetime) -> None:
        with self._at_the_gate() as db:
            db.execute(self._sql("UPDATE {session} SET seen_at = %s WHERE token_hash = %s"), (now, token_hash))

    def end_sessions(self, account_id: str, *, token_hash: bytes | None = None) -> int:
        """End one session of an account, or all of them."""
        one = "" if token_hash is None else " AND token_hash = %(hash)s"
        with self._at_the_gate() as db:
            return db.execute(
                self._sql(f"DELETE FROM {{session}} WHERE account_id = %(id)s{one}"),
                {"id": account_id, "hash": token_hash},
            ).rowcount

    def forget_ended(self, now: datetime) -> int:
        with self._at_the_gate() as db:
            return db.execute(self._sql("DELETE FROM {session} WHERE ends_at < %s"), (now,)).rowcount

    def write_down(self, at: datetime, account_id: str | None, what: str, **detail: Any) -> None:
        with self._at_the_gate() as db:
            db.execute(
                self._sql("INSERT INTO {access_record} (at, account_id, what, detail) VALUES (%s, %s, %s, %s)"),
                (at, account_id, what, json.dumps(detail, ensure_ascii=False)),
            )

    def records(self, *, limit: int, before: int | None = None) -> list[AccessRecord]:
        """The newest first."""
        statement = "SELECT * FROM {access_record} WHERE record_id < %s ORDER BY record_id DESC LIMIT %s"
        with self._at_the_gate() as db:
            found = db.cursor(row_factory=class_row(AccessRecord))
            return found.execute(self._sql(statement), (before if before is not None else 2**62, limit)).fetchall()
