"""
From a log and one published checkpoint to the content of an evidence file: the streams an answer leans on, each of
them whole, with the proofs that they are in the tree and that there are no more of them.

Only those streams are read, each when the answer first asks for it (`app.evidence.closure`); what was read is then
asked again by the function that will check the file, and a file whose answer differs is never made.
tests/app/evidence/test_gather.py compares with the answers of the whole log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.evidence.closure import Consulted
from app.evidence.conclude import CASES, conclude, derive
from app.handle import read
from ledger.casemap import STREAM as MAP_STREAM
from ledger.casemap import CaseMap, Nodes, genesis, parse_map_root
from ledger.casemap import chain as chained
from ledger.checkpoint import open_checkpoint
from ledger.enrolment import ENROLLED
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import LedgerError
from ledger.evidence.bundle import Bundle, Kind, ProvedLeaf, ProvedStream, Role
from ledger.merkle import check_record, leaf_hash
from ledger.tiletree import TileTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from domain.law.in_force import Law
    from domain.recorded import Recorded
    from ledger.casemap import Entry, MapProof
    from ledger.checkpoint import Checkpoint, LogKey
    from ledger.outside import CheckpointFile
    from ledger.store.contract import Store, Stored
    from ledger.vkeys import Verifier


class ReadableNodes(Nodes, Protocol):
    """The case map's nodes as kept, for who only reads."""

    def reading(self) -> AbstractContextManager[None]: ...


class NotPublished(LedgerError):  # noqa: N818 - says what was found
    """The newest checkpoint does not cover what the answer leans on."""


class NotReproduced(LedgerError):  # noqa: N818 - says what was found
    """The records gathered do not give the answer for which they were gathered: no file was made."""


class SignerUnknown(LedgerError):  # noqa: N818 - says what was found
    """A record is signed by a key that the log never enrolled: nobody else could check it either."""


class Unprovable(LedgerError):  # noqa: N818 - says what was found
    """The log, its tiles and its map do not fit together: no file was made."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A file's content, and what it was made from: for the words that go with it."""

    bundle: Bundle
    head: Checkpoint
    history: tuple[Recorded, ...]
    law: Law


class Gatherer:
    """Makes evidence from one log as it is published."""

    def __init__(
        self,
        store: Store,
        outside: CheckpointFile,
        nodes: ReadableNodes,
        verifier: Verifier | Sequence[LogKey],
    ) -> None:
        self._store = store
        self._outside = outside
        self._nodes = nodes
        self._verifier = verifier
        self._opened: tuple[Checkpoint, bytes, TileTree] | None = None

    def uncovered(self, stream: str, besides: Sequence[str] = ()) -> list[int]:
        """
        The log indexes of what an answer about this case, post or unit would lean on and the newest checkpoint does not
        cover.
        """
        size = self.head.size
        known = self._store.size()
        if known <= size:
            return []
        reading = self._looked_around(stream, known, besides)
        return sorted(s.log_index for kept in reading.with_keys().values() for s in kept if s.log_index >= size)

    @property
    def head(self) -> Checkpoint:
        """The checkpoint that evidence is made under: the newest one."""
        return self._checkpoint()[0]

    def looked_at(self, stream: str) -> tuple[list[Recorded], Law]:
        """A case's records, and the law, as of the checkpoint: for a look before anything is made."""
        reading = self._looked_around(stream, self.head.size)
        return reading.consulted.look(stream), reading.consulted.law

    def gather(self, kind: Kind, question: Mapping[str, Any]) -> Gathered:
        """
        Return the evidence for a question in the form of docs/formats.md section 16.
        """
        head, note, tree = self._checkpoint()
        size, stream = head.size, question["stream"]
        reading = _Reading(self._store, size)
        answer = derive(kind, question, reading.consulted, log_size=size)
        records = reading.with_keys()
        decoded = [read(s) for kept in records.values() for s in kept]
        if conclude(kind, question, decoded, streams=records, log_size=size) != answer:
            raise NotReproduced(f"{stream}: the records gathered do not give their answer again")
        return Gathered(
            Bundle(
                kind=kind,
                origin=head.origin,
                note=note,
                question=dict(question),
                answer=answer,
                streams=self._streams(stream, records, head, tree),
                leaves=self._leaves(records, head, tree),
                tokens=tuple(token for _, token in self._outside.tokens(size)),
            ),
            head,
            tuple(reading.consulted.look(stream)),
            reading.consulted.law,
        )

    def _looked_around(self, stream: str, size: int, besides: Sequence[str] = ()) -> _Reading:
        reading = _Reading(self._store, size)
        if not stream.startswith(CASES):
            reading.consulted.look_into_offices(stream, besides)
        elif history := reading.consulted.look(stream):
            reading.consulted.look_around(history)
        return reading

    def _checkpoint(self) -> tuple[Checkpoint, bytes, TileTree]:
        note = self._outside.newest()
        if note is None:
            raise NotPublished("nothing is published yet: run `luoshi log publish`")
        if self._opened is None or self._opened[1] != note:
            head = open_checkpoint(note, self._verifier)
            self._opened = (head, note, TileTree(head.size, self._outside.read))
        return self._opened

    # -- the proofs ----------------------------------------------------------------------------------------------

    def _streams(
        self, case: str, records: Mapping[str, list[Stored]], head: Checkpoint, tree: TileTree
    ) -> tuple[ProvedStream, ...]:
        last = next(iter(self._store.read_log(head.size - 1, 1)), None)
        if last is None or last.stream != MAP_STREAM or leaf_hash(last.leaf) != tree.last_leaf():
            raise Unprovable(f"record {head.size - 1}, the map root of the newest checkpoint, is not the published one")
        with self._nodes.reading():
            version = CaseMap(head.origin, self._nodes, parse_map_root(last.leaf).root)
            proved = version.look_up(list(records))
        return tuple(_proved_stream(name, _role(name, case), kept, *proved[name]) for name, kept in records.items())

    def _leaves(self, records: Mapping[str, list[Stored]], head: Checkpoint, tree: TileTree) -> tuple[ProvedLeaf, ...]:
        leaves = {s.log_index: s.leaf for kept in records.values() for s in kept}
        leaves |= {s.log_index: s.leaf for s in self._store.read_log(head.size - 1, 1)}
        found = []
        for index, leaf in sorted(leaves.items()):
            path = tuple(tree.prove_record(index))
            check_record(path, size=head.size, root=head.root, index=index, leaf=leaf_hash(leaf))
            found.append(ProvedLeaf(index, leaf, path))
        return tuple(found)


