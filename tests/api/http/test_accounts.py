"""The three officers over HTTP: none can let in, empower and watch; nobody changes an account of their own."""

from __future__ import annotations

import itertools
import warnings
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from api.http import accounts, errors, people, sessions
from app.accounts.gate import Gate
from app.accounts.passwords import Passwords
from app.accounts.store import AccountStore
from tests.app.access.county import register

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PASSWORD, OWN = "一个足够长的口令 2026", "另一个只有本人知道的口令"
OFFICERS = ("system_officer", "security_officer", "audit_officer")


class Site:
    def __init__(self, store):
        self.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
        numbers = itertools.count()
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.gate = Gate(
            store,
            clock=lambda: self.now,
            draw=lambda: f"{next(numbers):022d}"[::-1] + "abcdefghijklmnopqrstu",
            passwords=cheap,
        )
        for role in OFFICERS:
            self.gate.add(role, by="test", password=PASSWORD, granted=[role])
        app = FastAPI()
        errors.install(app)
        for router in (sessions.router, accounts.router, people.router):
            app.include_router(router)
        app.state.routes = [*sessions.router.routes, *accounts.router.routes, *people.router.routes]
        app.state.authenticator = sessions.BySession(self.gate, people=register, today=lambda: date(2026, 3, 2))
        luoshi = SimpleNamespace(handler=SimpleNamespace(register=register))
        app.state.desk = SimpleNamespace(luoshi=luoshi, today=lambda: date(2026, 3, 2))
        self.app = app

    def client(self, login, password=PASSWORD):
        client = TestClient(self.app, base_url="https://ledger.example", raise_server_exceptions=False)
        opened = client.post("/v1/sessions", json={"login": login, "password": password})
        assert opened.status_code == 201, opened.text
        client.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
        return client

    def what(self):
        return [(r.what, r.detail) for r in self.gate.store.records(limit=500)]


@pytest.fixture
def site(database):
    with closing(AccountStore(database, schema="luoshi")) as store:
        yield Site(store)


NEW = {"login": "Wang", "official_id": "housing-zhang"}


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_an_account_from_nothing_to_work(site):
    """
    Made by one, empowered by another, used by a third with a password that nobody else knows; watched by the fourth.
    """
    made = site.client("system_officer").post("/v1/accounts", json=NEW)
    assert (made.status_code, made.json()["login"], made.json()["roles"]) == (201, "wang", [])
    security = site.client("security_officer")
    assert security.put("/v1/accounts/wang/roles", json={"roles": ["handler"]}).json()["roles"] == ["handler"]
    first = security.post("/v1/accounts/wang/resets").json()["secret"]
    wang = site.client("wang", first)
    problem(wang.get("/v1/units"), 403, "password_change_needed")
    assert wang.get("/v1/me").json()["roles"] == ["handler"]
    problem(wang.post("/v1/me/password", json={"old": "wrong", "new": OWN}), 403, "wrong_password")
    problem(wang.post("/v1/me/password", json={"old": first, "new": "short"}), 422, "weak_password")
    problem(wang.post("/v1/me/password", json={"old": first, "new": first}), 422, "weak_password")
    assert wang.post("/v1/me/password", json={"old": first, "new": OWN}).status_code == 204
    assert wang.get("/v1/me").status_code == 401  # every session ended
    assert site.client("wang", OWN).get("/v1/units").status_code == 200
    found, after = [], None
    audit = site.client("audit_officer")
    while True:
        page = audit.get("/v1/access-records", params={"limit": 3} | ({"after": after} if after else {})).json()
        found += page["items"]
        if (after := page["next"]) is None:
            break
    numbers = [r["no"] for r in found]
    assert numbers == sorted(numbers, reverse=True)
    assert {"account_made", "roles_set", "password_set", "password_change_failed", "login"} <= {
        r["what"] for r in found
    }
    assert not any(secret in str(found) for secret in (first, OWN, PASSWORD, "张某"))


