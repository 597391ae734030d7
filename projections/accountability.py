"""
Which duties fail as of a day, and whose are they? One row per duty, one per holding interval, one per cause.

Each row carries the moments for which it is seen, so the day asked is a parameter of the question and nothing goes
stale overnight. What the rows say is `projections.assess` for cases, `projections.standing_rows` for standing duties;
here they are stored.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg import sql

from domain.duties.holding import Stands
from domain.office.commands import is_office
from projections.assess import ALWAYS, Assessment, Started, assess, cut
from projections.standing_rows import assess_standing, bears_on, bears_on_all, horizon

if TYPE_CHECKING:
    from psycopg import Cursor

    from domain.duties.values import Party
    from projections.batch import Batch, Tables

NAME, VERSION = "accountability", 3
TABLES = ("accountability", "holding", "cause", "office_stream", "standing_until")
SCHEMA = """
CREATE TABLE {accountability} (
    stream            text        NOT NULL,
    duty_id           text        NOT NULL,
    seen_from         timestamptz NOT NULL,
    seen_to           timestamptz NOT NULL,   -- infinity: as far as the log goes
    source            text        NOT NULL,
    case_no           text        NOT NULL,
    zone              text        NOT NULL,
    obligation        text        NOT NULL,
    rule_version      text        NOT NULL,
    trigger_index     bigint      NOT NULL,
    arose_at          timestamptz NOT NULL,
    arose_on          date        NOT NULL,
    due_on            date,
    due_at            timestamptz,
    is_provisional    boolean     NOT NULL,
    ended_kind        text,
    ended_name        text,
    ended_at          timestamptz,
    ended_on          date,
    is_on_claim       boolean     NOT NULL,
    contested_since   date,
    disputed_at       timestamptz,
    no_due            text,
    invalid_extension boolean     NOT NULL,
    turns_at          timestamptz,            -- the first moment past the due day
    state_before      text        NOT NULL,   -- the state for moments before that ...
    state_after       text        NOT NULL,   -- ... and from then on; the same where there is none
    fails_from        timestamptz,
    unit_id           text,                   -- who is charged for the due day, once it has passed
    official_id       text,
    post_id           text,
    PRIMARY KEY (stream, duty_id, seen_from)
);
-- failures in the order of the log, of one unit, of one official; and the zones there are
CREATE INDEX ON {accountability} (trigger_index, duty_id) WHERE fails_from IS NOT NULL;
CREATE INDEX ON {accountability} (unit_id, trigger_index) WHERE unit_id IS NOT NULL;
CREATE INDEX ON {accountability} (official_id, trigger_index) WHERE official_id IS NOT NULL;
CREATE INDEX ON {accountability} (zone);
-- all standing duties, when a change of people or law bears on all of them
CREATE INDEX ON {accountability} (stream) WHERE source = 'standing';

CREATE TABLE {holding} (
    stream              text        NOT NULL,
    duty_id             text        NOT NULL,
    seen_from           timestamptz NOT NULL,
    seen_to             timestamptz NOT NULL,
    ordinal             integer     NOT NULL,
    after               date        NOT NULL,
    until               date,
    held_unit_id        text        NOT NULL,
    held_official_id    text,
    held_post_id        text,
    charged_unit_id     text,
    charged_official_id text,
    charged_post_id     text,
    ground              text,
    note                text,
    evidence            bigint[]    NOT NULL,
    PRIMARY KEY (stream, duty_id, seen_from, ordinal)
);

CREATE TABLE {cause} (
    stream     text        NOT NULL,
    duty_id    text        NOT NULL,
    code       text        NOT NULL,
    holds_from timestamptz NOT NULL,
    holds_to   timestamptz NOT NULL,
    kind       text        NOT NULL,
    since      date        NOT NULL,
    rank       integer     NOT NULL,
    evidence   bigint[]    NOT NULL,
    PRIMARY KEY (stream, duty_id, code, holds_from)
);

CREATE TABLE {office_stream} (
    stream text NOT NULL PRIMARY KEY   -- whatever was filed about an office stands in one of these
);

