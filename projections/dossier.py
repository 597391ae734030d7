"""
What one unit or one official held or is charged for, across cases: chosen, counted and paged by the views.

Case by case in the order of the log, standing duties last; the same rows as the fold of `audit.dossier`
(tests/projections/test_dossier.py). Nothing here counts an official.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from projections.read import SEEN, Failure, moments_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from projections.read import Db

    Day = date | datetime

LAST = 2**62  # after every case: standing duties are in none
Place = tuple[int, int, str]  # first log index of the case, log index of the trigger, id of the duty


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which unit, or of which official: one of them."""

    unit_id: str | None = None
    official_id: str | None = None

    @property
    def column(self) -> str:
        return "official_id" if self.unit_id is None else "unit_id"

    @property
    def party(self) -> str | None:
        return self.official_id if self.unit_id is None else self.unit_id


@dataclass(frozen=True, slots=True)
class Line(Failure):
    """One duty, with its place in the walk."""

    first_index: int

    @property
    def place(self) -> Place:
        return (self.first_index, self.trigger_index, self.duty_id)


# A duty is somebody's who held it on a day so far, or is charged for one, or answers for its due day.
OWN = f"""
    {SEEN}
      LEFT JOIN case_card c ON c.stream = d.stream
     WHERE (d.stream, d.duty_id) IN (
            SELECT stream, duty_id FROM holding WHERE held_{{column}} = %(party)s
             UNION ALL SELECT stream, duty_id FROM holding WHERE charged_{{column}} = %(party)s
             UNION ALL SELECT stream, duty_id FROM accountability WHERE {{column}} = %(party)s)
       AND ((s.has_turned AND d.{{column}} = %(party)s)
            OR EXISTS (SELECT 1 FROM holding h
                        WHERE h.stream = d.stream AND h.duty_id = d.duty_id AND h.seen_from = d.seen_from
                          AND h.after < (a.at AT TIME ZONE d.zone)::date
                          AND %(party)s IN (h.held_{{column}}, h.charged_{{column}})))
"""
LINES = f"""
    SELECT d.stream, d.source, d.case_no, d.duty_id, d.obligation, d.rule_version, d.trigger_index, d.zone, d.arose_on,
           d.due_on, d.due_at, d.ended_kind, d.ended_at, d.ended_on, d.invalid_extension, s.state,
           CASE WHEN s.has_turned THEN d.unit_id END AS unit_id,
           CASE WHEN s.has_turned THEN d.official_id END AS official_id,
           CASE WHEN s.has_turned THEN d.post_id END AS post_id, ARRAY[]::text[] AS causes,
           coalesce(c.first_index, %(last)s) AS first_index
    {OWN}
       AND (%(state)s::text IS NULL OR s.state = %(state)s)
       AND (coalesce(c.first_index, %(last)s), d.trigger_index, d.duty_id)
         > (%(first)s::bigint, %(trigger)s::bigint, %(duty)s::text)
     ORDER BY 21, d.trigger_index, d.duty_id LIMIT %(limit)s
"""
COUNTS = f"""
    SELECT s.state, count(*), count(*) FILTER (WHERE s.has_turned AND d.unit_id = %(party)s AND s.state <> 'no_due')
    {OWN} GROUP BY 1 ORDER BY 1
"""
# How many duties were held on each of some days, as far as those days lie before the day asked.
LOADS = f"""
    SELECT n.day, count(*)
    {SEEN}
      JOIN holding h ON h.stream = d.stream AND h.duty_id = d.duty_id AND h.seen_from = d.seen_from
      JOIN unnest(%(days)s::date[]) AS n (day)
        ON h.after < n.day AND (h.until IS NULL OR n.day <= h.until) AND n.day <= (a.at AT TIME ZONE d.zone)::date
     WHERE h.held_{{column}} = %(party)s
     GROUP BY 1
"""


def lines(
    db: Db, whose: Whose, as_of: Day, *, limit: int, after: Place = (-1, -1, ""), state: str | None = None
) -> list[Line]:
    """A page of the duties, after the place where the last page ended."""
    asked: dict[str, Any] = {"party": whose.party, "state": state, "limit": limit, "last": LAST}
    asked |= dict(zip(("first", "trigger", "duty"), after, strict=True)) | moments_of(db, as_of)
    cursor = db.cursor(row_factory=class_row(Line))
    return cursor.execute(LINES.format(column=whose.column), asked).fetchall()


def counts(db: Db, unit_id: str, as_of: Day) -> tuple[dict[str, int], int]:
    """How many duties a unit has in each state, and how many due days it is charged with."""
    asked = {"party": unit_id} | moments_of(db, as_of)
    found = db.execute(COUNTS.format(column="unit_id"), asked).fetchall()
    return {state: n for state, n, _ in found}, sum(charged for _, _, charged in found)


def loads(db: Db, whose: Whose, as_of: Day, days: Iterable[date]) -> dict[date, int]:
    """How many duties were held on these days; a day that is not there had none."""
    asked: dict[str, Any] = {"party": whose.party, "days": sorted(set(days))} | moments_of(db, as_of)
    return dict(db.execute(LOADS.format(column=whose.column), asked).fetchall())
