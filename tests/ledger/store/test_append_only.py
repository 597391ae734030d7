"""The database itself refuses to change or remove a record."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from ledger.errors import Unsound
from ledger.store.postgres import PostgresStore
from tests.ledger.sealing import kept, opaque

CHANGES = [
    "UPDATE luoshi.event SET topic = 'other.happened.v1'",
    "DELETE FROM luoshi.event",
    "TRUNCATE luoshi.event CASCADE",
    "UPDATE luoshi.disclosure SET disclosure = 'x'",
    "TRUNCATE luoshi.disclosure",
    "DELETE FROM luoshi.head",
    "TRUNCATE luoshi.head",
]
WRITER_ONLY = [
    "TRUNCATE luoshi.event",
    "INSERT INTO luoshi.event SELECT 9, 'b', 1, 't', 'c', leaf, leaf_hash FROM luoshi.event LIMIT 1",
    "INSERT INTO luoshi.disclosure VALUES (0, 9, 'x')",
    "DELETE FROM luoshi.disclosure",
    "UPDATE luoshi.head SET size = 0",
    "INSERT INTO luoshi.head (size) VALUES (7)",
    "INSERT INTO luoshi.migration VALUES ('9999-x.sql', 'x')",
    "UPDATE luoshi.notification SET topic = 'x'",
    "DROP TABLE luoshi.event CASCADE",
    "ALTER TABLE luoshi.event ADD COLUMN more text",
    "ALTER TABLE luoshi.event DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON luoshi.event",
    "CREATE TABLE luoshi.mine (a int)",
    "CREATE INDEX mine ON luoshi.event (topic)",
    "CREATE OR REPLACE FUNCTION luoshi.refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    "DROP FUNCTION luoshi.append",
    "DROP SCHEMA luoshi CASCADE",
    "CREATE SCHEMA mine",
    "SET ROLE luoshi_owner",
    "SET SESSION AUTHORIZATION luoshi_owner",
    "SET session_replication_role = replica",
    "CREATE ROLE mine",
    "CREATE TABLE luoshi_view.mine (a int)",
    "BEGIN; LOCK TABLE luoshi.event IN EXCLUSIVE MODE",
]


@pytest.fixture
def recorded(database: str) -> str:
    with PostgresStore(database, environ={}) as store:
        store.append([opaque("a", 1, disclosures=[kept("x")]), opaque("a", 2)])
    return database


def connection_as(dsn: str, role: str) -> psycopg.Connection:
    """A session that logged in as this role, where the server lets it; else one that changed to it."""
    try:
        return psycopg.connect(make_conninfo(dsn, user=role), autocommit=True)
    except psycopg.OperationalError:
        connection = psycopg.connect(dsn, autocommit=True)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connection


@pytest.fixture
def writer(recorded: str) -> Iterator[psycopg.Connection]:
    with connection_as(recorded, "luoshi_writer") as connection:
        yield connection


@pytest.mark.parametrize("statement", CHANGES + WRITER_ONLY)
def test_writer_is_refused(writer: psycopg.Connection, statement: str) -> None:
    """
    The writer may read and call the append function, and nothing else.
    """
    with pytest.raises(InsufficientPrivilege):
        writer.execute(statement)


@pytest.mark.parametrize("role", ["luoshi_reader", "luoshi_projector"])
@pytest.mark.parametrize(
    "statement", [*CHANGES, "SELECT luoshi.append(null, null, null, null, null, null, null, null)"]
)
def test_readers_are_refused(recorded: str, role: str, statement: str) -> None:
    with connection_as(recorded, role) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("replica", [False, True], ids=["", "replica"])
def test_triggers_hold_the_administrator(recorded: str, statement: str, replica: bool) -> None:
    """
    Triggers stop an administrator's slip as well, also in a session that skips ordinary triggers.
    """
    with psycopg.connect(recorded, autocommit=True) as connection:
        if replica:
            connection.execute("SET session_replication_role = replica")
        with pytest.raises(InsufficientPrivilege, match="append-only"):
            connection.execute(statement)


def test_owner_cannot_log_in(recorded: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(recorded, user="luoshi_owner"))


def test_projector_works_beside_the_log(recorded: str) -> None:
    """
    The projector makes tables of its own, reads the log, and what it makes the writer and the reader may read.
    """
    with connection_as(recorded, "luoshi_projector") as connection:
        connection.execute("CREATE TABLE luoshi_view.counted AS SELECT count(*) FROM luoshi.event")
    for role in ("luoshi_writer", "luoshi_reader"):
        with connection_as(recorded, role) as connection:
            assert connection.execute("SELECT * FROM luoshi_view.counted").fetchall() == [(2,)]


def test_head_that_lies_stops_the_log(recorded: str) -> None:
    """
    A head that does not fit the last index is noticed before anything is appended on top.
    """
    with psycopg.connect(recorded, autocommit=True) as connection:
        connection.execute("UPDATE luoshi.head SET size = 1")
    with PostgresStore(recorded, environ={}) as store, pytest.raises(Unsound, match="the last index says 2"):
        store.append([opaque("b", 1)])
