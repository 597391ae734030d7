"""Coming in: cookies that scripts cannot read, CSRF on whatever changes something, bearer tokens of systems."""

from __future__ import annotations

import itertools
import warnings
from contextlib import closing
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI

from api.http import errors, sessions
from api.http.auth import somebody
from app.accounts.gate import Gate
from app.accounts.passwords import Passwords
from app.accounts.store import AccountStore
from tests.app.access.county import register

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PASSWORD = "一个足够长的口令 2026"
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SITE = "https://ledger.example"


def done():
    return {"done": True}


@pytest.fixture
def site(database):
    numbers = itertools.count()
    with closing(AccountStore(database, schema="luoshi")) as store:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        gate = Gate(store, clock=lambda: NOW, draw=lambda: f"{next(numbers):043d}"[::-1], passwords=cheap)
        gate.add("wang", by="test", password=PASSWORD, official_id="housing-zhang", granted=["handler"])
        bus = gate.add("bus", by="test", kind="system", unit_ids=["housing"], granted=["connected_system"])
        app = FastAPI()
        errors.install(app)
        app.include_router(sessions.router)
        app.add_api_route("/v1/things", done, methods=["POST"], dependencies=[Depends(somebody)])
        app.state.routes = sessions.router.routes
        app.state.authenticator = sessions.BySession(gate, people=register, today=lambda: date(2026, 3, 2))
        client = TestClient(app, base_url=SITE, raise_server_exceptions=False)
        yield SimpleNamespace(http=client, gate=gate, token=gate.give_token(bus, "bus", by="test"))


def log_in(site, password=PASSWORD):
    return site.http.post("/v1/sessions", json={"login": "wang", "password": password})


def test_a_session(site):
    opened = log_in(site)
    assert opened.status_code == 201
    cookie = opened.headers["Set-Cookie"]
    assert cookie.startswith("__Host-luoshi=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert opened.headers["Cache-Control"] == "no-store"
    me = site.http.get("/v1/me").json()
    assert (me["official_id"], me["role_names"], me["unit_ids"]) == ("housing-zhang", ["承办人"], ["housing"])
    token = {"X-CSRF-Token": opened.json()["csrf_token"]}
    assert site.http.delete("/v1/sessions/current", headers=token).status_code == 204
    assert site.http.get("/v1/me").status_code == 401


def test_wrong_is_401_and_says_no_more(site):
    answers = [log_in(site, "not the password"), site.http.post("/v1/sessions", json={"login": "x", "password": "y"})]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert "Set-Cookie" not in answers[0].headers


@pytest.mark.parametrize("given", [None, "", "0" * 43])
def test_a_change_needs_the_csrf_token(site, given):
    opened = log_in(site)
    headers = {} if given is None else {"X-CSRF-Token": given}
    assert site.http.post("/v1/things", headers=headers).json()["code"] == "csrf"
    own = {"X-CSRF-Token": opened.json()["csrf_token"]}
    assert site.http.post("/v1/things", headers=own).status_code == 200


def test_a_request_from_another_site_is_refused_even_with_the_token(site):
    own = {"X-CSRF-Token": log_in(site).json()["csrf_token"]}
    for origin, status in ((SITE, 200), ("https://evil.example", 403), ("null", 403)):
        assert site.http.post("/v1/things", headers={**own, "Origin": origin}).status_code == status


def test_a_systems_token(site):
    bearer = {"Authorization": f"Bearer {site.token}"}
    assert site.http.post("/v1/things", headers=bearer).status_code == 200
    assert site.http.get("/v1/me", headers=bearer).json()["kind"] == "system"
    for bad in ("Bearer nonsense", "Basic d2FuZzp4", "Bearer", f"Bearer {site.token}x"):
        answer = site.http.get("/v1/me", headers={"Authorization": bad})
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_nobody_acts_for_another_without_an_appointment(site):
    log_in(site)
    answer = site.http.get("/v1/me", headers={"Luoshi-Acting-For": "health-zhang"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_acting_for")
