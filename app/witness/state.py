"""
What a witness must never forget: for each origin the newest checkpoint it cosigned, one small file each.

The file holds the note as answered, and is named by the SHA-256 of its origin.
tests/app/test_witness_state.py races two processes for it and fails every durable step.

The crash story. `swap` works under an exclusive lock for the origin, in this order:
  1. read the newest note and let the caller decide on it: a refusal ends here, and nothing has changed
  2. write the new note aside and flush it; a crash leaves a dot file, which means nothing
  3. rename it over the old one: this is the moment the new checkpoint is the newest
  4. flush the folder, so that the name survives a power cut
Only then does the caller learn that it may answer. A crash between 3 and the answer loses a cosignature, not the state:
the log asks again, learns the size by a 409, and is cosigned again at that size. The other order could lose the state
and not the cosignature, and the witness would cosign a second history.

A folder without its `witness` file is not one that a witness has worked in: one that was lost, or never mounted, must
stop the witness, because from an empty folder it would cosign any history again.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import LedgerError
from ledger.keys import sync_folder

_OWNER = "witness"


class StateMissing(LedgerError):  # noqa: N818 - says what was found
    """The folder of this witness's memory is not there, or is another's. The key must not sign without it."""


class WitnessState:
    """The newest cosigned checkpoints of one witness, in a folder."""

    def __init__(self, folder: Path, vkey: str) -> None:
        self._folder = folder
        try:
            owner = (folder / _OWNER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise StateMissing(f"{folder} is not the state of a witness; retire a key whose state is lost") from None
        if owner != vkey:
            raise StateMissing(f"{folder} is the state of {owner}, not of {vkey}")

    @classmethod
    def create(cls, folder: Path, vkey: str) -> "WitnessState":
        """Make the empty state of a new witness. FileExistsError where there is one already."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / _OWNER).open("x", encoding="utf-8") as file:
            file.write(vkey + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        return cls(folder, vkey)

    def newest(self, origin: str) -> bytes | None:
        """Return the newest cosigned checkpoint of this origin."""
        return self.newest_by_hash(origin_hash(origin))

    def newest_by_hash(self, hexed: str) -> bytes | None:
        """Return it by the origin's hash, as the monitoring path names it."""
        try:
            return (self._folder / hexed).read_bytes()
        except FileNotFoundError:
            return None

    def swap(self, origin: str, decide: Callable[[bytes | None], bytes]) -> bytes:
        """
        Replace the newest note by what `decide` makes of it, and return that once it is durable.

        What `decide` raises passes through, and nothing is replaced.
        """
        name = origin_hash(origin)
        with self._exclusive(name):
            new = decide(self.newest_by_hash(name))
            self._replace(name, new)
        return new

    def _replace(self, name: str, data: bytes) -> None:
        draft = self._folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self._folder)

    @contextmanager
    def _exclusive(self, name: str) -> Iterator[None]:
        # Every entry opens the file anew: the lock holds between threads as it does between processes.
        handle = os.open(self._folder / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def origin_hash(origin: str) -> str:
    """How protocol and files name an origin: lower-case hex of its SHA-256."""
    return hashlib.sha256(origin.encode()).hexdigest()
