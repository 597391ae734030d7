"""
Why: the patterns of the cause taxonomy that the events of a case show, the earliest first.

`inferred` is what events show by themselves; `lead` must be confirmed by a person before anybody may rely on it. Names
are neutral: they say what is and what is not recorded, never what somebody wanted. tests/audit/test_causes.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.case import events as e
from domain.duties.standing import due_date
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.duties.standing import Standing
    from domain.duties.values import AsOf, Duty
    from domain.law.in_force import Law
    from domain.recorded import Recorded

SPECIFIC, GENERIC = 0, 1  # on the same day, what explains goes before what restates
PINGPONG = 2  # objections or returns on one case (cause-taxonomy: "two or more")


@dataclass(frozen=True, slots=True)
class Cause:
    """A pattern that holds, since when, and the log indexes of the events that show it."""

    code: str
    kind: str  # inferred | lead
    since: date
    evidence: tuple[int, ...]
    rank: int = SPECIFIC


def causes(duty: Duty, now: Standing, history: Sequence[Recorded], law: Law, as_of: AsOf) -> tuple[Cause, ...]:
    """
    Every pattern that holds for a duty that failed; empty for one that did not.
    """
    if now.state == "no_due":
        return (Cause("no_due_date", "inferred", duty.arose_on, (duty.trigger.log_index,)),)
    if now.state not in ("breached", "met_late", "disputed") and not now.invalid_extension:
        return ()
    found = [
        *_holder_patterns(now, law),
        *_objection_patterns(duty, history),
        *_silence(duty, law, as_of),
        *_extension_patterns(duty),
        *_disputed(duty),
        *_unsigned(duty, history, as_of),
        *_breach_itself(duty, now),
    ]
    unique: dict[str, Cause] = {}
    for cause in sorted(found, key=lambda c: (c.since, c.rank, c.code)):
        unique.setdefault(cause.code, cause)
    return tuple(unique.values())


def _holder_patterns(now: Standing, law: Law) -> Iterator[Cause]:
    """Nobody in the post, nobody assigned, or the assigned official gone, on the due day."""
    interval = now.breach_interval
    if interval is None or interval.note is None:
        return
    evidence = interval.evidence
    if interval.held_by.post_id is not None:
        ends = [
            a.ended_at_index if a.ended_at_index is not None else a.log_index
            for a in law.people.appointments.get(interval.held_by.post_id, ())
            if a.to_on <= interval.after
        ]
        evidence = (*evidence, *ends[-1:])
    yield Cause(interval.note, "inferred", interval.after + timedelta(days=1), evidence)


def _objection_patterns(duty: Duty, history: Sequence[Recorded]) -> Iterator[Cause]:
    due = due_date(duty) or date.max
    days = {r.log_index: duty.day(r.occurred_at) for r in history}
    objections = [r for r in history if isinstance(r.event, e.JurisdictionObjected)]
    arose = duty.arose_at
    if len(objections) >= PINGPONG:
        second = objections[PINGPONG - 1]
        since = duty.day(second.occurred_at)
        if second.occurred_at >= arose and since <= due:
            yield Cause("pingpong", "inferred", since, tuple(o.log_index for o in objections))
    for made, decided in duty.objections:
        made_on = days[made]
        if made_on <= due and (decided is None or days[decided] > due):
            evidence = (made,) if decided is None else (made, decided)
            yield Cause("objection_undecided", "inferred", made_on, evidence)
    if "late_objection" in duty.marks:
        late = [o.log_index for o in objections if o.occurred_at >= arose]
        yield Cause("late_objection", "inferred", due, tuple(late))


def _silence(duty: Duty, law: Law, as_of: AsOf) -> Iterator[Cause]:
    """No event by the units that held it for longer than the pack's convention, while the duty ran."""
    limit = law.rules.conventions(duty.source).silent_after
    if limit is None:
        return
    ended = duty.ended.on if duty.ended is not None else as_of.day
    units = {i.held_by.unit_id for i in duty.intervals}
    previous, index = duty.arose_on, duty.trigger.log_index
    acts = sorted((a for a in duty.acts if a[2] in units and a[0] <= ended), key=lambda a: (a[0], a[1]))
    for day, log_index, _ in (*acts, (ended, None, "")):
        silent_from = count(previous, limit.days, limit.counted_in, law.calendar).day
        if day > silent_from:
            evidence = (index,) if log_index is None else (index, log_index)
            yield Cause("no_event_for_n_days", "inferred", silent_from + timedelta(days=1), evidence)
            return
        if log_index is not None:
            previous, index = day, log_index


def _extension_patterns(duty: Duty) -> Iterator[Cause]:
    due = due_date(duty) or duty.arose_on
    for extension in duty.extensions:
        evidence = (extension.log_index,)
        if "extension_wrong_post" in extension.defects:
            yield Cause("extension_wrong_post", "inferred", min(extension.approved_on, due), evidence)
        if "extension_late" in extension.defects:
            yield Cause("extension_unapproved", "inferred", due, evidence)
        if "extension_too_long" in extension.defects:
            yield Cause("extension_too_long", "inferred", extension.approved_on, evidence)
        if "extension_repeated" in extension.defects:
            yield Cause("extension_repeated", "inferred", extension.approved_on, evidence)


def _disputed(duty: Duty) -> Iterator[Cause]:
    if duty.disputed_at is not None and duty.ended is not None:
        yield Cause("execution_contradicted", "lead", duty.day(duty.disputed_at), duty.ended.evidence)


def _unsigned(duty: Duty, history: Sequence[Recorded], as_of: AsOf) -> Iterator[Cause]:
    """The matter was sent on and nobody signed for it while the duty ran out."""
    due = due_date(duty)
    if due is None:
        return
    signed = {r.event.of_version for r in history if isinstance(r.event, e.ReceiptSigned)}
    for r in history:
        if isinstance(r.event, (e.PetitionReferred, e.PetitionAssigned)) and r.version not in signed:
            sent_on = duty.day(r.occurred_at)
            if r.occurred_at >= duty.arose_at and sent_on <= due < as_of.day:
                yield Cause("not_signed_for", "inferred", due, (r.log_index,))


def _breach_itself(duty: Duty, now: Standing) -> Iterator[Cause]:
    """What remains where events show no more than the breach: its name in the pack."""
    if now.state in ("breached", "met_late"):
        due = due_date(duty) or duty.arose_on
        evidence = (duty.trigger.log_index, *(duty.ended.evidence if duty.ended is not None else ()))
        yield Cause(duty.rule.cause, "inferred", due, evidence, GENERIC)
