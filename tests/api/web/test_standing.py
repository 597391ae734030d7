"""
Standing duties and corrections at the doors: in the list beside cases, with a page that explains each line.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from domain.case import events as e
from domain.people import events as p
from ledger.store.memory import MemoryStore
from tests.api.http.served import served
from tests.domain.duties.build import moment
from tests.projections.logs import Writer
from tests.projections.test_standing_rows import county

DAY = "2025-12-31"
PAGE = {"headers": {"Accept": "text/html"}}
ZHAO = {"unit_id": "bureau", "official_id": "zhao", "post_id": None}


@pytest.fixture
def client(database):
    with served(database, county(1)) as client:
        yield client


def failing(client, **asked):
    return client.get("/v1/audit/failures", params={"as_of": DAY, "limit": 500, **asked}).json()["items"]


class TestStanding:
    def test_listed_with_bearer_and_proof(self, client):
        rows = failing(client, source="standing")
        assert rows
        assert {r["stream"].partition("/")[0] for r in rows} <= {"post", "unit"}
        for row in rows:
            assert row["unit"]["id"]
            assert "rule_pack.adopted.v1" in [x["type"] for x in row["evidence"]]

    def test_from_the_list_to_its_page(self, client):
        """
        Every link of the list leads to a page that has the duty, its period and its arithmetic.
        """
        text = client.get("/", params={"as_of": DAY}, **PAGE).text
        links = set(re.findall(r'href="(/standing/[^"?]+)', text))
        assert links
        by_stream = {r["stream"]: r for r in failing(client, source="standing")}
        for link in links:
            answer = client.get(link, params={"as_of": DAY}, **PAGE)
            assert answer.status_code == 200
            assert by_stream[link.removeprefix("/standing/")]["duty_name"] in answer.text

    def test_english(self, client):
        text = client.get("/standing/post/gov-head", params={"as_of": DAY, "lang": "en"}, **PAGE).text
        assert "standing duties" in text

    @pytest.mark.parametrize("where", ["post/nobody", "unit/nobody", "office/gov", "post"])
    def test_nobodys(self, client, where):
        assert client.get(f"/standing/{where}", **PAGE).status_code == 404

    def test_further_ahead_than_the_view(self, client):
        """
        Asked for a day beyond its periods, the list is folded from the log: there are more periods, not fewer.
        """
        far = (date(2027, 12, 31) + timedelta(days=40)).isoformat()
        ahead = failing(client, as_of=far)
        assert len(ahead) > len(failing(client, as_of="2026-12-31"))


def test_corrections_on_the_page(database):
    """
    The act shows what it said, what it says, who changed it, and the record; a retracted one is marked.
    """
    w = Writer(MemoryStore())
    at = moment("2025-02-03")
    for unit in ("bureau", "housing"):
        w.add(f"unit/{unit}", p.UnitEstablished(unit_id=unit, name=unit, kind="organ"), at)
    for official in ("zhao", "li"):
        w.add(f"official/{official}", p.OfficialRegistered(official_id=official, name=official), at)
    stream = "case/county/1"
    w.add(stream, e.PetitionReceived(**ZHAO, channel="letter"), at)
    w.add(stream, e.PetitionRegistered(**ZHAO, case_no="1"), at)
    sent = w.add(stream, e.PetitionAssigned(**ZHAO, to_unit_id="housing", basis="x", report_by=date(2025, 6, 1)), at)
    fix = {"act_version": sent, "field": "report_by", "value": "2025-05-01", "reason": "misread"}
    w.add(stream, e.ActCorrected(**ZHAO, **fix, second_official_id="li"), at)
    closed = w.add(stream, e.CaseClosed(**ZHAO), at)
    w.add(stream, e.ActRetracted(**ZHAO, act_version=closed, reason="twice", second_official_id="li"), at)
    with served(database, w.store) as client:
        text = client.get("/cases/county/1", params={"as_of": DAY}, **PAGE).text
        duties = client.get("/v1/cases/county/1/duties", params={"as_of": DAY}).json()["duties"]
    assert "已更正" in text
    assert "2025-06-01 → 2025-05-01" in text
    assert "zhao、li" in text
    assert text.count('class=" retracted"') == 1
    assert any("corrected_by" in x for d in duties for x in d["evidence"])
