"""
Patterns over many cases: where matters go back and forth, lie still, are held long, or come again after closing.

Every row is a place to look. Units are shown, and posts by their kind and rank; nothing here adds up a person, and
nothing follows a petitioner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.indicators.entries import IN, Entry, Facts, Period
from audit.indicators.rates import window
from audit.indicators.sums import is_open
from domain.case import events as e
from domain.duties.due import UNDETERMINED
from domain.duties.engine import course
from domain.duties.standing import due_date
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator

OWES = ("open", "breached", "contested", "open_undated", "not_started")


def patterns(facts: Facts, period: Period, zone: str) -> Iterator[Entry]:
    """What one case adds to the patterns of a period."""
    yield from hand_overs(facts, period, zone)
    yield from holding(facts, period)
    yield from came_again(facts, period)


def hand_overs(facts: Facts, period: Period, zone: str) -> Iterator[Entry]:
    """Each step from unit to unit, as an edge; a step to a unit that had passed the matter on is a return."""
    before: list[str] = []
    returns: list[int] = []
    for h in course(facts.seen, ZoneInfo(zone).key).holdings:
        if before and before[-1] != h.unit_id and period.holds(h.on):
            is_return = h.unit_id in before
            note, edge = "return" if is_return else "", f"{before[-1]}>{h.unit_id}"
            yield Entry("hand_overs", f"log/{h.log_index}", key=edge, note=note, evidence=(h.log_index,))
            if is_return:
                returns.append(h.log_index)
        if not before or before[-1] != h.unit_id:
            before.append(h.unit_id)
    if returns:
        yield Entry("went_back", facts.stream, amount=len(returns), unit=before[-1], evidence=tuple(returns))


def silent(facts: Facts, zone: str) -> Iterator[Entry]:
    """An open matter that owes something and on which nothing was recorded for longer than the pack's convention."""
    limit = facts.law.rules.conventions(facts.source).silent_after
    acts = [r for r in facts.seen if not isinstance(r.event, e.ABOUT_THE_FILE)]
    if limit is None or not acts or not is_open(facts):
        return
    if not any(f.now.state in OWES and f.duty.rule.kind == "duty" for f in facts.found):
        return
    last = acts[-1]
    if facts.at.day > count(facts.day(last), limit.days, limit.counted_in, facts.law.calendar).day:
        holdings = course(facts.seen, ZoneInfo(zone).key).holdings
        unit = holdings[-1].unit_id if holdings else ""
        days = (facts.at.day - facts.day(last)).days
        yield Entry("silent_cases", facts.stream, unit=unit, amount=days, evidence=(last.log_index,))


def holding(facts: Facts, period: Period) -> Iterator[Entry]:
    """How long each duty of the period was held, by unit and by kind and rank of post; and the days after its day."""
    people = facts.law.people
    for f in facts.found:
        due = due_date(f.duty)
        if f.duty.rule.kind != "duty" or due == UNDETERMINED or not period.holds(due):
            continue
        if f.duty.absorbed_by is not None or f.duty.rule.visible_to is not None:
            continue
        held: dict[str, int] = {}
        late: dict[str, int] = {}
        ranks: dict[str, int] = {}
        for h in f.now.held:
            party = h.interval.held_by
            held[party.unit_id] = held.get(party.unit_id, 0) + h.held_days
            late[party.unit_id] = late.get(party.unit_id, 0) + h.late_days
            post = people.posts.get(party.post_id or "")
            unit = people.units.get(party.unit_id)
            row = f"{unit.kind if unit is not None else 'other'}|{post.rank if post is not None else 'no_post'}"
            ranks[row] = ranks.get(row, 0) + h.held_days
        evidence = (f.duty.trigger.log_index,)
        for unit_id, days in held.items():
            yield Entry("held_days", f.duty.duty_id, IN, "", unit_id, days, evidence=evidence)
            if late[unit_id]:
                yield Entry("late_days", f.duty.duty_id, IN, "", unit_id, late[unit_id], evidence=evidence)
        for row, days in ranks.items():
            yield Entry("held_by_rank", f.duty.duty_id, IN, row, amount=days, evidence=evidence)


def came_again(facts: Facts, period: Period) -> Iterator[Entry]:
    """Closed, and the same matter arrived again within the pack's convention: the repeat lies in the period."""
    closed, last = facts.last(e.CaseClosed), window(facts)
    if closed is None or last is None:
        return
    for r in facts.acts(e.PetitionLinked):
        is_repeat = isinstance(r.event, e.PetitionLinked) and r.event.kind == "repeat"
        is_after = (r.occurred_at, r.log_index) > (closed.occurred_at, closed.log_index)
        if is_repeat and is_after and period.holds(facts.day(r)) and facts.day(r) <= last:
            days = (facts.day(r) - facts.day(closed)).days
            unit = closed.event.unit_id if isinstance(closed.event, e.CaseClosed) else ""
            evidence = (closed.log_index, r.log_index)
            yield Entry("closed_then_repeated", facts.stream, unit=unit, amount=days, evidence=evidence)
