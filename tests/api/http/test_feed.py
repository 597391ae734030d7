"""GET /v1/feed: within the caller's reach, in the order of the log, each event once."""

from __future__ import annotations

import json

import pytest

from app.access.principal import Principal
from tests.api.http.served import served
from tests.projections.logs import cases_of, simulated


@pytest.fixture(scope="module")
def year():
    return simulated(40)


class ByHeader:
    def principal(self, request):
        role, _, unit = request.headers.get("X-Who", "").partition(" ")
        return Principal(f"sys-{unit}", "system", frozenset({role}), None, frozenset({unit})) if role else None


@pytest.fixture
def client(database, year):
    with served(database, year) as client:
        client.app.state.authenticator = ByHeader()
        yield client


def walk(client, who, limit=100):
    found, after = [], "-1"
    while True:
        answer = client.get(f"/v1/feed?after={after}&limit={limit}", headers={"X-Who": who})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] == after:
            return found
        after = page["next"]


def test_everything_but_accusations_for_who_sees_all(client, year):
    found = walk(client, "auditor x", limit=37)
    indexes = [int(e["id"]) for e in found]
    assert indexes == sorted(set(indexes))
    assert "accusation" not in json.dumps(found)
    wanted = [s for s in year.read_log(0, 100_000) if s.stream.startswith(("case/", "office/"))]
    wanted = [s for s in wanted if not s.stream.startswith("case/accusation/")]
    named = {s.log_index for s in wanted if b"case/accusation/" in s.leaf}
    assert set(indexes) | named >= {s.log_index for s in wanted}
    assert {e["subject"] for e in walk(client, "auditor x")} >= {
        stream for stream in cases_of(year) if not stream.startswith("case/accusation/")
    } - {s.stream for s in wanted if s.log_index in named}


def test_a_connected_system_gets_its_units_cases(client, year):
    every = walk(client, "auditor x")
    unit = every[0]["data"]["body"]["unit_id"]
    own = walk(client, f"connected_system {unit}")
    assert own
    assert {e["id"] for e in own} < {e["id"] for e in every}
    part = {e["subject"] for e in every if unit in json.dumps(e["data"]["body"])}
    assert {e["subject"] for e in own} == {s for s in part if s.startswith("case/") or s == f"office/{unit}"}
    assert walk(client, "connected_system nobody") == []


def test_who_may_not(client):
    assert client.get("/v1/feed").status_code == 401
    assert client.get("/v1/feed", headers={"X-Who": "clerk bureau"}).json()["code"] == "denied_role"
    assert client.get("/v1/feed?after=-2", headers={"X-Who": "auditor x"}).status_code == 422


def test_beyond_the_end(client):
    answer = client.get("/v1/feed?after=99999999", headers={"X-Who": "auditor x"}).json()
    assert (answer["items"], answer["next"]) == ([], "99999999")
