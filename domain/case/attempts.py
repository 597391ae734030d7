"""
Refusals that matter in law: which there are, and when one is recorded. Decision 0027; tests/app/test_attempts.py.

An accusation's stream never has one: who was refused there would tell who is accused. What was asked to be shown and
was not stands there as `sealed_read.refused`, its names sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import one_of

if TYPE_CHECKING:
    from domain.case.case import Case

# Code of the rule -> what it is called where people read it. `Refused(rule=...)` names one.
RULES = {
    "ground_is_none": "以不得作为理由的情形不予受理",
    "ground_not_listed": "以清单外的理由不予受理",
    "supervises_only": "监督机关代替有关机关处理",
    "stepped_aside": "已回避人员继续办理",
    "rating_by_handler": "办理单位代填满意度",
    "anonymous_looked_for": "查找匿名信访人",
    "inquiry_unrecorded": "未记录依据查询户籍",
    "returned_without_consent": "签收后未经异议核实退回",
    "decided_unheard": "未听取陈述申辩即决定问责",
    "decides_about_itself": "责任单位或本人决定对自己的问责",
    "struck_off_unproved": "无证据销号",
    "executed_unproved": "无凭证核验执行",
}


def decide(case: Case, command: c.RecordRefusedAttempt) -> list[e.CaseEvent]:
    """
    The record of an attempt; [] for an accusation, for a stream that is no case yet, and for what is on record already:
    the same official trying the same again is one record, so that nobody fills a case by trying.
    """
    one_of(command.rule, tuple(RULES), field="rule")
    tried = e.AttemptRefused(
        unit_id=command.unit_id,
        official_id=command.official_id,
        post_id=command.post_id,
        command=command.command,
        rule=command.rule,
        law=command.law,
    )
    if case.is_accusation or not case.is_received or tried in case.acts:
        return []
    return [tried]
