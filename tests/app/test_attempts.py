"""
Attempts that were refused: which are on record, what of them, how often, and that the refusal stays the answer.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from app import codec
from app.handle import read
from domain.case import commands as c
from domain.case import events as e
from domain.case.attempts import RULES
from domain.case.errors import Refused
from ledger.errors import Conflict
from tests.app.office import Office

TOP = Path(__file__).parents[2]
SAID = (("opinion_text", "不予支持，理由如下"),)


@pytest.fixture
def office() -> Office:
    made = Office()
    made.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    made.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    made.act(c.HandOver, "bureau", "2026-03-03", to_unit_id="housing")
    return made


def recorded(office: Office, no: str = "1") -> list[Any]:
    return [read(stored) for stored in office.store.read_stream(f"case/county/{no}")]


def attempts(office: Office) -> list[Any]:
    return [r for r in recorded(office) if isinstance(r.event, e.AttemptRefused)]


def test_a_wrong_number_as_a_ground(office):
    """
    Whoever would not accept a matter because the telephone number is wrong is refused, and that he tried is on record:
    signed by the ledger, without a word of what the attempt said.
    """
    with pytest.raises(Refused, match="never a ground"):
        office.act(c.RefuseAcceptance, "housing", "2026-03-05", ground="wrong_number", sealed=SAID)
    [found] = attempts(office)
    assert codec.encode(found.event) == {
        "unit_id": "housing",
        "official_id": "housing-desk",
        "command": "RefuseAcceptance",
        "rule": "ground_is_none",
        "law": "信访工作条例 art. 22, 44",
    }
    assert (found.actor.system, found.version) == ("registrar", 4)
    assert office.store.disclosures([found.log_index]) == {}


def test_once(office):
    """
    The same official trying the same again fills no case; another rule, or another official, is another attempt.
    """
    for n in range(3):
        with pytest.raises(Refused):
            office.act(c.RefuseAcceptance, "housing", "2026-03-05", ground="wrong_number", command_id=f"try{n}")
    assert len(attempts(office)) == 1
    with pytest.raises(Refused):
        office.act(c.RefuseAcceptance, "housing", "2026-03-06", ground="wrong_number", who="housing-head")
    with pytest.raises(Refused):
        office.act(c.RefuseAcceptance, "housing", "2026-03-06", ground="too_much_work", command_id="other")
    assert [(a.event.official_id, a.event.rule) for a in attempts(office)] == [
        ("housing-desk", "ground_is_none"),
        ("housing-head", "ground_is_none"),
        ("housing-desk", "ground_not_listed"),
    ]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (c.SignReceipt, {"of_version": 9}),  # a slip of the pen
        (c.RateSatisfaction, {"score": "splendid"}),
        (c.ReceivePetition, {"channel": "letter"}),
    ],
)
def test_a_slip_is_no_record(office, kind, more):
    with pytest.raises(Refused):
        office.act(kind, "housing", "2026-03-05", **more)
    assert attempts(office) == []


def test_it_is_no_handling(office):
    """
    Nothing of a case changes by it, and the next act goes on from there.
    """
    with pytest.raises(Refused):
        office.act(c.RefuseAcceptance, "housing", "2026-03-05", ground="wrong_number")
    assert office.act(c.AcceptPetition, "housing", "2026-03-06").version == 5
    with pytest.raises(Refused, match="never by who handled"):
        office.act(c.RateSatisfaction, "housing", "2026-03-07", score="satisfied")
    assert [a.event.rule for a in attempts(office)] == ["ground_is_none", "rating_by_handler"]


def test_never_in_an_accusation(office):
    """
    Who was refused there would tell who is accused.
    """
    stream = f"case/accusation/{'0a' * 16}"
    named = (("accused_official", "housing-desk"),)
    office.act(c.ReceiveAccusation, "bureau", "2026-03-02", no="x", channel="letter", sealed=named, stream=stream)
    before = len(office.store.read_stream(stream))
    note = c.RecordRefusedAttempt(
        stream=stream,
        unit_id="housing",
        official_id="housing-desk",
        actor=recorded(office)[0].actor,
        occurred_at=office.at,
        now=office.at,
        command_id="n",
        command="AddAttachment",
        rule="stepped_aside",
    )
    assert not office.handler.handle(note).is_new
    assert len(office.store.read_stream(stream)) == before


def test_the_answer_is_the_refusal_whatever_happens(office, monkeypatch):
    """
    Where the record itself cannot be made, the caller still hears why he was refused.
    """

    def busy(*_: Any, **__: Any) -> Any:
        raise Conflict("case/county/1", 3, 4)

    monkeypatch.setattr(office.handler, "_append", busy)
    with pytest.raises(Refused, match="never a ground"):
        office.act(c.RefuseAcceptance, "housing", "2026-03-05", ground="wrong_number")
    assert attempts(office) == []


def test_every_rule_is_used_and_named():
    """
    Each code stands in a refusal of the domain, and no refusal has a code that the list does not know.
    """
    used: set[str] = set()
    for path in (TOP / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "rule":
                used |= {n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and n.value in RULES}
                said = {n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)}
                assert {s for s in said if isinstance(s, str) and s != "official_id"} <= set(RULES), path
    assert used == set(RULES)
