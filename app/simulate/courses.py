"""
Further courses of handling: hearings, recusal, corrections, items and settlement, what is contradicted afterwards, days
that nobody set, and hand-overs that go astray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.beside import answer, begun, digest, term
from app.simulate.clock import nth_working, plus
from app.simulate.county import BUREAU
from app.simulate.lapses import NEXT_YEAR, NOTICE, late
from app.simulate.plan import Ref
from app.simulate.stories import EXPLAINED, NOTICE_DAYS
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.stories import Course


# Hearings, recusal, disputes: beside the handling


def hearing(course: Course, fails: bool) -> None:
    """A hearing is decided with its day, and held by it, late or never."""
    decided = begun(course)
    due = term(course, decided)
    course.story.act(decided, course.handler, c.DecideHearing, hold_on=due)
    done = answer(
        course,
        "hold_decided_hearing",
        course.handler,
        "hearing_not_held",
        decided,
        due,
        fails=fails,
        note="决定的听证未举行",
    )
    if done:
        course.story.act(done, course.handler, c.ConveneHearing)
        course.story.act(done, course.handler, c.CloseHearing)


def recusal(course: Course, fails: bool) -> None:
    """A colleague declares an interest and steps aside, or goes on and acts on the matter."""
    declared = begun(course)
    other = course.staff(course.unit_id, but=course.handler)
    course.story.act(declared, other, c.DeclareInterest, label="interest", ground="relative_of_a_party")
    if fails:
        broken = course.day(declared, 3, 9)
        course.story.plant("recuse", other, "handled_while_interested", broken, None, note="应回避而未回避")
        course.story.act(broken, other, c.NoteProgress, step="调查核实")
        course.story.act(course.day(broken, 1, 4), course.handler, c.RecordRecusal, interest_version=Ref("interest"))
    else:
        course.story.act(course.day(declared, 0, 2), course.handler, c.RecordRecusal, interest_version=Ref("interest"))


def urgent(course: Course, fails: bool) -> None:
    """重大紧急: identified and reported on the same day. The law has no number for it."""
    if fails:
        raise AssertionError("no day is set for the report of an urgent matter")
    on = begun(course)
    course.story.act(on, course.handler, c.IdentifyUrgentMatter, label="urgent", kind="group_incident_risk")
    course.story.act(on, course.handler, c.MakeUrgentReport, identified_version=Ref("urgent"), to_unit_id=BUREAU)


def corrected(course: Course, fails: bool) -> None:
    """A wrong subject is corrected and a note on the wrong case retracted, by two people each."""
    if fails:
        raise AssertionError("a correction gives rise to no duty")
    on = begun(course)
    second = course.staff(BUREAU, but=course.clerk).official_id
    course.story.act(
        on,
        course.clerk,
        c.CorrectAct,
        act_version=2,
        field="subject",
        value=course.story.subject.code,
        reason="wrong_subject",
        second_official_id=second,
    )
    course.story.acts[1].fields["subject"] = "other"
    course.story.act(on, course.handler, c.NoteProgress, label="wrong", step="现场走访")
    colleague = course.staff(course.unit_id, but=course.handler).official_id
    course.story.act(
        course.day(on, 0, 1),
        course.handler,
        c.RetractAct,
        act_version=Ref("wrong"),
        reason="other_case",
        second_official_id=colleague,
    )


# Items of a claim, settlement


def _split(course: Course, name: str) -> tuple[date, date]:
    """A claim of two items, each supported with its own day; both are carried out by the handler's unit."""
    course.intake(name)
    done = course.day(course.accepted, 12, 50)
    split = course.day(course.accepted, 3, 6)
    course.work_until(done)
    course.story.act(split, course.handler, c.SplitClaim, items=("compensation", "apology"))
    course.opinion(done, "support")
    first, second = term(course, done, 20, 28), term(course, done, 32, 40)
    for item, by in ((1, first), (2, second)):
        course.story.act(
            done,
            course.handler,
            c.AnswerItem,
            opinion_version=Ref("opinion"),
            item=item,
            outcome="support",
            executor_unit_id=course.unit_id,
            execute_by=by,
        )
    shown = course.day(done, 6, 16)
    _part(course, 1, shown, course.day(shown, 0, 2))
    return done, second


def _part(course: Course, item: int, shown: date, verified: date) -> None:
    course.story.act(
        shown,
        course.handler,
        c.EvidenceExecution,
        opinion_version=Ref("opinion"),
        evidence=digest(course),
        items=(item,),
    )
    course.story.act(verified, course.handler, c.VerifyExecution, opinion_version=Ref("opinion"), items=(item,))


