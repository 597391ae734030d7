"""
Has any of many names been seen twice? In memory that does not grow with their number.

Names are hashed to 16 bytes, sorted in runs, and the runs merged from a temporary file: equal names then stand side by
side. tests/ledger/test_unique.py.
"""

import hashlib
import heapq
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from ledger.errors import VerificationError

RUN = 1 << 17  # names held in memory at a time; some 12 MB
_ENTRY = 24  # 16 bytes of hash, 8 of index
_READ = _ENTRY * 4096


class SeenOnce:
    """Collects command ids with their log indexes, and says at the end whether one stands twice."""

    def __init__(self, run: int = RUN) -> None:
        self._run = run
        self._entries: list[bytes] = []
        self._runs: list[tuple[int, int]] = []
        self._file: IO[bytes] | None = None

    def add(self, name: str, index: int) -> None:
        self._entries.append(hashlib.sha256(name.encode()).digest()[:16] + index.to_bytes(8, "big"))
        if len(self._entries) >= self._run:
            self._spill()

    def check(self) -> None:
        """Raise VerificationError (step 5) naming the earliest record that repeats a name."""
        last, repeats = b"", None
        for entry in heapq.merge(sorted(self._entries), *map(self._read, self._runs)):
            if entry[:16] == last:
                index = int.from_bytes(entry[16:], "big")
                repeats = index if repeats is None else min(index, repeats)
            last = entry[:16]
        if repeats is not None:
            raise VerificationError(5, repeats, f"record {repeats} repeats the command id of an earlier one")

    def close(self) -> None:
        """Give the temporary file back."""
        if self._file is not None:
            self._file.close()

    def _spill(self) -> None:
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115 - closed by close()
        self._entries.sort()
        start = self._file.seek(0, 2)
        self._file.write(b"".join(self._entries))
        self._runs.append((start, self._file.tell()))
        self._entries.clear()

    def _read(self, run: tuple[int, int]) -> Iterator[bytes]:
        start, stop = run
        while start < stop and self._file is not None:
            # Runs are read in turns, so each says again where it stands.
            self._file.seek(start)
            block = self._file.read(min(_READ, stop - start))
            start += len(block)
            for position in range(0, len(block), _ENTRY):
                yield block[position : position + _ENTRY]
