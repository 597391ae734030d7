"""Every list of choices is the one that the domain takes, and every list the domain takes is offered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.choices import CHOICES
from app.prepared import COMMANDS, hints

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
    for command, field in CHOICES:
        assert field in hints(COMMANDS[command]), (command, field)


def test_each_field_that_takes_one_of_a_list_is_offered_for_some_act():
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(DOMAIN.glob("*.py")))
    taken = set(re.findall(r"one_of\(command\.(\w+),", text)) - NOT_OFFERED
    assert taken <= {field for _, field in CHOICES}


@pytest.mark.parametrize("listed", CHOICES.values(), ids=str)
def test_no_list_is_empty_or_says_a_thing_twice(listed):
    assert listed
    assert len(set(listed)) == len(listed)
