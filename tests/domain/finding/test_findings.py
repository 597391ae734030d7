"""
Findings of the discipline office: each act accepted, refused and repeated; who may find, who confirms, who explains,
and what is sealed where the case is an accusation.
"""

from __future__ import annotations

import typing
from datetime import date

import pytest

from domain.case import events as e
from domain.case.case import Case
from domain.case.case import fold as fold_case
from domain.case.errors import Refused
from domain.case.facts import Facts
from domain.case.secrecy import Accused
from domain.finding import commands as c
from domain.finding import events as f
from domain.finding.decide import NOTHING, Decided, Known, decide, may_see
from domain.finding.sealing import hidden, shown
from domain.finding.state import CONFIRMED, WITHDRAWN, fold
from domain.people import events as p
from domain.recorded import Actor
from tests.domain.duties.build import bureau_and_housing, moment, rulebook

STREAM = "finding/" + "0a" * 16
CASE = "case/county/1"
QIAN = {"unit_id": "discipline", "official_id": "qian", "post_id": None}
ZHOU = {"unit_id": "discipline", "official_id": "zhou", "post_id": None}
SUN = {"unit_id": "housing", "official_id": "sun", "post_id": None}
LI = {"unit_id": "housing", "official_id": "li", "post_id": None}
ZHAO = {"unit_id": "bureau", "official_id": "zhao", "post_id": None}
HEAD = {"unit_id": "city-discipline", "official_id": "wu", "post_id": None}
ABOUT = {
    "case_stream": CASE,
    "obligation": "notify",
    "trigger_version": 3,
    "subject_unit_id": "housing",
    "subject_official_id": "sun",
}
ASK = {"asked_unit_id": "housing", "asked_official_id": "sun", "answer_by": date(2026, 3, 10)}
SAID = (("explanation_text", "当日已电话告知"),)
LEAVES = {4: "aa" * 32, 7: "bb" * 32}
OPENED = f.FindingOpened(**QIAN, **ABOUT)
PINNED = f.FindingEvidencePinned(**QIAN, log_indexes=(4, 7), leaf_hashes=(LEAVES[4], LEAVES[7]))
ASKED = f.ExplanationRequested(**QIAN, **ASK)  # version 3
GIVEN = f.ExplanationGiven(**SUN, request_version=3)
READY = (OPENED, PINNED, ASKED, GIVEN)
BREACH = e.BreachFindingRecorded(
    **ZHOU,
    subject_unit_id="housing",
    subject_official_id="sun",
    obligation="notify",
    trigger_version=3,
    ground="not_notified",
    origin=STREAM,
)
CONFIRM = f.FindingConfirmed(**ZHOU, ground="not_notified", breach_version=5)
PROPOSED = e.AccountabilityProposed(
    **QIAN, of_finding=5, measure="talk", subject_unit_id="housing", subject_official_id="sun"
)
ARRIVED = (
    e.PetitionReceived(**ZHAO, channel="letter"),
    e.PetitionRegistered(**ZHAO, case_no="1"),
    e.PetitionReferred(**ZHAO, to_unit_id="housing", basis="art. 22"),
    e.ReceiptSigned(**LI, of_version=3, of="petition_referred"),
)
ACCUSATION = (e.AccusationReceived(**QIAN, channel="letter", identity_mode="real_name"),)
WITHDRAWN_EVENT = f.FindingWithdrawn(**QIAN, reason="served_in_time")

# history, command, who, what it says, the events, what is refused and why
ROWS = [
    ((), c.OpenFinding, QIAN, ABOUT, Decided((OPENED,)), {"trigger_version": 5}, "not in this case"),
    (
        *((OPENED,), c.PinEvidence, QIAN, {"log_indexes": (4, 7)}, Decided((PINNED,))),
        *({"log_indexes": (4, 900)}, "no record 900"),
    ),
    (
        *((OPENED, PINNED), c.RequestExplanation, QIAN, ASK, Decided((ASKED,))),
        *({"answer_by": date(2026, 3, 5)}, "must lie after"),
    ),
    (
        *((OPENED, PINNED, ASKED), c.GiveExplanation, SUN, {"request_version": 3, "sealed": SAID}),
        *(Decided((GIVEN,), SAID), {"sealed": ()}, "in words, sealed"),
    ),
    (
        *(READY, c.ConfirmFinding, ZHOU, {"ground": "not_notified"}, Decided((CONFIRM,), (), (BREACH,))),
        *({"ground": " "}, "must be given"),
    ),
    (
        *(READY, c.WithdrawFinding, QIAN, {"reason": "served_in_time"}, Decided((WITHDRAWN_EVENT,))),
        *({"reason": ""}, "must be given"),
    ),
    (
        *((*READY, CONFIRM), c.ProposeOnFinding, QIAN, {"measure": "talk"}),
        Decided((f.FindingProposalMade(**QIAN, measure="talk", proposal_version=6),), (), (PROPOSED,)),
        *({"measure": "shaming"}, "is one of"),
    ),
]
EVENTS = typing.get_args(f.FindingEvent)
IDS = [row[1].__name__ for row in ROWS]


