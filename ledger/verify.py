"""
Verification of a whole log, in numbered steps, from nothing but its bytes.

  1  log indexes run 0, 1, 2, ... without a hole
  2  every leaf reads strictly; its columns, origin and disclosures are those of its payload
  3  every stream's versions run 1, 2, 3, ..., and each event names the hash of the one before it
  4  every signature is by a key that the log had enrolled before, that is not revoked, and that may act for the actor
  5  no command id stands twice
  6  the tree leads to the checkpoint kept outside: signed by the log's key, of this origin, and not longer than the log
  7  how many events lie beyond that checkpoint
  8  every map root is the one derived from the records before it, and the checkpoint ends in one

Opens no socket and no database (an import contract says so), and needs memory for streams, not for events. The walk
stops at the first record that fails: what follows it would be judged by broken evidence. tests/ledger/test_tampering.py
tampers as a database superuser could.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
    command_id,
    is_map_root,
    parse_map_root,
)
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.disclosure import digest
from ledger.enrolment import EnrolledKeys, KeyChange, key_change
from ledger.envelope import Envelope, Payload, check_signature, leaf_hash, open_leaf, parse_payload
from ledger.errors import MalformedEvidence, VerificationError
from ledger.merkle import Frontier
from ledger.unique import SeenOnce
from ledger.vkeys import Verifier

STEPS = {
    1: "log indexes run from 0 without a hole",
    2: "every leaf reads strictly and its columns are its own",
    3: "every stream's versions and hashes form a chain",
    4: "every signature is by an enrolled key that may act for the actor",
    5: "no command id stands twice",
    6: "the tree leads to the checkpoint kept outside",
    7: "events beyond the newest checkpoint",
    8: "every map root is that of the records before it",
}
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


class Tiles(Protocol):
    """Leaf hashes kept outside the database: `ledger.outside.CheckpointFile`."""

    def leaf_hashes(self, size: int) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    ok: bool | None  # None: could not be checked, the text says why
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What held, and the first thing that did not."""

    steps: tuple[Step, ...]
    failure: VerificationError | None
    size: int  # events read
    checkpoint_size: int | None
    beyond: int  # events that no checkpoint covers yet
    disclosed: int  # fields that can be read
    withheld: int  # fields whose salt and value are erased or were not given

    @property
    def ok(self) -> bool:
        return self.failure is None

    def raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure


def verify_log(
    stored: Iterable[StoredEvent],
    *,
    checkpoint: bytes | None,
    log_verifier: Verifier | None,
    tiles: Tiles | None,
    expect_origin: str,
    key_of: Callable[[Payload], KeyChange | None] = key_change,
    disclosures: Callable[[Sequence[int]], Mapping[int, tuple[str, ...]]] | None = None,
) -> Report:
    """Walk the log and report. Never raises for what the evidence says; see Report.failure."""
    walk = _Walk(expect_origin, key_of, disclosures)
    try:
        head = _open_head(checkpoint, log_verifier, expect_origin)
        kept = _trusted_tiles(tiles, head)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            walk.run(iter(stored), head, kept, pool)
        walk.commands.check()
        _check_root(walk, head)
    except VerificationError as failure:
        return walk.report(failure, head=None)
    finally:
        walk.commands.close()
    return walk.report(None, head=head)


