"""
Where does each case stand? One row per case: who has it, its milestones as moments, how many events.

Moments, not days: which civil day a moment is, the reader's zone says. No petitioner data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from domain.case import events as e
from domain.duties.engine import course, split_stream
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Cursor

    from domain.recorded import Recorded
    from projections.batch import Batch, Tables

NAME, VERSION = "case_card", 1
TABLES = ("case_card",)
SCHEMA = """
CREATE TABLE {case_card} (
    stream        text   PRIMARY KEY,
    source        text   NOT NULL,
    case_no       text   NOT NULL,
    unit_id       text   NOT NULL,
    official_id   text,
    category      text,
    channel       text,
    subject       text,
    received_at   timestamptz,
    registered_at timestamptz,
    accepted_at   timestamptz,
    served_at     timestamptz,
    closed_at     timestamptz,
    last_act      text        NOT NULL,
    last_act_at   timestamptz NOT NULL,
    version       bigint      NOT NULL,
    first_index   bigint      NOT NULL,
    last_index    bigint      NOT NULL
);
-- the list of cases in the order in which they came to the log, and its pages
CREATE UNIQUE INDEX ON {case_card} (first_index);
CREATE INDEX ON {case_card} (unit_id, first_index);
"""
DELETE = "DELETE FROM {case_card} WHERE stream = ANY(%s)"
COPY = """
    COPY {case_card} (stream, source, case_no, unit_id, official_id, category, channel, subject, received_at,
                      registered_at, accepted_at, served_at, closed_at, last_act, last_act_at, version, first_index,
                      last_index) FROM STDIN
"""
OPINIONS = (e.HandlingOpinionServed, e.ReplyServed, e.PetitionConcluded)


def apply(cursor: Cursor[Any], tables: Tables, batch: Batch) -> None:
    """Write the cards of the touched cases anew."""
    if not batch.touched:
        return
    cursor.execute(sql.SQL(DELETE).format(**tables), (list(batch.touched),))
    histories = batch.histories(sorted(batch.touched))  # before the copy: it needs the connection
    with cursor.copy(sql.SQL(COPY).format(**tables)) as copy:
        for history in histories.values():
            copy.write_row(card(history))


def card(history: Sequence[Recorded]) -> tuple[Any, ...]:
    """The row of one case, from all its acts."""
    acts = view(history, max(r.occurred_at for r in history))
    first, last = acts[0], acts[-1]
    matter = course(acts, "UTC")
    opening: Any = first.event
    unit = matter.holder_unit_id or opening.unit_id
    assigned = matter.assigned.get(unit, [])
    received = _first(acts, e.PetitionReceived)
    registered = _first(acts, e.PetitionRegistered)
    accepted, served = _first(acts, e.PetitionAccepted), _first(acts, OPINIONS)
    closed = next((r for r in reversed(acts) if isinstance(r.event, (e.CaseClosed, e.CaseReopened))), None)
    received_event: Any = received.event if received is not None else None
    registered_event: Any = registered.event if registered is not None else None
    return (
        first.stream,
        *split_stream(first.stream),
        unit,
        assigned[-1].official_id if assigned else None,
        received_event.category if received_event is not None else None,
        getattr(received_event, "channel", None) or getattr(registered_event, "channel", None),
        registered_event.subject if registered_event is not None else None,
        *(r.occurred_at if r is not None else None for r in (received, registered, accepted, served)),
        closed.occurred_at if closed is not None and isinstance(closed.event, e.CaseClosed) else None,
        last.topic,
        last.occurred_at,
        max(r.version for r in history),
        min(r.log_index for r in history),
        max(r.log_index for r in history),
    )


def _first(acts: Sequence[Recorded], kinds: type[Any] | tuple[type[Any], ...]) -> Recorded | None:
    return next((r for r in acts if isinstance(r.event, kinds)), None)
