"""
The two times: as of which day, and as known when.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.asked import parse_as_of, parse_known_at
from app.evidence.asking import absent_stream, case_stream
from app.questions import Questions, UnknownCase
from app.sealed import stream_of_case
from domain.case import commands as c
from tests.app.office import ZONE, Office


@pytest.fixture
def office():
    """Received and registered on 2 March, referred in time but entered five weeks late."""
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    office.act(c.ReferPetition, "bureau", "2026-03-10", recorded="2026-04-15", to_unit_id="housing", basis="art. 22")
    return office


def states(found):
    return {(r["duty"], r["state"]) for r in found}


def test_as_known_then(office):
    """
    On 1 April the log held no referral: breached as known then, in time on its author's word as known now.
    """
    questions = Questions(office.store)
    then = datetime(2026, 4, 1, tzinfo=ZONE)
    day = date(2026, 3, 31)
    assert states(questions.failures(day, known_at=then)) == {("forward_or_assign", "breached")}
    assert states(questions.failures(day, known_at=then)) == states(
        questions.failures(day, known_at=office.store.size() - 2)
    )
    assert questions.failures(day) == []
    assert states(questions.failures(day, state="met_on_claim")) == {("forward_or_assign", "met_on_claim")}


def test_strict_counts_the_recorded_time(office):
    found = Questions(office.store).failures(date(2026, 4, 30), is_strict=True)
    assert [(r["duty"], r["state"], r["days_late"]) for r in found] == [("forward_or_assign", "met_late", 29)]


def test_a_late_entry_is_a_lead(office):
    codes = {lead["code"] for lead in Questions(office.store).leads(date(2026, 4, 30))}
    assert {"recorded_late", "met_on_claim"} <= codes


def test_as_of_equals_the_fold_up_to_then(office):
    """
    Asking about a past day gives what asking on that day gave.
    """
    questions = Questions(office.store)
    before = questions.failures(date(2026, 3, 20))
    summary = questions.summary(date(2026, 3, 20))
    office.act(c.SignReceipt, "housing", "2026-05-01", of_version=3)
    later = Questions(office.store)
    assert [r | {"log_size": 0} for r in later.failures(date(2026, 3, 20))] == [r | {"log_size": 0} for r in before]
    assert later.summary(date(2026, 3, 20)) | {"log_size": 0} == summary | {"log_size": 0}


def test_nothing_had_happened_yet(office):
    questions = Questions(office.store)
    assert questions.summary(date(2026, 3, 1))["cases"] == 0
    with pytest.raises(UnknownCase):
        questions.case("1", date(2026, 3, 1))


def test_one_case(office):
    [answer] = Questions(office.store).case("1", date(2026, 4, 30))
    duties = {d["duty"]: d for d in answer["duties"]}
    assert duties.keys() == {"register_petition", "forward_or_assign", "sign_receipt", "follow_up_hand_over"}
    assert answer["route"]["handovers"] == 0
    assert duties["forward_or_assign"]["due_trace"] == ["2026-03-02 起算（当日不计）", "加 15 个自然日 → 2026-03-17"]


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "2026-01-01T00:00:00", ""])
def test_what_is_no_day(text):
    with pytest.raises(ValueError, match="2026-01-31"):
        parse_as_of(text)


def test_what_is_known_at():
    assert parse_known_at("41") == 41
    assert parse_known_at("2026-01-01T00:00:00Z").year == 2026
    with pytest.raises(ValueError, match="no UTC offset"):
        parse_known_at("2026-01-01T00:00:00")


def test_one_case_reads_its_own_streams(office, monkeypatch):
    """
    Neither finding a case by its number nor answering about it reads the log from its start.
    """
    store = office.store
    monkeypatch.delattr(type(store), "read_log")
    [answer] = Questions(store).case("1", date(2026, 4, 30))
    assert [d["duty"] for d in answer["duties"]]
    assert case_stream(store, "1", None) == stream_of_case(store, "1") == "case/county/1"
    assert absent_stream(store, "9", None) == "case/county/9"
    with pytest.raises(UnknownCase):
        Questions(store).case("1", date(2026, 4, 30), known_at=store.size() - 4)
