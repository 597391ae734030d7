"""
Leads from what acts leave behind, by the rules of the packs: an answer minutes after acceptance, one person where two
should have been, items of a claim that no opinion answered, many entries just before a report day.

The acts of one case are read as of a question's view; entries are counted by when they were recorded, which nobody
claims. tests/audit/test_traces.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.lead import Lead
from domain.case import events as e
from domain.case.events import name_of
from domain.duties.engine import split_stream
from domain.law.lead_rules import BURST, QUICK, SAME_PERSON, SKIPPED_ITEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from domain.law.in_force import Law
    from domain.law.lead_rules import LeadRule
    from domain.recorded import Recorded

ONE_DAY = timedelta(days=1)
CITED = 20
ONE_MINUTE = timedelta(minutes=1)
_STEP = "progress_noted"


def traces(seen: Sequence[Recorded], rules: Iterable[LeadRule], zone: str) -> Iterator[Lead]:
    """The leads that one case's acts give. `seen` is the view of its stream."""
    for rule in rules if seen else ():
        if rule.kind == QUICK:
            yield from _quick(seen, rule, ZoneInfo(zone))
        elif rule.kind == SAME_PERSON:
            yield from _same_person(seen, rule)
        elif rule.kind == SKIPPED_ITEMS:
            yield from _skipped_items(seen, rule)


def could_be_asked(history: Sequence[Recorded], law: Law) -> list[str]:
    """The rules about two acts whose acts a case both has: what their leads are to be read against."""
    if not history:
        return []
    rules = law.lead_rules(split_stream(history[0].stream)[0])
    return [r.lead for r in rules if r.kind == SAME_PERSON and all(_pair(r, history))]


def _quick(seen: Sequence[Recorded], rule: LeadRule, zone: ZoneInfo) -> Iterator[Lead]:
    """Answered minutes after it was accepted. A time that is a bare day says nothing of minutes."""
    before: Recorded | None = None
    for r in seen:
        name = name_of(r.topic)
        if name in rule.follows:
            before = r
        elif name in rule.acts and before is not None:
            gap = r.occurred_at - before.occurred_at
            is_bare = any(_is_midnight(x.occurred_at, zone) for x in (before, r))
            if not is_bare and gap <= timedelta(minutes=rule.minutes):
                said = f"相隔 {gap // ONE_MINUTE} 分钟（规则 {rule.minutes} 分钟以内）"
                yield Lead(rule.lead, r.stream, said, (before.log_index, r.log_index), rule=rule)
            before = None


def _is_midnight(moment: datetime, zone: ZoneInfo) -> bool:
    here = moment.astimezone(zone)
    return (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0)


def _same_person(seen: Sequence[Recorded], rule: LeadRule) -> Iterator[Lead]:
    """One official did both of what two should do. Acts that name nobody are nobody's."""
    one, other = _pair(rule, seen)
    both = [official for official in one if official in other]
    if both:
        evidence = sorted({i for official in both for i in (*one[official], *other[official])})[:CITED]
        names = rule.steps or rule.acts
        yield Lead(rule.lead, seen[0].stream, f"同一人经手两步：{'、'.join(names)}", tuple(evidence), rule=rule)


def _pair(rule: LeadRule, seen: Sequence[Recorded]) -> tuple[dict[str | None, list[int]], dict[str | None, list[int]]]:
    """Per official the acts of the one and of the other kind."""
    found: tuple[dict[str | None, list[int]], dict[str | None, list[int]]] = (defaultdict(list), defaultdict(list))
    for r in seen:
        event: Any = r.event
        for n, wanted in enumerate(rule.steps or rule.acts):
            named = name_of(r.topic) == _STEP and event.step == wanted if rule.steps else name_of(r.topic) == wanted
            if named and event.official_id is not None:
                found[n][event.official_id].append(r.log_index)
    return found


def _skipped_items(seen: Sequence[Recorded], rule: LeadRule) -> Iterator[Lead]:
    """An opinion was served on a claim of several items, and some of them no act answers."""
    split = next((r for r in reversed(seen) if isinstance(r.event, e.ClaimSplit)), None)
    opinions = [r for r in seen if isinstance(r.event, e.HandlingOpinionServed)]
    if split is None or not opinions or not isinstance(split.event, e.ClaimSplit):
        return
    answered = {r.event.item for r in seen if isinstance(r.event, e.OpinionItemAnswered)}
    left = [n for n in range(1, len(split.event.items) + 1) if n not in answered]
    if left and opinions[-1].occurred_at >= split.occurred_at:
        said = f"{len(split.event.items)} 项诉求中 {len(left)} 项未见答复：第 {'、'.join(map(str, left))} 项"
        yield Lead(rule.lead, split.stream, said, (split.log_index, opinions[-1].log_index), rule=rule)


def bursts(entered: Iterable[Recorded], law: Law, until: datetime) -> list[Lead]:
    """
    Units with far more entries in the days up to a report day than before: each with both numbers. What was imported,
    and what the program itself recorded, nobody entered.
    """
    rules = [r for r in law.lead_rules("") if r.kind == BURST]
    if not rules:
        return []
    zone = ZoneInfo(law.rules.zone(""))
    per_day: dict[str, Counter[date]] = defaultdict(Counter)
    cited: dict[tuple[str, date], list[int]] = defaultdict(list)
    for r in entered:
        event: Any = r.event
        if r.imported or r.actor.official_id is None or r.recorded_at > until:
            continue
        day = r.recorded_at.astimezone(zone).date()
        per_day[event.unit_id][day] += 1
        if len(kept := cited[event.unit_id, day]) < CITED:
            kept.append(r.log_index)
    last = until.astimezone(zone).date()
    return [
        lead
        for rule in rules
        for unit_id, entries in per_day.items()
        for lead in _bursts(rule, unit_id, entries, cited, last)
    ]


def _bursts(
    rule: LeadRule, unit_id: str, entries: Counter[date], cited: dict[tuple[str, date], list[int]], last: date
) -> Iterator[Lead]:
    for report_day in sorted({_report_day(day, rule.report_day) for day in entries}):
        if report_day > last:
            continue
        days = [report_day - ONE_DAY * n for n in range(rule.days)]
        inside = sum(entries[d] for d in days)
        before_from = days[-1] - ONE_DAY * rule.baseline
        before = sum(n for d, n in entries.items() if before_from <= d < days[-1])
        # compared without a division: inside / days against percent of before / rule.baseline
        if inside >= rule.least and before and inside * rule.baseline * 100 >= before * rule.percent * rule.days:
            said = f"报表日 {report_day} 前 {rule.days} 日登记 {inside} 条，此前 {rule.baseline} 日共 {before} 条"
            evidence = tuple(i for d in sorted(days) for i in cited.get((unit_id, d), ()))[:CITED]
            yield Lead(rule.lead, f"unit/{unit_id}", said, evidence, rule=rule)


def _report_day(day: date, of_month: int) -> date:
    """The first report day on or after a day."""
    here = day.replace(day=of_month)
    return here if here >= day else (day.replace(day=1) + timedelta(days=32)).replace(day=of_month)
