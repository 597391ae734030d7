"""
Every newer act: accepted, refused, and repeated. A repeat of an act that answers another records nothing; an act that
may happen again (an attempt, a look back) is recorded again.
"""

from __future__ import annotations

import typing
from dataclasses import replace
from datetime import date

import pytest

from domain.case import arrivals, correcting, course, discipline, routes
from domain.case import commands as c
from domain.case import events as e
from domain.case.decide import decide
from domain.case.secrecy import Accused
from domain.people import events as p
from tests.domain.duties.build import bureau_and_housing, moment
from tests.given import BUREAU, HOUSING, given, order

CITY = {"unit_id": "city", "official_id": "wu", "post_id": None}
COURT = {"unit_id": "discipline", "official_id": "wu", "post_id": None}
RECEIVED = e.PetitionReceived(**BUREAU, channel="letter")
REGISTERED = e.PetitionRegistered(**BUREAU, case_no="1")
REFERRED = e.PetitionReferred(**BUREAU, to_unit_id="housing", basis="art. 22")  # version 3
ASSIGNED = e.PetitionAssigned(**BUREAU, to_unit_id="housing", basis="art. 22")  # version 3
SIGNED = e.ReceiptSigned(**HOUSING, of_version=3, of="petition_referred")  # version 4
IN = (RECEIVED, REGISTERED)
ARRIVED = (RECEIVED, REGISTERED, REFERRED, SIGNED)
OBJECTED = (*ARRIVED, e.JurisdictionObjected(**HOUSING, of_version=3, ground="x"))  # version 5
REPORTED = (RECEIVED, REGISTERED, ASSIGNED, SIGNED, e.ClosingReportFiled(**HOUSING))  # version 5
ACCEPTED = (*ARRIVED, e.PetitionAccepted(**HOUSING))  # version 5
SPLIT = (*ACCEPTED, e.ClaimSplit(**HOUSING, items=("rent", "repair")))  # version 6
ANSWERED = (*SPLIT, e.HandlingOpinionServed(**HOUSING, outcome="support"))  # version 7
REVIEW = (*ANSWERED, e.ReviewRequested(**CITY, opinion_version=7))  # version 8
RE_REVIEW = (*REVIEW, e.ReReviewRequested(**CITY, opinion_version=7))  # version 9
INTERESTED = (*ACCEPTED, e.InterestFound(**BUREAU, interested_official_id="sun", ground="kin"))  # version 6
CLOSED = (*ACCEPTED, e.CaseClosed(**HOUSING))  # version 6
ACCUSED = (e.AccusationReceived(**BUREAU, channel="letter", identity_mode="real_name"),)
FORWARDED = (*ACCUSED, e.AccusationForwarded(**BUREAU, to_unit_id="discipline"))
SIMPLE = (*ARRIVED, e.PetitionAccepted(**HOUSING, procedure="simple"))
DISPUTED = (*IN, e.JurisdictionDisputed(**BUREAU, between=("housing", "water"), common_superior_unit_id="city"))
ATTEMPTED = (*IN, e.ContactAttempted(**BUREAU, means="call", result="wrong_number"))
TAX = e.AccusationAccepted(**COURT)

