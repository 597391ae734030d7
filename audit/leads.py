"""
Leads: places where a person should look. A lead is never a verdict, names nobody as breacher and states its measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.findings import Finding, resolve
from domain.case import events as e
from domain.duties.engine import split_stream
from domain.duties.view import view
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime, timedelta

    from domain.law.in_force import Law
    from domain.recorded import Recorded

ENDS = (e.PetitionConcluded, e.ReplyServed, e.HandlingOpinionServed, e.CaseClosed)


@dataclass(frozen=True, slots=True)
class Lead:
    """One place to look at: `measure` says what was counted, `evidence` where it stands."""

    code: str
    stream: str
    measure: str
    evidence: tuple[int, ...]


def leads(history: Sequence[Recorded], found: Sequence[Finding], law: Law, as_of: date | datetime) -> list[Lead]:
    """Every lead of one case, from its acts and its duties as of a day."""
    if not history:
        return []
    stream = history[0].stream
    source, _ = split_stream(stream)
    zone = law.rules.zone(source)
    at = resolve(as_of, zone)
    acts = view(history, at.moment)
    return [
        *_order(acts, stream),
        *_late_entries(acts, stream, law, source, zone),
        *_reopened(acts, stream),
        *(lead for f in found for lead in _of_duty(f, law, at.day)),
    ]


def _order(acts: Sequence[Recorded], stream: str) -> Iterator[Lead]:
    """An end that is claimed to lie before the beginning."""
    starts = [r for r in acts if isinstance(r.event, (e.PetitionReceived, e.PetitionRegistered))]
    ends = [r for r in acts if isinstance(r.event, ENDS)]
    if starts and ends and ends[0].occurred_at < starts[0].occurred_at:
        gap = starts[0].occurred_at - ends[0].occurred_at
        yield Lead("order_implausible", stream, f"结束早于开始 {_span(gap)}", (starts[0].log_index, ends[0].log_index))


def _late_entries(acts: Sequence[Recorded], stream: str, law: Law, source: str, zone: str) -> Iterator[Lead]:
    """Acts recorded long after the time they claim: past the pack's grace for entries."""
    grace = law.rules.conventions(source).entry_grace
    if grace is None:
        return
    tz = ZoneInfo(zone)
    for r in acts:
        claimed_on, recorded_on = r.occurred_at.astimezone(tz).date(), r.recorded_at.astimezone(tz).date()
        if not r.imported and recorded_on > claimed_on:
            last = count(claimed_on, grace.days, grace.counted_in, law.calendar).day
            if recorded_on > last:
                yield Lead("recorded_late", stream, f"补录晚 {(recorded_on - claimed_on).days} 日", (r.log_index,))


def _reopened(acts: Sequence[Recorded], stream: str) -> Iterator[Lead]:
    """Closed, and the same matter arrived again."""
    closed: Recorded | None = None
    for r in acts:
        if isinstance(r.event, e.CaseClosed):
            closed = r
        elif isinstance(r.event, e.PetitionLinked) and closed is not None:
            days = (r.occurred_at - closed.occurred_at).days
            yield Lead("false_closure", stream, f"办结后 {days} 日重复信访", (closed.log_index, r.log_index))


def _of_duty(finding: Finding, law: Law, today: date) -> Iterator[Lead]:
    duty, now = finding.duty, finding.now
    if now.state == "met_on_claim" and duty.ended is not None:
        yield Lead("met_on_claim", duty.stream, "到期后补录，仅凭承办方自述", duty.ended.evidence)
    limit = duty.rule.lead_after
    if now.state in ("open_undated", "done", "contested") and limit is not None:
        ended = duty.ended.on if duty.ended is not None else today
        last = count(duty.arose_on, limit.days, limit.counted_in, law.calendar).day
        if ended > last:
            code = f"{duty.obligation}_slow"
            measure = f"历时 {(ended - duty.arose_on).days} 日，惯例 {limit.printed()}"
            yield Lead(code, duty.stream, measure, (duty.trigger.log_index,))
    for mark in ("misdirected", "late_objection"):
        if mark in duty.marks:
            yield Lead(mark, duty.stream, duty.rule.name_zh, (duty.trigger.log_index,))


def _span(gap: timedelta) -> str:
    return f"{gap.days} 日" if gap.days else f"{gap.seconds} 秒"


def to_json(lead: Lead, places: dict[int, tuple[str, int, str]]) -> dict[str, Any]:
    source, case_no = split_stream(lead.stream)
    return {
        "code": lead.code,
        "kind": "lead",
        "case_no": case_no,
        "source": source,
        "stream": lead.stream,
        "measure": lead.measure,
        "evidence": [
            {"log_index": i, "stream": places[i][0], "version": places[i][1], "type": places[i][2]}
            for i in lead.evidence
        ],
    }
