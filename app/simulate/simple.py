"""
简易办理: its own two clocks in working days, and what becomes of a matter that turns out not to be simple.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.clock import nth_working, plus
from app.simulate.lapses import CONCLUDE, NEXT_YEAR, late
from app.simulate.stories import CONCLUDE_DAYS, EXPLAINED
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.stories import Course

SIMPLE_NOTICE, SIMPLE_ANSWER = 3, 10  # working days: 信访事项简易办理办法（试行）


def _simple_signed(course: Course, name: str) -> None:
    course.receive(name)
    sent = course.day(course.received, 0, 4)
    course.forward(sent)
    course.sign(course.day(sent, 0, 1), procedure="simple")


def simple(course: Course, name: str) -> None:
    """简易办理: accepted within a working day or two of receipt, answered within nine days."""
    _simple_signed(course, name)
    course.take(nth_working(course.signed, course.rng.randint(1, 2)), procedure="simple")
    course.conclude(course.day(course.accepted, 2, 8), course.rng.choice(EXPLAINED))


def simple_notice_late(course: Course, name: str) -> None:
    _simple_signed(course, name)
    due = nth_working(course.signed, SIMPLE_NOTICE)
    told = late(course, due)
    course.story.plant(
        "simple_decide_acceptance", course.signer, "not_accepted_in_time", due, told, note="简易办理受理告知逾期"
    )
    course.story.work(course.signer, course.signed, told or NEXT_YEAR)
    if told:
        course.take(told, procedure="simple")
        course.conclude(course.day(told, 2, 8), course.rng.choice(EXPLAINED))


def simple_answer_late(course: Course, name: str) -> None:
    _simple_signed(course, name)
    course.take(nth_working(course.signed, 1), procedure="simple")
    due = nth_working(course.accepted, SIMPLE_ANSWER)
    done = late(course, due)
    course.story.plant("simple_decide_opinion", course.signer, "overdue", due, done, note="简易办理答复逾期")
    course.story.work(course.signer, course.accepted, done or NEXT_YEAR)
    course.handler = course.signer
    if done:
        course.conclude(done, course.rng.choice(EXPLAINED))


def _converted(course: Course, name: str) -> date:
    """Turned out not to be simple after some days; the 60 days count from the first acceptance."""
    _simple_signed(course, name)
    course.take(nth_working(course.signed, 1), procedure="simple")
    course.staffed(plus(course.accepted, 1))
    course.story.act(
        course.day(course.accepted, 3, 7), course.handler, c.ConvertToOrdinary, label="converted", reason="not_simple"
    )
    return plus(course.accepted, CONCLUDE_DAYS)


def converted(course: Course, name: str) -> None:
    _converted(course, name)
    done = course.day(course.accepted, 25, 50)
    course.work_until(done)
    course.conclude(done)


def converted_late(course: Course, name: str) -> None:
    due = _converted(course, name)
    done = late(course, due)
    course.story.plant(CONCLUDE, course.handler, "overdue", due, done, note="简易转普通后逾期")
    course.work_until(done)
    if done:
        course.conclude(done)
