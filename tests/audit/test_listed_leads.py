"""
Leads from the lists of the packs: a route off the list, a matter sent where nobody is competent.
"""

from __future__ import annotations

import tomllib
from datetime import date

from audit.listed import list_leads
from domain.case import events as e
from domain.law.in_force import Law, add
from domain.people import events as p
from tests.domain.duties.build import STATUTES, bureau_and_housing
from tests.given import BUREAU, HOUSING

EXAMPLE = tomllib.loads((STATUTES / "local/cn-statutory-routes-example.toml").read_text(encoding="utf-8"))
OURS = {
    "schema": "luoshi.pack.v1",
    "pack": "our-county",
    "department": [{"code": "housing", "name_zh": "住建", "units": ["housing"]}],
}


def found(*acts, ours=OURS, subject="housing.demolition"):
    h = bureau_and_housing()
    for pack in (EXAMPLE, ours):
        h.add("2025-06-01", p.RulePackAdopted(pack_id=pack["pack"], version="1", content=pack))
    h.add("2026-01-05", e.PetitionReceived(**BUREAU, channel="web"))
    h.add("2026-01-05", e.PetitionRegistered(**BUREAU, case_no="1", subject=subject))
    for act in acts:
        h.add("2026-01-06", act)
    law = Law()
    for r in h.log:
        if r.stream != h.stream:
            add(law, r)
    assert law.rules.zone("county") == "Asia/Shanghai"
    return [(lead.code, lead.measure) for lead in list_leads(h.case(), law, "Asia/Shanghai")]


def accepted(route):
    return e.PetitionAccepted(**HOUSING, route=route)


def test_a_route_of_the_list_is_no_lead():
    assert found(accepted("art31_4")) == []


def test_a_route_off_the_list():
    [(code, said)] = found(accepted("art31_6"))
    assert code == "route_not_on_list"
    assert said == "以 art31_6 受理 housing.demolition；本部门清单为 art31_4"


def test_a_list_that_is_silent_on_a_subject_says_nothing():
    assert found(accepted("art31_6"), subject="schools.place") == []


def test_a_unit_that_no_list_names_says_nothing():
    assert found(accepted("art31_6"), ours=OURS | {"department": []}) == []


def test_sent_beyond_competence():
    sent = e.PetitionReferred(**BUREAU, to_unit_id="housing", basis="art22")
    assert found(sent) == []
    [(code, said)] = found(sent, subject="schools.place")
    assert (code, said) == ("sent_beyond_competence", "schools.place 转往 housing；清单上的主管部门为 schools")


def test_a_new_classification_counts_from_its_day():
    sent = e.PetitionReferred(**BUREAU, to_unit_id="housing", basis="art22")
    again = e.PetitionClassified(**BUREAU, category="claim", subject="housing.title")
    assert found(again, sent, subject="schools.place") == []


def test_the_duty_of_a_department_has_its_day():
    [duty] = [v for v in EXAMPLE["version"] if v["obligation"] == "department_route_list"]
    assert duty["in_force_from"] <= date(2026, 1, 1)
    assert duty["cadence"] == "year"
