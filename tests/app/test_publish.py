from concurrent.futures import ThreadPoolExecutor

import pytest

from app.publish import LogTooBusy
from ledger.casemap import EMPTY, STREAM, TOPIC, MapDamaged, MapRoot, command_id, format_map_root
from ledger.envelope import Sealed
from ledger.outside import CheckpointFile, LogChanged, LogHasHole, LogShrunk
from ledger.store.contract import Stored
from ledger.store.mapnodes import PostgresNodes
from ledger.store.memory import MemoryStore
from ledger.store.postgres import PostgresStore
from tests.publishing import KeptNodes, Published


@pytest.fixture
def log(tmp_path):
    return Published(MemoryStore(), tmp_path / "log")


@pytest.fixture(params=["memory", "postgres"])
def either(request, tmp_path):
    if request.param == "memory":
        yield Published(MemoryStore(), tmp_path / "log")
        return
    dsn = request.getfixturevalue("database")
    with PostgresStore(dsn, environ={}) as store:
        yield Published(store, tmp_path / "log", PostgresNodes(dsn, "luoshi"))


def test_grows(either):
    """
    However often it is published, everything is as if it had been published once.
    """
    sizes = []
    for events in (0, 3, 300, 1, 7):
        either.record(events)
        sizes.append(either.publish().size)
        either.check()
    assert sizes == [2, 6, 307, 309, 317]


def test_nothing_new(either):
    """
    An unchanged log gets no new map root and no new checkpoint.
    """
    either.record(3)
    head, note = either.publish(), either.outside.newest()
    assert either.publish() == head
    assert either.outside.newest() == note
    assert either.store.size() == head.size


def test_empty_log(tmp_path):
    log = Published.__new__(Published)
    log.store, log.outside, log.nodes = MemoryStore(), CheckpointFile(tmp_path / "log"), KeptNodes()
    assert log.publish().size == 0
    assert log.store.size() == 0


def test_busy_log(database, tmp_path):
    """
    Publishing while others append: every checkpoint ends in its own map root, nothing is lost.
    """
    with PostgresStore(database, environ={}) as store, ThreadPoolExecutor(1) as pool:
        log = Published(store, tmp_path / "log", PostgresNodes(database, "luoshi"))
        log.record(1)
        heads = [log.publish()]
        running = pool.submit(log.record, 300)
        while not running.done():
            heads.append(log.publish())
        running.result()
        heads.append(log.publish())
        assert log.check().size == store.size()
        assert len({head.size for head in heads}) > 1


def test_two_publishers(database, tmp_path):
    """
    Two at once take turns.
    """
    with PostgresStore(database, environ={}) as store, ThreadPoolExecutor(4) as pool:
        log = Published(store, tmp_path / "log", PostgresNodes(database, "luoshi"))
        log.record(20)
        others = [PostgresNodes(database, "luoshi") for _ in range(4)]
        logs = []
        for nodes in others:
            other = Published.__new__(Published)
            other.store, other.outside, other.nodes = store, log.outside, nodes
            logs.append(other)
        heads = list(pool.map(Published.publish, logs))
        assert {head.size for head in heads} == {22}
        log.check()


class Meddled:
    """A store whose database somebody has changed."""

    def __init__(self, store, change):
        self._store, self._change = store, change

    def read_log(self, start=0, limit=1000):
        rows = [self._change(s) for s in self._store.read_log(0, 100_000)]
        return [s for s in rows if s is not None and s.log_index >= start][:limit]

    def __getattr__(self, name):
        return getattr(self._store, name)


def with_leaf(stored, leaf, **columns):
    values = {n: getattr(stored, n) for n in ("log_index", "stream", "version", "topic", "command_id")} | columns
    return Stored(**values, leaf=leaf)


@pytest.mark.parametrize(
    ("index", "change", "error"),
    [
        (8, lambda _: None, LogHasHole),
        (8, lambda s: with_leaf(s, s.leaf[:-1]), LogChanged),
        (8, lambda s: with_leaf(s, s.leaf, stream="case/9"), LogChanged),
        (5, lambda s: with_leaf(s, s.leaf.replace(b'"covers":5', b'"covers":4')), LogChanged),
        (5, lambda _: None, LogHasHole),
        (3, lambda s: with_leaf(s, s.leaf.replace(b"a", b"b", 1)), LogChanged),
    ],
    ids=["hole", "byte", "column", "map root", "published record gone", "published byte"],
)
def test_stops(log, index, change, error):
    """
    A hole or a changed byte stops the publisher by name; what was public stays as it was.
    """
    log.record(4)
    log.publish()
    log.record(4)
    note = log.outside.newest()
    sound = log.store
    log.store = Meddled(sound, lambda s: change(s) if s.log_index == index else s)
    with pytest.raises(error):
        log.publish()
    assert log.outside.newest() == note
    log.store = sound
    log.publish()
    log.check()


def test_shrunk(log):
    log.record(4)
    log.publish()
    log.store = MemoryStore()
    with pytest.raises(LogShrunk):
        log.publish()


@pytest.mark.parametrize("covers", [5, 4])
def test_wrong_map_root(log, covers):
    """
    A map root in the log that is not the one of its prefix is never published.
    """
    log.record(4)
    leaf = format_map_root(MapRoot(covers, EMPTY))
    log.store.append([Sealed(STREAM, 1, TOPIC, command_id(covers), leaf)])
    with pytest.raises(LogChanged, match="record 5 is not the map root"):
        log.publish()
    assert log.outside.newest() is None


def test_too_busy(log, monkeypatch):
    """
    Where others are always first, nothing is published, and nothing is broken.
    """
    monkeypatch.setattr("app.publish.ATTEMPTS", 3)
    log.record(1)
    monkeypatch.setattr(log.store, "append_at", lambda *_: False)
    with pytest.raises(LogTooBusy):
        log.publish()
    monkeypatch.undo()
    log.publish()
    log.check()


def test_lost_nodes(log):
    """
    A map whose nodes are gone is not guessed at.
    """
    log.record(9)
    log.publish()
    log.nodes.kept.clear()
    log.record(1)
    with pytest.raises(MapDamaged):
        log.publish()
