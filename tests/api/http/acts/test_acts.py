"""Acts over HTTP: who, once, on which version; and what each refusal says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.http.acts.desk import Desk


@pytest.fixture
def desk():
    return Desk()


def problem(answer, status, code):
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code), said
    assert not said["detail"].isascii(), said["detail"]  # Chinese first
    return said


def test_a_matter_arrives_is_registered_and_goes_on(desk):
    where, case = desk.received()
    assert (case["version"], where) == (1, f"/v1/cases/luoshi/{case['case_no']}")
    done = desk.post("bureau-desk", f"{where}/registrations", {"case_no": case["case_no"]}, version=1)
    assert (done.status_code, done.headers["ETag"]) == (201, '"2"')
    assert done.headers["Luoshi-Log-Index"] == str(done.json()["log_index"])
    assert done.headers["Location"] == f"{where}/acts/2"
    sent = desk.post("bureau-desk", f"{where}/referrals", {"to_unit_id": "housing", "basis": "art22"}, version=2)
    assert sent.status_code == 201, sent.text
    last = desk.office.store.read_stream(case["stream"])[-1]
    assert last.topic == "petition.referred.v1"


def test_the_actor_is_the_caller_whatever_the_body_says(desk):
    where, _ = desk.received()
    for name in ("actor", "official_id", "recorded_at", "now", "stream", "command_id"):
        answer = desk.post("bureau-desk", f"{where}/registrations", {"case_no": "1", name: "housing-head"}, version=1)
        assert problem(answer, 422, "invalid_parameters")["errors"][0]["pointer"].endswith(name)


def test_nobody_in_particular_is_401_and_the_wrong_role_403(desk):
    answer = desk.post(None, "/v1/cases", {"channel": "letter"})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    where, _ = desk.received()
    registering = {"case_no": "1"}
    answer = desk.post("bureau-desk", f"{where}/registrations", registering, version=1, **{"X-Role": "auditor"})
    problem(answer, 403, "denied_role")


def test_a_case_outside_ones_reach_is_a_case_that_does_not_exist(desk):
    where, _ = desk.received()
    outside = desk.post("housing-desk", f"{where}/acceptances", version=1)
    missing = desk.post("housing-desk", "/v1/cases/luoshi/none/acceptances", version=1)
    said, same = problem(outside, 404, "case_not_found"), problem(missing, 404, "case_not_found")
    assert {k: v for k, v in said.items() if k != "instance"} == {k: v for k, v in same.items() if k != "instance"}


def test_versions(desk):
    where, _ = desk.received()
    problem(desk.post("bureau-desk", f"{where}/registrations", {"case_no": "1"}), 428, "if_match_missing")
    for odd in ("1", 'W/"1"', '"x"', '"1", "2"', '"٣"', ""):
        answer = desk.post("bureau-desk", f"{where}/registrations", {"case_no": "1"}, **{"If-Match": odd.encode()})
        problem(answer, 422, "if_match")
    stale = desk.post("bureau-desk", f"{where}/registrations", {"case_no": "1"}, version=7)
    problem(stale, 412, "stale")
    assert stale.headers["ETag"] == '"1"'
    assert len(desk.office.store.read_stream(f"case{where.removeprefix('/v1/cases')}")) == 1


def test_a_rule_that_refuses_is_named_with_what_is_allowed(desk):
    where, _ = desk.received()
    said = problem(
        desk.post("bureau-desk", f"{where}/classifications", {"category": "gossip"}, version=1), 409, "refused"
    )
    assert said["allowed"]
    assert said["errors"][0]["pointer"]


def test_the_same_key_is_one_act_and_one_answer(desk):
    body = {"channel": "visit", "sealed": {"petitioner_name": "王某"}}
    first = desk.post("bureau-desk", "/v1/cases", body, key="one")
    where = first.headers["Location"]
    desk.post("bureau-desk", f"{where}/registrations", {"case_no": "9"}, version=1)
    again = desk.post("bureau-desk", "/v1/cases", body, key="one")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    problem(
        desk.post("bureau-desk", "/v1/cases", {**body, "channel": "phone"}, key="one"), 422, "idempotency_key_reused"
    )
    other = desk.post("bureau-head", "/v1/cases", body, key="one")  # another caller's key is another key
    assert other.json()["stream"] != first.json()["stream"]
    problem(desk.post("bureau-desk", "/v1/cases", body, key=False), 400, "idempotency_key_missing")


def test_fifty_at_once_are_one(desk):
    where, case = desk.received()
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda _: desk.post("bureau-desk", f"{where}/registrations", {"case_no": "7"}, key="x", version=1),
                range(50),
            )
        )
    assert {(a.status_code, a.text, a.headers["ETag"]) for a in answers} == {(201, answers[0].text, '"2"')}
    assert len(desk.office.store.read_stream(case["stream"])) == 2


def test_an_accusation_has_a_random_number_and_a_door_of_its_own(desk):
    problem(desk.post("bureau-desk", "/v1/cases", {"channel": "letter", "source": "accusation"}), 422, "source")


def test_something_filed_for_an_office(desk):
    answer = desk.post("bureau-head", "/v1/offices/bureau/filings", {"kind": "no_such_kind"})
    assert answer.status_code == 409
    outside = desk.post("housing-desk", "/v1/offices/bureau/filings", {"kind": "x"})
    problem(outside, 403, "denied_reach")


def test_who_has_no_key_here_is_told_so(desk):
    desk.office.handler.keyring.destroy(desk.office.handler.keyring.signers("official/bureau-desk")[-1].key_id)
    problem(desk.post("bureau-desk", "/v1/cases", {"channel": "letter"}), 409, "no_key")
