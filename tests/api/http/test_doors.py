"""
The doors: cases, timelines, failures, the log; every error a problem document.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.entitled import grant
from app.publishing_loop import Publishing
from app.questions import Questions
from ledger.outside import CheckpointFile
from ledger.tiles import ENTRIES, Tile, tiles_of
from tests.api.http.served import NOTE, served
from tests.ledger.sealing import LOG, ORIGIN
from tests.projections.logs import cases_of, simulated

AS_OF = "2025-12-31"


@pytest.fixture(scope="module")
def year():
    return simulated(60)


@pytest.fixture
def client(database, year):
    with served(database, year) as client:
        yield client


def problem(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "instance", "code"} <= document.keys()
    return document


class TestCases:
    def test_walk(self, client, year):
        """
        Pages put together are every case, once, in the order of the log.
        """
        seen, after = [], None
        while True:
            page = client.get("/v1/cases", params={"limit": 7} | ({"after": after} if after else {})).json()
            seen += [item["stream"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == list(cases_of(year))

    def test_one_case(self, client, year):
        stream, history = next(iter(cases_of(year).items()))
        path = f"/v1/cases/{stream.removeprefix('case/')}"
        answer = client.get(path)
        assert answer.headers["etag"] == f'"{len(history)}"'
        assert answer.json()["version"] == len(history)
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        acts = client.get(f"{path}/timeline").json()["items"]
        assert [a["log_index"] for a in acts] == [r.log_index for r in history]
        assert {a["type"] for a in acts} == {r.topic for r in history}
        duties = client.get(f"{path}/duties", params={"as_of": AS_OF}).json()["duties"]
        assert duties
        assert all(d["stream"] == stream and d["due_trace"] is not None for d in duties)

    def test_head(self, client, year):
        path = f"/v1/cases/{next(iter(cases_of(year))).removeprefix('case/')}"
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["etag"] == client.get(path).headers["etag"]

    def test_nobody_is_named_in_it(self, client, year):
        """
        What a case shows has none of the sealed values: they are nowhere in the views.
        """
        stream = next(iter(cases_of(year)))
        text = client.get(f"/v1/cases/{stream.removeprefix('case/')}/timeline").text
        assert "petitioner_name" not in text


class TestFailures:
    def test_same_as_the_fold(self, client, year):
        """
        Chosen by the view or folded from the log: the same rows, as JSON, page by page.
        """
        rows, after = [], None
        while True:
            asked = {"as_of": AS_OF, "limit": 4} | ({"after": after} if after else {})
            page = client.get("/v1/audit/failures", params=asked).json()
            rows += page["items"]
            after = page["next"]
            if after is None:
                break
        folded = Questions(year).failures(date.fromisoformat(AS_OF))
        assert rows == folded
        known = client.get("/v1/audit/failures", params={"as_of": AS_OF, "known_at": year.size() - 1, "limit": 500})
        assert known.json()["items"] == folded

    def test_filters(self, client):
        every = client.get("/v1/audit/failures", params={"as_of": AS_OF, "limit": 500}).json()["items"]
        for name, wanted in (
            ("unit", every[0]["unit"]["id"]),
            ("unit", every[0]["unit"]["name"]),
            ("duty", every[0]["duty"]),
            ("cause", every[0]["cause"]["code"]),
            ("state", "met_late"),
        ):
            asked = {"as_of": AS_OF, "limit": 500, name: wanted}
            found = client.get("/v1/audit/failures", params=asked).json()["items"]
            strict = client.get("/v1/audit/failures", params=asked | {"known_at": 10**9}).json()["items"]
            assert found == strict
            assert found

    @pytest.mark.parametrize("by", ["unit", "duty", "cause", "person", "month"])
    def test_groups(self, client, by):
        asked = {"as_of": AS_OF, "by": by, "purpose": "复核"}
        found = client.get("/v1/audit/failures", params=asked).json()
        folded = client.get("/v1/audit/failures", params=asked | {"known_at": 10**9}).json()
        assert [g | {"name": ""} for g in found] == [g | {"name": ""} for g in folded]

    def test_a_person_needs_a_purpose(self, client):
        """
        Answers by person are given for a named purpose only.
        """
        every = client.get("/v1/audit/failures", params={"as_of": AS_OF, "limit": 500}).json()["items"]
        person = next(r["person"]["id"] for r in every if r["person"])
        asked = {"as_of": AS_OF, "person": person}
        assert problem(client.get("/v1/audit/failures", params=asked), 422)["code"] == "purpose_required"
        found = client.get("/v1/audit/failures", params=asked | {"purpose": "答复本人"}).json()["items"]
        assert [r["duty_id"] for r in found] == [r["duty_id"] for r in every if (r["person"] or {}).get("id") == person]

    def test_pursuit(self, client, year):
        """
        The failures and their order, each with what followed it; page by page the same as folded.
        """
        rows, after = [], None
        while True:
            asked = {"as_of": AS_OF, "limit": 7} | ({"after": after} if after else {})
            page = client.get("/v1/audit/pursuit", params=asked).json()
            rows += page["items"]
            if (after := page["next"]) is None:
                break
        assert rows == [r for r in Questions(year).pursuit(date.fromisoformat(AS_OF)) if r["state"] != "no_due"]
        assert rows

    def test_a_fold_is_kept_for_the_next_page(self, client, monkeypatch):
        """
        Of an earlier log each question is folded once, however many pages it has.
        """
        asked = {"as_of": AS_OF, "known_at": 10**9, "limit": 3}
        first = client.get("/v1/audit/failures", params=asked).json()
        monkeypatch.setattr(Questions, "failures", None)
        second = client.get("/v1/audit/failures", params=asked | {"after": first["next"]}).json()
        assert len(second["items"]) == 3
        assert second["items"][0]["duty_id"] not in {r["duty_id"] for r in first["items"]}

    def test_summary(self, client):
        summary = client.get("/v1/audit/summary", params={"as_of": AS_OF}).json()
        assert summary["cases"] == 60
        assert sum(summary["by_state"].values()) == summary["duties"]


class TestLogAndHealth:
    def test_log(self, client, year):
        assert client.get("/log/checkpoint").content == NOTE
        assert client.get("/v1/log/size").json() == {"log_size": year.size()}
        problem(client.get("/log/entries"), 404)

    def test_tiles(self, database, year, tmp_path):
        """
        Hash tiles are for everybody and for ever; what is beyond the checkpoint is not shown.
        """
        outside = CheckpointFile(tmp_path / "log")
        size = outside.advance(lambda start: (s.leaf for s in year.read_log(start, 300 - start)), ORIGIN, LOG).size
        outside.write(Tile(0, 1, 50).path, bytes(50 * 32))  # a draft
        with served(database, year, outside=outside) as client:
            checkpoint = client.get("/log/checkpoint")
            assert checkpoint.content == outside.newest()
            assert checkpoint.headers["cache-control"] == "public, max-age=5"
            for tile in tiles_of(size):
                answer = client.get(f"/log/{tile.path}")
                assert answer.content == outside.read(tile.path)
                assert answer.headers["content-type"] == "application/octet-stream"
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            problem(client.get(f"/log/{Tile(0, 1, 50).path}"), 404)
            for path in ("0/5", "0/..%2F..%2Fvkey", "0/000.p/0", "9/000", "entries/000.p/256", "0/777", "x"):
                problem(client.get(f"/log/tile/{path}"), 404)

    def test_entries(self, database, year, tmp_path):
        """
        401 without a token, 403 with a wrong one, the bundle with a right one, and nobody on the way may keep it.
        """
        outside = CheckpointFile(tmp_path / "log")
        size = outside.advance(lambda start: (s.leaf for s in year.read_log(start, 300 - start)), ORIGIN, LOG).size
        auditors = tmp_path / "auditors"
        grant(auditors, "court.example/mirror", "mirror", "a-token")
        grant(auditors, "audit", "auditor", "another")
        bundle = Tile(ENTRIES, 1, size - 256)
        with served(database, year, outside=outside, auditors=auditors) as client:

            def ask(path, *shown):
                return client.get(f"/log/{path}", headers=[("Authorization", each) for each in shown])

            for tile in (Tile(ENTRIES, 0), bundle):
                for token in ("a-token", "another"):
                    answer = ask(tile.path, f"Bearer {token}")
                    assert answer.content == outside.read(tile.path)
                    assert answer.headers["cache-control"] == "private, no-store"
                for shown in ((), ("",), ("Bearer",), ("Bearer ",), ("Basic YTpi",), ("a-token",)):
                    answer = ask(tile.path, *shown)
                    assert problem(answer, 401)["code"] == "token_needed"
                    assert answer.headers["www-authenticate"] == "Bearer"
                for shown in ("a-toke", "a-tokenn", "A-TOKEN", "x" * 10_000):
                    assert problem(ask(tile.path, f"Bearer {shown}"), 403)["code"] == "token_unknown"
            problem(ask(Tile(ENTRIES, 1, 100).path, "Bearer a-token"), 404)
            auditors.unlink()
            problem(ask(bundle.path, "Bearer a-token"), 403)

    def test_before_the_checkpoint_is_shown(self, database, year, tmp_path):
        """
        A mirror reads what it is asked to cosign: what `state` has settled is given out before its checkpoint is.
        """
        outside = CheckpointFile(tmp_path / "log")
        outside.advance(lambda start: (s.leaf for s in year.read_log(start, 20 - start)), ORIGIN, LOG)
        older = outside.newest()
        outside.advance(lambda start: (s.leaf for s in year.read_log(start, 30 - start)), ORIGIN, LOG)
        outside.write("checkpoint", older)
        with served(database, year, outside=outside) as client:
            assert client.get("/log/checkpoint").content == older
            assert client.get(f"/log/{Tile(0, 0, 30).path}").content == outside.read(Tile(0, 0, 30).path)
            outside.write("state", b"damaged")
            problem(client.get(f"/log/{Tile(0, 0, 30).path}"), 404)
            assert client.get(f"/log/{Tile(0, 0, 20).path}").status_code == 200

    def test_health(self, client, year):
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz").json()
        assert ready["log_size"] == year.size()
        assert {v["lag"] for v in ready["views"]} == {0}
        assert ready["publishing"] is None

    def test_publishing_is_shown(self, client):
        """
        Publishing that fails does not take the doors away; whoever watches sees why.
        """
        at = datetime(2026, 1, 1, tzinfo=UTC)
        client.app.state.publishing = lambda: Publishing(at, "published 3 records", "StoreUnavailable: gone")
        try:
            shown = client.get("/readyz").json()["publishing"]
        finally:
            client.app.state.publishing = None
        assert shown == {
            "at": "2026-01-01T00:00:00Z",
            "said": "published 3 records",
            "error": "StoreUnavailable: gone",
        }

    def test_views_not_built(self, database, year):
        with served(database, year, is_fed=False, note=None) as client:
            assert client.get("/healthz").status_code == 200
            assert problem(client.get("/readyz"), 503)["code"] == "view_missing"
            problem(client.get("/log/checkpoint"), 404)

    def test_waiting_for_an_index(self, client, year, monkeypatch):
        """
        A read that must see an event waits for it, but not for ever.
        """
        monkeypatch.setattr("api.http.deps.WAIT_SECONDS", 0.1)
        assert client.get("/v1/cases", params={"min_log_index": year.size() - 1}).status_code == 200
        answer = client.get("/v1/cases", params={"min_log_index": year.size()})
        assert problem(answer, 503)["code"] == "view_behind"
        assert answer.headers["retry-after"]


class TestProblems:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/v1/nothing", 404),
            ("/v1/cases/county/none", 404),
            ("/v1/cases/county/none/timeline", 404),
            ("/v1/cases?limit=0", 422),
            ("/v1/cases?limit=501", 422),
            ("/v1/cases?after=x", 422),
            ("/v1/audit/failures?as_of=2025-02-31", 422),
            ("/v1/audit/failures?as_of=2025-02-01T00:00:00", 422),
            ("/v1/audit/failures?known_at=soon", 422),
            ("/v1/audit/failures?after=1", 422),
            ("/v1/audit/failures?by=rank", 422),
        ],
    )
    def test_problem(self, client, path, status):
        problem(client.get(path), status)

    def test_method_not_allowed(self, client):
        """
        405 names every method the path answers.
        """
        answer = client.delete("/v1/cases")
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, POST"

    def test_openapi(self, client):
        document = client.get("/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        assert "/" not in document["paths"]
        ids = [op["operationId"] for path in document["paths"].values() for op in path.values()]
        assert len(ids) == len(set(ids))
