"""
An older database under seal, and a log whose sealed values are ciphertext at rest.
"""

from __future__ import annotations

import shutil

import psycopg
import pytest

from app.sealed import migrate_sealed, open_disclosures
from app.settings import Settings
from app.wiring import init_luoshi, migrate_luoshi, open_luoshi
from ledger.disclosure import disclose
from ledger.store.migrate import FILES, MigrationError, migrate
from ledger.store.postgres import PostgresStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from tests.ledger.sealing import ORIGIN, opaque

BEFORE = ("0001", "0002", "0003", "0004", "0005", "0007")  # all but the sealing: today's program appends by 0007
CLEAR = {n: (disclose("name", f"张三{n}", bytes(16)), disclose("text", "漏水", bytes(16))) for n in range(1500)}


@pytest.fixture
def old(new_database, tmp_path) -> str:
    """
    A database as the version before left it, with 3,000 values in clear.
    """
    dsn = new_database()
    files = tmp_path / "old"
    files.mkdir()
    for file in FILES.iterdir():
        if file.name.startswith(BEFORE):
            shutil.copy(file, files)
    migrate(dsn, folder=files)
    with PostgresStore(dsn, environ={}) as store:
        store.append_many([[opaque(f"case/x/{n}", 1, disclosures=texts)] for n, texts in CLEAR.items()])
    return dsn


def test_sealed_by_the_migration(old, tmp_path):
    """
    After it everything reads as before, and the table's file holds no clear value any more.
    """
    vault = Vault(tmp_path / "vault", origin=ORIGIN)
    assert "0006-sealed.sql" in migrate_sealed(old, "luoshi", vault, origin=ORIGIN)
    assert migrate_sealed(old, "luoshi", vault, origin=ORIGIN) == []
    with PostgresStore(old, environ={}) as below:
        assert SealedStore(below, vault, origin=ORIGIN).disclosures(range(1500)) == CLEAR
    with psycopg.connect(old) as connection:
        [heap] = connection.execute("SELECT pg_read_binary_file(pg_relation_filepath('luoshi.disclosure'))").fetchone()
    assert b"v1." in heap
    assert [n for n, texts in CLEAR.items() if any(text.encode() in heap for text in texts)] == []


def test_without_keys_it_is_refused(old):
    """
    The files alone cannot seal: they stop, and change nothing.
    """
    with pytest.raises(psycopg.errors.RaiseException, match="luoshi db migrate"):
        migrate(old)
    with PostgresStore(old, environ={}) as below:
        assert below.disclosures([0]) == {0: CLEAR[0]}


def test_no_clear_value_enters(database):
    with PostgresStore(database, environ={}) as store:
        with pytest.raises(Exception, match="sealed"):
            store.append([opaque("a", 1, disclosures=CLEAR[0])])
        assert store.size() == 0


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=database)


def test_a_schema_that_is_behind_is_named(settings, database):
    with init_luoshi(settings, administrator="admin"):
        pass
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE luoshi.disclosure DROP CONSTRAINT sealed")
        connection.execute("DROP FUNCTION luoshi.keep_instead")
        connection.execute("DELETE FROM luoshi.migration WHERE name = '0006-sealed.sql'")
    with pytest.raises(MigrationError, match=r"0006-sealed\.sql: run `luoshi db migrate`"), open_luoshi(settings):
        pass
    assert migrate_luoshi(settings) == ["0006-sealed.sql"]
    with open_luoshi(settings) as luoshi:
        assert luoshi.verify().ok


def test_only_the_stream_asked_for(settings):
    with init_luoshi(settings, administrator="admin") as luoshi:
        first = luoshi.store.append([opaque("a", 1, disclosures=CLEAR[0]), opaque("b", 1, disclosures=CLEAR[1])])
        assert open_disclosures(luoshi.store, "a", [first, first + 1]) == {first: CLEAR[0]}
