"""
Whatever a shipped pack waits for can happen: each event it names is one that some command of ours records.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from app.codec import TOPICS
from app.rule_packs import DERIVED, EVENTS, unknown_events
from domain.case.events import name_of
from domain.people.events import PeopleEvent

TOP = Path(__file__).parents[2]
PACKS = [p for p in sorted((TOP / "domain/law/statutes").rglob("*.toml")) if p.parent.suffix != ".stories"]
TEXTS = {p.stem: tomllib.loads(p.read_text(encoding="utf-8")) for p in PACKS}
KINDS = {k["id"] for text in TEXTS.values() for k in text.get("filed_kind", ())}
# What only other systems' records bring in, by import.
IMPORTED = {"petition_concluded"}


def decided() -> set[str]:
    """The classes of events that some `decide` makes, told from its source: called, or given to `made`."""
    found: set[str] = set()
    for path in (p for family in ("case", "finding", "reading") for p in (TOP / "domain" / family).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made: list[ast.expr] = []
            if isinstance(node, ast.Call):
                is_made = isinstance(node.func, ast.Name) and node.func.id == "made"
                made = node.args[:1] if is_made else [node.func]
            elif isinstance(node, ast.IfExp):
                made = [node.body, node.orelse]
            found |= {m.attr for m in made if isinstance(m, ast.Attribute) and ast.unparse(m.value) in ("e", "f")}
            found |= {m.id for m in made if isinstance(m, ast.Name)}
    return found


@pytest.mark.parametrize("pack", sorted(TEXTS))
def test_every_event_named_can_be_recorded(pack):
    assert unknown_events(TEXTS[pack], kinds=KINDS) == []


def test_every_event_has_who_records_it():
    made = decided()
    people = {c.__name__ for c in PeopleEvent.__args__}
    missing = {
        name_of(topic) for topic, c in TOPICS.items() if c.__name__ not in made and c.__name__ not in people
    } - IMPORTED
    assert missing == set()


def test_a_name_nobody_can_record_is_found():
    rule = {
        "obligation": "x",
        "arises_on": ["petition_received"],
        "no_due": "age",
        "discharged_by": ["petition_blessed", "holiday_notice_served"],
    }
    content = {"schema": "luoshi.pack.v1", "pack": "p", "version": [rule]}
    assert unknown_events(content) == ["x: discharged_by: petition_blessed", "x: discharged_by: holiday_notice_served"]
    assert not DERIVED & EVENTS
