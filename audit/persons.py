"""
Who answers: direct and leadership responsibility of a breach, from the posts held on the due day.

The lines say which posts answer. They are no finding: that needs the person's own answer first (duties.md).
Source: 信访工作责任制实施办法 (2016) art. 4-7, 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.duties.standing import answered_for_on
from domain.duties.values import Party

if TYPE_CHECKING:
    from domain.duties.standing import Standing
    from domain.duties.values import Duty
    from domain.people.register import Register


@dataclass(frozen=True, slots=True)
class Responsible:
    """One line: which party, in which responsibility, on which ground."""

    party: Party
    responsibility: str  # direct | main_leadership
    ground: str


def responsible(duty: Duty, now: Standing, people: Register) -> tuple[Responsible, ...]:
    """
    The breacher directly; the main leader and the leaders in charge of its unit on the due day. A vacant post is shown
    with nobody in it, and the next leader answers.
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
    return tuple(lines)
