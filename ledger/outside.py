"""
What is kept outside the database: the log as static files (c2sp.org/tlog-tiles), every checkpoint that was published,
and the tree head that the next one must continue.

    state                the newest tree head that may be signed: a checkpoint's text, without a signature
    checkpoint           the newest signed checkpoint
    checkpoints/<size>   every one ever published; never signed again
    tile/...             hash tiles of all levels, and entry bundles

Who can rewrite the database cannot rewrite this as well without access to another place. The tiles let a verifier name
the first record that differs, not only say that some record does. tests/ledger/test_outside.py.

The crash story. `advancing` ... `Growth.finish` works in this order:
  1. check that the tiles give the root of `state`, and on the way that of `checkpoint`: nothing is signed on top of a
     damaged past. A `state` without its checkpoint is a run that crashed between 3 and 5: it is signed now, as it is.
  2. write the new tiles and bundles under their final names and flush them. Beyond the size of `state` they mean
     nothing yet, and the next run writes them again. A partial tile is read before the full one of its number, so a
     full one that a power cut left damaged hides nothing that counts.
  3. compare and swap `state`: from here on no other tree of this size or a smaller one can be signed.
  4. sign, and keep the checkpoint as checkpoints/<size>. If it is there already it is used: there is one per size.
  5. replace `checkpoint` by an atomic rename: this is the moment the new checkpoint is public.
  6. remove partial tiles whose full one now exists.
Every file of 3 to 5 is flushed before the next is begun. An exclusive lock is held from 1 to 6.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ledger.checkpoint import Checkpoint, format_checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from ledger.errors import LedgerError, MalformedEvidence
from ledger.keys import sync_folder
from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash, root
from ledger.tiles import ENTRIES, HASH_BYTES, TILE_WIDTH, Tile, pack_entries, parse_hashes
from ledger.vkeys import Signer, Verifier


class Inconsistent(LedgerError):  # noqa: N818 - says what was found
    """What is kept outside contradicts itself or the log: nothing was signed."""


class LogChanged(Inconsistent):
    """A record is not the one that was published, or is none that could be."""


class LogShrunk(Inconsistent):
    """The log is shorter than what was published of it."""


class LogHasHole(Inconsistent):
    """A log index is missing."""


class CheckpointFile:
    """The published log in a folder, which should lie on other hands' storage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> bytes | None:
        """Return the newest signed checkpoint, or None before the first."""
        return self.read("checkpoint")

    def kept(self, size: int) -> bytes | None:
        """Return the checkpoint of exactly this size, if one was published."""
        return self.read(f"checkpoints/{size}")

    def read(self, name: str) -> bytes | None:
        """Return one of the files above, by its name as `Tile.path` writes it."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def size(self, verifier: Verifier) -> int:
        """Return the size of the newest checkpoint."""
        note = self.newest()
        return open_checkpoint(note, verifier).size if note else 0

    def leaf_hashes(self, size: int) -> Iterator[bytes]:
        """Yield the leaf hashes of the first `size` records; fewer where tiles are missing or cut short."""
        for number in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, size - number * TILE_WIDTH)
            # The exact one first; the full tile, once it exists, contains every partial one.
            exact = self.read(Tile(0, number, width).path)
            tile = exact if exact is not None else self.read(Tile(0, number).path) or b""
            for position in range(width):
                leaf = tile[position * HASH_BYTES : (position + 1) * HASH_BYTES]
                if len(leaf) != HASH_BYTES:
                    return
                yield leaf

    @contextmanager
    def advancing(self, origin: str, signer: Signer, *, log_size: int | None = None) -> Iterator["Growth"]:
        """
        Check what is kept, finish what a crash interrupted, and let the caller add records.

        `log_size`, where given, is how many events the log now has: a log shorter than what is published is refused.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._exclusive():
            old = self._state(origin, signer)
            if log_size is not None and log_size < old.size:
                raise LogShrunk(f"the log has {log_size} events, its newest checkpoint covers {old.size}")
            growth = Growth(self, old, signer)
            if (self.newest() is None and old.size) or old.size > self.size(Verifier(signer.vkey)):
                self.publish(old, signer)
            yield growth

    def advance(
        self,
        leaves: Callable[[int], Iterable[bytes]],
        origin: str,
        signer: Signer,
        *,
        log_size: int | None = None,
    ) -> Checkpoint:
        """
        Publish the log as it is: `leaves` gives the leaves from an index on. Nothing new: the old checkpoint.
        """
        with self.advancing(origin, signer, log_size=log_size) as growth:
            for leaf in leaves(growth.start):
                growth.add(leaf)
            return growth.finish()

    def swap(self, old: Checkpoint, new: Checkpoint, signer: Signer) -> None:
        """Step 3."""
        if self._state(old.origin, signer) != old:
            raise Inconsistent("the state kept outside was changed by somebody else while the log was published")
        self._replace("state", format_checkpoint(new).encode())

    def publish(self, head: Checkpoint, signer: Signer) -> None:
        """Steps 4 and 5."""
        note = self.kept(head.size)
        if note is None:
            note = sign_checkpoint(head.origin, head.size, head.root, signer)
            self._replace(f"checkpoints/{head.size}", note)
        elif open_checkpoint(note, Verifier(signer.vkey)) != head:
            raise Inconsistent(f"another checkpoint of size {head.size} was published already")
        self._replace("checkpoint", note)

    def _state(self, origin: str, signer: Signer) -> Checkpoint:
        note, text = self.newest(), self.read("state")
        published = Checkpoint(origin, 0, EMPTY_ROOT)
        if note is not None:
            published = open_checkpoint(note, Verifier(signer.vkey))
        state = published if text is None else parse_checkpoint(text.decode("utf-8", "replace"))
        for head in (published, state):
            if head.origin != origin:
                raise MalformedEvidence(f"the checkpoint kept here is of {head.origin}, not of {origin}")
        if state.size < published.size or (state.size == published.size and state != published):
            raise Inconsistent(f"the state kept outside does not continue the checkpoint of size {published.size}")
        if published.size and self._root(published.size) != published.root:
            raise Inconsistent(
                f"the tiles kept outside do not give the root of the checkpoint of size {published.size}"
            )
        return state

    def _root(self, size: int) -> bytes:
        frontier = Frontier()
        for leaf in self.leaf_hashes(size):
            frontier.append(leaf)
        return frontier.root() if frontier.size == size else b""

    def write(self, name: str, data: bytes) -> Path:
        """Give a file its content, at once for every reader, but not yet for a power cut: see `flush`."""
        final = self._folder / name
        final.parent.mkdir(parents=True, exist_ok=True)
        draft = final.with_name(f".{secrets.token_hex(8)}")
        draft.write_bytes(data)
        draft.replace(final)
        return final

    def flush(self, files: Iterable[Path]) -> None:
        """Make these files, and the folders that name them, survive a power cut."""
        folders: set[Path] = set()
        for file in files:
            sync_folder(file)  # a file is synchronised as a folder is
            folders.update(file.parents[: len(file.relative_to(self._folder).parts)])
        for folder in sorted(folders, reverse=True):
            sync_folder(folder)

    def remove_partial(self, tile: Tile) -> None:
        """Step 6, for one full tile."""
        full = self._folder / tile.path
        shutil.rmtree(full.with_name(f"{full.name}.p"), ignore_errors=True)

    def _replace(self, name: str, data: bytes) -> None:
        final = self._folder / name
        final.parent.mkdir(parents=True, exist_ok=True)
        draft = final.with_name(f".{secrets.token_hex(8)}")
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(final)
        sync_folder(final.parent)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class Growth:
    """A log that is being published: records are added in their order, then `finish` makes them public."""

    def __init__(self, outside: CheckpointFile, old: Checkpoint, signer: Signer) -> None:
        self.old = old
        self._outside = outside
        self._signer = signer
        self._frontier = Frontier()
        self._levels: list[bytearray] = [bytearray()]  # the hashes of the last tile of each level
        self._numbers: list[int] = [0]
        self._touched: set[int] = set()  # levels whose last tile grew
        self._written: list[Path] = []
        self._full: list[Tile] = []
        self.last_hash: bytes | None = None  # of the last record that was published
        # From a bundle's first entry on: the last one is written anew, and its old entries are compared on the way.
        first = old.size - old.size % TILE_WIDTH
        bundle = Tile(ENTRIES, 0, min(old.size, TILE_WIDTH)).path
        is_whole = old.size == 0 or outside.read(bundle) is not None
        self.start = first if is_whole else 0
        for leaf in outside.leaf_hashes(old.size):
            self._hash(0, leaf, is_new=not is_whole)  # a folder without bundles is written anew, from its hashes
            self._frontier.append(leaf)
            self.last_hash = leaf
        if self._frontier.size != old.size or self._frontier.root() != old.root:
            raise Inconsistent(f"the tiles kept outside do not give the root of the checkpoint of size {old.size}")
        self._next = self.start
        self._known = islice(outside.leaf_hashes(old.size), self.start, None)
        self._bundle: list[bytes] = []

    def add(self, leaf: bytes) -> bytes:
        """Add the record at the next index, from `start` on, and return its leaf hash."""
        hashed = leaf_hash(leaf)
        known = next(self._known, None)
        if known is not None and known != hashed:
            raise LogChanged(f"record {self._next} is not the one that was published")
        if known is None:
            self._hash(0, hashed, is_new=True)
            self._frontier.append(hashed)
        self._bundle.append(leaf)
        self._next += 1
        if len(self._bundle) == TILE_WIDTH:
            self._write(Tile(ENTRIES, (self._next - 1) // TILE_WIDTH), pack_entries(self._bundle))
            self._bundle = []
        return hashed

    def finish(self) -> Checkpoint:
        """Publish what was added, and return the newest tree head; the old one where nothing is new."""
        if self._next < self.old.size:
            raise LogShrunk(f"the log has {self._next} events, its newest checkpoint covers {self.old.size}")
        new = Checkpoint(self.old.origin, self._frontier.size, self._frontier.root())
        if new == self.old and self._outside.newest() is not None:
            return new
        for level in self._touched:
            if width := len(self._levels[level]) // HASH_BYTES:
                self._write(Tile(level, self._numbers[level], width), bytes(self._levels[level]))
        if self._bundle:
            self._write(Tile(ENTRIES, self._next // TILE_WIDTH, len(self._bundle)), pack_entries(self._bundle))
        self._outside.flush(self._written)
        self._outside.swap(self.old, new, self._signer)
        self._outside.publish(new, self._signer)
        for tile in self._full:
            self._outside.remove_partial(tile)
        return new

    def _hash(self, level: int, found: bytes, *, is_new: bool) -> None:
        if level == len(self._levels):
            self._levels.append(bytearray())
            self._numbers.append(0)
        tile = self._levels[level]
        tile += found
        if is_new:
            self._touched.add(level)
        if len(tile) == TILE_WIDTH * HASH_BYTES:
            if is_new:
                self._write(Tile(level, self._numbers[level]), bytes(tile))
            above = root(parse_hashes(bytes(tile), TILE_WIDTH))
            self._levels[level] = bytearray()
            self._numbers[level] += 1
            self._hash(level + 1, above, is_new=is_new)

    def _write(self, tile: Tile, data: bytes) -> None:
        self._written.append(self._outside.write(tile.path, data))
        if tile.width == TILE_WIDTH:
            self._full.append(tile)
