"""
What does each unit have to do now? One row per open duty, with the unit that holds it by all that is recorded.

Overdue is computed on read, from a day passed in. Rows of a unit, never of a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Cursor

    from domain.duties.values import Duty
    from projections.batch import Batch, Tables

NAME, VERSION = "unit_load", 1
TABLES = ("unit_load",)
SCHEMA = """
CREATE TABLE {unit_load} (
    stream        text   NOT NULL,
    duty_id       text   NOT NULL,
    unit_id       text   NOT NULL,
    obligation    text   NOT NULL,
    is_contested  boolean NOT NULL,
    due_on        date,
    due_at        timestamptz,
    trigger_index bigint NOT NULL,
    PRIMARY KEY (stream, duty_id)
);
CREATE INDEX ON {unit_load} (unit_id, obligation);   -- one unit's load
"""
OPEN_OF = "SELECT DISTINCT stream FROM {unit_load} WHERE stream = ANY(%s)"
DELETE = "DELETE FROM {unit_load} WHERE stream = ANY(%s)"
COPY = """
    COPY {unit_load} (stream, duty_id, unit_id, obligation, is_contested, due_on, due_at, trigger_index) FROM STDIN
"""


def apply(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """Write the open duties of the touched cases anew, and of the affected ones that have any."""
    statement = sql.SQL(OPEN_OF).format(**tables)
    streams = set(batch.touched) | {s for s, day in batch.affected.items() if day == day.min}
    if dated := list(batch.affected.keys() - streams):
        streams |= {s for (s,) in cursor.execute(statement, (dated,)).fetchall()}
    if not streams:
        return
    cursor.execute(sql.SQL(DELETE).format(**tables), (list(streams),))
    batch.histories(streams)
    with cursor.copy(sql.SQL(COPY).format(**tables)) as copy:
        for stream in sorted(streams):
            for row in open_duties(batch.duties(stream)):
                copy.write_row(row)


def open_duties(found: Sequence[Duty]) -> Iterator[tuple[Any, ...]]:
    """The duties that nothing recorded has ended; an unverified claim of the executor ends none."""
    for duty in found:
        if duty.ended is None or duty.ended.kind == "claimed":
            unit = duty.intervals[-1].held_by.unit_id if duty.intervals else duty.bearer.unit_id
            contested = duty.contested_since is not None
            place = (duty.stream, duty.duty_id, unit, duty.obligation)
            yield (*place, contested, duty.due_on, duty.due_at, duty.trigger.log_index)
