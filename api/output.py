"""
How results leave the command line: as a table for people, JSON, CSV or a spreadsheet for programs.

Results go to stdout, trouble to stderr. A cell of a CSV or spreadsheet that a spreadsheet program would take for a
formula gets an apostrophe in front (formula injection).
"""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = ("table", "json", "csv", "xlsx")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

trouble = Console(stderr=True, highlight=False)


class BadFormat(ValueError):  # noqa: N818 - reads as what it says
    """The format asked for cannot be given here."""


def show(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[tuple[str, str]],
    *,
    form: str,
    output: Path | None = None,
    whole: Any = None,
) -> None:
    """
    Print rows. `columns` are (key, heading) for people and spreadsheets; JSON gives `whole`, or the rows, untouched.
    """
    if form == "json":
        _write(json.dumps(rows if whole is None else whole, ensure_ascii=False, indent=1) + "\n", output)
    elif form == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([key for key, _ in columns])
        writer.writerows([[_cell(pick(row, key)) for key, _ in columns] for row in rows])
        _write(text.getvalue(), output)
    elif form == "xlsx":
        _xlsx(rows, columns, output)
    elif form == "table":
        _table(rows, columns)
    else:
        raise BadFormat(f"--format is one of {', '.join(FORMATS)}; found {form!r}")


def pick(row: dict[str, Any], key: str) -> Any:
    """A value by its dotted path; None where something on the way is not there."""
    value: Any = row
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, list):
        return " ".join(str(v["log_index"] if isinstance(v, dict) and "log_index" in v else _name(v)) for v in value)
    return value


def _name(value: Any) -> Any:
    return value.get("name", value) if isinstance(value, dict) else value


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[tuple[str, str]]) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for _, heading in columns:
        table.add_column(heading)
    for row in rows:
        table.add_row(*("" if (v := pick(row, key)) is None else str(v) for key, _ in columns))
    console.print(table)


def _xlsx(rows: Sequence[dict[str, Any]], columns: Sequence[tuple[str, str]], output: Path | None) -> None:
    if output is None:
        raise BadFormat("a spreadsheet needs a file: give --output FILE.xlsx")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("luoshi")
    sheet.freeze_panes = "A2"
    sheet.append([heading for _, heading in columns])
    for row in rows:
        sheet.append([_cell(pick(row, key)) for key, _ in columns])
    book.save(output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8", newline="")
