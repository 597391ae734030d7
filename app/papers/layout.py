"""
The numbers of GB/T 9704-2012, read from layout.toml: the one place that a renderer or a test takes them from.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Font:
    docx: str
    css: tuple[str, ...]
    files: tuple[str, ...]
    local: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Millimetres; `lines` a page and `chars` a line make the grid."""

    width: float
    height: float
    top: float
    left: float
    right: float
    bottom: float
    lines: int
    chars: int

    @property
    def text_width(self) -> float:
        return self.width - self.left - self.right

    @property
    def text_height(self) -> float:
        return self.height - self.top - self.bottom

    @property
    def line(self) -> float:
        """The pitch of lines."""
        return self.text_height / self.lines

    @property
    def char(self) -> float:
        """The pitch of characters of the text."""
        return self.text_width / self.chars


@dataclass(frozen=True, slots=True)
class Size:
    """Points."""

    title: float
    body: float
    page_number: float
    letterhead: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where things stand; what a unit is not said of is a number of lines or characters of the grid."""

    indent_chars: int
    title_line_mm: float
    letterhead_rule_mm: float
    thick_mm: float
    thin_mm: float
    title_gap: int
    addressee_gap: int
    seal_gap: int
    seal_mm: float
    date_right_chars: int
    page_number_mm: float
    page_number_chars: int


@dataclass(frozen=True, slots=True)
class Layout:
    standard: str
    page: Page
    size: Size
    place: Place
    font: dict[str, Font]

    @property
    def spacing(self) -> float:
        """Points added between two characters of the text, so that `chars` of them fill a line."""
        return self.page.char / MM_PER_POINT - self.size.body


@cache
def layout() -> Layout:
    """The layout of the file beside this module."""
    text = files("app.papers").joinpath("layout.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    fonts = {
        k: Font(f["docx"], tuple(f["css"]), tuple(f["files"]), tuple(f.get("local", ())))
        for k, f in data["font"].items()
    }
    return Layout(data["standard"], Page(**data["page"]), Size(**data["size"]), Place(**data["place"]), fonts)