def people():
    h = bureau_and_housing()
    day = "2025-01-01"
    for unit, kind, parent in (
        ("city", "government", None),
        ("city-discipline", "discipline", "city"),
        ("discipline", "discipline", "city-discipline"),
        ("other-discipline", "discipline", "city"),
        ("inspection", "supervision", None),
    ):
        h.add(day, p.UnitEstablished(unit_id=unit, name=unit, kind=kind, parent_id=parent))
    for name, unit in (
        ("qian", "discipline"),
        ("zhou", "discipline"),
        ("wu", "city-discipline"),
        ("feng", "other-discipline"),
        ("tang", "inspection"),
    ):
        h.add(day, p.PostEstablished(post_id=f"{name}-post", unit_id=unit, title=name, rank="staff"))
        h.add(day, p.OfficialRegistered(official_id=name, name=name))
        h.add(day, p.AppointmentMade(post_id=f"{name}-post", official_id=name, from_on=date(2025, 1, 1)))
    return h


PEOPLE = people().people()


def known(events, *, accused=None):
    """The case as it stands; a confirmation in the finding's history has put its breach there."""
    case = ARRIVED if accused is None else ACCUSATION
    breach = (BREACH,) if accused is None and any(isinstance(x, f.FindingConfirmed) for x in events) else ()
    return Known(fold_case((*case, *breach)), Facts(rulebook(), accused), LEAVES)


def order(kind, who, said, *, on="2026-03-05", actor=None, now=None):
    return kind(
        stream=said.get("stream", STREAM),
        **who,
        actor=actor or Actor(official_id=who["official_id"]),
        occurred_at=moment(on),
        now=moment(now or on),
        command_id="c",
        **{k: v for k, v in said.items() if k != "stream"},
    )


def decided(events, command, register=PEOPLE, *, accused=None):
    return decide(fold(events), command, register, known(events, accused=accused))


def refused(events, command, why, register=PEOPLE, *, accused=None):
    with pytest.raises(Refused, match=why) as caught:
        decided(events, command, register, accused=accused)
    assert caught.value.zh
    assert caught.value.allowed
    return caught.value


def test_every_command_is_here():
    assert {row[1] for row in ROWS} == set(typing.get_args(c.FindingCommand))
    assert {type(row[4].own[0]) for row in ROWS} == set(EVENTS)


@pytest.mark.parametrize(("events", "kind", "who", "said", "gives", "wrong", "why"), ROWS, ids=IDS)
class TestEach:
    def test_accepted(self, events, kind, who, said, gives, wrong, why):
        assert decided(events, order(kind, who, said)) == gives

    def test_refused(self, events, kind, who, said, gives, wrong, why):
        refused(events, order(kind, who, said | wrong), why)

    def test_repeated(self, events, kind, who, said, gives, wrong, why):
        assert decided((*events, *gives.own), order(kind, who, said)) == NOTHING


