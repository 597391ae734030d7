"""
Whom to remind, as of a day: holders of open duties whose due day is as near as a pack's reminder says.

Nobody is reminded twice by one rule of one duty, and nobody who acted: a duty claimed or ended, or whose reminder was
acknowledged, is left alone. That a reminder was sent is the act `reminder.sent` in the case, naming the duty by its
rule and the version of its trigger; or a filed act naming `duty/<id>`, as its acknowledgement may be.
tests/audit/test_reminders.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from audit.findings import resolve
from audit.report import unit
from domain.case.events.filed import ActFiled
from domain.case.events.supervision import ReminderSent
from domain.duties.due import UNDETERMINED
from domain.duties.standing import due_date

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from audit.findings import Finding
    from domain.duties.values import Party
    from domain.law.calendar import Calendar
    from domain.law.in_force import Law
    from domain.law.reminding import ReminderRule
    from domain.law.rules import Limit
    from domain.recorded import Recorded

ONE_DAY = timedelta(days=1)
SENT, ACKNOWLEDGED = "reminder_sent", "reminder_acknowledged"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One open duty to be reminded of since `since`, by that rule; `holder` has it now."""

    finding: Finding
    rule: ReminderRule
    since: date
    due: date
    holder: Party


def reminders(found: Iterable[Finding], law: Law, said: Iterable[Recorded], as_of: date | datetime) -> list[Reminder]:
    """
    The reminders wanted as of a day, by due day and then in the order of the log. One duty, one reminder. `said`: what
    was filed, and the reminders sent in cases.
    """
    done = _answered(said, law, as_of)
    rules = [rule for local in law.local for rule in local.reminders]
    wanted: list[Reminder] = []
    for finding in found:
        due = due_date(finding.duty)
        if finding.now.state != "open" or finding.duty.ended is not None or due in (None, UNDETERMINED) or due is None:
            continue
        duty = finding.duty
        named = (duty.stream, duty.obligation, duty.trigger.version)
        if duty.duty_id in done or named in done or not finding.now.held:
            continue
        day = finding.now.day
        for rule in rules:
            since = before(due, rule.before, law.calendar)
            if rule.concerns(finding.duty.obligation) and since <= day <= due:
                wanted.append(Reminder(finding, rule, since, due, finding.now.held[-1].interval.held_by))
                break
    return sorted(wanted, key=lambda r: (r.due, r.finding.order))


def before(due: date, limit: Limit, calendar: Calendar) -> date:
    """The day that lies so many counted days before the due day, which is not counted itself."""
    day, left = due, limit.days
    while left > 0:
        day -= ONE_DAY
        if limit.counted_in != "working days" or calendar.is_working(day):
            left -= 1
    return day


def to_json(reminder: Reminder, law: Law) -> dict[str, Any]:
    """A reminder as JSON."""
    duty, holder = reminder.finding.duty, reminder.holder
    official = holder.official_id
    return {
        "reminder": reminder.rule.reminder,
        "reminder_name": reminder.rule.name_zh,
        "case_no": duty.case_no,
        "stream": duty.stream,
        "duty": duty.obligation,
        "duty_name": duty.rule.name_zh,
        "duty_id": duty.duty_id,
        "unit": unit(holder.unit_id, law.people),
        "person": None if official is None else {"id": official, "name": law.people.official_name(official)},
        "since": reminder.since.isoformat(),
        "due_on": reminder.due.isoformat(),
    }


def _answered(said: Iterable[Recorded], law: Law, as_of: date | datetime) -> set[str | tuple[str, str, int]]:
    """The duties whose reminder was sent, or acknowledged, by then: by their id, or by stream, rule and trigger."""
    found: set[str | tuple[str, str, int]] = set()
    moment = resolve(as_of, law.rules.zone("")).moment
    for recorded in said:
        event = recorded.event
        if recorded.occurred_at > moment:
            continue
        if isinstance(event, ReminderSent):
            found.add((recorded.stream, event.of_obligation, event.trigger_version))
        elif isinstance(event, ActFiled) and event.kind in (SENT, ACKNOWLEDGED):
            found |= {r.removeprefix("duty/") for r in event.refers_to if r.startswith("duty/")}
    return found
