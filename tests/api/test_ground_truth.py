"""
Real records, by the command line alone, against what somebody else counted in them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.api.running import TOP, Home, open_folder

DATA = Path(os.environ.get("LUOSHI_TEST_DATA", TOP.parent / "shared/data"))
CUT_OFF = "2012-01-23T14:42:54.644Z"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no records to test with under {DATA}")


@pytest.fixture(scope="module")
def truth():
    return json.loads((DATA / "ground_truth_given.json").read_text(encoding="utf-8"))["given"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(open_folder())
    home.run("init")
    for file, mapping in (
        ("receipt_permit/given.csv", "receipt_permit"),
        ("boston311/given.csv", "boston311"),
        ("teddy_c4_replies/given.csv", "teddy_c4_replies"),
        ("bpic2013_incidents/given.csv.gz", "bpic2013"),
    ):
        home.run("import", DATA / file, "--mapping", mapping, "--rejects", home.path / "rejects.csv")
    return home


@pytest.fixture(scope="module")
def leads(home):
    return home.ask("audit", "leads", "--source", "teddy_c4_replies")


def count(home, source, state, *more):
    found = home.ask("audit", "failures", "--source", source, "--state", state, *more)
    assert {r["state"] for r in found} <= {state}
    return found


class TestReceiptPermit:
    def test_closed_late(self, home, truth):
        expected = truth["receipt_permit"]
        summary = home.ask("audit", "summary", "--source", "receipt_permit")
        assert summary["cases"] == expected["cases"]
        assert summary["by_state"]["met_late"] == expected["closed_late"] == 213
        assert summary["by_state"]["met_late"] + summary["by_state"]["met"] == expected["closed"] == 677
        assert summary["leads"]["order_implausible"] == 1

    def test_open_and_overdue_at_the_cut_off(self, home, truth):
        found = count(home, "receipt_permit", "breached", "--as-of", CUT_OFF)
        assert len(found) == truth["receipt_permit"]["open_overdue_at_cutoff"] == 24

    def test_per_responsible_person(self, home, truth):
        late = Counter(r["person"]["id"] for r in count(home, "receipt_permit", "met_late"))
        overdue = Counter(r["person"]["id"] for r in count(home, "receipt_permit", "breached", "--as-of", CUT_OFF))
        for person, listed in truth["receipt_permit"]["by_responsible"].items():
            assert (late[person], overdue[person]) == (listed["closed_late"], listed["open_overdue"]), person
        assert late.total() == 213

    def test_four_eyes(self, home, truth):
        summary = home.ask("audit", "summary", "--source", "receipt_permit")
        expected = truth["receipt_permit"]["T04_and_T05_by_same_resource"]
        assert (expected["same"], expected["cases_with_both"]) == (451, 667)
        assert summary["leads"]["four_eyes"] == expected["same"]
        assert summary["lead_bases"]["four_eyes"] == expected["cases_with_both"]
        assert len(home.ask("audit", "leads", "--source", "receipt_permit", "--code", "four_eyes")) == 451

    def test_grouped_by_person(self, home, truth):
        asked = ("--source", "receipt_permit", "--as-of", CUT_OFF, "--by", "person", "--purpose", "核对")
        groups = home.ask("audit", "failures", *asked)
        found = {g["key"]: (g["met_late"], g["breached"]) for g in groups}
        listed = truth["receipt_permit"]["by_responsible"]
        assert found == {
            p: (x["closed_late"], x["open_overdue"]) for p, x in listed.items() if x["closed_late"] or x["open_overdue"]
        }

    def test_the_latest(self, home, truth):
        found = {r["case_no"]: r for r in count(home, "receipt_permit", "met_late")}
        for listed in truth["receipt_permit"]["latest10"]:
            row = found[listed["case"]]
            assert row["days_late"] == int(listed["days_late"])
            assert row["person"]["id"] == listed["responsible"]

    def test_xes_gives_the_same_answers(self, home, truth, tmp_path):
        other = Home(open_folder())
        other.run("init")
        other.run("import", DATA / "receipt_permit/given.xes.gz", "--mapping", "receipt_permit")
        left = home.ask("audit", "summary", "--source", "receipt_permit", "--as-of", CUT_OFF)
        right = other.ask("audit", "summary", "--source", "receipt_permit", "--as-of", CUT_OFF)
        assert left["by_state"] == right["by_state"]


class TestBoston:
    def test_overdue(self, home, truth):
        expected = truth["boston311"]
        summary = home.ask("audit", "summary", "--source", "boston311")
        assert summary["by_state"]["met_late"] == expected["overdue"] == 220
        assert summary["cases_without_due_date"] == expected["no_target_date"] == 369
        units = Counter(r["unit"]["id"] for r in count(home, "boston311", "met_late"))
        for unit, listed in expected["by_department"].items():
            assert units[unit] == listed["overdue"], unit


class TestReplies:
    @pytest.mark.parametrize(("duty", "days"), [("reply_15", "15"), ("reply_60", "60")])
    def test_later_than(self, home, truth, duty, days):
        found = count(home, "teddy_c4_replies", "met_late", "--duty", duty)
        assert len(found) == truth["teddy_c4_replies"]["over_days_calendar"][days]

    def test_replies_that_only_pass_on_or_acknowledge(self, home, truth, leads):
        expected = truth["teddy_c4_replies"]
        codes = Counter(x["code"] for x in leads)
        ids = {code: [x["case_no"] for x in leads if x["code"] == code] for code in codes}
        assert ids["forward_only_reply"] == expected["forward_only"]["ids"]
        assert codes["forward_only_reply"] == expected["forward_only"]["n"] == 95
        assert codes["forward_only_unnamed_target"] == expected["forward_only"]["unnamed_target"] == 28
        assert ids["acknowledgement_only_reply"] == expected["acknowledgement_only"]["ids"]
        assert codes["acknowledgement_only_reply"] == expected["acknowledgement_only"]["n"] == 16
        assert home.ask("audit", "summary", "--source", "teddy_c4_replies")["leads"] == codes

    def test_identical_replies(self, truth, leads):
        rows = [x for x in leads if x["code"] == "identical_reply"]
        expected = truth["teddy_c4_replies"]["identical_replies"]
        assert len({x["case_no"] for x in rows}) == len(rows) == expected["rows_in_groups"] == 38
        assert len({x["group"]["first"] for x in rows}) == expected["groups"] == 11
        assert max(x["group"]["size"] for x in rows) == expected["largest"]

    def test_signing_dates(self, truth, leads):
        codes = Counter(x["code"] for x in leads)
        expected = truth["teddy_c4_replies"]["signed_date_at_end"]
        assert codes["signed_after_reply"] == expected["signed_after_posting"] == 41
        assert codes["signed_before_matter"] == expected["signed_before_message_day"] == 16

    def test_no_lead_names_a_person_or_shows_a_text(self, leads):
        assert all(x["kind"] == "lead" and "unit" not in x and "person" not in x for x in leads)
        assert max(len(x["measure"]) for x in leads) < 80


class TestIncidents:
    def test_returns(self, home, truth):
        expected = truth["bpic2013_incidents"]
        routes = home.ask("audit", "routes", "--source", "bpic2013")
        assert len(routes) == expected["cases"]
        returning = sum(1 for r in routes if r["returns_to_earlier_unit"])
        assert returning == expected["cases_returning_to_an_earlier_team"] == 619
        assert sum(r["handovers"] for r in routes) == expected["handovers_total"]
        by_case = {r["case_no"]: r["handovers"] for r in routes}
        for listed in expected["top10_handovers"]:
            assert by_case[listed["case"]] == listed["handovers"]


def test_the_log_verifies(home):
    assert "verified" in home.run("verify").stdout
