"""
What local texts, help and mediation add to a case: looking back after it is closed, urgent and special matters, task
teams, help promised, shared records, letters and visits to the people's congress.

The limits are the simulator's own reading of the local texts that the county adopts (offices.py).
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from app.simulate.beside import Tale, answer, begun, digest, term
from app.simulate.clock import LAST_DAY, YEAR, nth_working, plus, working_from
from app.simulate.county import BUREAU, CONFERENCE, GOVERNMENT, NPC
from app.simulate.lapses import NEXT_YEAR, late
from app.simulate.plan import Ref
from app.simulate.stories import EXPLAINED, STATUTE
from domain.case import commands as c

if TYPE_CHECKING:
    from app.simulate.county import County, Seat
    from app.simulate.plan import Story
    from app.simulate.stories import Course

# 回访核查 was tried out for the cases closed in one month: so many days after closing.
TRIED_FROM, TRIED_TO = date(YEAR, 6, 1), date(YEAR, 6, 30)
LOOKS = {"first": 30, "second": 90, "third": 180}
URGENT_DAYS, HANDLER_DAYS = 1, 3  # working days
STUDY_DAYS = 7


def file(course: Course, day: date, seat: Seat, kind: str, *refers_to: str) -> None:
    """Something filed about the case, with its paper."""
    course.story.act(day, seat, c.FileAct, kind=kind, evidence=digest(course), refers_to=refers_to)


# Help and mediation


def assistance(course: Course, fails: bool) -> None:
    """困难救助 promised by the bureau on the unit's part, for a day; given in time, late or never."""
    story, promised = course.story, begun(course)
    due = term(course, promised)
    yuan = course.rng.randint(5, 60) * 100
    story.act(
        promised,
        course.clerk,
        c.PromiseAssistance,
        label="promise",
        giver_unit_id=course.unit_id,
        kind="temporary_relief",
        give_by=due,
        yuan=yuan,
    )
    done = answer(
        course,
        "give_promised_assistance",
        course.handler,
        "assistance_not_given",
        promised,
        due,
        fails=fails,
        note="承诺的救助未按期兑现",
    )
    if done:
        story.act(
            done, course.handler, c.GiveAssistance, promise_version=Ref("promise"), evidence=digest(course), yuan=yuan
        )


def mediation(course: Course, fails: bool) -> None:
    """Mediation is tried and does not settle the matter. The law has no number of days for it."""
    if fails:
        raise AssertionError("no day is set for the end of a mediation")
    opened = begun(course)
    level = course.rng.choice(("village", "township", "county"))
    course.story.act(opened, course.handler, c.OpenMediation, label="mediation", level=level)
    course.story.act(
        course.day(opened, 5, 25),
        course.handler,
        c.CloseMediation,
        mediation_version=Ref("mediation"),
        result="not_settled",
    )


# What the county's own text asks for


def team(course: Course, fails: bool) -> None:
    """逐案专班: formed by the bureau, headed by who handles the matter; it meets by the day set, late or never."""
    story, formed = course.story, begun(course)
    due = term(course, formed)
    head = course.handler.official_id
    member = course.staff(course.unit_id, but=course.handler).official_id
    story.act(
        formed,
        course.clerk,
        c.FormTaskTeam,
        label="team",
        head_unit_id=course.unit_id,
        head_official_id=head,
        members=(member,),
        meet_by=due,
    )
    done = answer(course, "task_team_meets", course.handler, "overdue", formed, due, fails=fails, note="专班未按期开会")
    if done:
        story.act(
            done,
            course.handler,
            c.MeetTaskTeam,
            team_version=Ref("team"),
            participants=(head, member),
            evidence=digest(course),
        )


def special(course: Course, fails: bool) -> None:
    """研判 as a special matter, to be decided on within a week; the decision is carried out in time."""
    county, story, assessed = course.county, course.story, begun(course)
    file(course, assessed, course.handler, "assessed_special")
    due = plus(assessed, STUDY_DAYS)
    done = answer(
        course,
        "study_special_matter",
        course.handler,
        "not_studied",
        assessed,
        due,
        fails=fails,
        note="特殊事项未按期提交例会研究",
    )
    if done is None or done > LAST_DAY:
        return
    story.act(
        done,
        county.seat(f"{CONFERENCE}-staff-1", done),
        c.MakeMeetingDecision,
        label="decision",
        kind="joint_conference",
        owner_unit_id=course.unit_id,
        origin=f"conference/{done:%Y-%m}",
        carry_out_by=plus(done, 20),
        participants=tuple(county.seat(post, done).official_id for post in (f"{GOVERNMENT}-deputy", f"{BUREAU}-head")),
    )
    story.act(
        course.day(done, 4, 15),
        course.handler,
        c.ReportMeetingDecision,
        decision_version=Ref("decision"),
        evidence=digest(course),
    )


def shared(course: Course, fails: bool) -> None:
    """The record is shared with another unit, which says that it has it. No number of days is set."""
    if fails:
        raise AssertionError("no day is set for the confirmation of a shared record")
    on = begun(course)
    other = course.staff(course.rng.choice(course.county.handling(course.unit_id)))
    file(course, on, course.handler, "record_shared", f"unit/{other.unit_id}")
    file(course, course.day(on, 1, 5), other, "shared_record_acknowledged", f"unit/{course.unit_id}")


def urgent(course: Course, name: str) -> None:
    """急办: classified as urgent on arrival, and sent on the next working day."""
    _classified(course, name)
    _sent(course, nth_working(course.received, URGENT_DAYS))