class TestWhoFinds:
    @pytest.mark.parametrize(
        ("who", "why"),
        [
            (ZHAO, "opened and confirmed by discipline, supervision"),
            (QIAN | {"official_id": "feng"}, "held no post of discipline"),
        ],
    )
    def test_not_by(self, who, why):
        refused((), order(c.OpenFinding, who, ABOUT), why)

    def test_an_inspection_office_does(self):
        tang = {"unit_id": "inspection", "official_id": "tang", "post_id": None}
        assert decided((), order(c.OpenFinding, tang, ABOUT)).own == (f.FindingOpened(**tang, **ABOUT),)

    def test_a_machine_does_not(self):
        command = order(c.OpenFinding, QIAN, ABOUT, actor=Actor(system="importer"))
        refused((), command, "importer held no post")

    @pytest.mark.parametrize(
        "about", [{"subject_unit_id": "discipline", "subject_official_id": None}, {"subject_official_id": "qian"}]
    )
    def test_never_about_oneself(self, about):
        refused((), order(c.OpenFinding, QIAN, ABOUT | about), "not for this desk")

    def test_nor_for_the_subject(self):
        actor = Actor(official_id="qian", acting_for="sun")
        refused((), order(c.OpenFinding, QIAN, ABOUT, actor=actor), "not for this desk")

    def test_another_office_stays_out(self):
        feng = {"unit_id": "other-discipline", "official_id": "feng", "post_id": None}
        refused((OPENED,), order(c.PinEvidence, feng, {"log_indexes": (4,)}), "this finding is discipline's")
        refused(READY, order(c.ConfirmFinding, feng, {"ground": "x"}), "or one above")

    def test_a_number_is_random(self):
        refused((), order(c.OpenFinding, QIAN, ABOUT | {"stream": "finding/1"}), "random number")
        refused((OPENED,), order(c.OpenFinding, QIAN, ABOUT | {"obligation": "conclude"}), "about something else")

    def test_nothing_before_it_is_opened(self):
        refused((), order(c.PinEvidence, QIAN, {"log_indexes": (4,)}), "was not opened")

    def test_of_no_case(self):
        command = order(c.OpenFinding, QIAN, ABOUT)
        with pytest.raises(Refused, match="nothing is recorded of case/county/1"):
            decide(fold(()), command, PEOPLE, Known(Case()))


class TestConfirmation:
    def test_by_a_second_person(self):
        why = "who opened a finding does not confirm it"
        refused(READY, order(c.ConfirmFinding, QIAN, {"ground": "x"}), why)
        actor = Actor(official_id="zhou", acting_for="qian")
        refused(READY, order(c.ConfirmFinding, ZHOU, {"ground": "x"}, actor=actor), why)

    def test_by_the_office_above(self):
        found = decided(READY, order(c.ConfirmFinding, HEAD, {"ground": "x"}))
        assert found.own == (f.FindingConfirmed(**HEAD, ground="x", breach_version=5),)
        assert [(x.unit_id, x.origin) for x in found.of_case] == [("city-discipline", STREAM)]

    def test_never_by_its_subject(self):
        """Who is accused may sit in the very office by now; and so may who acts in their post."""
        h = people()
        h.add("2026-01-01", p.AppointmentMade(post_id="zhou-post", official_id="sun", from_on=date(2026, 1, 1)))
        register = h.people()
        sun = ZHOU | {"official_id": "sun"}
        refused(READY, order(c.ConfirmFinding, sun, {"ground": "x"}), "not for this desk", register)
        h = people()
        acting = {"post_id": "h-desk", "official_id": "zhou", "from_on": date(2026, 1, 1), "kind": "acting"}
        h.add("2026-01-01", p.AppointmentMade(**acting))
        refused(READY, order(c.ConfirmFinding, ZHOU, {"ground": "x"}), "not for this desk", h.people())

    def test_on_evidence(self):
        asked = f.ExplanationRequested(**QIAN, **ASK)  # version 2
        given = f.ExplanationGiven(**SUN, request_version=2)
        refused((OPENED, asked, given), order(c.ConfirmFinding, ZHOU, {"ground": "x"}), "no evidence is pinned")

    def test_after_the_explanation_or_its_day(self):
        confirm = {"ground": "x"}
        refused((OPENED, PINNED), order(c.ConfirmFinding, ZHOU, confirm), "was not asked")
        refused((OPENED, PINNED, ASKED), order(c.ConfirmFinding, ZHOU, confirm, on="2026-03-10"), "may still explain")
        assert decided((OPENED, PINNED, ASKED), order(c.ConfirmFinding, ZHOU, confirm, on="2026-03-11")).of_case

    def test_somebody_elses_explanation_is_not_the_subjects(self):
        """The head was asked and answered: the official whom it names was not heard."""
        other = f.ExplanationRequested(**QIAN, **ASK | {"asked_official_id": "li"})
        given = f.ExplanationGiven(**LI, request_version=3)
        refused((OPENED, PINNED, other, given), order(c.ConfirmFinding, ZHOU, {"ground": "x"}), "was not asked")

    def test_the_case_has_it_already(self):
        breach = e.BreachFindingRecorded(**ZHOU, **_breach("x"))
        stands = Known(fold_case((*ARRIVED, breach)), Facts(rulebook()), LEAVES)
        with pytest.raises(Refused, match="stands in the case already"):
            decide(fold(READY), order(c.ConfirmFinding, ZHOU, {"ground": "x"}), PEOPLE, stands)

    def test_closed_is_closed(self):
        done = (*READY, CONFIRM)
        refused(done, order(c.RequestExplanation, QIAN, ASK | {"answer_by": date(2026, 4, 1)}), "is confirmed")
        withdrawn = (*READY, WITHDRAWN_EVENT)
        refused(withdrawn, order(c.ConfirmFinding, ZHOU, {"ground": "x"}), "is withdrawn")
        assert (fold(done).state, fold(withdrawn).state) == (CONFIRMED, WITHDRAWN)


