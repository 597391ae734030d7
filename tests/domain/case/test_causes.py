"""
Who may state which cause, with what beside it; who may acknowledge a block; what a lead on record needs.
"""

from __future__ import annotations

import pytest

from domain.case import commands as c
from domain.case import events as e
from tests.domain.case.acts import BLOCKED, STATED, TAKEN
from tests.given import BUREAU, HOUSING, given, order

NAMED = {"obligation": "conclude_petition", "trigger_version": 5}


@pytest.mark.parametrize(
    ("said", "who", "why"),
    [
        ({"cause": "overdue"}, HOUSING, "cause is one of"),
        ({"cause": "third_party"}, HOUSING, "with a document"),
        ({"cause": "policy_gap"}, HOUSING, "names 1 text"),
        ({"cause": "policy_conflict", "rules": ("甲办法 第5条",)}, HOUSING, "names 2 text"),
        ({"cause": "rudeness"}, HOUSING, "by a body that supervises"),
        ({"cause": "falsified_record"}, BUREAU, "with a document"),
        ({"cause": "funds_missing", "trigger_version": 9}, HOUSING, "not in this case"),
        ({"cause": "funds_missing", "obligation": " "}, HOUSING, "obligation must be given"),
    ],
)
def test_what_is_no_statement(said, who, why):
    given(*TAKEN).when(order(c.StateCause, who, **(NAMED | said))).refused(why)


def test_two_rules_in_conflict():
    rules = ("甲办法 第5条", "乙办法 第6条")
    said = e.CauseStated(**HOUSING, **NAMED, cause="policy_conflict", rules=rules)
    given(*TAKEN).when(order(c.StateCause, HOUSING, **NAMED, cause="policy_conflict", rules=rules)).then(said)


def test_conduct_is_said_by_who_supervises():
    said = e.CauseStated(**BUREAU, **NAMED, cause="rudeness")
    given(*TAKEN).when(order(c.StateCause, BUREAU, **NAMED, cause="rudeness")).then(said)


def test_a_statement_is_taken_back_by_who_made_it_and_may_be_made_again():
    back = order(c.WithdrawCauseStatement, BUREAU, statement_version=6, reason="paid_since")
    given(*STATED).when(back).refused("by who made it")
    withdrawn = e.CauseStatementWithdrawn(**HOUSING, statement_version=6, reason="paid_since")
    again = order(c.StateCause, HOUSING, **NAMED, cause="funds_missing")
    given(*STATED, withdrawn).when(again).then(STATED[-1])


def test_nobody_acknowledges_his_own_block():
    given(*BLOCKED).when(order(c.AcknowledgeBlock, HOUSING, block_version=6)).refused("by another than who said it")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"versions": ()}, "cites its acts"),
        ({"measure": "x" * 401}, "at most 400"),
        ({"group": ("s",) * 21}, "at most 20"),
        ({"lead": ""}, "lead must be given"),
    ],
)
def test_what_is_no_lead(changes, why):
    said = {"lead": "quick_reply", "measure": "3 分钟", "versions": (5,)} | changes
    given(*TAKEN).when(order(c.RecordLead, BUREAU, **said)).refused(why)
