"""Row-level security of the views, through plain SQL under the reader's role: nothing said, nothing seen."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from app.runner import ALL, Runner
from domain.case import commands as c
from ledger.store.memory import MemoryStore
from ledger.store.postgres import PostgresStore
from projections import read
from projections.read import MACHINE, Seeing
from tests.app.office import Office
from tests.projections.logs import copy_into

ACCUSATION = f"case/accusation/{'a' * 32}"


@pytest.fixture
def views(database):
    """Two units' cases and an accusation, behind the views of a real database."""
    office = Office(MemoryStore())
    office.act(c.ReceivePetition, "bureau", "2025-03-03", no="1", channel="letter")
    office.act(c.ReceivePetition, "housing", "2025-03-03", no="2", channel="letter")
    copy_into(office.store, database)
    Runner(database, office.store).catch_up()
    with psycopg.connect(database) as admin:
        # An accusation as the views would have it; its acts need the discipline line's people.
        admin.execute(
            """
            INSERT INTO luoshi_view.case_card (stream, source, case_no, unit_id, last_act, last_act_at, version,
                                               first_index, last_index)
            SELECT %s, 'accusation', 'a', 'bureau', last_act, last_act_at, 1, 900, 900
              FROM luoshi_view.case_card LIMIT 1
            """,
            (ACCUSATION,),
        )
        admin.execute("INSERT INTO luoshi_view.party VALUES ('unit/bureau', %s)", (ACCUSATION,))
    with psycopg.connect(database, autocommit=True) as db:
        read.use(db, "luoshi_view", "luoshi_reader")
        yield db


def cards(db, seeing=None):
    with db.transaction():
        if seeing is not None:
            read.see(db, seeing)
        return [row[0] for row in db.execute("SELECT stream FROM case_card ORDER BY stream").fetchall()]


def test_nothing_said_nothing_seen(views):
    for projection in ALL:
        for table in projection.TABLES:
            if table == "standing_until":  # one day, of no case
                continue
            found = views.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            assert found == (0,), table


def test_every_table_that_names_streams_is_guarded(views):
    left = views.execute(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'luoshi_view'::regnamespace AND c.relkind = 'r' AND a.attname = 'stream'
           AND NOT c.relrowsecurity
        """
    ).fetchall()
    assert left == []


@pytest.mark.parametrize(
    ("seeing", "seen"),
    [
        (Seeing(parties=frozenset({"unit/bureau"})), ["case/county/1"]),
        (Seeing(parties=frozenset({"unit/housing"})), ["case/county/2"]),
        (Seeing(parties=frozenset({"official/housing-desk"})), ["case/county/2"]),
        (Seeing(parties=frozenset({"unit/nowhere"})), []),
        (Seeing(everything=True), ["case/county/1", "case/county/2"]),
        (Seeing(accusations=frozenset({ACCUSATION})), [ACCUSATION]),
        (Seeing(parties=frozenset({"unit/bureau"}), accusations=frozenset({"case/accusation/b"})), ["case/county/1"]),
        (MACHINE, [ACCUSATION, "case/county/1", "case/county/2"]),
    ],
    ids=str,
)
def test_what_is_said_is_what_is_seen(views, seeing, seen):
    assert cards(views, seeing) == seen
    assert cards(views) == []  # for that transaction alone


def test_a_reader_changes_no_row_and_takes_no_other_role(views):
    unguarding = "ALTER TABLE party DISABLE ROW LEVEL SECURITY"
    for attempt in ("DELETE FROM case_card", "UPDATE party SET party = 'x'", unguarding):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            views.execute(attempt)


def test_a_rebuild_stands_behind_it_too(views, database):
    with PostgresStore(database, environ={}) as store:
        Runner(database, store).rebuild()
    assert cards(views) == []
    assert cards(views, Seeing(everything=True)) == ["case/county/1", "case/county/2"]
