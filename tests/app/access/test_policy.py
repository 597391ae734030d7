"""Roles are data, each role acts within its own reach, and an accusation never reaches the accused or theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.access.policy import Access, BadRoles, acts, incompatible, parse_roles, roles
from app.access.principal import PUBLIC, Principal
from app.access.reach import Subject
from tests.app.access.county import DAY, register

PEOPLE = register()
CASE = Subject(units=frozenset({"housing"}), holding_unit="housing")


def access(*held, unit="housing", official=None, acting_for=None):
    official = official or f"{unit}-zhang"
    return Access(Principal("a", "person", frozenset(held), official, frozenset({unit}), acting_for), PEOPLE, DAY)


def test_every_act_is_some_roles_work():
    done = {operation for role in roles().values() for operation in role.operations}
    left = sorted(set(acts()) - done)
    # what the ledger itself records (a refused reading, an erasure by order) is nobody's to knock for
    assert left == [
        "attempts.record_refused_attempt",
        "sealed.erase_sealed",
        "sealed.read_sealed",
        "sealed.refuse_sealed_read",
    ]


def test_a_role_may_what_it_says_within_its_reach():
    assert access("handler").may("handling.accept_petition", CASE) is None
    assert access("handler", unit="health").may("handling.accept_petition", CASE).code == "reach"
    assert access("auditor", unit="health").may("case.read", CASE) is None
    assert access("auditor").may("handling.accept_petition", CASE).code == "role"


def test_reaches_of_two_roles_are_not_mixed():
    both = access("auditor", "handler", unit="health")
    assert both.may("case.read", CASE) is None
    assert both.may("handling.accept_petition", CASE).code == "reach"


def test_the_public_and_a_name_of_no_role_may_nothing():
    for principal in (PUBLIC, replace(PUBLIC, roles=frozenset({"king"}))):
        assert all(Access(principal, PEOPLE, DAY).may(op, CASE) is not None for op in ("case.read", *acts()))


def test_none_of_the_three_officers_sees_a_case_and_none_is_two_of_them():
    officers = ("system_officer", "security_officer", "audit_officer")
    for one in officers:
        assert access(one).may("case.read", CASE) is not None
        for other in officers:
            assert (incompatible({one, other}) is None) == (one == other)


ACCUSATION = Subject(
    units=frozenset({"discipline"}), is_accusation=True, holding_unit="discipline", excluded=frozenset({"xf-zhang"})
)


def test_an_accusation_is_seen_where_it_is_held():
    assert access("inspector", unit="discipline").may("case.read", ACCUSATION) is None
    assert access("inspector", unit="housing").may("case.read", ACCUSATION).code == "excluded"
    for role in roles():
        if role != "inspector":
            assert access(role, unit="discipline").may("case.read", ACCUSATION) is not None, role


@pytest.mark.parametrize(
    "excluded", [{"discipline-zhang"}, {"discipline"}, set()], ids=["the accused", "their unit", "nobody can be told"]
)
def test_an_accusation_never_reaches_the_accused(excluded):
    subject = replace(ACCUSATION, excluded=frozenset(excluded))
    assert access("inspector", unit="discipline").may("case.read", subject).code == "excluded"


def test_who_acts_for_the_accused_is_excluded():
    deputy = access("inspector", unit="discipline", acting_for="xf-zhang")
    assert deputy.may("case.read", ACCUSATION).code == "excluded"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[a]\nzh="甲"\nen="a"\nreach="moon"\nacts=[]\nmay=[]', "a: reach"),
        ('[a]\nzh="甲"\nen="a"\nreach="unit"\nacts=["arrival.fly"]\nmay=[]', "there is no arrival.fly"),
        ('[a]\nzh="甲"\nen="a"\nreach="unit"\nacts=["nothing.*"]\nmay=[]', "there is no nothing"),
        ('[a]\nzh="甲"\nreach="unit"\nacts=[]\nmay=[]', "en is missing"),
        ('[a]\nzh="甲"\nen="a"\nreach="unit"\nacts=[]\nmay=[]\nsudo=true', "unknown member sudo"),
        ('[a]\nzh="甲"\nen="a"\nreach="unit"\nacts=[]\nmay=[]\nexcludes=["b"]', "excludes b"),
    ],
)
def test_a_bad_table_is_refused_by_name(text, named):
    with pytest.raises(BadRoles, match=named):
        parse_roles(text)
