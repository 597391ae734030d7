"""
Lapses that come of who is not there: an official on leave for whom another acts, a matter handed to a unit and to
nobody in it, units that have their last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.clock import plus
from app.simulate.county import ABOLISHED, GOVERNMENT, HEADS_EXCHANGED
from app.simulate.lapses import CONCLUDE, NEXT_YEAR, late
from app.simulate.stories import CONCLUDE_DAYS, EXPLAINED, Course
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import County, Seat
    from app.simulate.plan import Story

SUCCEEDED = next(unit for unit, (_, _, _, heir) in ABOLISHED.items() if heir is not None)
ORPHANED = next(unit for unit, (_, _, _, heir) in ABOLISHED.items() if heir is None)


def under_acting(county: County, story: Story, name: str) -> None:
    """代理: the 60 days run out while a colleague acts in the post of the official who is on leave."""
    rng = story.rng
    cover = rng.choice(county.covers)
    due = plus(cover.from_on, rng.randint(6, (cover.to_on - cover.from_on).days - 6))
    accepted = plus(due, -CONCLUDE_DAYS)
    course = _accepted(county, story, cover.absent.unit_id, accepted, 366)
    _begin(course, name, accepted, cover.absent)
    done = late(course, due, last=5)
    story.plant(CONCLUDE, cover.acting, "overdue", due, done, note="代理期间逾期")
    story.work(cover.absent, accepted, plus(cover.from_on, -2))
    course.note(plus(cover.from_on, -2), cover.absent)
    course.note(plus(cover.from_on, 2), cover.acting)
    course.handler = cover.acting
    until = done or cover.to_on
    story.work(cover.acting, plus(cover.from_on, 2), until)
    if done:
        course.opinion(done, rng.choice(EXPLAINED))
    else:
        story.work(cover.absent, plus(cover.to_on, 2), NEXT_YEAR)


def no_handler(course: Course, name: str) -> None:
    """Handed to another unit and to nobody in it: its main leader answers."""
    course.intake(name)
    due = plus(course.accepted, CONCLUDE_DAYS)
    passed = plus(course.accepted, course.rng.randint(12, 30))
    course.story.work(course.handler, course.accepted, passed)
    others = course.county.handling(course.unit_id, *HEADS_EXCHANGED)
    course.story.act(passed, course.handler, c.HandOver, to_unit_id=(taker := course.rng.choice(others)))
    course.unit_id, course.handler = taker, course.staff(taker)
    done = late(course, due)
    head = course.county.seat(f"{taker}-head", due)
    course.story.plant(CONCLUDE, head, "no_handler_assigned", due, done, note="移交后未明确经办人")
    course.story.work(course.handler, passed, done or NEXT_YEAR)
    if done:
        course.opinion(done, course.rng.choice(EXPLAINED))


def succeeded(county: County, story: Story, name: str) -> None:
    """The unit has its last day while it handles a matter; its successor takes it up and is late."""
    _, _, last, heir = ABOLISHED[SUCCEEDED]
    if heir is None:
        raise AssertionError("this unit has a successor")
    course, handler = _of_abolished(county, story, SUCCEEDED, last, name)
    due = plus(course.accepted, CONCLUDE_DAYS)
    new = Course(county, story, course.accepted, heir, horizon=300)
    new.accepted, new.unit_id = course.accepted, heir
    new.handler = new.staff(heir)
    done = late(new, due)
    story.plant(CONCLUDE, new.handler, "overdue", due, done, note="机构撤并后承继单位逾期")
    story.work(handler, course.accepted, plus(last, -2))
    new.name_handler(plus(last, 3), new.handler)
    story.work(new.handler, plus(last, 3), done or NEXT_YEAR)
    if done:
        new.opinion(done, story.rng.choice(EXPLAINED))


def orphaned(county: County, story: Story, name: str) -> None:
    """The unit has its last day and nobody is named to take over: the body above answers for the gap."""
    _, _, last, _ = ABOLISHED[ORPHANED]
    course, handler = _of_abolished(county, story, ORPHANED, last, name)
    due = plus(course.accepted, CONCLUDE_DAYS)
    head = county.seat(f"{GOVERNMENT}-head", due)
    story.plant(CONCLUDE, head, "successor_gap", due, None, note="机构撤销未明确承继单位")
    story.work(handler, course.accepted, plus(last, -2))


def _of_abolished(county: County, story: Story, unit: str, last: date, name: str) -> tuple[Course, Seat]:
    accepted = plus(last, -story.rng.randint(20, 45))
    course = _accepted(county, story, unit, accepted, (last - accepted).days)
    handler = county.seat(f"{unit}-staff-2", accepted)
    _begin(course, name, accepted, handler)
    return course, handler


def _accepted(county: County, story: Story, unit: str, accepted: date, horizon: int) -> Course:
    received = plus(accepted, -story.rng.randint(7, 13))
    return Course(county, story, received, unit, horizon=horizon)


def _begin(course: Course, name: str, accepted: date, handler: Seat) -> None:
    """Received, sent and accepted in time, and given to that official."""
    course.receive(name)
    sent = course.day(course.received, 0, 3)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    course.take(accepted)
    course.staffed(plus(accepted, 1), handler)
