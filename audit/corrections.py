"""
What was corrected or retracted in a case, for people: which act, which field, from what to what, by whom, and why.

Read beside the duties, which a view already derives from the acts as corrected. The log keeps both, so a line can be
checked: the act in `of`, its correction at `log_index`. tests/audit/test_corrections.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.case.corrections import corrected
from domain.case.events.corrections import ActCorrected, ActRetracted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.recorded import Recorded


def corrections(history: Sequence[Recorded]) -> list[dict[str, Any]]:
    """
    Every correction and retraction of one stream in the order of the log. `before` is what the act said until then;
    `stands` is False for a correction that was retracted itself.
    """
    acts = {r.version: r for r in history}
    said = {r.version: r.event for r in history}
    retracted = {r.event.act_version for r in history if isinstance(r.event, ActRetracted)}
    rows = []
    for r in history:
        event = r.event
        if not isinstance(event, ActCorrected | ActRetracted) or event.act_version not in acts:
            continue
        target = acts[event.act_version]
        row: dict[str, Any] = {
            "log_index": r.log_index,
            "type": r.topic,
            "of": {"log_index": target.log_index, "type": target.topic},
            "kind": "retracted",
            "reason": event.reason,
            "officials": [event.official_id, event.second_official_id],
            "stands": r.version not in retracted,
        }
        if isinstance(event, ActCorrected):
            row |= {"kind": "corrected", "field": event.field, "before": spelled(target, said, event.field)}
            row["after"] = event.value
            if r.version not in retracted:
                said[event.act_version] = corrected(said[event.act_version], event.field, event.value)
        rows.append(row)
    return rows


def spelled(target: Recorded, said: dict[int, Any], field: str) -> str | None:
    """What a field said before, as an act's body spells it; None where it said nothing."""
    value = getattr(said[target.version], field)
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
