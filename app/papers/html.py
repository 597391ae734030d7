"""
A paper as one HTML file to print: no script, no outside resource, everything escaped by the page's autoescape.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined, Template

from app.papers.model import attached, spelled

if TYPE_CHECKING:
    from app.papers.layout import Layout
    from app.papers.model import Paper


def render(paper: Paper, layout: Layout) -> bytes:
    """The page, in UTF-8."""
    fonts = {role: ", ".join(_quoted(name) for name in font.css) for role, font in layout.font.items()}
    fonts["title"] = f'"Luoshi Title", {fonts["title"]}'
    page = _page().render(
        paper=paper,
        layout=layout,
        page=layout.page,
        size=layout.size,
        place=layout.place,
        fonts=fonts,
        titles=", ".join(f'local("{name}")' for name in layout.font["title"].local),
        day=spelled(paper.day),
        attached=attached(paper),
    )
    return page.encode()


def _quoted(family: str) -> str:
    return family if family in ("serif", "sans-serif") else f'"{family}"'


@cache
def _page() -> Template:
    text = files("app.papers").joinpath("page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        text
    )
