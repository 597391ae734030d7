"""
An answer on the spot is recorded, with the document it rests on; it stands beside the formal opinion and ends nothing.
"""

from __future__ import annotations

from domain.case import commands as c
from domain.case import events as e
from tests.given import BUREAU, HOUSING, given, order

ARRIVED = (e.PetitionReceived(**BUREAU, channel="visit"), e.PetitionRegistered(**BUREAU, case_no="1"))
BASIS = "豫人社〔2018〕12号 第四条"
REPLY = e.ReplyServed(**BUREAU, policy_basis=BASIS)


class TestAnswerDirectly:
    def test_accepted(self):
        given(*ARRIVED).when(order(c.AnswerDirectly, policy_basis=BASIS)).then(REPLY)

    def test_refused(self):
        given().when(order(c.AnswerDirectly)).refused("is not registered", field="stream")
        given(*ARRIVED).when(order(c.AnswerDirectly, policy_basis="因" * 121)).refused("a code or a citation")

    def test_repeated(self):
        given(*ARRIVED, REPLY).when(order(c.AnswerDirectly, policy_basis=BASIS)).then()


def test_an_opinion_names_what_it_rests_on():
    accepted = (*ARRIVED, e.HandedOver(**BUREAU, to_unit_id="housing"), e.PetitionAccepted(**HOUSING))
    given(*accepted).when(order(c.ServeHandlingOpinion, HOUSING, outcome="explain", policy_basis=BASIS)).then(
        e.HandlingOpinionServed(**HOUSING, outcome="explain", policy_basis=BASIS)
    )
