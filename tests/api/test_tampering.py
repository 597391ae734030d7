"""
A superuser of the database tampers with the log of a real import: `luoshi verify` says no and names the index.
"""

from __future__ import annotations

import json
from itertools import count

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedPostgres
from ledger.envelope import open_leaf, seal
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash
from tests.api.running import MAPPING, Home, open_folder, row, write_csv

COPIES = count()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(open_folder())
    (home.path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    home.run("init")
    home.run(
        "import", write_csv(home.path / "hall.csv", [row(n) for n in range(150)]), "--mapping", home.path / "hall.toml"
    )
    return home


@pytest.fixture(scope="module")
def server(home):
    server = EmbeddedPostgres(home.path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tampered(home, server):
    """A copy of the database to tamper with as its superuser, and the verdict on it."""
    name = f"copy{next(COPIES)}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE luoshi STRATEGY wal_log").format(sql.Identifier(name)))
    return Tampered(home, server.dsn(name))


class Tampered:
    def __init__(self, home, dsn):
        self.home, self.dsn = home, dsn
        self.size = self.ask("SELECT size FROM luoshi.head")[0][0]

    def ask(self, statement, params=()):
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(statement, params).fetchall()

    def do(self, *statements):
        """As a superuser can: triggers and constraints are switched off first."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute("ALTER TABLE luoshi.event DISABLE TRIGGER ALL")
            connection.execute("ALTER TABLE luoshi.disclosure DROP CONSTRAINT IF EXISTS disclosure_log_index_fkey")
            for statement, params in statements:
                connection.execute(statement, params)

    def verdict(self):
        done = self.home.run("verify", "--json", exits=None, LUOSHI_DATABASE_URL=self.dsn)
        answer = json.loads(done.stdout)
        assert (done.returncode == 0) == answer["verified"]
        return answer

    def refused_at(self, index):
        answer = self.verdict()
        assert not answer["verified"]
        assert answer["failure"]["log_index"] == index, answer["failure"]
        return answer["failure"]


LEAF = "SELECT leaf FROM luoshi.event WHERE log_index = %s"
SET_LEAF = "UPDATE luoshi.event SET leaf = %s, leaf_hash = %s WHERE log_index = %s"
FAR = 1_000_000  # out of the way, since indexes are unique at every moment
DELETE = "DELETE FROM luoshi.event WHERE log_index = %s"


def test_untouched(tampered):
    assert tampered.verdict()["verified"]


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("byte", [60, -30])
def test_one_byte(tampered, where, byte):
    index = int((tampered.size - 1) * where)
    [(leaf,)] = tampered.ask(LEAF, (index,))
    changed = bytearray(leaf)
    changed[byte] = ord("A") if changed[byte] != ord("A") else ord("B")
    tampered.do((SET_LEAF, (bytes(changed), leaf_hash(bytes(changed)), index)))
    tampered.refused_at(index)


@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_deleted(tampered, where):
    index = {"first": 0, "middle": tampered.size // 2, "last": tampered.size - 1}[where]
    tampered.do((DELETE, (index,)))
    tampered.refused_at(index)


def test_deleted_and_the_hole_closed(tampered):
    index = tampered.size // 2
    tampered.do(
        (DELETE, (index,)),
        ("UPDATE luoshi.event SET log_index = log_index + %s WHERE log_index > %s", (FAR, index)),
        ("UPDATE luoshi.event SET log_index = log_index - %s - 1 WHERE log_index > %s", (FAR, FAR)),
        ("UPDATE luoshi.head SET size = size - 1", ()),
    )
    tampered.refused_at(index)


def test_two_swapped(tampered):
    one, other = tampered.size // 3, tampered.size // 2
    tampered.do(
        ("UPDATE luoshi.event SET log_index = %s WHERE log_index = %s", (FAR, one)),
        ("UPDATE luoshi.event SET log_index = %s WHERE log_index = %s", (one, other)),
        ("UPDATE luoshi.event SET log_index = %s WHERE log_index = %s", (other, FAR)),
    )
    tampered.refused_at(one)


def test_one_inserted(tampered):
    """
    A copy of a true event at the end, under a stream of its own: beyond the checkpoint, and refused all the same.
    """
    tampered.do(
        (
            """
            INSERT INTO luoshi.event (log_index, stream, version, topic, command_id, leaf, leaf_hash)
            SELECT %s, 'case/hall/invented', 1, topic, 'invented', leaf, leaf_hash
              FROM luoshi.event WHERE log_index = %s
            """,
            (tampered.size, tampered.size - 1),
        ),
        ("UPDATE luoshi.head SET size = size + 1", ()),
    )
    tampered.refused_at(tampered.size)


def test_re_signed_by_another_key(tampered):
    index = tampered.size // 2
    [(leaf,)] = tampered.ask(LEAF, (index,))
    forged = seal(open_leaf(leaf).payload, Ed25519Signer.generate("system/importer"))
    tampered.do((SET_LEAF, (forged, leaf_hash(forged), index)))
    tampered.refused_at(index)


def test_shortened(tampered):
    """
    The tail cut off, the head put right: the checkpoint kept outside covers more than there is.
    """
    kept = tampered.size - 40
    tampered.do(
        ("DELETE FROM luoshi.event WHERE log_index >= %s", (kept,)),
        ("UPDATE luoshi.head SET size = %s", (kept,)),
    )
    failure = tampered.refused_at(kept)
    assert str(tampered.size) in failure["message"]
