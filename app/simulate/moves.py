"""
Lapses that a change of post leaves behind: the handler goes, and nobody reassigns the case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate.clock import LAST_DAY, plus
from app.simulate.lapses import CONCLUDE, NEXT_YEAR, late
from app.simulate.stories import CONCLUDE_DAYS, Course

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from app.simulate.county import County, Move
    from app.simulate.plan import Story


def successor_moves(county: County) -> list[Move]:
    """Staff posts taken over on the very day they were left."""
    return [m for m in county.moves if m.successor is not None and county.titles[m.leaver.post_id][2] == "staff"]


def vacancies(county: County) -> list[Move]:
    """Posts outside the bureau that stood empty for a while."""
    return [
        m
        for m in county.moves
        if m.refilled_on is not None
        and m.leaver.unit_id in county.units
        and county.units[m.leaver.unit_id].kind == "township"
    ]


def not_reassigned(rng: Random, county: County, story: Story, move: Move, name: str) -> None:
    """The successor in the post holds the case when it falls due."""
    accepted = plus(move.day, -rng.randint(6, 45))
    course = _under_leaver(county, story, move, accepted, name)
    due, taken = plus(accepted, CONCLUDE_DAYS), plus(move.day, 3)
    if move.successor is None:
        raise AssertionError("a post that was taken over has a successor")
    course.handler = move.successor
    done = late(course, due)
    story.plant(CONCLUDE, move.successor, "not_reassigned", due, done, note="经办人调离后未重新分办")
    course.story.work(move.leaver, accepted, plus(move.day, -2))
    course.note(plus(move.day, -2), move.leaver)
    course.note(taken, move.successor)
    story.work(move.successor, taken, done or NEXT_YEAR)
    if done:
        course.conclude(done)


def vacant_post(rng: Random, county: County, story: Story, move: Move, name: str) -> None:
    """Nobody holds the post when the case falls due; a colleague does what is done."""
    refilled = move.refilled_on or LAST_DAY
    until = min(plus(refilled, -4), plus(move.day, CONCLUDE_DAYS - 6))
    due = plus(move.day, rng.randint(8, (until - move.day).days))
    accepted = plus(due, -CONCLUDE_DAYS)
    course = _under_leaver(county, story, move, accepted, name)
    course.handler = course.signer
    done = late(course, due)
    story.plant(CONCLUDE, move.leaver, "vacant_post", due, done, vacant=True, note="经办岗位空缺")
    story.work(move.leaver, accepted, plus(move.day, -2))
    course.note(plus(move.day, -2), move.leaver)
    course.note(plus(move.day, 3), course.handler)
    story.work(course.handler, plus(move.day, 3), done or NEXT_YEAR)
    if done:
        course.conclude(done)


def _under_leaver(county: County, story: Story, move: Move, accepted: date, name: str) -> Course:
    """Accepted in time on that day, and given to the official who is going to leave."""
    received = plus(accepted, -story.rng.randint(7, 13))
    course = Course(county, story, received, move.leaver.unit_id, horizon=366)
    course.receive(name)
    sent = course.day(received, 0, 3)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    course.take(accepted)
    course.staffed(plus(accepted, 1), move.leaver)
    return course
