"""The append path under failure: the server killed, the connection cut, the caller uncertain."""

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest

from app.embedded import EmbeddedPostgres
from ledger.errors import CommandRepeated, LedgerError, OutcomeUnknown, StoreUnavailable
from ledger.store.commit import GroupCommitter, Row
from ledger.store.migrate import migrate
from ledger.store.postgres import PostgresStore
from tests.ledger.sealing import opaque


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, to be killed."""
    with tempfile.TemporaryDirectory(prefix="luoshi-") as folder:
        Path(folder).chmod(0o755)
        embedded = EmbeddedPostgres(Path(folder))
        migrate(embedded.start())
        yield embedded
        embedded.stop()


def test_server_killed_under_load(postgres: EmbeddedPostgres) -> None:
    """
    kill -9 of the server while eight callers append: whatever was acknowledged is there, nothing is there twice, and
    who got no answer learns the truth by asking for the command or by sending it again.
    """
    dsn = postgres.dsn("luoshi")
    acknowledged: dict[str, int] = {}
    unknown: list[str] = []
    enough = Event()

    def write(writer: int) -> None:
        for number in range(1, 5000):
            event = opaque(f"w{writer}", number)
            try:
                acknowledged[event.command_id] = store.append([event])
            except (OutcomeUnknown, StoreUnavailable):
                unknown.append(event.command_id)
                enough.set()
                return
            if number == 100:
                enough.set()

    with PostgresStore(dsn, environ={}) as store, ThreadPoolExecutor(8) as pool:
        running = [pool.submit(write, number) for number in range(8)]
        enough.wait(30)
        assert postgres.server_pid is not None
        os.kill(postgres.server_pid, signal.SIGKILL)
        for task in running:
            task.result()
        assert len(unknown) == 8

    heir = EmbeddedPostgres(postgres._folder.parent)
    heir.start()
    with PostgresStore(dsn, environ={}) as store:
        log = store.read_log(0, 100_000)
        assert [s.log_index for s in log] == list(range(store.size()))
        found = {s.command_id: s.log_index for s in log}
        assert len(found) == len(log)
        assert found.items() >= acknowledged.items()
        assert found.keys() <= acknowledged.keys() | set(unknown)
        known = store.by_command(unknown)
        for command in unknown:
            stream, _, version = command.partition("/")
            again = [opaque(stream, int(version))]
            if command in known:
                with pytest.raises(CommandRepeated):
                    store.append(again)
            else:
                store.append(again)
    heir.stop()


def test_store_outlives_a_restart(postgres: EmbeddedPostgres) -> None:
    """
    A store that was idle while the server was killed and came back works on, without an uncertain answer.
    """
    with PostgresStore(postgres.dsn("luoshi"), environ={}) as store:
        store.append([opaque("a", 1)])
        assert postgres.server_pid is not None
        os.kill(postgres.server_pid, signal.SIGKILL)
        heir = EmbeddedPostgres(postgres._folder.parent)
        heir.start()
        assert store.append([opaque("a", 2)]) == 1
        assert [s.version for s in store.read_stream("a")] == [1, 2]
        heir.stop()


def test_connection_cut_while_waiting(database: str) -> None:
    """
    A connection cut in the middle of a batch leaves its callers uncertain, and the next batch has a new one.
    """
    with (
        PostgresStore(database, environ={}) as store,
        psycopg.connect(database) as holder,
        psycopg.connect(database, autocommit=True) as admin,
        ThreadPoolExecutor(1) as pool,
    ):
        store.append([opaque("a", 1)])
        holder.execute("SELECT * FROM luoshi.head FOR UPDATE")
        waiting = pool.submit(store.append, [opaque("a", 2)])
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        while not admin.execute(cut, (admin.info.dbname,)).fetchall():
            pass
        with pytest.raises(OutcomeUnknown):
            waiting.result()
        holder.rollback()
        assert store.by_command(["a/2"]) == {}
        assert store.append([opaque("a", 2)]) == 1


def test_import_cut(database: str) -> None:
    """
    The same for a bulk append: uncertain once, nothing half recorded, and the same store goes on.
    """
    requests = [[opaque(f"s{n}", 1)] for n in range(50)]
    with (
        PostgresStore(database, environ={}) as store,
        psycopg.connect(database) as holder,
        psycopg.connect(database, autocommit=True) as admin,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("SELECT * FROM luoshi.head FOR UPDATE")
        waiting = pool.submit(store.append_many, requests)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        while not admin.execute(cut, (admin.info.dbname,)).fetchall():
            pass
        with pytest.raises(OutcomeUnknown):
            waiting.result()
        holder.rollback()
        assert store.size() == 0
        assert store.append_many(requests) == list(range(50))


def test_poisoned_neighbour(database: str) -> None:
    """
    A request that the database cannot even read fails alone: those that were batched with it are recorded.
    """
    committer = GroupCommitter(database, "luoshi")
    with psycopg.connect(database) as holder:
        holder.execute("SELECT * FROM luoshi.head FOR UPDATE")
        first = committer.submit([Row("a", 1, "t", "a1", b"x")])
        rest = [committer.submit([Row("b\0" if n == 3 else f"b{n}", 1, "t", f"b{n}", b"x")]) for n in range(6)]
        holder.rollback()
    assert first.result() == 0
    outcomes = [future.exception() for future in rest]
    committer.close()
    assert [isinstance(outcome, LedgerError) for outcome in outcomes] == [n == 3 for n in range(6)]


def test_closed_store(database: str) -> None:
    """
    Closing finishes what is queued; afterwards the store says that it is closed.
    """
    store = PostgresStore(database, environ={})
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(store.append, [opaque(f"s{n}", 1)]) for n in range(8)]
        for task in running:
            task.result()
    store.close()
    with pytest.raises(StoreUnavailable):
        store.append([opaque("z", 1)])


def test_no_server(tmp_path: Path) -> None:
    """
    Where nothing answers, nothing was recorded, and the store says so.
    """
    committer = GroupCommitter(f"host={tmp_path} dbname=luoshi", "luoshi")
    with pytest.raises(StoreUnavailable):
        committer.submit([Row("a", 1, "t", "c", b"x")]).result()
    committer.close()
