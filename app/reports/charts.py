"""
Charts as SVG, drawn by Vega-Lite inside vl-convert: no network, no font of this machine, no date. The same chart gives
the same bytes.

Layout is fixed beforehand (`autosize` none), because a machine with other fonts would measure other widths.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import vl_convert
from defusedxml.ElementTree import fromstring

from app.reports.document import Bars, Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWN_BY = f"vl-convert {version('vl-convert-python')}"
FONT = "luoshi"  # a name of our own: the page's style and the PDF say which font it is
BLUE, PALE, INK = "#1f4e79", "#dbe6f1", "#222222"
WIDTH, LEFT, RIGHT, STEP = 360, 190, 150, 20
CELL = 24
SVG = "http://www.w3.org/2000/svg"


def draw(chart: Bars | Matrix) -> str:
    """The chart as one SVG element."""
    spec = _bars(chart) if isinstance(chart, Bars) else _matrix(chart)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return str(drawn)


def for_pdf(svg: str) -> bytes:
    """The same picture without what fpdf2 cannot read: empty paths, and lines that leave out a coordinate of 0."""
    ET.register_namespace("", SVG)
    root = fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{{{SVG}}}path" and not child.get("d"):
                parent.remove(child)
            elif child.tag == f"{{{SVG}}}line":
                for name in ("x1", "y1", "x2", "y2"):
                    child.set(name, child.get(name, "0"))
    return bytes(ET.tostring(root, encoding="utf-8"))


def size_of(svg: str) -> tuple[float, float]:
    """Width and height in the chart's own units."""
    root = fromstring(svg)
    return float(root.get("width", 0)), float(root.get("height", 0))


def charts_of(charts: tuple[Bars | Matrix, ...]) -> Iterator[tuple[str, str]]:
    """Title and picture of each."""
    for chart in charts:
        yield chart.title, draw(chart)


def _base(padding: dict[str, int]) -> dict[str, Any]:
    axis = {
        "domain": False,
        "ticks": False,
        "gridColor": "#e3e3e3",
        "labelFontSize": 11,
        "labelLimit": 0,
        "title": None,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "autosize": {"type": "none"},
        "padding": padding,
        "background": "white",
        "config": {"font": FONT, "view": {"stroke": None}, "axis": axis, "text": {"fontSize": 11, "color": INK}},
    }


def _bars(chart: Bars) -> dict[str, Any]:
    rows = [
        {"order": n, "label": f"{label}", "length": length, "said": said}
        for n, (label, length, said) in enumerate(chart.rows)
    ]
    most = chart.most or max((length for _, length, _ in chart.rows), default=1) or 1
    y = {"field": "label", "type": "nominal", "sort": {"field": "order"}, "axis": {"grid": False}}
    x = {
        "field": "length",
        "type": "quantitative",
        "scale": {"domain": [0, most], "nice": False},
        "axis": {"labels": False},
    }
    return _base({"left": LEFT, "right": RIGHT, "top": 4, "bottom": 8}) | {
        "width": WIDTH,
        "height": STEP * max(len(rows), 1),
        "data": {"values": rows},
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "color": BLUE, "height": 12}},
            {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "said"}}},
        ],
    }


def _matrix(chart: Matrix) -> dict[str, Any]:
    cells = [{"from": a, "to": b, "n": n} for a, b, n in chart.cells]
    names = list(chart.names)
    most = max((n for _, _, n in chart.cells), default=1)
    side = CELL * len(names)
    y = {"field": "from", "type": "nominal", "scale": {"domain": names}, "axis": {"grid": False}}
    x = {
        "field": "to",
        "type": "nominal",
        "scale": {"domain": names},
        "axis": {"grid": False, "labelAngle": -60, "orient": "top"},
    }
    color = {
        "field": "n",
        "type": "quantitative",
        "scale": {"domain": [0, most], "range": [PALE, BLUE]},
        "legend": None,
    }
    is_dark = {"condition": {"test": f"datum.n > {most / 2}", "value": "white"}, "value": INK}
    return _base({"left": LEFT, "right": 110, "top": 170, "bottom": 8}) | {
        "width": side,
        "height": side,
        "data": {"values": cells},
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "rect"}, "encoding": {"color": color}},
            {"mark": {"type": "text", "fontSize": 10}, "encoding": {"text": {"field": "n"}, "color": is_dark}},
        ],
    }