# history, command, what differs in the event from the command, what is refused, why, and whether a repeat is a new act
CASES = [
    (IN, c.AnswerDirectly, BUREAU, {"policy_basis": "第四条"}, {}, {"policy_basis": "因" * 121}, "a code", False),
    (IN, c.ClassifyPetition, BUREAU, {"category": "suggestion"}, {}, {"category": "rumour"}, "is one of", False),
    (
        *(IN, c.JoinPetitions, BUREAU, {"other_stream": "case/county/2", "goes_on": True}, {}),
        *({"other_stream": "case/county/1"}, "with itself", False),
    ),
    (
        *(IN, c.DeclineRepeat, BUREAU, {"other_stream": "case/county/2", "ground": "another_house"}, {}),
        *({"ground": " "}, "must be given", False),
    ),
    (
        *(IN, c.AttemptContact, BUREAU, {"means": "call", "result": "wrong_number"}, {}),
        *({"result": "rude"}, "result is one of", True),
    ),
    (ATTEMPTED, c.DisputeContact, BUREAU, {"attempt_version": 3}, {}, {"attempt_version": 1}, "no such act", False),
    (
        *(IN, c.RequestIdentityInquiry, BUREAU, {"to_unit_id": "city", "ground": "art. 22"}, {}),
        *({"ground": " "}, "must be given", True),
    ),
    (
        *(IN, c.VerifyIdentity, BUREAU, {"method": "in_person", "ground": "art. 22"}, {}),
        *({"method": "household_register"}, "inquiry on record", True),
    ),
    (IN, c.IdentifyUrgentMatter, BUREAU, {"kind": "collapse"}, {}, {"kind": ""}, "must be given", True),
    (
        *((*IN, e.UrgentMatterIdentified(**BUREAU, kind="collapse")), c.MakeUrgentReport, BUREAU),
        *({"identified_version": 3, "to_unit_id": "city"}, {}, {"identified_version": 1}, "no such act", False),
    ),
    (
        *((e.PetitionReceived(**BUREAU, channel="web", category="suggestion"),), c.ReplyToSuggestion, BUREAU),
        *({"adopted": "adopted_in_part"}, {}, {"adopted": "perhaps"}, "is one of", False),
    ),
    (
        *(IN, c.ReportForDecision, BUREAU, {"to_unit_id": "city", "basis": "art. 22"}, {}),
        *({"basis": ""}, "must be given", False),
    ),
    (
        *((*IN, REFERRED), c.ProveReceipt, BUREAU, {"of_version": 3, "proof": "ems"}),
        *({"of": "petition_referred", "receiver_unit_id": "housing"}, {"of_version": 2}, "no hand-over stands", False),
    ),
    (
        *((*IN, REFERRED), c.DeemReceipt, BUREAU, {"of_version": 3, "basis": "rule 7"}),
        *({"of": "petition_referred", "receiver_unit_id": "housing"}, {"basis": " "}, "must be given", False),
    ),
    (
        *((*IN, REFERRED), c.ReturnPetition, HOUSING, {"of_version": 3, "reason": "not_ours"}),
        *({"addressee_unit_id": "bureau", "result": "unsigned"}, {"reason": ""}, "must be given", False),
    ),
    (OBJECTED, c.WithdrawObjection, HOUSING, {"objection_version": 5}, {}, {"objection_version": 4}, "no obj", False),
    (
        *(IN, c.DisputeJurisdiction, BUREAU, {"between": ("housing", "water"), "common_superior_unit_id": "city"}, {}),
        *({"between": ("housing",)}, "two organs", False),
    ),
    (
        *(DISPUTED, c.DecideJurisdiction, CITY, {"dispute_version": 3, "competent_unit_id": "water"}, {}),
        *({"dispute_version": 1}, "no such act", False),
    ),
    (
        *(DISPUTED, c.AgreeJurisdiction, HOUSING, {"dispute_version": 3, "competent_unit_id": "water"}, {}),
        *({"competent_unit_id": "city"}, "one of themselves", False),
    ),
    (
        *(IN, c.NameCompetentBody, BUREAU, {"lead_unit_id": "housing", "with_unit_ids": ("water",)}, {}),
        *({"with_unit_ids": ("housing",)}, "takes part already", False),
    ),
    (
        *(IN, c.DivertToJustice, BUREAU, {"line": "court", "to_unit_id": "court"}, {}),
        *({"to_unit_id": "high-court"}, "same level", False),
    ),
    (
        *(IN, c.TransferToDiscipline, BUREAU, {"to_unit_id": "discipline"}, {}),
        *({"to_unit_id": "housing"}, "no discipline organ", False),
    ),
    (
        *((*IN, ASSIGNED), c.WithdrawAssignment, BUREAU, {"of_version": 3, "reason": "moot"}, {}),
        *({"of_version": 1}, "no hand-over stands", False),
    ),
    (
        *(REPORTED, c.RejectClosingReport, BUREAU),
        *({"report_version": 5, "reason": "no_evidence", "report_by": date(2026, 4, 1)},),
        *({"addressee_unit_id": "housing"}, {"report_by": date(2026, 3, 1)}, "must lie after", False),
    ),
    (IN, c.ServeNotice, BUREAU, {"kind": "referral", "to_unit_id": "housing"}, {}, {"kind": "x"}, "is one of", False),
    (SIMPLE, c.ConvertToOrdinary, HOUSING, {"reason": "disputed"}, {}, {"reason": ""}, "must be given", False),
    (
        *(ACCEPTED, c.RevokeAcceptance, CITY, {"reason": "wrong_body"}, {"addressee_unit_id": "housing"}),
        *({"reason": ""}, "must be given", False),
    ),
    (ACCEPTED, c.SplitClaim, HOUSING, {"items": ("rent", "repair")}, {}, {"items": ()}, "1 to 50 items", False),
    (
        *(ANSWERED, c.AnswerItem, HOUSING, {"opinion_version": 7, "item": 2, "outcome": "explain"}, {}),
        *({"item": 3}, "items 1 to 2", False),
    ),
    (
        *(ANSWERED, c.ProveOpinionService, HOUSING, {"opinion_version": 7, "means": "post", "proof": "ems"}, {}),
        *({"opinion_version": 6}, "no opinion stands", False),
    ),
    (ACCEPTED, c.SignSettlement, HOUSING, {"evidence": ("ab",)}, {}, {"evidence": ()}, "signed paper", False),
    (
        *(ACCEPTED, c.DecideHearing, HOUSING, {"hold_on": date(2026, 4, 1)}, {}),
        *({"hold_on": date(2026, 1, 1)}, "after it was decided", False),
    ),
    (
        *((*ACCEPTED, e.HearingConvened(**HOUSING)), c.CancelHearing, HOUSING, {"reason": "withdrawn"}, {}),
        *({"reason": ""}, "must be given", False),
    ),
    (
        *(ACCEPTED, c.DeclareInterest, HOUSING, {"ground": "kin"}, {"interested_official_id": "sun"}),
        *({"ground": ""}, "must be given", False),
    ),
    (
        *(ACCEPTED, c.FindInterest, BUREAU, {"interested_official_id": "sun", "ground": "kin"}, {}),
        *({"interested_official_id": "nobody"}, "not in the register", False),
    ),
    (
        *(
            (*ACCEPTED, e.InterestFound(**BUREAU, interested_official_id="sun", ground="kin")),
            c.WithdrawInterestFinding,
        ),
        *(BUREAU, {"interest_version": 6, "reason": "mistaken"}, {}, {"interest_version": 5}, "no such act", False),
    ),
    (
        *(INTERESTED, c.RecordRecusal, BUREAU),
        *({"interest_version": 6}, {"interested_official_id": "sun"}, {"interest_version": 5}, "no such act", False),
    ),
    (
        *(CLOSED, c.ReviewEffect, BUREAU, {"closing_version": 6, "result": "stands"}, {}),
        *({"closing_version": 5}, "no such act", True),
    ),
    (
        *(REVIEW, c.WithdrawReviewRequest, CITY, {"request_version": 8, "proof": "ab"}, {}),
        *({"proof": ""}, "must be given", False),
    ),
    (
        *(RE_REVIEW, c.WithdrawReReviewRequest, CITY, {"request_version": 9, "proof": "ab"}, {}),
        *({"request_version": 8}, "no such act", False),
    ),
    (
        *(ACCUSED, c.SendAccusationUpward, BUREAU, {"to_unit_id": "city"}, {}),
        *({"to_unit_id": "bureau"}, "to its sender", False),
    ),
    (
        *(ACCUSED, c.ForwardAccusation, BUREAU, {"to_unit_id": "discipline"}, {}),
        *({"to_unit_id": "bureau"}, "to its sender", False),
    ),
    (FORWARDED, c.ReceiveForwardedAccusation, COURT, {"of_version": 2}, {}, {"of_version": 1}, "no such act", False),
    (ACCUSED, c.AcceptAccusation, COURT, {}, {}, None, "no accusation", False),
    (ACCUSED, c.NotifyReporter, COURT, {}, {}, None, "no accusation", False),
    ((*ACCUSED, TAX), c.CloseAccusation, COURT, {}, {"identity_mode": "real_name"}, None, "no accusation", False),
    (
        *((*ACCUSED, TAX, e.AccusationClosed(**COURT, identity_mode="real_name")), c.FeedBackResult, COURT),
        *({}, {}, None, "no accusation", False),
    ),
    (
        *(ACCEPTED, c.CorrectAct, BUREAU),
        *({"act_version": 1, "field": "channel", "value": "visit", "reason": "misread", "second_official_id": "li"},),
        *({}, {"second_official_id": "zhao"}, "two people", True),
    ),
    (
        *(ACCEPTED, c.RetractAct, HOUSING, {"act_version": 5, "reason": "twice", "second_official_id": "li"}, {}),
        *({"act_version": 3}, "recorded by bureau", False),
    ),
]
IDS = [row[1].__name__ for row in CASES]
ACCUSING = Accused(frozenset({"chen"}), frozenset({"water"}))


