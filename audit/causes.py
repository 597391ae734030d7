"""
Why: the patterns of the cause taxonomy that the events of a case show, the earliest first.

`inferred` is what events show by themselves; `lead` must be confirmed by a person before anybody may rely on it;
`stated` is what somebody says and signs for (audit/stated.py), and comes last. Names are neutral: they say what is and
what is not recorded, never what somebody wanted. tests/audit/test_causes.py.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from audit.stated import statements
from domain.case import events as e
from domain.duties.standing import due_date
from domain.duties.values import Party
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.duties.standing import Standing
    from domain.duties.values import AsOf, Duty
    from domain.law.in_force import Law
    from domain.recorded import Recorded

SPECIFIC, GENERIC = 0, 1  # on the same day, what explains goes before what restates
STATED = 2  # and what somebody says comes after everything that events show
BLOCKED = ("blocked", "blocked_in_time")
URGED_AGAIN = 2  # urgings on one duty that is not met (cause-taxonomy: "two or more")
PINGPONG = 2  # objections or returns on one case (cause-taxonomy: "two or more")


@dataclass(frozen=True, slots=True)
class Cause:
    """A pattern that holds, since when, and the log indexes of the events that show it."""

    code: str
    kind: str  # inferred | lead | stated
    since: date
    evidence: tuple[int, ...]
    rank: int = SPECIFIC
    by: Party | None = None  # of a stated cause: whose statement it is


def causes(duty: Duty, now: Standing, history: Sequence[Recorded], law: Law, as_of: AsOf) -> tuple[Cause, ...]:
    """
    Every pattern that holds for a duty that failed; empty for one that did not.
    """
    if now.state == "no_due":
        issued_by = () if duty.issued_by is None else (duty.issued_by,)
        return (Cause("no_due_date", "inferred", duty.arose_on, (*issued_by, duty.trigger.log_index)),)
    if now.state not in ("breached", "met_late", "disputed") and not now.invalid_extension:
        return ()
    if duty.rule.kind == "ban":
        evidence = (*(() if duty.issued_by is None else (duty.issued_by,)), duty.trigger.log_index)
        return (Cause(duty.breach_kind or duty.rule.cause, "inferred", duty.arose_on, evidence),)
    found = [
        *_holder_patterns(duty, now),
        *_objection_patterns(duty, history),
        *_silence(duty, law, as_of),
        *_extension_patterns(duty),
        *_disputed(duty),
        *_unsigned(duty, history, as_of),
        *_urged_again(duty, history),
        *_blocked(duty),
        *_breach_itself(duty, now),
        *_stated(duty, history),
    ]
    unique: dict[str, Cause] = {}
    for cause in sorted(found, key=lambda c: (c.rank == STATED, c.since, c.rank, c.code)):
        unique.setdefault(cause.code, cause)
    return tuple(unique.values())


def _holder_patterns(duty: Duty, now: Standing) -> Iterator[Cause]:
    """Nobody in the post, nobody assigned, or the assigned official gone: of the party charged with the due day."""
    interval = now.breach_interval
    if interval is None:
        if now.breacher is not None and duty.bearer_note is not None:
            yield Cause(duty.bearer_note, "inferred", duty.arose_on, (duty.trigger.log_index,))
        return
    if interval.charged_note is not None:
        yield Cause(interval.charged_note, "inferred", interval.after + timedelta(days=1), interval.evidence)


def _objection_patterns(duty: Duty, history: Sequence[Recorded]) -> Iterator[Cause]:
    due = due_date(duty) or date.max
    objections = [r for r in history if isinstance(r.event, e.JurisdictionObjected)]
    if not objections:
        return
    if len(objections) >= PINGPONG:
        second = objections[PINGPONG - 1]
        since = duty.day(second.occurred_at)
        if second.occurred_at >= duty.arose_at and since <= due:
            yield Cause("pingpong", "inferred", since, tuple(o.log_index for o in objections))
    named = _indexes(duty)
    days = {r.log_index: duty.day(r.occurred_at) for r in history if r.log_index in named}
    for made, decided in duty.objections:
        if days[made] <= due and (decided is None or days[decided] > due):
            evidence = (made,) if decided is None else (made, decided)
            yield Cause("objection_undecided", "inferred", days[made], evidence)
    for day, index in duty.late_objections:
        yield Cause("late_objection", "inferred", day, (index,))


def _indexes(duty: Duty) -> set[int]:
    return {i for pair in duty.objections for i in pair if i is not None}


def _silence(duty: Duty, law: Law, as_of: AsOf) -> Iterator[Cause]:
    """No event by whoever held it on the day, for longer than the pack's convention, while the duty ran."""
    limit = law.rules.conventions(duty.source).silent_after
    if limit is None or duty.rule.kind == "standing":
        return  # between two filings of a period there is nothing to record
    ended = duty.ended.on if duty.ended is not None else as_of.day
    previous, index = duty.arose_on, duty.trigger.log_index
    first = bisect_left(duty.acts, (duty.arose_on,))
    acts = sorted((a for a in duty.acts[first:] if a[0] <= ended and _held_by(duty, a[2], a[0])), key=lambda a: a[:2])
    for day, log_index, _ in (*acts, (ended, None, "")):
        silent_from = count(previous, limit.days, limit.counted_in, law.calendar).day
        if day > silent_from:
            evidence = (index,) if log_index is None else (index, log_index)
            yield Cause("no_event_for_n_days", "inferred", silent_from + timedelta(days=1), evidence)
            return
        if log_index is not None:
            previous, index = day, log_index


