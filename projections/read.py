"""
The questions that pages and lists ask of the views, typed. The day asked is a parameter; nothing here knows today.

Every function takes a connection whose search path is the view schema (`use`). A failure is chosen by SQL; what the
audit prints about it is folded from its case again, so a page costs as many folds as it shows cases.
tests/projections/test_accountability.py holds these answers to `audit.findings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import class_row

from audit.findings import resolve
from domain.duties.standing import FAILING
from domain.duties.standing_duties import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Connection

    Db = Connection[Any]


@dataclass(frozen=True, slots=True)
class Card:
    """One case in a list. Moments, in UTC."""

    stream: str
    source: str
    case_no: str
    unit_id: str
    official_id: str | None
    category: str | None
    channel: str | None
    subject: str | None
    received_at: datetime | None
    registered_at: datetime | None
    accepted_at: datetime | None
    served_at: datetime | None
    closed_at: datetime | None
    last_act: str
    last_act_at: datetime
    version: int
    first_index: int
    last_index: int


@dataclass(frozen=True, slots=True)
class Act:
    """One event of a case."""

    version: int
    log_index: int
    topic: str
    occurred_at: datetime
    recorded_at: datetime
    unit_id: str
    official_id: str | None
    post_id: str | None
    imported: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which failures: those that fail as of a day or a moment or, with `state`, the duties in that state."""

    as_of: date | datetime
    unit_ids: tuple[str, ...] | None = None
    official_ids: tuple[str, ...] | None = None
    duty: str | None = None
    cause: str | None = None
    state: str | None = None
    source: str | None = None
    stream: str | None = None
    is_of_cases: bool = False  # without standing duties, which no case has


Cursor = tuple[int, str]  # log index of the trigger, id of the duty: the order of every list of duties


