"""
What may be recorded of findings, urging, proposals, inspections, rectification, items and meetings.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from tests.domain.case.test_decide import ACCEPTED, ARRIVED
from tests.given import BUREAU, HOUSING, given, order

DUTY = {"obligation": "serve_acceptance_notice", "trigger_version": 4}
FINDING = {"subject_unit_id": "housing", **DUTY, "ground": "no_notice"}
FOUND = e.BreachFindingRecorded(**BUREAU, **FINDING)  # version 5
BY = date(2026, 4, 1)
URGED = e.UrgingIssued(**BUREAU, addressee_unit_id="housing", answer_by=BY, of_finding=5)  # version 6
PROPOSED = e.ProposalIssued(**BUREAU, kind="improvement", addressee_unit_id="housing", answer_by=BY)  # version 5
OPENED = e.InspectionOpened(**BUREAU, form="onsite", level="county", origin="round-1")  # version 5
ORDERED = e.RectificationOrdered(**BUREAU, addressee_unit_id="housing", rectify_by=BY)  # version 5
REPORTED = e.RectificationReported(**HOUSING, order_version=5, evidence=("sha256:1",))  # version 6
POSTED = e.ItemPosted(**BUREAU, kind="posted", owner_unit_id="housing", settle_by=BY)  # version 5
REMINDED = e.ReminderSent(
    **BUREAU, addressee_unit_id="housing", of_obligation="serve_acceptance_notice", trigger_version=4
)
DECISION = {"kind": "joint_conference", "owner_unit_id": "housing", "origin": "minutes-3", "carry_out_by": BY}
DECIDED = e.MeetingDecisionMade(**BUREAU, **DECISION, participants=("li", "chen"))  # version 5
SUPPORTED = e.HandlingOpinionServed(**BUREAU, outcome="support", executor_unit_id="housing", execute_by=BY)  # version 6


class TestFinding:
    def test_recorded(self):
        given(*ARRIVED).when(order(c.RecordBreachFinding, **FINDING)).then(FOUND)

    def test_of_an_act_that_is_not_there(self):
        given(*ARRIVED).when(order(c.RecordBreachFinding, **FINDING | {"trigger_version": 40})).refused(
            "not in this case", field="trigger_version"
        )

    def test_recorded_again(self):
        given(*ARRIVED, FOUND).when(order(c.RecordBreachFinding, **FINDING)).then()

    def test_withdrawn_by_who_recorded_it_once(self):
        withdrawn = e.BreachFindingWithdrawn(**BUREAU, of_finding=5, reason="served_in_time")
        asked = order(c.WithdrawBreachFinding, of_finding=5, reason="served_in_time")
        given(*ARRIVED, FOUND).when(asked).then(withdrawn)
        given(*ARRIVED, FOUND, withdrawn).when(asked).then()
        given(*ARRIVED, FOUND).when(order(c.WithdrawBreachFinding, HOUSING, of_finding=5, reason="x")).refused(
            "withdrawn by who recorded it", field="unit_id"
        )


class TestUrging:
    def test_on_a_finding(self):
        urge = order(c.IssueUrging, addressee_unit_id="housing", answer_by=BY, of_finding=5)
        given(*ARRIVED, FOUND).when(urge).then(URGED)
        given(*ARRIVED, FOUND, URGED).when(urge).then()

    def test_on_a_duty(self):
        named = {"of_obligation": "serve_acceptance_notice", "trigger_version": 4}
        given(*ARRIVED).when(order(c.IssueUrging, addressee_unit_id="housing", **named)).then(
            e.UrgingIssued(**BUREAU, addressee_unit_id="housing", **named)
        )

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"addressee_unit_id": "housing"}, "names the finding or the duty"),
            ({"addressee_unit_id": "bureau", "of_finding": 5}, "does not address itself"),
            ({"addressee_unit_id": "mars", "of_finding": 5}, "not in the register"),
            ({"addressee_unit_id": "housing", "of_finding": 4}, "no finding stands"),
            ({"addressee_unit_id": "housing", "of_finding": 5, "answer_by": date(2026, 3, 5)}, "must lie after"),
            ({"addressee_unit_id": "housing", "of_finding": 5, "form": "shouting"}, "form is one of"),
            ({"addressee_unit_id": "housing", "of_finding": 5, "bodies": ("mars",)}, "not in the register"),
        ],
    )
    def test_refused(self, more, why):
        given(*ARRIVED, FOUND).when(order(c.IssueUrging, **more)).refused(why)

    def test_not_on_a_finding_withdrawn(self):
        withdrawn = e.BreachFindingWithdrawn(**BUREAU, of_finding=5, reason="x")
        given(*ARRIVED, FOUND, withdrawn).when(order(c.IssueUrging, addressee_unit_id="housing", of_finding=5)).refused(
            "was withdrawn", field="of_finding"
        )

    def test_received(self):
        received = e.UrgingReceived(**HOUSING, urging_version=6)
        given(*ARRIVED, FOUND, URGED).when(order(c.ReceiveUrging, HOUSING, urging_version=6)).then(received)
        given(*ARRIVED, FOUND, URGED, received).when(order(c.ReceiveUrging, HOUSING, urging_version=6)).then()

    def test_receipt_is_said_by_the_issuer_only_with_proof(self):
        given(*ARRIVED, FOUND, URGED).when(order(c.ReceiveUrging, urging_version=6, proof="EMS 1")).then(
            e.UrgingReceived(**BUREAU, urging_version=6, proof="EMS 1")
        )
        given(*ARRIVED, FOUND, URGED).when(order(c.ReceiveUrging, urging_version=6)).refused(
            "signed for by its addressee"
        )

    def test_answered_by_its_addressee(self):
        answered = e.UrgingAnswered(**HOUSING, urging_version=6)
        given(*ARRIVED, FOUND, URGED).when(order(c.AnswerUrging, HOUSING, urging_version=6)).then(answered)
        given(*ARRIVED, FOUND, URGED, answered).when(order(c.AnswerUrging, HOUSING, urging_version=6)).then()
        given(*ARRIVED, FOUND, URGED).when(order(c.AnswerUrging, urging_version=6)).refused("answered by its addressee")

    def test_nothing_to_answer(self):
        given(*ARRIVED).when(order(c.AnswerUrging, HOUSING, urging_version=3)).refused(
            "no urging_issued stands", field="urging_version"
        )

    def test_urged_again_after_an_answer(self):
        """
        An urging that was answered may be issued again: urged and urged again is what the audit looks for.
        """
        answered = e.UrgingAnswered(**HOUSING, urging_version=6)
        given(*ARRIVED, FOUND, URGED, answered).when(
            order(c.IssueUrging, addressee_unit_id="housing", answer_by=BY, of_finding=5)
        ).then(URGED)

    def test_execution(self):
        urge = order(c.UrgeExecution, opinion_version=6, addressee_unit_id="housing")
        urged = e.ExecutionUrged(**BUREAU, opinion_version=6, addressee_unit_id="housing")
        evidenced = e.ExecutionEvidenced(**HOUSING, opinion_version=6, evidence=("x",))
        verified = e.ExecutionVerified(**BUREAU, opinion_version=6)
        given(*ARRIVED, ACCEPTED, SUPPORTED).when(urge).then(urged)
        given(*ARRIVED, ACCEPTED, SUPPORTED, urged).when(urge).then(urged)  # each urging is an act of its own
        given(*ARRIVED, ACCEPTED, SUPPORTED, evidenced, verified).when(urge).refused("already verified")
        given(*ARRIVED).when(urge).refused("no opinion stands")


class TestProposal:
    def test_issued(self):
        propose = order(c.IssueProposal, kind="improvement", addressee_unit_id="housing", answer_by=BY)
        given(*ARRIVED).when(propose).then(PROPOSED)
        given(*ARRIVED, PROPOSED).when(propose).then()
        given(*ARRIVED).when(order(c.IssueProposal, kind="praise", addressee_unit_id="housing")).refused("kind is one")

    def test_received(self):
        received = e.ProposalReceived(**HOUSING, proposal_version=5)
        given(*ARRIVED, PROPOSED).when(order(c.ReceiveProposal, HOUSING, proposal_version=5)).then(received)
        given(*ARRIVED, PROPOSED, received).when(order(c.ReceiveProposal, HOUSING, proposal_version=5)).then()
        given(*ARRIVED, PROPOSED).when(order(c.ReceiveProposal, proposal_version=5)).refused("signed for by")

    def test_answered(self):
        answered = e.ProposalAnswered(**HOUSING, proposal_version=5, adopted="adopted")
        answer = order(c.AnswerProposal, HOUSING, proposal_version=5, adopted="adopted")
        given(*ARRIVED, PROPOSED).when(answer).then(answered)
        given(*ARRIVED, PROPOSED, answered).when(answer).then()

    def test_not_adopted_needs_a_reason(self):
        given(*ARRIVED, PROPOSED).when(
            order(c.AnswerProposal, HOUSING, proposal_version=5, adopted="not_adopted")
        ).refused("gives its reason", field="reason")


class TestInspection:
    def test_opened(self):
        opening = order(c.OpenInspection, form="onsite", level="county", origin="round-1")
        given(*ARRIVED).when(opening).then(OPENED)
        given(*ARRIVED, OPENED).when(opening).then()
        given(*ARRIVED).when(order(c.OpenInspection, form="secret", level="county", origin="r")).refused("form is one")

    def test_a_joint_one_names_its_bodies(self):
        given(*ARRIVED).when(order(c.OpenInspection, form="joint", level="county", origin="r")).refused(
            "names the bodies", field="bodies"
        )

    def test_finding(self):
        finding = {"inspection_version": 5, "subject_unit_id": "housing", "ground": "no_fact_in_file"}
        found = e.InspectionFindingRecorded(**BUREAU, **finding)
        given(*ARRIVED, OPENED).when(order(c.RecordInspectionFinding, **finding)).then(found)
        given(*ARRIVED, OPENED, found).when(order(c.RecordInspectionFinding, **finding)).then()
        given(*ARRIVED, OPENED).when(order(c.RecordInspectionFinding, HOUSING, **finding)).refused("that of bureau")
        given(*ARRIVED, OPENED).when(order(c.RecordInspectionFinding, **finding, contradicts=3)).refused(
            "no opinion stands", field="contradicts"
        )

    def test_round(self):
        closed = e.InspectionRoundClosed(**BUREAU, inspection_version=5, findings=0)
        close = order(c.CloseInspectionRound, inspection_version=5, findings=0)
        given(*ARRIVED, OPENED).when(close).then(closed)
        given(*ARRIVED, OPENED, closed).when(close).then()
        given(*ARRIVED, OPENED, closed).when(
            order(c.RecordInspectionFinding, inspection_version=5, subject_unit_id="housing", ground="x")
        ).refused("round of this inspection is closed")


class TestRectification:
    def test_ordered(self):
        ordering = order(c.OrderRectification, addressee_unit_id="housing", rectify_by=BY)
        given(*ARRIVED).when(ordering).then(ORDERED)
        given(*ARRIVED, ORDERED).when(ordering).then()
        given(*ARRIVED).when(
            order(c.OrderRectification, addressee_unit_id="housing", rectify_by=date(2026, 3, 1))
        ).refused("must lie after", field="rectify_by")

    def test_reported(self):
        report = order(c.ReportRectification, HOUSING, order_version=5, evidence=("sha256:1",))
        given(*ARRIVED, ORDERED).when(report).then(REPORTED)
        given(*ARRIVED, ORDERED, REPORTED).when(report).then()
        given(*ARRIVED, ORDERED).when(order(c.ReportRectification, HOUSING, order_version=5, evidence=())).refused(
            "with evidence", field="evidence"
        )
        given(*ARRIVED, ORDERED).when(order(c.ReportRectification, order_version=5, evidence=("x",))).refused(
            "reported by its addressee"
        )

    def test_rejected_with_a_new_day(self):
        again = date(2026, 5, 1)
        rejected = e.RectificationRejected(**BUREAU, order_version=5, reason="no_evidence", rectify_by=again)
        reject = order(c.RejectRectification, order_version=5, reason="no_evidence", rectify_by=again)
        given(*ARRIVED, ORDERED, REPORTED).when(reject).then(rejected)
        given(*ARRIVED, ORDERED, REPORTED, rejected).when(reject).refused("no rectification is reported")
        given(*ARRIVED, ORDERED, REPORTED, rejected).when(
            order(c.ReportRectification, HOUSING, order_version=5, evidence=("sha256:1",))
        ).then(REPORTED)
        given(*ARRIVED, ORDERED, REPORTED).when(
            order(c.RejectRectification, order_version=5, reason=" ", rectify_by=again)
        ).refused("gives its reason")

    def test_verified(self):
        verified = e.RectificationVerified(**BUREAU, order_version=5)
        verify = order(c.VerifyRectification, order_version=5)
        given(*ARRIVED, ORDERED, REPORTED).when(verify).then(verified)
        given(*ARRIVED, ORDERED, REPORTED, verified).when(verify).then()
        given(*ARRIVED, ORDERED).when(verify).refused("no rectification is reported")
        given(*ARRIVED, ORDERED, REPORTED).when(order(c.VerifyRectification, HOUSING, order_version=5)).refused(
            "judged by who ordered it"
        )

    def test_withdrawn(self):
        withdrawn = e.OrderWithdrawn(**BUREAU, order_version=5, reason="double")
        withdraw = order(c.WithdrawOrder, order_version=5, reason="double")
        given(*ARRIVED, ORDERED).when(withdraw).then(withdrawn)
        given(*ARRIVED, ORDERED, withdrawn).when(withdraw).then()
        given(*ARRIVED, ORDERED).when(order(c.WithdrawOrder, HOUSING, order_version=5, reason="x")).refused("judged by")


class TestItems:
    def test_posted(self):
        post = order(c.PostItem, kind="posted", owner_unit_id="housing", settle_by=BY)
        given(*ARRIVED).when(post).then(POSTED)
        given(*ARRIVED, POSTED).when(post).then()
        given(*ARRIVED).when(order(c.PostItem, kind="wall", owner_unit_id="housing")).refused("kind is one of")

    def test_struck_off_only_with_evidence(self):
        struck = e.ItemStruckOff(**BUREAU, item_version=5, evidence=("sha256:1",))
        strike = order(c.StrikeOffItem, item_version=5, evidence=("sha256:1",))
        given(*ARRIVED, POSTED).when(strike).then(struck)
        given(*ARRIVED, POSTED, struck).when(strike).then()
        given(*ARRIVED, POSTED).when(order(c.StrikeOffItem, item_version=5, evidence=())).refused(
            "only with evidence", field="evidence"
        )
        given(*ARRIVED, POSTED).when(order(c.StrikeOffItem, HOUSING, item_version=5, evidence=("x",))).refused(
            "struck off by who posted it"
        )

    def test_reminder(self):
        remind = order(
            c.SendReminder,
            addressee_unit_id="housing",
            of_obligation="serve_acceptance_notice",
            trigger_version=4,
        )
        given(*ARRIVED).when(remind).then(REMINDED)
        given(*ARRIVED, REMINDED).when(remind).then()
        given().when(remind).refused("is not registered")

    def test_reminder_acknowledged(self):
        seen = e.ReminderAcknowledged(**HOUSING, reminder_version=5)
        given(*ARRIVED, REMINDED).when(order(c.AcknowledgeReminder, HOUSING, reminder_version=5)).then(seen)
        given(*ARRIVED, REMINDED, seen).when(order(c.AcknowledgeReminder, HOUSING, reminder_version=5)).then()
        given(*ARRIVED, REMINDED).when(order(c.AcknowledgeReminder, reminder_version=5)).refused("by its addressee")


class TestMeeting:
    def test_decided(self):
        decide = order(c.MakeMeetingDecision, **DECISION, participants=("li", "chen"))
        given(*ARRIVED).when(decide).then(DECIDED)
        given(*ARRIVED, DECIDED).when(decide).then()
        given(*ARRIVED).when(order(c.MakeMeetingDecision, **DECISION, participants=("nobody",))).refused(
            "not in the register", field="participants"
        )

    def test_reported_by_its_owner(self):
        reported = e.MeetingDecisionReported(**HOUSING, decision_version=5, evidence=("sha256:1",))
        report = order(c.ReportMeetingDecision, HOUSING, decision_version=5, evidence=("sha256:1",))
        given(*ARRIVED, DECIDED).when(report).then(reported)
        given(*ARRIVED, DECIDED, reported).when(report).then()
        given(*ARRIVED, DECIDED).when(order(c.ReportMeetingDecision, decision_version=5, evidence=("x",))).refused(
            "reported by its owner"
        )

    def test_revoked(self):
        revoked = e.MeetingDecisionRevoked(**BUREAU, decision_version=5, reason="settled")
        revoke = order(c.RevokeMeetingDecision, decision_version=5, reason="settled")
        given(*ARRIVED, DECIDED).when(revoke).then(revoked)
        given(*ARRIVED, DECIDED, revoked).when(revoke).then()
        given(*ARRIVED, DECIDED).when(order(c.RevokeMeetingDecision, HOUSING, decision_version=5, reason="x")).refused(
            "revoked by who recorded it"
        )

    def test_dissent(self):
        noted = e.DissentRecorded(**BUREAU, decision_version=5, dissenting_official_id="chen")
        note = order(c.RecordDissent, decision_version=5, dissenting_official_id="chen")
        given(*ARRIVED, DECIDED).when(note).then(noted)
        given(*ARRIVED, DECIDED, noted).when(note).then()
        given(*ARRIVED, DECIDED).when(order(c.RecordDissent, decision_version=5, dissenting_official_id="sun")).refused(
            "took no part", field="dissenting_official_id"
        )