CREATE TABLE {standing_until} (
    until date NOT NULL   -- one row: periods of standing duties that begin after this day have no rows yet
);
"""
# Cases all of whose duties had ended, and were seen to have ended, before a change of post can bear on them.
STILL_OPEN = """
    SELECT DISTINCT n.stream
      FROM unnest(%s::text[], %s::date[]) AS n (stream, day)
      JOIN {accountability} d ON d.stream = n.stream
     WHERE (d.ended_on IS NULL OR d.ended_kind = 'claimed' OR d.ended_on >= n.day)
       AND d.seen_to >= n.day
"""
REACHING_ACROSS = """
    SELECT d.stream, d.duty_id, d.seen_from, d.state_before
      FROM unnest(%s::text[], %s::timestamptz[]) AS n (stream, cut)
      JOIN {accountability} d ON d.stream = n.stream AND d.seen_from <= n.cut AND n.cut < d.seen_to
"""
CAUSES_REACHING_ACROSS = """
    SELECT d.stream, d.duty_id, d.code, d.holds_from
      FROM unnest(%s::text[], %s::timestamptz[]) AS n (stream, cut)
      JOIN {cause} d ON d.stream = n.stream AND d.holds_from <= n.cut AND n.cut < d.holds_to
"""
DELETE = (
    """
    DELETE FROM {accountability} d USING unnest(%s::text[], %s::timestamptz[]) AS n (stream, cut)
     WHERE d.stream = n.stream AND d.seen_to > n.cut
    """,
    """
    DELETE FROM {holding} d USING unnest(%s::text[], %s::timestamptz[]) AS n (stream, cut)
     WHERE d.stream = n.stream AND d.seen_to > n.cut
    """,
    """
    DELETE FROM {cause} d USING unnest(%s::text[], %s::timestamptz[]) AS n (stream, cut)
     WHERE d.stream = n.stream AND d.holds_to > n.cut
    """,
)
COPY_DUTIES = "COPY {accountability} FROM STDIN"
COPY_HOLDINGS = "COPY {holding} FROM STDIN"
COPY_CAUSES = "COPY {cause} FROM STDIN"
OFFICES = """
    INSERT INTO {office_stream} (stream) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING
