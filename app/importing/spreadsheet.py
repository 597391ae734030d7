"""
Rows of an Excel workbook (.xlsx): the first sheet or the one named, its first row the heading.

A cell becomes the text a CSV export would have had: a date cell `2019-04-08 08:37:20`, a whole number its digits.
"""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

from app.importing.faults import FileFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# All of the workbook unpacked. Shared texts are held in memory by openpyxl, so they have a limit of their own.
MAX_UNPACKED, MAX_SHARED = 4 << 30, 512 << 20
MAX_RATIO, RATIO_FROM = 300, 64 << 20  # as for gzip


class Spreadsheet:
    has_fixed_columns = True

    def __init__(self, path: Path, sheet: str | None) -> None:
        self._path = path
        self._sheet = sheet
        self.columns: tuple[str, ...] = ()

    def rows(self) -> Iterator[list[str]]:
        try:
            self._check_sizes()
            yield from self._rows()
        except FileFault:
            raise
        except Exception as error:  # noqa: BLE001 - openpyxl raises whatever a broken file makes it stumble over
            raise FileFault(f"{self._path.name}: broken workbook: {type(error).__name__}: {error}") from None

    def _rows(self) -> Iterator[list[str]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which carry no record
            book = openpyxl.load_workbook(self._path, read_only=True, data_only=True)
        try:
            if self._sheet is not None and self._sheet not in book.sheetnames:
                raise FileFault(f"the workbook has no sheet {self._sheet!r}")
            sheet = book[self._sheet] if self._sheet is not None else book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a wrong size
            cells = sheet.iter_rows(values_only=True)
            heading = [text(c).strip() for c in next(cells, ())]
            while heading and not heading[-1]:
                heading.pop()
            if not heading:
                raise FileFault("the workbook's sheet is empty")
            self.columns = tuple(heading)
            for values in cells:
                row = [text(v) for v in values]
                while row and not row[-1]:
                    row.pop()
                if row:
                    yield row + [""] * (len(heading) - len(row))
        finally:
            book.close()

    def _check_sizes(self) -> None:
        with zipfile.ZipFile(self._path) as archive:
            infos = archive.infolist()
        size = sum(i.file_size for i in infos)
        packed = sum(i.compress_size for i in infos)
        if size > MAX_UNPACKED or size > max(RATIO_FROM, MAX_RATIO * packed):
            raise FileFault(f"the workbook unpacks to {size} bytes")
        if any(i.file_size > MAX_SHARED for i in infos if i.filename.lower().endswith("sharedstrings.xml")):
            raise FileFault(f"the workbook's shared texts are longer than {MAX_SHARED} bytes")


def text(value: Any) -> str:
    """A cell's value as the text of a CSV cell."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case dt.datetime() | dt.time():
            return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
        case _:
            return str(value)
