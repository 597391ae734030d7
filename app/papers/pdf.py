"""
A paper as PDF, set line by line on the grid of GB/T 9704. The same paper and the same fonts give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from fpdf import FPDF

from app.papers.layout import MM_PER_POINT
from app.papers.lines import break_lines
from app.papers.model import HEADING, attached, spelled

if TYPE_CHECKING:
    from app.papers.fonts import Fonts
    from app.papers.layout import Layout
    from app.papers.model import Paper

RED, BLACK = (0xD7, 0x00, 0x0F), (0, 0, 0)
RISE = 0.85  # where the baseline lies in a line's type size, from its top


@dataclass(frozen=True, slots=True)
class Rule:
    """A line drawn from edge to edge of the text area, at a distance below a printed line's top."""

    below: float
    width: float
    color: tuple[int, int, int] = BLACK


@dataclass(frozen=True, slots=True)
class Line:
    """
    One printed line: how high it is, what it says where. `keep`: it stands on the same page as the next one.
    `rules` are drawn below its top; `is_bold` for the third level of headings.
    """

    text: str
    height: float
    role: str = "body"
    size: float = 0
    x: float = 0
    spacing: float = 0
    keep: bool = False
    color: tuple[int, int, int] = BLACK
    rules: tuple[Rule, ...] = ()
    is_bold: bool = False


def render(paper: Paper, layout: Layout, fonts: Fonts) -> bytes:
    """The file."""
    pdf = FPDF(unit="mm", format=(layout.page.width, layout.page.height))
    pdf.set_auto_page_break(auto=False)
    pdf.set_creation_date(datetime.combine(paper.day, time(), UTC))
    pdf.set_title("".join(paper.title))
    pdf.set_author(paper.signature)
    pdf.set_lang("zh-CN")
    families = {face: f"face{n}" for n, face in enumerate(dict.fromkeys(fonts[role] for role in sorted(fonts)))}
    for face, family in families.items():
        pdf.add_font(family, fname=face.path, collection_font_number=face.number)
    family_of = {role: families[face] for role, face in fonts.items()}
    _Press(pdf, layout, family_of).print(_Setter(pdf, layout, family_of).lines(paper))
    return bytes(pdf.output())


class _Setter:
    """Turns a paper into lines."""

    def __init__(self, pdf: FPDF, layout: Layout, family_of: dict[str, str]) -> None:
        self._pdf = pdf
        self._family_of = family_of
        self._l = layout
        self._spacing = layout.spacing

    def lines(self, paper: Paper) -> list[Line]:
        page, place, size = self._l.page, self._l.place, self._l.size
        lines = self._letterhead(paper) if paper.letterhead is not None else []
        for text in paper.title:
            for line in break_lines(text, page.text_width, 0, lambda s: self._width(s, "title", size.title)):
                x = (page.text_width - self._width(line, "title", size.title)) / 2
                lines.append(Line(line, place.title_line_mm, "title", size.title, x, keep=True))
        if paper.number is not None and paper.letterhead is None:
            lines.append(self._centred(paper.number))
        lines.append(self._blank(place.addressee_gap))
        if paper.addressee is not None:
            lines += self._paragraph(f"{paper.addressee}：", indent=0)
        for block in paper.text:
            role = HEADING.get(block.kind, "body")
            lines += self._paragraph(block.text, role, keep=block.kind in HEADING, is_bold=block.kind == "heading3")
        closing = len(lines) - 2
        if notes := attached(paper):
            lines.append(self._blank(1))
            hang = place.indent_chars * page.char
            for note in notes:
                lines += self._paragraph(note, indent=hang, hang=hang)
        # The signature is never alone on a page: the last lines of the text go with it.
        lines[closing:] = [replace(line, keep=True) for line in lines[closing:]]
        lines += self._end(paper)
        if paper.copies is not None:
            lines += self._copies(paper.copies)
        return lines

    def _width(self, text: str, role: str = "body", size: float | None = None, spacing: float = 0) -> float:
        self._pdf.set_font(self._family_of[role], size=size or self._l.size.body)
        return float(self._pdf.get_string_width(text)) + len(text) * spacing * MM_PER_POINT

    def _measure(self, text: str) -> float:
        return self._width(text, spacing=self._spacing)

    def _blank(self, count: int) -> Line:
        return Line("", count * self._l.page.line, keep=True)

    def _paragraph(
        self,
        text: str,
        role: str = "body",
        *,
        indent: float | None = None,
        hang: float = 0,
        keep: bool = False,
        is_bold: bool = False,
    ) -> list[Line]:
        page = self._l.page
        first = self._l.place.indent_chars * page.char if indent is None else indent

        def measure(s: str) -> float:
            return self._width(s, role, spacing=self._spacing)

        broken = break_lines(text, page.text_width - hang, first - hang, measure)
        lines = []
        for n, line in enumerate(broken):
            x = first if n == 0 else hang
            spacing = self._spacing
            if n < len(broken) - 1 and len(line) > 1:
                # Both edges straight: what is left of the line goes between its characters.
                spacing += (page.text_width - x - measure(line)) / MM_PER_POINT / (len(line) - 1)
            lines.append(Line(line, page.line, role, self._l.size.body, x, spacing, keep, is_bold=is_bold))
        return lines

    def _centred(self, text: str) -> Line:
        x = max(0, (self._l.page.text_width - self._measure(text)) / 2)
        return Line(text, self._l.page.line, size=self._l.size.body, x=x, spacing=self._spacing, keep=True)

    def _letterhead(self, paper: Paper) -> list[Line]:
        page, place, text = self._l.page, self._l.place, paper.letterhead or ""
        size = min(self._l.size.letterhead, page.text_width / MM_PER_POINT / len(text))
        high = size * MM_PER_POINT
        x = (page.text_width - self._width(text, "title", size)) / 2
        thick = high + place.letterhead_rule_mm + place.thick_mm / 2
        thin = thick + place.thick_mm / 2 + 2 * place.thin_mm
        rules = (Rule(thick, place.thick_mm, RED), Rule(thin, place.thin_mm, RED))
        number = paper.number or ""
        right = page.text_width - self._measure(number)
        return [
            Line(text, high, "title", size, x, keep=True, color=RED, rules=rules),
            Line("", thin - high + place.thin_mm, keep=True),
            Line(number, page.line, size=self._l.size.body, x=right, spacing=self._spacing, keep=True),
            self._blank(place.title_gap),
        ]

    def _end(self, paper: Paper) -> list[Line]:
        """Signature and day with the seal's place above; the day is placed from the right, the signature about it."""
        page, right = self._l.page, self._l.place.date_right_chars * self._l.page.char
        texts = (paper.signature, spelled(paper.day))
        wide = [self._measure(t) for t in texts]
        centre = page.text_width - right - max(wide) / 2
        lines = [self._blank(self._l.place.seal_gap)]
        for n, (text, width) in enumerate(zip(texts, wide, strict=True)):
            x = max(0, centre - width / 2)
            lines.append(Line(text, page.line, size=self._l.size.body, x=x, spacing=self._spacing, keep=n == 0))
        return lines

    def _copies(self, copies: str) -> list[Line]:
        page, size = self._l.page, self._l.size.page_number
        side = size * MM_PER_POINT
        text = f"抄送：{copies}。"
        broken = break_lines(text, page.text_width - 2 * side, 0, lambda s: self._width(s, size=size))
        lines = [self._blank(1)]
        for n, line in enumerate(broken):
            thin = self._l.place.thin_mm
            first = (Rule(0, thin),) if n == 0 else ()
            rules = (*first, Rule(page.line, thin)) if n == len(broken) - 1 else first
            lines.append(Line(line, page.line, size=size, x=side, rules=rules, keep=n < len(broken) - 1))
        return lines


