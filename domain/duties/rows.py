"""
From a draft to a row: the holding intervals, whom each day is charged to, and everything the row cites.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.case.events import name_of
from domain.duties import holding
from domain.duties.blocks import block
from domain.duties.values import Duty, End, duty_id

if TYPE_CHECKING:
    from datetime import date

    from domain.duties.draft import Draft
    from domain.duties.engine import Fold
    from domain.duties.matter import Matter, Objection
    from domain.law.rules import Limit
    from domain.recorded import Recorded

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A duty, and what it was made from: while that stays as it is, so does the duty."""

    duty: Duty
    told: tuple[Any, ...]
    units: tuple[str, ...]  # whose assignments count in it
    assigned: tuple[int, ...]  # how many there were for each


def told(draft: Draft, of_matter: tuple[Any, ...]) -> tuple[Any, ...]:
    """
    Everything besides assignments in which one `row` of a draft may differ from the last: lists only grow, and what
    stands in them stays, but for an objection's decision. What `row` comes to read must be named here or below.
    """
    counts = (len(draft.passed), len(draft.contradicted), len(draft.marks), len(draft.extensions))
    return (draft.ended, draft.claim, draft.extra_days, counts, of_matter)


def told_of(matter: Matter) -> tuple[Any, ...]:
    """The same of the matter, for all its duties."""
    decided = sum(1 for o in matter.objections.values() if o.decided is not None)
    return (len(matter.objections), decided, tuple(matter.hearings), matter.watched_from)


def _counted(fold: Fold, units: tuple[str, ...], stop: date | None) -> tuple[int, ...]:
    """How many assignments there are for each unit; those after the day a duty ended stand for nobody in it."""
    known = (fold.matter.assigned.get(u, ()) for u in units)
    return tuple(len(a) if stop is None else bisect_right(a, stop, key=lambda x: x.on) for a in known)


def row(fold: Fold, draft: Draft, case_no: str, of_matter: tuple[Any, ...], before: Row | None) -> Row:
    """
    The duty as the acts folded so far have it: the very one of `before` where none of them bears on it, and then with
    the `acts` and `course` of that time.
    """
    made_from = told(draft, of_matter)
    if (
        before is not None
        and before.told == made_from
        and _counted(fold, before.units, _stop(draft)) == before.assigned
    ):
        return before
    matter, people = fold.matter, fold.people
    ended = draft.ended
    if ended is None and draft.claim is not None:
        at = draft.claim.occurred_at
        ended = End("claimed", name_of(draft.claim.topic), at, matter.day(draft.claim), (draft.claim.log_index,))
    stop = _stop(draft)
    due = fold.due_of(draft, stop)
    spans = holding.unit_spans(
        draft.bearer,
        [(p.on, p.unit_id, p.log_index) for p in draft.passed],
        arose_on=draft.arose_on,
        ended_on=stop,
        trigger_index=draft.trigger.log_index,
    )
    spans = holding.succeed(spans, people)
    spans, blocked = block(fold, draft, spans)
    objections = [] if draft.rule.obligation == "decide_objection" else list(_objections(fold, draft))
    contested_since = None
    for objection, received_on in objections:
        spans = holding.contest(spans, objection, _cap(fold), fold.calendar)
        if objection.result is None:
            contested_since = objection.made_on
        if objection.result == "upheld" and received_on is not None:
            spans = holding.misdirect(spans, objection, received_on)
    for pause in due.suspended if due is not None else ():
        spans = holding.suspend(spans, pause)
    if ended is not None and ended.kind == "excused":
        spans = holding.excuse(spans, ended.evidence[-1])
    assigned = matter.assigned if draft.own is None else {**matter.assigned, draft.bearer: [draft.own]}
    bearer = fold.stands.for_unit(draft.bearer, draft.arose_on + ONE_DAY, assigned.get(draft.bearer, ()))
    contradicted = _contradiction(draft)
    trace = due.trace if due is not None else ()
    marks = [*draft.marks, *(["before_go_live"] if matter.is_before_watch(draft.trigger) else ())]
    if draft.due_at is not None:
        trace = (f"来源给定的到期时刻 {draft.due_at.isoformat()}",)
    name = draft.rule.obligation if not draft.is_second else f"{draft.rule.pack_id}:{draft.rule.obligation}"
    duty = Duty(
        duty_id=duty_id(draft.trigger.stream, draft.trigger.log_index, name),
        rule=draft.rule,
        stream=draft.trigger.stream,
        case_no=case_no,
        source=fold.source,
        zone=matter.zone.key,
        trigger=draft.trigger,
        arose_at=draft.arose_at,
        arose_on=draft.arose_on,
        bearer=draft.party or bearer.party,
        bearer_note=bearer.note if draft.party is None else None,
        breach_kind=draft.breach_kind,
        due_on=due.on if due is not None else None,
        due_at=draft.due_at,
        is_provisional=due.is_provisional if due is not None else False,
        trace=trace,
        intervals=holding.to_parties(spans, assigned, fold.stands),
        ended=ended,
        contested_since=contested_since if ended is None else None,
        extensions=tuple(draft.extensions),
        marks=tuple(dict.fromkeys(marks)),
        disputed_at=contradicted.occurred_at if contradicted is not None else None,
        disputed_by=contradicted.log_index if contradicted is not None else None,
        objections=tuple(
            (o.recorded.log_index, o.decided.log_index if o.decided is not None else None) for o, _ in objections
        ),
        late_objections=tuple(
            (o.made_on, o.recorded.log_index)
            for o in matter.objections.values()
            if o.hand_over_version == draft.hand_over and not o.is_in_time and draft.rule.kind == "duty"
        ),
        blocked=blocked,
        issuer=draft.issuer,
        issued_by=draft.issued_by,
        acts=fold.acts,
        course=fold.course,
        first_receipt_on=matter.first_receipt_on,
    )
    units = tuple({draft.bearer, *(s.unit_id for s in spans), *(s.charged for s in spans if s.charged is not None)})
    return Row(duty, made_from, units, _counted(fold, units, stop))


def _stop(draft: Draft) -> date | None:
    """The day after which the duty has no days; None while it runs."""
    if draft.rule.kind == "ban":
        return draft.arose_on  # broken by one act: it has no days
    return draft.ended.on if draft.ended is not None and draft.ended.kind != "claimed" else None


def _objections(fold: Fold, draft: Draft) -> list[tuple[Objection, date | None]]:
    """
    The objections in time that contest this duty: to the hand-over it arose from, or to one that passed it on (then
    with the day of that receipt).
    """
    passed = {p.hand_over: p.on for p in draft.passed if p.hand_over is not None}
    return [
        (o, passed.get(o.hand_over_version))
        for o in fold.matter.objections.values()
        if o.is_in_time and (o.hand_over_version == draft.hand_over or o.hand_over_version in passed)
    ]


def _contradiction(draft: Draft) -> Recorded | None:
    """The first act that contradicts the discharge it follows, unless the petitioner confirmed after it."""
    ended = draft.ended
    if ended is None or ended.kind != "discharged":
        return None
    for act in draft.contradicted:
        is_confirmed = ended.name == name_of(e.PetitionerConfirmed.TOPIC) and act.log_index < ended.evidence[-1]
        if act.occurred_at >= ended.at and not is_confirmed:
            return act
    return None


def _cap(fold: Fold) -> Limit | None:
    for pack in fold.rules.for_source(fold.source):
        for rule in pack.rules:
            if rule.recharge_cap is not None:
                return rule.recharge_cap
    return None
