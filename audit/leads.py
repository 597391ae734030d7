"""
Every lead of one case: from its acts, its duties and, where they are passed in, its texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.channels import unattended
from audit.findings import Finding, resolve
from audit.lead import Lead, to_json
from audit.listed import list_leads
from audit.on_record import with_recorded
from audit.orphans import orphans
from audit.stated import contradictions
from audit.traces import traces
from domain.case import events as e
from domain.case.attempts import RULES
from domain.duties.engine import split_stream
from domain.duties.standing import due_date
from domain.duties.view import continued_until, view
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime, timedelta

    from audit.texts import TextLeads, Texts
    from domain.law.in_force import Law
    from domain.law.rules import Limit
    from domain.recorded import Recorded

__all__ = ["Lead", "leads", "to_json"]

ENDS = (e.PetitionConcluded, e.ReplyServed, e.HandlingOpinionServed, e.CaseClosed)


def leads(
    history: Sequence[Recorded],
    found: Sequence[Finding],
    law: Law,
    as_of: date | datetime,
    *,
    is_strict: bool = False,
    of_texts: TextLeads | None = None,
    texts: Texts | None = None,
    filed: Sequence[Recorded] | None = None,
) -> list[Lead]:
    """
    Every lead of one case, from its acts and its duties as of a day, and from its texts where they are given.
    `of_texts` reads case after case, so that it can say at the end what only many of them show; `filed` is what offices
    filed, against which a stated cause is held; None: it was not read, and what only it can show is not said.
    """
    if not history:
        return []
    stream = history[0].stream
    source, _ = split_stream(stream)
    zone = law.rules.zone(source)
    at = resolve(as_of, zone)
    # As claimed: what the view puts right is exactly what a lead is about.
    acts = sorted((r for r in history if r.occurred_at <= at.moment), key=lambda r: (r.occurred_at, r.log_index))
    seen = view(history, at.moment, is_strict=is_strict)
    all_leads = [
        *_order(acts, stream),
        *_late_entries(acts, stream, law, source, zone),
        *_doubted_keys(acts, stream, law),
        *_refused(acts, stream),
        *_reopened(acts, stream, law.rules.conventions(source).repeat_within, law, zone),
        *(lead for f in found for lead in _of_duty(f, law, at.day)),
        *orphans(seen, found, law, at),
        *traces(seen, law.lead_rules(source), zone),
        *list_leads(seen, law, zone),
        *_unattended(seen, filed, law, source, zone, at.moment),
        *contradictions(seen, filed or (), law.lead_rules(source), at),
        *(of_texts.of_case(seen, texts or {}) if of_texts is not None else ()),
    ]
    # What the acts show and what a duty shows may be the same two events: one lead.
    unique = list({(lead.code, lead.evidence): lead for lead in reversed(all_leads)}.values())[::-1]
    return with_recorded(unique, seen)


def _unattended(
    seen: Sequence[Recorded], filed: Sequence[Recorded] | None, law: Law, source: str, zone: str, until: datetime
) -> Iterator[Lead]:
    if filed is not None:
        known = [r for r in filed if r.occurred_at <= until]
        yield from unattended(seen, known, law.people, law.lead_rules(source), zone)


def _order(acts: Sequence[Recorded], stream: str) -> Iterator[Lead]:
    """An end claimed to lie before the beginning, an answer claimed to lie before what it answers."""
    starts = [r for r in acts if isinstance(r.event, (e.PetitionReceived, e.PetitionRegistered))]
    ends = [r for r in acts if isinstance(r.event, ENDS)]
    if starts and ends and ends[0].occurred_at < starts[0].occurred_at:
        gap = starts[0].occurred_at - ends[0].occurred_at
        yield Lead("order_implausible", stream, f"结束早于开始 {_span(gap)}", (starts[0].log_index, ends[0].log_index))
    by_version = {r.version: r for r in acts}
    for r in acts:
        refers = getattr(r.event, "REFERS", None)
        answered = by_version.get(getattr(r.event, refers)) if refers is not None else None
        if answered is not None and r.occurred_at < answered.occurred_at:
            gap = answered.occurred_at - r.occurred_at
            yield Lead(
                "order_implausible", stream, f"早于其所答复的行为 {_span(gap)}", (answered.log_index, r.log_index)
            )


def _late_entries(acts: Sequence[Recorded], stream: str, law: Law, source: str, zone: str) -> Iterator[Lead]:
    """Acts recorded long after the time they claim: past the pack's grace for entries."""
    grace = law.rules.conventions(source).entry_grace
    if grace is None:
        return
    tz = ZoneInfo(zone)
    entered = continued_until(acts)
    for r in acts:
        if entered is not None and r.occurred_at < entered:
            continue  # before the ledger was: nobody was late to enter it
        claimed_on, recorded_on = r.occurred_at.astimezone(tz).date(), r.recorded_at.astimezone(tz).date()
        if not r.imported and recorded_on > claimed_on:
            last = count(claimed_on, grace.days, grace.counted_in, law.calendar).day
            if recorded_on > last:
                yield Lead("recorded_late", stream, f"补录晚 {(recorded_on - claimed_on).days} 日", (r.log_index,))


