"""
Leads from texts: by the shipped rules, with the texts passed in; what is not there to be read gives none.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from audit.findings import findings
from audit.leads import leads
from audit.texts import TextLeads, signed_on
from domain.case import events as e
from domain.law.lead_rules import parse_lead_rules
from domain.law.rules import MalformedPack
from tests.audit.asking import law_with, start
from tests.domain.duties.build import STATUTES, History
from tests.domain.duties.test_worked_example import SUN

CONVENTIONS = tomllib.loads((STATUTES / "luoshi-conventions.toml").read_text(encoding="utf-8"))


def told(*texts, day="2026-06-01"):
    """Cases 1, 2, ... answered on 20 March with these texts (None: erased): the leads, case by case, then of all."""
    rows, reader = [], None
    for n, text in enumerate(texts, 1):
        h, _ = start(History(f"case/county/{n}") if n > 1 else None)
        h.add("2026-03-10", e.PetitionAccepted(**SUN))
        h.add("2026-03-20", e.HandlingOpinionServed(**SUN, outcome="explain"))
        shift = 1000 * n
        law = law_with(h, CONVENTIONS)
        reader = reader or TextLeads(law)
        case = [moved(r, shift) for r in h.case()]
        said = {} if text is None else {case[-1].log_index: {"opinion": text}}
        found = findings(case, law, date.fromisoformat(day))
        rows += leads(case, found, law, date.fromisoformat(day), of_texts=reader, texts=said)
    return [*rows, *reader.of_all()]


def moved(recorded, shift):
    return replace(recorded, log_index=recorded.log_index + shift)


def codes(*texts):
    return [x.code for x in told(*texts) if x.rule is not None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您好，已转市住建局办理。", ["forward_only_reply"]),
        ("您的来信已 转\n交相关部门处理", ["forward_only_reply", "forward_only_unnamed_target"]),
        ("已转" + "字" * 78, ["forward_only_reply"]),
        ("已转" + "字" * 79, []),
        ("您的留言已收悉。", ["acknowledgement_only_reply"]),
        ("已收悉，已转有关单位。", ["forward_only_reply", "forward_only_unnamed_target"]),
        ("收悉" + "字" * 29, []),
        ("经核实，道路已于三月修复。", []),
        ("", []),
        (" \u3000\n", []),
        (None, []),
    ],
)
def test_what_a_reply_only_says(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("答复如下。县住建局2026年3月21日", ["signed_after_reply"]),
        ("答复如下。县住建局 2026 年 3 月 20 日。", []),
        ("县住建局2026年3月1日.", ["signed_before_matter"]),
        ("县住建局2026年3月2日", []),
        ("县住建局2026年2月30日", []),
        ("县住建局2026年3月21日，特此", []),
        ("县住建局二〇二六年三月二十一日", []),
    ],
)
def test_the_date_it_ends_with(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text", ["1999年3月1日", "2026年003月1日", "年月日", "日", "", "2026年３月1日", "20２6年3月1日"]
)
def test_no_date(text):
    assert signed_on(text) is None


def test_the_same_words_in_different_matters():
    found = [x for x in told("同样的话", "别的话", " 同样的\n话", "同样的话") if x.code == "identical_reply"]
    assert [x.stream for x in found] == ["case/county/1", "case/county/3", "case/county/4"]
    assert {x.group for x in found} == {(found[0].evidence[0], 3)}
    assert "另外 2 件" in found[0].measure
    assert all(x.evidence[0] // 1000 == int(x.stream[-1]) for x in found)


def test_the_same_words_once_are_no_lead():
    assert codes("同样的话", None) == []


def test_a_measure_repeats_no_more_than_the_rules_own_words():
    [lead] = [x for x in told("张三的来信已转交李四") if x.rule is not None]
    assert "张三" not in lead.measure
    assert lead.measure == "去空白后 10 字（规则上限 80 字），含“已转”"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "regex"}, "kind is one of"),
        ({"reads": []}, "reads"),
        ({"contains": [" "]}, "none of them empty"),
        ({"contains": [], "max_characters": None}, "would hold for every text"),
        ({"unless": ["nobody"]}, "unless names a text rule"),
        ({"within": 3}, "unknown field"),
        ({"max_characters": 0}, "whole number"),
        ({"source": ""}, "a text"),
    ],
)
def test_a_rule_that_is_none(changes, why):
    rule = {
        "id": "x",
        "name_zh": "x",
        "kind": "text",
        "acts": ["reply_served"],
        "reads": ["reply"],
        "contains": ["已转"],
        "source": "惯例",
        "confidence": "uncertain",
    } | changes
    with pytest.raises(MalformedPack, match=why):
        parse_lead_rules({"pack": "p", "lead_rule": [{k: v for k, v in rule.items() if v is not None}]})


@pytest.mark.parametrize("tables", ["x", {"id": "x"}, [3], [[]]])
def test_no_list_of_rules(tables):
    with pytest.raises(MalformedPack, match="lead_rule"):
        parse_lead_rules({"pack": "p", "lead_rule": tables})
