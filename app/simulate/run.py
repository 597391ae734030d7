"""
The year as it is recorded: people first, then every act and every change of post in one order of time.

Run again over the same log, every command is a repeat and records nothing: command ids come from the seed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from app import holidays
from app.establish import REGISTRAR, STATUTES, adopt_pack, record
from app.simulate.clock import FIRST_DAY, LATE_DAY_OFF, LATE_NOTICE_ON, YEAR, ZONE
from app.simulate.county import ABOLISHED, BODIES, BUREAU, COUNTY, DIVISION, GOVERNMENT, UNIT_SINCE
from app.simulate.offices import (
    ADOPTED_ON,
    COUNTY_PACK,
    NPC_PACK,
    PRACTICE_PACK,
    county_pack,
    first_county_pack,
    npc_pack,
    practice_pack,
)
from app.simulate.planner import Planner
from app.simulate.sheet import AnswerRow, AnswerSheet
from domain.people import events as e
from domain.people.commands import RecordPeople

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.handle import Handler
    from app.simulate.clock import SimulatedClock
    from app.simulate.county import County
    from app.simulate.plan import Story
    from domain.case.commands import FileAct
    from domain.people.events import PeopleEvent

SET_UP_AT = datetime(2024, 12, 20, 9, tzinfo=ZONE)
ENTRY_TAKES = timedelta(seconds=20)
KEY_LOST_ON = date(YEAR, 5, 14)
MORNING = time(7, 30)  # changes of post are on record before the day's acts begin


@dataclass(frozen=True, slots=True)
class Enrol:
    """The key of an official, made when it is enrolled."""

    official_id: str


@dataclass(frozen=True, slots=True)
class Lose:
    """The key of an official is lost: revoked, and another enrolled."""

    official_id: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """A rule pack put in force."""

    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    name: str
    what: PeopleEvent | Enrol | Lose | Adopt


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
    stories, offices = planner.stories(cases), planner.offices
    todo: list[tuple[datetime, int, int, Callable[[], object]]] = []
    for n, entry in enumerate(_entries(planner.county)):
        todo.append((entry.at, -2, n, partial(_enter, handler, entry, seed)))
    for n, filing in enumerate(offices.filings):
        command = filing.command(f"simulate/{seed}/office/{n:05d}")
        todo.append((filing.at, -1, n, partial(_file, handler, command)))
    for n, story in enumerate(stories):
        for k, act in enumerate(story.acts):
            todo.append((act.recorded_at, n, k, partial(_act, handler, story, k, seed)))
    todo.sort(key=lambda item: item[:3])
    clock.set(SET_UP_AT - ENTRY_TAKES)
    _enrol(handler, clock(), "system", "registrar", f"simulate/{seed}/registrar")
    for done, (at, _, _, issue) in enumerate(todo, 1):
        clock.set(at)
        issue()
        if progress is not None and (done % 100 == 0 or done == len(todo)):
            progress(done, len(todo))
    return AnswerSheet(rows=(*_rows(stories), *offices.rows), cases=len(stories))


def _file(handler: Handler, command: FileAct) -> None:
    if handler.handle(command).log_index is None:
        raise AssertionError(f"{command.kind} of {command.unit_id} was filed already")


def _act(handler: Handler, story: Story, number: int, seed: int) -> None:
    """Issue one act of a case, which is planned to give so many events and gives no others."""
    act = story.acts[number]
    outcome = handler.handle(story.command(number, seed))
    is_as_planned = outcome.log_index is not None and outcome.version == act.version + act.records - 1
    if not is_as_planned and (outcome.is_new or outcome.log_index is None):
        raise AssertionError(f"{story.kind}: {act.command.__name__} was not recorded as planned: {outcome}")


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
    elif isinstance(entry.what, Lose):
        _lose(handler, entry.at, entry.what.official_id, command_id)
    elif isinstance(entry.what, Adopt):
        adopt_pack(handler, entry.what.content, now=entry.at, once=True)
    elif isinstance(entry.what, e.CalendarNoticeAdopted):
        record(handler, entry.what, now=entry.at)
    else:
        _record(handler, entry.what, entry.at, command_id)


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


def _lose(handler: Handler, at: datetime, official_id: str, command_id: str) -> None:
    """Revoked by the registrar as lost, and a new key in its place; once, however often the year is played."""
    register = handler.register()
    keys = [key for key in register.keys.values() if (key.role, key.holder) == ("official", official_id)]
    if any(key.key_id in register.revoked for key in keys):
        return
    for key in keys:
        revoked = e.KeyRevoked(key_id=key.key_id, role="official", holder=official_id, reason="lost")
        _record(handler, revoked, at, f"{command_id}/revoked")
    signer = handler.keyring.add(f"official/{official_id}")
    enrolled = e.KeyEnrolled(
        key_id=signer.key_id,
        vkey=signer.vkey,
        role="official",
        holder=official_id,
        custody="ledger",
        valid_from=at.date(),
    )
    _record(handler, enrolled, at, f"{command_id}/again")


def _record(handler: Handler, event: PeopleEvent, at: datetime, command_id: str) -> None:
    command = RecordPeople(
        event=event, actor=REGISTRAR, occurred_at=at - timedelta(seconds=1), now=at, command_id=command_id
    )
    handler.record(command)


def _entries(county: County) -> Iterator[Entry]:
    """The register before the year, then its changes on their days."""
    at = SET_UP_AT
    for name, what in _set_up(county):
        yield Entry(at, name, what)
        at += ENTRY_TAKES
    yield from _of_the_year(county)
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


def _of_the_year(county: County) -> Iterator[Entry]:
    """What the year brings besides changes of post."""
    yield Entry(_morning(ADOPTED_ON), COUNTY_PACK, Adopt(county_pack()))
    notice = holidays.notice(YEAR)
    days_off = tuple(sorted({*notice.days_off, LATE_DAY_OFF}))
    late = replace(notice, published_on=LATE_NOTICE_ON, source="放假通知（虚构）", days_off=days_off)
    yield Entry(_morning(LATE_NOTICE_ON), "calendar", late)
    yield Entry(_morning(KEY_LOST_ON), "key-lost", Lose(county.seat(f"{BUREAU}-staff-2", KEY_LOST_ON).official_id))
    for unit_id, (_, _, last, heir) in ABOLISHED.items():
        abolished = e.UnitAbolished(unit_id=unit_id, valid_to=last, successor_id=heir)
        yield Entry(_morning(last) + timedelta(minutes=6), f"{unit_id}/abolished", abolished)
    for cover in county.covers:
        acting = e.AppointmentMade(
            post_id=cover.absent.post_id,
            official_id=cover.acting.official_id,
            from_on=cover.from_on,
            to_on=cover.to_on,
            kind="acting",
        )
        yield Entry(_morning(cover.from_on) + timedelta(minutes=5), f"{cover.absent.post_id}/acting", acting)


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=ZONE)


def _made(post_id: str, official_id: str, from_on: date) -> e.AppointmentMade:
    return e.AppointmentMade(post_id=post_id, official_id=official_id, from_on=from_on)


def _set_up(county: County) -> Iterator[tuple[str, PeopleEvent | Enrol | Adopt]]:
    for path in sorted(STATUTES.glob("*.toml")):
        yield path.stem, Adopt(tomllib.loads(path.read_text(encoding="utf-8")))
    yield NPC_PACK, Adopt(npc_pack())
    yield PRACTICE_PACK, Adopt(practice_pack())
    yield f"{COUNTY_PACK}/first", Adopt(first_county_pack())
    for year in (YEAR, YEAR + 1):
        yield f"calendar/{year}", holidays.notice(year)
    for unit in county.units.values():
        yield (
            unit.unit_id,
            e.UnitEstablished(
                unit_id=unit.unit_id,
                name=unit.name,
                kind=unit.kind,
                parent_id=None if unit.unit_id in (GOVERNMENT, *BODIES) else GOVERNMENT,
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