def _breach(ground):
    about = {k: v for k, v in ABOUT.items() if k != "case_stream"}
    return about | {"ground": ground, "origin": STREAM}


class TestAfterwards:
    def test_withdrawn_in_the_case_too(self):
        """By the unit that confirmed it, and by no other."""
        command = order(c.WithdrawFinding, ZHOU, {"reason": "served_in_time"})
        found = decided((*READY, CONFIRM), command)
        assert found.own == (f.FindingWithdrawn(**ZHOU, reason="served_in_time"),)
        assert found.of_case == (e.BreachFindingWithdrawn(**ZHOU, of_finding=5, reason="served_in_time"),)
        refused((*READY, CONFIRM), order(c.WithdrawFinding, HEAD, {"reason": "x"}), "who confirmed it")

    def test_a_proposal_needs_a_confirmation(self):
        refused(READY, order(c.ProposeOnFinding, QIAN, {"measure": "talk"}), "rests on a confirmed finding")

    def test_the_ladder_holds(self):
        """A step up names the missed order or a ground, as everywhere."""
        refused((*READY, CONFIRM), order(c.ProposeOnFinding, QIAN, {"measure": "admonition"}), "step up")


class TestExplanation:
    def test_by_whom(self):
        said = {"request_version": 3, "sealed": SAID}
        history = (OPENED, PINNED, ASKED)
        for who, acting_for in ((SUN, None), (LI, None), (ZHAO, "sun")):
            actor = Actor(official_id=who["official_id"], acting_for=acting_for)
            assert decided(history, order(c.GiveExplanation, who, said, actor=actor)).own
        refused(history, order(c.GiveExplanation, ZHAO, said), "that of who was asked")
        refused(history, order(c.GiveExplanation, SUN, said | {"request_version": 2}), "no explanation was asked for")
        refused(history, order(c.GiveExplanation, SUN, said | {"evidence": ("x",)}), "named by SHA-256")

    def test_of_a_unit(self):
        asked = f.ExplanationRequested(**QIAN, **ASK | {"asked_official_id": None})
        history, said = (OPENED, PINNED, asked), {"request_version": 3, "sealed": SAID}
        assert decided(history, order(c.GiveExplanation, LI, said)).own
        refused(history, order(c.GiveExplanation, ZHAO, said), "that of who was asked")

    def test_late_is_recorded(self):
        """After its day, and after the confirmation: what somebody has to say is not turned away."""
        said = {"request_version": 3, "sealed": SAID}
        history = (OPENED, PINNED, ASKED, CONFIRM)
        assert decided(history, order(c.GiveExplanation, SUN, said, on="2026-04-01")).own
        refused((OPENED, PINNED, ASKED, WITHDRAWN_EVENT), order(c.GiveExplanation, SUN, said), "is withdrawn")


