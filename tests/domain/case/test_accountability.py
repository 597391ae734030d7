"""
Holding to account: the ladder, the right of reply before use, and who may decide.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.people import events as p
from tests.domain.case.test_decide import ARRIVED
from tests.domain.case.test_supervision import FOUND
from tests.domain.duties.build import bureau_and_housing
from tests.given import BUREAU, HOUSING, given, order

BY = date(2026, 4, 1)
TALK = {"of_finding": 5, "measure": "talk", "subject_unit_id": "housing"}
PROPOSED = e.AccountabilityProposed(**BUREAU, **TALK)  # version 6
OFFERED = e.AccountabilityReplyOffered(**BUREAU, proposal_version=6, answer_by=date(2026, 3, 12))  # version 7
REPLIED = e.AccountabilityReplyGiven(**HOUSING, proposal_version=6)  # version 8
BASIS = {"basis": "信访工作责任制实施办法 art. 13", "executor_unit_id": "bureau", "execute_by": BY}
DECIDED = e.AccountabilityDecided(
    **BUREAU, proposal_version=6, measure="talk", subject_unit_id="housing", **BASIS
)  # version 9
EXECUTED = e.AccountabilityExecuted(**BUREAU, decision_version=9, evidence=("sha256:1",))
SET_ASIDE = e.AccountabilitySetAside(**BUREAU, decision_version=9, reason="appeal")
DECIDE = {"proposal_version": 6, **BASIS}
HEARD = (*ARRIVED, FOUND, PROPOSED, OFFERED, REPLIED)
ORDERED = e.RectificationOrdered(**BUREAU, addressee_unit_id="housing", rectify_by=date(2026, 3, 4))  # version 6


class TestExecutor:
    def test_a_supervising_body_may_carry_out_a_sanction(self):
        """
        Supervising forbids deciding a petition in another's place, not carrying out what was decided of an official.
        """
        people = bureau_and_housing()
        people.add("2025-01-01", p.UnitEstablished(unit_id="watch", name="督查室", kind="supervision"))
        by = DECIDE | {"executor_unit_id": "watch"}
        wanted = replace(DECIDED, executor_unit_id="watch")
        given(*HEARD, people=people.people()).when(order(c.DecideAccountability, **by)).then(wanted)


class TestProposed:
    def test_on_a_finding(self):
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **TALK)).then(PROPOSED)
        given(*ARRIVED, FOUND, PROPOSED).when(order(c.ProposeAccountability, **TALK)).then()
        given(*ARRIVED).when(order(c.ProposeAccountability, **TALK)).refused("no finding stands", field="of_finding")

    def test_about_the_unit_of_the_finding(self):
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **TALK | {"subject_unit_id": "bureau"})).refused(
            "about unit housing", field="subject_unit_id"
        )

    @pytest.mark.parametrize("measure", ["circular", "listed_supervision", "admonition", "party_sanction", "referral"])
    def test_a_step_up_needs_its_condition(self, measure):
        """
        Above a talk: an order to rectify that was missed, or a stated ground.
        """
        step = TALK | {"measure": measure}
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **step)).refused("is a step up")
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **step, ground="grave")).then(
            e.AccountabilityProposed(**BUREAU, **step, ground="grave")
        )
        given(*ARRIVED, FOUND, ORDERED).when(order(c.ProposeAccountability, **step, of_rectification=6)).then(
            e.AccountabilityProposed(**BUREAU, **step, of_rectification=6)
        )

    def test_an_order_not_missed_is_no_ground(self):
        step = TALK | {"measure": "circular", "of_rectification": 6}
        due_today = replace(ORDERED, rectify_by=date(2026, 3, 5))
        reported = e.RectificationReported(**HOUSING, order_version=6, evidence=("x",))
        for before in ((due_today,), (replace(ORDERED, rectify_by=None),), (ORDERED, reported)):
            given(*ARRIVED, FOUND, *before).when(order(c.ProposeAccountability, **step)).refused(
                "not recorded as missed", field="of_rectification"
            )

    def test_unknown_measure_or_ground(self):
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **TALK | {"measure": "fine"})).refused("measure is")
        given(*ARRIVED, FOUND).when(order(c.ProposeAccountability, **TALK, ground="anger")).refused("ground is one of")


class TestReply:
    def test_offered(self):
        offer = order(c.OfferAccountabilityReply, proposal_version=6, answer_by=date(2026, 3, 12))
        given(*ARRIVED, FOUND, PROPOSED).when(offer).then(OFFERED)
        given(*ARRIVED, FOUND, PROPOSED, OFFERED).when(offer).then()
        given(*ARRIVED, FOUND, PROPOSED).when(
            order(c.OfferAccountabilityReply, HOUSING, proposal_version=6, answer_by=BY)
        ).refused("offered by who proposes")

    def test_given(self):
        reply = order(c.GiveAccountabilityReply, HOUSING, proposal_version=6)
        given(*ARRIVED, FOUND, PROPOSED, OFFERED).when(reply).then(REPLIED)
        given(*HEARD).when(reply).then()
        given(*ARRIVED, FOUND, PROPOSED).when(reply).refused("no answer was offered")
        given(*ARRIVED, FOUND, PROPOSED, OFFERED).when(order(c.GiveAccountabilityReply, proposal_version=6)).refused(
            "the answer of its subject"
        )

    def test_an_official_answers_in_person(self):
        personal = replace(PROPOSED, subject_official_id="li")
        given(*ARRIVED, FOUND, personal, OFFERED).when(
            order(c.GiveAccountabilityReply, HOUSING, proposal_version=6)
        ).refused("that of official li", field="official_id")


class TestDecided:
    def test_after_the_reply(self):
        given(*HEARD).when(order(c.DecideAccountability, **DECIDE)).then(DECIDED)
        given(*HEARD, DECIDED).when(order(c.DecideAccountability, **DECIDE)).then()

    def test_refused_before_the_reply(self):
        """
        No step before its subject could answer: offered, and given or its day gone by.
        """
        given(*ARRIVED, FOUND, PROPOSED).when(order(c.DecideAccountability, **DECIDE)).refused("not offered")
        offered = given(*ARRIVED, FOUND, PROPOSED, OFFERED)
        offered.when(order(c.DecideAccountability, on="2026-03-12", **DECIDE)).refused("may still answer")
        offered.when(order(c.DecideAccountability, on="2026-03-13", **DECIDE)).then(DECIDED)

    def test_no_more_than_was_answered_to(self):
        given(*HEARD).when(order(c.DecideAccountability, **DECIDE, measure="admonition")).refused(
            "answered to talk", field="measure"
        )

    def test_not_by_the_subject(self):
        given(*HEARD).when(order(c.DecideAccountability, HOUSING, **DECIDE)).refused("is the subject")

    def test_not_by_a_body_below_the_subject(self):
        people = bureau_and_housing().people()
        people.units["bureau"] = replace(people.units["bureau"], parent_id="housing")
        below = given(*HEARD, people=people)
        below.when(order(c.DecideAccountability, **DECIDE)).refused("is below unit housing")

    def test_not_by_a_body_that_supervises_only(self):
        people = bureau_and_housing().people()
        people.units["bureau"] = replace(people.units["bureau"], kind="npc")
        given(*HEARD, people=people).when(
            order(c.DecideAccountability, **DECIDE | {"executor_unit_id": "housing"})
        ).refused("supervises and does not decide")

    def test_an_office_decides_about_its_handler_but_not_its_head(self):
        def heard(official):
            personal = replace(
                PROPOSED, unit_id="housing", official_id=None, post_id=None, subject_official_id=official
            )
            offered = replace(OFFERED, answer_by=date(2026, 3, 4))
            return given(*ARRIVED, FOUND, personal, offered)

        decide = order(c.DecideAccountability, {**HOUSING, "official_id": "chen", "post_id": None}, **DECIDE)
        heard("li").when(decide).refused("or led by it")
        heard("chen").when(decide).refused("nobody decides about himself")
        heard("sun").when(decide).then(
            replace(DECIDED, unit_id="housing", official_id="chen", post_id=None, subject_official_id="sun")
        )

    def test_not_on_a_finding_withdrawn(self):
        withdrawn = e.BreachFindingWithdrawn(**BUREAU, of_finding=5, reason="x")
        given(*HEARD, withdrawn).when(order(c.DecideAccountability, **DECIDE)).refused("was withdrawn")

    def test_not_without_a_basis(self):
        given(*HEARD).when(order(c.DecideAccountability, **DECIDE | {"basis": " "})).refused("cites its basis")


class TestAfterwards:
    def test_executed(self):
        execute = order(c.ExecuteAccountability, decision_version=9, evidence=("sha256:1",))
        given(*HEARD, DECIDED).when(execute).then(EXECUTED)
        given(*HEARD, DECIDED, EXECUTED).when(execute).then()
        given(*HEARD, DECIDED).when(order(c.ExecuteAccountability, decision_version=9, evidence=())).refused(
            "with evidence"
        )
        given(*HEARD, DECIDED).when(
            order(c.ExecuteAccountability, HOUSING, decision_version=9, evidence=("x",))
        ).refused("carried out by its executor")
        given(*HEARD, DECIDED, SET_ASIDE).when(execute).refused("was set aside")

    def test_set_aside(self):
        fall = order(c.SetAsideAccountability, decision_version=9, reason="appeal")
        given(*HEARD, DECIDED).when(fall).then(SET_ASIDE)
        given(*HEARD, DECIDED, SET_ASIDE).when(fall).then()
        given(*HEARD, DECIDED).when(order(c.SetAsideAccountability, HOUSING, decision_version=9, reason="x")).refused(
            "by who made it or the body above"
        )

    def test_closed_as_it_is_recorded(self):
        closed = e.AccountabilityClosed(**BUREAU, proposal_version=6, outcome="executed")
        close = order(c.CloseAccountability, proposal_version=6, outcome="executed")
        given(*HEARD, DECIDED, EXECUTED).when(close).then(closed)
        given(*HEARD, DECIDED, EXECUTED, closed).when(close).then()
        given(*HEARD, DECIDED).when(close).refused("does not show executed", field="outcome")
        given(*HEARD).when(order(c.CloseAccountability, proposal_version=6, outcome="not_pursued")).then(
            replace(closed, outcome="not_pursued")
        )
