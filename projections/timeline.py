"""
What happened on a case, act by act? One row per event of a case.

The body is the event as recorded: sealed values never are in it. Nothing here depends on the law.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from domain.duties.engine import split_stream
from projections.batch import Batch, Tables, is_case

if TYPE_CHECKING:
    from psycopg import Cursor

NAME, VERSION = "timeline", 1
TABLES = ("timeline",)
SCHEMA = """
CREATE TABLE {timeline} (
    stream      text        NOT NULL,
    version     bigint      NOT NULL,
    log_index   bigint      NOT NULL,
    source      text        NOT NULL,
    case_no     text        NOT NULL,
    topic       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    unit_id     text        NOT NULL,
    official_id text,
    post_id     text,
    imported    boolean     NOT NULL,
    body        jsonb       NOT NULL,
    PRIMARY KEY (stream, version)   -- one case, in order
);
"""
COPY = """
    COPY {timeline} (stream, version, log_index, source, case_no, topic, occurred_at, recorded_at, unit_id, official_id,
                     post_id, imported, body) FROM STDIN
"""
ACTOR = ("unit_id", "official_id", "post_id")


def apply(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """Add the batch's acts."""
    acts = [r for r in batch.events if is_case(r.stream)]
    if not acts:
        return
    with cursor.copy(sql.SQL(COPY).format(**tables)) as copy:
        for r in acts:
            event: Any = r.event
            place = (r.stream, r.version, r.log_index, *split_stream(r.stream), r.topic, r.occurred_at, r.recorded_at)
            copy.write_row((*place, event.unit_id, event.official_id, event.post_id, r.imported, Jsonb(body(event))))


def body(event: Any) -> dict[str, Any]:
    """What the act says besides who acted, as JSON; fields that say nothing are left out."""
    values = ((f.name, getattr(event, f.name)) for f in fields(event) if f.name not in ACTOR)
    return {name: _plain(value) for name, value in values if value not in (None, ())}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value
