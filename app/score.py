"""
How well the audit's answer agrees with an answer sheet: recall and precision on (case, duty, holder), and the causes.

The sheet is what somebody planted; the rows are what the audit said without having seen it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.simulate.sheet import AnswerRow

Key = tuple[str, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and what was missed or made up, so that a score below 1.0 can be looked into."""

    planted: int
    found: int
    agreed: int
    causes_right: int
    missed: tuple[Key, ...]
    extra: tuple[Key, ...]
    other_cause: tuple[Key, ...]

    @property
    def recall(self) -> float:
        return self.agreed / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        return self.agreed / self.found if self.found else 1.0


def score(sheet: Iterable[AnswerRow], rows: Sequence[dict[str, Any]]) -> Score:
    """Compare by sets: one planted breach is one (case, duty, unit, official)."""
    planted = {(r.case_no, r.duty, r.unit_id, r.official_id): r for r in sheet}
    found = {_key(r): r for r in rows}
    agreed = planted.keys() & found.keys()
    wrong = tuple(sorted(k for k in agreed if found[k]["cause"]["code"] != planted[k].cause))
    return Score(
        planted=len(planted),
        found=len(found),
        agreed=len(agreed),
        causes_right=len(agreed) - len(wrong),
        missed=tuple(sorted(planted.keys() - agreed, key=str)),
        extra=tuple(sorted(found.keys() - agreed, key=str)),
        other_cause=wrong,
    )


def _key(row: dict[str, Any]) -> Key:
    unit, person = row["unit"], row["person"]
    return (
        row["case_no"],
        row["duty"],
        unit["id"] if unit is not None else None,
        person["id"] if person is not None else None,
    )
