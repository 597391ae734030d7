"""
The audit's chain over standing duties: the same findings as a case's, so every list and every answer shows both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.causes import causes
from audit.findings import Finding, resolve
from audit.persons import responsible
from domain.duties.standing import standing
from domain.duties.standing_duties import SOURCE, standing_duties
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from domain.law.in_force import Law
    from domain.recorded import Recorded


def standing_findings(
    filed: Sequence[Recorded],
    law: Law,
    as_of: date | datetime,
    *,
    is_strict: bool = False,
    streams: Collection[str] | None = None,
) -> list[Finding]:
    """
    Every standing duty whose period had begun by a day or a moment, whatever its state. `filed`: all offices' filings;
    `streams`: the posts and units asked for, None for all.
    """
    at = resolve(as_of, law.rules.zone(SOURCE))
    seen = view(filed, at.moment, is_strict=is_strict)
    places = {r.log_index: (r.stream, r.version, r.topic) for r in seen}
    result = []
    for duty in standing_duties(law, seen, at.day, streams):
        now = standing(duty, at)
        result.append(Finding(duty, now, causes(duty, now, (), law, at), responsible(duty, now, law.people), places))
    return result
