"""
A report as a workbook: a sheet for each section with all rows, one with every figure's cases, one with the body.

A text that a spreadsheet program would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from app.reports import words
from app.reports.document import document
from app.reports.query import parse_query
from audit.indicators.figures import COUNTED_ONLY, RATINGS
from ledger.canonical import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from audit.indicators.figures import Scoped

BODY_SHEET = "luoshi-report"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
PIECE = 30_000  # of the body in one cell: Excel's own limit is 32,767 characters
MEMBERS = "明细"


def render(body: dict[str, Any], entries: Iterable[Scoped]) -> bytes:
    """The file."""
    book = Workbook(write_only=True)
    day = datetime.combine(parse_query(body["query"]).as_of, time(), UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = day
    book.properties.creator = "luoshi"
    for name, rows in sheets(body):
        _sheet(book, name, rows)
    heading: list[Sequence[Any]] = [("范围", "指标", "计入", "行", "单位", "数", "说明", "事项或职责", "日志序号")]
    _sheet(book, MEMBERS, (*heading, *members(entries)))
    carried = encode(body).decode()
    _sheet(book, BODY_SHEET, [(carried[n : n + PIECE],) for n in range(0, len(carried), PIECE)], is_raw=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheets(body: dict[str, Any]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Name and rows of every sheet that is printed from the body: what `recompute` compares."""
    found = document(body)
    cover: list[tuple[Any, ...]] = [(found.zh, found.en), (found.period,), *((s,) for s in found.summary), ()]
    yield "首页", [*cover, *((f"{zh} {en}", value) for zh, en, value in found.record)]
    for section in found.sections:
        rows: list[tuple[Any, ...]] = [(f"{section.zh} {section.en}",), *((p,) for p in section.paragraphs)]
        for table in section.tables:
            rows += [(), *([(table.note,)] if table.note else [])]
            rows.append(tuple(f"{zh} {en}" for zh, en, _ in table.columns))
            rows += table.rows
        yield section.zh.replace("/", " ")[:30], rows


def members(entries: Iterable[Scoped]) -> Iterator[tuple[Any, ...]]:
    """Every case behind every figure, in a fixed order; ratings, sizes and levels are in no list."""
    for scope, x in sorted(entries):
        if x.figure not in (*RATINGS, *COUNTED_ONLY):
            name, note = words.figure(x.figure)[0], words.reason(x.note)[0]
            at = " ".join(map(str, x.evidence))
            yield (scope, name, x.part, x.key, x.unit, x.amount, note, x.what, at)


def neutral(value: Any) -> Any:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _sheet(book: Workbook, name: str, rows: Iterable[Sequence[Any]], *, is_raw: bool = False) -> None:
    sheet = book.create_sheet(name)
    if not is_raw:
        sheet.column_dimensions["A"].width = 44
        for letter in "BCDEFGHI":
            sheet.column_dimensions[letter].width = 18
    for row in rows:
        sheet.append([value if is_raw else neutral(value) for value in row])
