"""
The answer sheet: what was planted, written down by who planted it. The audit never sees it; the demo scores by it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """
    One planted breach: which duty of which case, who is charged for its due day, and why.

    `official_id` is None where the post stood vacant on the due day. `met_on` is the day of the late discharge, None
    where there was none by the end of the year. `due_on` is None where nobody set the day that somebody should have.
    Nobody is late where what is on record as done in time was contradicted: then there is no unit either.
    """

    case_no: str
    duty: str
    unit_id: str | None
    official_id: str | None
    cause: str
    kind: str
    due_on: date | None
    met_on: date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    rows: tuple[AnswerRow, ...]
    cases: int

    def describe(self) -> dict[str, int]:
        """How many lapses of each kind were planted, by kind."""
        return dict(sorted(Counter(row.kind for row in self.rows).items()))

    def to_json(self) -> str:
        return json.dumps(
            {"cases": self.cases, "rows": [asdict(row) for row in self.rows]},
            default=date.isoformat,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> AnswerSheet:
        data: dict[str, Any] = json.loads(text)
        rows = (
            AnswerRow(
                **{
                    **row,
                    "due_on": row["due_on"] and date.fromisoformat(row["due_on"]),
                    "met_on": row["met_on"] and date.fromisoformat(row["met_on"]),
                }
            )
            for row in data["rows"]
        )
        return cls(rows=tuple(rows), cases=data["cases"])