class _Reading:
    """The streams of a log's first records, read as they are asked for."""

    def __init__(self, store: Store, size: int) -> None:
        self._store, self._size = store, size
        self._kept: dict[str, list[Stored]] = {}
        self.consulted = Consulted(lambda stream: [read(stored) for stored in self._stored(stream)])

    def _stored(self, stream: str) -> list[Stored]:
        if stream not in self._kept:
            self._kept[stream] = [s for s in self._store.read_stream(stream) if s.log_index < self._size]
        return self._kept[stream]

    def with_keys(self) -> dict[str, list[Stored]]:
        """All that was read, in that order, and then the streams that enrol who signed it, until nobody new signs."""
        checked = 0
        while checked < len(self._kept):
            waiting = list(self._kept)[checked:]
            checked = len(self._kept)
            for signed in [stored for stream in waiting for stored in self._kept[stream]]:
                self._look_for_key(signed)
        return dict(self._kept)

    def _look_for_key(self, signed: Stored) -> None:
        envelope = open_leaf(signed.leaf)
        people = self.consulted.law.people
        if envelope.key_id in people.keys:
            return
        actor = parse_payload(envelope.payload).actor
        holders = [f"{kind}/{actor[kind]}" for kind in ("official", "system") if actor.get(kind) is not None]
        for stream in holders:
            # Asked first without keeping: of an actor who is both, one holds the key.
            found = [s for s in self._store.read_stream(stream) if s.log_index < self._size and s.topic == ENROLLED]
            if any(parse_payload(open_leaf(s.leaf).payload).body["key_id"] == envelope.key_id for s in found):
                self.consulted.look(stream)
                return
        raise SignerUnknown(f"record {signed.log_index}: its key {envelope.key_id} was never enrolled")


def _role(stream: str, case: str) -> Role:
    if stream == case and stream.startswith(CASES):
        return "case"
    match stream.partition("/")[0]:
        case "office":
            return "filed"
        case "unit" | "post" | "official":
            return "people"
        case "pack" | "calendar":
            return "law"
    return "keys"


def _proved_stream(name: str, role: Role, kept: list[Stored], entry: Entry | None, proof: MapProof) -> ProvedStream:
    head = genesis(name)
    for stored in kept:
        head = chained(head, leaf_hash(stored.leaf))
    said = (0, genesis(name)) if entry is None else (entry.count, entry.head)
    if said != (len(kept), head):
        raise Unprovable(f"the published map says {said[0]} records of {name}; the log has {len(kept)} or others")
    return ProvedStream(name, role, tuple(s.log_index for s in kept), entry, proof)
