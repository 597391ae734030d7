"""
A lead: a place where a person should look. It is never a verdict, names nobody as breacher and states its measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.duties.engine import split_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.law.lead_rules import LeadRule

CASES = "case/"


@dataclass(frozen=True, slots=True)
class Lead:
    """
    One place to look at: `measure` says what was counted, `evidence` where it stands, `rule` by which text of a pack
    (None: by the program's own). `group`: first log index and size of the group it belongs to. `recorded`: the log
    index at which somebody put it on record; `text`: `erased` where what was measured is no longer there to be read.
    """

    code: str
    stream: str
    measure: str
    evidence: tuple[int, ...]
    rule: LeadRule | None = None
    group: tuple[int, int] | None = None
    recorded: int | None = None
    text: str | None = None


def to_json(lead: Lead, places: Mapping[int, tuple[str, int, str]]) -> dict[str, Any]:
    """The contract's row of `audit leads`. A lead about an office, not a case, has no case number."""
    is_case = lead.stream.startswith(CASES)
    source, case_no = split_stream(lead.stream) if is_case else (None, None)
    row: dict[str, Any] = {
        "code": lead.code,
        "kind": "lead",
        "case_no": case_no,
        "source": source,
        "stream": lead.stream,
        "measure": lead.measure,
        "evidence": [
            {"log_index": i, "stream": places[i][0], "version": places[i][1], "type": places[i][2]}
            for i in lead.evidence
        ],
    }
    if lead.rule is not None:
        row["name"] = lead.rule.name_zh
        row["rule"] = {"pack": lead.rule.pack_id, "id": lead.rule.lead, "source": lead.rule.source}
    if lead.group is not None:
        row["group"] = {"first": lead.group[0], "size": lead.group[1]}
    if lead.recorded is not None:
        row["recorded"] = lead.recorded
    if lead.text is not None:
        row["text"] = lead.text
    return row
