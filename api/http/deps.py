"""
What the doors need of the rest, and how a request gets it: a consistent look at the views, with the law they stand on.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from fastapi import Depends, Query, Request
from psycopg import Connection, IsolationLevel
from psycopg_pool import ConnectionPool

from api.http.errors import Problem
from app.acting import NotAllowed
from app.asked import parse_as_of, parse_known_at
from app.codec import PEOPLE_TOPICS
from app.handle import read as read_stored
from domain.law.in_force import Law, add
from ledger.store.migrate import READER, view_schema
from projections import answers, read
from projections import dossier as of_whom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from app.access.policy import Access
    from app.acting import Acting
    from app.handle import Handler
    from app.prepared import Preparer
    from app.questions import Questions
    from app.receipts import Receipts
    from audit.dossier import Dossier
    from domain.recorded import Recorded
    from ledger.store.contract import Store

    Day = date | datetime

LAW_CHUNK = 1000
WAIT_SECONDS = 2.0  # how long a read may wait for the view to reach an index, before 503
MAX_LIMIT = 500
KEPT = 8  # folded answers kept: a walk or two through earlier states of the log ...
KEPT_ROWS = 20_000  # ... and no more rows of them together, except those of the newest
T = TypeVar("T")


class Settings(Protocol):
    """How this log is named and where its days are counted."""

    @property
    def schema_name(self) -> str: ...

    @property
    def origin(self) -> str: ...

    @property
    def timezone(self) -> str: ...

    @property
    def auditors(self) -> Path: ...


class Outside(Protocol):
    """The checkpoint kept outside the database."""

    def newest(self) -> bytes | None: ...

    def read(self, name: str) -> bytes | None: ...


class Luoshi(Protocol):
    """One log, as the doors see it; `app.wiring.Luoshi` is one."""

    @property
    def dsn(self) -> str: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Store: ...

    @property
    def outside(self) -> Outside: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    def questions(self) -> Questions: ...

    @property
    def handler(self) -> Handler: ...

    def preparer(self) -> Preparer: ...

    def acting(self) -> Acting: ...

    def receipts(self) -> Receipts: ...


@dataclass(slots=True)
class Look:
    """The views at one moment: `size` events of the log are in them, and the law is that of these events."""

    db: Connection[Any]
    size: int
    law: Law
    store: Store
    seeing: read.Seeing

    def sees(self) -> Callable[[str], bool]:
        """Whether this look may see a stream: a case, or an office."""
        cases = read.streams(self.db)

        def seen(stream: str) -> bool:
            if stream.startswith("case/"):
                return stream in cases
            return self.seeing.everything or stream.replace("office/", "unit/", 1) in self.seeing.parties

        return seen

    def history(self, stream: str) -> list[Recorded]:
        """One case, as far as the views go. Ask only for what the views have shown."""
        return [read_stored(s) for s in self.store.read_stream(stream) if s.log_index < self.size]

    def offices(self) -> list[list[Recorded]]:
        """What was filed about offices, office by office."""
        return [self.history(stream) for stream in read.office_streams(self.db)]

    def rows(self, chosen: Sequence[read.Failure], as_of: Day) -> list[dict[str, Any]]:
        """The chosen duties as the contract's JSON."""
        return answers.rows(chosen, self.law, self.history, self.offices, as_of, log_size=self.size)

    def dossier(self, whose: of_whom.Whose, chosen: Sequence[of_whom.Line], as_of: Day) -> Dossier:
        """The chosen duties as a dossier of a unit or an official."""

        def loads(days: Iterable[date]) -> Mapping[date, int]:
            return of_whom.loads(self.db, whose, as_of, days)

        return answers.dossier(chosen, whose, self.law, self.history, self.offices, loads, as_of, log_size=self.size)

    def followed(self, chosen: Sequence[read.Failure], as_of: Day) -> list[dict[str, Any]]:
        """What followed the chosen failures."""
        return answers.followed(chosen, self.law, self.history, as_of, log_size=self.size)