class TestAccusations:
    """Whom, what and which records are sealed; the accused is kept out, and signs nothing."""

    ABOUT_IT = ABOUT | {"case_stream": "case/accusation/" + "1b" * 16, "trigger_version": 1}
    ACCUSED = Accused(frozenset({"chen"}), frozenset({"water"}))

    def test_sealed(self):
        found = decided((), order(c.OpenFinding, QIAN, self.ABOUT_IT), accused=self.ACCUSED)
        assert found.own == (f.FindingOpened(**QIAN, is_sealed=True),)
        assert dict(found.sealed) == {k: str(v) for k, v in self.ABOUT_IT.items()}
        pinned = decided(self.opened(), order(c.PinEvidence, QIAN, {"log_indexes": (4, 7)}), accused=self.ACCUSED)
        assert pinned.own == (f.FindingEvidencePinned(**QIAN, is_sealed=True),)
        assert dict(pinned.sealed) == {"log_indexes": "4 7", "leaf_hashes": f"{LEAVES[4]} {LEAVES[7]}"}
        asked = decided(self.opened(), order(c.RequestExplanation, QIAN, ASK), accused=self.ACCUSED)
        assert asked.own == (f.ExplanationRequested(**QIAN, answer_by=ASK["answer_by"], is_sealed=True),)

    def opened(self, *more):
        return (f.FindingOpened(**QIAN, **self.ABOUT_IT, is_sealed=True), *more)

    @pytest.mark.parametrize("event", [OPENED, PINNED, ASKED])
    def test_put_back(self, event):
        empty, sealed = hidden(event)
        assert empty.is_sealed
        assert all(not getattr(empty, name) for name in event.SEALS)
        back = shown(empty, (*sealed, ("explanation_text", "x")))
        assert [getattr(back, n) for n in event.SEALS] == [getattr(event, n) for n in event.SEALS]

    def test_the_accused_are_kept_out(self):
        for accused in (Accused(frozenset({"qian"})), Accused(units=frozenset({"discipline"})), Accused()):
            command = order(c.OpenFinding, QIAN, self.ABOUT_IT)
            refused((), command, "not for this desk", accused=accused)

    def test_the_office_takes_the_explanation_down(self):
        said = {"request_version": 3, "sealed": SAID}
        history = self.opened(PINNED, ASKED)
        refused(history, order(c.GiveExplanation, SUN, said), "opened and confirmed by", accused=self.ACCUSED)
        found = decided(history, order(c.GiveExplanation, QIAN, said), accused=self.ACCUSED)
        assert found == Decided((f.ExplanationGiven(**QIAN, request_version=3),), SAID)

    def test_nothing_goes_into_the_case(self):
        history = self.opened(PINNED, ASKED, f.ExplanationGiven(**QIAN, request_version=3))
        found = decided(history, order(c.ConfirmFinding, ZHOU, {"ground": "x"}), accused=self.ACCUSED)
        assert found == Decided((f.FindingConfirmed(**ZHOU, ground="x"),))
        proposal = order(c.ProposeOnFinding, QIAN, {"measure": "talk"})
        refused((*history, *found.own), proposal, "goes its own way", accused=self.ACCUSED)

    def test_erased(self):
        history = (f.FindingOpened(**QIAN, is_sealed=True),)
        refused(history, order(c.PinEvidence, QIAN, {"log_indexes": (4,)}), "was erased", accused=self.ACCUSED)


class TestWhoSees:
    def see(self, events, who, *, accused=None, acting_for=None):
        actor = Actor(official_id=who["official_id"], acting_for=acting_for)
        day = date(2026, 3, 5)
        return may_see(fold(events), actor, who["unit_id"], day, PEOPLE, known(events, accused=accused))

    def test_in_clear(self):
        for who in (QIAN, ZHOU, HEAD, SUN):
            assert self.see(READY, who)
        for who in (ZHAO, LI, QIAN | {"unit_id": "other-discipline", "official_id": "feng"}):
            assert not self.see(READY, who)
        assert not self.see(READY[:2], SUN)  # nobody asked him yet

    def test_of_an_accusation(self):
        opened = f.FindingOpened(**QIAN, **TestAccusations.ABOUT_IT, is_sealed=True)
        assert self.see((opened, PINNED, ASKED), QIAN, accused=TestAccusations.ACCUSED)
        assert not self.see((opened, PINNED, ASKED), SUN, accused=TestAccusations.ACCUSED)
        assert not self.see((opened,), QIAN, accused=Accused(frozenset({"qian"})))
        assert not self.see((opened,), QIAN, accused=TestAccusations.ACCUSED, acting_for="chen")