"""
EVERY_OFFICE = "SELECT stream FROM {office_stream} ORDER BY stream"
UNTIL = "SELECT until FROM {standing_until}"
NO_LONGER_UNTIL = "DELETE FROM {standing_until}"
NOW_UNTIL = "INSERT INTO {standing_until} (until) VALUES (%s)"
EVERY_STANDING = "SELECT DISTINCT stream FROM {accountability} WHERE source = 'standing'"
DELETE_OF = (
    "DELETE FROM {accountability} WHERE stream = ANY(%s)",
    "DELETE FROM {holding} WHERE stream = ANY(%s)",
    "DELETE FROM {cause} WHERE stream = ANY(%s)",
)
MARGIN = timedelta(days=3)  # a change of post bears on the days around it; zones differ by one more


def apply(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """What the batch bears on: cases, and the standing duties of posts and units."""
    _of_cases(cursor, tables, batch)
    _of_offices(cursor, tables, batch)


def _of_offices(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """
    Assess standing duties anew: all of them when people, packs or the calendar changed or another year is in sight,
    else those of whom the filings of the batch may bear on.
    """
    if not batch.events and batch.offices != "all":
        return
    offices = sorted({r.stream for r in batch.events if is_office(r.stream)})
    if offices:
        cursor.execute(_sql(OFFICES, tables), (offices,))
    known = cursor.execute(_sql(UNTIL, tables)).fetchone()
    until = max(horizon(batch.events), known[0] if known is not None else date.min)
    streams: list[str] | None = None
    is_as_before = known is not None and until == known[0] and not bears_on_all(batch.events)
    if is_as_before and batch.offices == "touched":
        streams = sorted(bears_on(batch.events, batch.law))
        if not streams:
            return
    if known is None or until > known[0]:
        cursor.execute(_sql(NO_LONGER_UNTIL, tables))
        cursor.execute(_sql(NOW_UNTIL, tables), (until,))
    if batch.offices == "later":
        return
    gone = streams
    if gone is None:
        gone = [stream for (stream,) in cursor.execute(_sql(EVERY_STANDING, tables)).fetchall()]
    for statement in DELETE_OF:
        cursor.execute(_sql(statement, tables), (gone,))
    every = [stream for (stream,) in cursor.execute(_sql(EVERY_OFFICE, tables)).fetchall()]
    found = assess_standing(batch.read(every).values(), batch.law, until, streams)
    _store(cursor, tables, [found])


def _of_cases(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """Assess the touched cases from their first new view on, and those anew on which the law's changes bear."""
    renewed = _still_open(cursor, tables, batch)
    streams = sorted({*batch.touched, *renewed})
    if not streams:
        return
    histories = batch.histories(streams)
    cuts = {s: ALWAYS if s in renewed else cut(histories[s], batch.touched[s]) for s in streams}
    named = (streams, [cuts[s] for s in streams])
    started: dict[str, dict[str, Started]] = {}
    caused: dict[str, dict[tuple[str, str], datetime]] = {}
    if any(at > ALWAYS for at in cuts.values()):
        for stream, duty_id, at, state in cursor.execute(_sql(REACHING_ACROSS, tables), named).fetchall():
            started.setdefault(stream, {})[duty_id] = Started(at.astimezone(UTC), state)
        for stream, duty_id, code, at in cursor.execute(_sql(CAUSES_REACHING_ACROSS, tables), named).fetchall():
            caused.setdefault(stream, {})[duty_id, code] = at.astimezone(UTC)
    for statement in DELETE:
        cursor.execute(_sql(statement, tables), named)
    stands = Stands(batch.law.people)
    found = [assess(histories[s], batch.law, cuts[s], started.get(s, {}), caused.get(s, {}), stands) for s in streams]
    _store(cursor, tables, found)


def _still_open(cursor: Cursor[Any], tables: Tables, batch: Batch) -> set[str]:
    """The affected cases that a change can bear on at all."""
    renewed = {s for s, day in batch.affected.items() if day == date.min}
    dated = [(s, day - MARGIN) for s, day in batch.affected.items() if day > date.min]
    if dated:
        rows = cursor.execute(_sql(STILL_OPEN, tables), ([s for s, _ in dated], [day for _, day in dated])).fetchall()
        renewed |= {stream for (stream,) in rows}
    return renewed


def _store(cursor: Cursor[Any], tables: Tables, found: list[Assessment]) -> None:
    with cursor.copy(_sql(COPY_DUTIES, tables)) as copy:
        for row in (r for a in found for r in a.duties):
            place = (row.stream, row.duty_id, row.seen_from, row.seen_to or "infinity")
            states = (row.turns_at, row.state_before, row.state_after, row.fails_from)
            copy.write_row((*place, *row.facts, *states, row.unit_id, row.official_id, row.post_id))
    with cursor.copy(_sql(COPY_HOLDINGS, tables)) as copy:
        for row in (r for a in found for r in a.duties):
            place = (row.stream, row.duty_id, row.seen_from, row.seen_to or "infinity")
            for n, i in enumerate(row.intervals):
                parties = (*_party(i.held_by), *_party(i.charged_to))
                copy.write_row((*place, n, i.after, i.until, *parties, i.ground, i.note, list(i.evidence)))
    with cursor.copy(_sql(COPY_CAUSES, tables)) as copy:
        for c in (c for a in found for c in a.causes):
            named = (c.stream, c.duty_id, c.cause.code, c.holds_from, c.holds_to or "infinity")
            copy.write_row((*named, c.cause.kind, c.cause.since, c.cause.rank, list(c.cause.evidence)))


def _party(party: Party | None) -> tuple[str | None, str | None, str | None]:
    return (party.unit_id, party.official_id, party.post_id) if party is not None else (None, None, None)


def _sql(statement: str, tables: Tables) -> sql.Composed:
    return sql.SQL(statement).format(**tables)