class _Press:
    """Puts lines on pages, with their numbers."""

    def __init__(self, pdf: FPDF, layout: Layout, family_of: dict[str, str]) -> None:
        self._pdf = pdf
        self._family_of = family_of
        self._l = layout

    def print(self, lines: list[Line]) -> None:
        """Every group of lines that stay together goes to the next page where it does not fit."""
        groups = _groups(lines)
        y = self._new_page()
        bottom = self._l.page.height - self._l.page.bottom + 0.01
        for group in groups:
            if y + sum(line.height for line in group) > bottom and y > self._l.page.top:
                y = self._new_page()
            for line in group:
                if y + line.height > bottom and y > self._l.page.top:
                    y = self._new_page()  # a group higher than a page
                self._put(line, y)
                y += line.height

    def _new_page(self) -> float:
        self._pdf.add_page()
        page, size, place = self._l.page, self._l.size, self._l.place
        text = f"— {self._pdf.page_no()} —"
        self._pdf.set_text_color(*BLACK)
        self._pdf.set_char_spacing(0)
        self._pdf.set_font(self._family_of["page_number"], size=size.page_number)
        away = place.page_number_chars * size.page_number * MM_PER_POINT
        width = self._pdf.get_string_width(text)
        x = page.width - page.right - away - width if self._pdf.page_no() % 2 else page.left + away
        top = page.height - page.bottom + place.page_number_mm
        self._pdf.text(x, top + size.page_number * MM_PER_POINT * RISE, text)
        return page.top

    def _put(self, line: Line, y: float) -> None:
        left, size = self._l.page.left, line.size * MM_PER_POINT
        if line.text:
            self._pdf.set_font(self._family_of[line.role], size=line.size)
            self._pdf.set_text_color(*line.color)
            self._pdf.set_char_spacing(line.spacing)
            baseline = y + (line.height - size) / 2 + size * RISE
            # A bold face of the body's font is seldom there: the line is set twice, a hair apart.
            for shift in (0, 0.12) if line.is_bold else (0,):
                self._pdf.text(left + line.x + shift, baseline, line.text)
        for rule in line.rules:
            self._pdf.set_draw_color(*rule.color)
            self._pdf.set_line_width(rule.width)
            self._pdf.line(left, y + rule.below, left + self._l.page.text_width, y + rule.below)


def _groups(lines: list[Line]) -> list[list[Line]]:
    """
    Lines that stay on one page, as they say themselves.
    """
    groups: list[list[Line]] = [[]]
    for line in lines:
        groups[-1].append(line)
        if not line.keep:
            groups.append([])
    return [g for g in groups if g]
