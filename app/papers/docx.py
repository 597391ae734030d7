"""
A paper as DOCX. The same paper is the same bytes: the parts stand in one order, uncompressed, without a time or a name.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from app.papers.layout import MM_PER_POINT
from app.papers.model import HEADING, attached, spelled

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

    from app.papers.layout import Layout
    from app.papers.model import Paper

RED = RGBColor(0xD7, 0x00, 0x0F)
EPOCH = (1980, 1, 1, 0, 0, 0)
TWIPS = 20  # to a point
KEPT_STYLES = ("Normal", "Default Paragraph Font", "Normal Table", "No List", "header", "footer")
# What python-docx's own blank document brings and no reader needs.
DROPPED = ("docProps/thumbnail.jpeg", "word/stylesWithEffects.xml", "word/numbering.xml", "customXml/")


def render(paper: Paper, layout: Layout) -> bytes:
    """The file."""
    document = Document()
    _styles(document, layout)
    _page(document, layout)
    _properties(document, paper)
    _Body(document, layout).write(paper)
    raw = io.BytesIO()
    _drop(document)
    document.save(raw)
    return _fixed(raw.getvalue())


def _styles(document: Any, layout: Layout) -> None:
    for style in list(document.styles):
        if style.name not in KEPT_STYLES:
            style.element.getparent().remove(style.element)
    normal = document.styles["Normal"]
    _font(normal, layout.font["body"].docx, layout.size.body)
    spacing = normal.paragraph_format
    spacing.space_before = spacing.space_after = Pt(0)
    spacing.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    spacing.line_spacing = Pt(round(layout.page.line / MM_PER_POINT * TWIPS) / TWIPS)
    spacing.widow_control = True


def _font(styled: Any, name: str, size: float) -> None:
    styled.font.name = name
    styled.font.size = Pt(size)
    fonts = styled.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)


def _page(document: Any, layout: Layout) -> None:
    page, section = layout.page, document.sections[0]
    section.page_width, section.page_height = Mm(page.width), Mm(page.height)
    section.top_margin, section.bottom_margin = Mm(page.top), Mm(page.bottom)
    section.left_margin, section.right_margin = Mm(page.left), Mm(page.right)
    section.header_distance = Mm(15)
    # The footer's line begins where the page number stands, counted from the page's lower edge.
    number = layout.place.page_number_mm + layout.size.page_number * MM_PER_POINT
    section.footer_distance = Mm(page.bottom - number)
    for old in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001 - python-docx has no door to the grid
        section._sectPr.remove(old)  # noqa: SLF001
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(round(page.line / MM_PER_POINT * TWIPS)))
    grid.set(qn("w:charSpace"), str(round(layout.spacing * 4096)))
    section._sectPr.append(grid)  # noqa: SLF001
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        indent = Pt(layout.size.page_number * layout.place.page_number_chars)
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        if align == ALIGN.RIGHT:
            paragraph.paragraph_format.right_indent = indent
        else:
            paragraph.paragraph_format.left_indent = indent
        for part in ("— ", None, " —"):
            run = paragraph.add_run(part or "")
            _font(run, layout.font["page_number"].docx, layout.size.page_number)
            if part is None:
                _page_field(run)


def _page_field(run: Any) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001 - python-docx has no fields


def _properties(document: Any, paper: Paper) -> None:
    at = datetime.combine(paper.day, time(), UTC).replace(tzinfo=None)
    kept = document.core_properties
    kept.title, kept.author, kept.last_modified_by = "".join(paper.title), paper.signature, ""
    kept.comments, kept.subject, kept.keywords, kept.language = "", paper.name_zh, "", "zh-CN"
    kept.created = kept.modified = at
    kept.revision = 1


class _Body:
    def __init__(self, document: Any, layout: Layout) -> None:
        self._document = document
        self._layout = layout
        self._line = Pt(round(layout.page.line / MM_PER_POINT * TWIPS) / TWIPS)

    def write(self, paper: Paper) -> None:
        place, char = self._layout.place, Mm(self._layout.page.char)
        if paper.letterhead is not None:
            self._letterhead(paper)
        for line in paper.title:
            title = self._add(line, "title", self._layout.size.title, ALIGN.CENTER)
            title.paragraph_format.line_spacing = Mm(place.title_line_mm)
            title.paragraph_format.keep_with_next = True
        if paper.number is not None and paper.letterhead is None:
            self._add(paper.number, align=ALIGN.CENTER)
        addressee = self._add(f"{paper.addressee}：" if paper.addressee else "", align=ALIGN.LEFT)
        if paper.addressee:
            addressee.paragraph_format.space_before = place.addressee_gap * self._line
        for block in paper.text:
            paragraph = self._add(block.text, HEADING.get(block.kind, "body"), align=ALIGN.JUSTIFY)
            self._indent(paragraph)
            if block.kind in HEADING:
                paragraph.paragraph_format.keep_with_next = True
                paragraph.runs[0].bold = block.kind == "heading3" or None
        lines = attached(paper)
        for n, line in enumerate(lines):
            paragraph = self._add(line, align=ALIGN.LEFT)
            paragraph.paragraph_format.left_indent = place.indent_chars * char
            if n == 0:
                paragraph.paragraph_format.space_before = self._line
        last = self._document.paragraphs[-1]
        last.paragraph_format.keep_with_next = True  # the signature is never alone on a page
        self._end(paper)
        if paper.copies is not None:
            self._ruled(self._add(f"抄送：{paper.copies}。", size=self._layout.size.page_number, align=ALIGN.LEFT))

    def _add(self, text: str, role: str = "body", size: float | None = None, align: ALIGN = ALIGN.LEFT) -> Paragraph:
        paragraph: Paragraph = self._document.add_paragraph()
        paragraph.alignment = align
        _font(paragraph.add_run(text), self._layout.font[role].docx, size or self._layout.size.body)
        return paragraph

    def _indent(self, paragraph: Paragraph) -> None:
        chars = self._layout.place.indent_chars
        paragraph.paragraph_format.first_line_indent = chars * Mm(self._layout.page.char)
        # Chinese word processors read the indent in characters, and prefer it.
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(chars * 100))  # noqa: SLF001

    def _letterhead(self, paper: Paper) -> None:
        place, size, page = self._layout.place, self._layout.size, self._layout.page
        assert paper.letterhead is not None  # noqa: S101 - asked for by the caller
        fitting = page.text_width / MM_PER_POINT / len(paper.letterhead)
        head = self._add(paper.letterhead, "title", int(min(size.letterhead, fitting)), ALIGN.CENTER)
        head.runs[0].font.color.rgb = RED
        head.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        gap = round(place.letterhead_rule_mm / MM_PER_POINT)
        self._border(head, ("bottom",), style="thickThinSmallGap", width=24, color=str(RED), space=gap)
        number = self._add(paper.number or "", align=ALIGN.RIGHT)
        number.paragraph_format.space_after = place.title_gap * self._line

    def _end(self, paper: Paper) -> None:
        """Signature and day: the day stands from the right edge, the signature is centred above it."""
        place, char = self._layout.place, self._layout.page.char
        day = spelled(paper.day)
        wide = [len(paper.signature) * char, sum(char / 2 if c.isascii() else char for c in day)]
        block = max(wide)
        # A character's room on either side: another font than ours may be wider, and the centre stays where it is.
        right = place.date_right_chars * char - char
        left = max(0, self._layout.page.text_width - right - block - 2 * char)
        for n, text in enumerate((paper.signature, day)):
            paragraph = self._add(text, align=ALIGN.CENTER)
            paragraph.paragraph_format.left_indent = Mm(left)
            paragraph.paragraph_format.right_indent = Mm(right)
            paragraph.paragraph_format.keep_together = True
            if n == 0:
                paragraph.paragraph_format.space_before = place.seal_gap * self._line
                paragraph.paragraph_format.keep_with_next = True

    def _ruled(self, paragraph: Paragraph) -> None:
        paragraph.paragraph_format.space_before = self._line
        self._border(paragraph, ("top", "bottom"), style="single", width=8, color="000000", space=1)

    def _border(
        self, paragraph: Paragraph, sides: tuple[str, ...], *, style: str, width: int, color: str, space: int
    ) -> None:
        """`width` in eighths of a point, `space` in points, at most 31."""
        borders = OxmlElement("w:pBdr")
        for side in sides:
            line = OxmlElement(f"w:{side}")
            for key, value in (("val", style), ("sz", str(width)), ("space", str(space)), ("color", color)):
                line.set(qn(f"w:{key}"), value)
            borders.append(line)
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no borders
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
            "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid",
            "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc",
            "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle",
            "w:rPr", "w:sectPr", "w:pPrChange",
        )  # fmt: skip


def _drop(document: Any) -> None:
    """Take out the parts of the blank document that say nothing: then no reader finds a picture or a foreign list."""
    for holder in (document.part.package, document.part):
        for key, relation in list(holder.rels.items()):
            name = "" if relation.is_external else str(relation.target_part.partname).lstrip("/")
            if name.startswith(DROPPED):
                del holder.rels[key]


def _fixed(data: bytes) -> bytes:
    """The same parts, in one order, stored, at one time: no program's version or clock stays in the bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w") as fixed:
        for name in sorted(made.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 0
            entry.external_attr = 0
            fixed.writestr(entry, made.read(name))
    return out.getvalue()
