"""
A review that changes the opinion decides itself: what it decides, who carries it out, and the duty that follows.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from tests.audit.asking import ask, start
from tests.domain.duties.test_worked_example import SUN, ZHAO
from tests.given import BUREAU, HOUSING, given, order

EVENTS = (
    e.PetitionReceived(**BUREAU, channel="letter"),
    e.PetitionRegistered(**BUREAU, case_no="1"),
    e.HandedOver(**BUREAU, to_unit_id="housing"),
    e.PetitionAccepted(**HOUSING),
    e.HandlingOpinionServed(**HOUSING, outcome="not_support"),
    e.ReviewRequested(**BUREAU, opinion_version=5),
)
CHANGE = {
    "request_version": 6,
    "outcome": "change",
    "decision": "support",
    "executor_unit_id": "housing",
    "execute_by": date(2026, 4, 30),
}


class TestChange:
    def test_accepted(self):
        given(*EVENTS).when(order(c.ServeReviewOpinion, **CHANGE)).then(e.ReviewOpinionServed(**BUREAU, **CHANGE))

    def test_re_review(self):
        events = (*EVENTS[:-1], e.ReReviewRequested(**BUREAU, opinion_version=5))
        given(*events).when(order(c.IssueReReviewOpinion, **CHANGE)).then(e.ReReviewOpinionIssued(**BUREAU, **CHANGE))

    def test_repeated(self):
        """
        A request is decided once.
        """
        decided = e.ReviewOpinionServed(**BUREAU, **CHANGE)
        given(*EVENTS, decided).when(order(c.ServeReviewOpinion, **CHANGE)).refused("was already decided")

    @pytest.mark.parametrize(
        ("more", "why", "field"),
        [
            ({"outcome": "uphold"}, "decides nothing of its own", "decision"),
            ({"decision": "perhaps"}, "decision is one of", "decision"),
            ({"decision": "explain"}, "only a decision that supports", "decision"),
            ({"decision": None}, "only a decision that supports", "decision"),
            ({"executor_unit_id": None}, "names who carries it out", "executor_unit_id"),
            ({"executor_unit_id": "nowhere"}, "not in the register", "executor_unit_id"),
        ],
    )
    def test_refused(self, more, why, field):
        given(*EVENTS).when(order(c.ServeReviewOpinion, **(CHANGE | more))).refused(why, field=field)

    def test_it_is_carried_out_as_an_opinion(self):
        """
        Evidence of carrying out names the review's decision.
        """
        decided = e.ReviewOpinionServed(**BUREAU, **CHANGE)
        shown = {"opinion_version": 7, "evidence": ("a" * 64,)}
        given(*EVENTS, decided).when(order(c.EvidenceExecution, HOUSING, **shown)).then(
            e.ExecutionEvidenced(**HOUSING, **shown)
        )


class TestDuty:
    def decided(self, first: str, decision: str = "support"):
        h, _ = start()
        h.add("2026-03-10", e.PetitionAccepted(**SUN))
        executor = {"executor_unit_id": "housing", "execute_by": date(2026, 6, 1)} if first == "support" else {}
        opinion = h.add("2026-03-20", e.HandlingOpinionServed(**SUN, outcome=first, **executor))
        asked = h.add("2026-03-25", e.ReviewRequested(**ZHAO, opinion_version=opinion))
        more = {"executor_unit_id": "works", "execute_by": date(2026, 5, 8)} if decision == "support" else {}
        version = h.add(
            "2026-04-08",
            e.ReviewOpinionServed(**ZHAO, request_version=asked, outcome="change", decision=decision, **more),
        )
        return h, version

    def test_it_is_owed_and_breached(self):
        h, _ = self.decided("not_support")
        row = ask(h, "2026-05-20")["execute_opinion"]
        assert (row["state"], row["due_on"], row["unit"]["id"], row["days_late"]) == (
            "breached",
            "2026-05-08",
            "works",
            12,
        )

    def test_it_is_met(self):
        h, version = self.decided("not_support")
        h.add("2026-05-06", e.ExecutionVerified(**ZHAO, opinion_version=version))
        assert ask(h, "2026-05-20")["execute_opinion"]["state"] == "met"

    def test_the_opinion_changed_is_owed_no_more(self):
        """
        Two decisions are not owed beside each other: the changed one is released on the day of the change.
        """
        rows = ask(self.decided("support")[0], "2026-05-01")
        assert (rows["execute_opinion"]["state"], rows["execute_opinion#1"]["state"]) == ("released", "open")

    def test_a_change_against_the_request_owes_nothing(self):
        rows = ask(self.decided("support", "not_support")[0], "2026-05-01")
        assert rows["execute_opinion"]["state"] == "released"
        assert "execute_opinion#1" not in rows
