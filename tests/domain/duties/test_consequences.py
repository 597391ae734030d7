"""
What acts do to duties besides discharging them; each from a history of a few acts.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import events as e
from domain.law.rules import parse_pack
from domain.people import events as p
from tests.audit.asking import ask, lead, start, third
from tests.domain.duties.build import bureau_and_housing, rulebook
from tests.domain.duties.test_worked_example import LI, SUN, ZHAO

NOTICE = {"obligation": "serve_acceptance_notice", "trigger_version": 4, "ground": "name_or_address_unclear"}


def accept(h, on, who=ZHAO, **changes):
    return h.add(on, e.ExcuseAccepted(**who, **(NOTICE | changes), evidence=("x",)))


class TestExcuses:
    def test_its_days_are_charged_to_nobody(self):
        h, _ = start()
        accept(h, "2026-03-30")
        row = ask(h, "2026-08-01")["serve_acceptance_notice"]
        assert (row["state"], row["unit"], row["days_late"]) == ("excused", None, 0)
        assert [(x["charged_to"], x["charge_ground"]) for x in row["holders"]] == [(None, "excused")]

    def test_before_it_is_accepted_the_breach_stands(self):
        h, _ = start()
        accept(h, "2026-03-30")
        assert ask(h, "2026-03-29")["serve_acceptance_notice"]["state"] == "breached"

    def test_met_late_and_then_excused(self):
        h, _ = start()
        h.add("2026-03-25", e.AcceptanceNoticeServed(**SUN))
        accept(h, "2026-03-30")
        row = ask(h, "2026-08-01")["serve_acceptance_notice"]
        assert (row["state"], row["unit"]) == ("excused", None)

    @pytest.mark.parametrize(
        ("who", "changes", "mark"),
        [(LI, {}, "excuse_by_own_side"), (ZHAO, {"ground": "busy"}, "excuse_ground_not_allowed")],
    )
    def test_what_is_no_excuse_is_a_lead(self, who, changes, mark):
        h, _ = start()
        accept(h, "2026-03-30", who, **changes)
        row = ask(h, "2026-08-01")["serve_acceptance_notice"]
        assert (row["state"], row["marks"]) == ("breached", [mark])
        assert mark in [code for code, _, _ in lead(h, "2026-08-01")]

    def test_a_section_of_the_bearer_is_its_own_side(self):
        h = third(bureau_and_housing())
        h.add("2025-01-01", p.UnitEstablished(unit_id="section", name="x", kind="organ", parent_id="housing"))
        h, _ = start(h)
        accept(h, "2026-03-30", {"unit_id": "section"})
        assert ask(h, "2026-08-01")["serve_acceptance_notice"]["state"] == "breached"


class TestReopening:
    def test_the_first_stays_met_and_the_second_has_its_own_day(self):
        h, _ = start(kind="assign", report_by=date(2026, 6, 30))
        filed = h.add("2026-06-20", e.ClosingReportFiled(**SUN))
        again = {"addressee_unit_id": "housing", "reason": "x", "report_by": date(2026, 7, 31)}
        h.add("2026-07-10", e.ClosingReportRejected(**ZHAO, report_version=filed, **again))
        h.add("2026-07-30", e.ClosingReportFiled(**SUN))
        rows = ask(h, "2026-12-31")
        assert (rows["report_on_assignment"]["state"], rows["report_on_assignment"]["marks"]) == ("met", ["reopened"])
        second = rows["report_on_assignment#1"]
        assert (second["state"], second["due_on"], second["arose_at"][:10]) == ("met", "2026-07-31", "2026-07-10")


class TestBans:
    def declared(self):
        h, _ = start()
        h.add("2026-03-08", e.InterestDeclared(**SUN, interested_official_id="sun", ground="kinship"))
        return h

    def test_broken_by_the_next_act_and_only_once(self):
        h = self.declared()
        h.add("2026-03-10", e.PetitionAccepted(**SUN))
        h.add("2026-03-11", e.AcceptanceNoticeServed(**SUN))
        row = ask(h, "2026-08-01")["recuse"]
        assert (row["state"], row["due_on"], row["days_late"], row["holders"]) == ("breached", None, 0, [])
        assert (row["person"]["id"], row["breach_kinds"]) == ("sun", ["handled_while_interested"])
        assert [c["code"] for c in row["causes"]] == ["handled_while_interested"]
        assert [x["responsibility"] for x in row["responsible"]] == ["direct", "main_leadership", "main_leadership"]
        assert "recuse#1" not in ask(h, "2026-08-01")
        assert "recuse" not in ask(h, "2026-03-09")

    def test_not_by_somebody_else_nor_after_recusal(self):
        h = self.declared()
        h.add("2026-03-09", e.RecusalRecorded(**LI, interest_version=5, interested_official_id="sun"))
        h.add("2026-03-10", e.PetitionAccepted(**SUN))
        assert "recuse" not in ask(h, "2026-08-01")


class TestWindows:
    @pytest.mark.parametrize(("day", "marks"), [("2026-06-01", []), ("2026-06-02", ["after_window"])])
    def test_a_request_after_its_window_is_shown_on_the_duty_to_decide_it(self, day, marks):
        """30 days from Fri 1 May end on Sun 31 May; rolled forward to Mon 1 June."""
        h, _ = start()
        h.add("2026-04-10", e.PetitionAccepted(**SUN))
        opinion = h.add("2026-05-01", e.HandlingOpinionServed(**SUN, outcome="explain"))
        h.add(day, e.ReviewRequested(**ZHAO, opinion_version=opinion))
        assert ask(h, "2026-06-10")["decide_review"]["marks"] == marks


class TestAbsorbing:
    def test_one_omission_is_listed_once(self):
        h, _ = start(sign=None)
        h.add("2026-03-05", e.ReceiptSigned(**SUN, of_version=3, of="petition_referred", procedure="simple"))
        rows = ask(h, "2026-08-01")
        assert rows["serve_acceptance_notice"]["absorbed_by"] == rows["simple_decide_acceptance"]["duty_id"]

    def test_not_where_only_the_absorbed_one_fails(self):
        """The short duty is excused; the long one is not, and is listed."""
        h, _ = start(sign=None)
        h.add("2026-03-05", e.ReceiptSigned(**SUN, of_version=3, of="petition_referred", procedure="simple"))
        accept(h, "2026-03-07", obligation="simple_decide_acceptance")
        assert "absorbed_by" not in ask(h, "2026-08-01")["serve_acceptance_notice"]


class TestOnce:
    def test_two_receipts_of_one_hand_over(self):
        h, sent = start()
        proved = {"of": "petition_referred", "receiver_unit_id": "housing", "proof": "x"}
        h.add("2026-03-06", e.ReceiptProved(**ZHAO, of_version=sent, **proved))
        assert "serve_acceptance_notice#1" not in ask(h, "2026-08-01")

    def test_a_proved_receipt_binds_the_receiver(self):
        h, sent = start(sign=None)
        proved = {"of": "petition_referred", "receiver_unit_id": "housing", "proof": "x"}
        h.add("2026-03-06", e.ReceiptProved(**ZHAO, of_version=sent, **proved))
        row = ask(h, "2026-08-01")["serve_acceptance_notice"]
        assert (row["unit"]["id"], row["due_on"]) == ("housing", "2026-03-21")

    def test_each_item_is_executed_by_itself(self):
        h, _ = start()
        h.add("2026-04-10", e.PetitionAccepted(**SUN))
        h.add("2026-04-11", e.ClaimSplit(**SUN, items=("a", "b")))
        opinion = h.add("2026-05-01", e.HandlingOpinionServed(**SUN, outcome="support_in_part"))
        for item, executor in ((1, "works"), (2, None)):
            said = {"item": item, "outcome": "support", "executor_unit_id": executor, "execute_by": date(2026, 6, 1)}
            h.add("2026-05-01", e.OpinionItemAnswered(**SUN, opinion_version=opinion, **said))
        rows = ask(h, "2026-05-10")
        assert [rows[n]["holders"][0]["unit"]["id"] for n in ("execute_opinion", "execute_opinion#1")] == [
            "works",
            "housing",
        ]
        assert "execute_opinion#2" not in rows


class TestContinuingCases:
    def begun(self, *, continuing):
        h = third(bureau_and_housing())
        h.add("2025-11-03", e.PetitionReceived(**ZHAO, channel="letter"), recorded="2026-01-05")
        h.add("2025-11-03", e.PetitionRegistered(**ZHAO, case_no="1", continuing=continuing), recorded="2026-01-05")
        h.add("2025-11-10", e.PetitionReferred(**ZHAO, to_unit_id="housing", basis="x"), recorded="2026-01-05")
        h.add("2025-11-12", e.ReceiptSigned(**SUN, of_version=3, of="petition_referred"), recorded="2026-01-05")
        return h

    def test_duties_arise_on_the_true_day_and_say_that_nobody_watched(self):
        rows = ask(self.begun(continuing=True), "2026-02-01")
        row = rows["forward_or_assign"]
        assert (row["arose_at"][:10], row["due_on"]) == ("2025-11-03", "2025-11-18")
        assert (row["state"], row["marks"]) == ("met_on_claim", ["before_go_live"])
        assert rows["serve_acceptance_notice"]["state"] == "breached"

    def test_its_entry_is_no_late_entry(self):
        assert "recorded_late" not in [code for code, _, _ in lead(self.begun(continuing=True), "2026-02-01")]
        assert "recorded_late" in [code for code, _, _ in lead(self.begun(continuing=False), "2026-02-01")]

    def test_what_is_recorded_from_then_on_is_watched(self):
        h = self.begun(continuing=True)
        h.add("2026-01-10", e.PetitionAccepted(**SUN))
        assert ask(h, "2026-02-01")["conclude_petition"]["marks"] == []


def test_two_packs_with_one_obligation_are_two_duties():
    """
    A local pack that repeats the name of a national duty adds its own; neither hides the other.
    """
    entry = {
        "obligation": "serve_acceptance_notice",
        "arises_on": ["receipt_signed"],
        "within": 7,
        "counted_in": "calendar days",
        "discharged_by": ["acceptance_notice_served"],
        "bearer": "receiver",
    }
    local = parse_pack({"schema": "luoshi.pack.v1", "pack": "local", "version": [entry]})
    h, _ = start()
    rows = ask(h, "2026-08-01", (*rulebook().packs, local))
    both = [rows["serve_acceptance_notice"], rows["serve_acceptance_notice#1"]]
    assert [r["due_on"] for r in both] == ["2026-03-20", "2026-03-12"]
    assert both[0]["duty_id"] != both[1]["duty_id"]


def test_the_discipline_lines_rows_say_so():
    h = third(bureau_and_housing())
    h.add("2025-01-01", p.UnitEstablished(unit_id="cdi", name="纪委", kind="discipline"))
    said = {"channel": "letter", "identity_mode": "real_name", "competent": "own"}
    h.add("2026-03-02", e.AccusationReceived(unit_id="cdi", **said))
    rows = ask(h, "2026-08-01")
    assert rows["discipline_notify_real_name"]["visible_to"] == "discipline_line"
    h, _ = start()
    assert "visible_to" not in ask(h, "2026-08-01")["forward_or_assign"]


def test_an_unknown_bearer_is_said():
    """
    No body above both organs is in the register: the acting unit is shown, and marked.
    """
    h, _ = start()
    h.add("2026-03-10", e.JurisdictionDisputed(**SUN, between=("housing", "works")))
    row = ask(h, "2026-03-20")["settle_jurisdiction"]
    assert (row["state"], row["marks"]) == ("open_undated", ["bearer_unknown"])
