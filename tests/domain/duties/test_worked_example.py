"""
The worked example of duties.md, to the number.
"""

from __future__ import annotations

from datetime import date

from domain.case import events as e
from domain.duties.engine import duties
from domain.duties.standing import standing
from domain.duties.values import end_of_day
from domain.duties.view import view
from domain.people import events as p
from tests.domain.duties.build import CALENDAR, ZONE, History, bureau_and_housing, rulebook

ZHAO = {"unit_id": "bureau", "official_id": "zhao", "post_id": "b-clerk"}
SUN = {"unit_id": "housing", "official_id": "sun", "post_id": "h-desk"}
LI = {"unit_id": "housing", "official_id": "li", "post_id": "h-head"}


def example() -> History:
    h = bureau_and_housing()
    h.add("2026-03-02", e.PetitionReceived(**ZHAO, channel="letter"))
    h.add("2026-03-02", e.PetitionRegistered(**ZHAO, case_no="1"))
    sent = h.add("2026-03-03", e.PetitionReferred(**ZHAO, to_unit_id="housing", basis="art. 22"))
    h.add("2026-03-05", e.ReceiptSigned(**SUN, of_version=sent, of="petition_referred"))
    objection = h.add("2026-03-10", e.JurisdictionObjected(**SUN, of_version=sent, ground="not ours"))
    h.add("2026-03-30", e.ObjectionDecided(**ZHAO, objection_version=objection, result="refused"))
    h.add("2026-04-02", e.AcceptanceNoticeServed(**SUN))
    accepted = h.add("2026-04-02", e.PetitionAccepted(**SUN))
    h.add("2026-05-20", p.AppointmentEnded(post_id="h-head", official_id="li", to_on=date(2026, 5, 20)))
    h.add(
        "2026-06-02",
        e.ExtensionApproved(**LI, obligation="conclude_petition", trigger_version=accepted, days=30, reason="complex"),
    )
    h.add("2026-06-08", p.AppointmentMade(post_id="h-head", official_id="wang", from_on=date(2026, 6, 8)))
    h.add("2026-06-25", e.HandlingOpinionServed(**SUN, outcome="explain"))
    return h


def asked(h: History, day: str) -> dict[str, tuple]:
    as_of = end_of_day(date.fromisoformat(day), ZONE.key)
    found = duties(view(h.case(), as_of.moment), rulebook(), CALENDAR, h.people())
    return {d.obligation: (d, standing(d, as_of)) for d in found}


class TestNotice:
    def test_days_and_holders(self):
        """
        Housing 5, bureau 20, Housing 3 days; seven of the bureau's go to Housing, the due day stays with the bureau.
        """
        duty, now = asked(example(), "2026-12-31")["serve_acceptance_notice"]
        assert duty.due_on == date(2026, 3, 20)
        assert (now.state, now.days_late) == ("met_late", 13)
        rows = [(x.interval.held_by.unit_id, x.interval.charged_to.unit_id, x.held_days, x.late_days) for x in now.held]
        assert rows == [
            ("housing", "housing", 5, 0),
            ("bureau", "housing", 7, 0),
            ("bureau", "bureau", 13, 10),
            ("housing", "housing", 3, 3),
        ]
        assert now.held[1].until == date(2026, 3, 17)
        assert (now.breacher.unit_id, now.breacher.official_id) == ("bureau", "zhao")

    def test_contested_while_undecided(self):
        """
        Until the objection is decided the duty is contested and nobody is named for it.
        """
        _, now = asked(example(), "2026-03-25")["serve_acceptance_notice"]
        assert (now.state, now.breacher, now.days_late) == ("contested", None, 0)

    def test_the_decider_owes_without_a_number(self):
        """
        The bureau's own duty to decide has no number: done after 20 days.
        """
        duty, now = asked(example(), "2026-12-31")["decide_objection"]
        assert now.state == "done"
        assert sum(x.held_days for x in now.held) == 20
        assert duty.bearer.unit_id == "bureau"


class TestConclude:
    def test_late_extension_by_one_who_left(self):
        """
        60 days from 2 Apr is Mon 1 Jun; the approval moves nothing and both of its defects are listed.
        """
        duty, now = asked(example(), "2026-12-31")["conclude_petition"]
        assert duty.due_on == date(2026, 6, 1)
        assert duty.extensions[0].defects == ("extension_late", "extension_wrong_post")
        assert (now.state, now.days_late) == ("met_late", 24)
        assert (now.breacher.unit_id, now.breacher.official_id) == ("housing", "sun")
        assert now.invalid_extension

    def test_no_duty_to_tell_of_a_void_extension(self):
        assert "serve_extension_notice" not in asked(example(), "2026-12-31")


class TestHeadsPost:
    def test_vacant_between(self):
        """
        The head's post was vacant from 21 May to 8 Jun: a change on a day leaves that day to the giver.
        """
        people = example().people()
        assert people.holder_of("h-head", date(2026, 5, 20)).official_id == "li"
        assert people.holder_of("h-head", date(2026, 5, 21)) is None
        assert people.holder_of("h-head", date(2026, 6, 8)) is None
        assert people.holder_of("h-head", date(2026, 6, 9)).official_id == "wang"

    def test_authority_counts_the_first_and_the_last_day(self):
        people = example().people()
        assert [a.official_id for a in people.in_post_on("h-head", date(2026, 6, 8))] == ["wang"]
        assert [a.official_id for a in people.in_post_on("h-head", date(2026, 5, 20))] == ["li"]
