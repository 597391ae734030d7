"""
What is kept outside the database: the log as static files (c2sp.org/tlog-tiles), every checkpoint that was published,
and the tree head that the next one must continue.

    state                the newest tree head that may be signed: a checkpoint's text, without a signature
    checkpoint           the newest signed checkpoint, with the cosignatures it has
    checkpoints/<size>   every one ever signed, by the log alone; never signed again, never changed
    checkpoints/<size>.tst, <size>.2.tst, ...   time tokens over its text, each kept for ever
    cosigned/<size>      the same checkpoint with witnesses' lines after the log's own: it grows by lines, nothing else
    tile/...             hash tiles of all levels, and entry bundles

Who can rewrite the database cannot rewrite this as well without access to another place. The tiles let a verifier name
the first record that differs, not only say that some record does. tests/ledger/test_outside.py.

The crash story. `advancing` ... `Growth.finish` works in this order:
  1. check the right edge: the partial tiles, which give the root of `state`; the full tiles above the last record; and
     where `state` is ahead of `checkpoint`, that it continues it. O(log n) tiles, not all. What is signed next is
     therefore a continuation of what was signed last, whatever happened to other tiles; a damaged full tile further
     left changes no root, is met by who needs it for a proof, and is named by `luoshi fsck` (`damage`), which reads
     all. A `state` without its checkpoint is a run that crashed between 3 and 6: it is signed now, as it is.
  2. write the new tiles and bundles under their final names and flush them. Beyond the size of `state` they mean
     nothing yet, and the next run writes them again. A partial tile is read before the full one of its number, so a
     full one that a power cut left damaged hides nothing that counts.
  3. compare and swap `state`: from here on no other tree of this size or a smaller one can be signed.
  4. sign, and keep the checkpoint as checkpoints/<size>. If it is there already it is used: there is one per size.
  5. whatever others add to it: cosigned/<size> grows by their lines, checkpoints/<size>.tst appears. None of it is
     needed to go on. A crash here loses lines that came and were not kept: the witnesses give them again.
  6. replace `checkpoint` by an atomic rename: this is the moment the new checkpoint is public.
  7. remove partial tiles whose full one now exists.
Every file of 3 to 6 is flushed before the next is begun. An exclusive lock is held from 1 to 7.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.checkpoint import (
    Checkpoint,
    LogKey,
    LogSigner,
    format_checkpoint,
    keys_of,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from ledger.errors import LedgerError, MalformedEvidence, VerificationError
from ledger.keys import sync_folder
from ledger.merkle import EMPTY_ROOT, Frontier, check_tree, leaf_hash
from ledger.note import split_note
from ledger.tiles import ENTRIES, HASH_BYTES, TILE_WIDTH, Levels, Tile, pack_entries
from ledger.tiletree import TileDamaged, TileTree
from ledger.vkeys import Verifier


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
        """Return the checkpoint of exactly this size as the log signed it, if it did."""
        return self.read(f"checkpoints/{size}")

    def cosigned(self, size: int) -> bytes | None:
        """Return the checkpoint of exactly this size with the cosignatures it has; as the log signed it, without."""
        kept, cosigned = self.kept(size), self.read(f"cosigned/{size}")
        # Witnesses sign again what they signed once: a file that is not the checkpoint with lines after it is no loss.
        return cosigned if kept is not None and cosigned is not None and _grew(kept, cosigned) else kept

    def sizes(self) -> list[int]:
        """The sizes of all checkpoints, the newest first."""
        folder = self._folder / "checkpoints"
        names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        return sorted((int(name) for name in names if name.isascii() and name.isdigit()), reverse=True)

    def tokens(self, size: int) -> list[tuple[str, bytes]]:
        """The time tokens over the checkpoint of this size, each with its name, the oldest first."""
        found: list[tuple[str, bytes]] = []
        while (token := self.read(name := _token_name(size, len(found) + 1))) is not None:
            found.append((name, token))
        return found

    def tree(self, size: int) -> TileTree:
        """The tree of the first `size` records, for proofs."""
        return TileTree(size, self.read)

    def read(self, name: str) -> bytes | None:
        """Return one of the files above, by its name as `Tile.path` writes it."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def copy_to(self, folder: Path) -> None:
        """Copy everything to a new folder, while nobody publishes."""
        with self.locked():
            shutil.copytree(self._folder, folder, ignore=shutil.ignore_patterns(".*"))

    def size(self, keys: Verifier | Sequence[LogKey]) -> int:
        """Return the size of the newest checkpoint."""
        note = self.newest()
        return open_checkpoint(note, keys).size if note else 0

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
    def advancing(self, origin: str, signer: LogSigner, *, log_size: int | None = None) -> Iterator["Growth"]:
        """
        Check what is kept, finish what a crash interrupted, and let the caller add records.

        `log_size`, where given, is how many events the log now has: a log shorter than what is published is refused.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.locked():
            old = self._state(origin, signer)
            if log_size is not None and log_size < old.size:
                raise LogShrunk(f"the log has {log_size} events, its newest checkpoint covers {old.size}")
            growth = Growth(self, old, signer)
            if (self.newest() is None and old.size) or old.size > self.size(keys_of(signer)):
                self.keep(old, signer)
                self.show(old.size)
            yield growth

    def advance(
        self,
        leaves: Callable[[int], Iterable[bytes]],
        origin: str,
        signer: LogSigner,
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

    def swap(self, old: Checkpoint, new: Checkpoint, signer: LogSigner) -> None:
        """Step 3."""
        if self._state(old.origin, signer) != old:
            raise Inconsistent("the state kept outside was changed by somebody else while the log was published")
        self._replace("state", format_checkpoint(new).encode())

    def keep(self, head: Checkpoint, signer: LogSigner) -> None:
        """Step 4."""
        note = self.kept(head.size)
        if note is None:
            self._replace(f"checkpoints/{head.size}", sign_checkpoint(head.origin, head.size, head.root, signer))
        elif open_checkpoint(note, keys_of(signer)) != head:
            raise Inconsistent(f"another checkpoint of size {head.size} was published already")

    def add_cosignatures(self, size: int, note: bytes) -> None:
        """Step 5: keep the checkpoint with more lines than it had. Whose lines, and whether they hold, is not asked."""
        before = self.cosigned(size)
        if before is None or not _grew(before, note):
            raise Inconsistent(f"not the checkpoint of size {size} with signature lines after those it had")
        if note != before:
            self._replace(f"cosigned/{size}", note)

    def add_token(self, size: int, token: bytes) -> str:
        """Step 5: keep a time token beside its checkpoint and the older tokens; return its name."""
        name = _token_name(size, len(self.tokens(size)) + 1)
        self._replace(name, token)
        return name

    def show(self, size: int) -> None:
        """Step 6."""
        note = self.cosigned(size)
        if note is None:
            raise Inconsistent(f"no checkpoint of size {size} is kept")
        if note != self.newest():
            self._replace("checkpoint", note)

    def _state(self, origin: str, signer: LogSigner) -> Checkpoint:
        note, text = self.newest(), self.read("state")
        published = Checkpoint(origin, 0, EMPTY_ROOT)
        if note is not None:
            published = open_checkpoint(note, keys_of(signer))
        state = published if text is None else parse_checkpoint(text.decode("utf-8", "replace"))
        for head in (published, state):
            if head.origin != origin:
                raise MalformedEvidence(f"the checkpoint kept here is of {head.origin}, not of {origin}")
        if state.size < published.size or (state.size == published.size and state != published):
            raise Inconsistent(f"the state kept outside does not continue the checkpoint of size {published.size}")
        self._check_continues(published, state)
        return state

    def is_whole(self, size: int) -> bool:
        """Whether the folder has bundles and all levels; the program once wrote the leaf hashes alone."""
        return size == 0 or self.read(Tile(ENTRIES, 0, min(size, TILE_WIDTH)).path) is not None

    def _check_continues(self, published: Checkpoint, state: Checkpoint) -> None:
        """Step 1, of what `state` and `checkpoint` say; `Growth` looks at the edge it is to continue."""
        if not published.size:
            return
        failed = f"the tiles kept outside do not give the root of the checkpoint of size {published.size}"
        try:
            if not self.is_whole(published.size):
                found = self._root(published.size)
            else:
                found = self.tree(published.size).root()
            if state.size > published.size:
                check_tree(
                    self.tree(state.size).prove_tree(published.size),
                    old_size=published.size,
                    old_root=published.root,
                    new_size=state.size,
                    new_root=state.root,
                )
        except (TileDamaged, VerificationError) as damaged:
            raise Inconsistent(f"{failed}: {damaged}") from None
        if found != published.root:
            raise Inconsistent(failed)

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
    def locked(self) -> Iterator[None]:
        """Be the only one who writes here."""
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class Growth:
    """A log that is being published: records are added in their order, then `finish` makes them public."""

    def __init__(self, outside: CheckpointFile, old: Checkpoint, signer: LogSigner) -> None:
        self.old = old
        self._outside = outside
        self._signer = signer
        self._frontier = Frontier()
        self._levels = Levels()
        self._written: list[Path] = []
        self._full: list[Tile] = []
        self.last_hash: bytes | None = None  # of the last record that was published
        # From a bundle's first entry on: the last one is written anew, and its old entries are compared on the way.
        is_whole = outside.is_whole(old.size)
        self.start = old.size - old.size % TILE_WIDTH if is_whole else 0
        failed = f"the tiles kept outside do not give the root of the checkpoint of size {old.size}"
        try:
            known = self._resume() if is_whole else self._rewrite()
        except TileDamaged as damaged:
            raise Inconsistent(f"{failed}: {damaged}") from None
        if self._frontier.size != old.size or self._frontier.root() != old.root:
            raise Inconsistent(failed)
        self._next = self.start
        self._known = iter(known)
        self._bundle: list[bytes] = []

    def _resume(self) -> Iterable[bytes]:
        """Take up the right edge; the leaf hashes of the open bundle are returned."""
        tree = self._outside.tree(self.old.size)
        self._frontier = tree.frontier()
        if self.old.size:
            self.last_hash = tree.last_leaf()
        self._levels = Levels(self.old.size, lambda tile: b"".join(tree.tile(tile.level, tile.number)))
        number, width = divmod(self.old.size, TILE_WIDTH)
        return tree.tile(0, number) if width else []

    def _rewrite(self) -> Iterable[bytes]:
        """A folder without bundles and upper levels is written anew, from its leaf hashes."""
        for leaf in self._outside.leaf_hashes(self.old.size):
            self._hash(leaf)
            self.last_hash = leaf
        return self._outside.leaf_hashes(self.old.size)

    def add(self, leaf: bytes) -> bytes:
        """Add the record at the next index, from `start` on, and return its leaf hash."""
        hashed = leaf_hash(leaf)
        known = next(self._known, None)
        if known is not None and known != hashed:
            raise LogChanged(f"record {self._next} is not the one that was published")
        if known is None:
            self._hash(hashed)
        self._bundle.append(leaf)
        self._next += 1
        if len(self._bundle) == TILE_WIDTH:
            self._write(Tile(ENTRIES, (self._next - 1) // TILE_WIDTH), pack_entries(self._bundle))
            self._bundle = []
        return hashed

    def finish(self, vouch: Callable[[Checkpoint], None] = lambda _: None) -> Checkpoint:
        """
        Publish what was added, and return the newest tree head; the old one where nothing is new.

        `vouch` is step 5: it collects what others say of this checkpoint, as far as that is still missing.
        """
        if self._next < self.old.size:
            raise LogShrunk(f"the log has {self._next} events, its newest checkpoint covers {self.old.size}")
        new = Checkpoint(self.old.origin, self._frontier.size, self._frontier.root())
        if new == self.old and self._outside.newest() is not None:
            if self._outside.kept(new.size) is not None:  # a folder from before they were kept has none
                vouch(new)
                self._outside.show(new.size)
            return new
        for tile, content in self._levels.partial():
            self._write(tile, content)
        if self._bundle:
            self._write(Tile(ENTRIES, self._next // TILE_WIDTH, len(self._bundle)), pack_entries(self._bundle))
        self._outside.flush(self._written)
        self._outside.swap(self.old, new, self._signer)
        self._outside.keep(new, self._signer)
        vouch(new)
        self._outside.show(new.size)
        for tile in self._full:
            self._outside.remove_partial(tile)
        return new

    def _hash(self, found: bytes) -> None:
        self._frontier.append(found)
        for tile, content in self._levels.add(found):
            self._write(tile, content)

    def _write(self, tile: Tile, data: bytes) -> None:
        self._written.append(self._outside.write(tile.path, data))
        if tile.width == TILE_WIDTH:
            self._full.append(tile)


def _grew(before: bytes, after: bytes) -> bool:
    """Whether this is the same note, perhaps with signature lines after those it had."""
    try:
        return after.startswith(before) and split_note(after)[0] == split_note(before)[0]
    except MalformedEvidence:
        return False


def _token_name(size: int, number: int) -> str:
    return f"checkpoints/{size}.tst" if number == 1 else f"checkpoints/{size}.{number}.tst"
