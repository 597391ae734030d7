"""
Hard cases of the duties engine: each was once answered wrongly, and says what duties.md says.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

from audit.report import grouped
from domain.case import events as e
from domain.law.rules import parse_pack
from domain.people import events as p
from tests.audit.asking import WU, ZHOU, ask, lead, start, third
from tests.domain.duties.build import ZONE, History, bureau_and_housing
from tests.domain.duties.test_worked_example import LI, SUN, ZHAO


def opinion(execute_by="2026-06-01", executor="works"):
    h, _s = start()
    v = h.add("2026-03-10", e.PetitionAccepted(**SUN))
    o = h.add(
        "2026-04-01",
        e.HandlingOpinionServed(
            **SUN, outcome="support", executor_unit_id=executor, execute_by=date.fromisoformat(execute_by)
        ),
    )
    return (h, v, o)


def accepted():
    h, _s = start()
    return (h, h.add("2026-03-10", e.PetitionAccepted(**SUN)))


def who(r):
    return (r["unit"] and r["unit"]["id"], r["person"] and r["person"]["id"])


X = {"obligation": "conclude_petition", "days": 30, "reason": "x"}


def test_missing_day_is_the_issuers():
    """
    A day that was never set is a finding against who should have set it.
    """
    h, _s = start(kind="assign")
    assert who(ask(h, "2026-12-31")["report_on_assignment"])[0] == "bureau"


def test_later_assignment_renames_no_breacher():
    """
    An assignment after the due day renames no breacher.
    """
    h, _v, _o = opinion()
    before = who(ask(h, "2026-08-31")["execute_opinion"])
    h.add("2026-09-01", e.HandlerAssigned(unit_id="works", assigned_official_id="zhou", assigned_post_id="w-desk"))
    assert who(ask(h, "2026-10-01")["execute_opinion"]) == before


def test_set_aside_on_re_review_releases():
    """
    An opinion set aside on re-review is not to be executed any more.
    """
    h, _v, o = opinion()
    q = h.add("2026-04-05", e.ReReviewRequested(**ZHAO, opinion_version=o))
    h.add("2026-04-20", e.ReReviewOpinionIssued(**ZHAO, request_version=q, outcome="set_aside"))
    assert ask(h, "2026-12-31")["execute_opinion"]["state"] == "released"


def test_merger_does_not_discharge_backwards():
    """
    A merger does not discharge backwards.
    """
    h, _s = start()
    s2 = h.add("2026-03-06", e.PetitionReferred(**SUN, to_unit_id="works", basis="x"))
    h.add("2026-03-07", e.ReceiptSigned(**ZHOU, of_version=s2, of="petition_referred"))
    h.add("2026-03-10", e.AcceptanceNoticeServed(**ZHOU))
    h.add("2026-12-01", p.UnitAbolished(unit_id="housing", valid_to=date(2026, 12, 1), successor_id="works"))
    assert ask(h, "2026-12-31")["serve_acceptance_notice"]["state"] == "breached"


def merged():
    h, v = accepted()
    h.add("2026-03-20", p.UnitAbolished(unit_id="housing", valid_to=date(2026, 3, 20), successor_id="works"))
    h.add("2026-03-20", p.AppointmentEnded(post_id="h-desk", official_id="sun", to_on=date(2026, 3, 20)))
    h.add("2026-03-23", e.HandlerAssigned(**WU, assigned_official_id="zhou", assigned_post_id="w-desk"))
    return (h, v)


def test_successors_assigned_handler():
    """
    The successor's assigned handler stands for the successor.
    """
    h, _v = merged()
    assert who(ask(h, "2026-07-01")["conclude_petition"]) == ("works", "zhou")


def test_successors_head_extends():
    """
    The successor's head may extend.
    """
    h, v = merged()
    h.add("2026-05-01", e.ExtensionApproved(**WU, trigger_version=v, **X))
    assert ask(h, "2026-07-01")["conclude_petition"]["extensions"][0]["defects"] == []


def test_successor_hands_over():
    """
    The successor may hand over.
    """
    h, _v = merged()
    s = h.add("2026-05-05", e.PetitionReferred(**WU, to_unit_id="bureau", basis="x"))
    h.add("2026-05-06", e.ReceiptSigned(**ZHAO, of_version=s, of="petition_referred"))
    assert who(ask(h, "2026-07-01")["conclude_petition"])[0] == "bureau"


def test_authority_as_known_then():
    """
    Authority is judged by the appointments known when the approval was recorded.
    """
    h = third(bureau_and_housing())
    h.log = [
        dataclasses.replace(r, event=dataclasses.replace(r.event, to_on=date(2026, 3, 31)))
        if isinstance(r.event, p.AppointmentMade) and r.event.official_id == "li"
        else r
        for r in h.log
    ]
    h, _s = start(h)
    v = h.add("2026-03-10", e.PetitionAccepted(**SUN))
    h.add("2026-05-01", e.ExtensionApproved(**LI, trigger_version=v, **X))
    h.add("2026-07-01", p.AppointmentEnded(post_id="h-head", official_id="li", to_on=date(2026, 2, 28)))
    assert ask(h, "2026-12-31")["conclude_petition"]["due_on"] == "2026-05-09"


def test_second_valid_extension_makes_no_notice_that_is_born_late():
    """
    A second valid extension makes no notice that is late when it is born.
    """
    h, _v, o = opinion()
    kw = {"obligation": "execute_opinion", "trigger_version": o, "days": 30, "reason": "x"}
    h.add("2026-05-20", e.ExtensionApproved(**LI, **kw))
    x = h.add("2026-06-20", e.ExtensionApproved(**LI, **kw))
    h.add("2026-06-20", e.ExtensionNoticeServed(**LI, extension_version=x))
    assert ask(h, "2026-12-31")["serve_extension_notice#1"]["state"] != "met_late"


def test_anothers_act_discharges_no_holder_duty():
    """
    Somebody else's act, entered late, discharges no duty of mine.
    """
    h, s = start()
    o = h.add("2026-03-06", e.JurisdictionObjected(**SUN, of_version=s, ground="x"))
    h.add("2026-03-09", e.ObjectionDecided(**ZHAO, objection_version=o, result="upheld"))
    s2 = h.add("2026-03-10", e.PetitionReferred(**ZHAO, to_unit_id="works", basis="x"))
    h.add("2026-03-11", e.ReceiptSigned(**ZHOU, of_version=s2, of="petition_referred"))
    h.add("2026-03-10", e.AcceptanceNoticeServed(**SUN), recorded="2026-03-20")
    assert ask(h, "2026-12-31")["serve_acceptance_notice#1"]["state"] == "breached"


def test_objection_pending_on_a_passed_duty():
    """
    While an objection to a passed duty is open nobody is named; upheld, not the objector.
    """
    h, _s = start(kind="assign", report_by=date(2026, 3, 18))
    s2 = h.add("2026-03-09", e.PetitionReferred(**SUN, to_unit_id="works", basis="x"))
    h.add("2026-03-10", e.ReceiptSigned(**ZHOU, of_version=s2, of="petition_referred"))
    o = h.add("2026-03-12", e.JurisdictionObjected(**ZHOU, of_version=s2, ground="x"))
    assert who(ask(h, "2026-03-25")["report_on_assignment"])[0] != "works"
    h.add("2026-03-24", e.ObjectionDecided(**SUN, objection_version=o, result="upheld"))
    assert who(ask(h, "2026-12-31")["report_on_assignment"])[0] != "works"


def test_backdated_extension():
    """
    An extension entered long after the day it claims moves nothing.
    """
    h, v = accepted()
    h.add("2026-05-09", e.ExtensionApproved(**LI, trigger_version=v, **X), recorded="2026-07-20")
    h.add("2026-06-05", e.HandlingOpinionServed(**SUN, outcome="explain"))
    assert ask(h, "2026-12-31")["conclude_petition"]["state"] != "met"


def test_self_verified_backdated_execution():
    """
    One's own late entry, verified by oneself, is one's own word.
    """
    h, _v, o = opinion(executor="housing")
    h.add("2026-05-20", e.ExecutionEvidenced(**SUN, opinion_version=o, evidence=("x",)), recorded="2026-11-01")
    h.add("2026-11-02", e.ExecutionVerified(**LI, opinion_version=o))
    assert ask(h, "2026-12-31")["execute_opinion"]["state"] == "met_on_claim"


def test_contradicted_before_verification():
    """
    A contradiction before the verification is not lost.
    """
    h, _v, o = opinion()
    h.add("2026-05-20", e.ExecutionEvidenced(**ZHOU, opinion_version=o, evidence=("x",)))
    h.add("2026-05-25", e.SatisfactionRated(unit_id="bureau", score="dissatisfied", contradicts=o))
    h.add("2026-06-25", e.ExecutionVerified(**SUN, opinion_version=o))
    assert ask(h, "2026-12-31")["execute_opinion"]["state"] == "disputed"


def test_hearing_after_due_changes_nothing():
    """
    A hearing after the due day changes nothing.
    """
    h, _v = accepted()
    o = h.add("2026-04-01", e.HandlingOpinionServed(**SUN, outcome="explain"))
    h.add("2026-04-05", e.ReReviewRequested(**ZHAO, opinion_version=o))
    h.add("2026-05-10", e.HearingConvened(**ZHAO))
    h.add("2026-05-14", e.HearingClosed(**ZHAO))
    assert all(x["charged_to"] for x in ask(h, "2026-06-01")["decide_re_review"]["holders"])


def test_open_hearing_prints_no_year_9999():
    """
    While a hearing is open there is no due day to print.
    """
    h, _v = accepted()
    o = h.add("2026-04-01", e.HandlingOpinionServed(**SUN, outcome="explain"))
    h.add("2026-04-05", e.ReReviewRequested(**ZHAO, opinion_version=o))
    h.add("2026-05-01", e.HearingConvened(**ZHAO))
    assert ask(h, "2026-06-01")["decide_re_review"]["due_on"] is None


def test_receipt_minutes_before_assignment():
    """
    A receipt claimed minutes before its assignment counts from it.
    """
    h = third(bureau_and_housing())
    h.add("2026-03-02", e.PetitionReceived(**ZHAO, channel="letter"))
    h.add("2026-03-02", e.PetitionRegistered(**ZHAO, case_no="1"))
    s = h.add(
        datetime(2026, 3, 3, 10, tzinfo=ZONE),
        e.PetitionAssigned(**ZHAO, to_unit_id="housing", basis="x", report_by=date(2026, 5, 1)),
    )
    h.add(
        datetime(2026, 3, 3, 9, 30, tzinfo=ZONE),
        e.ReceiptSigned(**SUN, of_version=s, of="petition_assigned"),
        recorded="2026-03-04",
    )
    assert ask(h, "2026-12-31")["report_on_assignment"]["due_on"] == "2026-05-01"


def test_decision_minutes_before_objection():
    """
    A decision claimed minutes before its objection counts from it.
    """
    h, s = start()
    o = h.add(datetime(2026, 3, 10, 10, tzinfo=ZONE), e.JurisdictionObjected(**SUN, of_version=s, ground="x"))
    h.add(
        datetime(2026, 3, 10, 9, tzinfo=ZONE),
        e.ObjectionDecided(**ZHAO, objection_version=o, result="refused"),
        recorded="2026-03-11",
    )
    assert ask(h, "2026-12-31")["serve_acceptance_notice"]["state"] == "breached"


def test_abolished_post():
    """
    An abolished post stands for nobody; the new one does.
    """
    h, _v = accepted()
    h.add("2026-03-20", p.PostAbolished(post_id="w-head", valid_to=date(2026, 3, 20)))
    h.add("2026-03-20", p.AppointmentEnded(post_id="w-head", official_id="wu", to_on=date(2026, 3, 20)))
    h.add(
        "2026-03-20", p.PostEstablished(post_id="w-director", unit_id="works", title="w-director", rank="main_leader")
    )
    h.add("2026-03-20", p.AppointmentMade(post_id="w-director", official_id="wu", from_on=date(2026, 3, 21)))
    h.add(
        "2026-04-01",
        e.HandlingOpinionServed(**SUN, outcome="support", executor_unit_id="works", execute_by=date(2026, 6, 1)),
    )
    assert who(ask(h, "2026-07-01")["execute_opinion"]) == ("works", "wu")


def test_anothers_unsigned_hand_over_is_no_cause():
    """
    Another unit's unsigned hand-over is no cause of mine.
    """
    h, s = start()
    o = h.add("2026-03-13", e.JurisdictionObjected(**SUN, of_version=s, ground="x"))
    h.add("2026-03-16", e.ObjectionDecided(**ZHAO, objection_version=o, result="upheld"))
    h.add("2026-03-17", e.PetitionReferred(**ZHAO, to_unit_id="works", basis="x"))
    assert "not_signed_for" not in [c["code"] for c in ask(h, "2026-04-25")["serve_acceptance_notice"]["causes"]]


def test_acting_person_is_no_not_reassigned():
    """
    An acting holder is no missing reassignment.
    """
    h, _s = start()
    h.add(
        "2026-03-16",
        p.AppointmentMade(
            post_id="h-desk", official_id="wang", from_on=date(2026, 3, 16), to_on=date(2026, 3, 31), kind="acting"
        ),
    )
    assert "not_reassigned" not in [c["code"] for c in ask(h, "2026-06-02")["serve_acceptance_notice"]["causes"]]


def test_recharged_to_a_vacant_post_says_so():
    """
    A day recharged to a vacant post says that it is vacant.
    """
    h, s = start(kind="assign", report_by=date(2026, 3, 13))
    o = h.add("2026-03-10", e.JurisdictionObjected(**SUN, of_version=s, ground="x"))
    h.add("2026-03-11", p.AppointmentEnded(post_id="h-desk", official_id="sun", to_on=date(2026, 3, 11)))
    h.add("2026-03-20", e.ObjectionDecided(**ZHAO, objection_version=o, result="refused"))
    r = ask(h, "2026-06-01")["report_on_assignment"]
    assert r["person"] is None
    assert "vacant_post" in [c["code"] for c in r["causes"]]


def test_contradiction_is_evidenced():
    """
    The act that contradicts is evidence.
    """
    h, _v, o = opinion()
    h.add("2026-05-20", e.ExecutionEvidenced(**ZHOU, opinion_version=o, evidence=("x",)))
    h.add("2026-05-25", e.ExecutionVerified(**SUN, opinion_version=o))
    h.add("2026-06-25", e.SatisfactionRated(unit_id="bureau", score="dissatisfied", contradicts=o))
    r = ask(h, "2026-12-31")["execute_opinion"]
    assert any(x["type"] == "satisfaction.rated.v1" for x in r["evidence"])


def test_assignment_is_evidenced():
    """
    The assignment that names the person is evidence.
    """
    h, _s = start()
    h.add("2026-03-06", e.HandlerAssigned(**LI, assigned_official_id="chen", assigned_post_id="h-deputy"))
    assert any(x["type"] == "handler.assigned.v1" for x in ask(h, "2026-03-25")["serve_acceptance_notice"]["evidence"])


def test_late_days_sum_due_before_registration():
    """
    Late days sum to the days late even where the source's moment lies before the registration.
    """
    pk = parse_pack(
        {
            "schema": "luoshi.pack.v1",
            "pack": "perm",
            "version": [
                {
                    "obligation": "conclude",
                    "arises_on": ["petition_registered"],
                    "due_from": "act.due.conclude",
                    "no_due": "none",
                    "discharged_by": ["petition_concluded"],
                }
            ],
        },
        ("perm",),
    )
    h = third(bureau_and_housing())
    h.stream = "case/perm/1"
    h.add(
        "2026-01-10",
        e.PetitionRegistered(unit_id="housing", case_no="1", due=(("conclude", "2026-01-01T17:00:00+08:00"),)),
    )
    r = ask(h, "2026-01-20", packs=(pk,))["conclude"]
    assert sum(x["late_days"] for x in r["holders"]) == r["days_late"]


def test_claimed_before_cause_is_a_lead():
    """
    An act claimed before its cause is a lead.
    """
    h, _s = start()
    h.add("2026-03-04", e.AcceptanceNoticeServed(**SUN), recorded="2026-03-06")
    assert "order_implausible" in [x[0] for x in lead(h, "2026-12-31")]


def test_appointment_recorded_after_breach_is_a_lead():
    """
    An appointment entered after the breach it bears on is a lead.
    """
    h, _s = start()
    h.add("2026-07-01", p.AppointmentEnded(post_id="h-desk", official_id="sun", to_on=date(2026, 3, 6)))
    h.add("2026-07-01", p.AppointmentMade(post_id="h-desk", official_id="wang", from_on=date(2026, 3, 6)))
    assert lead(h, "2026-12-31")


def test_no_vacancy_where_nobody_is_the_breacher():
    """
    Nobody is no vacancy.
    """
    h, v = accepted()
    h.add("2026-04-01", e.HandlingOpinionServed(**SUN, outcome="explain"))
    h.add("2026-04-02", e.ExtensionApproved(**LI, trigger_version=v, **X))
    assert grouped([ask(h, "2026-12-31")["conclude_petition"]], "person")[0]["name"] != "岗位空缺"


def test_no_lead_for_a_link_to_an_open_case():
    """
    A link to a case that is open again is no second lead.
    """
    h, _v = accepted()
    h.add("2026-03-20", e.HandlingOpinionServed(**SUN, outcome="explain"))
    h.add("2026-03-21", e.CaseClosed(**SUN))
    h.add("2026-04-01", e.PetitionLinked(**ZHAO, other_stream="case/county/2"))
    h.add("2026-04-01", e.CaseReopened(**ZHAO, because="x"))
    h.add("2026-04-09", e.PetitionLinked(**ZHAO, other_stream="case/county/3"))
    assert [x[0] for x in lead(h, "2026-12-31")].count("false_closure") == 1


def test_silence_of_the_holder():
    """
    Silence is the holder's, whoever else notes progress.
    """
    h, _s = start(kind="assign", report_by=date(2026, 9, 1))
    s2 = h.add("2026-03-10", e.PetitionReferred(**SUN, to_unit_id="works", basis="x"))
    h.add("2026-03-11", e.ReceiptSigned(**ZHOU, of_version=s2, of="petition_referred"))
    for d in ("2026-04-05", "2026-05-01", "2026-05-25", "2026-06-20", "2026-07-15", "2026-08-10", "2026-09-01"):
        h.add(d, e.ProgressNoted(**SUN, step="x"))
    assert "no_event_for_n_days" in [c["code"] for c in ask(h, "2026-09-20")["report_on_assignment"]["causes"]]


def test_hearing_of_another_re_review():
    """
    A hearing of one re-review does not touch another.
    """
    h, _v = accepted()
    o = h.add("2026-04-01", e.HandlingOpinionServed(**SUN, outcome="explain"))
    q = h.add("2026-04-05", e.ReReviewRequested(**ZHAO, opinion_version=o))
    h.add("2026-04-10", e.ReReviewOpinionIssued(**ZHAO, request_version=q, outcome="uphold"))
    h.add("2026-04-15", e.ReReviewRequested(**ZHAO, opinion_version=o))
    h.add("2026-04-20", e.HearingConvened(**ZHAO))
    assert ask(h, "2026-06-01")["decide_re_review"]["due_on"] == "2026-05-05"


def test_successors_own_backdated_word():
    """
    A successor's own late word is its own word.
    """
    h, _s = start()
    h.add("2026-03-12", p.UnitAbolished(unit_id="housing", valid_to=date(2026, 3, 12), successor_id="works"))
    h.add("2026-03-18", e.AcceptanceNoticeServed(**ZHOU), recorded="2026-07-22")
    assert ask(h, "2026-12-31")["serve_acceptance_notice"]["state"] == "met_on_claim"


def test_second_receipt_is_no_second_duty():
    """
    A second receipt for one hand-over is no second duty.
    """
    h, s = start()
    h.add("2026-03-25", e.ReceiptSigned(**SUN, of_version=s, of="petition_referred"))
    assert "serve_acceptance_notice#1" not in ask(h, "2026-12-31")


def test_unit_without_people_ended_on_arose_day_says_so():
    """
    A unit without people says that nobody was assigned.
    """
    pk = parse_pack(
        {
            "schema": "luoshi.pack.v1",
            "pack": "perm",
            "version": [
                {
                    "obligation": "conclude",
                    "arises_on": ["petition_registered"],
                    "due_from": "act.due.conclude",
                    "no_due": "none",
                    "discharged_by": ["petition_concluded"],
                }
            ],
        },
        ("perm",),
    )
    h = History("case/perm/2")
    h.add("2026-01-01", p.UnitEstablished(unit_id="u", name="u", kind="organ"))
    h.add(
        "2026-01-10", e.PetitionRegistered(unit_id="u", case_no="1", due=(("conclude", "2026-01-10T10:00:00+08:00"),))
    )
    h.add(datetime(2026, 1, 10, 15, tzinfo=ZONE), e.PetitionConcluded(unit_id="u"))
    r = ask(h, "2026-01-20", packs=(pk,))["conclude"]
    assert "no_handler_assigned" in [c["code"] for c in r["causes"]]


def test_a_hand_over_in_time_ends_what_stays_with_its_holder():
    """
    Where the rule says so, a hand-over before the due day ends the duty; one after it moves the matter, not the breach.
    """
    rule = {
        "obligation": "settle",
        "arises_on": ["petition_registered"],
        "within": 10,
        "counted_in": "calendar days",
        "runs_on": "holder",
        "ends_on_handover": True,
        "discharged_by": ["petition_concluded"],
    }
    pack = parse_pack({"schema": "luoshi.pack.v1", "pack": "hall", "version": [rule]}, ("hall",))
    for day, state in (("2026-01-20", "handed_over"), ("2026-01-21", "breached")):
        h = third(bureau_and_housing())
        h.stream = "case/hall/1"
        h.add("2026-01-10", e.PetitionRegistered(unit_id="housing", case_no="1"))
        h.add(day, e.HandedOver(unit_id="housing", to_unit_id="works"))
        assert ask(h, "2026-02-01", packs=(pack,))["settle"]["state"] == state


def test_an_attempt_that_was_refused_is_a_lead_and_no_act():
    """
    It names the event and its rule, changes no duty, and does not count as somebody acting on the matter.
    """
    h, _ = start()
    before = ask(h, "2026-06-01")
    tried = e.AttemptRefused(**SUN, command="RefuseAcceptance", rule="ground_is_none", law="信访工作条例 art. 22, 44")
    h.add("2026-03-20", tried)
    after = ask(h, "2026-06-01")
    assert {d: (r["state"], r["causes"]) for d, r in after.items()} == {
        d: (r["state"], r["causes"]) for d, r in before.items()
    }
    found = [x for x in lead(h, "2026-06-01") if x[0] == "attempt_refused"]
    assert found == [("attempt_refused", "以不得作为理由的情形不予受理（已拒绝）", (len(h.log) - 1,))]
