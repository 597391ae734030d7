"""
Leads where a channel was in use and nobody was named for it: a petition arrived at a unit by a channel for which, on
that day, the unit's filings name no post, or only posts that nobody held (来信专人看、来访专人接).

A naming holds from its day until the unit's next one for that channel; the number 0 ends it. Only what was claimed and
recorded by the question's view counts. tests/audit/test_channels.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.lead import Lead
from domain.case import events as e
from domain.law.lead_rules import CHANNEL_OFFICER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, tzinfo

    from domain.law.lead_rules import LeadRule
    from domain.people.register import Register
    from domain.recorded import Recorded

POST = "post/"


def unattended(
    seen: Sequence[Recorded], filed: Iterable[Recorded], people: Register, rules: Iterable[LeadRule], zone: str
) -> Iterator[Lead]:
    """The leads of one case. `seen` is the view of its stream, `filed` what offices filed."""
    wanted = [r for r in rules if r.kind == CHANNEL_OFFICER]
    arrivals = [(r, r.event) for r in seen if isinstance(r.event, e.PetitionReceived)] if wanted else []
    if not arrivals:
        return
    tz = ZoneInfo(zone)
    namings = sorted(
        ((_day(r, tz), r.log_index, r.event) for r in filed if isinstance(r.event, e.ActFiled)),
        key=lambda naming: naming[:2],
    )
    for r, event in arrivals:
        day = r.occurred_at.astimezone(tz).date()
        for rule in wanted:
            own = [
                (index, f)
                for since, index, f in namings
                if f.kind == rule.filed and f.unit_id == event.unit_id and event.channel in f.numbers and since <= day
            ]
            if not own or own[-1][1].numbers[event.channel] == 0:
                yield Lead(rule.lead, r.stream, f"{day} 渠道 {event.channel} 无指定人员", (r.log_index,), rule=rule)
                continue
            index, naming = own[-1]
            posts = [ref.removeprefix(POST) for ref in naming.refers_to if ref.startswith(POST)]
            if not any(people.in_post_on(post, day) for post in posts if post in people.posts):
                said = f"{day} 渠道 {event.channel} 的指定岗位 {'、'.join(posts)} 无人"
                yield Lead(rule.lead, r.stream, said, (index, r.log_index), rule=rule)


def _day(filed: Recorded, tz: tzinfo) -> date:
    """The day from which a naming holds: the first of the period it gives, else its own."""
    since: date | None = getattr(filed.event, "period_from", None)
    return since or filed.occurred_at.astimezone(tz).date()
