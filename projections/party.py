"""
Which cases name which unit, official, post or source? One row for each pair.

It serves the other projections: when a change of people or law is recorded, the cases it may bear on are found here.
`affected` errs on the side of naming a case too many.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg import sql

from domain.duties.engine import split_stream
from domain.people import events as p
from projections.batch import Batch, Tables, is_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg import Cursor

    from domain.law.in_force import Law
    from domain.people.register import Register
    from domain.recorded import Recorded

NAME, VERSION = "party", 2
TABLES = ("party",)
SCHEMA = """
CREATE TABLE {party} (
    party  text NOT NULL,   -- unit/<id>, official/<id>, post/<id>, source/<name>
    stream text NOT NULL,
    PRIMARY KEY (party, stream)
);
CREATE INDEX ON {party} (stream, party);  -- who may see a case: reach is asked case by case
"""
INSERT = """
    INSERT INTO {party} (party, stream)
    SELECT party, stream FROM unnest(%s::text[], %s::text[]) AS n (party, stream)
    ON CONFLICT DO NOTHING
"""
STREAMS_OF = "SELECT DISTINCT stream FROM {party} WHERE party = ANY(%s)"
STREAMS = "SELECT DISTINCT stream FROM {party} WHERE starts_with(party, 'source/')"
EVERY_DAY = date.min
Hits = dict[str | None, date]  # party (None: every case) -> the first day on which the change can bear


def apply(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """Add what the batch's acts name."""
    pairs = sorted({(party, r.stream) for r in batch.events if is_case(r.stream) for party in named(r)})
    if pairs:
        cursor.execute(sql.SQL(INSERT).format(**tables), ([x[0] for x in pairs], [x[1] for x in pairs]))


def named(recorded: Recorded) -> Iterator[str]:
    """The parties one act names: every field that ends in unit_id(s), official_id(s), post_id(s), and its source."""
    yield f"source/{split_stream(recorded.stream)[0]}"
    for f in fields(recorded.event):
        for kind in ("unit", "official", "post"):
            if f.name.endswith(f"{kind}_id") and (value := getattr(recorded.event, f.name)) is not None:
                yield f"{kind}/{value}"
            elif f.name.endswith(f"{kind}_ids"):
                yield from (f"{kind}/{each}" for each in getattr(recorded.event, f.name) or ())


def hits(recorded: Recorded, law: Law) -> Hits:
    """
    The parties whose cases an event of people or law may bear on. `law` does not hold the event yet.
    """
    event, people = recorded.event, law.people
    match event:
        case p.CalendarNoticeAdopted():
            return {None: EVERY_DAY}
        case p.RulePackAdopted():
            before = law.packs.get(event.pack_id)
            if not event.sources or (before is not None and not before.sources):
                return {None: EVERY_DAY}
            return {f"source/{s}": EVERY_DAY for s in (*event.sources, *(before.sources if before else ()))}
        case p.UnitEstablished() | p.UnitAbolished() | p.SuccessorNamed():
            return dict.fromkeys((f"unit/{u}" for u in _line(event.unit_id, people)), EVERY_DAY)
        case p.PostEstablished():
            units = (f"unit/{u}" for u in _line(event.unit_id, people))
            return dict.fromkeys((*units, f"post/{event.post_id}"), EVERY_DAY)
        case p.AppointmentMade():
            # An official's first post tells him from one of whom the register knows no posts, on every day.
            is_first = not people.official_posts.get(event.official_id)
            found: Hits = dict.fromkeys(_of_post(event.post_id, people), event.from_on)
            return {**found, f"official/{event.official_id}": EVERY_DAY if is_first else event.from_on}
        case p.AppointmentEnded():
            return dict.fromkeys((*_of_post(event.post_id, people), f"official/{event.official_id}"), event.to_on)
        case _:
            return {}  # names and keys are looked up when an answer is written


def affected(cursor: Cursor[Any], tables: Tables, found: Iterable[Hits]) -> dict[str, date]:
    """The cases to which hits lead, with the first day each can be borne on."""
    days: Hits = {}
    for hit in found:
        for party, day in hit.items():
            days[party] = min(day, days.get(party, day))
    if None in days:
        every = cursor.execute(sql.SQL(STREAMS).format(**tables)).fetchall()
        return {stream: EVERY_DAY for (stream,) in every}
    streams: dict[str, date] = {}
    for day in sorted(set(days.values()), reverse=True):
        parties = [x for x, on in days.items() if on == day]
        for (stream,) in cursor.execute(sql.SQL(STREAMS_OF).format(**tables), (parties,)).fetchall():
            streams[stream] = day  # the earliest day comes last
    return streams


def _of_post(post_id: str, people: Register) -> Iterator[str]:
    yield f"post/{post_id}"
    if (post := people.posts.get(post_id)) is not None:
        yield from (f"unit/{u}" for u in _line(post.unit_id, people))


def _line(unit_id: str, people: Register) -> set[str]:
    """The unit with all that became it, directly or by way of others."""
    line = {unit_id}
    while more := {u.unit_id for u in people.units.values() if u.successor_id in line} - line:
        line |= more
    return line
