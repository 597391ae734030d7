"""
The bytes of a file, unpacked where they are gzip, within limits: a file of another house may be broken or hostile.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from app.importing.faults import FileFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 16 << 30  # unpacked; a hundred times the largest source known
# A column of equal texts packs a hundredfold; deflate itself cannot do more than 1,032.
MAX_RATIO, RATIO_FROM = 300, 64 << 20
GZIP_MAGIC = b"\x1f\x8b"
BUFFER = 1 << 16


def digest(path: Path) -> str:
    """SHA-256 of the file as it lies there, in hex; FileFault where it cannot be read or is empty."""
    try:
        if not path.is_file():
            raise FileFault(f"{path}: not a file")
        with path.open("rb") as stream:
            if not stream.peek(1):
                raise FileFault(f"{path}: the file is empty")
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileFault(f"{path}: {error.strerror or error}") from None


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The content as a stream of bytes. What a broken gzip or disk says becomes a FileFault."""
    try:
        with path.open("rb") as stream:
            packed = stream.peek(2)[:2] == GZIP_MAGIC
            source: BinaryIO = gzip.GzipFile(fileobj=stream) if packed else stream  # type: ignore[assignment]
            limited = _Limited(source, path.stat().st_size if packed else None)
            yield io.BufferedReader(limited, BUFFER)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileFault(f"{path}: broken gzip: {error}") from None
    except OSError as error:
        raise FileFault(f"{path}: {error.strerror or error}") from None


class _Limited(io.RawIOBase):
    """Counts what comes out, and stops before a small file fills the disk of patience."""

    def __init__(self, source: BinaryIO, packed_size: int | None) -> None:
        self._source = source
        self._packed_size = packed_size
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io's stub wants any writable buffer
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > MAX_BYTES:
            raise FileFault(f"more than {MAX_BYTES} bytes when unpacked")
        if self._packed_size is not None and self._count > max(RATIO_FROM, MAX_RATIO * self._packed_size):
            raise FileFault(f"unpacks to more than {MAX_RATIO} times its size")
        return len(data)
