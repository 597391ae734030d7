"""
What is kept outside the database: the newest signed checkpoint, and the leaf hashes it covers, as level-0 hash tiles.

Who can rewrite the database cannot rewrite this as well without access to another place. The tiles
(c2sp.org/tlog-tiles) let a verifier name the first record that differs, not only say that some record does.
tests/ledger/test_outside.py.

The crash story. `advance` works in this order, each step flushed before the next:
  1. check that the tiles on disk still give the old checkpoint's root (nothing is signed on top of a damaged past)
  2. write the new tiles under their final names; a tile beyond the old checkpoint's size means nothing yet
  3. sign, and replace the file `checkpoint` by an atomic rename: this is the moment the new checkpoint exists
  4. remove partial tiles that the new ones contain
A crash before 3 leaves the old checkpoint with some unused tiles, which the next run overwrites; after 3 it leaves at
most a superfluous partial tile. Two programs cannot advance at once: an exclusive lock is held from 1 to 4, and the
checkpoint is read under it (compare and swap).
"""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.errors import LedgerError, MalformedEvidence
from ledger.keys import Signer, Verifier, sync_folder
from ledger.merkle import EMPTY_ROOT, Frontier

TILE_WIDTH = 256
HASH_BYTES = 32


class Inconsistent(LedgerError):  # noqa: N818 - says what was found
    """What is kept outside does not lead to its own checkpoint, or the log is shorter than it: nothing was signed."""


class CheckpointFile:
    """The newest checkpoint and its leaf hashes in a folder, which should lie on other hands' storage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> bytes | None:
        """Return the newest signed checkpoint, or None before the first."""
        try:
            return (self._folder / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def size(self, verifier: Verifier) -> int:
        """Return the size of the newest checkpoint: from where `advance` wants leaf hashes."""
        note = self.newest()
        return open_checkpoint(note, verifier).size if note else 0

    def leaf_hashes(self, size: int) -> Iterator[bytes]:
        """Yield the leaf hashes of the first `size` records; fewer where tiles are missing or cut short."""
        for number in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, size - number * TILE_WIDTH)
            tile = self._read_tile(number, width)
            for position in range(width):
                leaf = tile[position * HASH_BYTES : (position + 1) * HASH_BYTES]
                if len(leaf) != HASH_BYTES:
                    return
                yield leaf

    def advance(
        self, leaf_hashes: Iterable[bytes], origin: str, signer: Signer, *, log_size: int | None = None
    ) -> Checkpoint:
        """
        Sign a checkpoint over what is kept so far and these further leaf hashes, and keep it.

        The hashes must be those from the newest checkpoint's size on (`size`). Nothing new: the old one is returned.
        `log_size`, where given, is how many events the log now has: a log shorter than its checkpoint is refused.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._exclusive():
            old = self._opened(origin, signer)
            if log_size is not None and log_size < old.size:
                raise Inconsistent(f"the log has {log_size} events, its newest checkpoint covers {old.size}")
            frontier = self._frontier(old)
            touched = self._write_tiles(leaf_hashes, old, frontier)
            new = Checkpoint(origin, frontier.size, frontier.root())
            if new != old or self.newest() is None:
                self._replace("checkpoint", sign_checkpoint(origin, new.size, new.root, signer))
            self._remove_partial(touched, new.size)
            return new

    def _opened(self, origin: str, signer: Signer) -> Checkpoint:
        note = self.newest()
        if note is None:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        old = open_checkpoint(note, Verifier(signer.vkey))
        if old.origin != origin:
            raise MalformedEvidence(f"the checkpoint kept here is of {old.origin}, not of {origin}")
        return old

    def _frontier(self, old: Checkpoint) -> Frontier:
        frontier = Frontier()
        for leaf in self.leaf_hashes(old.size):
            frontier.append(leaf)
        if frontier.size != old.size or frontier.root() != old.root:
            raise Inconsistent(f"the tiles kept outside do not give the root of the checkpoint of size {old.size}")
        return frontier

    def _write_tiles(self, leaf_hashes: Iterable[bytes], old: Checkpoint, frontier: Frontier) -> list[int]:
        number, width = divmod(old.size, TILE_WIDTH)
        tile = bytearray(self._read_tile(number, width)[: width * HASH_BYTES]) if width else bytearray()
        touched: list[int] = []
        for leaf in leaf_hashes:
            if len(leaf) != HASH_BYTES:
                raise MalformedEvidence(f"a leaf hash of {len(leaf)} bytes")
            frontier.append(leaf)
            tile += leaf
            if len(tile) == TILE_WIDTH * HASH_BYTES:
                self._replace(tile_path(number, TILE_WIDTH), bytes(tile))
                touched.append(number)
                number, tile = number + 1, bytearray()
        if tile and frontier.size > old.size:
            self._replace(tile_path(number, len(tile) // HASH_BYTES), bytes(tile))
            touched.append(number)
        return touched

    def _read_tile(self, number: int, width: int) -> bytes:
        # The full tile, once it exists, contains every partial one.
        for candidate in (TILE_WIDTH, width):
            try:
                return (self._folder / tile_path(number, candidate)).read_bytes()
            except FileNotFoundError:
                continue
        return b""

    def _remove_partial(self, touched: list[int], size: int) -> None:
        for number in touched:
            width = min(TILE_WIDTH, size - number * TILE_WIDTH)
            folder = (self._folder / tile_path(number, TILE_WIDTH)).with_name(f"{number % 1000:03d}.p")
            if not folder.is_dir():
                continue
            for file in folder.iterdir():
                if width == TILE_WIDTH or file.name != str(width):
                    file.unlink()
            if width == TILE_WIDTH:
                folder.rmdir()

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


def tile_path(number: int, width: int) -> str:
    """`tile/0/x001/x234/067` for a full tile, with `.p/<width>` for a partial one."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(["tile/0", *groups]) + ("" if width == TILE_WIDTH else f".p/{width}")