def people():
    h = bureau_and_housing()
    day = "2025-01-01"
    h.add(day, p.UnitEstablished(unit_id="city", name="市政府", kind="government", division_code="410100"))
    for unit, kind, code, parent in (
        ("water", "organ", None, "city"),
        ("pump", "organ", None, "water"),
        ("court", "court", "410122", None),
        ("high-court", "court", "410000", None),
        ("discipline", "discipline", "410122", None),
        ("npc", "npc", "410122", None),
        ("gone", "organ", None, None),
    ):
        h.add(day, p.UnitEstablished(unit_id=unit, name=unit, kind=kind, division_code=code, parent_id=parent))
    h.add(day, p.OfficialRegistered(official_id="wu", name="wu"))
    h.add(day, p.UnitAbolished(unit_id="gone", valid_to=date(2026, 1, 31), successor_id="housing"))
    register = h.people()
    register.units["bureau"] = replace(register.units["bureau"], division_code="410122", parent_id="city")
    register.units["housing"] = replace(register.units["housing"], parent_id="city")
    return register


def history(events):
    return given(*events, people=people(), accused=ACCUSING)


EVENTS = {
    c.ClassifyPetition: e.PetitionClassified,
    c.AnswerDirectly: e.ReplyServed,
    c.JoinPetitions: e.PetitionsJoined,
    c.DeclineRepeat: e.PetitionLinkDeclined,
    c.AttemptContact: e.ContactAttempted,
    c.DisputeContact: e.ContactDisputed,
    c.RequestIdentityInquiry: e.IdentityInquiryRequested,
    c.VerifyIdentity: e.IdentityVerified,
    c.IdentifyUrgentMatter: e.UrgentMatterIdentified,
    c.MakeUrgentReport: e.UrgentReportMade,
    c.ReplyToSuggestion: e.SuggestionReplied,
    c.ReportForDecision: e.ReportedForDecision,
    c.ProveReceipt: e.ReceiptProved,
    c.DeemReceipt: e.ReceiptDeemed,
    c.ReturnPetition: e.PetitionReturned,
    c.WithdrawObjection: e.ObjectionWithdrawn,
    c.DisputeJurisdiction: e.JurisdictionDisputed,
    c.DecideJurisdiction: e.JurisdictionDecided,
    c.AgreeJurisdiction: e.JurisdictionAgreed,
    c.NameCompetentBody: e.CompetentBodyNamed,
    c.DivertToJustice: e.DivertedToJustice,
    c.TransferToDiscipline: e.TransferredToDiscipline,
    c.WithdrawAssignment: e.AssignmentWithdrawn,
    c.RejectClosingReport: e.ClosingReportRejected,
    c.ServeNotice: e.NoticeServed,
    c.ConvertToOrdinary: e.SimpleConvertedToOrdinary,
    c.RevokeAcceptance: e.AcceptanceRevoked,
    c.SplitClaim: e.ClaimSplit,
    c.AnswerItem: e.OpinionItemAnswered,
    c.ProveOpinionService: e.OpinionServiceProved,
    c.SignSettlement: e.SettlementAgreementSigned,
    c.DecideHearing: e.HearingDecided,
    c.CancelHearing: e.HearingCancelledWithReason,
    c.DeclareInterest: e.InterestDeclared,
    c.FindInterest: e.InterestFound,
    c.WithdrawInterestFinding: e.InterestFindingWithdrawn,
    c.RecordRecusal: e.RecusalRecorded,
    c.ReviewEffect: e.EffectReviewed,
    c.WithdrawReviewRequest: e.ReviewRequestWithdrawn,
    c.WithdrawReReviewRequest: e.ReReviewRequestWithdrawn,
    c.SendAccusationUpward: e.AccusationSentUpward,
    c.ForwardAccusation: e.AccusationForwarded,
    c.ReceiveForwardedAccusation: e.AccusationForwardedReceived,
    c.AcceptAccusation: e.AccusationAccepted,
    c.NotifyReporter: e.ReporterNotified,
    c.CloseAccusation: e.AccusationClosed,
    c.FeedBackResult: e.ResultFedBack,
    c.CorrectAct: e.ActCorrected,
    c.RetractAct: e.ActRetracted,
}


