"""
An excuse is accepted by a body that does not hold the matter, on evidence, once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.case.case import Case, evolve
from domain.case.decide import decide
from domain.case.errors import Refused
from domain.people import events as p
from domain.recorded import Actor
from tests.domain.duties.build import History, bureau_and_housing, moment

PEOPLE: History = bureau_and_housing()
PEOPLE.add("2025-01-01", p.UnitEstablished(unit_id="section", name="x", kind="organ", parent_id="housing"))
HELD = Case(version=6, case_no="1", is_received=True, unit_id="housing", is_accepted=True)


def accept(case=HELD, **changes):
    said = {"obligation": "conclude_petition", "trigger_version": 6, "ground": "force_majeure", "evidence": ("d",)}
    at = moment("2026-03-10")
    who = {"stream": "case/county/1", "unit_id": "bureau", "official_id": "zhao", "actor": Actor(official_id="zhao")}
    command = c.AcceptExcuse(**who | said | changes, occurred_at=at, now=at, command_id="c")
    return decide(case, command, PEOPLE.people())


def test_accepted():
    [event] = accept()
    said = e.ExcuseAccepted(
        unit_id="bureau",
        official_id="zhao",
        obligation="conclude_petition",
        trigger_version=6,
        ground="force_majeure",
        evidence=("d",),
    )
    assert event == said


def test_repeated_is_nothing():
    assert accept(evolve(replace(HELD), accept()[0])) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_id": "housing", "official_id": "sun"}, "unit_id"),
        ({"unit_id": "section", "official_id": None}, "unit_id"),
        ({"trigger_version": 7}, "trigger_version"),
        ({"ground": " "}, "ground"),
        ({"evidence": ()}, "evidence"),
        ({"ground": "x" * 200}, "ground"),
    ],
)
def test_refused(changes, field):
    with pytest.raises(Refused) as refused:
        accept(**changes)
    assert refused.value.field == field
