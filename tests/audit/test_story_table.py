"""
Every duty of every shipped pack has a story for each thing that can become of it: met, met late, breached, excused,
extended, suspended, handed over. What cannot is told from the rule; what still waits is listed, and the list is exact.
"""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from tests.audit.test_stories import STORIES, told
from tests.domain.duties.build import rulebook

FATES = ("met", "met_late", "breached", "excused", "extended", "suspended", "handed_over")
WAITING = {  # obligation, or (obligation, fate) -> what it waits for
    "name_successor": "its triggers stand in units' streams, which a case's duties do not read",
}


def impossible(rule, fate):
    """Why this cannot become of a duty under that rule; None where it can."""
    has_day = rule.within is not None or rule.due_from is not None
    if rule.kind == "ban":
        return None if fate == "breached" else "a ban has no due day and is only ever broken"
    reasons = {
        "met": None,
        "met_late": None if has_day else "the law has no number: done, neither met nor late",
        "breached": None if has_day else "the law has no number: shown with its age",
        "excused": None if rule.excused_by else "the rule allows no excuse",
        "extended": None if rule.extension is not None else "the rule allows no extension",
        "suspended": None if rule.pauses else "the rule allows no suspension",
        "handed_over": None if rule.runs_on == "case" else "it stays with its bearer when the matter is handed over",
    }
    return reasons[fate]


def fates(finding):
    duty, state = finding.duty, finding.now.state
    if state in ("met", "done"):
        yield "met"
    if state in ("met_late", "breached", "excused"):
        yield state
    if any(x.days for x in duty.extensions):
        yield "extended"
    if any(i.ground == "suspended" for i in duty.intervals):
        yield "suspended"
    if len({i.held_by.unit_id for i in duty.intervals}) > 1 and not duty.objections:
        yield "handed_over"


@pytest.fixture(scope="module")
def seen():
    stories = [tomllib.loads(path.read_text(encoding="utf-8")) for path in STORIES]
    return {(f.duty.obligation, fate) for story in stories for f in told(story)[2] for fate in fates(f)}


RULES = [
    r
    for pack in rulebook().packs
    for r in pack.rules
    if r.kind in ("duty", "ban") and r.in_force(date(2026, 1, 1)) and r.obligation not in WAITING
]


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.obligation)
def test_there_is_a_story(rule, fate, seen):
    told_of = (rule.obligation, fate) in seen
    if (rule.obligation, fate) in WAITING:
        assert not told_of, "it waits no longer: strike it off the list"
    elif impossible(rule, fate) is None:
        assert told_of, f"no story in which {rule.obligation} is {fate}"
    else:
        assert not told_of, f"a story shows what should be impossible: {impossible(rule, fate)}"
