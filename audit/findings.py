"""
duties -> breaches -> holders -> causes -> findings: the audit's chain over one case, pure and offline.

A finding carries the log positions that support it, so that somebody who trusts nobody can check it from a bundle.
The same code answers online, in a rebuild and in court.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from audit.causes import Cause, causes
from audit.persons import Responsible, responsible
from audit.pursuit import NOT_PURSUED, Pursuit, pursuits
from domain.case.events import DissentRecorded
from domain.duties.engine import duties, split_stream
from domain.duties.standing import FAILING, Standing, standing
from domain.duties.values import AsOf, Duty, at_moment, end_of_day
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.law.in_force import Law
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Finding:
    """One duty as of a day, with why and who answers. `places` says where each act of the case stands, shared."""

    duty: Duty
    now: Standing
    causes: tuple[Cause, ...]
    responsible: tuple[Responsible, ...]
    places: Mapping[int, tuple[str, int, str]]
    pursuit: Pursuit = NOT_PURSUED
    corrected: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # log index of an act -> what corrected it

    @property
    def is_failure(self) -> bool:
        """
        Breached, met late, disputed, or with an invalid extension: what `audit failures` lists unasked. The same
        omission is listed once.
        """
        if self.duty.absorbed_by is not None:
            return False
        return self.now.state in FAILING or self.now.invalid_extension

    @property
    def order(self) -> tuple[int, str]:
        """By the log index of the trigger, never by a name; duties of one trigger by their ids, as in the views."""
        return (self.duty.trigger.log_index, self.duty.duty_id)


def resolve(as_of: date | datetime, zone: str) -> AsOf:
    """A day means its end in the zone of the case's pack; a moment means itself."""
    return at_moment(as_of, zone) if isinstance(as_of, datetime) else end_of_day(as_of, zone)


def findings(
    history: Sequence[Recorded], law: Law, as_of: date | datetime, *, is_strict: bool = False
) -> list[Finding]:
    """
    Every duty of one case's stream as of a day or a moment, whatever its state.
    """
    if not history:
        return []
    source, _ = split_stream(history[0].stream)
    at = resolve(as_of, law.rules.zone(source))
    seen = view(history, at.moment, is_strict=is_strict)
    places = {r.log_index: (r.stream, r.version, r.topic) for r in history}
    changed = {r.log_index: r.corrected_by for r in seen if r.corrected_by}
    pursued = pursuits(seen)
    dissented = [r for r in seen if isinstance(r.event, DissentRecorded)]
    result = []
    for duty in duties(seen, law.rules, law.calendar, law.people):
        now = standing(duty, at)
        answering = responsible(duty, now, law.people, dissented)
        pursuit = pursued.get((duty.obligation, duty.trigger.version), NOT_PURSUED)
        result.append(Finding(duty, now, causes(duty, now, seen, law, at), answering, places, pursuit, changed))
    return result
