"""
The four forms of a report, and how each is found in a file again: the reader takes what the writers write.

A file is foreign: its size, its unpacked size and its numbers are bounded before anything is believed.
tests/app/reports/test_form.py.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

from app.reports import html, pdf, xlsx
from app.reports.make import FORMAT
from app.reports.query import MalformedReport, parse_query
from ledger.canonical import encode
from ledger.errors import NotCanonical

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.papers.fonts import Fonts
    from audit.indicators.figures import Scoped

FORMS = ("html", "xlsx", "json", "pdf")
MAX_FILE = 64 << 20  # an annual report with all its cases has a few megabytes
MAX_UNPACKED = 256 << 20
MAX_BODY = 16 << 20
MAX_FIGURES = 200_000
MAX_PIECES = MAX_BODY // xlsx.PIECE + 1
FIELDS = {
    "format": str,
    "layout": int,
    "drawn_by": str,
    "origin": str,
    "log_index": int,
    "tree_root": str,
    "query": dict,
    "query_digest": str,
    "rules": list,
    "calendars": list,
    "figures": list,
    "leads": list,
    "names": dict,
    "digest": str,
}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_IN_PDF = re.compile(rb'stream\r?\n(\{"calendars":[^\r\n]*\})\r?\nendstream')
_IN_HTML = re.compile(re.escape(html.OPENS).encode() + rb"([^<]*)" + re.escape(html.CLOSES).encode())


def write(form: str, body: dict[str, Any], entries: Iterable[Scoped], fonts: Fonts | None) -> bytes:
    """The report in that form. `fonts` are needed for PDF."""
    if form == "html":
        return html.render(body)
    if form == "xlsx":
        return xlsx.render(body, entries)
    if form == "pdf" and fonts is not None:
        return pdf.render(body, fonts)
    if form == "json":
        listed = [list(row) for row in xlsx.members(entries)]
        return json.dumps(body | {"members": listed}, ensure_ascii=False, indent=1).encode() + b"\n"
    raise ValueError(f"--format is one of {', '.join(FORMS)}; found {form!r}")


def read(path: Path) -> tuple[str, bytes, dict[str, Any]]:
    """Form, bytes and body of a report's file; MalformedReport says what is wrong with it."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise MalformedReport(f"{path.name}: larger than {MAX_FILE} bytes")
    if data.startswith(b"%PDF-"):
        form, carried = "pdf", _only(_IN_PDF.findall(data), path.name)
    elif data.startswith(b"PK"):
        form, carried = "xlsx", _in_workbook(data, path.name)
    elif data.lstrip()[:15].lower().startswith(b"<!doctype html"):
        form, carried = "html", _only(_IN_HTML.findall(data), path.name)
    else:
        form, carried = "json", data
    return form, data, parse_body(carried, with_members=form == "json")


def parse_body(carried: bytes, *, with_members: bool = False) -> dict[str, Any]:
    """A body whose every field is what it should be. What it claims is another question."""
    if not with_members and len(carried) > MAX_BODY:
        raise MalformedReport(f"body: larger than {MAX_BODY} bytes")
    try:
        body = json.loads(carried, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise MalformedReport(f"not a report: {error}") from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise MalformedReport(f"format: expected {FORMAT!r}")
    if with_members:
        body.pop("members", None)
    if set(body) != set(FIELDS):
        raise MalformedReport(f"fields: expected {', '.join(sorted(FIELDS))}; found {', '.join(sorted(body))}")
    for name, kind in FIELDS.items():
        if type(body[name]) is not kind:
            raise MalformedReport(f"{name}: expected {kind.__name__}")
    for name in ("tree_root", "query_digest", "digest"):
        if not _DIGEST.fullmatch(body[name]):
            raise MalformedReport(f"{name}: expected 64 hexadecimal digits")
    query = parse_query(body["query"])
    if body["log_index"] != query.log_size - 1:
        raise MalformedReport("log_index: not that of the query")
    _check_figures(body["figures"])
    if not all(isinstance(v, str) for v in body["names"].values()):
        raise MalformedReport("names: expected texts")
    try:
        encode(body)
    except NotCanonical as error:
        raise MalformedReport(f"body: {error}") from None
    return body


def _check_figures(figures: list[Any]) -> None:
    if len(figures) > MAX_FIGURES:
        raise MalformedReport(f"figures: more than {MAX_FIGURES}")
    places = set()
    for n, figure in enumerate(figures):
        if not isinstance(figure, dict):
            raise MalformedReport(f"figures[{n}]: expected an object")
        place = tuple(figure.get(name) for name in ("scope", "id", "row"))
        if not all(isinstance(part, str) for part in place) or place in places:
            raise MalformedReport(f"figures[{n}]: scope, id and row name a figure once")
        places.add(place)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _only(found: list[bytes], name: str) -> bytes:
    if len(found) != 1:
        raise MalformedReport(f"{name}: expected one report in the file; found {len(found)}")
    return found[0]


def _in_workbook(data: bytes, name: str) -> bytes:
    rows = cells(data, name).get(xlsx.BODY_SHEET)
    if rows is None or len(rows) > MAX_PIECES:
        raise MalformedReport(f"{name}: no sheet {xlsx.BODY_SHEET!r} of ours")
    return "".join(str(row[0]) for row in rows if row).encode()


def cells(data: bytes, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every sheet's values, without trailing empty cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(i.file_size for i in archive.infolist())
        found = _sheets(data) if unpacked <= MAX_UNPACKED else None
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever a broken file makes it stumble over
        raise MalformedReport(f"{name}: broken workbook: {type(error).__name__}: {error}") from None
    if found is None:
        raise MalformedReport(f"{name}: unpacks to more than {MAX_UNPACKED} bytes")
    return found


def _sheets(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        return {sheet.title: [_trimmed(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    finally:
        book.close()


def _trimmed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    kept = list(row)
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)
