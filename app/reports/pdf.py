"""
A report as a printable A4 PDF with page numbers; charts are the page's own SVG, the body is attached.

The same body and the same fonts give the same bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

from app.reports.charts import FONT, draw, for_pdf, size_of
from app.reports.document import document
from app.reports.query import parse_query
from ledger.canonical import encode

if TYPE_CHECKING:
    from app.papers.fonts import Fonts
    from app.reports.document import Document, Section, Table

ATTACHED = "luoshi-report.json"
WIDTH, MARGIN, BOTTOM = 210, 18, 18  # millimetres of A4
TEXT = WIDTH - 2 * MARGIN
SHADE = (238, 243, 248)
GREY, INK = (90, 90, 90), (34, 34, 34)


def render(body: dict[str, Any], fonts: Fonts) -> bytes:
    """The file."""
    found = document(body)
    pdf = _Sheets(found, body)
    for role, name in (("body", FONT), ("heading1", "heading"), ("title", "title")):
        face = fonts[role]
        pdf.add_font(name, fname=face.path, collection_font_number=face.number)
    pdf.set_creation_date(datetime.combine(parse_query(body["query"]).as_of, time(), UTC))
    pdf.set_title(f"{found.zh} {found.period}")
    pdf.set_author(body["origin"])
    pdf.set_lang("zh-CN")
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(auto=True, margin=BOTTOM)
    pdf.alias_nb_pages()
    pdf.add_page()
    _front(pdf, found)
    for section in found.sections:
        _section(pdf, section)
    _sign(pdf)
    _record(pdf, found)
    pdf.embed_file(bytes=encode(body), basename=ATTACHED, desc="luoshi audit recompute", compress=False)
    return bytes(pdf.output())


class _Sheets(FPDF):
    """A4 with a running foot: which page of how many, of which log, under which digest."""

    def __init__(self, found: Document, body: dict[str, Any]) -> None:
        super().__init__(unit="mm", format="A4")
        self._foot = f"{found.zh} {found.period} · {body['origin']} · 日志 {body['log_index']} · {body['digest'][:16]}"

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, size=7.5)
        self.set_text_color(*GREY)
        self.cell(TEXT * 0.8, 5, self._foot)
        self.cell(0, 5, f"第 {self.page_no()} 页 共 {{nb}} 页", align="R")
        self.set_text_color(*INK)


def _front(pdf: FPDF, found: Document) -> None:
    pdf.set_text_color(*INK)
    pdf.set_font("title", size=22)
    pdf.cell(0, 13, found.zh, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=12)
    pdf.cell(0, 7, found.period, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=9)
    pdf.set_text_color(*GREY)
    pdf.cell(0, 6, found.en, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*INK)
    pdf.ln(3)
    for said in found.summary:
        _paragraph(pdf, said)


def _paragraph(pdf: FPDF, text: str) -> None:
    pdf.set_font(FONT, size=11)
    pdf.multi_cell(0, 6.4, f"　　{text}", align="L", new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR)


def _section(pdf: FPDF, section: Section) -> None:
    # A heading is never alone at the foot of a page.
    if pdf.will_page_break(45):
        pdf.add_page()
    pdf.ln(4)
    pdf.set_font("heading", size=13)
    pdf.cell(pdf.get_string_width(section.zh) + 3, 8, section.zh)
    pdf.set_font(FONT, size=9)
    pdf.set_text_color(*GREY)
    pdf.cell(0, 8.6, section.en, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(*INK)
    for said in section.paragraphs:
        _paragraph(pdf, said)
    for chart in section.charts:
        _chart(pdf, chart.title, draw(chart))
    for table in section.tables:
        _table(pdf, table)


def _chart(pdf: FPDF, title: str, svg: str) -> None:
    wide, high = size_of(svg)
    scale = min(TEXT / wide, 0.24)
    if pdf.will_page_break(high * scale + 8):
        pdf.add_page()
    pdf.set_font(FONT, size=9)
    pdf.cell(0, 6, title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=9)
    pdf.image(io.BytesIO(for_pdf(svg)), w=wide * scale, h=high * scale)
    pdf.ln(2)


def _table(pdf: FPDF, table: Table) -> None:
    if pdf.will_page_break(24):
        pdf.add_page()
    if table.note:
        pdf.set_font(FONT, size=8.5)
        pdf.set_text_color(*GREY)
        pdf.multi_cell(0, 5, table.note, align="L", new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR)
        pdf.set_text_color(*INK)
    pdf.set_font(FONT, size=8.5)
    pdf.set_draw_color(150, 150, 150)
    with pdf.table(
        width=TEXT,
        col_widths=tuple(w for _, _, w in table.columns),
        headings_style=FontFace(emphasis="", fill_color=SHADE),
        borders_layout=TableBordersLayout.ALL,
        line_height=5,
        padding=0.6,
        text_align="LEFT",
        wrapmode=WrapMode.CHAR,
    ) as drawn:
        head = drawn.row()
        for zh, en, _ in table.columns:
            head.cell(f"{zh}\n{en}")
        for cells in table.rows[: table.shown]:
            row = drawn.row()
            for value in cells:
                row.cell("—" if value is None else str(value), align="RIGHT" if isinstance(value, int) else "LEFT")
    pdf.ln(2)


def _sign(pdf: FPDF) -> None:
    if pdf.will_page_break(30):
        pdf.add_page()
    pdf.ln(14)
    pdf.set_font(FONT, size=11)
    for label in ("审核：", "签发：", "日期："):
        pdf.cell(TEXT / 3, 8, label)
    pdf.ln(12)


def _record(pdf: FPDF, found: Document) -> None:
    if pdf.will_page_break(60):
        pdf.add_page()
    pdf.set_font("heading", size=11)
    pdf.cell(0, 7, "依据与复算 What this rests on", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=7.5)
    with pdf.table(
        width=TEXT,
        col_widths=(38, 136),
        first_row_as_headings=False,
        line_height=4.2,
        text_align="LEFT",
        wrapmode=WrapMode.CHAR,
    ) as drawn:
        for zh, en, value in found.record:
            row = drawn.row()
            row.cell(f"{zh} {en}")
            row.cell(value)
    pdf.ln(1)
    said = "复算：luoshi audit recompute 本文件（附件含全部数字）。Every figure recomputes; the attachment holds them."
    pdf.multi_cell(0, 4.5, said)
