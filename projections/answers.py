"""
What a page prints about the duties SQL chose for it: their cases folded again by the audit itself.

The view says which duties and in which order; every word of the answer is the audit's. A page of n cases costs n folds,
and one more where a standing duty is among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit import followed as followed_of
from audit.findings import findings
from audit.office import standing_findings
from audit.report import to_json
from domain.duties.standing_duties import SOURCE, filings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from domain.law.in_force import Law
    from domain.recorded import Recorded
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
    streams = dict.fromkeys(f.stream for f in chosen if f.source != SOURCE)
    found = {f.duty.duty_id: f for stream in streams for f in findings(history(stream), law, as_of)}
    if owing := {f.stream for f in chosen if f.source == SOURCE}:
        of_offices = standing_findings(filings(offices()), law, as_of, streams=owing)
        found |= {f.duty.duty_id: f for f in of_offices}
    spelled = as_of.isoformat()
    return [to_json(found[f.duty_id], law, as_of=spelled, log_size=log_size) for f in chosen]


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
