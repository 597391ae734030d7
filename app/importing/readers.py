"""
The rows of a file, whatever its format, one at a time.

A table is opened twice: once to check it to its end, so that nothing is written of a file that breaks off in the
middle, and once to import it. Memory holds one row. Rows are counted from 1, the heading not counted; wholly empty
ones are passed over. tests/app/importing/test_faults.py holds broken files of every kind.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO

from app.importing import raw
from app.importing.faults import FileFault
from app.importing.spreadsheet import Spreadsheet
from app.importing.xes import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_FIELD = 4 << 20  # characters; a field beyond 1 MiB cannot be sealed, a longer one is a quote that never closed
MAX_RECORD = 16 << 20  # characters of one row, with all its lines
MAX_COLUMNS = 2000
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Shape(Protocol):
    """What has to be known of a file before it is read; a mapping says it."""

    @property
    def format(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def sheet(self) -> str | None: ...


class Reader(Protocol):
    """One format. `columns` are known once the first row was asked for (of an event log: at its end)."""

    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def has_fixed_columns(self) -> bool: ...
    def rows(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read to its end without a fault."""

    reader: Reader
    columns: tuple[str, ...]
    row_count: int
    digest: str
    encoding: str  # what a file of its rejected rows is written in


def open_table(path: Path, mapping: Shape, wanted: Sequence[str], required: Sequence[str]) -> Table:
    """
    Check a file to its end. `wanted` columns must stand in its heading; an event log has no heading, there the
    `required` ones must occur on some event. FileFault says what is wrong.
    """
    digest = raw.digest(path)
    last: FileFault | None = None
    for reader, encoding in _readers(path, mapping):
        try:
            return _checked(reader, encoding, digest, wanted, required)
        except _WrongEncodingError as fault:
            last = fault
    raise FileFault(f"{path.name}: {last}") from None


def _checked(reader: Reader, encoding: str, digest: str, wanted: Sequence[str], required: Sequence[str]) -> Table:
    count = 0
    for _ in reader.rows():
        count += 1
        if count == 1 and reader.has_fixed_columns:
            _check_columns(reader.columns, wanted)
    if reader.has_fixed_columns:
        _check_columns(reader.columns, wanted)
    if count == 0:
        raise FileFault("the file has no rows")
    if not reader.has_fixed_columns:
        _check_columns(reader.columns, required)
    return Table(reader, reader.columns, count, digest, encoding)


def _check_columns(columns: tuple[str, ...], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in columns:
            raise FileFault(f"column {name!r} is not in the file")
        if columns.count(name) > 1:
            raise FileFault(f"column {name!r} stands twice in the file")
    if len(columns) > MAX_COLUMNS:
        raise FileFault(f"{len(columns)} columns, at most {MAX_COLUMNS}")


def _readers(path: Path, mapping: Shape) -> Iterator[tuple[Reader, str]]:
    """The file's own ending says its format; without one that is known, the mapping does."""
    name = path.name.lower().removesuffix(".gz")
    kind = next((k for k in ("csv", "xlsx", "xes") if name.endswith(f".{k}")), mapping.format)
    if kind == "xlsx":
        yield Spreadsheet(path, mapping.sheet), "utf-8"
    elif kind == "xes":
        yield EventLog(path), "utf-8"
    else:
        encodings = ("utf-8", "gb18030") if mapping.encoding == "auto" else (mapping.encoding,)
        for encoding in encodings:
            # A byte order mark is no part of the first column's name.
            codec = "utf-8-sig" if encoding.startswith("utf-8") else encoding
            yield Csv(path, codec, mapping.delimiter), encoding


class _WrongEncodingError(FileFault):
    pass


class Csv:
    """RFC 4180, read strictly: a quote that is never closed is a fault of the file, not a very long field."""

    has_fixed_columns = True

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self._path = path
        self._encoding = encoding
        self._delimiter = delimiter
        self.columns: tuple[str, ...] = ()

    def rows(self) -> Iterator[list[str]]:
        csv.field_size_limit(MAX_FIELD)  # the module's own limit is smaller than a long petition
        number = 0
        try:
            with raw.unpacked(self._path) as stream:
                _refuse_utf16(stream)
                lines = _Lines(io.TextIOWrapper(stream, self._encoding, errors="strict", newline=""))
                reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
                heading = next(reader, None)
                if heading is None:
                    raise FileFault("the file is empty")
                heading[0:1] = [c.removeprefix("\ufeff") for c in heading[0:1]]
                self.columns = tuple(heading)
                for cells in reader:
                    lines.start_record()
                    if any(cells):
                        number += 1
                        yield cells
        except UnicodeDecodeError:
            raise _WrongEncodingError(f"not {self._encoding} after row {number}") from None
        except csv.Error as error:
            raise FileFault(f"{self._path.name}: broken after row {number}: {error}") from None


def _refuse_utf16(stream: BinaryIO) -> None:
    if stream.peek(2)[:2] in UTF16_MARKS:  # type: ignore[attr-defined]  # a BufferedReader
        raise FileFault("UTF-16 is not read; save the file as UTF-8")


class _Lines:
    """Lines for the CSV reader, none of them long enough to fill the memory."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._in_record = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_RECORD)
        if not line:
            raise StopIteration
        self._in_record += len(line)
        if self._in_record >= MAX_RECORD:
            raise FileFault(f"a row of more than {MAX_RECORD} characters")
        return line

    def start_record(self) -> None:
        self._in_record = 0
