"""
The pages: four questions in Chinese, one case with its arithmetic; nothing from elsewhere, nobody ranked.
"""

from __future__ import annotations

import re

import pytest

from app import words
from app.codec import TOPICS
from domain.duties.standing import STATES
from tests.api.http.served import served
from tests.projections.logs import cases_of, simulated

PAGE = {"headers": {"Accept": "text/html"}}


@pytest.fixture(scope="module")
def year():
    return simulated(60)


@pytest.fixture
def client(database, year):
    with served(database, year) as client:
        yield client


class TestBoard:
    def test_four_questions(self, client):
        text = client.get("/", params={"as_of": "2025-12-31"}, **PAGE).text
        for question in ("发现不落实的事", "找准不落实的人", "分析不落实的因", "紧追不落实的责"):
            assert question in text
        rows = client.get("/v1/audit/failures", params={"as_of": "2025-12-31", "limit": 50}).json()["items"]
        of_cases = [r["case_no"] for r in rows if r["source"] != "standing"]  # what an office owes has no case
        assert of_cases == re.findall(r'<a href="/cases/[^"]+">([^<]+)</a>', text)
        assert all(r["case_no"] in text for r in rows)

    def test_nothing_from_elsewhere(self, client):
        """
        No script, no foreign address; the style sheet is our own.
        """
        answer = client.get("/", **PAGE)
        assert "<script" not in answer.text
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert client.get("/style.css").headers["content-type"].startswith("text/css")

    def test_before_the_year(self, client):
        """
        As of a day on which nothing had failed, the page says that the log holds nothing.
        """
        assert "日志中没有" in client.get("/", params={"as_of": "2024-12-31"}, **PAGE).text

    def test_filter_and_english(self, client):
        rows = client.get("/v1/audit/failures", params={"as_of": "2025-12-31", "limit": 500}).json()["items"]
        unit = rows[0]["unit"]["id"]
        text = client.get("/", params={"as_of": "2025-12-31", "unit": unit, "lang": "en"}, **PAGE).text
        assert "Who failed to implement what" in text
        assert text.count("<tr>") - 1 == sum((r["unit"] or {}).get("id") == unit for r in rows[:50])

    def test_people_are_not_counted(self, client):
        """
        No link and no number stands for a person: the counted lists hold duties, units and causes.
        """
        text = client.get("/", params={"as_of": "2025-12-31"}, **PAGE).text
        assert "person=" not in text


class TestCase:
    def test_case(self, client, year):
        for stream in list(cases_of(year))[:12]:
            source_and_no = stream.removeprefix("case/")
            answer = client.get(f"/cases/{source_and_no}", params={"as_of": "2025-12-31"}, **PAGE)
            assert answer.status_code == 200
            duties = client.get(f"/v1/cases/{source_and_no}/duties", params={"as_of": "2025-12-31"}).json()["duties"]
            for duty in duties:
                assert duty["duty_name"] in answer.text
                for step in duty["due_trace"]:
                    assert step.replace("'", "&#39;") in answer.text
            newest_first = re.findall(r'<time datetime="([^"]+)"', answer.text)
            assert newest_first == sorted(newest_first, reverse=True)

    def test_what_followed_a_failure(self, client):
        """
        Beside a failure stands how far it was pursued, or for how long nothing is recorded.
        """
        asked = {"as_of": "2025-12-31", "source": "county", "limit": 1}
        row = client.get("/v1/audit/pursuit", params=asked).json()["items"][0]
        place = f"/cases/{row['source']}/{row['case_no']}"
        text = client.get(place, params={"as_of": "2025-12-31"}, **PAGE).text
        assert "追责" in text
        assert row["days_unpursued"] is None or f"逾期后 {row['days_unpursued']} 日未记录任何追责" in text

    def test_unknown(self, client):
        answer = client.get("/cases/county/%3Cb%3E", **PAGE)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "<b>" not in answer.text


def test_every_state_and_act_has_its_word():
    assert set(STATES) == set(words.STATES)
    assert {topic.rsplit(".", 1)[0] for topic in TOPICS} == set(words.ACTS)
