"""
A server and a migrated database for whoever asks.

One embedded server for all workers of a run, in a folder of its own below the system's temporary one; the last worker
to leave stops it and removes the folder. Runs share nothing: a test that hangs in one must not hold up another's.
`LUOSHI_DATABASE_URL` points the suite at another server instead, as a user who may create databases.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.embedded import EmbeddedPostgres
from ledger.store.migrate import migrate, migrations

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"
_numbers = count(1)


def shared_file(name: str) -> Path:
    """A file that comes beside the checkout, not in it; the test is skipped where it is absent."""
    data = os.environ.get("LUOSHI_TEST_DATA")
    path = (Path(data).parent if data else SHARED) / name
    if not path.exists():
        pytest.skip(f"shared/{name} is not beside the checkout")
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The DSN of an administrator on a running server."""
    if url := os.environ.get("LUOSHI_DATABASE_URL"):
        yield url
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    home = Path(tempfile.gettempdir()) / f"luoshi-tests-{hashlib.sha256(run.encode()).hexdigest()[:8]}"
    embedded = EmbeddedPostgres(home)
    dsn = embedded.start()
    with psycopg.connect(dsn, autocommit=True) as connection:
        # These databases live for a test; those that must outlive a killed server have servers of their own.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield dsn
    embedded.stop()
    if embedded.server_pid is None:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def new_database(server: str) -> Iterator[Callable[..., str]]:
    """A function that makes an empty database, or one from a template, and returns its DSN; gone after the test."""
    made: list[str] = []
    with psycopg.connect(server, autocommit=True) as connection:

        def new(template: str = "template0") -> str:
            name = f"luoshi_test_{os.getpid()}_{next(_numbers)}"
            connection.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
            connection.execute(_statement("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log", name, template))
            made.append(name)
            return make_conninfo(server, dbname=name)

        yield new
        for name in made:
            connection.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a database that has been migrated; made once per server and set of SQL files."""
    digest = hashlib.sha256("".join(m.sha256 for m in migrations()).encode()).hexdigest()[:12]
    name = f"luoshi_template_{digest}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('luoshi/tests/template', 0))")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return name
        # The name appears only when the database is ready: an interrupted run leaves a draft.
        draft = f"{name}_draft"
        connection.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", draft))
        connection.execute(_statement("CREATE DATABASE {} TEMPLATE template0", draft))
        migrate(make_conninfo(server, dbname=draft))
        connection.execute(_statement("ALTER DATABASE {} RENAME TO {}", draft, name))
    return name


@pytest.fixture
def database(new_database: Callable[..., str], template: str) -> str:
    """The DSN of a fresh migrated database, as an administrator. Schema `luoshi`."""
    return new_database(template)


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
