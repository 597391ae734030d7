"""
The walk over a log's records: steps 1 to 5 and 8 of ledger/verify.py, and the tree on the way.

One walk for everybody. Who reads a whole log begins at START and remembers in memory; who follows a log keeps a `Past`
that outlives him, saves the `Position` with it, and goes on from there with the checks of a single walk.
tests/ledger/test_walk.py stops and resumes at every record.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from ledger.casemap import (
    EMPTY,
    STREAM,
    TOPIC,
    CaseMap,
    MapDamaged,
    MapRoot,
    MemoryNodes,
    Node,
    Nodes,
    command_id,
    is_map_root,
    parse_map_root,
)
from ledger.checkpoint import Checkpoint
from ledger.disclosure import digest
from ledger.enrolment import EnrolledKeys, KeyChange, key_change
from ledger.envelope import Envelope, Payload, check_signature, leaf_hash, open_leaf, parse_payload
from ledger.errors import MalformedEvidence, VerificationError
from ledger.merkle import Frontier
from ledger.unique import SeenOnce
from ledger.vkeys import Verifier

CHUNK = 256  # events per look-up of disclosures
MAP_BATCH = 10_000  # events waiting for the next map root
SIGNATURES_PER_TASK = 32  # a hand-over to a thread costs about one signature


class StoredEvent(Protocol):
    """What is checked: `ledger.store.contract.Stored`, or a row from any other place."""

    @property
    def log_index(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def command_id(self) -> str: ...
    @property
    def leaf(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PublishedLeaf:
    """A record as entry bundles hold it: nothing stands beside it that could differ."""

    log_index: int
    leaf: bytes


class ReplacedNodes(Nodes, Protocol):
    """Nodes of the newest version of the case map alone."""

    def keep(self, nodes: Iterable[Node]) -> None: ...
    def drop(self, names: Iterable[bytes]) -> None: ...


class Past(Protocol):
    """What a walk must know of the records behind it, besides its position."""

    @property
    def nodes(self) -> ReplacedNodes: ...

    def head(self, stream: str) -> tuple[int, bytes] | None:
        """Version and last leaf hash of a stream; None: it has no record yet."""

    def set_head(self, stream: str, version: int, leaf: bytes) -> None: ...

    def add_command(self, name: str, index: int) -> None:
        """Remember a command id; that one stands twice may come out as late as `check_commands`."""

    def check_commands(self) -> None:
        """Raise VerificationError (step 5) naming the earliest record that repeats a command id."""

    def add_key_record(self, index: int, leaf: bytes) -> None:
        """Remember a record that enrols or revokes a key."""


class MemoryPast:
    """The past of one walk from the beginning."""

    def __init__(self) -> None:
        self.nodes = MemoryNodes()
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._commands = SeenOnce()

    def head(self, stream: str) -> tuple[int, bytes] | None:
        return self._heads.get(stream)

    def set_head(self, stream: str, version: int, leaf: bytes) -> None:
        self._heads[stream] = (version, leaf)

    def add_command(self, name: str, index: int) -> None:
        self._commands.add(name, index)

    def check_commands(self) -> None:
        self._commands.check()

    def add_key_record(self, index: int, leaf: bytes) -> None:
        """Nobody resumes this walk."""

    def close(self) -> None:
        self._commands.close()


@dataclass(frozen=True, slots=True)
class Position:
    """Where a walk stands. With its `Past`, all that it needs to go on."""

    size: int
    edge: tuple[bytes, ...]  # the roots of the full subtrees: `Frontier.full`
    map_root: bytes  # of the case map over these records
    map_roots: int  # leaves among them that are map roots


START = Position(0, (), EMPTY, 0)


class Walk:
    """Records are shown in log order. A VerificationError ends the walk: begin anew from what was kept."""

    def __init__(
        self,
        origin: str,
        past: Past,
        *,
        start: Position = START,
        key_records: Iterable[tuple[int, bytes]] = (),
        key_of: Callable[[Payload], KeyChange | None] = key_change,
        disclosures: Callable[[Sequence[int]], Mapping[int, tuple[str, ...]]] | None = None,
        also: Callable[[int, Payload], None] | None = None,
    ) -> None:
        """`key_records` are those that `past` was given; `also` is a further check of whoever walks."""
        self.size = start.size
        self.map_roots = start.map_roots
        self.root_at_checkpoint: bytes | None = None
        self.ends_in_map_root = False  # the checkpoint does
        self.disclosed = self.withheld = 0
        self._origin = origin
        self._past = past
        self._key_of = key_of
        self._disclosures = disclosures
        self._also = also
        self._keys = EnrolledKeys(key_of)
        self._frontier = Frontier(start.size, start.edge)
        self._signatures: list[tuple[int, Envelope, Verifier]] = []
        self._running: deque[Future[VerificationError | None]] = deque()
        self._map = _MapWalk(origin, past.nodes, start.map_root)
        for index, leaf in key_records:
            envelope = open_leaf(leaf)
            self._keys.verifier_for(index, envelope, parse_payload(envelope.payload))

    def position(self) -> Position:
        """Where the walk stands after `run`."""
        return Position(self.size, self._frontier.full, self._map.root(), self.map_roots)

    def run(
        self, stored: Iterator[StoredEvent | PublishedLeaf], head: Checkpoint | None, kept: Iterator[bytes]
    ) -> None:
        """
        Check these records, up to the first that fails.

        `kept` are the leaf hashes under the checkpoint, from where the walk stands; fewer where they are not known.
        """
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            self._run(stored, head.size if head else -1, kept, pool)
        self._past.check_commands()

    def check_root(self, head: Checkpoint) -> None:
        """Raise VerificationError (step 6, or 8) unless the records walked lead to the checkpoint."""
        if self.size < head.size:
            said = f"record {self.size} is missing: the log has {self.size} events, its checkpoint covers {head.size}"
            raise VerificationError(6, self.size, said)
        if self.root_at_checkpoint != head.root:
            raise VerificationError(6, None, f"the first {head.size} records do not lead to the checkpoint's root")
        if self.map_roots and head.size and not self.ends_in_map_root:
            # Without one, nothing could be said at this checkpoint of what a stream does not hold.
            raise VerificationError(8, head.size - 1, f"the checkpoint of size {head.size} does not end in a map root")

    def _run(
        self, stored: Iterator[StoredEvent | PublishedLeaf], covered: int, kept: Iterator[bytes], pool: Executor
    ) -> None:
        failures: list[VerificationError] = []
        try:
            self._walk(stored, covered, kept, pool)
        except VerificationError as stopped:
            failures.append(stopped)
        # Signatures lag behind the walk: one that failed before the record that stopped the walk comes first.
        self._hand_over(pool)
        failures += [failure for task in self._running if (failure := task.result())]
        if failures:
            raise min(failures, key=lambda found: self.size if found.log_index is None else found.log_index)

    def _walk(
        self, stored: Iterator[StoredEvent | PublishedLeaf], covered: int, kept: Iterator[bytes], pool: Executor
    ) -> None:
        if covered == self.size:
            self.root_at_checkpoint = self._frontier.root()
        while chunk := list(islice(stored, CHUNK)):
            shown = self._disclosures([event.log_index for event in chunk]) if self._disclosures else {}
            for event in chunk:
                self._event(event, next(kept, None) if self.size < covered else None, shown)
                if self.size == covered:
                    self.root_at_checkpoint = self._frontier.root()
                    self.ends_in_map_root = is_map_root(event.leaf)
                if len(self._signatures) == SIGNATURES_PER_TASK:
                    self._hand_over(pool)
            # Bounded: the walk reads ahead of the signatures by a few tasks only.
            while len(self._running) > 16:
                if failure := self._running.popleft().result():
                    raise failure

    def _event(
        self, event: StoredEvent | PublishedLeaf, kept: bytes | None, shown: Mapping[int, tuple[str, ...]]
    ) -> None:
        index = self.size
        if event.log_index != index:
            raise VerificationError(1, index, f"record {index} is missing: the next one has index {event.log_index}")
        leaf = leaf_hash(event.leaf)
        if kept is not None and leaf != kept:
            raise VerificationError(6, index, f"record {index} is not the one under the checkpoint kept outside")
        if is_map_root(event.leaf):
            self._map_root(event, leaf)
            return
        envelope, payload = self._read(event)
        self._check_disclosures(index, payload, shown.get(index, ()))
        version, prev = self._past.head(payload.stream) or (0, None)
        if payload.version != version + 1 or payload.prev != (prev.hex() if prev else None):
            where = f"record {index} (stream {payload.stream}, version {payload.version})"
            raise VerificationError(3, index, f"{where} does not continue version {version} of its stream")
        self._signatures.append((index, envelope, self._keys.verifier_for(index, envelope, payload)))
        if self._key_of(payload) is not None:
            self._past.add_key_record(index, event.leaf)
        if self._also is not None:
            self._also(index, payload)
        self._past.add_command(payload.command_id, index)
        self._take(payload.stream, payload.version, leaf)

    def _take(self, stream: str, version: int, leaf: bytes) -> None:
        self._past.set_head(stream, version, leaf)
        try:
            self._map.add(stream, leaf)
        except MapDamaged as damaged:
            raise VerificationError(8, self.size, f"record {self.size}: {damaged}") from None
        self._frontier.append(leaf)
        self.size += 1

    def _map_root(self, event: StoredEvent | PublishedLeaf, leaf: bytes) -> None:
        index = self.size
        try:
            said = parse_map_root(event.leaf)
        except MalformedEvidence:
            raise VerificationError(2, index, f"record {index} is not a canonical map root") from None
        version, _ = self._past.head(STREAM) or (0, None)
        if not isinstance(event, PublishedLeaf):
            if (event.stream, event.topic, event.command_id) != (STREAM, TOPIC, command_id(said.covers)):
                raise VerificationError(2, index, f"record {index} is stored under columns that are not a map root's")
            if event.version != version + 1:
                said_of = f"record {index} (stream {STREAM}, version {event.version})"
                raise VerificationError(3, index, f"{said_of} does not continue version {version} of its stream")
        try:
            derived = MapRoot(index, self._map.root())
        except MapDamaged as damaged:
            raise VerificationError(8, index, f"record {index}: {damaged}") from None
        if said != derived:
            raise VerificationError(8, index, f"record {index} is not the map root of the {index} records before it")
        self._past.add_command(command_id(index), index)
        self._take(STREAM, version + 1, leaf)
        self.map_roots += 1

    def _read(self, event: StoredEvent | PublishedLeaf) -> tuple[Envelope, Payload]:
        index = event.log_index
        try:
            envelope = open_leaf(event.leaf)
            payload = parse_payload(envelope.payload)
        except MalformedEvidence:
            raise VerificationError(2, index, f"record {index} is not a canonical envelope") from None
        signed = (payload.stream, payload.version, payload.topic, payload.command_id)
        if not isinstance(event, PublishedLeaf) and signed != _columns(event):
            raise VerificationError(2, index, f"record {index} is stored under columns that are not its payload's")
        if payload.origin != self._origin:
            raise VerificationError(2, index, f"record {index} is of origin {payload.origin}, not {self._origin}")
        return envelope, payload

    def _check_disclosures(self, index: int, payload: Payload, shown: tuple[str, ...]) -> None:
        found = {digest(disclosure) for disclosure in shown}
        if len(found) != len(shown) or not found.issubset(payload.sd):
            raise VerificationError(2, index, f"record {index} has a disclosure that its payload does not commit to")
        self.disclosed += len(found)
        self.withheld += len(payload.sd) - len(found)

    def _hand_over(self, pool: Executor) -> None:
        if self._signatures:
            self._running.append(pool.submit(_failed_signature, self._signatures))
            self._signatures = []


class _MapWalk:
    """The case map of the records walked so far: of the newest version alone, derived when somebody asks."""

    def __init__(self, origin: str, nodes: ReplacedNodes, root: bytes) -> None:
        self._origin = origin
        self._nodes = nodes
        self._root = root
        self._waiting: list[tuple[str, bytes]] = []

    def add(self, stream: str, leaf: bytes) -> None:
        self._waiting.append((stream, leaf))
        if len(self._waiting) >= MAP_BATCH:
            self.root()

    def root(self) -> bytes:
        version = CaseMap(self._origin, self._nodes, self._root)
        self._root = version.add(self._waiting)
        self._nodes.keep(version.pending())
        self._nodes.drop(version.obsolete())
        self._waiting = []
        return self._root


def _columns(event: StoredEvent) -> tuple[str, int, str, str]:
    return event.stream, event.version, event.topic, event.command_id


def _failed_signature(batch: Sequence[tuple[int, Envelope, Verifier]]) -> VerificationError | None:
    for index, envelope, verifier in batch:
        try:
            check_signature(envelope, verifier)
        except VerificationError:
            return VerificationError(4, index, f"record {index}: its signature does not verify under {verifier.key_id}")
    return None
