"""
Who answers: direct and leadership responsibility of a breach, from the posts held on the due day.

The lines say which posts answer. They are no finding: that needs the person's own answer first (duties.md).
Source: 信访工作责任制实施办法 (2016) art. 4-7, 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.duties.standing import answered_for_on
from domain.duties.values import Party

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from domain.duties.standing import Standing
    from domain.duties.values import Duty
    from domain.people.register import Register
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Responsible:
    """One line: which party, in which responsibility, on which ground."""

    party: Party
    responsibility: str  # direct | main_leadership | important_leadership
    ground: str


def responsible(
    duty: Duty, now: Standing, people: Register, dissented: Sequence[Recorded] = ()
) -> tuple[Responsible, ...]:
    """
    The breacher directly; the main leader and the leaders in charge of its unit on the due day. A vacant post is shown
    with nobody in it, and the next leader answers. Of a duty that a collective decision made, its other participants
    bear important leadership responsibility, unless their dissent stands in its record: `dissented`.
    """
    due = answered_for_on(duty)
    if now.breacher is None or due is None:
        return ()
    lines = [Responsible(now.breacher, "direct", "charged_with_due_day")]
    for post in people.leading_posts(now.breacher.unit_id, due):
        if post.post_id == now.breacher.post_id:
            continue
        holder = people.holder_of(post.post_id, due)
        official = holder.official_id if holder is not None else None
        if official is not None and official == now.breacher.official_id:
            continue
        ground = "vacant_post" if official is None else f"{post.rank}_on_due_day"
        lines.append(Responsible(Party(post.unit_id, official, post.post_id), "main_leadership", ground))
    named = {line.party.official_id for line in lines}
    free = _free(duty, due, dissented)
    decision = duty.trigger.event
    for official in decision.participants if isinstance(decision, e.MeetingDecisionMade) else ():
        if official not in named | free:
            party = _in_post(official, duty, people)
            lines.append(Responsible(party, "important_leadership", "took_part_in_decision"))
    return tuple(lines)


def _free(duty: Duty, due: date, dissented: Sequence[Recorded]) -> set[str]:
    """
    Whose dissent is of the meeting's own day and was on record by the due day: one entered when the outcome was known
    frees nobody.
    """
    return {
        r.event.dissenting_official_id
        for r in dissented
        if isinstance(r.event, e.DissentRecorded)
        and r.event.decision_version == duty.trigger.version
        and duty.day(r.occurred_at) == duty.arose_on
        and (r.imported or duty.day(r.recorded_at) <= due)
    }


def _in_post(official: str, duty: Duty, people: Register) -> Party:
    """The official, in the post held on the day of the decision; where none is recorded, for the body that decided."""
    for post in people.official_posts.get(official, ()):
        if any(a.official_id == official for a in people.in_post_on(post, duty.arose_on)):
            return Party(people.posts[post].unit_id, official, post)
    decision: Any = duty.trigger.event
    return Party(decision.unit_id, official, None)
