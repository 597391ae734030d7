"""
A case as it is planned: acts on days, put in order, given times and versions, then issued as commands.

An act may name another act of its case by label; versions are counted when the plan is finished, since every act of
the simulator is accepted and records a known number of events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from app.simulate.clock import LAST_DAY, ZONE, plus, working_back
from app.simulate.texts import STEPS
from domain.case import commands as c
from domain.recorded import Actor

if TYPE_CHECKING:
    from random import Random

    from app.simulate.county import Seat
    from app.simulate.texts import Subject
    from domain.case.decide import AnyCaseCommand

NOTE_EVERY = (12, 16)  # days between two progress notes while somebody works on a case
STREAMS = "case/county"
UNSET = datetime.min.replace(tzinfo=ZONE)  # until the plan is finished


@dataclass(frozen=True, slots=True)
class Ref:
    """The version of the act of this case that bears the label, or of what was recorded beside it, so many after."""

    label: str
    plus: int = 0


@dataclass(slots=True)
class Act:
    day: date
    order: int
    seat: Seat
    command: type[c.CaseCommand]
    fields: dict[str, Any]
    sealed: tuple[tuple[str, str], ...]
    label: str
    hour: str  # day | night | late
    records: int = 1  # how many events the command is known to give
    version: int = 0
    occurred_at: datetime = UNSET
    recorded_at: datetime = UNSET


@dataclass(frozen=True, slots=True)
class Planted:
    kind: str
    duty: str
    unit_id: str | None
    official_id: str | None
    cause: str
    due_on: date | None
    met_on: date | None
    note: str


@dataclass(slots=True)
class Story:
    """
    One case. `no` is given when all stories are planned, in the order in which they arrive; an accusation has a random
    one from the start.
    """

    rng: Random
    kind: str
    subject: Subject
    acts: list[Act] = field(default_factory=list)
    planted: Planted | None = None
    repeats: list[tuple[Act, Story]] = field(default_factory=list)
    no: str = ""
    streams: str = STREAMS

    @property
    def stream(self) -> str:
        return f"{self.streams}/{self.no}"

    def act(
        self,
        day: date,
        seat: Seat,
        command: type[c.CaseCommand],
        *,
        label: str = "",
        sealed: tuple[tuple[str, str], ...] = (),
        hour: str = "day",
        records: int = 1,
        **fields: Any,
    ) -> Act:
        act = Act(day, len(self.acts), seat, command, fields, sealed, label, hour, records)
        self.acts.append(act)
        return act

    def work(self, seat: Seat, after: date, until: date) -> None:
        """Progress notes by that official on days strictly between, close enough that no gap is a silence."""
        day = after
        while True:
            due = plus(day, self.rng.randint(*NOTE_EVERY))
            if due >= min(until, plus(LAST_DAY, 1)):
                return
            day = working_back(due, after=plus(day, 1))
            self.act(day, seat, c.NoteProgress, step=self.rng.choice(STEPS))

    def plant(
        self, duty: str, holder: Seat, cause: str, due_on: date, met_on: date | None, *, vacant: bool = False, note: str
    ) -> None:
        """Write down the one breach of this case. What would be discharged after the year is not discharged."""
        if self.planted is not None or not due_on < LAST_DAY:
            raise AssertionError(f"{self.kind}: one breach a case, due before {LAST_DAY}; found {due_on}")
        if met_on is not None and met_on > LAST_DAY:
            met_on = None
        official = None if vacant else holder.official_id
        self.planted = Planted(self.kind, duty, holder.unit_id, official, cause, due_on, met_on, note)

    def plant_undated(self, duty: str, issuer: Seat, note: str) -> None:
        """A day that should have been set and was not: against who should have set it."""
        if self.planted is not None:
            raise AssertionError(f"{self.kind}: one breach a case")
        self.planted = Planted(self.kind, duty, issuer.unit_id, issuer.official_id, "no_due_date", None, None, note)

    def plant_contradicted(self, duty: str, due_on: date, note: str) -> None:
        """What is said to have been done in time and contradicted since: nobody is late."""
        if self.planted is not None:
            raise AssertionError(f"{self.kind}: one breach a case")
        self.planted = Planted(self.kind, duty, None, None, "execution_contradicted", due_on, None, note)

    def finish(self) -> None:
        """Put the acts of the year in order, and give each its moments and its version."""
        self.acts = sorted((a for a in self.acts if a.day <= LAST_DAY), key=lambda a: (a.day, a.order))
        free_at, version = UNSET, 0
        for n, act in enumerate(self.acts):
            is_last = n + 1 == len(self.acts) or self.acts[n + 1].day > act.day
            at = datetime.combine(act.day, self._hour(act, is_last=is_last), tzinfo=ZONE)
            act.occurred_at = max(at, free_at)
            act.recorded_at = act.occurred_at + timedelta(seconds=self.rng.randint(60, 900))
            if act.recorded_at.date() != act.day:
                raise AssertionError(f"an act planned for {act.day} would be recorded at {act.recorded_at}")
            free_at = act.recorded_at + timedelta(seconds=self.rng.randint(300, 1500))
            act.version = version + 1
            version += act.records

    def _hour(self, act: Act, *, is_last: bool) -> time:
        match act.hour:
            case "night":
                return time(0, self.rng.randint(1, 40), self.rng.randint(0, 59))
            case "late" if is_last:  # what follows on the same day must still find room in it
                return time(23, self.rng.randint(5, 30), self.rng.randint(0, 59))
        return time(self.rng.randint(8, 13), self.rng.randint(0, 59), self.rng.randint(0, 59))

    def command(self, number: int, seed: int) -> AnyCaseCommand:
        """The command of the act at that place; `now` is its recording."""
        act = self.acts[number]
        versions = {a.label: a.version for a in self.acts if a.label}
        fields = {k: versions[v.label] + v.plus if isinstance(v, Ref) else v for k, v in act.fields.items()}
        if act.command is c.RegisterPetition:
            fields["case_no"] = self.no
        elif act.command is c.LinkRepeat:
            fields["other_stream"] = next(other.stream for linked, other in self.repeats if linked is act)
        command: AnyCaseCommand = act.command(  # type: ignore[assignment]  # a plan holds leaf classes only
            stream=self.stream,
            unit_id=act.seat.unit_id,
            official_id=act.seat.official_id,
            post_id=act.seat.post_id,
            actor=Actor(official_id=act.seat.official_id),
            occurred_at=act.occurred_at,
            now=act.recorded_at,
            command_id=f"simulate/{seed}/{self.no}/{number + 1:02d}",
            sealed=act.sealed,
            **fields,
        )
        return command
