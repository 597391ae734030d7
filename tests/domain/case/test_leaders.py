"""
Leaders in charge of a case.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from tests.domain.case.test_decide import ACCEPTED, ARRIVED
from tests.domain.duties.build import rulebook
from tests.given import BUREAU, HOUSING, given, order

BY = date(2026, 4, 1)
LEADER = {"leader_unit_id": "housing", "leader_official_id": "li", "leader_post_id": "h-head", "act_by": BY}
ASSIGNED = e.CaseLeaderAssigned(**BUREAU, **LEADER)  # version 5
EXPLAIN = e.UndertakingMade(**BUREAU, assignment_version=5, kind="explain", act_by=BY)  # version 6
HEAD = {"unit_id": "housing", "official_id": "li", "post_id": "h-head"}
ACTED = e.CaseLeaderActed(**HEAD, assignment_version=5, evidence=("sha256:1",))
RELIEVED = e.CaseLeaderRelieved(**BUREAU, assignment_version=5, reason="new_portfolio")


class TestAssigned:
    def test_with_undertakings(self):
        """
        Each undertaking is an act of its own, so that each has its own day and its own end.
        """
        assign = order(c.AssignCaseLeader, **LEADER, undertakings=("explain",))
        given(*ARRIVED).when(assign).then(ASSIGNED, EXPLAIN)
        given(*ARRIVED, ASSIGNED, EXPLAIN).when(assign).then()

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"leader_official_id": None, "leader_post_id": None}, "an official or a post"),
            ({"leader_official_id": "nobody"}, "not in the register"),
            ({"leader_post_id": "b-clerk"}, "no post of housing"),
            ({"leader_unit_id": "mars"}, "not in the register"),
            ({"act_by": date(2026, 3, 5)}, "must lie after"),
            ({"undertakings": ("keep_him_at_home",)}, "undertakings is one of"),
        ],
    )
    def test_refused(self, more, why):
        given(*ARRIVED).when(order(c.AssignCaseLeader, **LEADER | more)).refused(why)

    def test_the_eighth_undertaking_does_not_exist(self):
        """
        Control of persons (mechanisms 150) is no undertaking.
        """
        kinds = [u.code for pack in rulebook().packs for u in pack.lists.undertakings]
        assert kinds == [
            "know_the_facts",
            "explain",
            "resolve",
            "settle_lawfully",
            "assist",
            "report",
            "act_lawfully",
        ]

    def test_relieved(self):
        relieve = order(c.RelieveCaseLeader, assignment_version=5, reason="new_portfolio")
        given(*ARRIVED, ASSIGNED).when(relieve).then(RELIEVED)
        given(*ARRIVED, ASSIGNED, RELIEVED).when(relieve).then()
        given(*ARRIVED, ASSIGNED).when(order(c.RelieveCaseLeader, HOUSING, assignment_version=5, reason="x")).refused(
            "relieved by who assigned"
        )


class TestUndertaking:
    def test_made(self):
        make = order(c.MakeUndertaking, assignment_version=5, kind="explain", act_by=BY)
        given(*ARRIVED, ASSIGNED).when(make).then(EXPLAIN)
        given(*ARRIVED, ASSIGNED, EXPLAIN).when(make).then()
        given(*ARRIVED, ASSIGNED, RELIEVED).when(make).refused("was relieved")
        given(*ARRIVED).when(make).refused("no case_leader_assigned stands", field="assignment_version")

    def test_settling_lawfully_is_shown_by_a_served_decision(self):
        """
        A matter is settled by a served decision or the petitioner's own act; a leader's word or paper shows nothing.
        """
        keep = {"assignment_version": 7, "undertaking_version": 8}
        assigned = (*ARRIVED, ACCEPTED, e.HandlingOpinionServed(**HOUSING, outcome="explain"), ASSIGNED)
        made = e.UndertakingMade(**BUREAU, assignment_version=7, kind="settle_lawfully", act_by=BY)
        given(*assigned, made).when(order(c.TakeLeaderAction, HEAD, **keep, evidence=("sha256:1",))).refused(
            "settle_lawfully is shown by", field="shown_by"
        )
        given(*assigned, made).when(order(c.TakeLeaderAction, HEAD, **keep, shown_by=6)).then(
            e.CaseLeaderActed(**HEAD, **keep, shown_by=6)
        )


class TestAction:
    def test_taken(self):
        act = order(c.TakeLeaderAction, HEAD, assignment_version=5, evidence=("sha256:1",))
        given(*ARRIVED, ASSIGNED).when(act).then(ACTED)
        given(*ARRIVED, ASSIGNED, ACTED).when(act).then()

    def test_refused(self):
        given(*ARRIVED, ASSIGNED).when(order(c.TakeLeaderAction, HEAD, assignment_version=5)).refused(
            "shown by evidence", field="evidence"
        )
        given(*ARRIVED, ASSIGNED).when(
            order(c.TakeLeaderAction, BUREAU, assignment_version=5, evidence=("x",))
        ).refused("done by the leader")
        given(*ARRIVED, ASSIGNED, RELIEVED).when(
            order(c.TakeLeaderAction, HEAD, assignment_version=5, evidence=("x",))
        ).refused("was relieved")

    def test_anothers_undertaking(self):
        other = e.CaseLeaderAssigned(**BUREAU, leader_unit_id="bureau", leader_official_id="zhao")
        given(*ARRIVED, ASSIGNED, EXPLAIN, other).when(
            order(c.TakeLeaderAction, BUREAU, assignment_version=7, undertaking_version=6, evidence=("x",))
        ).refused("another leader's", field="undertaking_version")


class TestBundle:
    BUNDLE = e.BundleAssigned(**BUREAU, members=("li", "zhao"), act_by=BY)
    MEMBERS = (
        e.CaseLeaderAssigned(**BUREAU, **LEADER, bundle_version=5),
        e.CaseLeaderAssigned(
            **BUREAU,
            leader_unit_id="bureau",
            leader_official_id="zhao",
            leader_post_id="b-clerk",
            act_by=BY,
            bundle_version=5,
        ),
    )

    def test_each_member_is_assigned(self):
        assign = order(c.AssignBundle, members=("li", "zhao"), act_by=BY)
        given(*ARRIVED).when(assign).then(self.BUNDLE, *self.MEMBERS)
        given(*ARRIVED, self.BUNDLE, *self.MEMBERS).when(assign).then()

    def test_refused(self):
        given(*ARRIVED).when(order(c.AssignBundle, members=("li", "li"))).refused("several officials", field="members")
        given(*ARRIVED).when(order(c.AssignBundle, members=("li", "wang"))).refused("in no post on that day")


def test_lead_unit():
    """
    An outstanding issue has the unit that leads it and the leader in charge of it.
    """
    lead = {"lead_unit_id": "housing", "leader_official_id": "chen", "issue_kind": "policy"}
    designated = e.LeadUnitDesignated(**BUREAU, **lead)
    given(*ARRIVED).when(order(c.DesignateLeadUnit, **lead)).then(designated)
    given(*ARRIVED, designated).when(order(c.DesignateLeadUnit, **lead)).then()
    given(*ARRIVED).when(order(c.DesignateLeadUnit, **lead | {"issue_kind": "person"})).refused("issue_kind is one of")
