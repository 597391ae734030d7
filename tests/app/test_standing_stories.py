"""
Every standing duty of every shipped pack has a story in which it is met, one in which it is met late, one in which it
is breached; a duty for which the law sets no day has one done and one shown with its age. And what becomes of a period
in which the post is vacant, the pack is adopted, or the day falls on a holiday is told at least once.
"""

from __future__ import annotations

import tomllib
from pathlib import Path  # noqa: TC003 - as everywhere in the tests

import pytest

from app.establish import STATUTES
from app.rule_packs import read_pack
from domain.law.standing import parse_standing

STORIES = sorted(STATUTES.rglob("*.stories/*.toml"))
PACKS = sorted(p for p in STATUTES.rglob("*.toml") if p.parent.suffix != ".stories")
RULES = [rule for path in PACKS for rule in parse_standing(read_pack(path))]
WAITING: dict[tuple[str, str], str] = {}  # (obligation, state) -> what it waits for; the list is exact


def told(path: Path) -> list[dict]:
    return tomllib.loads(path.read_text(encoding="utf-8"))["expect"]


@pytest.fixture(scope="module")
def seen():
    return {(x["duty"], x["state"]) for path in STORIES for x in told(path)}


def fates(rule):
    return ("done", "open_undated") if rule.rule.no_due == "age" else ("met", "met_late", "breached")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.obligation)
def test_there_is_a_story(rule, seen):
    untold = {fate for fate in fates(rule) if (rule.obligation, fate) not in seen}
    if rule.excused_by and (rule.obligation, "excused") not in seen:
        untold.add("excused")
    assert untold == {fate for duty, fate in WAITING if duty == rule.obligation}


@pytest.mark.parametrize("name", ["vacant_post", "adopted_mid_period", "holiday", "handed_over"])
def test_the_hard_ones_are_told(name):
    """
    What the packs make of them stands in a story of that name.
    """
    assert [path for path in STORIES if path.stem == name]