def test_every_command_is_here():
    unions = (arrivals.ArrivalCommand, routes.RouteCommand, course.CourseCommand)
    unions = (*unions, discipline.DisciplineCommand, correcting.CorrectionCommand)
    known = {kind for union in unions for kind in typing.get_args(union)}
    assert known == set(EVENTS) == {row[1] for row in CASES}


@pytest.mark.parametrize(("events", "kind", "who", "said", "derived", "wrong", "why", "again"), CASES, ids=IDS)
class TestEach:
    def test_accepted(self, events, kind, who, said, derived, wrong, why, again):
        history(events).when(order(kind, who, **said)).then(EVENTS[kind](**who, **said, **derived))

    def test_refused(self, events, kind, who, said, derived, wrong, why, again):
        if wrong is None:
            history(IN).when(order(kind, who, **said)).refused(why)
        else:
            history(events).when(order(kind, who, **{**said, **wrong})).refused(why)

    def test_repeated(self, events, kind, who, said, derived, wrong, why, again):
        event = EVENTS[kind](**who, **said, **derived)
        found = history((*events, event))
        if kind is c.CorrectAct or not again:
            found.when(order(kind, who, **said)).then()
        else:
            found.when(order(kind, who, **said)).then(event)


class TestRules:
    def test_a_wrong_number_is_no_ground(self):
        refused = history(ARRIVED).when(order(c.RefuseAcceptance, HOUSING, ground="wrong_number"))
        refused.refused("never a ground", field="ground")
        history(ARRIVED).when(order(c.ServeNotAcceptedNotice, HOUSING, ground="unreachable")).refused("never a ground")

    def test_a_ground_is_on_the_list(self):
        history(ARRIVED).when(order(c.RefuseAcceptance, HOUSING, ground="busy")).refused("is one of", field="ground")
        history(ARRIVED).when(order(c.RefuseAcceptance, HOUSING, ground="accepted_elsewhere")).then(
            e.NotAccepted(**HOUSING, ground="accepted_elsewhere")
        )

    def test_without_a_list_in_force_the_ground_is_recorded(self):
        before = order(c.RefuseAcceptance, HOUSING, ground="busy", on="2020-01-02")
        history(ARRIVED).when(before).then(e.NotAccepted(**HOUSING, ground="busy"))

    def test_at_most_five_speak(self):
        came = order(c.ReceivePetition, channel="visit", headcount=20, representatives=6)
        history(()).when(came).refused("at most 5", field="representatives")
        came = order(c.ReceivePetition, channel="visit", headcount=20, representatives=5, identity_mode="real_name")
        history(()).when(came).then(
            e.PetitionReceived(**BUREAU, channel="visit", headcount=20, representatives=5, identity_mode="real_name")
        )

    def test_anonymous_is_not_looked_for(self):
        anonymous = e.PetitionReceived(**BUREAU, channel="letter", identity_mode="anonymous")
        asked = order(c.RequestIdentityInquiry, to_unit_id="city", ground="art. 22")
        history((anonymous,)).when(asked).refused("not looked for")

    @pytest.mark.parametrize("kind", [c.AcceptPetition, c.CloseCase])
    def test_a_congress_supervises_and_never_decides(self, kind):
        npc = {"unit_id": "npc", "official_id": "wu", "post_id": None}
        history(IN).when(order(kind, npc)).refused("never decides", field="unit_id")

    def test_nor_executes(self):
        opinion = order(c.ServeHandlingOpinion, HOUSING, outcome="support", executor_unit_id="npc")
        history(ACCEPTED).when(opinion).refused("never decides")

    def test_an_abolished_unit_neither_receives_nor_acts(self):
        history(IN).when(order(c.ReferPetition, to_unit_id="gone", basis="x")).refused("had its last day")
        gone = {"unit_id": "gone", "official_id": "wu", "post_id": None}
        history(IN).when(order(c.NoteProgress, gone, step="x")).refused("had its last day", field="unit_id")

    def test_its_successor_signs(self):
        sent = e.PetitionReferred(**BUREAU, to_unit_id="gone", basis="x")
        history((*IN, sent)).when(order(c.SignReceipt, HOUSING, of_version=3)).then(
            e.ReceiptSigned(**HOUSING, of_version=3, of="petition_referred")
        )

    def test_returned_only_after_an_upheld_objection(self):
        back = order(c.ReturnPetition, HOUSING, of_version=3, reason="x")
        history(ARRIVED).when(back).refused("after an objection was upheld")
        upheld = e.ObjectionDecided(**BUREAU, objection_version=5, result="upheld")
        history((*OBJECTED, upheld)).when(back).then(
            e.PetitionReturned(**HOUSING, of_version=3, reason="x", addressee_unit_id="bureau", result="upheld")
        )

    def test_what_was_returned_is_not_signed(self):
        back = e.PetitionReturned(**HOUSING, of_version=3, reason="x", addressee_unit_id="bureau", result="unsigned")
        history((*IN, REFERRED, back)).when(order(c.SignReceipt, HOUSING, of_version=3)).refused("returned unsigned")

    def test_who_stepped_aside_does_not_act(self):
        found = e.InterestFound(**BUREAU, interested_official_id="sun", ground="kin")
        aside = e.RecusalRecorded(**BUREAU, interest_version=6, interested_official_id="sun")
        known = (*ACCEPTED, found, aside)
        history(known).when(order(c.NoteProgress, HOUSING, step="x")).refused("stepped aside", field="official_id")
        given_to = order(c.AssignHandler, BUREAU, assigned_official_id="sun")
        history(known).when(given_to).refused("stepped aside", field="assigned_official_id")

    def test_while_an_interest_is_only_found_the_act_is_recorded(self):
        """The ban is breached by such an act; refusing it would hide the breach."""
        found = e.InterestFound(**BUREAU, interested_official_id="sun", ground="kin")
        history((*ACCEPTED, found)).when(order(c.NoteProgress, HOUSING, step="x")).then(
            e.ProgressNoted(**HOUSING, step="x")
        )

    def test_a_joined_matter_goes_on_elsewhere(self):
        joined = e.PetitionsJoined(**BUREAU, other_stream="case/county/2", goes_on=False)
        history((*IN, joined)).when(order(c.NoteProgress, step="x")).refused("goes on there")

    def test_in_parts(self):
        supported = (*SPLIT, e.HandlingOpinionServed(**HOUSING, outcome="support"))
        part = order(c.EvidenceExecution, HOUSING, opinion_version=7, evidence=("ab",), items=(2,))
        done = e.ExecutionEvidenced(**HOUSING, opinion_version=7, evidence=("ab",), items=(2,))
        history(supported).when(part).then(done)
        verified = e.ExecutionVerified(**BUREAU, opinion_version=7, items=(2,))
        history((*supported, done, verified)).when(order(c.VerifyExecution, opinion_version=7)).then(
            e.ExecutionVerified(**BUREAU, opinion_version=7)
        )

    def test_set_aside_by_a_review(self):
        review = order(
            c.ServeReviewOpinion,
            CITY,
            request_version=8,
            outcome="set_aside",
            redo_by_unit_id="housing",
            redo_by=date(2026, 5, 1),
        )
        opinion = e.ReviewOpinionServed(**CITY, request_version=8, outcome="set_aside")
        aside = e.OpinionSetAsideServed(
            **CITY, opinion_version=7, order="redo", addressee_unit_id="housing", redo_by=date(2026, 5, 1)
        )
        history(REVIEW).when(review).then(opinion, aside)
        history((*REVIEW, opinion, aside)).when(review).refused("already decided")

    def test_a_refused_review_is_decided(self):
        told = e.NoticeServed(**CITY, kind="review_not_accepted", ground="late", answers=8)
        again = order(c.ServeReviewOpinion, CITY, request_version=8, outcome="uphold")
        history((*REVIEW, told)).when(again).refused("already decided")


