"""
From a log and one published checkpoint to the content of an evidence file: the streams an answer leans on, each of
them whole, with the proofs that they are in the tree and that there are no more of them.

The answer is derived twice: online, from the whole log of the checkpoint's size, and from the gathered records alone,
by the function that will check the file. A file whose answer differs is never made. tests/app/evidence/test_gather.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.asked import parse_as_of
from app.evidence.closure import key_streams, people_streams
from app.evidence.conclude import NoAnswer, NoLaw, conclude
from app.handle import read
from audit.answer import case_answer
from ledger.casemap import STREAM as MAP_STREAM
from ledger.casemap import CaseMap, Nodes, genesis, parse_map_root
from ledger.casemap import chain as chained
from ledger.checkpoint import open_checkpoint
from ledger.envelope import open_leaf
from ledger.errors import LedgerError
from ledger.evidence.bundle import Bundle, Kind, ProvedLeaf, ProvedStream, Role
from ledger.merkle import check_record, leaf_hash
from ledger.tiletree import TileTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from app.questions import Questions
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
    """The records gathered do not give the answer which the whole log gives: no file was made."""


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
        questions: Questions,
        outside: CheckpointFile,
        nodes: ReadableNodes,
        verifier: Verifier | Sequence[LogKey],
    ) -> None:
        self._store = store
        self._questions = questions
        self._outside = outside
        self._nodes = nodes
        self._verifier = verifier
        self._opened: tuple[Checkpoint, bytes, TileTree] | None = None

    def uncovered(self, stream: str) -> list[int]:
        """The log indexes of what an answer about this case would lean on and the newest checkpoint does not cover."""
        size = self._checkpoint()[0].size
        known = self._store.size()
        if known <= size:
            return []
        records = self._leaning_on(stream, known, everybody=False)
        return sorted(s.log_index for kept in records.values() for s in kept if s.log_index >= size)

    @property
    def head(self) -> Checkpoint:
        """The checkpoint that evidence is made under: the newest one."""
        return self._checkpoint()[0]

    def looked_at(self, stream: str) -> tuple[list[Recorded], Law]:
        """A case's records, and everybody's, as of the checkpoint: for a look before anything is made."""
        size = self.head.size
        return [read(s) for s in self._read(stream, size)], self._questions.law(size - 1)

    def gather(self, kind: Kind, question: Mapping[str, Any]) -> Gathered:
        """
        Return the evidence for a question in the form of docs/formats.md section 16.
        """
        head, note, tree = self._checkpoint()
        size, stream = head.size, question["stream"]
        for everybody in (False, True):
            records = self._leaning_on(stream, size, everybody=everybody)
            decoded = [read(s) for kept in records.values() for s in kept]
            if self._agrees(question, decoded, records, size):
                break
        else:
            raise NotReproduced(f"{stream}: the records gathered do not give the answer of the whole log")
        answer = conclude(kind, question, decoded, streams=records, log_size=size)
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
            tuple(read(s) for s in records[stream]),
            self._questions.law(size - 1),
        )

    def _checkpoint(self) -> tuple[Checkpoint, bytes, TileTree]:
        note = self._outside.newest()
        if note is None:
            raise NotPublished("nothing is published yet: run `luoshi log publish`")
        if self._opened is None or self._opened[1] != note:
            head = open_checkpoint(note, self._verifier)
            self._opened = (head, note, TileTree(head.size, self._outside.read))
        return self._opened

    # -- which records -------------------------------------------------------------------------------------------

    def _leaning_on(self, stream: str, size: int, *, everybody: bool) -> dict[str, list[Stored]]:
        """By stream, every record below `size` that the answer leans on; the case's own first."""
        found = {stream: self._read(stream, size)}
        if not found[stream]:
            return found  # that there is no such case is said by the map alone
        law = self._questions.law(size - 1)
        for name in self._people(found[stream], law, everybody=everybody) + _law_streams(law):
            found[name] = self._read(name, size)
        # The streams that enrol the signers have signers too, until nobody new signs.
        signers: set[str] = set()
        while new := {open_leaf(s.leaf).key_id for kept in found.values() for s in kept} - signers:
            for name in key_streams(new, law.people):
                if name not in found:
                    found[name] = self._read(name, size)
            signers |= new
        return found

    def _people(self, history: list[Stored], law: Law, *, everybody: bool) -> list[str]:
        named = people_streams([read(s) for s in history], law.people)
        if not everybody:
            return named
        known = {s for s, _, _ in law.places.values() if s.startswith(("unit/", "post/", "official/"))}
        return sorted(known.union(named))  # a name may have no record at all: that is proved, too

    def _read(self, stream: str, size: int) -> list[Stored]:
        return [s for s in self._store.read_stream(stream) if s.log_index < size]

    def _agrees(
        self, question: Mapping[str, Any], decoded: list[Recorded], records: Mapping[str, object], size: int
    ) -> bool:
        """Whether these records give what the whole log gives. Two silences agree as well."""
        stream, as_of = question["stream"], question["as_of"]
        history = sorted((r for r in decoded if r.stream == stream), key=lambda r: r.log_index)
        if not history:
            return True
        online = case_answer(history, self._questions.law(size - 1), parse_as_of(as_of), log_size=size)
        try:
            derived = conclude("case", {"stream": stream, "as_of": as_of}, decoded, streams=records, log_size=size)
        except NoLaw:
            raise
        except NoAnswer:
            derived = None
        return online == derived

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


def _law_streams(law: Law) -> list[str]:
    """All packs and calendars: which of them governs is for the answer to say."""
    return sorted({s for s, _, _ in law.places.values() if s.startswith(("pack/", "calendar/"))})


def _role(stream: str, case: str) -> Role:
    if stream == case:
        return "case"
    match stream.partition("/")[0]:
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
