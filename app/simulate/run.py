"""
The year as it is recorded: people first, then every act and every change of post in one order of time.

Run again over the same log, every command is a repeat and records nothing: command ids come from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from app.establish import REGISTRAR
from app.simulate.clock import FIRST_DAY, ZONE
from app.simulate.county import COUNTY, DIVISION, GOVERNMENT, UNIT_SINCE
from app.simulate.planner import Planner
from app.simulate.sheet import AnswerRow, AnswerSheet
from domain.people import events as e
from domain.people.commands import RecordPeople

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from app.handle import Handler
    from app.simulate.clock import SimulatedClock
    from app.simulate.county import County
    from app.simulate.plan import Story
    from domain.people.events import PeopleEvent

SET_UP_AT = datetime(2024, 12, 20, 9, tzinfo=ZONE)
ENTRY_TAKES = timedelta(seconds=20)
MORNING = time(7, 30)  # changes of post are on record before the day's acts begin


@dataclass(frozen=True, slots=True)
class Enrol:
    """The key of an official, made when it is enrolled."""

    official_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    name: str
    what: PeopleEvent | Enrol


def simulate(
    handler: Handler,
    clock: SimulatedClock,
    *,
    seed: int = 2025,
    cases: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> AnswerSheet:
    """
    Record the county's year through `handler`, whose clock is `clock`; what was planted comes back as the sheet.

    `progress` is told how many of all commands are done, now and then and at the end.
    """
    planner = Planner(seed)
    stories = planner.stories(cases)
    entries = list(_entries(planner.county))
    acts = [(act.recorded_at, n, k) for n, story in enumerate(stories) for k, act in enumerate(story.acts)]
    todo: list[tuple[datetime, int, int, Entry | None]] = [(entry.at, -1, n, entry) for n, entry in enumerate(entries)]
    todo += [(at, n, k, None) for at, n, k in acts]
    todo.sort(key=lambda item: item[:3])
    clock.set(SET_UP_AT - ENTRY_TAKES)
    _enrol(handler, clock(), "system", "registrar", f"simulate/{seed}/registrar")
    for done, (at, n, k, entry) in enumerate(todo, 1):
        clock.set(at)
        if entry is not None:
            _enter(handler, entry, seed)
        else:
            handler.handle(stories[n].command(k, seed))
        if progress is not None and (done % 100 == 0 or done == len(todo)):
            progress(done, len(todo))
    return AnswerSheet(rows=tuple(_rows(stories)), cases=len(stories))


def _rows(stories: list[Story]) -> Iterator[AnswerRow]:
    for story in stories:
        if (p := story.planted) is not None:
            yield AnswerRow(
                case_no=story.no,
                duty=p.duty,
                unit_id=p.unit_id,
                official_id=p.official_id,
                cause=p.cause,
                kind=p.kind,
                due_on=p.due_on,
                met_on=p.met_on,
                note=p.note,
            )


def _enter(handler: Handler, entry: Entry, seed: int) -> None:
    command_id = f"simulate/{seed}/people/{entry.name}"
    if isinstance(entry.what, Enrol):
        holder = entry.what.official_id
        _enrol(handler, entry.at, "official", holder, command_id)
    else:
        handler.record(
            RecordPeople(
                event=entry.what,
                actor=REGISTRAR,
                occurred_at=entry.at - timedelta(seconds=1),
                now=entry.at,
                command_id=command_id,
            )
        )


def _enrol(handler: Handler, at: datetime, role: str, holder: str, command_id: str) -> None:
    """Enrol the key kept for this holder, unless it is enrolled: an `init` may have come first."""
    signer = handler.keyring.create(f"{role}/{holder}")
    if signer.key_id in handler.register().keys:
        return
    handler.record(
        RecordPeople(
            event=e.KeyEnrolled(
                key_id=signer.key_id,
                vkey=signer.vkey,
                role=role,
                holder=holder,
                custody="ledger",
                valid_from=at.date(),
            ),
            actor=REGISTRAR,
            occurred_at=at - timedelta(seconds=1),
            now=at,
            command_id=f"{command_id}/{signer.key_id.rpartition('+')[2]}",
        )
    )


def _entries(county: County) -> Iterator[Entry]:
    """The register before the year, then its changes on their days."""
    at = SET_UP_AT
    for name, what in _set_up(county):
        yield Entry(at, name, what)
        at += ENTRY_TAKES
    for official_id, (name, since) in county.officials.items():
        if since > FIRST_DAY:
            morning = _morning(since)
            yield Entry(morning, official_id, e.OfficialRegistered(official_id=official_id, name=name))
            yield Entry(morning + timedelta(minutes=1), f"{official_id}/key", Enrol(official_id))
    for post_id, terms in county.terms.items():
        for n, term in enumerate(terms):
            official_id = term.seat.official_id
            if term.from_on > FIRST_DAY:
                yield Entry(
                    _morning(term.from_on) + timedelta(minutes=5),
                    f"{post_id}/from/{n}",
                    _made(term.seat.post_id, official_id, term.from_on),
                )
            if term.to_on is not None:
                ended = e.AppointmentEnded(
                    post_id=post_id, official_id=official_id, to_on=term.to_on, reason="工作调动"
                )
                yield Entry(_morning(term.to_on) + timedelta(minutes=3), f"{post_id}/to/{n}", ended)


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=ZONE)


def _made(post_id: str, official_id: str, from_on: date) -> e.AppointmentMade:
    return e.AppointmentMade(post_id=post_id, official_id=official_id, from_on=from_on)


def _set_up(county: County) -> Iterator[tuple[str, PeopleEvent | Enrol]]:
    for unit in county.units.values():
        yield (
            unit.unit_id,
            e.UnitEstablished(
                unit_id=unit.unit_id,
                name=unit.name,
                kind=unit.kind,
                parent_id=None if unit.unit_id == GOVERNMENT else GOVERNMENT,
                division_code=DIVISION,
                uscc=unit.uscc,
                valid_from=UNIT_SINCE,
            ),
        )
    for post_id, (unit_id, title, rank) in county.titles.items():
        full = f"{county.units[unit_id].name.removeprefix(COUNTY)}{title}"
        yield (
            post_id,
            e.PostEstablished(post_id=post_id, unit_id=unit_id, title=full, rank=rank, valid_from=UNIT_SINCE),
        )
    for official_id, (name, since) in county.officials.items():
        if since <= FIRST_DAY:
            yield official_id, e.OfficialRegistered(official_id=official_id, name=name)
            yield f"{official_id}/key", Enrol(official_id)
    for post_id, terms in county.terms.items():
        if terms[0].from_on <= FIRST_DAY:
            yield f"{post_id}/from/0", _made(post_id, terms[0].seat.official_id, terms[0].from_on)
