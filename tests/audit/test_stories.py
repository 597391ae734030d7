"""
Histories a lawyer can read, and the findings they must yield.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from app import codec
from audit.findings import findings
from audit.leads import leads
from audit.report import breach_kinds, to_json
from domain.law.in_force import Adoption, Law, add
from domain.law.local import parse_local
from domain.people import events as p
from tests.audit.asking import third
from tests.domain.duties.build import CALENDAR, STATUTES, bureau_and_housing, rulebook

STORIES = sorted((Path(__file__).parent / "stories").glob("*.toml"))
CONVENTIONS = parse_local(tomllib.loads((STATUTES / "luoshi-conventions.toml").read_text(encoding="utf-8")))
WHO = {
    "bureau": {"unit_id": "bureau", "official_id": "zhao", "post_id": "b-clerk"},
    "housing": {"unit_id": "housing", "official_id": "sun", "post_id": "h-desk"},
    "housing_unit": {"unit_id": "housing"},
    "head": {"unit_id": "housing", "official_id": "li", "post_id": "h-head"},
    "works": {"unit_id": "works", "official_id": "zhou", "post_id": "w-desk"},
    "discipline": {"unit_id": "discipline"},
    "below": {"unit_id": "discipline_below"},
    "government": {"unit_id": "government"},
}


REGISTER = "register"  # entries about units, posts, keys and calendars


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    story = tomllib.loads(path.read_text(encoding="utf-8"))
    history, law, found = told(story)
    wanted = story.get("state")
    chosen = [f for f in found if (f.is_failure if wanted is None else f.now.state == wanted)]
    listed = story.get("finding")
    if listed is not None:
        assert [f.duty.obligation for f in chosen] == [x["duty"] for x in listed], story["title"]
    for finding, expected in zip(chosen, listed, strict=True) if listed is not None else ():
        row = to_json(finding, law, as_of=str(story["as_of"]), log_size=len(history.log))
        assert row["state"] == expected["state"]
        assert row["due_on"] == expected.get("due_on")
        assert row["days_late"] == expected["late"]
        assert [c["code"] for c in row["causes"]] == expected["causes"]
        if "holder" in expected:
            assert [row["unit"]["id"], row["person"]["id"]] == expected["holder"]
        if "unit" in expected:
            assert row["unit"]["id"] == expected["unit"]
        if "kinds" in expected:
            assert breach_kinds(finding) == expected["kinds"]
        if "answers" in expected:
            lines = [[x["unit"]["id"], x["person"]["id"], x["responsibility"]] for x in row["responsible"]]
            assert lines == expected["answers"]
        if "bar" in expected:
            assert bar(row) == expected["bar"], story["title"]
        for cited in row["evidence"]:
            event = history.log[cited["log_index"]]
            assert (event.stream, event.version, event.topic) == (cited["stream"], cited["version"], cited["type"])
    if "leads" in story:
        at = story["as_of"]
        assert sorted(x.code for x in leads(history.case(), found, law, at)) == story["leads"], story["title"]
    newest = {f.duty.obligation: f for f in found}
    for duty, state, *more in story.get("other", ()):
        due_on, late = newest[duty].duty.due_on, newest[duty].now.days_late
        asserted = [state, *([str(due_on), late][: len(more)])]
        assert [newest[duty].now.state, *more] == asserted, (story["title"], duty, due_on, late)


def bar(row):
    """[unit, person, first day after, last day, held, late, charged to, ground] of each interval; "" for nobody."""
    return [
        [
            h["unit"]["id"],
            h["person"]["id"] if h["person"] else "",
            h["from"],
            h["to"],
            h["held_days"],
            h["late_days"],
            h["charged_to"]["unit"]["id"] if h["charged_to"] else "",
            h["charge_ground"] or "",
        ]
        for h in row["holders"]
    ]


def told(story):
    history = third(bureau_and_housing())
    for unit in ("discipline", "discipline_below", "government"):
        kind = unit.partition("_")[0]
        history.add("2025-01-01", p.UnitEstablished(unit_id=unit, name=unit, kind=kind))
    for on, who, topic, fields, *recorded in story["act"]:
        said = fields if who == REGISTER else WHO[who] | fields
        history.add(on, codec.decode(f"{topic}.v1", said), recorded=next(iter(recorded), None))
    law = Law(people=history.people())
    for recorded in history.log:
        if isinstance(recorded.event, p.CalendarNoticeAdopted):
            add(law, recorded)
    for recorded in history.log:
        law.places[recorded.log_index] = (recorded.stream, recorded.version, recorded.topic)
    law.packs |= {pack.pack_id: pack for pack in rulebook().packs}
    law.notices.extend(CALENDAR.notices)
    law.adoptions["luoshi-conventions"] = [Adoption(history.log[0], CONVENTIONS)]
    return history, law, findings(history.case(), law, story["as_of"])
