"""
What an act names by a code of the packs' lists, judged by those in force on its day.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.law.rules import SCHEMA, Rulebook, parse_pack
from tests.domain.case.test_decide import ACCEPTED, ARRIVED
from tests.domain.duties.build import STATUTES, rulebook
from tests.given import BUREAU, HOUSING, Given, given, order

BY = date(2026, 4, 1)
LOCAL = """
schema = "luoshi.pack.v1"
pack = "our-county"

[[subject]]
code = "housing"
name_zh = "住房"
[[subject]]
code = "housing.title"
name_zh = "办证"
under = "housing"
in_force_to = 2026-12-31
[[subject]]
code = "roads"
name_zh = "道路"

[[undertaking]]
code = "visit_the_site"
name_zh = "到现场"
shown_by = ["progress_noted"]

[[undertaking_set]]
code = "two_for_one"
name_zh = "二包一"
members = 2
undertakings = ["visit_the_site"]

[[posted_list]]
code = "red_board"
name_zh = "红榜"
needs = ["settle_by", "reason"]
owner_kinds = ["organ"]
struck_off_by = ["handling_opinion_served"]
"""
LEADER: dict[str, Any] = {"leader_unit_id": "housing", "leader_official_id": "li", "leader_post_id": "h-head"}
ASSIGNED = e.CaseLeaderAssigned(**BUREAU, **LEADER, act_by=BY)  # version 5
HEAD = {"unit_id": "housing", "official_id": "li", "post_id": "h-head"}


def locally(*events: Any) -> Given:
    """The same, where the county has adopted its own lists: a TOML text, and no line of code."""
    before = given(*events)
    packs = (*rulebook().packs, parse_pack(tomllib.loads(LOCAL)))
    return Given(before.case, before.people, type(before.facts)(Rulebook(packs)))


class TestSubject:
    def classify(self, subject, **more):
        return order(c.ClassifyPetition, category="claim", subject=subject, **more)

    def test_a_code_of_the_list(self):
        classified = e.PetitionClassified(**BUREAU, category="claim", subject="housing.title")
        locally(*ARRIVED).when(self.classify("housing.title")).then(classified)
        locally(*ARRIVED, classified).when(self.classify("housing.title")).then()

    def test_an_unknown_code_is_refused_with_what_is_allowed(self):
        locally(*ARRIVED).when(self.classify("housing.roof")).refused("no code of the taxonomy", field="subject")
        with pytest.raises(Exception, match="no code") as caught:
            locally(*ARRIVED).when(self.classify("housing.roof")).then()
        assert "housing.title 办证" in caught.value.allowed
        assert "roads" not in caught.value.allowed

    def test_an_unknown_line_is_told_the_lines(self):
        with pytest.raises(Exception, match="no code") as caught:
            locally(*ARRIVED).when(self.classify("sky")).then()
        assert caught.value.allowed == "housing 住房; roads 道路"

    def test_by_the_day_of_the_act(self):
        locally(*ARRIVED).when(self.classify("housing.title", on="2027-01-04")).refused("no code of the taxonomy")

    def test_at_registration_too(self):
        received = e.PetitionReceived(**BUREAU, channel="web")
        register = order(c.RegisterPetition, case_no="1", subject="sky")
        locally(received).when(register).refused("no code of the taxonomy", field="subject")
        registered = e.PetitionRegistered(**BUREAU, case_no="1", subject="sky")
        given(received).when(register).then(registered)

    def test_what_is_on_record_is_not_measured_again(self):
        """
        Registered before there was a list: saying it again is no new act, and is not refused.
        """
        said = (
            e.PetitionReceived(**BUREAU, channel="web"),
            e.PetitionRegistered(**BUREAU, case_no="1", subject="sky"),
        )
        locally(*said).when(order(c.RegisterPetition, case_no="1", subject="sky")).then()


class TestUndertaking:
    def test_a_locality_adds_one(self):
        make = order(c.MakeUndertaking, assignment_version=5, kind="visit_the_site", act_by=BY)
        made = e.UndertakingMade(**BUREAU, assignment_version=5, kind="visit_the_site", act_by=BY)
        locally(*ARRIVED, ASSIGNED).when(make).then(made)
        locally(*ARRIVED, ASSIGNED, made).when(make).then()
        given(*ARRIVED, ASSIGNED).when(make).refused("kind is one of know_the_facts", field="kind")

    def test_shown_by_what_its_list_says(self):
        made = e.UndertakingMade(**BUREAU, assignment_version=5, kind="visit_the_site")
        noted = e.ProgressNoted(**HOUSING, step="site_visited")  # version 7
        keep = {"assignment_version": 5, "undertaking_version": 6}
        before = (*ARRIVED, ASSIGNED, made, noted)
        locally(*before).when(order(c.TakeLeaderAction, HEAD, **keep, evidence=("x",))).refused(
            "visit_the_site is shown by", field="shown_by"
        )
        acted = e.CaseLeaderActed(**HEAD, **keep, shown_by=7)
        locally(*before).when(order(c.TakeLeaderAction, HEAD, **keep, shown_by=7)).then(acted)
        locally(*before, acted).when(order(c.TakeLeaderAction, HEAD, **keep, shown_by=7)).then()

    def test_without_a_list_none_can_be_made(self):
        before = given(*ARRIVED, ASSIGNED)
        bare = Rulebook((parse_pack({"schema": SCHEMA, "pack": "bare"}),))
        alone = Given(before.case, before.people, type(before.facts)(bare))
        make = order(c.MakeUndertaking, assignment_version=5, kind="explain")
        alone.when(make).refused(r"no pack in force has a list \[\[undertaking\]\]", field="kind")


class TestBundle:
    def test_of_a_set(self):
        assign = order(c.AssignBundle, members=("li", "zhao"), act_by=BY, bundle_set="two_for_one")
        bundle = e.BundleAssigned(**BUREAU, members=("li", "zhao"), act_by=BY, bundle_set="two_for_one")
        clerk = {"leader_unit_id": "bureau", "leader_official_id": "zhao", "leader_post_id": "b-clerk"}
        members = [e.CaseLeaderAssigned(**BUREAU, **who, act_by=BY, bundle_version=5) for who in (LEADER, clerk)]
        kept = [e.UndertakingMade(**BUREAU, assignment_version=n, kind="visit_the_site", act_by=BY) for n in (6, 7)]
        locally(*ARRIVED).when(assign).then(bundle, *members, *kept)
        locally(*ARRIVED, bundle, *members, *kept).when(assign).then()

    def test_refused(self):
        three = order(c.AssignBundle, members=("li", "zhao", "chen"), bundle_set="two_for_one")
        locally(*ARRIVED).when(three).refused("has 2 officials; found 3", field="members")
        given(*ARRIVED).when(order(c.AssignBundle, members=("li", "zhao"), bundle_set="two_for_one")).refused(
            "no pack in force", field="bundle_set"
        )


POST: dict[str, Any] = {"kind": "red_board", "owner_unit_id": "housing", "settle_by": BY, "reason": "stalled"}


class TestPostedList:
    POSTED = e.ItemPosted(**BUREAU, **POST)

    def test_a_locality_adds_one(self):
        locally(*ARRIVED).when(order(c.PostItem, **POST)).then(self.POSTED)
        locally(*ARRIVED, self.POSTED).when(order(c.PostItem, **POST)).then()
        given(*ARRIVED).when(order(c.PostItem, **POST)).refused("kind is one of posted, account", field="kind")

    @pytest.mark.parametrize(
        ("more", "why", "field"),
        [
            ({"settle_by": None}, "has settle_by", "settle_by"),
            ({"reason": None}, "has reason", "reason"),
            ({"owner_unit_id": "bureau"}, "owned by a unit of kind organ", "owner_unit_id"),
        ],
    )
    def test_what_its_list_asks_for(self, more, why, field):
        locally(*ARRIVED).when(order(c.PostItem, **POST | more)).refused(why, field=field)

    def test_struck_off_after_an_act_of_the_case(self):
        strike = order(c.StrikeOffItem, item_version=5, evidence=("x",))
        locally(*ARRIVED, self.POSTED).when(strike).refused("struck off after one of", field="item_version")
        opinion = e.HandlingOpinionServed(**HOUSING, outcome="explain")
        struck = e.ItemStruckOff(**BUREAU, item_version=5, evidence=("x",))
        locally(*ARRIVED, self.POSTED, ACCEPTED, opinion).when(strike).then(struck)
        locally(*ARRIVED, self.POSTED, ACCEPTED, opinion, struck).when(strike).then()

    def test_an_opinion_before_the_posting_shows_nothing(self):
        opinion = e.HandlingOpinionServed(**HOUSING, outcome="explain")
        strike = order(c.StrikeOffItem, item_version=7, evidence=("x",))
        locally(*ARRIVED, ACCEPTED, opinion, self.POSTED).when(strike).refused("struck off after one of")


def test_the_example_of_a_county_reads():
    text = (STATUTES / "local/cn-henan-county-example.toml").read_text(encoding="utf-8")
    lists = parse_pack(tomllib.loads(text)).lists
    assert [(s.code, s.members) for s in lists.sets] == [("five_for_one", 5)]