class Desk:
    """What all requests share. Thread-safe: requests run in a pool of threads."""

    def __init__(self, luoshi: Luoshi) -> None:
        self.luoshi = luoshi
        self.pool = ConnectionPool(luoshi.dsn, min_size=1, max_size=8, open=False, configure=self._configure, timeout=5)
        self._law = Law()
        self._law_size = 0
        self._lock = threading.Lock()
        self._questions: Questions | None = None
        self._acting: Acting | None = None
        self._questions_lock = threading.Lock()
        self._judged: dict[tuple[Any, ...], list[str]] = {}
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def close(self) -> None:
        self.pool.close()
        if self._acting is not None:
            self._acting.close()

    def _configure(self, connection: Connection[Any]) -> None:
        read.use(connection, view_schema(self.luoshi.settings.schema_name), READER)
        connection.commit()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True

    @property
    def acting(self) -> Acting:
        """What records acts for callers."""
        with self._lock:
            if self._acting is None:
                self._acting = self.luoshi.acting()
            return self._acting

    def positions(self) -> list[read.Position]:
        """How far each view is; 503 where there is none."""
        with self.pool.connection() as db:
            return self._positions(db)

    @staticmethod
    def _positions(db: Connection[Any]) -> list[read.Position]:
        try:
            return read.positions(db)
        except psycopg.errors.UndefinedTable:
            raise Problem(503, "view_missing", "视图尚未建立，请稍候。the views are not built yet") from None

    @contextmanager
    def look(self, access: Access, operation: str, min_log_index: int | None = None) -> Iterator[Look]:
        """
        A consistent look at the views, which have `min_log_index` in them, as far as that caller sees by that
        operation. NotAllowed where no role of theirs has it.
        """
        if (denied := access.may(operation)) is not None:
            raise NotAllowed(denied)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with self.pool.connection() as db:
                size = min((p.size for p in self._positions(db)), default=0)
                if min_log_index is None or size > min_log_index:
                    seeing = self._seeing(db, access, operation, size)
                    read.see(db, seeing)
                    yield Look(db, size, self._law_at(size), self.luoshi.store, seeing)
                    return
            if time.monotonic() > deadline:
                raise Problem(503, "view_behind", f"the view has {size} events; index {min_log_index} was asked for")
            time.sleep(0.02)

    @contextmanager
    def questions(self) -> Iterator[Questions]:
        """The audit over the log itself, for what the views do not keep. One at a time: it holds the log in memory."""
        with self._questions_lock:
            if self._questions is None:
                self._questions = self.luoshi.questions()
            yield self._questions

    def kept(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """
        What was folded for this question before, or now. A fold depends on the prefix of the log and the question
        alone, so both are in the key. Called inside `questions`.
        """
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > 1 and (
                len(self._kept) > KEPT or sum(map(_rows_of, self._kept.values())) > KEPT_ROWS
            ):
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        found: T = self._kept[key]
        return found

    def _seeing(self, db: Connection[Any], access: Access, operation: str, size: int) -> read.Seeing:
        """What the caller sees; the accusations among it are judged one by one, once a day and size of the log."""
        if not access.sees_accusations(operation):
            return access.seeing(operation)
        # As of the day and of everything on record: an appointment may keep somebody out from a later day on.
        key = (access.principal, operation, size, access.day, self.luoshi.store.size())
        with self._lock:
            known = self._judged.get(key)
        if known is None:
            read.see(db, read.MACHINE)
            held = read.accusations(db, access.principal.unit_ids)
            subjects = {stream: self.acting.subject(stream) for stream in held}
            known = [stream for stream, s in subjects.items() if s is not None and access.may(operation, s) is None]
            with self._lock:
                if len(self._judged) > KEPT:
                    self._judged.clear()
                self._judged[key] = known
        return access.seeing(operation, known)

    def law(self) -> Law:
        """The law as the log has it now, whatever the views have read."""
        return self._law_at(self.luoshi.store.size())

    def _law_at(self, size: int) -> Law:
        """People, packs and calendars of the first `size` events."""
        with self._lock:
            if size < self._law_size:
                self._law, self._law_size = Law(), 0
            while self._law_size < size:
                stored = self.luoshi.store.read_log(self._law_size, min(LAW_CHUNK, size - self._law_size))
                for s in stored:
                    if s.topic in PEOPLE_TOPICS:
                        add(self._law, read_stored(s))
                self._law_size += len(stored)
            return self._law

    def today(self) -> date:
        """The civil day it is, in the log's zone."""
        return self.luoshi.clock().astimezone(ZoneInfo(self.luoshi.settings.timezone)).date()


def _rows_of(made: Any) -> int:
    """How many rows a folded answer has: a list, or a dossier's duties."""
    rows = made.get("duties") if isinstance(made, dict) else made
    return len(rows) if isinstance(rows, list) else 1


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def as_of_of(
    desk: Annotated[Desk, Depends(desk_of)],
    as_of: Annotated[
        str | None,
        Query(description="日期（当日终了）或时刻；省略为今天。A day, meaning its end, or an RFC 3339 moment; today."),
    ] = None,
) -> Any:
    """The day or moment asked; today where none is."""
    if as_of is None:
        return desk.today()
    try:
        return parse_as_of(as_of.replace(" ", "+"))
    except ValueError as error:
        raise Problem(422, "as_of", f"as_of: {error}") from None


def known_at_of(
    known_at: Annotated[
        str | None,
        Query(description="当时所知：日志序号或带时区的时刻。As known then: a log index or an RFC 3339 moment."),
    ] = None,
) -> Any:
    """The prefix of the log that is asked; all of it where none is."""
    if known_at is None:
        return None
    try:
        return parse_known_at(known_at.replace(" ", "+"))
    except ValueError as error:
        raise Problem(422, "known_at", f"known_at: {error}") from None


DeskIn = Annotated[Desk, Depends(desk_of)]
AsOf = Annotated[Any, Depends(as_of_of)]  # date | datetime
KnownAt = Annotated[Any, Depends(known_at_of)]  # int | datetime | None
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="每页条数。Entries of a page.")]
MinLogIndex = Annotated[
    int | None, Query(ge=0, description="等视图含有此日志序号再答。Wait until the views have this event in them.")
]