def _refused(acts: Sequence[Recorded], stream: str) -> Iterator[Lead]:
    """Attempts at what a rule forbids, where the attempt itself matters: somebody should ask why it was tried."""
    for r in acts:
        if isinstance(r.event, e.AttemptRefused):
            yield Lead("attempt_refused", stream, f"{RULES.get(r.event.rule, r.event.rule)}（已拒绝）", (r.log_index,))


def _doubted_keys(acts: Sequence[Recorded], stream: str, law: Law) -> Iterator[Lead]:
    """Acts signed with a key that is said to have been in other hands by then. They stand; somebody should ask."""
    for r in acts:
        revoked = law.people.revoked.get(r.key_id)
        if revoked is not None and revoked.effective_at is not None and r.recorded_at >= revoked.effective_at:
            said = f"所用密钥自 {revoked.effective_at.date()} 起可能已被他人掌握"
            yield Lead("signed_with_doubted_key", stream, said, (r.log_index, revoked.log_index))


def _reopened(acts: Sequence[Recorded], stream: str, within: Limit | None, law: Law, zone: str) -> Iterator[Lead]:
    """Closed, and the same matter arrived again within the pack's convention."""
    tz = ZoneInfo(zone)
    closed: Recorded | None = None
    for r in acts:
        if isinstance(r.event, e.CaseClosed):
            closed = r
        elif isinstance(r.event, e.PetitionLinked) and r.event.kind == "repeat" and closed is not None and within:
            closed_on, linked_on = (x.occurred_at.astimezone(tz).date() for x in (closed, r))
            if linked_on <= count(closed_on, within.days, within.counted_in, law.calendar).day:
                days = (linked_on - closed_on).days
                yield Lead("false_closure", stream, f"办结后 {days} 日重复信访", (closed.log_index, r.log_index))
        elif isinstance(r.event, e.CaseReopened):
            closed = None


def _of_duty(finding: Finding, law: Law, today: date) -> Iterator[Lead]:
    duty, now = finding.duty, finding.now
    if now.state == "met_on_claim" and duty.ended is not None:
        said = "接续办理：系统启用前的行为" if "before_go_live" in duty.marks else "到期后补录"
        yield Lead("met_on_claim", duty.stream, f"{said}，仅凭承办方自述", duty.ended.evidence)
    limit = duty.rule.lead_after
    if now.state in ("open_undated", "done", "contested") and limit is not None:
        ended = duty.ended.on if duty.ended is not None else today
        last = count(duty.arose_on, limit.days, limit.counted_in, law.calendar).day
        if ended > last:
            code = f"{duty.obligation}_slow"
            measure = f"历时 {(ended - duty.arose_on).days} 日，惯例 {limit.printed()}"
            yield Lead(code, duty.stream, measure, (duty.trigger.log_index,))
    for mark in ("misdirected", "late_objection", "excuse_by_own_side", "excuse_ground_not_allowed"):
        if mark in duty.marks:
            yield Lead(mark, duty.stream, duty.rule.name_zh, (duty.trigger.log_index,))
    if (
        "order_implausible" in duty.marks
        and duty.ended is not None
        and duty.trigger.log_index not in duty.ended.evidence
    ):
        evidence = (duty.trigger.log_index, *duty.ended.evidence)
        yield Lead("order_implausible", duty.stream, f"{duty.rule.name_zh}：履行早于产生", evidence)
    yield from _late_appointments(finding, law)


def _late_appointments(finding: Finding, law: Law) -> Iterator[Lead]:
    """An appointment or its end, entered after the breach whose charged day it bears on."""
    duty, party, due = finding.duty, finding.now.breacher, due_date(finding.duty)
    if party is None or party.post_id is None or due is None:
        return
    for appointment in law.people.appointments.get(party.post_id, ()):
        for index, last_day, recorded_at in appointment.said:
            bears = appointment.from_on <= due and last_day >= duty.arose_on
            if bears and duty.day(recorded_at) > due:
                days = (duty.day(recorded_at) - due).days
                yield Lead("appointment_entered_after_breach", duty.stream, f"到期后 {days} 日才录入", (index,))


def _span(gap: timedelta) -> str:
    return f"{gap.days} 日" if gap.days else f"{gap.seconds} 秒"