@dataclass(frozen=True, slots=True)
class Failure:
    """One duty as of the day asked. `unit_id` and those below it: the breacher, where there is one."""

    stream: str
    source: str
    case_no: str
    duty_id: str
    obligation: str
    rule_version: str
    trigger_index: int
    zone: str
    arose_on: date
    due_on: date | None
    due_at: datetime | None
    ended_kind: str | None
    ended_at: datetime | None
    ended_on: date | None
    invalid_extension: bool
    state: str
    unit_id: str | None
    official_id: str | None
    post_id: str | None
    causes: list[str]

    @property
    def cursor(self) -> Cursor:
        return (self.trigger_index, self.duty_id)

    def days_late(self, as_of: date | datetime) -> int:
        """Whole days after the due day, or from the due moment, as `domain.duties.standing` counts them."""
        if self.state not in FAILING:
            return 0
        at = resolve(as_of, self.zone)
        has_ended = self.ended_at is not None and self.ended_kind != "claimed"
        if self.due_at is not None:
            late = (self.ended_at if has_ended and self.ended_at is not None else at.moment) - self.due_at
            return max(late.days, 0)
        if self.due_on is None:
            return 0
        end = self.ended_on if has_ended and self.ended_on is not None else at.day
        return max((end - self.due_on).days, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """How many failing duties, in how many cases. Groups come in the order of the log, never ranked."""

    key: str | None
    cases: int
    duties: int
    breached: int
    met_late: int
    disputed: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What fails, in how many cases, and the earliest due day among what is still not recorded as met."""

    duties: int
    cases: int
    oldest_due: date | None


@dataclass(frozen=True, slots=True)
class Load:
    """What a unit has to do of one kind. `overdue` is as of the day asked."""

    unit_id: str
    obligation: str
    open: int
    contested: int
    overdue: int
    next_due_on: date | None


@dataclass(frozen=True, slots=True)
class Position:
    name: str
    version: int
    size: int


# A walk along the index: as many probes as there are zones, however many duties.
ZONES = """
    WITH RECURSIVE z AS (
        SELECT min(zone) AS zone FROM accountability
        UNION ALL
        SELECT (SELECT min(zone) FROM accountability WHERE zone > z.zone) FROM z WHERE z.zone IS NOT NULL
    )
    SELECT zone FROM z WHERE zone IS NOT NULL
"""
# The duties seen at the moment which the day asked means in each zone. Parameters: zones, moments.
SEEN = """
      FROM unnest(%(zones)s::text[], %(moments)s::timestamptz[]) AS a (zone, at)
      JOIN accountability d ON d.zone = a.zone AND d.seen_from <= a.at AND a.at < d.seen_to
     CROSS JOIN LATERAL (
        SELECT CASE WHEN d.turns_at <= a.at THEN d.state_after ELSE d.state_before END AS state,
               d.turns_at IS NULL OR d.turns_at <= a.at AS has_turned
     ) AS s
"""
CAUSES = """
    SELECT array_agg(c.code ORDER BY c.rank = 2, c.since, c.rank, c.code COLLATE "C") AS codes
      FROM cause c
     WHERE c.stream = d.stream AND c.duty_id = d.duty_id AND c.holds_from <= a.at AND a.at < c.holds_to
"""
FAILURES = f"""
    SELECT d.stream, d.source, d.case_no, d.duty_id, d.obligation, d.rule_version, d.trigger_index, d.zone, d.arose_on,
           d.due_on, d.due_at, d.ended_kind, d.ended_at, d.ended_on, d.invalid_extension, s.state,
           CASE WHEN s.has_turned THEN d.unit_id END AS unit_id,
           CASE WHEN s.has_turned THEN d.official_id END AS official_id,
           CASE WHEN s.has_turned THEN d.post_id END AS post_id,
           coalesce(k.codes, ARRAY[]::text[]) AS causes
    {SEEN}
      LEFT JOIN LATERAL ({CAUSES}) AS k ON true
"""
GROUPS = f"""
    SELECT {{key}} AS key, count(DISTINCT d.stream) AS cases, count(*) AS duties,
           count(*) FILTER (WHERE s.state = 'breached') AS breached,
           count(*) FILTER (WHERE s.state = 'met_late') AS met_late,
           count(*) FILTER (WHERE s.state = 'disputed') AS disputed
    {SEEN}
"""
TOTALS = f"""
    SELECT count(*) AS duties, count(DISTINCT d.stream) AS cases,
           min(coalesce(d.due_on, (d.due_at AT TIME ZONE d.zone)::date))
               FILTER (WHERE s.state = 'breached') AS oldest_due
    {SEEN}
"""
WITH_CAUSES = f" LEFT JOIN LATERAL ({CAUSES}) AS k ON true "  # for sums only where a cause is asked: it is dear
KEYS = {
    "unit": "CASE WHEN s.has_turned THEN d.unit_id END",
    "duty": "d.obligation",
    "cause": "k.codes[1]",
    "state": "s.state",
    "person": "CASE WHEN s.has_turned THEN d.official_id END",
    "month": "to_char(coalesce(nullif(d.due_on, 'infinity'), (d.due_at AT TIME ZONE d.zone)::date), 'YYYY-MM')",
}
STATES = f"""
    SELECT s.state AS key, count(*) AS duties {SEEN}
     WHERE %(source)s::text IS NULL OR d.source = %(source)s
     GROUP BY 1 ORDER BY 1
"""
CARD = "SELECT * FROM case_card WHERE source = %s AND case_no = %s"
CARDS = """
    SELECT * FROM case_card
     WHERE first_index > %(after)s
       AND (%(unit)s::text IS NULL OR unit_id = %(unit)s)
       AND (%(source)s::text IS NULL OR source = %(source)s)
       AND (%(is_open)s::boolean IS NULL OR (closed_at IS NULL) = %(is_open)s)
     ORDER BY first_index LIMIT %(limit)s
"""
TIMELINE = """
    SELECT version, log_index, topic, occurred_at, recorded_at, unit_id, official_id, post_id, imported, body
      FROM timeline WHERE stream = %s AND version > %s ORDER BY version LIMIT %s
"""
# What units owe, the nearest day first; what has no day comes last. A day is over at its end.
WORK = """
    SELECT l.stream, c.source, c.case_no, l.duty_id, l.unit_id, l.obligation, l.is_contested, c.subject, c.official_id,
           nullif(coalesce(l.due_on, (l.due_at AT TIME ZONE %(zone)s)::date), 'infinity') AS due_on
      FROM unit_load l JOIN case_card c USING (stream)
     WHERE l.unit_id = ANY(%(units)s) AND (%(duty)s::text IS NULL OR l.obligation = %(duty)s)
"""
LIGHT = """
    CASE WHEN w.due_on IS NULL THEN 'green' WHEN w.due_on < %(day)s THEN 'red'
         WHEN w.due_on <= %(near)s THEN 'amber' ELSE 'green' END
"""
ACCUSATIONS = """
    SELECT DISTINCT stream FROM party WHERE party = ANY(%s) AND starts_with(stream, 'case/accusation/') ORDER BY stream
"""
LOAD = """
    SELECT unit_id, obligation, count(*) AS open, count(*) FILTER (WHERE is_contested) AS contested,
           count(*) FILTER (WHERE NOT is_contested AND (due_on < %(day)s OR due_at < %(moment)s)) AS overdue,
           min(due_on) FILTER (WHERE due_on >= %(day)s AND due_on < 'infinity') AS next_due_on
      FROM unit_load
     WHERE %(unit)s::text IS NULL OR unit_id = %(unit)s
     GROUP BY unit_id, obligation ORDER BY min(trigger_index)
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of the worklist: whose, as of which day, near up to which day, in which zone; light, duty."""

    units: Sequence[str]
    day: date
    near: date
    zone: str
    light: str = "all"
    duty: str | None = None

    def values(self) -> dict[str, Any]:
        named = {"units": list(self.units), "day": self.day, "near": self.near, "zone": self.zone}
        return named | {"light": self.light, "duty": self.duty}


@dataclass(frozen=True, slots=True)
class WorkRow:
    stream: str
    source: str
    case_no: str
    duty_id: str
    unit_id: str
    obligation: str
    is_contested: bool
    subject: str | None
    official_id: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Seeing:
    """
    Whose look it is: everything, or the cases in which these parties (`unit/<id>`, `official/<id>`) have part; and the
    accusations, one by one. Nothing by default.
    """

    everything: bool = False
    parties: frozenset[str] = frozenset()
    accusations: frozenset[str] = frozenset()


MACHINE = Seeing(everything=True, accusations=frozenset({"*"}))  # whoever holds the service's password
SEEING = """
    SELECT set_config('luoshi.everything', %(everything)s, %(is_local)s),
           set_config('luoshi.parties', %(parties)s, %(is_local)s),
           set_config('luoshi.accusations', %(accusations)s, %(is_local)s)
"""


def see(db: Db, seeing: Seeing, *, is_local: bool = True) -> None:
    """Say whose look it is, for this transaction or, not `is_local`, for the connection. Else nothing is seen."""
    values = {
        "everything": "on" if seeing.everything else "off",
        "parties": "\n".join(sorted(seeing.parties)),
        "accusations": "\n".join(sorted(seeing.accusations)),
        "is_local": is_local,
    }
    db.execute(SEEING, values)


def accusations(db: Db, unit_ids: Iterable[str]) -> list[str]:
    """The accusations in which these units have part. To be asked by whoever decides which of them may be seen."""
    rows = db.execute(ACCUSATIONS, ([f"unit/{u}" for u in unit_ids],)).fetchall()
    return [stream for (stream,) in rows]


def streams(db: Db) -> frozenset[str]:
    """Every case that this look may see."""
    return frozenset(stream for (stream,) in db.execute("SELECT stream FROM case_card").fetchall())


def work(db: Db, asked: Work, *, limit: int, after: int = 0) -> list[WorkRow]:
    """A page of what these units owe; `after`: how many rows the pages before had."""
    statement = f"""
        SELECT w.* FROM ({WORK}) AS w WHERE %(light)s = 'all' OR {LIGHT} = %(light)s
         ORDER BY w.due_on NULLS LAST, w.stream, w.duty_id LIMIT %(limit)s OFFSET %(after)s
    """
    values = asked.values() | {"limit": limit, "after": after}
    return db.cursor(row_factory=class_row(WorkRow)).execute(statement, values).fetchall()


def work_counts(db: Db, asked: Work) -> dict[str, int]:
    """How many of these there are, by light."""
    found = db.execute(f"SELECT {LIGHT} AS light, count(*) FROM ({WORK}) AS w GROUP BY 1", asked.values()).fetchall()
    return {"red": 0, "amber": 0, "green": 0} | dict(found)


def among(db: Db, asked: Iterable[str]) -> frozenset[str]:
    """Which of these cases this look may see."""
    rows = db.execute("SELECT stream FROM case_card WHERE stream = ANY(%s)", (sorted(asked),)).fetchall()
    return frozenset(stream for (stream,) in rows)


def use(connection: Db, view_schema: str, role: str | None = None) -> None:
    """Prepare a connection for the functions of this module."""
    if role is not None:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(view_schema)))
    connection.execute("SET TIME ZONE 'UTC'")


def case(db: Db, source: str, case_no: str) -> Card | None:
    """One case's card."""
    return db.cursor(row_factory=class_row(Card)).execute(CARD, (source, case_no)).fetchone()


def cases(
    db: Db,
    *,
    limit: int,
    after: int = -1,
    unit_id: str | None = None,
    source: str | None = None,
    is_open: bool | None = None,
) -> list[Card]:
    """
    Cases in the order in which they came to the log, after the one whose first event has the index `after`. A case's
    first index never changes, so a walk meets each case once while the log grows.
    """
    asked = {"after": after, "unit": unit_id, "source": source, "is_open": is_open, "limit": limit}
    return db.cursor(row_factory=class_row(Card)).execute(CARDS, asked).fetchall()


def timeline(db: Db, stream: str, *, after: int = 0, limit: int = 1000) -> list[Act]:
    """The acts of a case, in the order in which they were recorded."""
    return db.cursor(row_factory=class_row(Act)).execute(TIMELINE, (stream, after, limit)).fetchall()


def failures(db: Db, asked: Asked, *, limit: int | None = None, after: Cursor | None = None) -> list[Failure]:
    """What fails as of the day asked, in the order of the log."""
    return db.cursor(row_factory=class_row(Failure)).execute(*statement(db, asked, limit=limit, after=after)).fetchall()


def groups(db: Db, asked: Asked, by: str) -> list[Group]:
    """
    What fails as of the day asked, counted by unit, duty, (first) cause, month or state; by person only for who named a
    purpose at the door.
    """
    return db.cursor(row_factory=class_row(Group)).execute(*statement(db, asked, by=by)).fetchall()


def statement(
    db: Db, asked: Asked, *, limit: int | None = None, after: Cursor | None = None, by: str | None = None
) -> tuple[str, dict[str, Any]]:
    """The SQL of a question, and its parameters."""
    where, values = _where(asked)
    values |= moments_of(db, asked.as_of)
    if by is not None:
        text = GROUPS.format(key=KEYS[by]) + (WITH_CAUSES if by == "cause" or asked.cause is not None else "")
        # In the order of the list: the duties of one trigger, as the periods of one adoption, by their ids.
        first = "min(d.trigger_index), (array_agg(d.duty_id ORDER BY d.trigger_index, d.duty_id))[1]"
        return f"{text} WHERE {' AND '.join(where)} GROUP BY 1 ORDER BY {first}", values
    if after is not None:
        where.append("(d.trigger_index, d.duty_id) > (%(after_index)s, %(after_duty)s)")
        values |= {"after_index": after[0], "after_duty": after[1]}
    text = f"{FAILURES} WHERE {' AND '.join(where)} ORDER BY d.trigger_index, d.duty_id LIMIT %(limit)s"
    return text, values | {"limit": limit}


def totals(db: Db, asked: Asked) -> Totals:
    """The sums of what fails as of the day asked."""
    where, values = _where(asked)
    statement = f"{TOTALS}{WITH_CAUSES if asked.cause is not None else ''} WHERE {' AND '.join(where)}"
    rows = db.cursor(row_factory=class_row(Totals)).execute(statement, values | moments_of(db, asked.as_of)).fetchall()
    return rows[0]


def states(db: Db, as_of: date | datetime, *, source: str | None = None) -> dict[str, int]:
    """How many duties there are as of the day asked, by state."""
    return dict(db.execute(STATES, {"source": source} | moments_of(db, as_of)).fetchall())


def office_streams(db: Db) -> list[str]:
    """The streams in which anything was filed about an office."""
    return [stream for (stream,) in db.execute("SELECT stream FROM office_stream ORDER BY stream").fetchall()]


def standing_until(db: Db) -> date:
    """The last day on which a period of a standing duty begins that the view has; a fold knows no such day."""
    row = db.execute("SELECT until FROM standing_until").fetchone()
    return row[0] if row is not None else date.max


def unit_load(db: Db, as_of: datetime, day: date, unit_id: str | None = None) -> list[Load]:
    """What is open at the end of the log, by unit and kind of duty; overdue at that moment, which lies in that day."""
    asked = {"day": day, "moment": as_of, "unit": unit_id}
    return db.cursor(row_factory=class_row(Load)).execute(LOAD, asked).fetchall()


def positions(db: Db) -> list[Position]:
    """How many events of the log each view has in it."""
    cursor = db.cursor(row_factory=class_row(Position))
    return cursor.execute("SELECT name, version, size FROM position ORDER BY name").fetchall()


def moments_of(db: Db, as_of: date | datetime) -> dict[str, Any]:
    """The moment which `as_of` means in each zone there is."""
    zones = [zone for (zone,) in db.execute(ZONES).fetchall()]
    return {"zones": zones, "moments": [resolve(as_of, zone).moment.astimezone(UTC) for zone in zones]}


def _where(asked: Asked) -> tuple[list[str], dict[str, Any]]:
    where = ["d.fails_from <= a.at" if asked.state is None else "s.state = %(state)s"]
    if asked.unit_ids is not None:
        where.append("s.has_turned AND d.unit_id = ANY(%(units)s)")
    if asked.official_ids is not None:
        where.append("s.has_turned AND d.official_id = ANY(%(officials)s)")
    if asked.duty is not None:
        where.append("d.obligation = %(duty)s")
    if asked.cause is not None:
        where.append("%(cause)s = ANY(k.codes)")
    if asked.source is not None:
        where.append("d.source = %(source)s")
    if asked.stream is not None:
        where.append("d.stream = %(stream)s")
    if asked.is_of_cases:
        where.append("d.source <> %(standing)s")
    units, officials = asked.unit_ids, asked.official_ids
    return where, {
        "state": asked.state,
        "units": list(units) if units is not None else None,
        "officials": list(officials) if officials is not None else None,
        "duty": asked.duty,
        "cause": asked.cause,
        "source": asked.source,
        "stream": asked.stream,
        "standing": SOURCE,
    }
