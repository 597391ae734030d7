"""A morning at the desk, in the browser: come in, record a matter, see what it starts, sign, meet a refusal."""

from __future__ import annotations

import re
import threading
import warnings
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher

from api.http.app import create_app
from api.http.sessions import BySession
from app.accounts.gate import Gate
from app.accounts.passwords import Passwords
from app.accounts.store import AccountStore
from app.acting import Acting
from app.questions import Questions
from app.runner import Runner
from ledger.store.postgres import PostgresStore
from ledger.store.requests import PostgresRequests
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from tests.app.office import Office

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PASSWORD = "一个足够长的口令 2026"


class Browser:
    """Fills in the forms that the pages show, hidden fields and all."""

    def __init__(self, client, feed):
        self.client = client
        self.feed = feed

    def get(self, path, status=200):
        answer = self.client.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer

    def send(self, path, fields, status=303, **headers):
        answer = self.client.post(path, data=fields, headers={"Accept": "text/html", **headers}, follow_redirects=False)
        assert answer.status_code == status, re.sub(r"<[^>]+>", " ", answer.text)
        self.feed()
        return answer

    def filled(self, page, **said):
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return hidden | said

    def log_in(self, login):
        return self.send("/login", {"login": login, "password": PASSWORD, "next": "/work"})

    def act(self, noun, case, **said):
        """Through both steps; the page that was shown in between."""
        path = f"/act/{noun}/{case}"
        shown = self.send(path, self.filled(self.get(path), **said), status=200)
        self.send(path, self.filled(shown))
        return shown.text


@pytest.fixture
def browser(database, tmp_path):
    with ExitStack() as stack:
        kept = stack.enter_context(PostgresStore(database, environ={}))
        vault = stack.enter_context(closing(Vault(tmp_path / "vault", origin="test.example/log")))
        store = SealedStore(kept, vault, origin="test.example/log")
        office = Office(store)
        accounts = AccountStore(database, schema="luoshi")
        stack.callback(accounts.close)
        draws = iter(f"{n:043d}"[::-1] for n in range(10**6))
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        gate = Gate(accounts, clock=lambda: office.at, draw=lambda: next(draws), passwords=cheap)
        for unit, role in (("bureau", "petition_bureau"), ("housing", "handler")):
            gate.add(unit, by="test", password=PASSWORD, official_id=f"{unit}-desk", granted=[role])
        luoshi = SimpleNamespace(
            dsn=database,
            settings=SimpleNamespace(schema_name="luoshi", timezone="Asia/Shanghai", auditors=None),
            store=store,
            outside=SimpleNamespace(newest=lambda: None, read=lambda _: None),
            clock=lambda: office.at,
            questions=lambda: Questions(store),
            handler=office.handler,
            acting=lambda: Acting(office.handler, PostgresRequests(database), b"s" * 32),
        )
        runner, lock = Runner(database, store), threading.Lock()

        def feed():
            with lock:
                runner.catch_up()

        feed()
        office.at = office.at.replace(year=2026, month=3, day=2)
        authenticator = BySession(gate, people=office.handler.register, today=office.at.date)
        app = create_app(luoshi, authenticator=authenticator)
        client = stack.enter_context(TestClient(app, base_url="https://ledger.example", raise_server_exceptions=True))
        yield Browser(client, feed)


def test_nobody_reads_before_coming_in(browser):
    for path in ("/work", "/new", "/", "/act/acceptances/luoshi/x"):
        assert browser.get(path, 303).headers["Location"].startswith("/login?next=")
    page = browser.send("/login", {"login": "bureau", "password": "wrong wrong wrong"}, status=401)
    assert "登录名或口令不正确" in page.text


def test_a_matter_from_its_arrival_to_the_other_units_worklist(browser):
    browser.log_in("bureau")
    page = browser.get("/new")
    going = browser.send("/new", browser.filled(page, channel="letter", category="claim", petitioner_name="王某"))
    case = going.headers["Location"].removeprefix("/act/registrations/")
    shown = browser.act("registrations", case, case_no="411523202600017")
    assert "登记" in shown
    assert "由此产生的职责" in shown
    work = browser.get("/work").text
    assert "转送、交办" in work
    assert "王某" not in work
    page = browser.get(f"/cases/{case}").text
    assert f"/act/referrals/{case}" in page
    shown = browser.act("referrals", case, to_unit_id="housing", basis="art22")
    assert "信访部门15日内转送、交办" in shown.split("由此产生的职责")[0]  # ended by it
    assert "签收" in shown.split("由此产生的职责")[1]
    browser.client.cookies.clear()
    browser.log_in("housing")
    assert case.split("/")[1] in browser.get("/work").text
    assert "签收" in browser.get("/work?light=green").text
    assert "没有需要办理的事项" in browser.get("/work?light=red").text


def test_a_refusal_says_the_rule_and_what_is_allowed_and_keeps_what_was_said(browser):
    browser.log_in("bureau")
    going = browser.send("/new", browser.filled(browser.get("/new"), channel="visit"))
    case = going.headers["Location"].removeprefix("/act/registrations/")
    browser.act("registrations", case, case_no="1")
    path = f"/act/referrals/{case}"
    refused = browser.send(path, browser.filled(browser.get(path), to_unit_id="nowhere", basis="art22"), status=409)
    assert "名册中没有单位" in refused.text
    assert 'value="nowhere"' in refused.text
    assert "先登记该单位" in refused.text


def test_what_another_recorded_meanwhile_is_said(browser):
    browser.log_in("bureau")
    going = browser.send("/new", browser.filled(browser.get("/new"), channel="visit"))
    case = going.headers["Location"].removeprefix("/act/registrations/")
    path = f"/act/registrations/{case}"
    fields = browser.filled(browser.get(path), case_no="1")
    browser.act("registrations", case, case_no="1")
    assert "已有新的记录" in browser.send(path, fields, status=412).text


def test_a_form_of_another_site_or_without_its_token_does_nothing(browser):
    browser.log_in("bureau")
    fields = browser.filled(browser.get("/new"), channel="visit")
    browser.send("/new", fields | {"csrf": "x"}, status=403)
    browser.send("/new", fields, status=403, Origin="https://evil.example")
    browser.send("/login", {"login": "bureau", "password": PASSWORD}, status=403, Origin="https://evil.example")
    assert "没有需要办理的事项" in browser.get("/work").text
    browser.send("/logout", {"csrf": fields["csrf"]})
    browser.get("/work", 303)


@pytest.mark.parametrize("going", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_coming_in_leads_to_this_site_only(browser, going):
    answer = browser.send("/login", {"login": "bureau", "password": PASSWORD, "next": going})
    assert answer.headers["Location"] == "/work"


def test_a_case_of_another_unit_is_not_there(browser):
    browser.log_in("bureau")
    going = browser.send("/new", browser.filled(browser.get("/new"), channel="visit"))
    case = going.headers["Location"].removeprefix("/act/registrations/")
    browser.client.cookies.clear()
    browser.log_in("housing")
    for path in (f"/cases/{case}", f"/act/acceptances/{case}", "/cases/luoshi/none", "/act/acceptances/luoshi/none"):
        browser.get(path, 404)


def test_the_register_has_its_doors(browser):
    assert "/v1/units" in browser.client.get("/openapi.json").json()["paths"]
