"""Migrations: once, in order, unedited; several logs side by side."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.store.migrate import FILES, ROLES, MigrationError, migrate, migrations, pending
from ledger.store.postgres import PostgresStore
from tests.ledger.sealing import opaque


def test_once(new_database) -> None:
    dsn = new_database()
    assert pending(dsn) == [m.name for m in migrations()]
    assert migrate(dsn) == [m.name for m in migrations()]
    assert migrate(dsn) == []
    assert pending(dsn) == []


def test_edited(new_database, tmp_path) -> None:
    """
    A file that was applied and then edited stops the run.
    """
    dsn = new_database()
    folder = shutil.copytree(FILES, tmp_path / "schema")
    migrate(dsn, folder=folder)
    with (folder / "0002-event.sql").open("a") as file:
        file.write("-- later thought\n")
    with pytest.raises(MigrationError, match=r"0002-event\.sql was edited"):
        migrate(dsn, folder=folder)


def test_newer(new_database, tmp_path) -> None:
    """
    A schema that a newer program has migrated is not touched by an older one.
    """
    dsn = new_database()
    folder = shutil.copytree(FILES, tmp_path / "schema")
    (folder / "9000-future.sql").write_text("CREATE TABLE {schema}.future (a int);")
    migrate(dsn, folder=folder)
    with pytest.raises(MigrationError, match="newer program"):
        migrate(dsn)


def test_failed_file(new_database, tmp_path) -> None:
    """
    A file that fails leaves nothing of itself, and the next run goes on from there.
    """
    dsn = new_database()
    folder = shutil.copytree(FILES, tmp_path / "schema")
    last = folder / "9999-broken.sql"
    last.write_text("CREATE TABLE {schema}.half (a int); SELECT nothing;")
    with pytest.raises(Exception, match="nothing"):
        migrate(dsn, folder=folder)
    last.write_text("CREATE TABLE {schema}.half (a int);")
    assert migrate(dsn, folder=folder) == [last.name]


def test_at_once(new_database) -> None:
    """
    Four programs that start at once migrate once, in one database and in several on one server.
    """
    dsns = [new_database() for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        applied = list(pool.map(migrate, dsns * 4))
    assert sorted(map(len, applied)) == [0] * 6 + [len(migrations())] * 2


def test_two_logs_in_one_database(new_database) -> None:
    """
    One schema per log: they share a database and its roles, not their indexes.
    """
    dsn = new_database()
    for schema in ("north", "south"):
        migrate(dsn, schema)
    with (
        PostgresStore(dsn, schema="north", environ={}) as north,
        PostgresStore(dsn, schema="south", environ={}) as south,
    ):
        assert north.append([opaque("a", 1), opaque("a", 2)]) == 0
        assert south.append([opaque("a", 1)]) == 0
        assert (north.size(), south.size()) == (2, 1)


@pytest.mark.parametrize("schema", ["", "Big", "a-b", "x" * 41, 'a"b', "1a"])
def test_schema_names(schema: str) -> None:
    with pytest.raises(MigrationError):
        migrate("", schema)


def test_roles_are_those_of_the_files():
    """
    A restore makes the roles before the dump is read: the list is the schema's own.
    """
    text = (FILES / "0001-roles.sql").read_text(encoding="utf-8")
    every = "".join(m.text for m in migrations())
    listed = {
        *re.findall(r"'(luoshi_[a-z]+)'", text.partition("LOOP")[0]),
        *re.findall(r"CREATE ROLE (luoshi_[a-z]+)", every),
    }
    assert listed == set(ROLES) >= set(re.findall(r"luoshi_[a-z]+", every))