class TestAccusations:
    """chen is accused, and the unit water; pump lies below water."""

    @pytest.mark.parametrize("unit", ["water", "pump"])
    def test_never_to_the_accused_unit_or_below(self, unit):
        sent = order(c.ForwardAccusation, to_unit_id=unit)
        history(ACCUSED).when(sent).refused("does not go there", field="to_unit_id")
        known = (*ACCUSED, e.PetitionRegistered(**BUREAU, case_no="a"))
        for kind, more in ((c.ReferPetition, {"basis": "x"}), (c.HandOver, {})):
            history(known).when(order(kind, to_unit_id=unit, **more)).refused("does not go there")

    def test_never_handled_by_the_accused(self):
        known = (*ACCUSED, e.PetitionRegistered(**BUREAU, case_no="a"))
        history(known).when(order(c.AssignHandler, assigned_official_id="chen")).refused("does not go there")
        history(known).when(order(c.AssignHandler, assigned_post_id="h-deputy")).refused("does not go there")
        chen = {"unit_id": "housing", "official_id": "chen", "post_id": "h-deputy"}
        history(known).when(order(c.NoteProgress, chen, step="x")).refused("does not go there")

    def test_whoever_is_accused_the_answer_is_one_sentence(self):
        """It must not tell whether a unit or an official is meant, nor which."""
        known = (*ACCUSED, e.PetitionRegistered(**BUREAU, case_no="a"))
        said = set()
        for command in (
            order(c.ForwardAccusation, to_unit_id="water"),
            order(c.ForwardAccusation, to_unit_id="pump"),
            order(c.AssignHandler, assigned_official_id="chen"),
        ):
            asked = history(known)
            with pytest.raises(Exception, match="does not go there") as caught:
                decide(asked.case, command, asked.people, asked.facts)
            said.add(str(caught.value))
        assert len(said) == 1

    def test_where_nobody_can_be_told_it_goes_nowhere(self):
        lost = given(*ACCUSED, people=people(), accused=None)
        lost.when(order(c.ForwardAccusation, to_unit_id="discipline")).refused("does not go there")