def _held_by(duty: Duty, unit_id: str, day: date) -> bool:
    """Whether that unit held the duty on that day: at its start, or from it on."""
    return any(
        i.held_by.unit_id == unit_id and i.after <= day and (i.until is None or day <= i.until) for i in duty.intervals
    )


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
        contradicting = () if duty.disputed_by is None else (duty.disputed_by,)
        since = duty.day(duty.disputed_at)
        yield Cause("execution_contradicted", "lead", since, (*duty.ended.evidence, *contradicting))


def _unsigned(duty: Duty, history: Sequence[Recorded], as_of: AsOf) -> Iterator[Cause]:
    """The matter was sent on and nobody signed for it while the duty ran out."""
    due = due_date(duty)
    if due is None:
        return
    signed = {r.event.of_version for r in history if isinstance(r.event, e.ReceiptSigned)}
    for r in history:
        if isinstance(r.event, (e.PetitionReferred, e.PetitionAssigned)) and r.version not in signed:
            sent_on = duty.day(r.occurred_at)
            is_holders = _held_by(duty, r.event.unit_id, sent_on)
            if is_holders and r.occurred_at >= duty.arose_at and sent_on <= due < as_of.day:
                yield Cause("not_signed_for", "inferred", due, (r.log_index,))


def _urged_again(duty: Duty, history: Sequence[Recorded]) -> Iterator[Cause]:
    """屡督不改: urged and urged again, and still not met."""
    named = (duty.obligation, duty.trigger.version)
    findings = {
        r.version
        for r in history
        if isinstance(r.event, e.BreachFindingRecorded) and (r.event.obligation, r.event.trigger_version) == named
    }
    urged = [
        r
        for r in history
        if isinstance(r.event, e.UrgingIssued)
        and (r.event.of_finding in findings or (r.event.of_obligation, r.event.trigger_version) == named)
        and (duty.ended is None or r.occurred_at < duty.ended.at)
    ]
    if len(urged) >= URGED_AGAIN:
        since = duty.day(urged[URGED_AGAIN - 1].occurred_at)
        yield Cause("repeated_urging", "inferred", since, tuple(r.log_index for r in urged))


def _blocked(duty: Duty) -> Iterator[Cause]:
    """It waited for another duty, and somebody other than the waiting side said so too."""
    for interval in duty.intervals:
        if interval.ground in BLOCKED:
            yield Cause("dependency_blocked", "inferred", interval.after + timedelta(days=1), interval.evidence)
            return


def _stated(duty: Duty, history: Sequence[Recorded]) -> Iterator[Cause]:
    for code, said in statements(duty, history):
        event: Any = said.event
        by = Party(event.unit_id, event.official_id, event.post_id)
        yield Cause(code, "stated", duty.day(said.occurred_at), (said.log_index,), STATED, by)


def _breach_itself(duty: Duty, now: Standing) -> Iterator[Cause]:
    """What remains where events show no more than the breach: its name in the pack."""
    if now.state in ("breached", "met_late"):
        due = due_date(duty) or duty.arose_on
        evidence = (duty.trigger.log_index, *(duty.ended.evidence if duty.ended is not None else ()))
        yield Cause(duty.rule.cause, "inferred", due, evidence, GENERIC)
