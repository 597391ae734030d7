"""
One unit, or one official for a named purpose, across cases: which duties were held, on which days, charged to whom.

Of an official there is no total, rank or threshold: the rows stand case by case, in the order of the log, each with the
load of the due day, the days charged to nobody, and what the person said. Of a unit the states are counted.
tests/audit/test_dossier.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audit import report
from domain.case import events as e
from domain.duties.standing import answered_for_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.law.in_force import Law
    from domain.people.register import Register
    from domain.recorded import Recorded

OPEN = ("open", "breached", "open_undated", "contested")
ANSWERS = (e.CauseStated, e.CauseStatementWithdrawn, e.AccountabilityReplyGiven)  # what a person says of a failure


@dataclass(slots=True)
class Dossier:
    """
    Takes case after case. `official_id` None: about the unit `unit_id`.
    """

    law: Law
    as_of: str
    log_size: int
    unit_id: str | None = None
    official_id: str | None = None
    loads: Mapping[date, int] | None = None  # counted elsewhere, where not every case is taken
    _found: list[Finding] = field(default_factory=list)
    _answers: list[Recorded] = field(default_factory=list)
    _held: list[tuple[date, date | None]] = field(default_factory=list)  # days (after, until] of every duty held

    def take(self, history: Sequence[Recorded], found: Sequence[Finding]) -> None:
        own = [f for f in sorted(found, key=lambda f: f.order) if self._is_about(f)]
        self._found += own
        for f in own:
            self._held += [
                (h.interval.after, h.interval.until) for h in f.now.held if self._is_holder(h.interval.held_by)
            ]
        if own and self.official_id is not None:
            self._answers += [
                r for r in history if isinstance(r.event, ANSWERS) and r.event.official_id == self.official_id
            ]

    @property
    def is_empty(self) -> bool:
        return not self._found

    def rows(self) -> list[dict[str, Any]]:
        """The duties held by, or charged to, the subject of this dossier."""
        return [self._row(f) for f in self._found]

    def of_person(self, purpose: str) -> dict[str, Any]:
        rows = self.rows()
        return {
            "person": {"id": self.official_id, "name": self.law.people.official_name(self.official_id or "")},
            "purpose": purpose,
            "open": [r["duty_id"] for r in rows if r["state"] in OPEN],
            "duties": rows,
            "answers": self.answers(),
            "as_of": self.as_of,
            "log_size": self.log_size,
        }

    def answers(self) -> list[dict[str, Any]]:
        """What the official said of a failure, in the cases taken."""
        return [
            {
                "log_index": r.log_index,
                "stream": r.stream,
                "version": r.version,
                "type": r.topic,
                "occurred_at": r.occurred_at.isoformat(),
                "cause": r.event.cause if isinstance(r.event, e.CauseStated) else None,
            }
            for r in self._answers
        ]

    def of_unit(self, day: date) -> dict[str, Any]:
        rows = self.rows()
        return {
            "unit": report.unit(self.unit_id or "", self.law.people),
            "leaders": leaders(self.unit_id or "", self.law.people, day),
            "by_state": dict(sorted(Counter(r["state"] for r in rows).items())),
            "charged_with_due_day": sum(1 for r in rows if r["is_charged_with_due_day"]),
            "open": [r["duty_id"] for r in rows if r["state"] in OPEN],
            "duties": rows,
            "as_of": self.as_of,
            "log_size": self.log_size,
        }

    def _row(self, f: Finding) -> dict[str, Any]:
        row = report.to_json(f, self.law, as_of=self.as_of, log_size=self.log_size)
        own = [h for h in f.now.held if self._is_holder(h.interval.held_by)]
        charged = [
            h for h in f.now.held if h.interval.charged_to is not None and self._is_holder(h.interval.charged_to)
        ]
        row["held_days"] = sum(h.held_days for h in own)
        row["late_days"] = sum(h.late_days for h in charged)
        row["nobody_days"] = sum(h.held_days for h in own if h.interval.charged_to is None)
        row["is_charged_with_due_day"] = f.now.breacher is not None and self._is_holder(f.now.breacher)
        due = answered_for_on(f.duty)
        row["load_on_due_day"] = None if due is None else self._load(due)
        return row

    def _load(self, day: date) -> int:
        """How many duties were held on that day, this one among them."""
        if self.loads is not None:
            return self.loads.get(day, 0)
        return sum(1 for after, until in self._held if after < day and (until is None or day <= until))

    def _is_about(self, f: Finding) -> bool:
        if f.now.breacher is not None and self._is_holder(f.now.breacher):
            return True
        if f.now.state == "no_due" and f.duty.issuer is not None and self._is_holder(f.duty.issuer):
            return True
        return any(
            self._is_holder(p) for h in f.now.held for p in (h.interval.held_by, h.interval.charged_to) if p is not None
        )

    def _is_holder(self, party: Any) -> bool:
        if self.official_id is not None:
            return bool(party.official_id == self.official_id)
        return bool(party.unit_id == self.unit_id)


def leaders(unit_id: str, people: Register, day: date) -> list[dict[str, Any]]:
    """The leading posts of a unit with who was in them that day."""
    holders = [(p, people.holder_of(p.post_id, day)) for p in people.leading_posts(unit_id, day)]
    return [
        {
            "post": p.title,
            "rank": p.rank,
            "person": None
            if a is None
            else {"id": a.official_id, "name": people.official_name(a.official_id), "kind": a.kind},
        }
        for p, a in holders
    ]
