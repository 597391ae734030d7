"""
The rows that could not be recorded: a CSV of the file's own columns, the row's number, and the reason.

In the file's own encoding, so that it opens where the file did. Of a workbook or an event log it is a CSV, too.
It holds what the source holds, in clear, also what would have been sealed: only its owner may read it (mode 0600).
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TextIO

from app.importing.faults import FileFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from app.importing.readers import Table

ROW, REASON = "__row", "__reason"
KEPT = 20  # shown by the command line without opening a file


@dataclass(frozen=True, slots=True)
class Reject:
    row: int
    reason: str


class Rejects:
    """
    Written from the first rejected row on; what an earlier run left under the name is emptied. A folder that takes no
    file does not stop the import: `fault` says so, and the first rows stand in the report.
    """

    def __init__(self, path: Path | None, source: Path, table: Table, delimiter: str) -> None:
        self.count = 0
        self.first: list[Reject] = []
        self.fault: str | None = None
        self._path = path
        self._source = source
        self._table = table
        self._delimiter = delimiter
        self._stream: TextIO | None = None

    @property
    def path(self) -> Path | None:
        """Where rejected rows were written, if any were."""
        return self._path if self._stream is not None and self.fault is None else None

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        if not self._path.parent.is_dir():
            raise FileFault(f"{self._path}: no such folder")
        if self._path.exists():
            if self._path.samefile(self._source):
                raise FileFault("the file of rejected rows is the file itself")
            self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def add(self, row: int, cells: Sequence[str], reason: str) -> None:
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(Reject(row, reason))
        if self._path is not None and self._stream is None and self.fault is None:
            self._open()
        width = len(self._table.columns)
        # A row of another width keeps all it had, and number and reason their columns.
        own = [*cells[:width], *[""] * (width - len(cells))]
        self._write([*own, str(row), reason, *cells[width:]])

    def _open(self) -> None:
        if self._path is None:
            return
        try:
            encoding = self._table.encoding
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._stream = os.fdopen(handle, "w", encoding=encoding, errors="backslashreplace", newline="")
            os.fchmod(handle, 0o600)  # also where an earlier run, or somebody else, left it open to others
        except OSError as error:
            self.fault = f"{self._path}: {error.strerror or error}"
        self._write([*self._table.columns, ROW, REASON])

    def _write(self, cells: Sequence[str]) -> None:
        if self._stream is None or self.fault is not None:
            return
        try:
            csv.writer(self._stream, delimiter=self._delimiter).writerow(cells)
        except OSError as error:
            self.fault = f"{self._path}: {error.strerror or error}"
