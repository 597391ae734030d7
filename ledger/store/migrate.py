"""
Brings a schema up to date: numbered SQL files, each in a transaction of its own, each recorded with its SHA-256.

A file that was applied is never edited: a digest that differs stops the run. tests/ledger/store/test_migrate.py.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from ledger.errors import LedgerError

FILES = Path(__file__).parent / "schema"
DEFAULT_SCHEMA = "luoshi"
WRITER, READER, PROJECTOR, GATE = "luoshi_writer", "luoshi_reader", "luoshi_projector", "luoshi_gate"
# Which of them may log in: 0001-roles.sql, 0009-accounts.sql.
ROLES = {"luoshi_owner": False, WRITER: True, READER: True, PROJECTOR: True, GATE: True}


class MigrationError(LedgerError):
    """The schema was not made by these files."""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    text: str
    sha256: str


def view_schema(schema: str) -> str:
    """The schema in which the projector keeps its tables."""
    return f"{schema}_view"


def channel(schema: str) -> str:
    """The NOTIFY channel of a log."""
    return f"{schema}_event"


def check_schema_name(schema: str) -> None:
    # Short enough that the names derived from it stay below the 63 bytes of an identifier.
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", schema):
        raise MigrationError(f"schema name {schema!r}: at most 40 of a-z, 0-9 and _, not a digit first")


def migrations(folder: Path = FILES) -> list[Migration]:
    """Return the files in order."""
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]-*.sql"))
    return [
        Migration(file.name, file.read_text(encoding="utf-8"), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in files
    ]


def migrate(
    dsn: str,
    schema: str = DEFAULT_SCHEMA,
    *,
    folder: Path = FILES,
    before: Mapping[str, Callable[[psycopg.Connection], None]] | None = None,
) -> list[str]:
    """
    Apply what is missing and return its names. The DSN's user must be allowed to create schemas and roles. `before`
    holds what SQL cannot do, by the name of the file in whose transaction, and before which, it is done.
    """
    check_schema_name(schema)
    names = {
        "schema": sql.Identifier(schema),
        "view_schema": sql.Identifier(view_schema(schema)),
        "channel": sql.Literal(channel(schema)),
        "lock_name": sql.Literal(f"luoshi/append/{schema}"),
    }
    applied: list[str] = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Session lock: whoever comes second finds everything done. Released with the connection.
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"luoshi/migrate/{schema}",))
        done = _applied(connection, schema)
        for migration in migrations(folder):
            if migration.name in done:
                if done[migration.name] != migration.sha256:
                    raise MigrationError(f"{migration.name} was edited after it had been applied to schema {schema}")
                continue
            with connection.transaction():
                if before is not None and migration.name in before:
                    before[migration.name](connection)
                # The files are ours, part of the program: nothing in them comes from outside.
                connection.execute(sql.SQL(migration.text).format(**names))
                connection.execute("RESET ROLE")
                connection.execute(
                    sql.SQL("INSERT INTO {}.migration (name, sha256) VALUES (%s, %s)").format(names["schema"]),
                    (migration.name, migration.sha256),
                )
            applied.append(migration.name)
        unknown = done.keys() - {migration.name for migration in migrations(folder)}
        if unknown:
            raise MigrationError(f"schema {schema} was migrated by a newer program: {', '.join(sorted(unknown))}")
    return applied


def pending(dsn: str, schema: str = DEFAULT_SCHEMA, *, folder: Path = FILES) -> list[str]:
    """Return the names of the files that are not applied yet. Changes nothing."""
    check_schema_name(schema)
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass(%s)", (f"{schema}.migration",)).fetchone()
        known = _recorded(connection, schema) if row and row[0] else {}
    return [migration.name for migration in migrations(folder) if migration.name not in known]


def _applied(connection: psycopg.Connection, schema: str) -> dict[str, str]:
    name = sql.Identifier(schema)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        connection.execute(
            sql.SQL("CREATE TABLE IF NOT EXISTS {}.migration (name text PRIMARY KEY, sha256 text NOT NULL)").format(
                name
            )
        )
    return _recorded(connection, schema)


def _recorded(connection: psycopg.Connection, schema: str) -> dict[str, str]:
    statement = sql.SQL("SELECT name, sha256 FROM {}.migration").format(sql.Identifier(schema))
    return dict(connection.execute(statement).fetchall())
