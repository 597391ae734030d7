"""
检举控告 in the discipline line, each in a stream of its own whose number says nothing, with the line's own clocks.

Registered in a case of the county's only where the bureau passed it on unread; petitioners' names are sealed here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.beside import answer
from app.simulate.clock import LAST_DAY, nth_working, plus, working_from
from app.simulate.county import CITY_DISCIPLINE, COURT, DISCIPLINE
from app.simulate.plan import Ref
from app.simulate.texts import fill
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat
    from app.simulate.stories import Course

UPWARD, ACCEPT, NOTIFY, FEED_BACK = 5, 5, 15, 15  # working days: 纪检监察机关处理检举控告工作规则 (2020)
STREAMS = "case/accusation"
ACCUSED_OF = ("反映该同志在{place}工程中收受{money}元。", "反映其在{place}项目中优亲厚友，共{n}次。")


def _received(course: Course, name: str, competent: str) -> tuple[date, Seat]:
    story = course.story
    story.streams, story.no = STREAMS, f"{story.rng.getrandbits(128):032x}"
    day = working_from(course.received)
    desk = course.staff(DISCIPLINE)
    accused = course.staff(course.unit_id).official_id
    sealed = (
        ("petitioner_name", name),
        ("accused_official", accused),
        ("text", fill(story.rng, story.rng.choice(ACCUSED_OF))),
    )
    story.act(
        day,
        desk,
        c.ReceiveAccusation,
        label="accusation",
        sealed=sealed,
        channel=story.rng.choice(("letter", "visit", "web")),
        identity_mode="real_name",
        competent=competent,
    )
    story.act(day, desk, c.RegisterPetition)
    return day, desk


def _in_time(course: Course, since: date, due: date) -> date:
    return course.day(since, 1, (due - since).days - 1, limit=(due - since).days)


def _own(course: Course, name: str, *, failing: str | None = None) -> None:
    """Received, accepted, the reporter told; closed, and the result fed back."""
    day, desk = _received(course, name, "own")
    story = course.story
    due = nth_working(day, NOTIFY)
    accepted = course.day(day, 1, 4)
    story.act(accepted, desk, c.AcceptAccusation)
    told: date | None = answer(
        course,
        "discipline_notify_real_name",
        desk,
        "not_notified",
        accepted,
        due,
        fails=failing == "notify",
        note="实名检举未按期告知受理",
    )
    if told:
        story.act(told, desk, c.NotifyReporter)
    closed = max(course.day(day, 40, 60), plus(told, 1) if told else day)
    story.work(desk, accepted, closed)
    story.act(closed, desk, c.CloseAccusation)
    back = answer(
        course,
        "discipline_feedback_result",
        desk,
        "no_feedback",
        closed,
        nth_working(closed, FEED_BACK),
        fails=failing == "feed_back",
        note="办结结果未按期反馈",
    )
    if back:
        story.act(back, desk, c.FeedBackResult)


def accusation(course: Course, name: str) -> None:
    _own(course, name)


def reporter_not_notified(course: Course, name: str) -> None:
    _own(course, name, failing="notify")


def no_feedback(course: Course, name: str) -> None:
    _own(course, name, failing="feed_back")


def _upward(course: Course, name: str, *, failing: str | None = None) -> None:
    """For the level above to decide on: sent upward, received there, accepted there."""
    day, desk = _received(course, name, "superior")
    story = course.story
    due = nth_working(day, UPWARD)
    sent = answer(
        course,
        "discipline_upward",
        desk,
        "late_upward",
        day,
        due,
        fails=failing == "upward",
        note="属上级受理的检举控告未按期报送",
    )
    if sent is None:
        return
    story.act(sent, desk, c.SendAccusationUpward, label="sent-up", to_unit_id=CITY_DISCIPLINE)
    taken = course.day(sent, 1, 3)
    above = course.staff(CITY_DISCIPLINE)
    story.act(taken, above, c.ReceiveForwardedAccusation, of_version=Ref("sent-up"))
    done = answer(
        course,
        "discipline_accept_forwarded",
        above,
        "not_accepted_in_time",
        taken,
        nth_working(taken, ACCEPT),
        fails=failing == "accept",
        note="转来的检举控告未按期登记受理",
    )
    if done:
        story.act(done, above, c.AcceptAccusation)


def upward(course: Course, name: str) -> None:
    _upward(course, name)


def upward_late(course: Course, name: str) -> None:
    _upward(course, name, failing="upward")


def forwarded_not_accepted(course: Course, name: str) -> None:
    _upward(course, name, failing="accept")


def disclosed(course: Course, name: str) -> None:
    """The supervising body finds that an accusation was shown to the accused; the finding names who did it."""
    day, desk = _received(course, name, "own")
    story = course.story
    story.act(course.day(day, 1, 4), desk, c.AcceptAccusation)
    story.act(course.day(day, 5, 14), desk, c.NotifyReporter)
    found = course.day(day, 16, 30)
    story.plant("never_disclose_accusation", desk, "disclosed_to_accused", found, None, note="检举材料泄露给被检举人")
    above = course.staff(CITY_DISCIPLINE)
    story.act(
        found,
        above,
        c.RecordBreachFinding,
        subject_unit_id=desk.unit_id,
        subject_official_id=desk.official_id,
        obligation="never_disclose_accusation",
        trigger_version=1,
        ground="disclosed",
    )


def passed_to_discipline(course: Course, name: str) -> None:
    """A petition that turns out to be an accusation: passed on by the bureau the same day, and nothing else done."""
    course.receive(name, category="accusation")
    course.story.act(course.received, course.clerk, c.TransferToDiscipline, to_unit_id=DISCIPLINE)


def litigation(course: Course, name: str) -> None:
    """诉访分离: to the court of the same level."""
    course.receive(name, category="litigation_letter")
    day = course.day(course.received, 0, 6)
    course.story.act(day, course.clerk, c.DivertToJustice, line="court", to_unit_id=COURT)
    if plus(day, 3) <= LAST_DAY:
        course.story.act(plus(day, 3), course.clerk, c.CloseCase, form="diverted")
