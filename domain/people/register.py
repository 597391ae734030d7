"""
The register: which units, posts and officials exist, and who held which post on which day.

Two questions that differ by one day at a change (duties.md): `in_post_on` is about authority and counts the first and
the last day of an appointment; `holder_of` is about charging a day, which belongs to who held at its start, so a change
on a day leaves that day to the giver. Where the giver's last day is the day before, the new holder has the whole day.

Pure: the fold of the people events in log order. `known_before` limits a question to what the log held then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.law.filed import FiledKind, parse_filed_kinds
from domain.people import events as e
from domain.people.streams import CONFERENCE, stream_of, streams_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.recorded import Recorded

FIRST_DAY, LAST_DAY = date.min, date.max
RANKS = ("main_leader", "leader_in_charge", "staff")


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    name: str
    kind: str
    parent_id: str | None = None
    division_code: str | None = None
    uscc: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: str | None = None
    log_index: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    post_id: str
    unit_id: str
    title: str
    rank: str
    valid_from: date | None = None
    valid_to: date | None = None
    established_at: datetime | None = None  # when that was recorded


@dataclass(frozen=True, slots=True)
class Appointment:
    """
    One official in one post, first and last day both inside. `to_on` is date.max while no end is known. `said` is what
    was recorded of it, in order: (log index, last day as of then, day of the record).
    """

    post_id: str
    official_id: str
    from_on: date
    to_on: date
    kind: str
    said: tuple[tuple[int, date, datetime], ...]

    @property
    def indexes(self) -> tuple[int, ...]:
        """The log indexes of the events that made and ended it."""
        return tuple(index for index, _, _ in self.said)

    def known(self, before: int | None) -> Appointment | None:
        """The appointment as the log held it before that index; None where it was not yet recorded."""
        if before is None:
            return self
        said = tuple(s for s in self.said if s[0] < before)
        return replace(self, to_on=said[-1][1], said=said) if said else None


@dataclass(frozen=True, slots=True)
class Revoked:
    """The end of a key: when that was recorded, and since when the key is said to have been in other hands."""

    recorded_at: datetime
    effective_at: datetime | None
    reason: str
    log_index: int


@dataclass(slots=True)
class Register:
    """Mutable while it is folded, then only read."""

    units: dict[str, Unit] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    officials: dict[str, str] = field(default_factory=dict)
    appointments: dict[str, list[Appointment]] = field(default_factory=dict)  # by post, in log order
    official_posts: dict[str, list[str]] = field(default_factory=dict)
    unit_posts: dict[str, list[str]] = field(default_factory=dict)
    conferences: dict[str, list[str]] = field(default_factory=dict)  # joint conferences, by the unit above
    keys: dict[str, e.KeyEnrolled] = field(default_factory=dict)
    revoked: dict[str, Revoked] = field(default_factory=dict)
    filing: dict[str, tuple[FiledKind, ...]] = field(default_factory=dict)  # by pack, newest adoption
    registrar: tuple[str, str] | None = None  # role and holder of the key that the log began with
    adopted: dict[str, e.RulePackAdopted] = field(default_factory=dict)  # by pack, newest adoption
    notices: dict[tuple[str, int], e.CalendarNoticeAdopted] = field(default_factory=dict)  # newest of a year

    def filed_kinds(self) -> tuple[FiledKind, ...]:
        """What may be filed, by the packs adopted; of two packs with one kind the one adopted first goes."""
        found: dict[str, FiledKind] = {}
        for kinds in self.filing.values():
            for kind in kinds:
                found.setdefault(kind.kind, kind)
        return tuple(found.values())

    def in_post_on(self, post_id: str, day: date, *, known_before: int | None = None) -> tuple[Appointment, ...]:
        """
        Who held this post on that day: every appointment whose first and last day enclose it.
        """
        known = (a.known(known_before) for a in self.appointments.get(post_id, ()))
        return tuple(a for a in known if a is not None and a.from_on <= day <= a.to_on)

    def holder_of(self, post_id: str, day: date) -> Appointment | None:
        """
        To whom a day in this post is charged: who held it at the day's start; an acting holder goes before a
        substantive one; None where the post was vacant.
        """
        found: Appointment | None = None
        for a in self.appointments.get(post_id, ()):
            starts = a.from_on if self._takes_over_at_midnight(a) else a.from_on + timedelta(days=1)
            if starts <= day <= a.to_on and (found is None or a.kind == "acting" or found.kind != "acting"):
                found = a
        return found

    def _takes_over_at_midnight(self, taking: Appointment) -> bool:
        eve = taking.from_on - timedelta(days=1)
        return any(a.to_on == eve and a is not taking for a in self.appointments[taking.post_id])

    def changes(self, post_id: str) -> set[date]:
        """
        The days on whose start the holder of this post may differ from the day before.
        """
        days: set[date] = set()
        for a in self.appointments.get(post_id, ()):
            days |= {a.from_on, a.from_on + timedelta(days=1)}
            if a.to_on != LAST_DAY:
                days.add(a.to_on + timedelta(days=1))
        return days

    def posts_of(self, official_id: str, unit_id: str, day: date) -> list[str]:
        """The posts of that unit which the official held at the start of that day."""
        return [
            p
            for p in self.official_posts.get(official_id, ())
            if self.posts[p].unit_id == unit_id and (h := self.holder_of(p, day)) and h.official_id == official_id
        ]

    def posts_in(self, official_id: str, unit_id: str, day: date) -> list[str]:
        """The posts of that unit in which the official was on that day, first and last day included."""
        return [
            p
            for p in self.official_posts.get(official_id, ())
            if self.posts[p].unit_id == unit_id and any(a.official_id == official_id for a in self.in_post_on(p, day))
        ]

    def leading_posts(self, unit_id: str, day: date | None = None) -> list[Post]:
        """The posts that answer for a unit, on a day or ever: the main leaders, then the leaders in charge."""
        posts = [self.posts[p] for p in self.unit_posts.get(unit_id, ()) if self.posts[p].rank != "staff"]
        if day is not None:
            posts = [p for p in posts if (p.valid_from or FIRST_DAY) <= day <= (p.valid_to or LAST_DAY)]
        return sorted(posts, key=lambda p: RANKS.index(p.rank))

    def unit_on(self, unit_id: str, day: date) -> str:
        """The unit itself or, after its last day, the successor named for it (a chain is followed)."""
        seen = {unit_id}
        while (u := self.units.get(unit_id)) and u.valid_to and day > u.valid_to and u.successor_id:
            if u.successor_id in seen:
                return unit_id
            unit_id = u.successor_id
            seen.add(unit_id)
        return unit_id

    def is_within(self, unit_id: str, above: str) -> bool:
        """Whether a unit is that one, or one under it."""
        return unit_id == above or above in self.above(unit_id)

    def above(self, unit_id: str) -> list[str]:
        """The units above a unit, the nearest first."""
        found: list[str] = []
        unit = self.units.get(unit_id)
        while unit is not None and unit.parent_id is not None and unit.parent_id not in (unit_id, *found):
            found.append(unit.parent_id)
            unit = self.units.get(unit.parent_id)
        return found

    def unit_name(self, unit_id: str) -> str:
        return self.units[unit_id].name if unit_id in self.units else unit_id

    def official_name(self, official_id: str) -> str:
        return self.officials.get(official_id, official_id)


def add(register: Register, recorded: Recorded) -> None:
    """
    Fold one more event into the register. Events of cases change nothing in it, nor does one in a stream not its own.
    """
    event = recorded.event
    if not isinstance(event, e.PeopleEvent) or recorded.stream not in streams_of(event):
        return
    if recorded.stream != stream_of(event):
        _list(register, event)
        return
    match event:
        case e.UnitEstablished():
            register.units[event.unit_id] = Unit(
                event.unit_id,
                event.name,
                event.kind,
                event.parent_id,
                event.division_code,
                event.uscc,
                event.valid_from,
                log_index=recorded.log_index,
            )
        case e.UnitAbolished():
            unit = register.units[event.unit_id]
            successor = event.successor_id or unit.successor_id
            register.units[event.unit_id] = replace(unit, valid_to=event.valid_to, successor_id=successor)
        case e.SuccessorNamed():
            unit = register.units[event.unit_id]
            register.units[event.unit_id] = replace(unit, successor_id=event.successor_id)
        case e.PostEstablished():
            register.posts[event.post_id] = Post(
                event.post_id, event.unit_id, event.title, event.rank, event.valid_from, None, recorded.recorded_at
            )
        case e.PostAbolished():
            register.posts[event.post_id] = replace(register.posts[event.post_id], valid_to=event.valid_to)
        case e.OfficialRegistered():
            register.officials[event.official_id] = event.name
        case e.AppointmentMade():
            made = Appointment(
                event.post_id,
                event.official_id,
                event.from_on,
                event.to_on or LAST_DAY,
                event.kind,
                ((recorded.log_index, event.to_on or LAST_DAY, recorded.recorded_at),),
            )
            register.appointments.setdefault(event.post_id, []).append(made)
        case e.AppointmentEnded():
            held = register.appointments[event.post_id]
            for i in range(len(held) - 1, -1, -1):
                if held[i].official_id == event.official_id and held[i].from_on <= event.to_on <= held[i].to_on:
                    said = (*held[i].said, (recorded.log_index, event.to_on, recorded.recorded_at))
                    held[i] = replace(held[i], to_on=event.to_on, said=said)
                    break
        case e.KeyEnrolled():
            register.keys.setdefault(event.key_id, event)
            if recorded.log_index == 0:
                register.registrar = (event.role, event.holder)
        case e.KeyRevoked():
            revoked = Revoked(recorded.recorded_at, event.effective_at, event.reason, recorded.log_index)
            register.revoked.setdefault(event.key_id, revoked)
        case e.RulePackAdopted():
            register.filing[event.pack_id] = parse_filed_kinds(event.content)
            register.adopted[event.pack_id] = event
        case e.CalendarNoticeAdopted():
            register.notices[event.calendar_id, event.year] = event
        case _:
            pass  # acts on cases, and what else packs and notices say, are other folds' business


def _list(register: Register, event: e.PeopleEvent) -> None:
    """The entry as it stands in the stream of what it is listed under."""
    match event:
        case e.PostEstablished():
            _once(register.unit_posts.setdefault(event.unit_id, []), event.post_id)
        case e.AppointmentMade():
            _once(register.official_posts.setdefault(event.official_id, []), event.post_id)
        case e.UnitEstablished(kind=kind, parent_id=str(above)) if kind == CONFERENCE:
            _once(register.conferences.setdefault(above, []), event.unit_id)
        case _:
            pass  # nothing else is listed


def _once(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def fold_register(history: Iterable[Recorded]) -> Register:
    """
    The register after all events of `history`, in log order.
    """
    register = Register()
    for recorded in history:
        add(register, recorded)
    return register
