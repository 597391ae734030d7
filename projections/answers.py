"""
What a page prints about the duties SQL chose for it: their cases folded again by the audit itself.

The view says which duties and in which order; every word of the answer is the audit's. A page of n cases costs n folds,
and one more where a standing duty is among them.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from audit import followed as followed_of
from audit.dossier import Dossier
from audit.findings import findings
from audit.office import standing_findings
from audit.report import to_json
from domain.duties.standing import answered_for_on
from domain.duties.standing_duties import SOURCE, filings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from audit.findings import Finding
    from domain.law.in_force import Law
    from domain.recorded import Recorded
    from projections.dossier import Line, Whose
    from projections.read import Failure


def rows(
    chosen: Sequence[Failure],
    law: Law,
    history: Callable[[str], Sequence[Recorded]],
    offices: Callable[[], Iterable[Sequence[Recorded]]],
    as_of: date | datetime,
    *,
    log_size: int,
) -> list[dict[str, Any]]:
    """
    The chosen duties as the contract's JSON, in the order chosen. `history`, `offices` (every office's
    stream) and `law` end where the view ends.
    """
    found = _found(chosen, law, history, offices, as_of)
    spelled = as_of.isoformat()
    return [to_json(found[f.duty_id], law, as_of=spelled, log_size=log_size) for f in chosen]


def dossier(
    chosen: Sequence[Line],
    whose: Whose,
    law: Law,
    history: Callable[[str], Sequence[Recorded]],
    offices: Callable[[], Iterable[Sequence[Recorded]]],
    loads: Callable[[Iterable[date]], Mapping[date, int]],
    as_of: date | datetime,
    *,
    log_size: int,
) -> Dossier:
    """The chosen duties as a dossier of a unit or an official. `loads` counts what was held on some days."""
    known = cache(history)
    found = _found(chosen, law, known, offices, as_of)
    days = (answered_for_on(found[line.duty_id].duty) for line in chosen)
    made = Dossier(
        law,
        as_of.isoformat(),
        log_size,
        unit_id=whose.unit_id,
        official_id=whose.official_id,
        loads=loads({day for day in days if day is not None}),
    )
    for stream, own in groupby(chosen, key=lambda line: "" if line.source == SOURCE else line.stream):
        made.take(known(stream) if stream else (), [found[line.duty_id] for line in own])
    return made


def _found(
    chosen: Sequence[Failure],
    law: Law,
    history: Callable[[str], Sequence[Recorded]],
    offices: Callable[[], Iterable[Sequence[Recorded]]],
    as_of: date | datetime,
) -> dict[str, Finding]:
    """The findings of the cases and offices of the chosen duties, by duty."""
    streams = dict.fromkeys(f.stream for f in chosen if f.source != SOURCE)
    found = {f.duty.duty_id: f for stream in streams for f in findings(history(stream), law, as_of)}
    if owing := {f.stream for f in chosen if f.source == SOURCE}:
        of_offices = standing_findings(filings(offices()), law, as_of, streams=owing)
        found |= {f.duty.duty_id: f for f in of_offices}
    return found


def followed(
    chosen: Sequence[Failure],
    law: Law,
    history: Callable[[str], Sequence[Recorded]],
    as_of: date | datetime,
    *,
    log_size: int,
) -> list[dict[str, Any]]:
    """What followed the chosen failures, in the order chosen."""
    found: dict[str, followed_of.Followed] = {}
    for stream in dict.fromkeys(f.stream for f in chosen):
        acts = history(stream)
        for row in followed_of.followed(acts, findings(acts, law, as_of), law, as_of):
            found[row.finding.duty.duty_id] = row
    spelled = as_of.isoformat()
    return [followed_of.to_json(found[f.duty_id], law, as_of=spelled, log_size=log_size) for f in chosen]
