"""The petitioner's look-up over HTTP: one answer for whatever is wrong, 429, ratings, receipts, codes from a clerk."""

from __future__ import annotations

from contextlib import closing

import pytest

from api.http import lookups
from app.lookup.codes import TRIES
from tests.api.http.acts.desk import Desk
from tests.app.lookup.petitioner import codes_of, desk_of


@pytest.fixture
def desk(database):
    desk = Desk()
    with closing(codes_of(database, desk.office)) as codes:
        desk.http.app.state.lookups = desk_of(codes, desk.office)
        desk.http.app.include_router(lookups.router)
        yield desk


def ask(desk, path="", **body):
    return desk.http.post(f"/v1/lookups{path}", json=body)


def arrived(desk, **more):
    answer = desk.post("bureau-desk", "/v1/cases", {"channel": "letter", "no": "XF-1", **more}, key="arrival")
    assert answer.status_code == 201, answer.text
    return answer


def test_the_code_comes_with_the_arrival_and_opens_the_matter(desk):
    answer = arrived(desk)
    code = answer.json()["query_code"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert arrived(desk).json()["query_code"] == code  # the same request, the same answer
    told = ask(desk, number="XF-1", code=code)
    assert told.status_code == 200
    assert told.json()["handled_by"] == "bureau"
    assert told.headers["Cache-Control"] == "no-store"
    assert {o["duty"] for o in told.json()["owed"]} >= {"register_petition"}


def test_whatever_is_wrong_is_answered_alike(desk):
    code = arrived(desk).json()["query_code"]
    answers = [ask(desk, number=n, code=c) for n, c in (("XF-1", "0000-0000-0000"), ("XF-2", code), ("XF-2", "0"))]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1
    assert len({tuple(sorted(a.headers.items())) for a in answers}) == 1
    assert answers[0].json()["code"] == "lookup_not_found"
    for path in ("/ratings", "/receipts"):
        more = {"answer_version": 1, "score": "satisfied"} if path == "/ratings" else {}
        assert ask(desk, path, number="XF-2", code=code, **more).status_code == 404


def test_too_many_tries(desk):
    code = arrived(desk).json()["query_code"]
    for _ in range(TRIES["number"]):
        assert ask(desk, number="XF-1", code="0").status_code == 404
    answer = ask(desk, number="XF-1", code=code)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(answer.headers["Retry-After"]) <= 901


def test_a_rating_over_http(desk):
    place, recorded = arrived(desk).headers["Location"], arrived(desk).json()
    desk.post("bureau-desk", f"{place}/registrations", {"case_no": "XF-1"}, version=1)
    answered = desk.post("bureau-desk", f"{place}/direct-answers", {}, version=2, **{"X-Role": "handler"})
    assert answered.status_code == 201, answered.text
    who = {"number": "XF-1", "code": recorded["query_code"]}
    version = ask(desk, **who).json()["rating"]["answer_version"]
    rated = ask(desk, "/ratings", **who, answer_version=version, score="dissatisfied", reason="没有解决")
    assert (rated.status_code, rated.json()["rating"]["score"]) == (201, "dissatisfied")
    again = ask(desk, "/ratings", **who, answer_version=version, score="dissatisfied", reason="没有解决")
    assert again.status_code == 200
    refused = ask(desk, "/ratings", **who, answer_version=version + 1, score="satisfied")
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert ask(desk, "/ratings", **who, answer_version=version, score="splendid").status_code == 422


def test_the_receipt_is_a_download(desk):
    code = arrived(desk).json()["query_code"]
    answer = ask(desk, "/receipts", number="XF-1", code=code)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "— test.example/log" in answer.text


def test_a_clerk_gives_another_code(desk):
    first = arrived(desk).json()["query_code"]
    path = "/v1/cases/luoshi/XF-1/query-codes"
    body = {"ground": "遗失，已核对身份"}
    made = desk.post("bureau-desk", path, body, key="again")
    assert made.status_code == 201
    assert desk.post("bureau-desk", path, body, key="again").json() == made.json()
    assert ask(desk, number="XF-1", code=first).status_code == 404
    assert ask(desk, number="XF-1", code=made.json()["query_code"]).status_code == 200
    assert desk.post("bureau-desk", path, {}).status_code == 422
    assert desk.post("bureau-desk", path, body, key=False).status_code == 400
    assert desk.post(None, path, body).status_code == 401
    assert desk.post("housing-desk", path, body).json()["code"] == "denied_role"
    outside = desk.post("housing-head", path, body, **{"X-Role": "clerk"})
    missing = desk.post("housing-head", "/v1/cases/luoshi/none/query-codes", body, **{"X-Role": "clerk"})
    assert (outside.status_code, outside.json()["code"]) == (missing.status_code, missing.json()["code"])
    assert outside.status_code == 404


def test_an_accusation_has_no_code(desk):
    body = {"channel": "letter", "sealed": {"accused_official": "housing-head"}}
    answer = desk.post("bureau-desk", "/v1/accusations", body, **{"X-Role": "inspector"})
    assert (answer.status_code, answer.json()["query_code"]) == (201, None), answer.text


def test_off_where_nobody_set_it_up(desk):
    desk.http.app.state.lookups = None
    assert ask(desk, number="1", code="1").json()["code"] == "lookup_off"
