"""
Builders for histories: each states only what matters, the rest is sane.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.law.calendar import Calendar, Notice
from domain.law.rules import Rulebook, parse_pack
from domain.people import events as p
from domain.people.register import Register, add
from domain.people.streams import streams_of
from domain.recorded import Actor, Recorded

ZONE = ZoneInfo("Asia/Shanghai")
STATUTES = Path(__file__).parents[3] / "domain/law/statutes"
CALENDAR = Calendar(
    (
        Notice(
            2026,
            date(2025, 11, 4),
            "test",
            frozenset({date(2026, 1, 1), date(2026, 1, 2)}),
            frozenset({date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)}),
        ),
    )
)


def rulebook() -> Rulebook:
    """The packs shipped for every source."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(STATUTES.glob("*.toml"))]
    return Rulebook(tuple(parse_pack(tomllib.loads(text)) for text in texts))


class History:
    """A log in the making: people and acts with days, in the order they are recorded."""

    def __init__(self, stream: str = "case/county/1") -> None:
        self.stream = stream
        self.log: list[Recorded] = []
        self.versions: dict[str, int] = {}

    def add(self, on: str | datetime, event: Any, *, recorded: str | None = None, stream: str | None = None) -> int:
        """Record `event` as of 09:00 on that day; returns its version in the case's stream, or in the one given."""
        streams = (stream or self.stream,) if not isinstance(event, p.PeopleEvent) else streams_of(event)
        for each in streams:
            version = self.versions.get(each, 0) + 1
            self.versions[each] = version
            at = moment(on)
            self.log.append(
                Recorded(
                    event=event,
                    topic=event.TOPIC,
                    stream=each,
                    version=version,
                    log_index=len(self.log),
                    occurred_at=at,
                    recorded_at=at if recorded is None else moment(recorded),
                    actor=Actor(official_id="x"),
                    key_id="k",
                    command_id=str(len(self.log)),
                )
            )
        return self.versions[streams[0]]

    def case(self) -> list[Recorded]:
        return [r for r in self.log if r.stream == self.stream]

    def people(self) -> Register:
        register = Register()
        for r in self.log:
            add(register, r)
        return register


def moment(on: str | datetime) -> datetime:
    if isinstance(on, datetime):
        return on
    return datetime.combine(date.fromisoformat(on), time(9), ZONE).astimezone(UTC)


def bureau_and_housing() -> History:
    """A petition bureau and a housing office with a head, a leader in charge and a handler, posts filled in 2025."""
    h = History()
    day = "2025-01-01"
    h.add(day, p.UnitEstablished(unit_id="bureau", name="信访局", kind="petition_department"))
    h.add(day, p.UnitEstablished(unit_id="housing", name="住建局", kind="organ"))
    for post, unit, rank in (
        ("b-clerk", "bureau", "staff"),
        ("h-head", "housing", "main_leader"),
        ("h-deputy", "housing", "leader_in_charge"),
        ("h-desk", "housing", "staff"),
    ):
        h.add(day, p.PostEstablished(post_id=post, unit_id=unit, title=post, rank=rank))
    for name, post in (("zhao", "b-clerk"), ("li", "h-head"), ("chen", "h-deputy"), ("sun", "h-desk"), ("wang", None)):
        h.add(day, p.OfficialRegistered(official_id=name, name=name))
        if post is not None:
            h.add(day, p.AppointmentMade(post_id=post, official_id=name, from_on=date(2025, 1, 1)))
    return h
