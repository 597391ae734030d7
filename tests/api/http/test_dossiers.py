"""
Unit dossiers, by-person answers, leads and routes over HTTP: page by page what the fold of the log says; clear answers
about who and what is not there.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from app.access.principal import Principal
from app.questions import Questions
from tests.api.http.served import served
from tests.api.http.test_doors import problem
from tests.projections.logs import simulated

AS_OF = "2025-12-31"
DAY = date.fromisoformat(AS_OF)


@pytest.fixture(scope="module")
def year():
    return simulated(60)


@pytest.fixture
def client(database, year):
    with served(database, year) as client:
        yield client


@pytest.fixture(scope="module")
def busiest(year):
    """The unit and the official of the first failure that names one."""
    rows = Questions(year).failures(DAY)
    return next((r["unit"]["id"], r["person"]["id"]) for r in rows if r["person"])


def walk(client, path, **asked):
    pages, after = [], None
    while True:
        page = client.get(path, params=asked | ({"after": after} if after else {})).json()
        pages.append(page)
        if (after := page["next"]) is None:
            return pages


def items(pages):
    return [row for page in pages for row in page["items"]]


@pytest.mark.parametrize("earlier", [{}, {"known_at": 10**9}], ids=["views", "fold"])
def test_a_unit_page_by_page(client, year, busiest, earlier):
    whole = Questions(year).unit(busiest[0], DAY)
    pages = walk(client, f"/v1/audit/units/{busiest[0]}", as_of=AS_OF, limit=7, **earlier)
    assert items(pages) == whole["duties"]
    assert len(pages) > 1
    for page in pages:
        for name in ("unit", "leaders", "by_state", "charged_with_due_day", "as_of", "log_size"):
            assert page[name] == whole[name]
        assert page["is_limited_to_reach"] is False
    late = walk(client, f"/v1/audit/units/{whole['unit']['name']}", as_of=AS_OF, state="breached", limit=3, **earlier)
    assert items(late) == [r for r in whole["duties"] if r["state"] == "breached"]


@pytest.mark.parametrize("earlier", [{}, {"known_at": 10**9}], ids=["views", "fold"])
def test_a_person_page_by_page(client, year, busiest, earlier):
    whole = Questions(year).person(busiest[1], DAY, purpose="答复本人")
    path = f"/v1/audit/persons/{busiest[1]}"
    pages = walk(client, path, as_of=AS_OF, limit=2, purpose=" 答复本人 ", **earlier)
    assert items(pages) == whole["duties"]
    assert {page["purpose"] for page in pages} == {"答复本人"}
    said = {a["log_index"]: a for page in pages for a in page["answers"]}
    assert list(said.values()) == whole["answers"]
    assert not {"by_state", "total", "charged_with_due_day"} & pages[0].keys()


@pytest.mark.parametrize("purpose", [{}, {"purpose": ""}, {"purpose": "  x "}])
def test_a_person_needs_a_purpose(client, busiest, purpose):
    answer = client.get(f"/v1/audit/persons/{busiest[1]}", params=purpose)
    assert problem(answer, 422)["code"] == "purpose_required"


def test_leads_page_by_page(client, year):
    whole = Questions(year).leads(DAY)
    pages = walk(client, "/v1/audit/leads", as_of=AS_OF, limit=11)
    assert items(pages) == whole
    assert {page["total"] for page in pages} == {len(whole)}
    code = whole[0]["code"]
    assert items(walk(client, "/v1/audit/leads", as_of=AS_OF, code=code, limit=3)) == [
        x for x in whole if x["code"] == code
    ]


def test_routes_page_by_page(client, year):
    assert items(walk(client, "/v1/audit/routes", as_of=AS_OF, limit=9)) == Questions(year).routes(DAY)
    before = Questions(year).routes(date(2025, 3, 1))
    assert items(walk(client, "/v1/audit/routes", as_of="2025-03-01", limit=9)) == before
    assert 0 < len(before) < 60


class TestWhoAndWhatIsNotThere:
    @pytest.mark.parametrize(
        ("path", "code", "said"),
        [
            ("units/nowhere", "unit_not_found", "名册中没有单位 nowhere"),
            ("persons/nobody?purpose=复核", "official_not_found", "名册中没有人员 nobody"),
        ],
    )
    def test_not_in_the_register(self, client, path, code, said):
        found = problem(client.get(f"/v1/audit/{path}"), 404)
        assert found["code"] == code
        assert said in found["detail"]

    def test_a_day_before_the_first_event(self, client, busiest):
        asked = {"as_of": "1999-01-01", "purpose": "复核"}
        for path in (f"units/{busiest[0]}", f"persons/{busiest[1]}", "leads"):
            answer = client.get(f"/v1/audit/{path}", params=asked)
            assert (answer.status_code, answer.json()["items"], answer.json()["next"]) == (200, [], None), path
        assert items(walk(client, "/v1/audit/routes", limit=50, **asked)) == []

    def test_a_future_day(self, client, year, busiest):
        found = items(walk(client, f"/v1/audit/units/{busiest[0]}", as_of="2031-06-30", limit=500))
        assert found == Questions(year).unit(busiest[0], date(2031, 6, 30))["duties"]
        assert any(row["days_late"] > 1500 for row in found)

    def test_what_nobody_knows(self, client, busiest):
        assert problem(client.get(f"/v1/audit/units/{busiest[0]}?state=lazy"), 422)["code"] == "state"
        assert client.get("/v1/audit/leads?code=unheard_of").json()["items"] == []
        assert client.get("/v1/audit/failures?duty=be_kind").json()["items"] == []
        for path in ("leads?after=x", "routes?after=x", f"units/{busiest[0]}?after=x", f"units/{busiest[0]}?limit=501"):
            problem(client.get(f"/v1/audit/{path}"), 422)
        problem(client.get(f"/v1/audit/units/{busiest[0]}?after={'9' * 19}-1-{'0' * 32}"), 422)


class Anybody:
    """Says who calls by a header of the test."""

    def principal(self, request):
        role, official, unit = request.headers["caller"].split()
        return Principal(official, "person", frozenset({role}), official, frozenset({unit}))


def test_what_is_out_of_reach_is_not_counted(client, year):
    """A head sees the cases in which the unit or one below has part; a handler asks no such question."""
    client.app.state.authenticator = Anybody()
    one, other = next((a["id"], b["id"]) for r in Questions(year).routes(DAY) for a, b in pairwise(r["holders"]))
    whole = Questions(year).unit(one, DAY)
    head = {"headers": {"caller": f"head nobody {other}"}}
    seen = client.get(f"/v1/audit/units/{one}", params={"as_of": AS_OF, "limit": 500}, **head).json()
    assert seen["is_limited_to_reach"] is True
    assert 0 < len(seen["items"]) == sum(seen["by_state"].values()) < len(whole["duties"])
    ids = {row["duty_id"] for row in seen["items"]}
    assert [r | {"load_on_due_day": 0} for r in seen["items"]] == [
        r | {"load_on_due_day": 0} for r in whole["duties"] if r["duty_id"] in ids
    ]
    assert problem(client.get("/v1/audit/persons/x?purpose=复核", **head), 403)["code"] == "denied_role"
    assert problem(client.get("/v1/audit/leads", **head), 403)["code"] == "denied_role"
    handler = {"headers": {"caller": f"handler nobody {other}"}}
    assert problem(client.get(f"/v1/audit/units/{one}", **handler), 403)["code"] == "denied_role"
