"""
Leads through the store: texts are read from the sealed values and never shown; put on record, a lead outlives its text;
answers about who and what is not there.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.lead_texts import recording
from app.questions import Questions, UnknownCase
from domain.case import commands as c
from tests.app.office import Office

DAY = date(2026, 6, 1)
WORDS = "王某反映的问题已转有关单位处理"


def answered(office, no, text):
    office.act(c.ReceivePetition, "bureau", "2026-03-02", no=no, channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", no=no, case_no=no)
    office.act(c.AcceptPetition, "bureau", "2026-03-10", no=no)
    sealed = (("opinion", text), ("petitioner_name", "王某"))
    return office.act(
        c.ServeHandlingOpinion, "bureau", "2026-03-20", no=no, outcome="explain", policy_basis=None, sealed=sealed
    )


@pytest.fixture
def office():
    office = Office()
    for no in ("1", "2"):
        answered(office, no, WORDS)
    answered(office, "3", "道路已于三月修复")
    return office


def told(office, code="forward_only_reply"):
    return Questions(office.store).leads(DAY, code=code)


def test_the_text_is_measured_and_not_shown(office):
    found = told(office)
    assert [x["case_no"] for x in found] == ["1", "2"]
    assert not any("王某" in str(x) for x in found)
    assert found[0]["rule"] == {"pack": "luoshi-conventions", "id": "forward_only_reply", "source": "惯例"}
    assert [x["group"]["size"] for x in told(office, "identical_reply")] == [2, 2]
    assert Questions(office.store).summary(DAY)["leads"]["identical_reply"] == 2


def test_before_it_was_said_there_is_none(office):
    assert Questions(office.store).leads(date(2026, 3, 19), code="forward_only_reply") == []
    assert told(office)
    size = office.store.size()
    assert Questions(office.store).leads(DAY, code="identical_reply", known_at=size - 6) == []


def test_on_record_it_outlives_the_text(office):
    """The text of case 1 is erased: nothing can be measured any more, and what was recorded says so."""
    for code in ("forward_only_reply", "identical_reply"):
        for lead in told(office, code):
            office.handler.handle(recording(lead, "bureau", "bureau-desk", office.at))
    before = {x["case_no"]: x for x in told(office)}
    assert all("recorded" in x and "text" not in x for x in before.values())
    [reply] = [s for s in office.store.read_stream("case/county/1") if s.topic == "handling_opinion.served.v1"]
    office.store._disclosures.pop(reply.log_index)  # as an erasure leaves it
    office.act(
        c.EraseSealed,
        "bureau",
        "2026-05-01",
        targets=((reply.log_index, ("x",)),),
        order_no="1",
        basis="个人信息保护法 47",
    )
    after = {x["case_no"]: x for x in told(office)}
    assert after["1"]["text"] == "erased"
    assert after["1"]["measure"] == before["1"]["measure"]
    assert after["2"] == before["2"]
    assert {x["case_no"]: x.get("text") for x in told(office, "identical_reply")} == {"1": "erased", "2": None}


def test_recorded_twice_is_recorded_once(office):
    [lead, _] = told(office)
    first = office.handler.handle(recording(lead, "bureau", "bureau-desk", office.at))
    again = office.handler.handle(recording(lead, "bureau", "bureau-desk", office.at))
    assert (first.is_new, again.is_new) == (True, False)
    assert len(told(office)) == 2


class TestWhoAndWhatIsNotThere:
    def test_a_person_or_unit_not_in_the_register(self, office):
        questions = Questions(office.store)
        with pytest.raises(UnknownCase, match="no official nobody is in the register"):
            questions.person("nobody", DAY, purpose="复核")
        with pytest.raises(UnknownCase, match="no unit nowhere is in the register"):
            questions.unit("nowhere", DAY)
        assert questions.failures(DAY, person="nobody") == []
        assert questions.failures(DAY, unit="nowhere") == []

    def test_a_person_without_a_purpose(self, office):
        with pytest.raises(ValueError, match="names its purpose"):
            Questions(office.store).person("bureau-desk", DAY, purpose="  ")

    def test_who_held_nothing(self, office):
        answer = Questions(office.store).person("housing-head", DAY, purpose="复核")
        assert (answer["duties"], answer["open"], answer["answers"]) == ([], [], [])

    @pytest.mark.parametrize("day", [date(2020, 1, 1), date(2024, 12, 31)])
    def test_a_day_before_the_first_event(self, office, day):
        questions = Questions(office.store)
        assert questions.failures(day) == []
        assert questions.leads(day) == []
        assert questions.summary(day)["cases"] == 0
        assert questions.unit("bureau", day)["duties"] == []

    def test_a_future_day(self, office):
        found = Questions(office.store).failures(date(2031, 1, 1))
        assert [r["state"] for r in found if r["duty"] == "forward_or_assign"] == ["breached"] * 3
        assert all(r["days_late"] > 1000 for r in found if r["duty"] == "forward_or_assign")

    def test_a_duty_nobody_knows(self, office):
        assert Questions(office.store).failures(DAY, duty="be_kind") == []


def test_a_unit_across_cases(office):
    answer = Questions(office.store).unit("bureau", DAY)
    assert answer["unit"] == {"id": "bureau", "name": "bureau"}
    assert [x["person"]["id"] for x in answer["leaders"]] == ["bureau-head"]
    assert {r["case_no"] for r in answer["duties"] if r["source"] == "county"} == {"1", "2", "3"}
    assert sum(answer["by_state"].values()) == len(answer["duties"])
    late = [r for r in answer["duties"] if r["is_charged_with_due_day"]]
    assert len(late) == answer["charged_with_due_day"] == 3
    assert min(r["load_on_due_day"] for r in late) >= 3


def test_a_person_across_cases_has_no_total(office):
    said = office.act(
        c.StateCause,
        "bureau",
        "2026-04-01",
        obligation="forward_or_assign",
        trigger_version=1,
        cause="staff_missing",
    )
    answer = Questions(office.store).person("bureau-desk", DAY, purpose="复核")
    assert set(answer) == {"person", "purpose", "open", "duties", "answers", "as_of", "log_size"}
    assert [x["log_index"] for x in answer["answers"]] == [said.log_index]
    assert [r["case_no"] for r in answer["duties"]] == sorted(r["case_no"] for r in answer["duties"])


def test_as_known_then(office):
    questions = Questions(office.store)
    size = office.store.size()
    office.act(c.ReferPetition, "bureau", "2026-03-05", recorded="2026-06-05", to_unit_id="housing", basis="art. 22")
    later = Questions(office.store)
    day = date(2026, 6, 30)
    assert later.unit("bureau", day, known_at=size - 1) == questions.unit("bureau", day, known_at=size - 1)
    states = {r["case_no"]: r["state"] for r in later.unit("bureau", day)["duties"] if r["duty"] == "forward_or_assign"}
    assert states["1"] == "met_on_claim"
    strict = later.unit("bureau", day, is_strict=True)["duties"]
    assert {r["case_no"]: r["state"] for r in strict if r["duty"] == "forward_or_assign"}["1"] == "met_late"
