"""
Lists of a pack before adoption: what is named and nowhere, what has no source, what is about a person.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from app.establish import STATUTES
from app.rule_lists import LISTS, rows
from app.rule_packs import diff, lint, read_pack
from domain.law.lists import parse_lists
from domain.law.rules import SCHEMA, Rulebook, parse_pack

SAID = {"source": "本县规定", "confidence": "sourced"}
CODED = SAID | {"code": "x", "name_zh": "名称"}
EXAMPLE = STATUTES / "local/cn-statutory-routes-example.toml"


def faults(**lists: Any) -> list[str]:
    return lint({"schema": SCHEMA, "pack": "p", **{name: [entry] for name, entry in lists.items()}})


def test_nothing_is_wrong_with_what_is_whole():
    route = SAID | {"department": "x", "subject": "x", "route": "art31_4", "procedure": "行政复议"}
    assert faults(department=CODED, subject=CODED | {"competent": ["x"]}, route=route) == []


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        ({"subject": {"code": "x", "name_zh": "名称"}}, "source: 须写明"),
        ({"subject": CODED | {"under": "y"}}, "no such subject: y"),
        ({"subject": CODED | {"under": "x"}}, "under itself"),
        ({"subject": CODED | {"competent": ["y"]}}, "no such department: y"),
        ({"route": SAID | {"unit": "u", "subject": "y", "route": "art31_1", "procedure": "z"}}, "no such subject: y"),
        (
            {"subject": CODED, "route": SAID | {"department": "y", "subject": "x", "route": "r", "procedure": "z"}},
            "no such department: y",
        ),
        (
            {"subject": CODED, "route": SAID | {"unit": "u", "subject": "x", "route": "r", "procedure": "z"}},
            "route: 应为 art31_1",
        ),
        ({"undertaking": CODED | {"shown_by": ["petition_blessed"]}}, "no such event: petition_blessed"),
        ({"posted_list": CODED | {"struck_off_by": ["petition_blessed"]}}, "no such event: petition_blessed"),
        ({"undertaking_set": CODED | {"undertakings": ["y"]}}, "no such undertaking: y"),
        ({"undertaking": CODED | {"name_zh": "包人员稳控"}}, "“稳控”针对人而非事项"),
        ({"undertaking": CODED | {"name_zh": "包息事宁人"}}, "on no list"),
        ({"posted_list": CODED | {"name_zh": "重点人台账"}}, "on no list"),
    ],
)
def test_what_is_wrong(lists, why):
    found = faults(**lists)
    assert any(why in fault for fault in found), found


def test_a_county_adds_below_a_national_list():
    """
    A subject under a code of another pack, and the units of a department it names, are known where that pack is given.
    """
    text: dict[str, Any] = {
        "schema": SCHEMA,
        "pack": "county",
        "subject": [CODED | {"code": "housing.lifts", "under": "housing", "competent": ["housing"]}],
        "department": [CODED | {"code": "housing", "units": ["zhujianju"]}],
    }
    assert len(lint(text)) == 1
    assert lint(text, others=[parse_lists(read_pack(EXAMPLE))]) == []
    rules = Rulebook((parse_pack(read_pack(EXAMPLE)), parse_pack(text)))
    day = date(2026, 3, 1)
    [housing] = [r for r in rows("department", rules, "", day) if r["code"] == "housing"]
    assert housing["units"] == "zhujianju"
    assert housing["routes"] == 5
    [lifts] = [r for r in rows("subject", rules, "", day) if r["code"] == "housing.lifts"]
    assert lifts["competent"] == "housing"


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_rows(name):
    packs = [*sorted(STATUTES.glob("*.toml")), EXAMPLE, STATUTES / "local/cn-henan-county-example.toml"]
    rules = Rulebook(tuple(parse_pack(tomllib.loads(p.read_text(encoding="utf-8"))) for p in packs))
    found = rows(name, rules, "", date(2026, 3, 1))
    assert found
    assert all(r["code"] and r["name_zh"] and r["source"] for r in found)


def test_the_sample_has_no_department_without_a_name_or_route_without_its_subject():
    lists = parse_lists(read_pack(EXAMPLE))
    routed = {r.department for r in lists.routes}
    assert len(lists.departments) == 36
    assert len(routed) >= 25
    assert {d for s in lists.subjects for d in s.competent} <= {d.code for d in lists.departments}


def test_diff_names_the_entry():
    old = {"undertaking": [CODED]}
    new = {"undertaking": [CODED | {"shown_by": ["case_closed"]}], "posted_list": [CODED]}
    assert diff(old, new) == [
        "修改 changed  承诺事项 undertaking x shown_by: （无） → ['case_closed']",
        "新增 added    挂牌挂账 posted list x: 名称",
    ]
