"""
What is only filed: accepted, refused, repeated; in an office's stream and in a case's.
"""

from __future__ import annotations

from datetime import date
from functools import reduce

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.case.case import Case
from domain.case.case import evolve as evolve_case
from domain.case.decide import decide as decide_case
from domain.case.errors import Refused
from domain.office.decide import decide
from domain.office.state import Office, evolve
from domain.people import events as p
from domain.recorded import Actor
from tests.domain.duties.build import moment
from tests.domain.duties.county import DIGEST, HEAD, county

PACK = (
    HEAD
    + """
[[filed_kind]]
id = "sweep_reported"
name_zh = "排查"
unit_kinds = ["township"]
ranks = ["main_leader"]
needs = ["period", "evidence", "numbers.found"]
may = ["numbers.closed"]
source = "test art. 4"
confidence = "uncertain"

[[filed_kind]]
id = "policy_explained"
name_zh = "说明"
about = "case"
source = "test art. 5"
confidence = "uncertain"
"""
)
WHOLE = {
    "kind": "sweep_reported",
    "period_from": date(2025, 3, 3),
    "period_to": date(2025, 3, 9),
    "numbers": {"found": 2},
    "evidence": (DIGEST,),
    "post_id": "east-head",
}


def people():
    h = county(PACK)
    h.add("2025-01-01", p.UnitEstablished(unit_id="npc", name="人大", kind="npc"))
    h.add("2025-01-01", p.PostEstablished(post_id="npc-head", unit_id="npc", title="主任", rank="main_leader"))
    h.add("2025-01-01", p.OfficialRegistered(official_id="chair", name="主任"))
    h.add("2025-01-01", p.AppointmentMade(post_id="npc-head", official_id="chair", from_on=date(2025, 1, 1)))
    return h.people()


def order(unit="east", by=None, stream=None, on="2025-03-10", **changes):
    fields = WHOLE | changes
    official = by or f"{unit}-head-1"
    return c.FileAct(
        stream=stream or f"office/{unit}",
        unit_id=unit,
        official_id=official,
        actor=Actor(official_id=official),
        occurred_at=moment(on),
        now=moment("2025-03-20"),
        command_id="c",
        **fields,
    )


def test_filed_and_repeated():
    [event] = decide(Office(), order(), people())
    assert event == e.ActFiled(unit_id="east", official_id="east-head-1", **WHOLE)
    assert decide(reduce(evolve, [event], Office()), order(), people()) == []
    assert decide(reduce(evolve, [event], Office()), order(numbers={"found": 3}), people()) != []


@pytest.mark.parametrize(
    ("command", "field", "why"),
    [
        (order(kind="person_stabilised"), "kind", "allowed: sweep_reported"),
        (order(kind="policy_explained"), "kind", "about a office"),
        (order("gov", post_id="gov-head"), "unit_id", "is filed by township"),
        (order(by="chair"), "unit_id", "监督不代办"),
        (order(by="west-head-1"), "unit_id", "held no post of east"),
        (order(stream="office/west"), "stream", "各单位只在本单位名下填报"),
        (order(post_id=None), "post_id", "须写明岗位"),
        (order(post_id="west-head"), "post_id", "belongs to west"),
        (order(period_from=None, period_to=None), "period", "needs period"),
        (order(evidence=()), "evidence", "needs evidence"),
        (order(numbers={}), "numbers", "needs numbers.found"),
        (order(numbers={"found": 1, "persons": 4}), "numbers", "no number 'persons'"),
        (order(numbers={"found": -1}), "numbers", "whole number"),
        (order(numbers={"found": True}), "numbers", "whole number"),
        (order(evidence=("scan.pdf",)), "evidence", "64 lower-case hex"),
        (order(refers_to=("张三",)), "refers_to", "streams"),
        (order(period_to=None), "period", "needs period"),
        (order(period_to=date(2025, 3, 1)), "period_to", "ends on or after"),
        (order(period_from=date(2025, 4, 1), period_to=date(2025, 4, 2)), "period_from", "not begun"),
        (order(on="2025-03-21"), "occurred_at", "after its recording"),
    ],
)
def test_refused(command, field, why):
    with pytest.raises(Refused, match=why) as caught:
        decide(Office(), command, people())
    assert caught.value.field == field


def test_about_a_case():
    """
    A kind about cases goes into a registered case's stream, one about offices does not.
    """
    acts = [
        e.PetitionReceived(unit_id="gov", channel="letter", category="claim"),
        e.PetitionRegistered(unit_id="gov", case_no="1"),
    ]
    case = reduce(evolve_case, acts, Case())
    about = {"stream": "case/county/1", "post_id": None, "numbers": {}}
    [event] = decide_case(case, order(kind="policy_explained", **about), people())
    assert event.TOPIC == "act.filed.v1"
    assert evolve_case(case, event).version == case.version + 1
    with pytest.raises(Refused, match="no adopted pack knows"):
        decide_case(case, order(stream="case/county/1"), people())
    with pytest.raises(Refused, match="not registered"):
        decide_case(Case(), order(kind="policy_explained", **about), people())


def test_a_pack_adopted_again_replaces_its_kinds():
    h = county(PACK)
    adopted = p.RulePackAdopted(pack_id="local", version="2", content={"schema": "luoshi.pack.v1", "pack": "local"})
    h.add("2025-02-01", adopted)
    assert h.people().filed_kinds() == ()
