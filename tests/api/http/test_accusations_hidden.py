"""
An accusation against an inspector of the very unit that holds it: nothing of it reaches the accused, at any door. The
colleague who may see it proves at each door that there is something to be hidden.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.accounts.gate import _units
from app.establish import record
from domain.people import events as p
from ledger.envelope import open_leaf
from tests.api.http.tree import ACCUSATION, ACCUSED, COLLEAGUE, DAY, DEPUTY, county

PATH = f"/v1/cases/{ACCUSATION.removeprefix('case/')}"
NUMBER = ACCUSATION.rpartition("/")[2]
NOWHERE = f"/v1/cases/accusation/{'0b' * 16}"
LATER = "2027-03-02"
FAR = {"as_of": LATER, "limit": 500}


@pytest.fixture
def served(database, tmp_path):
    with county(database, tmp_path) as served:
        yield served


def both(served, path, **params):
    """What the colleague and what the accused is answered, as text."""
    answers = [served.get(who, "inspector", path, **params) for who in (COLLEAGUE, ACCUSED)]
    assert [a.status_code for a in answers] == [200, 200], answers[0].text
    return [a.text for a in answers]


def test_lists(served):
    seen, hidden = both(served, "/v1/cases", limit=500)
    assert NUMBER in seen
    assert NUMBER not in hidden
    assert "accusation" not in hidden
    seen, hidden = both(served, "/v1/cases", source="accusation")
    assert NUMBER in seen
    assert '"items":[]' in hidden


def told(answer):
    """Body and headers but for the path asked and the number of the request, which no two have in common."""
    number = answer.json()["trace_id"]
    lines = answer.text, *(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
    return [line.replace(number, "-").replace("0a", "-").replace("0b", "-") for line in lines]


def test_one_case_is_answered_as_none(served):
    for part in ("", "/timeline", "/duties", "/acts/1"):
        assert served.get(COLLEAGUE, "inspector", PATH + part).status_code == 200, part
        answers = [served.get(ACCUSED, "inspector", x + part) for x in (PATH, NOWHERE)]
        assert [a.status_code for a in answers] == [404, 404], part
        assert told(answers[0]) == told(answers[1])


def test_acts(served):
    for path in (PATH, NOWHERE):
        assert (
            served.post(ACCUSED, "inspector", f"{path}/accusation-acceptances", {}).json()["code"] == "case_not_found"
        )
    assert served.post(COLLEAGUE, "inspector", f"{PATH}/accusation-acceptances", {}).status_code == 409
    for path in (PATH, NOWHERE):  # whatever version is named, nothing is told of the one there is
        answer = served.post(ACCUSED, "inspector", f"{path}/accusation-acceptances", {}, version=99)
        assert (answer.status_code, "etag" in answer.headers) == (404, False)


def test_counts_and_sums(served):
    for by in ("unit", "duty", "cause", "month", "person"):
        asked = FAR | {"by": by, "purpose": "复核"}
        seen, hidden = both(served, "/v1/audit/failures", **asked)
        assert seen != hidden
        assert "discipline" not in hidden
        seen, hidden = both(served, "/v1/audit/failures", **asked, known_at=10**6)
        assert seen != hidden
        assert "discipline" not in hidden
    seen, hidden = (served.get(w, "inspector", "/v1/audit/summary", as_of=LATER).json() for w in (COLLEAGUE, ACCUSED))
    assert seen["cases"] == hidden["cases"] + 1
    assert seen["duties"] > hidden["duties"]


def test_search_by_unit_person_duty_and_source(served):
    for asked in ({"unit": "discipline"}, {"source": "accusation"}, {"person": COLLEAGUE, "purpose": "复核"}):
        seen, hidden = both(served, "/v1/audit/failures", **FAR, **asked)
        assert '"items":[]' in hidden
        strict = served.get(ACCUSED, "inspector", "/v1/audit/failures", **FAR, **asked, strict=True).text
        assert '"items":[]' in strict
        if "person" not in asked:
            assert NUMBER in seen
    assert NUMBER not in both(served, "/v1/audit/pursuit", **FAR)[1]


def test_pages(served):
    seen, hidden = both(served, "/", as_of=LATER)
    assert NUMBER in seen
    assert NUMBER not in hidden
    seen, hidden = both(served, "/work")
    assert NUMBER not in hidden
    place = f"/cases/accusation/{NUMBER}"
    assert served.get(COLLEAGUE, "inspector", place).status_code == 200
    assert served.get(ACCUSED, "inspector", place).status_code == 404
    form = f"/act/accusation-acceptances/accusation/{NUMBER}"
    assert served.get(COLLEAGUE, "inspector", form).status_code == 200
    nowhere = form.replace("0a", "0b")
    answers = [served.get(ACCUSED, "inspector", x) for x in (form, nowhere)]
    assert [a.status_code for a in answers] == [404, 404]
    assert told(answers[0]) == told(answers[1])


@pytest.mark.parametrize("role", ["head", "auditor", "petition_bureau", "supervisor", "leader", "handler", "operator"])
def test_no_other_role_opens_it(served, role):
    """
    Whatever else the accused is granted, and whoever else of the unit has no inspector's role.
    """
    for who in (ACCUSED, COLLEAGUE):
        assert served.get(who, role, PATH).status_code in (403, 404)
        assert NUMBER not in served.get(who, role, "/v1/cases", limit=500).text
    assert served.get(ACCUSED, f"{role} inspector", PATH).status_code == 404


def test_who_acts_for_the_accused(served):
    assert served.get(DEPUTY, "inspector", PATH).status_code == 200
    assert served.get(DEPUTY, "inspector", PATH, acting_for=ACCUSED).status_code == 404
    assert NUMBER not in served.get(DEPUTY, "inspector", "/v1/cases", acting_for=ACCUSED).text


def test_a_deputy_from_tomorrow_on(served):
    """
    An appointment recorded today for a later day: from that day on, although nothing new is in the log.
    """
    entry = p.AppointmentMade(post_id="discipline-head", official_id=DEPUTY, from_on=date(2026, 3, 5), kind="acting")
    record(served.office.handler, entry, now=served.office.at)
    for day, is_seen in ((DAY, True), (date(2026, 3, 5), False)):
        served.office.at = served.office.at.replace(day=day.day)
        assert (NUMBER in served.get(DEPUTY, "inspector", "/v1/cases").text) == is_seen, day
        assert (served.get(DEPUTY, "inspector", PATH).status_code == 200) == is_seen
        assert _units(served.office.handler.register(), DEPUTY, day) == {"discipline"}


def test_readiness_health_and_the_size_of_the_log_name_nothing(served):
    for path in ("/readyz", "/healthz", "/v1/log/size", "/openapi.json"):
        text = served.http.get(path).text
        assert NUMBER not in text
        assert ACCUSED not in text


def test_entry_bundles_and_exports_name_no_accused(served):
    """
    What witnesses, mirrors and evidence carry of an accusation is its acts: whom it is against is in none of them.
    """
    for stored in served.office.store.read_stream(ACCUSATION):
        said = open_leaf(stored.leaf).payload.decode()
        assert ACCUSED not in said
        assert "受贿" not in said


def test_refusals_are_written_down_without_it(served):
    """
    The record of access and the error say nothing of the accusation that was asked for.
    """
    served.get(ACCUSED, "handler", "/v1/audit/summary")
    served.get(ACCUSED, "inspector", PATH)
    denials = served.http.app.state.authenticator.denials
    assert denials == [(ACCUSED, "audit.ask", "role")]


def test_logs(served, caplog):
    with caplog.at_level(0):
        served.get(ACCUSED, "inspector", PATH)
        served.get(COLLEAGUE, "inspector", PATH)
    ours = [r for r in caplog.records if not r.name.startswith("httpx")]  # the test's own client
    assert not any(ACCUSED in r.getMessage() or NUMBER in r.getMessage() for r in ours)