class TestCorrections:
    def test_the_case_is_as_corrected(self):
        wrong = e.ActCorrected(
            **BUREAU, act_version=2, field="case_no", value="2", reason="misread", second_official_id="li"
        )
        found = history((*IN, wrong)).case
        assert (found.case_no, found.version) == ("2", 3)

    def test_a_retracted_act_is_gone_and_its_version_stays(self):
        gone = e.ActRetracted(**HOUSING, act_version=5, reason="twice", second_official_id="li")
        found = history((*ACCEPTED, gone)).case
        assert (found.is_accepted, found.version) == (False, 6)
        history((*ACCEPTED, gone)).when(order(c.AcceptPetition, HOUSING)).then(e.PetitionAccepted(**HOUSING))

    def test_a_retracted_correction_changes_nothing(self):
        wrong = e.ActCorrected(
            **BUREAU, act_version=2, field="case_no", value="2", reason="misread", second_official_id="li"
        )
        gone = e.ActRetracted(**BUREAU, act_version=3, reason="right after all", second_official_id="li")
        assert history((*IN, wrong, gone)).case.case_no == "1"

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"field": "unit_id", "value": "housing"}, "can be corrected"),
            ({"field": "occurred_at", "value": "2026-01-01"}, "can be corrected"),
            ({"field": "filed_directly", "value": "perhaps"}, "is no bool"),
        ],
    )
    def test_what_cannot_be_corrected(self, more, why):
        fixed = {"act_version": 1, "reason": "misread", "second_official_id": "li"}
        history(IN).when(order(c.CorrectAct, **fixed, **more)).refused(why, field="field")

    def test_what_others_answer_stays(self):
        gone = order(c.RetractAct, act_version=3, reason="twice", second_official_id="li")
        history(ARRIVED).when(gone).refused("answers it", field="act_version")
        first = order(c.RetractAct, act_version=1, reason="twice", second_official_id="li")
        history(IN).when(first).refused("not retracted")


def test_before_its_last_day_a_unit_acts():
    gone = {"unit_id": "gone", "official_id": "wu", "post_id": None}
    early = order(c.ReceivePetition, gone, channel="letter", on="2026-01-31", now=moment("2026-03-01"))
    history(()).when(early).then(e.PetitionReceived(**gone, channel="letter"))