def urgent_left(course: Course, name: str) -> None:
    """Classified as urgent, and left for some days: sent in time for the Regulation, late for the county's own text."""
    _classified(course, name)
    due = nth_working(course.received, URGENT_DAYS)
    sent = course.day(due, 1, 5)
    course.story.plant("first_act_on_urgent", course.clerk, "urgent_left", due, sent, note="急办事项次日内无行动")
    _sent(course, sent)


def _classified(course: Course, name: str) -> None:
    course.receive(name)
    course.story.act(course.received, course.clerk, c.ClassifyPetition, category="claim", urgency="urgent")


def _sent(course: Course, day: date) -> None:
    course.forward(day)
    course.sign(course.day(day, 0, 2))
    course.accept_in_time()
    course.handle()


def first_handler_late(course: Course, name: str) -> None:
    """Accepted and told in time, and nobody named in it within three working days: who signed for it answers."""
    course.receive(name)
    sent = course.day(course.received, 0, 6)
    course.forward(sent)
    course.sign(course.day(sent, 0, 1))
    course.take(course.day(course.signed, 2, 10))
    due = nth_working(course.accepted, HANDLER_DAYS)
    named = course.day(due, 1, 6)
    course.story.plant(
        "name_first_handler", course.signer, "no_first_handler", due, named, note="受理后未明确首办责任人"
    )
    course.staffed(named)
    done = course.day(course.accepted, 25, 50)
    course.work_until(done)
    course.conclude(done, course.rng.choice(EXPLAINED))


# Looking back after closing


def looked_back_late(look: str) -> Tale:
    """A case closed in the month tried out, of whose three looks one is late or never made."""
    return partial(_looked_back_late, look)


def _looked_back_late(look: str, course: Course, name: str) -> None:
    course.intake(name)
    first = max(6, (TRIED_FROM - course.accepted).days)
    last = min(57, (plus(TRIED_TO, -10) - course.accepted).days)
    if first > last:
        return  # it would not be closed within the month
    done = course.day(course.accepted, first, last)
    closed = course.day(done, 1, 5)
    course.work_until(done)
    course.opinion(done, course.rng.choice(EXPLAINED))
    course.story.act(closed, course.handler, c.CloseCase)
    due = plus(closed, LOOKS[look])
    if not due < plus(LAST_DAY, -3):
        return
    made = late(course, due)
    course.story.plant(f"look_back_{look}", course.handler, "not_looked_back", due, made, note="办结后回访核查未按期")
    course.story.work(course.handler, closed, made or NEXT_YEAR)


def look_back(county: County, story: Story) -> None:
    """The looks at a case closed in that month: in time, but for the one that the story says is not."""
    closing = next((a for a in story.acts if a.command is c.CloseCase), None)
    if closing is None or not TRIED_FROM <= closing.day <= TRIED_TO:
        return
    closing.label = closing.label or "closed"
    aside = {a.seat.official_id for a in story.acts if a.command is c.DeclareInterest}
    for look, days in LOOKS.items():
        due = plus(closing.day, days)
        planted = story.planted if story.planted and story.planted.duty == f"look_back_{look}" else None
        day = planted.met_on if planted else working_from(plus(due, -story.rng.randint(10, 20)))
        if day is None or day > LAST_DAY:
            continue
        present = [s for s in county.staff(closing.seat.unit_id, day, day) if s.official_id not in aside]
        seat = closing.seat if closing.seat in present else present[0]
        story.act(day, seat, c.ReviewEffect, closing_version=Ref(closing.label), result="stands", look=look)


# Letters and visits to the people's congress, which supervises and passes on


def npc_letter(course: Course, name: str) -> None:
    """来信: opened, abstracted, endorsed, signed, and sent to the organ that answers for it."""
    desk, deputy, head = _npc(course)
    _to_npc(course, name, desk, "letter")
    day = course.day(course.received, 0, 2)
    file(course, day, desk, "letter_opened")
    for seat, kind in (
        (desk, "abstract_written"),
        (deputy, "endorsed_by_office_director"),
        (head, "reviewed_by_leader"),
        (head, "signed_by_leader"),
    ):
        day = course.day(day, 0, 2)
        file(course, day, seat, kind)
    _passed_on(course, desk, day)


def npc_visit(course: Course, name: str) -> None:
    """来访: the form, the report of who received, and on to the organ that answers for it."""
    desk, _, _ = _npc(course)
    _to_npc(course, name, desk, "visit")
    file(course, course.received, desk, "reception_form_filled")
    day = course.day(course.received, 0, 1)
    file(course, day, desk, "reception_report_filed")
    _passed_on(course, desk, day)


def _npc(course: Course) -> tuple[Seat, Seat, Seat]:
    course.received = working_from(course.received)
    desk, deputy, head = (
        course.county.seat(f"{NPC}-{post}", course.received) for post in ("staff-1", "deputy", "head")
    )
    return desk, deputy, head


def _to_npc(course: Course, name: str, desk: Seat, channel: str) -> None:
    course.receive(name, seat=desk, channel=channel)


def _passed_on(course: Course, desk: Seat, since: date) -> None:
    sent = course.day(since, 0, 2)
    course.story.act(sent, desk, c.ReferPetition, label="sent", to_unit_id=course.unit_id, basis=STATUTE)
    course.story.act(sent, desk, c.ServeNotice, kind="referral", to_unit_id=course.unit_id)
    course.sign(course.day(sent, 0, 2))
    course.accept_in_time()
    course.handle()
