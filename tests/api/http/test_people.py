"""The register over HTTP: entries signed by who makes them, said once, refused by name."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from api.http import people
from tests.api.http.acts.desk import Desk

OFFICER = {"X-Role": "system_officer"}


@pytest.fixture
def desk():
    desk = Desk()
    app = desk.http.app
    assert isinstance(app, FastAPI)
    app.include_router(people.router)
    return desk


def enter(desk, path, body, **headers):
    return desk.post("bureau-head", path, body, **{**OFFICER, **headers})


def test_an_office_is_set_up_and_read(desk):
    assert enter(desk, "/v1/units", {"unit_id": "roads", "name": "交通局", "kind": "organ"}).status_code == 201
    enter(desk, "/v1/posts", {"post_id": "roads-head", "unit_id": "roads", "title": "局长", "rank": "main_leader"})
    enter(desk, "/v1/officials", {"official_id": "li", "name": "李某"})
    made = {"post_id": "roads-head", "official_id": "li", "from_on": "2024-01-01"}
    done = enter(desk, "/v1/appointments", made)
    assert (done.status_code, done.json()["stream"]) == (201, "post/roads-head")
    assert enter(desk, "/v1/appointments", made).status_code == 200  # said already
    ending = {"post_id": "roads-head", "official_id": "li", "to_on": "2024-05-31"}
    assert enter(desk, "/v1/appointment-endings", ending).status_code == 201
    who = {"X-Who": "bureau-desk"}
    units = desk.http.get("/v1/units?limit=2", headers=who).json()
    assert [u["id"] for u in units["items"]] == ["bureau", "housing"]
    assert [u["id"] for u in desk.http.get(f"/v1/units?after={units['next']}", headers=who).json()["items"]] == [
        "roads"
    ]
    for day, held in (("2024-05-31", ["li"]), ("2024-06-01", [])):
        (post,) = desk.http.get(f"/v1/units/roads/posts?as_of={day}", headers=who).json()["items"]
        assert [h["official_id"] for h in post["holders"]] == held
    record = desk.office.store.read_stream("post/roads-head")[-1]
    assert b"appointment.ended.v1" in record.topic.encode()


def test_who_may_not_and_what_is_wrong(desk):
    unit = {"unit_id": "x", "name": "某局", "kind": "organ"}
    assert desk.post("housing-desk", "/v1/units", unit).json()["code"] == "denied_role"
    assert desk.post(None, "/v1/units", unit).status_code == 401
    refused = enter(desk, "/v1/units", {**unit, "division_code": "41"}).json()
    assert (refused["code"], refused["law"]) == ("refused", "GB/T 2260")
    assert enter(desk, "/v1/units", {**unit, "name": 5}).status_code == 422
    assert enter(desk, "/v1/units", {**unit, "phone": "1"}).status_code == 422


def test_the_same_key_with_another_entry(desk):
    unit = {"unit_id": "x", "name": "某局", "kind": "organ"}
    first = enter(desk, "/v1/units", unit, key="k")
    same = enter(desk, "/v1/units", unit, key="k")
    assert (same.status_code, same.json()) == (first.status_code, first.json())
    again = enter(desk, "/v1/units", {**unit, "name": "别局"}, key="k")
    assert again.json()["code"] == "idempotency_key_reused"
