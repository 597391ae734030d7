"""Each reach over a small tree: what lies inside it, and what lies just outside."""

from __future__ import annotations

import pytest

from app.access.principal import Principal
from app.access.reach import REACHES, Subject, span
from tests.app.access.county import register

PEOPLE = register()


def principal(unit):
    return Principal("a", "person", frozenset({"x"}), f"{unit}-zhang", frozenset({unit}))


@pytest.mark.parametrize(
    ("reach", "unit", "inside", "outside"),
    [
        ("unit", "housing", ["housing"], ["housing-site", "health", "gov"]),
        ("unit_and_below", "housing", ["housing", "housing-site"], ["health", "gov", "xf"]),
        ("region", "xf", ["xf", "gov", "housing", "housing-site"], ["gov2", "city"]),
        ("supervised", "discipline", ["discipline", "gov", "housing-site", "health"], ["gov2", "city"]),
        ("none", "xf", [], ["xf", "gov"]),
        ("all", "xf", ["gov2", "city", "health"], []),
    ],
)
def test_units(reach, unit, inside, outside):
    found = span(reach, principal(unit), PEOPLE)
    assert [u for u in inside if not found.covers_unit(u)] == []
    assert [u for u in outside if found.covers_unit(u)] == []
    for u in inside:
        assert found.covers(Subject(units=frozenset({u, "somebody-else"})))


def test_assigned_is_where_one_had_part():
    has = Subject(units=frozenset({"housing"}), officials=frozenset({"housing-zhang"}))
    assert span("assigned", principal("housing"), PEOPLE).covers(has)
    assert span("assigned", principal("housing"), PEOPLE).parties == {"official/housing-zhang"}
    assert not span("assigned", principal("health"), PEOPLE).covers(has)


def test_nobody_in_particular_has_nothing():
    system = Principal("bus", "system", frozenset())
    assert not any(span(r, system, PEOPLE).covers(Subject(units=frozenset({"gov"}))) for r in REACHES if r != "all")


def test_an_unknown_reach_is_named():
    with pytest.raises(ValueError, match="reach is one of"):
        span("galaxy", principal("xf"), PEOPLE)
