"""
What goes on beside the handling of a matter: the matter itself is handled in time, and something is asked of somebody.

Every family of this kind (supervision, leaders, accountability) is told by a function of a course and whether its duty
is to fail. `Side` is such a function; it begins when the handler is named and may end long after the opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.simulate.clock import plus
from app.simulate.lapses import late
from app.simulate.stories import EXPLAINED, Course

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat

Side = Callable[[Course, bool], None]
Tale = Callable[[Course, str], None]


def beside(side: Side, *, fails: bool) -> Tale:
    """The whole story of a case with that beside it."""
    return partial(_told, side, fails)


def _told(side: Side, fails: bool, course: Course, name: str) -> None:
    course.intake(name)
    done = course.day(course.accepted, 42, 57)
    course.story.work(course.handler, course.accepted, done)
    side(course, fails)
    course.conclude(done, course.rng.choice(EXPLAINED))


def begun(course: Course) -> date:
    """A working day soon after the handler was named."""
    return course.day(course.accepted, 4, 9)


def digest(course: Course) -> tuple[str, ...]:
    """The digest of one paper."""
    return (f"{course.rng.getrandbits(256):064x}",)


def answer(
    course: Course, duty: str, holder: Seat, cause: str, since: date, due: date, *, fails: bool, note: str
) -> date | None:
    """When what was asked is done: in time, or late or never and then written down."""
    if not fails:
        return course.day(since, 1, (due - since).days - 1, limit=(due - since).days)
    done = late(course, due)
    course.story.plant(duty, holder, cause, due, done, note=note)
    return done


def term(course: Course, since: date, first: int = 10, last: int = 20) -> date:
    """A day set for something."""
    return plus(since, course.rng.randint(first, last))
