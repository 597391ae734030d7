"""
Findings from command to log: one append with the case, sealed values put back, and readings on record first.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

import pytest

from app import codec, findings
from app.establish import enrol_official, record
from app.handle import read
from app.readings import readings, record_reading
from domain.case import commands as cc
from domain.case import events as e
from domain.case.errors import Refused
from domain.finding import commands as c
from domain.people import events as p
from domain.recorded import Actor
from ledger.disclosure import open_disclosure
from ledger.envelope import leaf_hash, open_leaf
from ledger.errors import Conflict
from tests.app.office import ZONE, Office

STREAM = "finding/" + "0a" * 16
CASE = "case/county/1"
ACCUSATION = "case/accusation/" + "1b" * 16
ABOUT = {
    "case_stream": CASE,
    "obligation": "notify",
    "trigger_version": 2,
    "subject_unit_id": "housing",
    "subject_official_id": "housing-desk",
}
ASK = {"asked_unit_id": "housing", "asked_official_id": "housing-desk", "answer_by": date(2026, 3, 10)}
SAID = (("explanation_text", "当日已电话告知"),)


@pytest.fixture
def office() -> Office:
    made = Office()
    record(made.handler, p.UnitEstablished(unit_id="discipline", name="纪委", kind="discipline"), now=made.at)
    for name in ("qian", "zhou"):
        post = p.PostEstablished(post_id=name, unit_id="discipline", title=name, rank="staff")
        record(made.handler, post, now=made.at)
        record(made.handler, p.OfficialRegistered(official_id=name, name=name), now=made.at)
        appointed = p.AppointmentMade(post_id=name, official_id=name, from_on=date(2025, 1, 1))
        record(made.handler, appointed, now=made.at)
        enrol_official(made.handler, name, now=made.at)
    made.act(cc.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    made.act(cc.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    accused = (("accused_official", "housing-head"),)
    accusation = {"stream": ACCUSATION, "channel": "letter", "sealed": accused, "who": "qian"}
    made.act(cc.ReceiveAccusation, "discipline", "2026-03-02", **accusation)
    return made


def act(office, kind, who, on="2026-03-05", *, unit="discipline", stream=STREAM, expected=None, **said):
    office.at = datetime.combine(date.fromisoformat(on), time(9), ZONE)
    command = kind(
        stream=stream,
        unit_id=unit,
        official_id=who,
        actor=Actor(official_id=who),
        occurred_at=office.at,
        now=office.at,
        command_id=said.pop("command_id", f"{kind.__name__}/{who}/{on}"),
        **said,
    )
    return findings.record(office.handler, command, expected=expected)


def ready(office, **about):
    act(office, c.OpenFinding, "qian", **ABOUT | about)
    act(office, c.PinEvidence, "qian", log_indexes=(0, 3))
    return act(office, c.RequestExplanation, "qian", **ASK)


def history(office, stream):
    return [read(stored) for stored in office.store.read_stream(stream)]


def explained(office):
    ready(office)
    said = {"request_version": 3, "sealed": SAID, "unit": "housing"}
    return act(office, c.GiveExplanation, "housing-desk", **said)


class TestConfirming:
    def test_one_append(self, office):
        explained(office)
        done = act(office, c.ConfirmFinding, "zhou", ground="not_notified")
        size = office.store.size()
        assert (done.version, done.log_index, done.is_new) == (5, size - 2, True)
        in_case = history(office, CASE)[-1]
        assert (in_case.log_index, in_case.version, in_case.actor.official_id) == (size - 1, 3, "zhou")
        assert isinstance(in_case.event, e.BreachFindingRecorded)
        assert (in_case.event.origin, in_case.event.ground) == (STREAM, "not_notified")
        assert history(office, STREAM)[-1].event.breach_version == 3
        again = act(office, c.ConfirmFinding, "zhou", ground="not_notified")
        assert (again.log_index, again.is_new, office.store.size()) == (done.log_index, False, size)
        anew = act(office, c.ConfirmFinding, "zhou", ground="not_notified", command_id="another")
        assert (anew.log_index, office.store.size()) == (None, size)

    def test_proposed_and_withdrawn(self, office):
        explained(office)
        act(office, c.ConfirmFinding, "zhou", ground="not_notified")
        act(office, c.ProposeOnFinding, "qian", measure="talk")
        proposed = history(office, CASE)[-1]
        assert (proposed.event.measure, proposed.event.of_finding) == ("talk", 3)
        assert findings.summary(history(office, STREAM))["proposals"] == [{"measure": "talk", "proposal_version": 4}]
        act(office, c.WithdrawFinding, "zhou", reason="served_in_time")
        assert history(office, CASE)[-1].event == e.BreachFindingWithdrawn(
            unit_id="discipline", official_id="zhou", of_finding=3, reason="served_in_time"
        )

    def test_refused_records_nothing(self, office):
        explained(office)
        size = office.store.size()
        with pytest.raises(Refused, match="does not confirm it"):
            act(office, c.ConfirmFinding, "qian", ground="x")
        with pytest.raises(Refused, match="is about a case"):
            act(office, c.OpenFinding, "qian", stream="finding/" + "2c" * 16, **ABOUT | {"case_stream": "unit/x"})
        assert office.store.size() == size

    def test_another_act_in_the_case_at_once(self, office, monkeypatch):
        """Somebody writes into the case between deciding and appending: decided again, and the version is right."""
        explained(office)
        plain, done = office.handler.store.append, []

        def append(leaves):
            if not done:
                done.append(leaves)
                office.act(cc.NoteProgress, "bureau", "2026-03-05", step="called")
            return plain(leaves)

        monkeypatch.setattr(office.handler.store, "append", append)
        act(office, c.ConfirmFinding, "zhou", ground="not_notified")
        assert history(office, STREAM)[-1].event.breach_version == 4
        assert isinstance(history(office, CASE)[3].event, e.BreachFindingRecorded)

    def test_decided_on_another_version(self, office):
        explained(office)
        with pytest.raises(Conflict):
            act(office, c.ConfirmFinding, "zhou", ground="x", expected=2)


def test_pins_are_leaf_hashes(office):
    ready(office)
    leaves = [leaf_hash(office.store.read_log(i, 1)[0].leaf).hex() for i in (0, 3)]
    summary = findings.summary(history(office, STREAM))
    assert summary["evidence"] == [
        {"log_index": 0, "leaf_hash": leaves[0]},
        {"log_index": 3, "leaf_hash": leaves[1]},
    ]
    for wrong, why in (((10_000,), "no record 10000"), ((-1,), "no record -1"), (tuple(range(201)), "at most 200")):
        with pytest.raises(Refused, match=why):
            act(office, c.PinEvidence, "qian", log_indexes=wrong, command_id=why)


def test_the_explanation_is_sealed_and_stands_beside_its_request(office):
    explained(office)
    [given] = [s for s in office.store.read_stream(STREAM) if s.topic == "explanation.given.v1"]
    assert "电话" not in open_leaf(given.leaf).payload.decode()
    [asked] = findings.summary(history(office, STREAM))["explanations"]
    assert (asked["given_at"], asked.get("text")) == (4, None)
    [asked] = findings.whole(office.store, history(office, STREAM))["explanations"]
    assert asked["text"] == "当日已电话告知"


class TestAccusation:
    ABOUT_IT: ClassVar[dict[str, Any]] = {"case_stream": ACCUSATION, "trigger_version": 1}

    def test_no_leaf_tells(self, office):
        size = office.store.size()
        ready(office, **self.ABOUT_IT)
        said = {"request_version": 3, "sealed": SAID}
        act(office, c.GiveExplanation, "qian", **said)
        act(office, c.ConfirmFinding, "zhou", ground="not_notified")
        leaves = office.store.read_log(size, 100)
        assert [s.stream for s in leaves] == [STREAM] * 5
        for stored in leaves:
            told = open_leaf(stored.leaf).payload.decode()
            assert not any(word in told for word in ("housing", "accusation", "notify", "电话"))
        summary = findings.summary(history(office, STREAM))
        assert (summary["is_sealed"], summary["state"], summary["subject_unit_id"]) == (True, "confirmed", None)
        whole = findings.whole(office.store, history(office, STREAM))
        assert (whole["subject_official_id"], whole["case_stream"]) == ("housing-desk", ACCUSATION)
        assert (whole["is_sealed"], [x["log_index"] for x in whole["evidence"]]) == (True, [0, 3])
        assert whole["explanations"][0]["asked_official_id"] == "housing-desk"

    def test_who_reads(self, office):
        ready(office, **self.ABOUT_IT)
        found = history(office, STREAM)

        def may(who, unit):
            return findings.may_read(office.handler, found, Actor(official_id=who), unit, date(2026, 3, 6))

        assert may("qian", "discipline")
        assert not may("housing-desk", "housing")
        assert not may("housing-head", "housing")
        assert not may("bureau-head", "bureau")


class TestReadings:
    def ask(self, office, reader=None, unit=None, **more):
        query = {"person": "housing-desk", "purpose": "x"}
        how = {"purpose": "核查", "as_of": "2026-03-05", "reader": reader, "unit_id": unit}
        return record_reading(office.handler, "person_answer", query, **how | more)

    def test_signed_by_who_asked(self, office):
        size = office.store.size()
        done = self.ask(office, Actor(official_id="qian"), "discipline")
        assert (done.stream, done.log_index) == ("reading/unit/discipline", size)
        self.ask(office)
        [own, machine] = readings(office.store)
        assert (own.actor.official_id, own.event.log_size, own.event.as_of) == ("qian", size, "2026-03-05")
        assert (machine.actor.system, machine.stream) == ("registrar", "reading/machine")
        assert codec.encode(machine.event).keys() == {"what", "as_of", "log_size"}

    def test_nothing_tells_whom_it_was_about(self, office):
        done = self.ask(office)
        [stored] = office.store.read_log(done.log_index, 1)
        assert b"registrar" in open_leaf(stored.leaf).payload
        assert b"housing-desk" not in open_leaf(stored.leaf).payload
        told = [open_disclosure(each) for each in office.store.disclosures([done.log_index])[done.log_index]]
        assert dict(told) == {"query": '{"person":"housing-desk","purpose":"x"}', "purpose": "核查"}

    def test_again_is_another_reading(self, office):
        first, second = self.ask(office), self.ask(office)
        assert (first.version, second.version) == (1, 2)
        once = self.ask(office, command_id="once")
        again = self.ask(office, command_id="once")
        assert (again.is_new, again.log_index) == (False, once.log_index)

    def test_no_purpose_no_answer(self, office):
        size = office.store.size()
        with pytest.raises(Refused, match="named purpose"):
            self.ask(office, purpose=" ")
        assert office.store.size() == size
