"""
What somebody says the cause is: theirs, signed, beside what the events show; and where the log says otherwise, a lead.

A statement is no finding and moves no day. It stands until who made it takes it back. A contradiction is a lead: the
balance may be bound, the posts may be another's. tests/audit/test_stated_causes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.lead import Lead
from domain.case import events as e
from domain.law.lead_rules import CONTRADICTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from domain.duties.values import AsOf, Duty
    from domain.law.lead_rules import LeadRule
    from domain.recorded import Recorded

BLOCKED = "dependency_blocked"
ACCEPTING = (e.PetitionAccepted, e.AcceptanceNoticeServed)


def statements(duty: Duty, history: Sequence[Recorded]) -> Iterator[tuple[str, Recorded]]:
    """The causes stated for a duty that nobody took back, and blocks that nobody else acknowledged: code and act."""
    named = (duty.obligation, duty.trigger.version)
    for r in standing(history):
        event = r.event
        if isinstance(event, e.CauseStated) and (event.obligation, event.trigger_version) == named:
            yield event.cause, r
    for r in history:
        event = r.event
        is_of_it = isinstance(event, e.DutyBlocked) and (event.obligation, event.trigger_version) == named
        if is_of_it and r.log_index not in duty.blocked:
            yield BLOCKED, r


def standing(history: Sequence[Recorded]) -> list[Recorded]:
    """The statements of a case that were not taken back."""
    back = {r.event.statement_version for r in history if isinstance(r.event, e.CauseStatementWithdrawn)}
    return [r for r in history if isinstance(r.event, e.CauseStated) and r.version not in back]


def contradictions(
    seen: Sequence[Recorded], filed: Sequence[Recorded], rules: Iterable[LeadRule], at: AsOf
) -> Iterator[Lead]:
    """Stated causes that another record of the same unit, or of the case, speaks against."""
    known = sorted(
        (r for r in (*seen, *filed) if r.occurred_at <= at.moment), key=lambda r: (r.occurred_at, r.log_index)
    )
    reports = [(r.log_index, r.event) for r in known if isinstance(r.event, e.ActFiled)]
    contradicting = [r for r in rules if r.kind == CONTRADICTED]
    for said in standing(seen):
        event = said.event
        if not isinstance(event, e.CauseStated):
            continue
        for rule in contradicting:
            if rule.cause == event.cause and (report := _report(reports, event.unit_id, rule)) is not None:
                index, number = report
                measure = f"同一单位所报 {rule.number} 为 {number}"
                yield Lead(rule.lead, said.stream, measure, (index, said.log_index), rule=rule)
        before = [r for r in seen if r.occurred_at <= said.occurred_at and r.log_index != said.log_index]
        if event.cause == "litigation_pending" and not any(isinstance(r.event, e.DivertedToJustice) for r in before):
            yield Lead("litigation_not_on_record", said.stream, "称诉讼在途，未记录导入司法途径", (said.log_index,))
        accepted = [r for r in before if isinstance(r.event, ACCEPTING) and r.event.unit_id == event.unit_id]
        if event.cause == "no_authority" and accepted:
            evidence = (accepted[-1].log_index, said.log_index)
            yield Lead("no_authority_after_acceptance", said.stream, "称无权限，而本单位此前已受理", evidence)


def _report(reports: Sequence[tuple[int, e.ActFiled]], unit_id: str, rule: LeadRule) -> tuple[int, int] | None:
    """Log index and number of the unit's newest report of that kind, where it says that there is something."""
    own = [(i, f.numbers.get(rule.number, 0)) for i, f in reports if (f.unit_id, f.kind) == (unit_id, rule.filed)]
    return own[-1] if own and own[-1][1] > 0 else None
