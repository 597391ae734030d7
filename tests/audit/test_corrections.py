"""
Corrections in the answer: what changed, from what, by whom, and the line that rests on it cites both.
"""

from __future__ import annotations

from datetime import date

from audit.answer import case_answer
from audit.corrections import corrections
from domain.case import events as e
from tests.audit.asking import law_of, start
from tests.domain.duties.test_worked_example import SUN, ZHAO

LI = {"unit_id": "housing", "official_id": "li", "post_id": "h-head"}


def corrected():
    """An assignment whose day for the report was misread: 1 May, not 1 June."""
    h, sent = start(kind="assign", report_by=date(2026, 6, 1))
    fix = {"act_version": sent, "field": "report_by", "value": "2026-05-01", "reason": "misread"}
    at = h.add("2026-03-20", e.ActCorrected(**ZHAO, **fix, second_official_id="li"))
    return h, sent, at


def answer(h, day):
    return case_answer(h.case(), law_of(h), date.fromisoformat(day), log_size=len(h.log))


def test_listed_with_before_and_after():
    h, sent, at = corrected()
    [row] = answer(h, "2026-05-10")["corrections"]
    assert row == {
        "log_index": h.case()[at - 1].log_index,
        "type": "act.corrected.v1",
        "of": {"log_index": h.case()[sent - 1].log_index, "type": "petition.assigned.v1"},
        "kind": "corrected",
        "field": "report_by",
        "before": "2026-06-01",
        "after": "2026-05-01",
        "reason": "misread",
        "officials": ["zhao", "li"],
        "stands": True,
    }


def test_a_line_cites_the_act_and_its_correction():
    h, sent, at = corrected()
    [row] = [d for d in answer(h, "2026-05-10")["duties"] if d["duty"] == "report_on_assignment"]
    assert (row["state"], row["due_on"]) == ("breached", "2026-05-01")
    cited = {x["log_index"]: x for x in row["evidence"]}
    act, fix = h.case()[sent - 1].log_index, h.case()[at - 1].log_index
    assert cited[act]["corrected_by"] == [fix]
    assert cited[fix]["type"] == "act.corrected.v1"


def test_known_before_the_correction():
    """
    Whoever knew the log before it was corrected has the act as it was, and no correction.
    """
    h, sent, _ = corrected()
    before = h.case()[:-1]
    known = case_answer(before, law_of(h), date(2026, 5, 10), log_size=len(h.log) - 1)
    assert "corrections" not in known
    assert [d["state"] for d in known["duties"] if d["duty"] == "report_on_assignment"] == ["open"]
    assert sent == before[2].version


def test_corrected_twice_and_taken_back():
    """
    The second correction starts from what the first one said; one that was retracted no longer stands.
    """
    h, sent, at = corrected()
    again = {"act_version": sent, "field": "report_by", "value": "2026-05-15", "reason": "misread"}
    second = h.add("2026-03-21", e.ActCorrected(**ZHAO, **again, second_official_id="li"))
    h.add("2026-03-22", e.ActRetracted(**ZHAO, act_version=second, reason="wrong", second_official_id="li"))
    first, then, gone = corrections(h.case())
    assert (first["before"], first["after"], first["stands"]) == ("2026-06-01", "2026-05-01", True)
    assert then["stands"] is False
    assert (gone["kind"], gone["of"]["log_index"]) == ("retracted", h.case()[second - 1].log_index)
    assert at < second


def test_retracted_act():
    h, _ = start()
    accepted = h.add("2026-03-10", e.PetitionAccepted(**SUN))
    h.add("2026-03-12", e.ActRetracted(**LI, act_version=accepted, reason="twice", second_official_id="sun"))
    found = answer(h, "2026-04-01")
    assert [c["kind"] for c in found["corrections"]] == ["retracted"]
    assert "conclude_petition" not in [d["duty"] for d in found["duties"]]
