"""Every answer of every route has the headers of docs/threats.md, whatever its status; what is personal is not kept."""

from __future__ import annotations

import re
import warnings

import pytest

from api.http.shield import ALWAYS
from tests.api.http.served import served
from tests.projections.logs import simulated

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

FOR_EVERYBODY = {"/log/checkpoint", "/style.css"}  # the same for everybody: they say themselves how long they keep


@pytest.fixture
def client(database):
    with served(database, simulated(5)) as client:
        yield client


def asked(client, method, path):
    return client.request(method, re.sub(r"\{[^}]*\}", "x", path), headers={"Accept": "text/html"})


def wrong(answer):
    left = [name for name, value in ALWAYS.items() if answer.headers.get(name) != value]
    return left if "unsafe" not in answer.headers["content-security-policy"] else [*left, "unsafe"]


def test_every_route(client):
    seen = set()
    for route in client.app.state.routes:
        for method in route.methods:
            answer = asked(client, method, route.path)
            assert wrong(answer) == [], route.path
            if not (route.path in FOR_EVERYBODY and answer.status_code == 200):
                assert "no-store" in answer.headers["cache-control"], route.path
            seen.add(answer.status_code)
    assert {200, 404, 422} <= seen


def test_pages_have_no_style_and_no_script_of_their_own(client):
    stream = client.get("/v1/cases").json()["items"][0]["stream"]
    for path in ("/?as_of=2025-12-31", f"/cases/{stream.removeprefix('case/')}?as_of=2025-12-31"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert re.findall(r"\sstyle=|<style|<script|\son[a-z]+=|javascript:", page.text) == []


def test_what_no_route_answers(client):
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/v1/cases", 405), ("GET", "/openapi.json", 200)):
        answer = asked(client, method, path)
        assert answer.status_code == status
        assert wrong(answer) == []


def test_what_nobody_expected(client, monkeypatch):
    monkeypatch.setattr("projections.read.cases", None)
    answer = client.get("/v1/cases")
    assert answer.status_code == 500
    assert wrong(answer) == []
    assert "NoneType" not in answer.text


def test_over_tls_only_tls(client):
    assert "strict-transport-security" not in client.get("/healthz").headers
    over_tls = TestClient(client.app, base_url="https://ledger.example")
    assert over_tls.get("/healthz").headers["strict-transport-security"].startswith("max-age=31536000")
