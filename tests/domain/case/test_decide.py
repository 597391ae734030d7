"""
What may be recorded about a case.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from tests.domain.duties.build import moment
from tests.given import BUREAU, HOUSING, given, order

RECEIVED = e.PetitionReceived(**BUREAU, channel="letter")
REGISTERED = e.PetitionRegistered(**BUREAU, case_no="1")
REFERRED = e.PetitionReferred(**BUREAU, to_unit_id="housing", basis="art. 22")  # version 3
SIGNED = e.ReceiptSigned(**HOUSING, of_version=3, of="petition_referred")  # version 4
OBJECTED = e.JurisdictionObjected(**HOUSING, of_version=3, ground="not ours")  # version 5
ACCEPTED = e.PetitionAccepted(**HOUSING)
ARRIVED = (RECEIVED, REGISTERED, REFERRED, SIGNED)
SUPPORTED = e.HandlingOpinionServed(**HOUSING, outcome="support", execute_by=date(2026, 6, 1))  # version 6


class TestIntake:
    def test_receive(self):
        given().when(order(c.ReceivePetition, channel="letter")).then(RECEIVED)

    def test_unknown_channel(self):
        given().when(order(c.ReceivePetition, channel="pigeon")).refused("channel is one of", field="channel")

    def test_received_once(self):
        given(RECEIVED).when(order(c.ReceivePetition, channel="letter")).refused("already received")

    def test_register(self):
        given(RECEIVED).when(order(c.RegisterPetition, case_no="1")).then(REGISTERED)

    def test_register_needs_an_arrival(self):
        given().when(order(c.RegisterPetition, case_no="1")).refused("no recorded arrival")

    def test_register_again_records_nothing(self):
        given(RECEIVED, REGISTERED).when(order(c.RegisterPetition, case_no="1")).then()

    def test_register_under_another_number(self):
        given(RECEIVED, REGISTERED).when(order(c.RegisterPetition, case_no="2")).refused("is registered as 1")

    def test_claimed_after_its_recording(self):
        """
        An act claimed for a moment after its recording is refused; a late one is not.
        """
        late = order(c.ReceivePetition, channel="letter", on="2026-03-09", now=moment("2026-03-05"))
        given().when(late).refused("cannot be claimed", field="occurred_at")
        given().when(order(c.ReceivePetition, channel="letter", now=moment("2027-03-05"))).then(RECEIVED)

    def test_unknown_official(self):
        who = {**BUREAU, "official_id": "nobody"}
        given().when(order(c.ReceivePetition, who, channel="letter")).refused(
            "not in the register", field="official_id"
        )


class TestHandOver:
    def test_refer(self):
        given(RECEIVED, REGISTERED).when(order(c.ReferPetition, to_unit_id="housing", basis="art. 22")).then(REFERRED)

    def test_refer_to_itself(self):
        given(RECEIVED, REGISTERED).when(order(c.ReferPetition, to_unit_id="bureau", basis="x")).refused(
            "not passed to the unit that sends it"
        )

    def test_only_the_holder_sends(self):
        given(RECEIVED, REGISTERED).when(order(c.ReferPetition, HOUSING, to_unit_id="bureau", basis="x")).refused(
            "does not hold this matter"
        )

    def test_assign_with_a_day(self):
        given(RECEIVED, REGISTERED).when(
            order(c.AssignPetition, to_unit_id="housing", basis="x", report_by=date(2026, 5, 1))
        ).then(e.PetitionAssigned(**BUREAU, to_unit_id="housing", basis="x", report_by=date(2026, 5, 1)))

    def test_assign_with_a_day_gone_by(self):
        given(RECEIVED, REGISTERED).when(
            order(c.AssignPetition, to_unit_id="housing", basis="x", report_by=date(2026, 3, 5))
        ).refused("must lie after the assignment", field="report_by")

    def test_sign(self):
        given(RECEIVED, REGISTERED, REFERRED).when(order(c.SignReceipt, HOUSING, of_version=3)).then(SIGNED)

    def test_sign_twice_records_nothing(self):
        given(*ARRIVED).when(order(c.SignReceipt, HOUSING, of_version=3)).then()

    def test_sign_for_somebody_else(self):
        given(RECEIVED, REGISTERED, REFERRED).when(order(c.SignReceipt, BUREAU, of_version=3)).refused(
            "went to housing"
        )


class TestObjection:
    def test_object(self):
        given(*ARRIVED).when(order(c.ObjectJurisdiction, HOUSING, of_version=3, ground="not ours")).then(OBJECTED)

    def test_late_objections_are_recorded(self):
        """
        Lateness is never a reason to refuse: the engine says what a late objection means.
        """
        late = order(c.ObjectJurisdiction, HOUSING, of_version=3, ground="not ours", on="2027-01-01")
        given(*ARRIVED).when(late).then(OBJECTED)

    def test_without_reasons(self):
        given(*ARRIVED).when(order(c.ObjectJurisdiction, HOUSING, of_version=3, ground=" ")).refused(
            "gives its reasons"
        )

    def test_before_receipt(self):
        given(RECEIVED, REGISTERED, REFERRED).when(
            order(c.ObjectJurisdiction, HOUSING, of_version=3, ground="x")
        ).refused("needs the receipt first")

    def test_after_acceptance(self):
        given(*ARRIVED, ACCEPTED).when(order(c.ObjectJurisdiction, HOUSING, of_version=3, ground="x")).refused(
            "accepted matter"
        )

    def test_decided_by_the_sender(self):
        given(*ARRIVED, OBJECTED).when(order(c.DecideObjection, objection_version=5, result="upheld")).then(
            e.ObjectionDecided(**BUREAU, objection_version=5, result="upheld")
        )
        given(*ARRIVED, OBJECTED).when(order(c.DecideObjection, HOUSING, objection_version=5, result="upheld")).refused(
            "decided by bureau"
        )

    def test_no_acceptance_while_undecided(self):
        given(*ARRIVED, OBJECTED).when(order(c.AcceptPetition, HOUSING)).refused("not decided yet")


class TestOpinion:
    def test_needs_acceptance(self):
        given(*ARRIVED).when(order(c.ServeHandlingOpinion, HOUSING, outcome="explain")).refused(
            "needs an accepted matter"
        )

    def test_executor_must_exist(self):
        given(*ARRIVED, ACCEPTED).when(
            order(c.ServeHandlingOpinion, HOUSING, outcome="support", executor_unit_id="mars")
        ).refused("not in the register", field="executor_unit_id")

    def test_execution_needs_evidence(self):
        given(*ARRIVED, ACCEPTED, SUPPORTED).when(
            order(c.EvidenceExecution, HOUSING, opinion_version=6, evidence=())
        ).refused("at least one artefact", field="evidence")

    def test_verification_needs_evidence(self):
        given(*ARRIVED, ACCEPTED, SUPPORTED).when(order(c.VerifyExecution, HOUSING, opinion_version=6)).refused(
            "verified on evidence"
        )

    def test_nothing_to_execute(self):
        explained = e.HandlingOpinionServed(**HOUSING, outcome="explain")
        given(*ARRIVED, ACCEPTED, explained).when(
            order(c.EvidenceExecution, HOUSING, opinion_version=6, evidence=("x",))
        ).refused("supports nothing")

    def test_set_aside_names_who_redoes(self):
        asked = e.ReviewRequested(**BUREAU, opinion_version=6)
        given(*ARRIVED, ACCEPTED, SUPPORTED, asked).when(
            order(c.ServeReviewOpinion, request_version=7, outcome="set_aside")
        ).refused("names the unit addressed", field="redo_by_unit_id")

    def test_a_request_is_decided_once(self):
        asked = e.ReviewRequested(**BUREAU, opinion_version=6)
        upheld = e.ReviewOpinionServed(**BUREAU, request_version=7, outcome="uphold")
        given(*ARRIVED, ACCEPTED, SUPPORTED, asked, upheld).when(
            order(c.ServeReviewOpinion, request_version=7, outcome="uphold")
        ).refused("already decided")


class TestClosing:
    def test_a_linked_repeat_reopens(self):
        closed = e.CaseClosed(**HOUSING)
        given(*ARRIVED, ACCEPTED, closed).when(order(c.LinkRepeat, other_stream="case/county/9")).then(
            e.PetitionLinked(**BUREAU, other_stream="case/county/9"),
            e.CaseReopened(**BUREAU, because="case/county/9"),
        )

    def test_linking_an_open_case_reopens_nothing(self):
        given(*ARRIVED).when(order(c.LinkRepeat, other_stream="case/county/9")).then(
            e.PetitionLinked(**BUREAU, other_stream="case/county/9")
        )


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (c.ReferPetition, {"to_unit_id": "housing", "basis": "x"}),
        (c.SignReceipt, {"of_version": 3}),
        (c.AcceptPetition, {}),
        (c.ServeHandlingOpinion, {"outcome": "explain"}),
        (c.CloseCase, {}),
        (c.NoteProgress, {"step": "x"}),
        (c.WithdrawPetition, {}),
    ],
)
def test_nothing_before_registration(kind, more):
    """
    No act on a matter that is not registered.
    """
    given(RECEIVED).when(order(kind, **more)).refused("is not registered")
