"""
The kinds of lapse that are planted, one function each. Each plants one breach and keeps the rest of its case clean.

A lapse ends late or never. Its due day lies before the end of the year, and at least two days from any change of
hands, so that there is one answer to whose it is. A function that cannot keep this on its day plants nothing, and the
planner tries again on another day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.clock import LAST_DAY, is_working, plus
from app.simulate.plan import Ref
from app.simulate.stories import (
    CONCLUDE_DAYS,
    EXPLAINED,
    EXTEND_DAYS,
    NOTICE_DAYS,
    REFER_DAYS,
    REVIEW_DAYS,
    Course,
    object_and_decide,
    refuse,
)
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat

NEXT_YEAR = plus(LAST_DAY, 1)
NOTICE, CONCLUDE = "serve_acceptance_notice", "conclude_petition"


def late(course: Course, due: date, *, first: int = 1, last: int = 32, never: float = 0.3) -> date | None:
    """The day of the late act, often the very next one; None for never."""
    if course.chance(never):
        return None
    return plus(due, first) if course.chance(0.15) else course.day(due, first, last)


def late_referral(course: Course, name: str) -> None:
    course.receive(name)
    due = plus(course.received, REFER_DAYS)
    sent = late(course, due)
    course.story.plant("forward_or_assign", course.clerk, "late_referral", due, sent, note="转送交办逾期")
    course.story.work(course.clerk, course.received, sent or NEXT_YEAR)
    if sent:
        course.forward(sent)
        course.sign(course.day(sent, 0, 2))
        course.accept_in_time()
        course.handle()


def late_notice(course: Course, name: str) -> None:
    course.receive(name)
    sent = course.day(course.received, 0, 8)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    _notice_late(course, NOTICE)


def late_direct_notice(course: Course, name: str) -> None:
    course.receive(name, seat=course.signer)
    _notice_late(course, "notify_direct_filing")


def _notice_late(course: Course, duty: str) -> None:
    since = course.signed
    due = plus(since, NOTICE_DAYS)
    told = late(course, due, last=30)
    course.story.plant(duty, course.signer, "not_accepted_in_time", due, told, note="受理告知逾期")
    course.story.work(course.signer, since, told or NEXT_YEAR)
    if told is None:
        return
    if course.chance(0.12):
        refuse(course, told, course.signer, "litigation_arbitration_reconsideration")
        return
    early = course.chance(0.4)
    course.take(course.day(since, 4, 12) if early else told, told)
    if early:
        course.staffed(plus(course.accepted, 1), course.signer)
        done = course.day(told, 4, (course.accepted - told).days + CONCLUDE_DAYS - 2)
        _work_and_conclude(course, told, done)
    else:
        course.staffed(plus(told, 1))
        course.handle()


def pingpong(course: Course, name: str) -> None:
    course.receive(name)
    sent = course.day(course.received, 0, 6)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    again = course.day(object_and_decide(course, upheld=True), 0, 2)
    course.unit_id = course.rng.choice(course.county.handling(course.unit_id))
    course.signer = course.staff(course.unit_id)
    course.forward(again, label="sent-again")
    course.sign(course.day(again, 1, 2), label="sent-again")
    refused = object_and_decide(course, upheld=False, label="sent-again", objection="objection-again")
    due = plus(course.signed, NOTICE_DAYS)
    told = late(course, due)
    course.story.plant(NOTICE, course.signer, "pingpong", due, told, note="两次退转后仍逾期告知")
    course.story.work(course.signer, refused, told or NEXT_YEAR)
    if told:
        course.take(told)
        course.staffed(plus(told, 1))
        course.handle()


def objection_undecided(course: Course, name: str) -> None:
    """Objected in time; the sender decides only after the due day, and well after five working days."""
    story = course.story
    sent = course.day(course.received, 0, 8)
    signed = course.day(sent, 0, 2)
    raised, due = plus(signed, course.rng.randint(1, 3)), plus(signed, NOTICE_DAYS)
    if sum(is_working(plus(raised, n)) for n in range(1, (due - raised).days - 1)) <= 5:
        return  # holidays leave the sender too little time for the due day to be clearly the sender's
    course.receive(name)
    course.forward(sent)
    course.sign(signed)
    story.act(
        raised,
        course.signer,
        c.ObjectJurisdiction,
        label="objection",
        of_version=Ref("sent"),
        ground="应由上级部门统一处理",
    )
    refused = course.day(due, 5, 20)
    told = plus(refused, course.rng.randint(1, 3))
    story.work(course.clerk, raised, refused)
    story.act(refused, course.clerk, c.DecideObjection, objection_version=Ref("objection"), result="refused")
    story.plant(NOTICE, course.clerk, "objection_undecided", due, told, note="管辖异议久拖未决")
    course.take(told)
    course.staffed(plus(told, 1))
    course.handle()


def _accepted(course: Course, name: str, *, assign: bool = False) -> date:
    """Intake in time; the day on which the 60 days run out."""
    course.intake(name, assign=assign)
    return plus(course.accepted, CONCLUDE_DAYS)


def shelved(course: Course, name: str) -> None:
    due = _accepted(course, name)
    course.story.plant(
        CONCLUDE, course.handler, "no_event_for_n_days", due, done := late(course, due), note="受理后搁置"
    )
    if done:
        course.conclude(done)


def overdue(course: Course, name: str) -> None:
    due = _accepted(course, name)
    done = late(course, due)
    course.story.plant(CONCLUDE, course.handler, "overdue", due, done, note="办理中但逾期未办结")
    _work_and_conclude(course, course.accepted, done)


def _work_and_conclude(course: Course, since: date, done: date | None, outcome: str | None = None) -> None:
    course.story.work(course.handler, since, done or NEXT_YEAR)
    if done:
        course.conclude(done, outcome)


def overdue_after_hand_over(course: Course, name: str) -> None:
    due = _accepted(course, name)
    passed = plus(due, -course.rng.randint(4, 14))
    course.story.work(course.handler, course.accepted, passed)
    course.hand_over(passed)
    done = late(course, due)
    course.story.plant(CONCLUDE, course.handler, "overdue", due, done, note="临期移交后逾期")
    _work_and_conclude(course, passed, done)


def extension_after_due(course: Course, name: str) -> None:
    due = _accepted(course, name)
    approved = plus(due, course.rng.randint(1, 5))
    done = late(course, due, first=8, last=30, never=0.2)
    course.story.plant(CONCLUDE, course.handler, "extension_unapproved", due, done, note="到期后才批准延期")
    course.extend(approved, head_of(course))
    course.tell_extension(plus(approved, 1))
    _work_and_conclude(course, course.accepted, done)


def extension_wrong_post(course: Course, name: str) -> None:
    due = _accepted(course, name)
    done = late(course, due, first=3, last=28, never=0.2)
    approved = course.day(due, -11, -4)
    deputy = course.county.leader(course.unit_id, "leader_in_charge", course.received, LAST_DAY)
    if deputy is None:
        return
    course.story.plant(CONCLUDE, course.handler, "extension_wrong_post", due, done, note="延期由无权岗位批准")
    course.extend(approved, deputy)
    course.tell_extension(plus(approved, 1))
    _work_and_conclude(course, course.accepted, done)


def extension_not_told(course: Course, name: str) -> None:
    due = _accepted(course, name)
    approved = course.day(due, -12, -4)
    told = late(course, due, last=20, never=0.3)
    course.story.plant(
        "serve_extension_notice", head_of(course), "extension_not_served", due, told, note="延期理由未按期告知"
    )
    course.extend(approved, head_of(course))
    done = course.day(due, 2, EXTEND_DAYS - 2)
    if told:
        course.tell_extension(told)
    course.story.work(course.handler, course.accepted, max(done, told or NEXT_YEAR))
    course.opinion(done, course.rng.choice(EXPLAINED))


def head_of(course: Course) -> Seat:
    head = course.county.leader(course.unit_id, "main_leader", course.received, LAST_DAY)
    if head is None:
        raise AssertionError(f"the main leader of {course.unit_id} changes; such units are not drawn for this kind")
    return head


def not_executed(course: Course, name: str) -> None:
    _accepted(course, name)
    done = course.day(course.accepted, 6, 50)
    course.story.work(course.handler, course.accepted, done)
    due = plus(done, course.rng.randint(20, 40))
    executor = course.executor()
    course.opinion(done, "support", executor_unit_id=executor.unit_id, execute_by=due)
    course.name_handler(plus(done, course.rng.randint(0, 1)), executor)
    shown = late(course, due)
    verified = course.day(shown, 0, 3) if shown else None
    met = shown if verified and verified <= LAST_DAY else None  # evidence counts from its own day, once verified
    course.story.plant("execute_opinion", executor, "not_executed", due, met, note="支持意见未按期执行")
    course.story.work(executor, done, shown or NEXT_YEAR)
    if shown and verified:
        course.prove(shown, verified, executor)
        course.close(verified)


def report_overdue(course: Course, name: str) -> None:
    _accepted(course, name, assign=True)
    done = course.day(course.accepted, 8, 50)
    due = plus(done, course.rng.randint(2, 8))
    filed = late(course, due)
    course.story.plant("report_on_assignment", course.handler, "report_overdue", due, filed, note="交办未按期报告")
    if course.assignment is not None:
        course.assignment.fields["report_by"] = due
    course.story.work(course.handler, course.accepted, done)
    course.opinion(done, course.rng.choice(EXPLAINED))
    course.story.work(course.handler, done, filed or NEXT_YEAR)
    if filed:
        course.story.act(filed, course.handler, c.FileClosingReport)
        course.close(filed)


def _explained(course: Course, name: str) -> tuple[date, Seat]:
    """An opinion in time that supports nothing, and a request for its review."""
    _accepted(course, name)
    done = course.day(course.accepted, 8, 50)
    course.story.work(course.handler, course.accepted, done)
    course.opinion(done, "not_support")
    return course.request_review(done)


def review_overdue(course: Course, name: str) -> None:
    requested, reviewer = _explained(course, name)
    due = plus(requested, REVIEW_DAYS)
    decided = late(course, due)
    course.story.plant("decide_review", reviewer, "overdue", due, decided, note="复查逾期")
    course.story.work(reviewer, requested, decided or NEXT_YEAR)
    if decided:
        course.review(decided, reviewer, "uphold")
        course.close(decided)


def not_redone(course: Course, name: str) -> None:
    requested, reviewer = _explained(course, name)
    decided = course.day(requested, 10, 27)
    course.story.work(reviewer, requested, decided)
    length = course.rng.randint(18, 35)
    course.set_aside(decided, reviewer, length)
    due = plus(decided, length)
    redone = late(course, due)
    course.story.plant("redo_after_set_aside", course.handler, "not_redone", due, redone, note="撤销后未按期重新办理")
    course.story.work(course.handler, decided, redone or NEXT_YEAR)
    if redone:
        course.opinion(redone, "explain", label="redone")
        course.close(redone)
