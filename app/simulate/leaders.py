"""
Leaders in charge of a matter (包案) with their undertakings, bundles of several officials (五包一), a lead unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.simulate.beside import answer, begun, digest, term
from app.simulate.county import BUREAU, GOVERNMENT
from app.simulate.plan import Ref
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import Seat
    from app.simulate.stories import Course

SHOWN_BY_PAPER = ("know_the_facts", "explain", "assist", "report", "act_lawfully")


def leader(course: Course, fails: bool) -> None:
    """A county leader takes the matter and must have acted on it by a day."""
    on, seat = begun(course), _deputy(course)
    due = term(course, on)
    _assign(course, on, seat, due)
    done = answer(course, "leader_case_action", seat, "leader_no_action", on, due, fails=fails, note="包案领导未推进")
    if done:
        _act(course, done, seat, Ref("leader"))


def leader_undated(course: Course, fails: bool) -> None:
    """A leader is named, and no day by which to act."""
    on, seat = begun(course), _deputy(course)
    _assign(course, on, seat, None if fails else term(course, on))
    _act(course, course.day(on, 3, 8), seat, Ref("leader"))
    if fails:
        course.story.plant_undated("leader_case_action", _head(course, on), "包案未定期限")


def undertaking(course: Course, fails: bool) -> None:
    """Two of the undertakings: the first is kept in time, the second in time, late or never."""
    on, seat = begun(course), _deputy(course)
    due = term(course, on, 14, 24)
    first, second = course.rng.sample(SHOWN_BY_PAPER, 2)
    _assign(course, on, seat, due, undertakings=(first, second))
    _act(course, course.day(on, 2, 8), seat, Ref("leader"), undertaking_version=Ref("leader", 1))
    done = answer(course, "fulfil_undertaking", seat, "undertaking_open", on, due, fails=fails, note="包案承诺未兑现")
    if done:
        _act(course, done, seat, Ref("leader"), undertaking_version=Ref("leader", 2))


def bundle(course: Course, fails: bool) -> None:
    """Several officials answer for one matter; the last of them acts in time, late or never."""
    on = begun(course)
    due = term(course, on)
    seats = [course.county.seat(f"{unit}-deputy", on) for unit in (GOVERNMENT, BUREAU, course.unit_id)]
    course.story.act(
        on,
        _head(course, on),
        c.AssignBundle,
        label="bundle",
        records=1 + len(seats),
        members=tuple(s.official_id for s in seats),
        act_by=due,
        origin=f"conference/{on:%Y-%m}",
    )
    for n, seat in enumerate(seats[:-1], 1):
        _act(course, course.day(on, 2, 8), seat, Ref("bundle", n))
    last = seats[-1]
    done = answer(course, "leader_case_action", last, "leader_no_action", on, due, fails=fails, note="包案组成员未推进")
    if done:
        _act(course, done, last, Ref("bundle", len(seats)))


def lead_unit(course: Course, fails: bool) -> None:
    """Several organs: a lead unit and those that take part, and who leads on the issue. No duty by itself."""
    if fails:
        raise AssertionError("naming a lead unit gives rise to no duty")
    on = begun(course)
    other = course.rng.choice(course.county.handling(course.unit_id))
    course.story.act(on, _head(course, on), c.NameCompetentBody, lead_unit_id=course.unit_id, with_unit_ids=(other,))
    course.story.act(
        on,
        _head(course, on),
        c.DesignateLeadUnit,
        lead_unit_id=course.unit_id,
        leader_official_id=_deputy(course).official_id,
        issue_kind=course.rng.choice(("regional", "sectoral", "policy", "group")),
    )
    helper = course.staff(other)
    course.story.act(course.day(on, 3, 12), helper, c.NoteProgress, step="联合调查")


def _deputy(course: Course) -> Seat:
    return course.county.seat(f"{GOVERNMENT}-deputy", course.accepted)


def _head(course: Course, day: date) -> Seat:
    return course.county.seat(f"{GOVERNMENT}-head", day)


def _assign(course: Course, day: date, seat: Seat, due: date | None, *, undertakings: tuple[str, ...] = ()) -> None:
    course.story.act(
        day,
        _head(course, day),
        c.AssignCaseLeader,
        label="leader",
        records=1 + len(undertakings),
        leader_unit_id=seat.unit_id,
        leader_official_id=seat.official_id,
        leader_post_id=seat.post_id,
        act_by=due,
        undertakings=undertakings,
    )


def _act(course: Course, day: date, seat: Seat, assignment: Ref, **more: Any) -> None:
    course.story.act(day, seat, c.TakeLeaderAction, assignment_version=assignment, evidence=digest(course), **more)