def in_parts(course: Course, name: str) -> None:
    done, due = _split(course, name)
    course.story.work(course.handler, done, due)
    shown = course.day(done, 20, (due - done).days - 3)
    _part(course, 2, shown, course.day(shown, 0, 2))
    course.close(due)


def part_not_executed(course: Course, name: str) -> None:
    """One item is carried out in time, the other late or never."""
    done, due = _split(course, name)
    shown = late(course, due)
    course.story.plant("execute_opinion", course.handler, "not_executed", due, shown, note="部分诉求项未按期执行")
    course.story.work(course.handler, done, shown or NEXT_YEAR)
    if shown:
        _part(course, 2, shown, shown)
        course.close(shown)


def settled(course: Course, name: str) -> None:
    """Mediation ends with a paper that both sides sign."""
    course.intake(name)
    done = course.day(course.accepted, 10, 50)
    course.work_until(done)
    course.story.act(done, course.handler, c.SignSettlement, evidence=digest(course))
    course.close(done)


# What is contradicted, what has no day


def contradicted(course: Course, name: str) -> None:
    """Verified as carried out in time; the petitioner says it was not."""
    course.intake(name)
    done = course.day(course.accepted, 8, 50)
    course.work_until(done)
    by = plus(done, course.rng.randint(20, 40))
    course.opinion(done, "support", executor_unit_id=course.unit_id, execute_by=by)
    shown = course.day(done, 5, 15)
    course.story.act(
        shown, course.handler, c.EvidenceExecution, opinion_version=Ref("opinion"), evidence=digest(course)
    )
    course.story.act(course.day(shown, 0, 3), course.handler, c.VerifyExecution, opinion_version=Ref("opinion"))
    course.story.plant_contradicted("execute_opinion", by, "执行核验后被信访人否认")
    course.story.act(
        plus(by, course.rng.randint(3, 20)),
        course.clerk,
        c.RateSatisfaction,
        score="dissatisfied",
        contradicts=Ref("opinion"),
    )


def opinion_undated(course: Course, name: str) -> None:
    """A supporting opinion without a day to carry it out by: found against its author."""
    course.intake(name)
    done = course.day(course.accepted, 8, 50)
    course.work_until(done)
    course.opinion(done, "support")
    course.story.plant_undated("execute_opinion", course.handler, "支持意见未定执行期限")
    shown = course.day(done, 5, 30)
    course.prove(shown, course.day(shown, 0, 3), course.handler)
    course.close(shown)


def assignment_undated(course: Course, name: str) -> None:
    """Assigned with a report asked for and no day set for it."""
    course.intake(name, assign=True)
    done = course.day(course.accepted, 8, 50)
    course.work_until(done)
    course.opinion(done, course.rng.choice(EXPLAINED))
    course.story.plant_undated("report_on_assignment", course.clerk, "交办未定报告期限")
    course.story.act(course.day(done, 0, 3), course.handler, c.FileClosingReport)
    course.close(done)


# Routing


def late_objection(course: Course, name: str) -> None:
    """The objection comes after the five working days; refused, and the notice is late."""
    course.receive(name)
    sent = course.day(course.received, 0, 6)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    due = plus(course.signed, NOTICE_DAYS)
    raised = nth_working(course.signed, 6)
    decided = plus(raised, 1)
    if not decided < plus(due, -2):
        return  # holidays leave no day between the window and the due day
    story = course.story
    story.act(
        raised,
        course.signer,
        c.ObjectJurisdiction,
        label="objection",
        of_version=Ref("sent"),
        ground="不属于本单位法定职权范围",
    )
    story.act(decided, course.clerk, c.DecideObjection, objection_version=Ref("objection"), result="refused")
    told = late(course, due, last=25)
    story.plant(NOTICE, course.signer, "late_objection", due, told, note="超过异议期提出异议，告知逾期")
    story.work(course.signer, decided, told or NEXT_YEAR)
    if told:
        course.take(told)
        course.staffed(plus(told, 1))
        course.handle()


def passed_on_unsigned(course: Course, name: str) -> None:
    """Filed directly; passed on to a unit that never signs, and the petitioner is not told."""
    course.receive(name, seat=course.signer)
    sent = course.day(course.received, 2, 8)
    other = course.rng.choice(course.county.handling(course.unit_id))
    due = plus(course.received, NOTICE_DAYS)
    told = late(course, due, last=25)
    course.story.plant(
        "notify_direct_filing", course.signer, "not_signed_for", due, told, note="转出后无人签收，也未告知"
    )
    course.story.act(sent, course.signer, c.ReferPetition, to_unit_id=other, basis="信访工作条例第二十三条")
    course.story.work(course.signer, sent, told or NEXT_YEAR)
    if told:
        course.story.act(told, course.signer, c.ServeNotice, kind="referral", to_unit_id=other)
