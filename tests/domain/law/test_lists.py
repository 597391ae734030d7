"""
The lists of a pack: grounds of non-acceptance, subjects, statutory routes.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.law.lists import MalformedList, parse_lists
from domain.law.rules import SCHEMA, MalformedPack, parse_pack
from tests.domain.duties.build import rulebook

GROUND = {"code": "skipped_level", "name_zh": "越级走访", "source": "信访工作条例 art. 20"}
SUBJECT = {"code": "housing", "name_zh": "住房"}
ROUTE = {"unit": "housing", "subject": "housing", "route": "art31_4", "procedure": "行政裁决", "source": "清单"}


def test_the_national_list_cites_its_articles():
    grounds = [g for pack in rulebook().packs for g in pack.lists.grounds]
    assert {g.code for g in grounds if g.is_never} == {
        "wrong_number",
        "unreachable",
        "contact_disputed",
        "identity_unverified",
    }
    assert all(" art. " in g.source for g in grounds)


def test_a_ground_has_its_days():
    (ground,) = parse_lists({"refusal_ground": [GROUND | {"in_force_from": date(2022, 5, 1)}]}).grounds
    assert (ground.in_force(date(2022, 4, 30)), ground.in_force(date(2022, 5, 1))) == (False, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"refusal_ground": [GROUND, GROUND]}, "two entries are in force"),
        ({"refusal_ground": [GROUND | {"colour": "red"}]}, "unknown field 'colour'"),
        ({"refusal_ground": [GROUND | {"source": " "}]}, "source is a text"),
        ({"refusal_ground": [GROUND | {"never": "yes"}]}, "never is true or false"),
        ({"refusal_ground": [GROUND | {"in_force_from": "31 Feb"}]}, "in_force_from is a day"),
        ({"subject": [SUBJECT, SUBJECT]}, "two entries are in force"),
        ({"subject": [SUBJECT | {"competent": "housing"}]}, "competent is a list of texts"),
        ({"subject": [SUBJECT | {"in_force_from": "2027-01-01", "in_force_to": "2026-01-01"}]}, "lies before"),
        ({"subject": [SUBJECT | {"confidence": "sure"}]}, "confidence is one of"),
        ({"department": [SUBJECT | {"level": "village"}]}, "level is one of"),
        ({"route": [ROUTE | {"department": "housing"}]}, "a unit or a department"),
        ({"undertaking_set": [SUBJECT]}, "it says nothing"),
        ({"undertaking_set": [SUBJECT | {"members": 1}]}, "members is a number from 2"),
        ({"posted_list": [SUBJECT | {"needs": ["colour"]}]}, "needs is of settle_by, reason"),
        ({"route": {"unit": "housing"}}, "a list of at most"),
    ],
)
def test_what_is_no_list(content, why):
    with pytest.raises(MalformedList, match=why):
        parse_lists(content)
    with pytest.raises(MalformedPack, match=why):
        parse_pack({"schema": SCHEMA, "pack": "p", **content})


def test_routes_of_a_department():
    lists = parse_lists({"subject": [SUBJECT], "route": [ROUTE]})
    assert [(r.unit_id, r.subject, r.route) for r in lists.routes] == [("housing", "housing", "art31_4")]
