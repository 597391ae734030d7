"""What is taken in, what is refused before it is read, and how an unexpected error is told."""

from __future__ import annotations

import json
import logging
import sys
import warnings

import pytest
from fastapi import FastAPI, Request

from api.http import errors
from api.http.intake import HEADER, MAX_BODY, Intake, depth
from api.http.logs import CONFIG, JsonLines

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

SECRET = "赵某 13800000000"


async def echo(request: Request):
    return {"length": len(await request.body())}


def broken():
    raise RuntimeError(SECRET)


@pytest.fixture
def client():
    app = FastAPI()
    errors.install(app)
    app.add_api_route("/v1/things", echo, methods=["POST"])
    app.add_api_route("/v1/broken", broken, methods=["GET", "POST"])
    app.add_api_route("/form", echo, methods=["POST"])
    app.add_middleware(Intake)
    return TestClient(app, raise_server_exceptions=False)


JSON = {"Content-Type": "application/json; charset=utf-8"}


def test_taken_in_whole(client):
    for size in (0, 2, MAX_BODY):
        body = b" " * size
        assert client.post("/v1/things", content=body, headers=JSON).json() == {"length": size}


def test_too_long_by_its_word_or_by_count(client):
    def in_parts():
        for _ in range(MAX_BODY // 65536 + 1):
            yield b" " * 65536

    for content in (b" " * (MAX_BODY + 1), in_parts()):
        answer = client.post("/v1/things", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_long")
    for said in ("-1", "9" * 13, "x"):
        answer = client.post("/v1/things", content=b"{}", headers={**JSON, "Content-Length": said})
        assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_another_type(client, kind):
    answer = client.post("/v1/things", content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert client.post("/form", content=b"a=b", headers={"Content-Type": kind}).status_code == 200


def test_too_deep(client):
    answer = client.post("/v1/things", content=b"[" * 21 + b"]" * 21, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_deep")
    assert client.post("/v1/things", content=b"[" * 20 + b"]" * 20, headers=JSON).status_code == 200
    assert client.post("/v1/things", content=b'{"a": "' + b"[" * 99 + b'"}', headers=JSON).status_code == 200
    assert depth(rb'{"a\"[[[": [1, {"b": "}"}]}') == 3


def test_an_unexpected_error_says_an_id_and_nothing_else(client, caplog):
    with caplog.at_level(logging.ERROR, "luoshi.http"):
        answer = client.post("/v1/broken", content=json.dumps({"x": SECRET}), headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "trace_id"}
    [line] = [JsonLines().format(r) for r in caplog.records if r.name == "luoshi.http"]
    said = json.loads(line)
    assert (said["level"], said["said"]) == ("error", "unexpected")
    assert (said["trace_id"], said["kind"]) == (problem["trace_id"], "RuntimeError")
    assert said["places"][-1].startswith("test_intake.py:")
    assert "13800000000" not in line + answer.text
    assert "/v1" not in line


def test_a_traceback_of_the_server_itself_says_no_message():
    try:
        broken()
    except RuntimeError:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "x.py", 1, "Exception\n", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "13800000000" not in line
    assert json.loads(line)["kind"] == "RuntimeError"
    assert CONFIG["loggers"]["uvicorn"]["propagate"] is False


def test_a_string_that_never_ends():
    assert depth(b'"' + rb"\"" * 1_000_000) == 0
    assert depth(b'[["' + b"\\") == 2


def test_trace_ids(client):
    one, two = (client.post("/v1/things", content=b"{}", headers=JSON).headers[HEADER] for _ in range(2))
    assert one != two
    assert len(one) == 32
    theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
    for sent, is_theirs in ((f"00-{theirs}-00f067aa0ba902b7-01", True), (f"00-{'0' * 32}-00f067aa0ba902b7-01", False)):
        answer = client.post("/v1/things", content=b"x", headers={"traceparent": sent, "Content-Type": "a/b"})
        assert (answer.json()["trace_id"] == theirs) is is_theirs
        assert answer.headers[HEADER] == answer.json()["trace_id"]
