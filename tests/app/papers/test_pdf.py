"""
PDF: its text, its pages and its bytes, with the fonts of this machine; and what is said where there is none.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path

import pytest

from app.papers.fonts import INSTALL, find_fonts, system_folders
from app.papers.layout import MM_PER_POINT, layout
from app.papers.lines import NOT_FIRST, NOT_LAST, break_lines
from app.papers.model import PaperRefused
from tests.app.papers import cases


@pytest.fixture(scope="module")
def fonts():
    try:
        return find_fonts(None, system_folders(os.environ))
    except PaperRefused as error:
        pytest.skip(f"no Chinese font on this machine: {error}")


@pytest.fixture(scope="module")
def office():
    made = cases.county()
    cases.life(made)
    return made


def text_of(data):
    """
    The text of each page, by the fonts' own tables from glyph to character.
    """
    streams, fonts = {}, {}
    objects = dict(re.findall(rb"\n(\d+) 0 obj\n(.*?)\nendobj", data, re.DOTALL))
    for n, body in objects.items():
        head, found, stream = body.partition(b"\nstream\n")
        if found:
            stream = stream.removesuffix(b"\nendstream")
            streams[n] = zlib.decompress(stream) if b"FlateDecode" in head else stream
    for n, body in objects.items():
        if found := re.search(rb"/ToUnicode (\d+) 0 R", body):
            pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", streams[found[1]])
            fonts[n] = {int(g, 16): bytes.fromhex(u.decode()).decode("utf-16-be") for g, u in pairs}
    names = {k: fonts[n] for k, n in re.findall(rb"/(F\d+) (\d+) 0 R", data) if n in fonts}
    pages = []
    for content in (s for s in streams.values() if b" Tf" in s and b"BT" in s):
        page, font = "", {}
        for name, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", content, re.DOTALL):
            if name:
                font = names[name]
            else:
                raw = re.sub(rb"\\(.)", lambda m: {b"r": b"\r", b"n": b"\n"}.get(m[1], m[1]), shown, flags=re.DOTALL)
                page += "".join(font.get(int.from_bytes(raw[i : i + 2]), "?") for i in range(0, len(raw), 2))
        pages.append(page)
    return pages


@pytest.mark.parametrize(("paper", "day", "version", "sealed"), cases.ALL[::4], ids=[a[0] for a in cases.ALL[::4]])
def test_every_paper(office, fonts, paper, day, version, sealed):
    """
    A letter and an opinion: every paragraph stands in the file, once, and making it again gives the same bytes.
    """
    order = {"version": version, "sealed": sealed, "form": "pdf", "fonts": fonts, "number": "安住字〔2026〕7号"}
    made = cases.ask(office, paper, day, **order)
    whole = "".join(re.sub(r"— \d+ —", "", page) for page in text_of(made.data))
    squeezed = re.sub(r"\s", "", whole)
    for block in made.paper.text:
        assert squeezed.count(re.sub(r"\s", "", block.text)) == 1, block
    assert squeezed.endswith(made.paper.signature + re.sub(r"\s", "", cases.spelled_day(made)))
    assert cases.ask(office, paper, day, **order).data == made.data


def test_pages_are_a4_and_numbered(office, fonts):
    made = cases.ask(
        office, "handling_opinion", "2026-03-20", sealed=cases.OPINION_TEXTS, form="pdf", fonts=fonts, number=None
    )
    pages = text_of(made.data)
    assert [re.search(r"— (\d+) —", page)[1] for page in pages] == ["1", "2"]
    width, height = (
        float(v) * MM_PER_POINT for v in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made.data).groups()
    )
    assert (width, height) == pytest.approx([layout().page.width, layout().page.height], abs=0.01)


def test_the_signature_is_never_alone(office, fonts):
    """
    However long the text is, some of it stands on the page of the signature.
    """
    for extra in (11, 12):  # the page is full within these
        texts = cases.OPINION_TEXTS | {"opinion_facts": "\n".join(["经查属实。"] * (extra + 1))}
        made = cases.ask(office, "handling_opinion", "2026-03-20", sealed=texts, form="pdf", fonts=fonts)
        last = text_of(made.data)[-1]
        assert "安澜县住房和城乡建设局2026年3月20日" in last
        assert "书面答复。" in last


def test_a_letter_is_one_page(office, fonts):
    made = cases.ask(office, "referral_letter", "2026-01-06", form="pdf", fonts=fonts, number="安信转〔2026〕12号")
    assert len(text_of(made.data)) == 1


def test_no_font_says_what_to_install(tmp_path):
    with pytest.raises(PaperRefused, match="fonts-noto-cjk") as caught:
        find_fonts(None, [tmp_path])
    assert str(caught.value).startswith(INSTALL)


@pytest.mark.parametrize("content", [b"", b"ttcf" + bytes(100), b"not a font"])
def test_a_file_that_is_no_font(tmp_path, content):
    bad = tmp_path / "simfang.ttf"
    bad.write_bytes(content)
    with pytest.raises(PaperRefused, match="LUOSHI_FONT"):
        find_fonts(bad, [])
    with pytest.raises(PaperRefused, match="LUOSHI_FONT"):
        find_fonts(tmp_path, [])


def test_a_chosen_font_serves_every_role(fonts):
    chosen = fonts["body"].path
    assert set(find_fonts(chosen, []).values()) == {fonts["body"]}
    assert find_fonts(None, [Path("/nowhere"), chosen.parent])["body"] == fonts["body"]


class TestLines:
    def test_nothing_is_lost_and_no_mark_stands_wrong(self):
        text = "根据《信访工作条例》第三十四条的规定，（编号：XF2026-000001）应当自受理之日起60日内办结。" * 3
        for width in range(12, 40):
            lines = break_lines(text, width, 2, lambda s: sum(0.5 if c.isascii() else 1 for c in s))
            assert "".join(lines) == text
            for line in lines[1:]:
                assert line[0] not in NOT_FIRST, (width, lines)
            for line in lines[:-1]:
                assert line[-1] not in NOT_LAST, (width, lines)

    def test_a_number_is_not_cut(self):
        assert break_lines("自2026年起", 3, 0, lambda s: float(len(s)) if s.isascii() else 1.0 * len(s)) == [
            "自20",
            "26年",
            "起",
        ]
        assert break_lines("自起2026年", 5, 0, lambda s: float(len(s))) == ["自起", "2026年"]
