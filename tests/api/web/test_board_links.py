"""
The pages that the board links to: a unit's dossier with holding bars, leads, and where matters went back and forth.
"""

from __future__ import annotations

import re

import pytest

from api.web.board_links import NODES, SIDE, graph, steps
from tests.api.http.served import served
from tests.projections.logs import simulated

PAGE = {"headers": {"Accept": "text/html"}}
AS_OF = {"as_of": "2025-12-31"}


@pytest.fixture(scope="module")
def year():
    return simulated(60)


@pytest.fixture
def client(database, year):
    with served(database, year) as client:
        yield client


def test_the_board_leads_there(client):
    row = client.get("/v1/audit/failures", params=AS_OF).json()["items"][0]
    text = client.get("/", params=AS_OF | {"unit": row["unit"]["id"]}, **PAGE).text
    for path in ("/leads", "/routes", f"/units/{row['unit']['id']}"):
        assert f'href="{path}?as_of=2025-12-31"' in text
        assert client.get(path, params=AS_OF, **PAGE).status_code == 200


def test_a_unit(client):
    """Every duty with its bar, pages of them, states counted; people line by line."""
    unit = client.get("/v1/audit/failures", params=AS_OF).json()["items"][0]["unit"]["id"]
    asked = AS_OF | {"limit": 50}
    answer = client.get(f"/v1/audit/units/{unit}", params=asked).json()
    text = client.get(f"/units/{unit}", params=AS_OF, **PAGE).text
    assert re.findall(r'<h2><a href="[^"]+">([^<]+)</a>', text) == [r["case_no"] for r in answer["items"]]
    assert text.count('<svg class="bar"') == sum(any(h["held_days"] for h in r["holders"]) for r in answer["items"])
    assert ("下一页" in text) == (answer["next"] is not None)
    only = client.get(f"/units/{unit}", params=AS_OF | {"state": "breached", "lang": "en"}, **PAGE).text
    assert only.count('<article class="duty">') == min(answer["by_state"].get("breached", 0), 50)
    assert client.get("/units/nowhere", **PAGE).status_code == 404


def test_leads(client):
    answer = client.get("/v1/audit/leads", params=AS_OF).json()
    text = client.get("/leads", params=AS_OF, **PAGE).text
    assert text.count("<tr>") - 1 == min(answer["total"], 50)
    assert "不是结论" in text
    code = answer["items"][0]["code"]
    only = client.get("/leads", params=AS_OF | {"code": code}, **PAGE).text
    assert only.count("<tr>") - 1 == min(
        client.get("/v1/audit/leads", params=AS_OF | {"code": code}).json()["total"], 50
    )


def test_where_matters_went(client):
    rows = client.get("/v1/audit/routes", params=AS_OF | {"limit": 500}).json()["items"]
    text = client.get("/routes", params=AS_OF, **PAGE).text
    assert text.count('class="step') > 1
    back = [r["case_no"] for r in rows if r["returns_to_earlier_unit"]]
    assert re.findall(r'<a href="/cases/[^"]+">([^<]+)</a>', text) == back[:50]
    assert "没有移交记录" in client.get("/routes", params={"as_of": "2020-01-01"}, **PAGE).text


def row(*held):
    return {"holders": [{"id": u, "name": u} for u in held]}


def test_steps_and_returns():
    assert steps([row("a", "b", "a", "b"), row("a", "b"), row("c")]) == {("a", "b"): (3, 1), ("b", "a"): (1, 1)}


def test_the_picture_is_bounded_and_inside():
    """Many units: the busiest are drawn, and every line ends at units that are."""
    rows = [row(f"u{n}", f"u{n + 1}") for n in range(60)] + [row("u3", "u5", "u3")] * 9
    pairs = steps(rows)
    names = {u: u for pair in pairs for u in pair}
    drawn = graph(pairs, names)
    assert len(drawn["nodes"]) == NODES
    shown = {n["name"] for n in drawn["nodes"]}
    assert {"u3", "u5"} <= shown
    assert all({x["from"], x["to"]} <= shown for x in drawn["lines"])
    assert all(0 < float(n[axis]) < SIDE for n in drawn["nodes"] for axis in ("x", "y"))
    there, back = (next(x for x in drawn["lines"] if (x["from"], x["to"]) == p) for p in (("u3", "u5"), ("u5", "u3")))
    assert there["path"] != back["path"]
    assert (there["times"], there["back"], back["back"]) == (9, 0, 9)
