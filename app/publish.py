"""
Publishing: events in index order into the case map and the tree; the map's root as last leaf; a signed checkpoint and
static files. tests/app/test_publish.py; every durable step fails once in tests/faults/test_publish.py.

The crash story, one line for each durable step. Whatever fails, the next run does the rest, and signs nothing else:
  append   the map root is in the log and nothing more: the next run derives it again, finds it there, and goes on. If
           other events came after it, it stays as a true statement about its prefix, and a new one follows.
  nodes    nodes that no published root needs are never read: each is found by its hash, from a root in the log.
  files    ledger/outside.py tells: tiles, then `state`, then the signature, then what others add to it (app/vouch.py),
           then the checkpoint.
A lost answer to any of them is the same as a crash just after it. There is one leader: the lock is the database's, so
it holds across machines, and it ends with its session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ledger.casemap import (
    EMPTY,
    STREAM,
    TOPIC,
    CaseMap,
    MapRoot,
    Nodes,
    command_id,
    format_map_root,
    is_map_root,
    parse_map_root,
)
from ledger.envelope import Sealed, open_leaf, parse_payload
from ledger.errors import LedgerError, MalformedEvidence
from ledger.merkle import leaf_hash
from ledger.outside import CheckpointFile, LogChanged, LogHasHole, LogShrunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from ledger.casemap import Node
    from ledger.checkpoint import Checkpoint, LogSigner
    from ledger.outside import Growth
    from ledger.store.contract import Store, Stored

CHUNK = 1000  # events per batch of the map
ATTEMPTS = 200  # to be the next event of a busy log; each one reads only what came in between


class LogTooBusy(LedgerError):  # noqa: N818 - says what it is
    """Others appended first, again and again; nothing was published."""


class KeptNodes(Nodes, Protocol):
    """Nodes that outlive the run, and the lock over them."""

    def leading(self) -> AbstractContextManager[None]: ...
    def keep(self, nodes: Iterable[Node]) -> None: ...


class Publisher:
    """Publishes one log."""

    def __init__(
        self,
        store: Store,
        outside: CheckpointFile,
        nodes: KeptNodes,
        *,
        origin: str,
        vouch: Callable[[Checkpoint], None] = lambda _: None,
    ) -> None:
        self._vouch = vouch
        self._store = store
        self._outside = outside
        self._nodes = nodes
        self._origin = origin

    def publish(self, signer: LogSigner) -> Checkpoint:
        """Return the newest checkpoint, which covers the log as it is; the old one where nothing is new."""
        with (
            self._nodes.leading(),
            self._outside.advancing(self._origin, signer, log_size=self._store.size()) as growth,
        ):
            tail = _Tail(self._store, growth, self._nodes, self._origin)
            tail.read()
            if tail.next == growth.old.size:
                return growth.finish(self._vouch)
            for _ in range(ATTEMPTS):
                if tail.ends_in_root or self._append_root(tail):
                    break
                tail.read()  # somebody was first: a map root says its own index, so it is made anew
            else:
                raise LogTooBusy(f"the log grew {ATTEMPTS} times while its map root was to be appended")
            self._nodes.keep(tail.map.pending())
            return growth.finish(self._vouch)

    def _append_root(self, tail: _Tail) -> bool:
        found = MapRoot(tail.next, tail.fold())
        version, _ = self._store.head(STREAM)
        leaf = format_map_root(found)
        event = Sealed(STREAM, version + 1, TOPIC, command_id(found.covers), leaf)
        if not self._store.append_at(found.covers, event):
            return False
        tail.growth.add(leaf)
        return True


class _Tail:
    """What the log has beyond its newest checkpoint, taken into the map and the tree as it is read."""

    def __init__(self, store: Store, growth: Growth, nodes: Nodes, origin: str) -> None:
        self.growth = growth
        self.ends_in_root = False
        self._store = store
        self._origin = origin
        self._batch: list[tuple[str, bytes]] = []
        root, self._mapped = self._base()
        self.map = CaseMap(origin, nodes, root)
        self.next = min(growth.start, self._mapped)

    def _base(self) -> tuple[bytes, int]:
        """The root that the last published leaf says, and how many leaves it covers."""
        size = self.growth.old.size
        if size == 0:
            return EMPTY, 0
        found = self._store.read_log(size - 1, 1)
        if not found:
            raise LogShrunk(f"record {size - 1} is missing, although it is published")
        [last] = found
        if last.log_index != size - 1:
            raise LogHasHole(f"record {size - 1} is missing: the next one has index {last.log_index}")
        if leaf_hash(last.leaf) != self.growth.last_hash:
            raise LogChanged(f"record {size - 1} is not the one that was published")
        if not is_map_root(last.leaf):
            return EMPTY, 0  # a checkpoint from before there were map roots
        return parse_map_root(last.leaf).root, size - 1

    def read(self) -> None:
        """Take in what has come since."""
        while chunk := self._store.read_log(self.next, CHUNK):
            for stored in chunk:
                self._take(stored)

    def _take(self, stored: Stored) -> None:
        index = self.next
        if stored.log_index != index:
            raise LogHasHole(f"record {index} is missing: the next one has index {stored.log_index}")
        hashed = self.growth.add(stored.leaf) if index >= self.growth.start else leaf_hash(stored.leaf)
        self.next += 1
        if index < self._mapped:
            return
        self.ends_in_root = is_map_root(stored.leaf)
        if self.ends_in_root:
            self._compare(stored)
        else:
            self._check_columns(stored)
        self._batch.append((stored.stream, hashed))
        if len(self._batch) >= CHUNK:
            self.fold()

    def fold(self) -> bytes:
        """The map's root over everything read so far."""
        root = self.map.add(self._batch)
        self._batch = []
        return root

    def _compare(self, stored: Stored) -> None:
        index = stored.log_index
        try:
            said = parse_map_root(stored.leaf)
        except MalformedEvidence:
            raise LogChanged(f"record {index} is a malformed map root") from None
        columns = (stored.stream, stored.topic, stored.command_id)
        if said != MapRoot(index, self.fold()) or columns != (STREAM, TOPIC, command_id(index)):
            raise LogChanged(f"record {index} is not the map root of the {index} records before it")

    def _check_columns(self, stored: Stored) -> None:
        # The map believes the stream that was signed, not the column beside it.
        try:
            payload = parse_payload(open_leaf(stored.leaf).payload)
        except MalformedEvidence:
            raise LogChanged(f"record {stored.log_index} is no canonical envelope") from None
        signed = (payload.origin, payload.stream, payload.version, payload.topic, payload.command_id)
        if signed != (self._origin, stored.stream, stored.version, stored.topic, stored.command_id):
            raise LogChanged(f"record {stored.log_index} is stored under columns that are not its payload's")
