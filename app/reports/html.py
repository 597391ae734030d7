"""
A report as one HTML file to read and to print: no script that runs, no outside resource, its body carried inside.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from app.reports.charts import charts_of
from app.reports.document import document
from ledger.canonical import encode

if TYPE_CHECKING:
    from app.reports.document import Document

OPENS, CLOSES = '<script type="application/json" id="luoshi-report">', "</script>"
_CHART = re.compile(rb"<svg.*?</svg>", re.DOTALL)


def render(body: dict[str, Any]) -> bytes:
    """The page, in UTF-8. The same body gives the same bytes."""
    found: Document = document(body)
    # JSON may write "<" as an escape, and then nothing in it can end the element that carries it.
    carried = encode(body).decode().replace("<", "\\u003c")
    charts = {s.en: [(t, Markup(svg)) for t, svg in charts_of(s.charts)] for s in found.sections}  # noqa: S704 - ours
    page = _page().render(d=found, charts=charts, carried=Markup(f"{OPENS}{carried}{CLOSES}"))  # noqa: S704 - escaped
    return page.encode()


def without_charts(page: bytes) -> bytes:
    """The page without its pictures: what another version of the program that draws them leaves as it is."""
    return _CHART.sub(b"", page)


@cache
def _page() -> Template:
    text = files("app.reports").joinpath("page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        text
    )
