"""
A key is revoked while others sign with it: in whatever order the database takes them, the log verifies.

Every writer has a store and a handler of its own, as another process would.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import copy

import psycopg
import pytest

from app.keyholding import revoke
from domain.case import commands as c
from domain.case.errors import Refused
from ledger.enrolment import REVOKED
from ledger.envelope import open_leaf
from ledger.errors import SignerRevoked
from ledger.store.contract import whole_log
from ledger.store.migrate import FILES, migrate
from ledger.store.postgres import PostgresStore
from ledger.verify import verify_log
from tests.app.office import Office
from tests.ledger.sealing import CLERK, SYSTEM, Writer

DESK = "official/bureau-desk"
WRITERS = 4


def test_revoked_while_others_sign(database):
    """
    Four offices record under one clerk's key, four under another's, when the first key ends: whoever comes later is
    refused in the words of everybody's judgement, the others go on, and verification finds nothing.
    """
    with PostgresStore(database, environ={}) as store:
        first = Office(store)
        underway, ended = threading.Semaphore(0), threading.Event()

        def write(number: int, store: PostgresStore, who: str) -> tuple[int, str | None]:
            office = copy(first)
            office.handler = first.another_handler(store)
            for turn in range(400):
                try:
                    office.act(
                        c.ReceivePetition,
                        who.split("-", maxsplit=1)[0],
                        "2026-03-02",
                        no=f"{who}-{number}-{turn}",
                        channel="letter",
                        who=who,
                    )
                except Refused as refused:
                    return turn, str(refused)
                if turn == 3:
                    underway.release()
                if ended.is_set() and who != "bureau-desk":
                    return turn, None
            return 400, None

        stores = [PostgresStore(database, environ={}) for _ in range(2 * WRITERS)]
        whom = ["bureau-desk", "housing-desk"] * WRITERS
        with ThreadPoolExecutor(2 * WRITERS) as pool:
            jobs = [pool.submit(write, n, s, who) for n, (s, who) in enumerate(zip(stores, whom, strict=True))]
            for _ in jobs:
                assert underway.acquire(timeout=60)
            revoke(first.handler, DESK, reason="stolen", now=first.at)
            ended.set()
            done = [job.result() for job in jobs]
        for each in stores:
            each.close()
        assert all("密钥已注销" in (said or "") for _, said in done[::2])
        assert all(said is None for _, said in done[1::2])
        log = list(whole_log(store))
        revoked_at = next(s.log_index for s in log if s.topic == REVOKED)
        signed = [s.log_index for s in log if open_leaf(s.leaf).key_id.startswith(f"{DESK}+")]
        assert len(signed) == sum(turns for turns, _ in done[::2])
        assert max(signed) < revoked_at
        report = verify_log(log, checkpoint=None, log_verifier=None, tiles=None, expect_origin=first.handler.origin)
        report.raise_failure()


def test_an_older_log(new_database, tmp_path):
    """
    Revocations of before the schema knew of them count from its migration on.
    """
    older = tmp_path / "schema"
    older.mkdir()
    for file in FILES.glob("000[1-6]-*.sql"):
        (older / file.name).write_bytes(file.read_bytes())
    dsn = new_database()
    migrate(dsn, folder=older)
    writer = Writer()
    wang = {"official": "wang", "system": None}
    events = [
        writer.genesis(),
        writer.enrol(CLERK, role="official", holder="wang"),
        writer.revoke(CLERK, role="official", holder="wang"),
    ]
    arrays = (
        [1, 2, 3],
        [e.stream for e in events],
        [e.version for e in events],
        [e.topic for e in events],
        [e.command_id for e in events],
        [e.leaf for e in events],
    )
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "SELECT * FROM luoshi.append(%s::int[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bytea[],"
            " '{}', '{}')",
            arrays,
        )
    migrate(dsn)
    with PostgresStore(dsn, environ={}) as store:
        with pytest.raises(SignerRevoked) as refused:
            store.append([writer.event("case/1", by=CLERK, actor=wang)])
        assert refused.value.log_index == 2
        assert store.append([writer.event("case/2", by=SYSTEM)]) == 3
