"""POST /v1/prepared and /v1/signed, as a client with a key of its own uses them."""

from __future__ import annotations

import warnings
from base64 import b64decode, b64encode
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from api.http import errors, prepared
from app.access.principal import Principal
from app.acting import Acting
from domain.case import commands as c
from ledger.store.requests import MemoryRequests
from tests.app.test_prepared import Client

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@pytest.fixture
def desk():
    client = Client()
    app = FastAPI()
    errors.install(app)
    app.include_router(prepared.router)
    app.state.routes = prepared.router.routes
    app.state.authenticator, app.state.open_reading = None, True
    app.state.desk = SimpleNamespace(luoshi=SimpleNamespace(preparer=lambda: client.preparer))
    client.http = TestClient(app, raise_server_exceptions=False)
    return client


def prepare(desk, **more):
    answer = desk.http.post("/v1/prepared", json={"key_id": desk.key.key_id, "act": desk.act(**more)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign(desk, made):
    signature = b64encode(desk.key.sign(b64decode(made["to_sign"]))).decode()
    return desk.http.post("/v1/signed", json={"token": made["token"], "signature": signature})


def test_end_to_end(desk):
    """
    Prepared, signed by the client, recorded with its index; sent again, the same one.
    """
    made = prepare(desk)
    done = sign(desk, made)
    assert (done.status_code, done.headers["ETag"]) == (201, '"1"')
    again = sign(desk, made)
    assert (again.status_code, again.json()["log_index"]) == (200, done.json()["log_index"])
    assert desk.verified().ok


def test_conflict(desk):
    """
    412 with a fresh payload; that one, signed, is recorded.
    """
    sign(desk, prepare(desk))
    plain = {k: v for k, v in desk.act().items() if k != "channel"}

    def ask(**act):
        return desk.http.post("/v1/prepared", json={"key_id": desk.key.key_id, "act": plain | act}).json()

    assert sign(desk, ask(command="RegisterPetition", case_no="1", command_id="r")).status_code == 201
    first, second = (ask(command="NoteProgress", step=step, command_id=step) for step in ("a", "b"))
    assert sign(desk, first).status_code == 201
    stale = sign(desk, second)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert sign(desk, stale.json()["prepared"]).status_code == 201


def test_refusals(desk):
    """
    Every refusal is a problem document with a stable code.
    """
    made = prepare(desk)
    signature = b64encode(b"x" * 64).decode()
    cases = [
        ("/v1/signed", {"token": made["token"], "signature": signature}, 403, "bad_signature"),
        ("/v1/signed", {"token": made["token"], "signature": "?"}, 422, "bad_signature"),
        ("/v1/signed", {"token": "x.y", "signature": signature}, 400, "bad_token"),
        ("/v1/signed", {"token": made["token"]}, 422, "invalid_parameters"),
        ("/v1/prepared", {"key_id": "nobody+00000000", "act": desk.act()}, 409, "refused"),
        ("/v1/prepared", {"key_id": desk.key.key_id, "act": []}, 422, "invalid_parameters"),
        ("/v1/prepared", {"key_id": desk.key.key_id, "act": desk.act(channel=1.5)}, 409, "refused"),
        ("/v1/prepared", {"key_id": "x" * 300_000, "act": {}}, 413, "too_large"),
    ]
    for path, body, status, code in cases:
        answer = desk.http.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    for raw in (b"", b"[", b"\xff", b"[" * 100_000):
        assert desk.http.post("/v1/signed", content=raw).status_code == 422
    desk.office.at += timedelta(minutes=3)
    assert sign(desk, made).json()["code"] == "prepared_expired"


class Caller:
    """Whoever `official` says; nobody where it is None."""

    def __init__(self, official, *held):
        self.found = None
        if official is not None:
            unit = official.partition("-")[0]
            self.found = Principal(official, "person", frozenset(held), official, frozenset({unit}))

    def principal(self, request):
        return self.found


def known(desk, caller):
    """The application with accounts in it, and this caller."""
    state = desk.http.app.state
    state.authenticator, state.open_reading = caller, False
    state.desk.luoshi.handler, state.desk.luoshi.clock = desk.office.handler, lambda: desk.office.at
    state.desk.acting = Acting(desk.office.handler, MemoryRequests(), b"s" * 32)
    state.desk.today = desk.office.at.date


@pytest.mark.parametrize(
    ("caller", "status", "code"),
    [
        (Caller(None), 401, "unauthenticated"),
        (Caller("housing-desk", "clerk"), 403, "not_your_key"),
        (Caller("bureau-desk"), 403, "denied_role"),
        (Caller("bureau-desk", "handler"), 403, "denied_role"),
        (Caller("bureau-desk", "clerk"), 200, None),
    ],
    ids=["nobody", "another's key", "no role", "another role", "their own"],
)
def test_only_what_the_caller_may_do_with_a_key_of_theirs(desk, caller, status, code):
    """
    What is prepared tells how the case stands: it is for who may act there, and nobody names another actor.
    """
    known(desk, caller)
    answer = desk.http.post("/v1/prepared", json={"key_id": desk.key.key_id, "act": desk.act()})
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_a_case_out_of_reach_is_none(desk):
    """
    Another unit's case and one that is not there: one answer.
    """
    desk.office.act(c.ReceivePetition, "housing", "2025-03-03", no="2", channel="letter")
    known(desk, Caller("bureau-desk", "clerk"))
    said = {"command": "ReferPetition", "unit_id": "bureau", "post_id": "bureau-desk", "to_unit_id": "housing"}
    said |= {"occurred_at": desk.office.at.isoformat(), "command_id": "r", "basis": "art. 22"}
    answers = [
        desk.http.post("/v1/prepared", json={"key_id": desk.key.key_id, "act": said | {"stream": f"case/county/{no}"}})
        for no in ("2", "3")
    ]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
