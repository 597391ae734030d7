"""
GB/T 9704-2012: the numbers of the standard, and that each format keeps to layout.toml.
"""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from docx.oxml.ns import qn

from app.papers.layout import MM_PER_POINT, layout
from tests.app.papers import cases

NEAR = 0.1  # millimetres: Word counts in twentieths of a point


@pytest.fixture(scope="module")
def office():
    made = cases.county()
    cases.life(made)
    return made


@pytest.fixture(scope="module")
def opinion(office):
    more = {"sealed": cases.OPINION_TEXTS, "number": "安住字〔2026〕7号"}
    return {form: cases.ask(office, "handling_opinion", "2026-03-20", form=form, **more) for form in ("html", "docx")}


@pytest.fixture(scope="module")
def document(opinion):
    return Document(io.BytesIO(opinion["docx"].data))


def test_the_standards_own_numbers():
    page, size = layout().page, layout().size
    assert (page.width, page.height) == (210, 297)
    assert (page.top, page.left, page.bottom, page.right) == (37, 28, 35, 26)
    assert (page.text_width, page.text_height) == (156, 225)
    assert (page.lines, page.chars) == (22, 28)
    assert (size.title, size.body, size.page_number) == (22, 16, 14)  # 2 号, 3 号, 4 号
    assert page.lines * page.line == pytest.approx(225)
    assert page.chars * (size.body + layout().spacing) * MM_PER_POINT == pytest.approx(156)


def test_docx_page(document):
    page, section = layout().page, document.sections[0]
    assert section.page_width.mm == pytest.approx(page.width, abs=NEAR)
    assert section.page_height.mm == pytest.approx(page.height, abs=NEAR)
    for side in ("top", "bottom", "left", "right"):
        assert getattr(section, f"{side}_margin").mm == pytest.approx(getattr(page, side), abs=NEAR)
    grid = section._sectPr.find(qn("w:docGrid"))
    pitch = int(grid.get(qn("w:linePitch"))) / 20 * MM_PER_POINT
    assert int(page.text_height / pitch + NEAR) == page.lines
    char = (layout().size.body + int(grid.get(qn("w:charSpace"))) / 4096) * MM_PER_POINT
    assert char * page.chars == pytest.approx(page.text_width, abs=NEAR)


def test_docx_fonts(document):
    wanted = {
        "信访事项处理意见书": ("title", "title"),
        "一、信访诉求": ("heading1", "body"),
        "李建国：": ("body", "body"),
    }
    found = {}
    for paragraph in document.paragraphs:
        if paragraph.text in wanted:
            [run] = paragraph.runs
            fonts = run._r.rPr.rFonts
            found[paragraph.text] = (fonts.get(qn("w:eastAsia")), run.font.size.pt)
    font, size = layout().font, layout().size
    assert found == {t: (font[role].docx, getattr(size, of)) for t, (role, of) in wanted.items()}


def test_docx_page_numbers_stand_outside(document):
    """
    — 1 — at the right of odd pages and at the left of even ones, in 4 号, a field and no fixed number.
    """
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        [paragraph] = footer.paragraphs
        assert str(paragraph.alignment).lower().startswith(side)
        assert paragraph.text == "—  —"
        assert [i.text for i in paragraph._p.iter(qn("w:instrText"))] == ["PAGE"]
        assert {r.font.size.pt for r in paragraph.runs} == {layout().size.page_number}


def test_docx_signature_day_and_place_for_the_seal(document):
    *_, signature, day = document.paragraphs
    assert (signature.text, day.text) == ("安澜县住房和城乡建设局", "2026年3月20日")
    place, page = layout().place, layout().page
    assert signature.paragraph_format.space_before.mm == pytest.approx(place.seal_gap * page.line, abs=NEAR)
    assert signature.paragraph_format.keep_with_next
    # The seal's top is within a line of the text, and it covers the signature and the day.
    assert place.seal_mm <= (place.seal_gap + 2 + 1) * page.line
    assert signature.paragraph_format.right_indent == day.paragraph_format.right_indent


def test_html_page(opinion):
    page, css = layout().page, opinion["html"].data.decode()
    rule = re.search(r"@page \{ size: (\S+) (\S+); margin: (\S+) (\S+) (\S+) (\S+); \}", css)
    assert [float(v.removesuffix("mm")) for v in rule.groups()] == [
        page.width,
        page.height,
        page.top,
        page.right,
        page.bottom,
        page.left,
    ]
    font = re.search(r"body \{[^}]*font: (\S+)pt/(\S+)mm ", css)
    assert float(font[1]) == layout().size.body
    assert float(font[2]) == pytest.approx(page.line, abs=0.01)
    assert "http" not in css.replace("http-equiv", "")
    assert "<script" not in css


@pytest.mark.parametrize("form", ["html", "docx"])
def test_the_letterhead_is_data(office, form):
    """
    A letter has its organ's mark in red with a double line and the number below it; the notices have none.
    """
    letter = cases.ask(office, "referral_letter", "2026-01-06", form=form, number="安信转〔2026〕3号")
    if form == "html":
        assert (
            '<p class="letterhead">安澜县信访局<span></span></p>\n<p class="number">安信转〔2026〕3号</p>'
            in letter.data.decode()
        )
        return
    first, second, *_ = Document(io.BytesIO(letter.data)).paragraphs
    assert (first.text, second.text) == ("安澜县信访局", "安信转〔2026〕3号")
    assert str(first.runs[0].font.color.rgb) == "D7000F"
    assert first._p.pPr.find(qn("w:pBdr")) is not None
