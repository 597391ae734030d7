"""
The runner: rows and position are one, whatever dies in between; the old view serves until the new one is whole.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import psycopg
import pytest

from app.runner import ALL, Runner
from ledger.store.postgres import PostgresStore
from projections import timeline
from tests.projections.logs import copy_into, dump, simulated


@pytest.fixture(scope="module")
def year():
    return simulated(25)


class Prefix:
    """A store that has not grown further yet."""

    def __init__(self, store, size):
        self.store, self.limit = store, size

    def size(self):
        return self.limit

    def read_log(self, start=0, limit=1000):
        return self.store.read_log(start, max(min(limit, self.limit - start), 0))


def like(module, **changed):
    names = ("NAME", "VERSION", "TABLES", "SCHEMA", "apply")
    return SimpleNamespace(**{n: getattr(module, n) for n in names} | changed)


class TestExactlyOnce:
    def test_killed_in_the_middle(self, database, year):
        """
        A session killed after some views were written leaves rows and positions of the chunk before; the next goes on.
        """
        copy_into(year, database)
        Runner(database, Prefix(year, 1)).catch_up()

        def dies(cursor, tables, batch):
            if batch.events[0].log_index >= 100:
                with psycopg.connect(database, autocommit=True) as other:
                    pid = cursor.connection.info.backend_pid
                    other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            timeline.apply(cursor, tables, batch)

        mortal = [like(timeline, apply=dies) if p.NAME == "timeline" else p for p in ALL]
        runner = Runner(database, year, projections=mortal, chunk=50)
        with pytest.raises(psycopg.OperationalError):
            runner.catch_up()
        [size] = {s.size for s in Runner(database, year).status()}
        assert 100 <= size < 151
        with psycopg.connect(database) as db:
            row = db.execute("SELECT max(log_index) FROM luoshi_view.timeline").fetchone()
            assert row[0] is None or row[0] < size
        survivor = Runner(database, year, chunk=50)
        assert survivor.catch_up() == year.size()
        fed = dump(database)
        survivor.rebuild()
        assert dump(database) == fed

    def test_again(self, database, year):
        """
        Catching up with nothing new changes nothing; two runners at once feed every event once.
        """
        copy_into(year, database)
        Runner(database, Prefix(year, 1)).catch_up()
        runners = [threading.Thread(target=Runner(database, year, chunk=20).catch_up) for _ in range(2)]
        for thread in runners:
            thread.start()
        for thread in runners:
            thread.join()
        fed = dump(database)
        assert Runner(database, year).catch_up() == year.size()
        assert dump(database) == fed
        acts = sum(s.stream.startswith("case/") for s in year.read_log(0, year.size()))
        assert len(fed["timeline"]) == acts


class TestRebuild:
    def test_new_version(self, database, year):
        """
        A view of another version is rebuilt before it is fed; until then its old rows are there to read.
        """
        copy_into(year, database)
        runner = Runner(database, year)
        runner.catch_up()
        seen = []

        def told(done, size):
            with psycopg.connect(database) as db:
                seen.append(db.execute("SELECT count(*) FROM luoshi_view.timeline").fetchone()[0])
            assert 0 < done <= size

        newer = [like(timeline, VERSION=2) if p.NAME == "timeline" else p for p in ALL]
        raised = Runner(database, year, projections=newer, chunk=100)
        [before] = [s for s in raised.status() if s.name == "timeline"]
        assert not before.is_current
        raised.catch_up(progress=told)
        [after] = [s for s in raised.status() if s.name == "timeline"]
        assert (after.version, after.is_current, after.lag) == (2, True, 0)
        assert len(seen) > 3
        assert set(seen) == {seen[0]}

    def test_broken_off(self, database, year):
        """
        A rebuild that breaks off leaves the old view as it was, and the next one is not in its way.
        """
        copy_into(year, database)
        runner = Runner(database, year, chunk=100)
        runner.catch_up()
        fed = dump(database)

        def stops(done, size):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            runner.rebuild("accountability", stops)
        assert {t: r for t, r in dump(database).items() if "__new" not in t} == fed
        runner.rebuild("accountability")
        assert dump(database) == fed

    def test_unknown_name(self, database, year):
        with pytest.raises(KeyError, match="no view 'nonsense'"):
            Runner(database, year).rebuild("nonsense")


class TestFollow:
    def test_follow(self, database, year):
        """
        A follower sees what is appended within moments, and stops when told.
        """
        with PostgresStore(database, environ={}) as store:
            stop = threading.Event()
            runner = Runner(database, store)
            thread = threading.Thread(target=runner.follow, args=(stop,), kwargs={"poll": 0.2})
            thread.start()
            copy_into(year, database)
            reader = Runner(database, store)
            deadline = time.monotonic() + 30
            while any(s.size < year.size() for s in reader.status()) and time.monotonic() < deadline:
                time.sleep(0.05)
            stop.set()
            thread.join(timeout=10)
            assert not thread.is_alive()
            assert {s.lag for s in reader.status()} == {0}


def test_the_projector_cannot_touch_the_log(database):
    """
    The role under which views are written is refused every change of the log.
    """
    with psycopg.connect(database, autocommit=True) as db:
        db.execute("SET ROLE luoshi_projector")
        for statement in ("INSERT INTO luoshi.event DEFAULT VALUES", "DELETE FROM luoshi.event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement)
