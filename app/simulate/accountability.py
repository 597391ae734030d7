"""
Holding to account: a recorded finding, urged, a measure proposed, the subject's answer, the decision, its execution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.beside import answer, begun, digest, term
from app.simulate.clock import plus, working_from
from app.simulate.county import GOVERNMENT
from app.simulate.lapses import CONCLUDE, late
from app.simulate.plan import Ref
from app.simulate.stories import CONCLUDE_DAYS, EXPLAINED
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.stories import Course

STATUTE = "信访工作责任制实施办法第十一条"


def sanction(course: Course, fails: bool) -> None:
    """An admonition is decided after the official could answer; the bureau is to carry it out by a day."""
    found = begun(course)
    finding(course, found, obligation=CONCLUDE, trigger=Ref("accepted"), ground="perfunctory")
    decided = proposed_and_decided(course, found, measure="talk")
    due = term(course, decided)
    course.story.acts[-1].fields["execute_by"] = due
    done = answer(
        course,
        "execute_accountability",
        course.clerk,
        "sanction_not_executed",
        decided,
        due,
        fails=fails,
        note="问责决定未执行",
    )
    course.story.work(course.clerk, found, done or plus(due, 30))
    if done:
        executed(course, done)


def overdue_pursued(course: Course, name: str) -> None:
    """Not concluded in time, found out, and held to account: everything after the lapse is done in time."""
    course.intake(name)
    due = plus(course.accepted, CONCLUDE_DAYS)
    done = late(course, due, first=20, last=40)
    course.story.plant(CONCLUDE, course.handler, "overdue", due, done, note="逾期后被督办问责")
    course.work_until(done)
    found = working_from(plus(due, 2))
    finding(course, found, obligation=CONCLUDE, trigger=Ref("accepted"), ground="overdue")
    decided = proposed_and_decided(course, found, measure=course.rng.choice(("talk", "circular", "admonition")))
    by = course.story.acts[-1].fields["execute_by"] = term(course, decided)
    executed(course, course.day(decided, 2, (by - decided).days - 1))
    if done:
        course.conclude(done, course.rng.choice(EXPLAINED))


def finding(course: Course, day: date, *, obligation: str, trigger: Ref, ground: str) -> None:
    """The bureau records what it found, and urges on it: signed for and answered."""
    story = course.story
    story.act(
        day,
        course.clerk,
        c.RecordBreachFinding,
        label="finding",
        subject_unit_id=course.unit_id,
        subject_official_id=course.handler.official_id,
        obligation=obligation,
        trigger_version=trigger,
        ground=ground,
    )
    story.act(
        day,
        course.clerk,
        c.IssueUrging,
        label="finding-urged",
        addressee_unit_id=course.unit_id,
        answer_by=plus(day, 15),
        of_finding=Ref("finding"),
    )
    signed = course.day(day, 0, 2)
    story.act(signed, course.handler, c.ReceiveUrging, urging_version=Ref("finding-urged"))
    story.act(
        course.day(signed, 2, 9),
        course.handler,
        c.AnswerUrging,
        urging_version=Ref("finding-urged"),
        evidence=digest(course),
    )


def proposed_and_decided(course: Course, found: date, *, measure: str) -> date:
    """Proposed to the government, answered by the official concerned, decided. `execute_by` is left to the caller."""
    story, subject = course.story, course.handler
    proposed = course.day(found, 2, 4)
    story.act(
        proposed,
        course.clerk,
        c.ProposeAccountability,
        label="accountability",
        of_finding=Ref("finding"),
        measure=measure,
        subject_unit_id=course.unit_id,
        subject_official_id=subject.official_id,
        addressee_unit_id=GOVERNMENT,
        ground=None if measure == "talk" else "grave",
    )
    offered = course.day(proposed, 0, 2)
    answered = course.day(offered, 2, 5)
    decided = course.day(answered, 2, 6)
    head = course.county.seat(f"{GOVERNMENT}-head", decided)
    story.act(
        offered,
        course.clerk,
        c.OfferAccountabilityReply,
        proposal_version=Ref("accountability"),
        answer_by=plus(answered, 3),
    )
    story.act(answered, subject, c.GiveAccountabilityReply, proposal_version=Ref("accountability"))
    story.act(
        decided,
        head,
        c.DecideAccountability,
        label="sanction",
        proposal_version=Ref("accountability"),
        basis=STATUTE,
        executor_unit_id=course.clerk.unit_id,
        execute_by=None,
    )
    return decided


def executed(course: Course, day: date) -> None:
    """Carried out with evidence, and closed."""
    story = course.story
    story.act(day, course.clerk, c.ExecuteAccountability, decision_version=Ref("sanction"), evidence=digest(course))
    story.act(
        plus(day, 1),
        course.clerk,
        c.CloseAccountability,
        proposal_version=Ref("accountability"),
        outcome="executed",
    )
