"""
What is asked for again: reports sent back, time extended and extended again, a re-review with its hearing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.beside import term
from app.simulate.clock import plus
from app.simulate.county import CITY_REVIEW
from app.simulate.lapses import CONCLUDE, NEXT_YEAR, head_of, late
from app.simulate.plan import Ref
from app.simulate.stories import CONCLUDE_DAYS, EXPLAINED, EXTEND_DAYS, REVIEW_DAYS
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat
    from app.simulate.stories import Course


def _report_rejected(course: Course, name: str) -> tuple[date, date]:
    course.intake(name, assign=True)
    done = course.day(course.accepted, 8, 50)
    course.work_until(done)
    course.opinion(done, course.rng.choice(EXPLAINED))
    filed = course.day(done, 0, 3)
    if course.assignment is not None:
        course.assignment.fields["report_by"] = plus(filed, 5)
    course.story.act(filed, course.handler, c.FileClosingReport, label="report")
    rejected = course.day(filed, 2, 6)
    by = term(course, rejected)
    course.story.act(
        rejected,
        course.clerk,
        c.RejectClosingReport,
        report_version=Ref("report"),
        reason="facts_missing",
        report_by=by,
    )
    return rejected, by


def report_redone(course: Course, name: str) -> None:
    rejected, by = _report_rejected(course, name)
    again = course.day(rejected, 2, (by - rejected).days - 1)
    course.story.act(again, course.handler, c.FileClosingReport)
    course.close(again)


def report_not_redone(course: Course, name: str) -> None:
    rejected, by = _report_rejected(course, name)
    again = late(course, by)
    course.story.plant("report_on_assignment", course.handler, "report_overdue", by, again, note="报告退回后未按期重报")
    course.story.work(course.handler, rejected, again or NEXT_YEAR)
    if again:
        course.story.act(again, course.handler, c.FileClosingReport)


def extension_too_long(course: Course, name: str) -> None:
    """Forty-five days are approved; thirty count."""
    course.intake(name)
    base = plus(course.accepted, CONCLUDE_DAYS)
    due = plus(base, EXTEND_DAYS)
    approved = course.day(base, -12, -4)
    done = late(course, due)
    course.story.plant(CONCLUDE, course.handler, "extension_too_long", due, done, note="延期超过三十日")
    course.extend(approved, head_of(course), EXTEND_DAYS + 15)
    course.tell_extension(plus(approved, 1))
    course.work_until(done)
    if done:
        course.opinion(done, course.rng.choice(EXPLAINED))


def extension_repeated(course: Course, name: str) -> None:
    """Extended once as the law allows, and once more, which moves nothing."""
    course.intake(name)
    base = plus(course.accepted, CONCLUDE_DAYS)
    due = plus(base, EXTEND_DAYS)
    approved = course.day(base, -12, -4)
    again = course.day(due, -9, -3)
    done = late(course, due)
    course.story.plant(CONCLUDE, course.handler, "extension_repeated", due, done, note="重复延期")
    course.extend(approved, head_of(course))
    course.tell_extension(plus(approved, 1))
    course.extend(again, head_of(course), label="extension-again", reason="仍在调查")
    course.work_until(done)
    if done:
        course.opinion(done, course.rng.choice(EXPLAINED))


def _re_review(course: Course, name: str) -> tuple[date, Seat]:
    """An opinion, its review, and the request for a re-review with a hearing, whose days are not counted."""
    course.intake(name)
    done = course.day(course.accepted, 8, 30)
    course.work_until(done)
    course.opinion(done, "not_support")
    requested, reviewer = course.request_review(done)
    decided = course.day(requested, 8, 20)
    course.story.work(reviewer, requested, decided)
    course.review(decided, reviewer, "uphold")
    asked = course.day(decided, 3, 20)
    judge = course.county.seat(f"{CITY_REVIEW}-staff-1", asked)
    course.story.act(asked, judge, c.RequestReReview, label="re-request", opinion_version=Ref("opinion"))
    opened = course.day(asked, 9, 14)
    closed = plus(opened, course.rng.randint(1, 3))
    course.story.act(course.day(asked, 2, 5), judge, c.DecideHearing, hold_on=closed)
    course.story.act(opened, judge, c.ConveneHearing)
    course.story.act(closed, judge, c.CloseHearing)
    return plus(asked, REVIEW_DAYS + (closed - opened).days + 1), judge


def _re_reviewed(course: Course, day: date, judge: Seat) -> None:
    course.story.act(day, judge, c.IssueReReviewOpinion, request_version=Ref("re-request"), outcome="uphold")


def re_review(course: Course, name: str) -> None:
    due, judge = _re_review(course, name)
    _re_reviewed(course, course.day(due, -12, -1, limit=0), judge)


def re_review_late(course: Course, name: str) -> None:
    due, judge = _re_review(course, name)
    done = late(course, due)
    course.story.plant("decide_re_review", judge, "overdue", due, done, note="复核逾期")
    if done:
        _re_reviewed(course, done, judge)
