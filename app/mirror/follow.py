"""
A mirror replays a log: every leaf of its entry bundles, through the same checks as `luoshi verify`, up to a checkpoint.

It says of a checkpoint that it was replayed only when all of this held: the log's key signed it; it continues the one
replayed last; its hash tiles, of every level, are those of its leaves; every leaf, chain, signature, command id and
map root is right (steps 2 to 5 and 8); its last leaf is a map root; and no record claims a time of recording from
before a checkpoint that this mirror had replayed without it.

The folder, which has the layout of tlog-tiles and can be published or followed itself:

    replay.sqlite        app/mirror/state.py
    checkpoint           the newest one replayed, with the mirror's cosignature where it has a key
    checkpoints/<size>   every one replayed
    tile/...             hash tiles and entry bundles
    forks/<size>-<root>/ two checkpoints that contradict each other

The crash story. `follow` works in this order:
  1. tiles and bundles are written under their final names, and flushed; beyond the accepted size they mean nothing
  2. the state is committed, with the checkpoint: this is the moment it counts as replayed
  3. the checkpoint files are written; whoever begins anew writes them from the state if they are missing
Whoever cosigns does so after 3. A crash before 2 begins again at the checkpoint before; after 2 only 3 is left.
tests/app/mirror/test_follow.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from app.mirror.source import read_entries, read_hashes, read_note
from app.mirror.state import MirrorState, StateDamaged
from ledger.casemap import MapDamaged
from ledger.cosignature import tree_head
from ledger.enrolment import Enrolment, key_change
from ledger.errors import MalformedEvidence, VerificationError
from ledger.merkle import Frontier, leaf_hash
from ledger.note import open_note, split_note
from ledger.outside import CheckpointFile
from ledger.tiles import ENTRIES, TILE_WIDTH, Levels, Tile, pack_entries, spans
from ledger.tiletree import TileDamaged, TileTree
from ledger.walk import START, PublishedLeaf, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from app.mirror.source import Source
    from ledger.checkpoint import Checkpoint
    from ledger.envelope import Payload
    from ledger.vkeys import Verifier

# A record is prepared at most two minutes before it is appended; the rest is for clocks.
LATE = timedelta(hours=1)


class Forked(VerificationError):  # noqa: N818 - says what the log did
    """The log contradicts a checkpoint that was replayed: both are kept under `evidence`."""

    def __init__(self, log_index: int | None, message: str, evidence: Path) -> None:
        super().__init__(6, log_index, message)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Replayed:
    """What is replayed now, and what was new in it."""

    old_size: int
    head: Checkpoint
    note: bytes
    map_roots: int
    enrolled: tuple[tuple[int, Enrolment], ...]  # keys that the new records enrol: nobody does so quietly


class Mirror:
    """One log in one folder. One thread at a time."""

    def __init__(
        self,
        folder: Path,
        source: Source,
        verifiers: Sequence[Verifier],
        clock: Callable[[], datetime],
        *,
        excused: Collection[int] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.files = CheckpointFile(folder)
        self._folder = folder
        self._source = source
        self._verifiers = list(verifiers)
        self._clock = clock
        self._excused = frozenset(excused)
        self._state = MirrorState(folder / "replay.sqlite")
        self._check_own()

    def close(self) -> None:
        self._state.close()

    def newest(self) -> tuple[Checkpoint, bytes] | None:
        """The checkpoint replayed last, as the log signed it."""
        accepted = self._state.accepted()
        return (tree_head(split_note(accepted.note)[0]), accepted.note) if accepted else None

    def logs(self) -> dict[str, list[Verifier]]:
        """The trusted keys, as a witness knows its logs."""
        known: dict[str, list[Verifier]] = {}
        for verifier in self._verifiers:
            known.setdefault(verifier.name, []).append(verifier)
        return known

    def follow(self, note: bytes | None = None) -> Replayed:
        """
        Replay up to this checkpoint, or to the newest that the log shows.

        VerificationError: something does not hold. SourceFailed: it could not be found out. Nothing changed then.
        """
        offered = read_note(self._source) if note is None else note
        head = self._opened(offered)
        newest = self.newest()
        old = newest[0] if newest else None
        if old is not None and old.origin != head.origin:
            raise VerificationError(6, None, f"this folder mirrors {old.origin}, not {head.origin}")
        if old is not None and head.size <= old.size:
            if self.root(head.size) != head.root:
                raise self._forked(head.size, offered, None)
            if note is None and head.size < old.size:
                said = f"the log shows {head.size} records, and {old.size} of it were replayed already"
                raise VerificationError(6, head.size, said)
            return Replayed(head.size, head, offered, 0, ())
        return self._replay(offered, head)

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves, all of them replayed."""
        return self._tree(self._size()).subtree(0, size)

    def leaf_hashes(self, start: int, stop: int) -> Iterator[bytes]:
        """Leaf hashes of the records replayed, from the mirror's own copy."""
        return self._leaf_hashes(self._size(), start, stop)

    def prove_tree(self, old_size: int) -> list[bytes]:
        """The consistency path from an older size to that of the records replayed."""
        return self._tree(self._size()).prove_tree(old_size)

    def _replay(self, note: bytes, head: Checkpoint) -> Replayed:
        accepted = self._state.accepted()
        start = accepted.position if accepted else START
        written: dict[Tile, Path] = {}
        self._copy_tiles(note, start.size, head, written)
        enrolled: list[tuple[int, Enrolment]] = []
        records = self._state.key_records()

        def also(index: int, payload: Payload) -> None:
            if isinstance(change := key_change(payload), Enrolment):
                enrolled.append((index, change))
            if accepted is not None and index not in self._excused:
                _check_time(index, payload, accepted.at)

        with self._state.advancing() as past:
            walk = Walk(head.origin, past, start=start, key_records=records, also=also)
            kept = self._leaf_hashes(head.size, start.size, head.size)
            try:
                walk.run(self._leaves(start.size, head.size, written), head, kept)
                walk.check_root(head)
                position = walk.position()
            except MapDamaged as damaged:
                raise StateDamaged(f"{self._folder}: {damaged}") from None
            if head.size and not walk.ends_in_map_root:
                said = f"the checkpoint of size {head.size} does not end in a map root"
                raise VerificationError(8, head.size - 1, said)
            self.files.flush(written.values())
            past.accept(head.origin, position, note, self._clock())
        self._show(note, head)
        for tile in written:
            if tile.width == TILE_WIDTH:
                self.files.remove_partial(tile)
        return Replayed(start.size, head, note, position.map_roots - start.map_roots, tuple(enrolled))

    def _copy_tiles(self, note: bytes, start: int, head: Checkpoint, written: dict[Tile, Path]) -> None:
        """The log's hash tiles beyond `start`, if they continue ours, agree with each other and give its root."""
        own = self._tree(start)
        frontier, levels = own.frontier(), Levels(start, lambda tile: b"".join(own.tile(tile.level, tile.number)))
        for number, width, skip in spans(start, head.size):
            for found in read_hashes(self._source, Tile(0, number, width))[skip:]:
                frontier.append(found)
                for tile, content in levels.add(found):
                    self._take(tile, content, written)
        if frontier.root() != head.root:
            raise self._parted(note, start, head)
        for tile, content in levels.partial():
            self._take(tile, content, written)

    def _take(self, tile: Tile, content: bytes, written: dict[Tile, Path]) -> None:
        if tile.level and b"".join(read_hashes(self._source, tile)) != content:
            raise VerificationError(6, None, f"the log's {tile.path} is not what the tiles below it give")
        written[tile] = self.files.write(tile.path, content)

    def _leaves(self, start: int, size: int, written: dict[Tile, Path]) -> Iterator[PublishedLeaf]:
        for number, width, skip in spans(start, size):
            entries = read_entries(self._source, number, width)
            first = number * TILE_WIDTH
            for index, known in enumerate(self.leaf_hashes(first, first + skip), first):
                if leaf_hash(entries[index - first]) != known:
                    raise VerificationError(6, index, f"record {index} is not the one that was replayed before")
            tile = Tile(ENTRIES, number, width)
            written[tile] = self.files.write(tile.path, pack_entries(entries))
            for index, leaf in islice(enumerate(entries, first), skip, None):
                yield PublishedLeaf(index, leaf)

    def _opened(self, note: bytes) -> Checkpoint:
        try:
            head = tree_head(open_note(note, self._verifiers))
        except VerificationError as error:
            raise VerificationError(6, None, f"the log's checkpoint: {error}") from None
        if head.origin not in {verifier.name for verifier in self._verifiers}:
            raise VerificationError(6, None, f"the log's checkpoint is of {head.origin}, signed by another's key")
        return head

    def _parted(self, note: bytes, start: int, head: Checkpoint) -> VerificationError:
        """Why the log's newer tiles do not lead from what was replayed to its signed root."""
        tree, first = Frontier(), None
        own = self.leaf_hashes(0, start)
        for number, width, _ in spans(0, head.size):
            for found in read_hashes(self._source, Tile(0, number, width)):
                if (known := next(own, None)) is not None and known != found and first is None:
                    first = tree.size
                tree.append(found)
        if tree.root() == head.root and first is not None:
            return self._forked(head.size, note, first)
        where = f", and say otherwise of record {first} than when it was replayed" if first is not None else ""
        said = f"the log's tiles do not give the root of its checkpoint of size {head.size}{where}"
        return VerificationError(6, first, said)

    def _forked(self, size: int, note: bytes, first: int | None) -> Forked:
        head = self._opened(note)
        folder = self._folder / "forks" / f"{size}-{head.root.hex()[:16]}"
        ours = self.files.kept(size)
        if ours is None and (newest := self.newest()) is not None:
            ours = newest[1]  # of another size: what contradicts it is the tree, kept in tile/
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "replayed").write_bytes(ours or b"")
        (folder / "offered").write_bytes(note)
        where = f" from record {first} on" if first is not None else ""
        said = f"the log was forked{where}: it signed another tree of {size} records than what was replayed of it"
        return Forked(first, said, folder)

    def _show(self, note: bytes, head: Checkpoint) -> None:
        kept = self.files.write(f"checkpoints/{head.size}", note)
        self.files.flush([kept, self.files.write("checkpoint", note)])

    def show_cosigned(self, line: str) -> None:
        """Put the mirror's own cosignature beside the log's signature."""
        if (newest := self.newest()) is not None:
            self.files.flush([self.files.write("checkpoint", newest[1] + line.encode())])

    def _size(self) -> int:
        accepted = self._state.accepted()
        return accepted.position.size if accepted else 0

    def _tree(self, size: int) -> TileTree:
        return TileTree(size, self.files.read)

    def _leaf_hashes(self, size: int, start: int, stop: int) -> Iterator[bytes]:
        """Of the tree of that size: a refused one may have left tiles of other widths."""
        for number, width, skip in spans(start, stop):
            yield from self._tree(size).tile(0, number)[skip:width]

    def _check_own(self) -> None:
        accepted = self._state.accepted()
        if accepted is None:
            return
        try:
            head = self._opened(accepted.note)
            own = self._tree(head.size).root()
        except (MalformedEvidence, TileDamaged) as error:
            raise StateDamaged(f"{self._folder}: {error}") from None
        said = accepted.position
        if (said.size, Frontier(said.size, said.edge).root()) != (head.size, head.root) or own != head.root:
            raise StateDamaged(f"{self._folder}: the tiles kept here do not give the root of {head.size} records")
        if self.files.kept(head.size) != accepted.note or not (self.files.newest() or b"").startswith(accepted.note):
            self._show(accepted.note, head)


def _check_time(index: int, payload: Payload, known_without_it: datetime) -> None:
    try:
        recorded_at = datetime.fromisoformat(payload.recorded_at)
        is_late = recorded_at < known_without_it - LATE
    except (TypeError, ValueError):
        raise VerificationError(4, index, f"record {index} does not say when it was recorded") from None
    if is_late:
        said = f"record {index} says it was recorded at {payload.recorded_at}; the log did not hold it at"
        raise VerificationError(4, index, f"{said} {known_without_it.isoformat(timespec='seconds')}: back-dated")
