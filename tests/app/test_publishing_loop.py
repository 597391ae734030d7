"""
Publishing while the log is served: rounds without sleeping, errors that are told once and tried again.
"""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.publishing_loop import Publishing, PublishingLoop
from ledger.store.mapnodes import NotLeader, PostgresNodes
from ledger.store.memory import MemoryStore
from ledger.store.postgres import PostgresStore
from tests.publishing import Published

START = datetime(2026, 1, 1, tzinfo=UTC)


def run(rounds):
    """What the loop told and in what state it ended, over rounds that return or raise."""
    left = iter(rounds)
    minutes = itertools.count()
    told, waited = [], []

    def publish():
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    def wait(seconds):
        waited.append(seconds)
        return len(waited) == len(rounds)

    def clock():
        return START + timedelta(minutes=next(minutes))

    loop = PublishingLoop(publish, every=60, clock=clock, wait=wait, told=told.append)
    loop.run()
    assert waited == [60] * len(rounds)
    return told, loop.state


def test_told_once():
    """
    The same state is told once, however often it is found.
    """
    told, state = run(["a", "a", "b", "b"])
    assert told == ["a", "b"]
    assert state == Publishing(START + timedelta(minutes=3), "b")


def test_errors():
    """
    An error is named, kept beside what went well before, and gone with the next round that goes well.
    """
    told, state = run(["a", OSError("disk full"), OSError("disk full"), ValueError("odd"), "a"])
    assert told == ["a", "not published: OSError: disk full", "not published: ValueError: odd", "a"]
    assert state.error is None
    _, state = run(["a", OSError("disk full")])
    assert state == Publishing(START, "a", "OSError: disk full")


def test_another_leads():
    """
    Where another server publishes this log, nothing is wrong and nothing is told.
    """
    told, state = run(["a", NotLeader("busy"), "a"])
    assert told == ["a"]
    assert state.error is None


def test_only_what_is_new(tmp_path):
    """
    Rounds over an unchanged log sign nothing and append nothing.
    """
    log = Published(MemoryStore(), tmp_path / "log")
    rounds = []
    loop = PublishingLoop(
        lambda: str(log.publish().size),
        every=1,
        clock=lambda: START,
        wait=lambda _: rounds.append(log.store.size()) or len(rounds) == 5,
        told=lambda _: None,
    )
    loop.run()
    assert rounds == [2] * 5
    assert log.outside.sizes() == [2]


def test_second_server(database, tmp_path):
    """
    While one publisher leads, another one of the same log does not publish, and comes back later.
    """
    with PostgresStore(database, environ={}) as store:
        log = Published(store, tmp_path / "log", PostgresNodes(database, "luoshi", wait="200ms"))
        with PostgresNodes(database, "luoshi").leading():
            with pytest.raises(NotLeader):
                log.publish()
            assert log.outside.newest() is None
        assert log.publish().size == 2


def test_stops(tmp_path):
    """
    Told to stop, it ends after the round it is in.
    """
    stop, began = threading.Event(), threading.Event()

    def publish():
        began.set()
        return "a"

    loop = PublishingLoop(publish, every=3600, clock=lambda: START, wait=stop.wait, told=lambda _: None)
    thread = threading.Thread(target=loop.run)
    thread.start()
    assert began.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
