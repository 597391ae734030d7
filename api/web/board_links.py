"""
The pages that the board links to: a unit's dossier with its holding bars, leads, and where matters went back and forth.

Units are shown as the log has them, in its order and never ranked; people line by line.
tests/api/web/test_board_links.py.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request

from api.http.auth import ReaderIn, operation
from api.http.deps import AsOf, DeskIn  # noqa: TC001 - FastAPI reads them at run time
from api.http.dossiers import NEXT, checked, civil_day, known, unit_page
from api.http.leads import found_leads, name_of
from api.web.pages import PAGE, Lang, bars, place_of, render_page
from audit.dossier import leaders
from projections.dossier import Whose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
NODES = 24  # units drawn at most: those with the most hand-overs; the table below the picture has every pair
PAIRS = 200
SIDE, RADIUS = 760, 250  # of the picture, in its own units


@router.get("/units/{unit_id}", openapi_extra=operation("audit.unit"))
def unit(
    request: Request,
    desk: DeskIn,
    access: ReaderIn,
    unit_id: str,
    as_of: AsOf,
    state: str | None = None,
    after: Annotated[str | None, Query(pattern=NEXT)] = None,
    lang: Lang = "zh",
) -> HTMLResponse:
    """One unit across cases: who leads it, what stands how, and each duty with who held it on which days."""
    state = state or None
    checked(state)
    with desk.look(access, "audit.unit") as look:
        people = look.law.people
        own = known(unit_id, {u.unit_id: u.name for u in people.units.values()}, "unit")
        found = unit_page(desk, look, Whose(unit_id=own), as_of, None, state, PAGE, after, is_strict=False)
        day = civil_day(desk, as_of)
        page = {
            "day": day,
            "as_of": as_of.isoformat(),
            "size": look.size,
            "unit": {"id": own, "name": people.unit_name(own)},
            "leaders": leaders(own, people, day),
            "by_state": found["by_state"],
            "charged": found["charged_with_due_day"],
            "state": state,
            "duties": [d | {"bars": bars(d)} for d in found["items"]],
            "next": found["next"],
            "is_limited": not look.seeing.everything,
            "place_of": place_of,
        }
    return render_page("unit.html", request, lang, page)


@router.get("/leads", openapi_extra=operation("audit.ask"))
def leads(
    request: Request,
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    code: str | None = None,
    after: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
    lang: Lang = "zh",
) -> HTMLResponse:
    """Places where a person should look, by code; never a verdict."""
    with desk.look(access, "audit.ask") as look:
        rows, _ = found_leads(desk, look, as_of, None, None, is_strict=False)
        chosen = [row for row in rows if (code or None) in (None, row["code"])]
        start = 0 if after is None else next((n + 1 for n, r in enumerate(chosen) if name_of(r) == after), len(chosen))
        shown = chosen[start : start + PAGE]
        page = {
            "day": civil_day(desk, as_of),
            "as_of": as_of.isoformat(),
            "size": look.size,
            "codes": Counter(row["code"] for row in rows),
            "names": {row["code"]: row["name"] for row in rows if "name" in row},
            "code": code or None,
            "rows": shown,
            "next": name_of(shown[-1]) if start + PAGE < len(chosen) else None,
            "place_of": place_of,
        }
    return render_page("leads.html", request, lang, page)


@router.get("/routes", openapi_extra=operation("audit.ask"))
def routes(request: Request, desk: DeskIn, access: ReaderIn, as_of: AsOf, lang: Lang = "zh") -> HTMLResponse:
    """Between which units matters went, how often they came back; the cases that did."""
    with desk.look(access, "audit.ask") as look:
        sees = look.sees()
        with desk.questions() as questions:
            key = ("routes", questions.size_at(None), as_of, look.seeing)
            rows: list[dict[str, Any]] = desk.kept(key, lambda: questions.routes(as_of, sees=sees))
        pairs = steps(rows)
        names = {h["id"]: h["name"] for row in rows for h in row["holders"]}
        returned = [row for row in rows if row["returns_to_earlier_unit"]]
        page = {
            "day": civil_day(desk, as_of),
            "as_of": as_of.isoformat(),
            "size": look.size,
            "side": SIDE,
            "graph": graph(pairs, names),
            "pairs": [(names[a], names[b], n, back) for (a, b), (n, back) in pairs.items()][:PAIRS],
            "more_pairs": max(len(pairs) - PAIRS, 0),
            "cases": len(rows),
            "returned": returned[:PAGE],
            "more": max(len(returned) - PAGE, 0),
            "place_of": place_of,
        }
    return render_page("routes.html", request, lang, page)


def steps(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Per pair of units how often a matter went from one to the other, and how often it had been there before."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        held = [h["id"] for h in row["holders"]]
        for n, pair in enumerate(pairwise(held)):
            times, back = found.get(pair, (0, 0))
            found[pair] = times + 1, back + (pair[1] in held[: n + 1])
    return found


def graph(pairs: dict[tuple[str, str], tuple[int, int]], names: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """
    Units on a circle, a bent line for each direction: as wide as it was often, marked where matters came back that way.
    Lines are those of the units with the most hand-overs.
    """
    busy: Counter[str] = Counter()
    for (a, b), (n, _) in pairs.items():
        busy.update({a: n, b: n})
    chosen = {u for u, _ in sorted(busy.items(), key=lambda x: (-x[1], x[0]))[:NODES]}
    order = [u for u in busy if u in chosen]  # as the log met them: a place on the circle is no rank
    middle = SIDE / 2
    at: dict[str, tuple[float, float]] = {}
    nodes = []
    for n, u in enumerate(order):
        angle = 2 * math.pi * n / len(order) - math.pi / 2
        x, y = middle + RADIUS * math.cos(angle), middle + RADIUS * math.sin(angle)
        at[u] = x, y
        side = "middle" if abs(math.cos(angle)) < 0.2 else "start" if math.cos(angle) > 0 else "end"
        label = middle + (RADIUS + 14) * math.cos(angle), middle + (RADIUS + 14) * math.sin(angle) + 5
        nodes.append({"x": f"{x:.1f}", "y": f"{y:.1f}", "name": names[u], "side": side} | _label(label))
    most = max((n for n, _ in pairs.values()), default=1)
    lines = []
    for (a, b), (n, back) in pairs.items():
        if a in at and b in at:
            (x1, y1), (x2, y2) = at[a], at[b]
            # Bent to the right of its own direction, so that there and back are two lines.
            cx, cy = (x1 + x2) / 2 + (y1 - y2) * 0.18, (y1 + y2) / 2 + (x2 - x1) * 0.18
            path = f"M{x1:.1f} {y1:.1f} Q{cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}"
            said = {"from": names[a], "to": names[b], "times": n, "back": back}
            lines.append({"path": path, "width": f"{1 + 7 * n / most:.1f}"} | said)
    return {"nodes": nodes, "lines": lines}


def _label(place: tuple[float, float]) -> dict[str, str]:
    return {"label_x": f"{place[0]:.1f}", "label_y": f"{place[1]:.1f}"}
