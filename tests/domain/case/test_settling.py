"""
Mediation, help in hardship, task teams: whose act each is, and what ends what. The table of acts has the rest.
"""

from __future__ import annotations

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.people import events as p
from tests.domain.case.acts import IN, MEDIATED, PROMISED, TAKEN, TEAMED
from tests.domain.duties.build import bureau_and_housing
from tests.domain.test_filing import DIGEST
from tests.given import BUREAU, HOUSING, given, order

SIGNED = e.SettlementAgreementSigned(**HOUSING, evidence=(DIGEST,))
GIVEN = e.AssistanceGiven(**HOUSING, promise_version=3, evidence=(DIGEST,))
REFUSED = e.AssistanceRefused(**BUREAU, promise_version=3, reason="income")


class TestMediation:
    def test_settled_by_a_signed_agreement(self):
        given(*MEDIATED, SIGNED).when(order(c.CloseMediation, mediation_version=6, result="settled")).then(
            e.MediationClosed(**BUREAU, mediation_version=6, result="settled")
        )

    def test_by_who_opened_it(self):
        close = order(c.CloseMediation, HOUSING, mediation_version=6, result="not_settled")
        given(*MEDIATED).when(close).refused("closed by who opened it", field="unit_id")

    def test_a_supervising_body_does_not_mediate(self):
        people = bureau_and_housing()
        people.add("2025-01-01", p.UnitEstablished(unit_id="npc", name="人大", kind="npc"))
        mediate = order(c.OpenMediation, {"unit_id": "npc", "official_id": None}, level="county")
        given(*TAKEN, people=people.people()).when(mediate).refused("supervises and never decides")

    def test_who_stepped_aside_does_not_mediate(self):
        aside = e.RecusalRecorded(**BUREAU, interest_version=6, interested_official_id="sun")
        found = e.InterestFound(**BUREAU, interested_official_id="sun", ground="shares_in_the_firm")
        given(*TAKEN, found, aside).when(order(c.OpenMediation, level="county", mediator_official_id="sun")).refused(
            "stepped aside", field="mediator_official_id"
        )


class TestAssistance:
    def test_given_by_the_giver(self):
        give = order(c.GiveAssistance, promise_version=3, evidence=(DIGEST,))
        given(*PROMISED).when(give).refused("given by who is to give it", field="unit_id")

    def test_refused_by_who_promised(self):
        refuse = order(c.RefuseAssistance, HOUSING, promise_version=3, reason="income")
        given(*PROMISED).when(refuse).refused("refused by who promised it", field="unit_id")

    @pytest.mark.parametrize(("done", "kind"), [(GIVEN, c.RefuseAssistance), (REFUSED, c.GiveAssistance)])
    def test_given_or_refused(self, done, kind):
        """
        What was given is not refused afterwards, nor the other way round.
        """
        said = {"reason": "income"} if kind is c.RefuseAssistance else {"evidence": (DIGEST,)}
        who = BUREAU if kind is c.RefuseAssistance else HOUSING
        given(*PROMISED, done).when(order(kind, who, promise_version=3, **said)).refused("given or refused already")


class TestTaskTeam:
    def test_it_meets_no_more(self):
        over = e.TaskTeamDissolved(**BUREAU, team_version=3, reason="settled")
        meet = order(c.MeetTaskTeam, HOUSING, team_version=3, participants=("li",), evidence=(DIGEST,))
        given(*TEAMED, over).when(meet).refused("was dissolved")

    def test_it_meets_again(self):
        """
        Another meeting has other minutes.
        """
        met = e.TaskTeamMet(**HOUSING, team_version=3, participants=("li",), evidence=(DIGEST,))
        again = {"team_version": 3, "participants": ("li",), "evidence": ("b" * 64,)}
        given(*TEAMED, met).when(order(c.MeetTaskTeam, HOUSING, **again)).then(e.TaskTeamMet(**HOUSING, **again))


class TestFields:
    def test_who_watches_makes_no_undertakings(self):
        watch = {"leader_unit_id": "housing", "leader_official_id": "li", "role": "supervising"}
        given(*IN).when(order(c.AssignCaseLeader, **watch)).then(e.CaseLeaderAssigned(**BUREAU, **watch))
        given(*IN).when(order(c.AssignCaseLeader, **watch, undertakings=("resolve",))).refused("undertakings are")
        given(*IN).when(order(c.AssignCaseLeader, **watch | {"role": "king"})).refused("role is one of")

    def test_a_talk_has_its_form(self):
        led = (*IN, e.CaseLeaderAssigned(**BUREAU, leader_unit_id="housing", leader_official_id="li"))
        talk = {"assignment_version": 3, "evidence": (DIGEST,), "form": "appointed"}
        given(*led).when(order(c.TakeLeaderAction, HOUSING, **talk)).then(e.CaseLeaderActed(**HOUSING, **talk))
        given(*led).when(order(c.TakeLeaderAction, HOUSING, **talk | {"form": "escort_home"})).refused("form is one of")

    def test_urgency_is_of_the_matter(self):
        urgent = {"category": "claim", "urgency": "urgent"}
        done = e.PetitionClassified(**BUREAU, **urgent)
        given(*IN).when(order(c.ClassifyPetition, **urgent)).then(done)
        given(*IN, done).when(order(c.ClassifyPetition, **urgent)).then()
        given(*IN, done).when(order(c.ClassifyPetition, category="claim", urgency="slow")).then(
            e.PetitionClassified(**BUREAU, category="claim", urgency="slow")
        )
        given(*IN).when(order(c.ClassifyPetition, category="claim", urgency="dangerous")).refused("urgency is one of")

    @pytest.mark.parametrize("reason", ["skipped_level", "group", "capital"])
    def test_a_matter_is_not_singled_out_for_who_came(self, reason):
        item = {"kind": "posted", "owner_unit_id": "housing"}
        given(*IN).when(order(c.PostItem, **item, reason=reason)).refused("reason is one of", field="reason")
        given(*IN).when(order(c.PostItem, **item, reason="stalled")).then(
            e.ItemPosted(**BUREAU, **item, reason="stalled")
        )

    def test_an_issue_by_its_code(self):
        issue = {"lead_unit_id": "housing", "issue_kind": "policy", "issue": "retired_teachers_pension_rule"}
        given(*IN).when(order(c.DesignateLeadUnit, **issue)).then(e.LeadUnitDesignated(**BUREAU, **issue))


class TestRating:
    RATED = (*TAKEN, e.HandlingOpinionServed(**HOUSING, outcome="explain"))

    def test_not_by_who_handles(self):
        rate = order(c.RateSatisfaction, HOUSING, score="satisfied")
        given(*self.RATED).when(rate).refused("never by who handled the matter", field="unit_id")

    def test_by_the_department_that_asked(self):
        given(*self.RATED).when(order(c.RateSatisfaction, score="satisfied")).then(
            e.SatisfactionRated(**BUREAU, score="satisfied")
        )