@pytest.mark.parametrize("officer", OFFICERS)
def test_each_does_their_own_and_no_more(site, officer):
    site.gate.add("wang", by="test", official_id="housing-zhang")
    client = site.client(officer)
    asked = {
        "system_officer": [("POST", "/v1/accounts", {"login": "li"})],
        "security_officer": [
            ("PUT", "/v1/accounts/wang/roles", {"roles": []}),
            ("POST", "/v1/accounts/wang/unlockings", None),
            ("POST", "/v1/accounts/wang/enablings", None),
            ("POST", "/v1/accounts/wang/resets", None),
        ],
        "audit_officer": [("GET", "/v1/access-records", None)],
    }
    for whose, requests in asked.items():
        for method, path, body in requests:
            answer = client.request(method, path, json=body)
            assert (answer.status_code < 300) == (whose == officer), (path, answer.text)
            if whose != officer:
                problem(answer, 403, "denied_role")
    assert client.get("/v1/accounts").status_code == 200
    assert client.post("/v1/accounts/wang/disablings").status_code == (403 if officer == "audit_officer" else 200)


def test_nobody_changes_an_account_of_their_own(site):
    security = site.client("security_officer")
    for method, path, body in (
        ("PUT", "roles", {"roles": ["security_officer"]}),
        ("POST", "resets", None),
        ("POST", "unlockings", None),
        ("POST", "disablings", None),
        ("POST", "tokens", None),
    ):
        problem(security.request(method, f"/v1/accounts/Security_Officer/{path}", json=body), 403, "own_account")


def test_no_account_is_two_of_the_three(site):
    site.gate.add("chen", by="test")
    security = site.client("security_officer")
    for both in itertools.combinations(OFFICERS, 2):
        problem(security.put("/v1/accounts/chen/roles", json={"roles": both}), 422, "bad_account")
    problem(security.put("/v1/accounts/chen/roles", json={"roles": ["king"]}), 422, "roles")
    problem(security.put("/v1/accounts/chen/roles", json={"roles": ["handler"]}), 422, "bad_account")  # no official
    assert site.gate.store.find(login="chen").roles == []


def test_what_cannot_be_made(site):
    system = site.client("system_officer")
    problem(system.post("/v1/accounts", json={"login": "x", "official_id": "nobody"}), 422, "official_id")
    problem(system.post("/v1/accounts", json={"login": "x", "unit_ids": ["moon"]}), 422, "unit_ids")
    problem(system.post("/v1/accounts", json={"login": "a b"}), 422, "bad_account")
    problem(system.post("/v1/accounts", json={"login": "audit_officer"}), 409, "login_taken")
    problem(system.post("/v1/accounts", json={"login": "x", "roles": ["head"]}), 422, "invalid_parameters")


def test_a_systems_token_is_given_by_the_security_officer(site):
    made = site.client("system_officer").post("/v1/accounts", json={"login": "bus", "kind": "system"})
    assert made.json()["kind"] == "system"
    security = site.client("security_officer")
    token = security.post("/v1/accounts/bus/tokens").json()["secret"]
    bus = TestClient(site.app, headers={"Authorization": f"Bearer {token}"})
    assert bus.get("/v1/me").json()["kind"] == "system"
    problem(security.post("/v1/accounts/bus/resets"), 422, "bad_account")
    assert security.post("/v1/accounts/bus/disablings").status_code == 200
    assert bus.get("/v1/me").status_code == 401


def test_refusals_are_written_down_once_a_minute_without_what_was_asked(site):
    client = site.client("audit_officer")
    for _ in range(5):
        problem(client.post("/v1/accounts/secret-name/unlockings"), 403, "denied_role")
    denied = [detail for what, detail in site.what() if what == "denied"]
    assert denied == [{"operation": "account.unlock", "code": "role", "before": 0}]
    site.now += timedelta(minutes=1)
    client.post("/v1/accounts/secret-name/unlockings")
    denied = [detail for what, detail in site.what() if what == "denied"]
    assert denied[0] == {"operation": "account.unlock", "code": "role", "before": 4}
    assert "secret-name" not in str(site.what())


def test_the_record_of_access_is_append_only(site):
    """
    Not even the role that writes it changes a line.
    """
    from psycopg import errors as pg  # noqa: PLC0415

    with pytest.raises((pg.InsufficientPrivilege, pg.RaiseException)), site.gate.store._at_the_gate() as db:
        db.execute("DELETE FROM luoshi.access_record")


def test_guessing_the_present_password_ends_the_session(site):
    client = site.client("audit_officer")
    answers = [client.post("/v1/me/password", json={"old": "x", "new": OWN}).status_code for _ in range(6)]
    assert answers == [403] * 5 + [401]
