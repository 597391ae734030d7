"""
Supervision of one matter: urging, the three proposals, inspection and rectification, decisions of the joint conference,
posted items, reminders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.simulate.beside import answer, begun, digest, term
from app.simulate.clock import plus
from app.simulate.county import BUREAU, CONFERENCE, GOVERNMENT, SUPERVISION
from app.simulate.lapses import CONCLUDE, late
from app.simulate.plan import Ref
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat
    from app.simulate.stories import Course


def urging(course: Course, fails: bool) -> None:
    """督办 on the duty to conclude, signed for, answered by its day."""
    story, issued = course.story, begun(course)
    due, signed = term(course, issued), course.day(issued, 0, 2)
    _urge(course, issued, due)
    story.act(signed, course.handler, c.ReceiveUrging, urging_version=Ref("urging"))
    done = answer(
        course, "answer_urging", course.handler, "urging_ignored", signed, due, fails=fails, note="督办未按期回复"
    )
    if done:
        story.act(done, course.handler, c.AnswerUrging, urging_version=Ref("urging"), evidence=digest(course))


def _urge(course: Course, day: date, due: date | None, *, label: str = "urging", form: str = "letter") -> None:
    course.story.act(
        day,
        course.clerk,
        c.IssueUrging,
        label=label,
        addressee_unit_id=course.unit_id,
        answer_by=due,
        of_obligation=CONCLUDE,
        trigger_version=Ref("accepted"),
        form=form,
    )


def urging_undated(course: Course, fails: bool) -> None:
    """An urging that asks for an answer and names no day for it."""
    issued = begun(course)
    _urge(course, issued, None if fails else term(course, issued), form="phone")
    signed = course.day(issued, 0, 1)
    course.story.act(signed, course.handler, c.ReceiveUrging, urging_version=Ref("urging"))
    course.story.act(
        course.day(signed, 2, 8),
        course.handler,
        c.AnswerUrging,
        urging_version=Ref("urging"),
        evidence=digest(course),
    )
    if fails:
        course.story.plant_undated("answer_urging", course.clerk, "督办未定答复期限")


def proposal(course: Course, fails: bool) -> None:
    """One of the three proposals (改进工作、完善政策、追究责任), answered in writing."""
    story, issued = course.story, begun(course)
    due, signed = term(course, issued), course.day(issued, 0, 2)
    kind = course.rng.choice(("improvement", "policy", "accountability"))
    story.act(
        issued,
        course.clerk,
        c.IssueProposal,
        label="proposal",
        kind=kind,
        addressee_unit_id=course.unit_id,
        answer_by=due,
    )
    story.act(signed, course.handler, c.ReceiveProposal, proposal_version=Ref("proposal"))
    done = answer(
        course, "answer_proposal", course.handler, "proposal_ignored", signed, due, fails=fails, note="三项建议未反馈"
    )
    if done:
        adopted = course.rng.choice(("adopted", "in_part", "not_adopted"))
        reason = None if adopted == "adopted" else "no_legal_basis"
        story.act(
            done, course.handler, c.AnswerProposal, proposal_version=Ref("proposal"), adopted=adopted, reason=reason
        )


def rectification(course: Course, fails: bool) -> None:
    """An inspection finds something, orders it put right by a day, and looks again."""
    ordered, due = _ordered(course)
    done = answer(
        course, "rectify_in_time", course.handler, "rectify_overdue", ordered, due, fails=fails, note="限期整改逾期"
    )
    if done:
        _report_rectified(course, done)
        _inspector(course, course.day(done, 1, 5), c.VerifyRectification, order_version=Ref("order"))


def rectification_rejected(course: Course, fails: bool) -> None:
    """Reported in time and not accepted: a new day, kept or missed."""
    ordered, due = _ordered(course)
    reported = course.day(ordered, 2, (due - ordered).days - 1)
    _report_rectified(course, reported)
    rejected = course.day(reported, 1, 3)
    again = term(course, rejected, 8, 14)
    _inspector(
        course,
        rejected,
        c.RejectRectification,
        order_version=Ref("order"),
        reason="no_evidence",
        rectify_by=again,
    )
    done = answer(
        course,
        "rectify_in_time",
        course.handler,
        "rectify_overdue",
        rejected,
        again,
        fails=fails,
        note="整改退回后逾期",
    )
    if done:
        _report_rectified(course, done)
        _inspector(course, course.day(done, 1, 5), c.VerifyRectification, order_version=Ref("order"))


def _ordered(course: Course) -> tuple[date, date]:
    opened = begun(course)
    ordered = course.day(opened, 1, 3)
    due = term(course, ordered)
    form = course.rng.choice(("online", "onsite", "joint", "escalated"))
    bodies = (BUREAU,) if form == "joint" else ()
    origin = f"inspection/{opened:%Y-%m}"
    _inspector(
        course, opened, c.OpenInspection, label="inspection", form=form, level="county", origin=origin, bodies=bodies
    )
    _inspector(
        course,
        ordered,
        c.RecordInspectionFinding,
        label="found",
        inspection_version=Ref("inspection"),
        subject_unit_id=course.unit_id,
        ground="file_incomplete",
        evidence=digest(course),
    )
    _inspector(
        course,
        ordered,
        c.OrderRectification,
        label="order",
        addressee_unit_id=course.unit_id,
        rectify_by=due,
        of_finding=Ref("found"),
        origin=origin,
    )
    _inspector(course, ordered, c.CloseInspectionRound, inspection_version=Ref("inspection"), findings=1)
    return ordered, due


def _inspector(course: Course, day: date, command: type[c.CaseCommand], *, label: str = "", **fields: Any) -> None:
    seat = course.county.seat(f"{SUPERVISION}-staff-1", day)
    course.story.act(day, seat, command, label=label, **fields)


def _report_rectified(course: Course, day: date) -> None:
    course.story.act(day, course.handler, c.ReportRectification, order_version=Ref("order"), evidence=digest(course))


def decision(course: Course, fails: bool) -> None:
    """The joint conference decides; its owner carries it out by the day of the minutes. Now and then one dissents."""
    made = begun(course)
    due = term(course, made)
    _decide(course, made, due)
    done = answer(
        course,
        "carry_out_meeting_decision",
        course.handler,
        "joint_decision_stalled",
        made,
        due,
        fails=fails,
        note="联席会议议定事项未落实",
    )
    if done:
        course.story.act(
            done, course.handler, c.ReportMeetingDecision, decision_version=Ref("decision"), evidence=digest(course)
        )


def decision_undated(course: Course, fails: bool) -> None:
    """A decision with an owner and no day."""
    made = begun(course)
    _decide(course, made, None if fails else term(course, made, 20, 30))
    done = course.day(made, 4, 18)
    course.story.act(
        done, course.handler, c.ReportMeetingDecision, decision_version=Ref("decision"), evidence=digest(course)
    )
    if fails:
        course.story.plant_undated("carry_out_meeting_decision", _secretary(course, made), "议定事项未定期限")


def _secretary(course: Course, day: date) -> Seat:
    return course.county.seat(f"{CONFERENCE}-staff-1", day)


def _decide(course: Course, day: date, due: date | None) -> None:
    county, seat = course.county, course.county.seat(f"{CONFERENCE}-staff-1", day)
    took_part = tuple(county.seat(post, day).official_id for post in (f"{GOVERNMENT}-deputy", f"{BUREAU}-head"))
    course.story.act(
        day,
        seat,
        c.MakeMeetingDecision,
        label="decision",
        kind="joint_conference",
        owner_unit_id=course.unit_id,
        origin=f"conference/{day:%Y-%m}",
        carry_out_by=due,
        participants=took_part,
    )
    if course.chance(0.3):
        course.story.act(
            day, seat, c.RecordDissent, decision_version=Ref("decision"), dissenting_official_id=took_part[1]
        )


def posted(course: Course, fails: bool) -> None:
    """挂牌、挂账 and struck off with evidence; a reminder on the way. Neither is a duty by itself."""
    if fails:
        raise AssertionError("an item posted gives rise to no duty of its own")
    on = begun(course)
    kind = course.rng.choice(("posted", "account"))
    course.story.act(
        on,
        course.clerk,
        c.PostItem,
        label="item",
        kind=kind,
        owner_unit_id=course.unit_id,
        settle_by=term(course, on, 30, 40),
        origin=f"list/{on:%Y-%m}",
    )
    reminded = course.day(on, 5, 12)
    course.story.act(
        reminded,
        course.clerk,
        c.SendReminder,
        label="reminder",
        addressee_unit_id=course.unit_id,
        of_obligation=CONCLUDE,
        trigger_version=Ref("accepted"),
    )
    course.story.act(
        course.day(reminded, 0, 2), course.handler, c.AcknowledgeReminder, reminder_version=Ref("reminder")
    )
    struck = course.day(on, 18, 32)
    course.story.act(struck, course.clerk, c.StrikeOffItem, item_version=Ref("item"), evidence=digest(course))


def urged_twice(course: Course, name: str) -> None:
    """屡督不改: urged and urged again before the 60 days ran out; each answered, and the matter not concluded."""
    course.intake(name)
    due = plus(course.accepted, 60)
    done = late(course, due)
    for label, first, last in (("urging", 10, 18), ("urging-again", 32, 40)):
        issued = course.day(course.accepted, first, last)
        _urge(course, issued, plus(issued, 12), label=label, form="network")
        course.story.act(course.day(issued, 0, 1), course.handler, c.ReceiveUrging, urging_version=Ref(label))
        course.story.act(
            course.day(issued, 2, 9),
            course.handler,
            c.AnswerUrging,
            urging_version=Ref(label),
            evidence=digest(course),
        )
    course.story.plant(CONCLUDE, course.handler, "repeated_urging", due, done, note="两次督办后仍逾期")
    course.work_until(done)
    if done:
        course.conclude(done)
