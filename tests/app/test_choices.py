"""Every list of choices is the one that the domain takes, and every list the domain takes is offered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.choices import CHOICES, OF_PACKS, of_packs
from app.establish import STATUTES
from app.prepared import COMMANDS, hints
from app.rule_packs import read_pack
from domain.people.events import RulePackAdopted
from domain.people.register import Register

DOMAIN = Path(__file__).parents[2] / "domain/case"
NOT_OFFERED = {  # a list in a list, a sealed value, or a door of its own
    "undertakings",
    "ground",
    "rule",
    "cause",
    "role",
    "look",
    "decision",
}


def test_each_is_a_field_of_its_act():
    for command, field in (*CHOICES, *OF_PACKS):
        assert field in hints(COMMANDS[command]), (command, field)


def test_each_field_that_takes_one_of_a_list_is_offered_for_some_act():
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(DOMAIN.glob("*.py")))
    taken = set(re.findall(r"one_of\(command\.(\w+),", text)) - NOT_OFFERED
    assert taken <= {field for _, field in CHOICES}


@pytest.mark.parametrize("listed", CHOICES.values(), ids=str)
def test_no_list_is_empty_or_says_a_thing_twice(listed):
    assert listed
    assert len(set(listed)) == len(listed)


def test_what_packs_list_is_offered_by_its_name():
    """
    Nothing adopted: nothing to offer. A pack of one source alone, and an entry that has ended, are offered to nobody.
    """
    people = Register()
    assert of_packs("PostItem", "kind", people) == ()
    text = read_pack(STATUTES / "luoshi-conventions.toml")
    ended = {"posted_list": [{"code": "old", "name_zh": "旧", "in_force_to": "2025-12-31"}]}
    alone = {"posted_list": [{"code": "theirs", "name_zh": "彼"}]}
    people.adopted["a"] = RulePackAdopted(pack_id="a", version="1", content=text)
    people.adopted["b"] = RulePackAdopted(pack_id="b", version="1", content=ended)
    people.adopted["c"] = RulePackAdopted(pack_id="c", version="1", content=alone, sources=("them",))
    said = (("posted", "挂牌督办（挂牌销号）"), ("account", "台账（挂账销号）"))
    assert of_packs("PostItem", "kind", people) == said
    assert of_packs("PostItem", "reason", people) == ()
    assert of_packs("AssignBundle", "bundle_set", people) == ()