class _Walk:
    def __init__(
        self,
        origin: str,
        key_of: Callable[[Payload], KeyChange | None],
        disclosures: Callable[[Sequence[int]], Mapping[int, tuple[str, ...]]] | None,
    ) -> None:
        self.size = 0
        self.root_at_checkpoint: bytes | None = None
        self.commands = SeenOnce()
        self.disclosed = self.withheld = 0
        self._origin = origin
        self._disclosures = disclosures
        self._keys = EnrolledKeys(key_of)
        self._frontier = Frontier()
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._signatures: list[tuple[int, Envelope, Verifier]] = []
        self._running: deque[Future[VerificationError | None]] = deque()
        self._map = _MapWalk(origin)
        self.map_roots = 0
        self.ends_in_map_root = False  # the checkpoint does

    def run(
        self, stored: Iterator[StoredEvent], head: Checkpoint | None, kept: Iterator[bytes], pool: ThreadPoolExecutor
    ) -> None:
        failures: list[VerificationError] = []
        try:
            self._walk(stored, head.size if head else -1, kept, pool)
        except VerificationError as stopped:
            failures.append(stopped)
        # Signatures lag behind the walk: one that failed before the record that stopped the walk comes first.
        self._hand_over(pool)
        failures += [failure for task in self._running if (failure := task.result())]
        if failures:
            raise min(failures, key=lambda found: self.size if found.log_index is None else found.log_index)

    def _walk(
        self, stored: Iterator[StoredEvent], covered: int, kept: Iterator[bytes], pool: ThreadPoolExecutor
    ) -> None:
        if covered == 0:
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

    def _event(self, event: StoredEvent, kept: bytes | None, shown: Mapping[int, tuple[str, ...]]) -> None:
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
        version, prev = self._heads.get(payload.stream, (0, None))
        if payload.version != version + 1 or payload.prev != (prev.hex() if prev else None):
            where = f"record {index} (stream {payload.stream}, version {payload.version})"
            raise VerificationError(3, index, f"{where} does not continue version {version} of its stream")
        self._signatures.append((index, envelope, self._keys.verifier_for(index, envelope, payload)))
        self.commands.add(payload.command_id, index)
        self._take(payload.stream, payload.version, leaf)

    def _take(self, stream: str, version: int, leaf: bytes) -> None:
        self._heads[stream] = (version, leaf)
        try:
            self._map.add(stream, leaf)
        except MapDamaged as damaged:
            raise VerificationError(8, self.size, f"record {self.size}: {damaged}") from None
        self._frontier.append(leaf)
        self.size += 1

    def _map_root(self, event: StoredEvent, leaf: bytes) -> None:
        index = self.size
        try:
            said = parse_map_root(event.leaf)
        except MalformedEvidence:
            raise VerificationError(2, index, f"record {index} is not a canonical map root") from None
        if (event.stream, event.topic, event.command_id) != (STREAM, TOPIC, command_id(said.covers)):
            raise VerificationError(2, index, f"record {index} is stored under columns that are not a map root's")
        version, _ = self._heads.get(STREAM, (0, None))
        if event.version != version + 1:
            said_of = f"record {index} (stream {STREAM}, version {event.version})"
            raise VerificationError(3, index, f"{said_of} does not continue version {version} of its stream")
        try:
            derived = MapRoot(index, self._map.root())
        except MapDamaged as damaged:
            raise VerificationError(8, index, f"record {index}: {damaged}") from None
        if said != derived:
            raise VerificationError(8, index, f"record {index} is not the map root of the {index} records before it")
        self.commands.add(event.command_id, index)
        self._take(STREAM, event.version, leaf)
        self.map_roots += 1

    def _read(self, event: StoredEvent) -> tuple[Envelope, Payload]:
        index = event.log_index
        try:
            envelope = open_leaf(event.leaf)
            payload = parse_payload(envelope.payload)
        except MalformedEvidence:
            raise VerificationError(2, index, f"record {index} is not a canonical envelope") from None
        columns = (event.stream, event.version, event.topic, event.command_id)
        if columns != (payload.stream, payload.version, payload.topic, payload.command_id):
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

    def _hand_over(self, pool: ThreadPoolExecutor) -> None:
        if self._signatures:
            self._running.append(pool.submit(_failed_signature, self._signatures))
            self._signatures = []

    def report(self, failure: VerificationError | None, *, head: Checkpoint | None) -> Report:
        beyond = self.size - (head.size if head else 0)
        steps: list[Step] = []
        for number, text in STEPS.items():
            if failure is not None and number == failure.step:
                steps.append(Step(number, ok=False, text=failure.message))
                break
            if failure is not None:
                steps.append(Step(number, ok=True, text=f"{text} (up to record {failure.log_index})"))
            elif number == 6:
                unknown = "no checkpoint outside the database, or no key to check it by"
                said = f"{text} ({head.size} events)" if head else f"not checked: {unknown}"
                steps.append(Step(number, ok=True if head else None, text=said))
            elif number == 7:
                steps.append(Step(number, ok=True, text=f"{beyond} {text}"))
            elif number == 8:
                said = f"{text} ({self.map_roots} map roots)" if self.map_roots else "not checked: there is no map root"
                steps.append(Step(number, ok=True if self.map_roots else None, text=said))
            else:
                steps.append(Step(number, ok=True, text=f"{text} ({self.size} events)"))
        size = head.size if head else None
        return Report(tuple(steps), failure, self.size, size, beyond, self.disclosed, self.withheld)


def _open_head(checkpoint: bytes | None, verifier: Verifier | None, origin: str) -> Checkpoint | None:
    if checkpoint is None or verifier is None:
        return None
    try:
        head = open_checkpoint(checkpoint, verifier)
    except VerificationError as error:
        raise VerificationError(6, None, f"the checkpoint kept outside: {error}") from None
    if head.origin != origin:
        raise VerificationError(6, None, f"the checkpoint kept outside is of {head.origin}, not of {origin}")
    return head


def _trusted_tiles(tiles: Tiles | None, head: Checkpoint | None) -> Iterator[bytes]:
    """The tiles, if they lead to the signed root; damaged ones prove nothing, and the root alone must decide."""
    if tiles is None or head is None:
        return iter(())
    frontier = Frontier()
    for leaf in tiles.leaf_hashes(head.size):
        frontier.append(leaf)
    return tiles.leaf_hashes(head.size) if frontier.root() == head.root else iter(())


def _check_root(walk: _Walk, head: Checkpoint | None) -> None:
    if head is None:
        return
    if walk.size < head.size:
        said = f"record {walk.size} is missing: the log has {walk.size} events, its checkpoint covers {head.size}"
        raise VerificationError(6, walk.size, said)
    if walk.root_at_checkpoint != head.root:
        raise VerificationError(6, None, f"the first {head.size} records do not lead to the checkpoint's root")
    if walk.map_roots and head.size and not walk.ends_in_map_root:
        # Without one, nothing could be said at this checkpoint of what a stream does not hold.
        raise VerificationError(8, head.size - 1, f"the checkpoint of size {head.size} does not end in a map root")


class _MapWalk:
    """The case map of the records walked so far: of the newest version alone, derived when somebody asks."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._nodes = MemoryNodes()
        self._root = EMPTY
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


def _failed_signature(batch: Sequence[tuple[int, Envelope, Verifier]]) -> VerificationError | None:
    for index, envelope, verifier in batch:
        try:
            check_signature(envelope, verifier)
        except VerificationError:
            return VerificationError(4, index, f"record {index}: its signature does not verify under {verifier.key_id}")
    return None
