"""
A small office in memory: a handler with a settable clock, two units, two officials with keys.
"""

from __future__ import annotations

import itertools
import threading
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.establish import enrol_official, establish, record
from app.handle import Handler
from app.keyring import Keyring
from domain.people import events as p
from domain.recorded import Actor
from ledger.store.memory import MemoryStore

ZONE = ZoneInfo("Asia/Shanghai")


class Office:
    """Issues commands as of a day: recorded and claimed at 09:00, unless `recorded` says later."""

    def __init__(self, store: Any = None, keyring: Keyring | None = None) -> None:
        self.at = datetime(2025, 1, 1, 9, tzinfo=ZONE)
        self.store = store if store is not None else MemoryStore()
        self._salts = itertools.count()
        self.handler = self.another_handler(self.store, keyring)
        establish(self.handler, now=self.at, administrator="admin", first_year=2026)
        for unit, kind in (("bureau", "petition_department"), ("housing", "organ")):
            record(self.handler, p.UnitEstablished(unit_id=unit, name=unit, kind=kind), now=self.at)
            for post, rank in (("head", "main_leader"), ("desk", "staff")):
                name = f"{unit}-{post}"
                record(self.handler, p.PostEstablished(post_id=name, unit_id=unit, title=name, rank=rank), now=self.at)
                record(self.handler, p.OfficialRegistered(official_id=name, name=name), now=self.at)
                made = p.AppointmentMade(post_id=name, official_id=name, from_on=date(2025, 1, 1))
                record(self.handler, made, now=self.at)
                enrol_official(self.handler, name, now=self.at)

    def another_handler(self, store: Any, keyring: Keyring | None = None) -> Handler:
        """As another process has it: it knows of the log what it has read itself. The keys are the first one's."""
        return Handler(
            store,
            keyring or (self.handler.keyring if hasattr(self, "handler") else Keyring()),
            origin="test.example/log",
            clock=lambda: self.at,
            salt=lambda: next(self._salts).to_bytes(16, "big"),
            is_valid_uscc=lambda _: True,
            lock=threading.Lock(),
        )

    def act(self, kind: type, /, unit: str, on: str, *, no: str = "1", recorded: str | None = None, **more: Any) -> Any:
        at = datetime.combine(date.fromisoformat(on), time(9), ZONE)
        self.at = at if recorded is None else datetime.combine(date.fromisoformat(recorded), time(9), ZONE)
        who = more.pop("who", f"{unit}-desk")
        command_id = more.pop("command_id", None) or f"{no}/{kind.__name__}/{on}"
        return self.handler.handle(
            kind(
                stream=more.pop("stream", f"case/county/{no}"),
                unit_id=unit,
                official_id=who,
                post_id=who,
                actor=Actor(official_id=who),
                occurred_at=at,
                now=self.at,
                command_id=command_id,
                **more,
            )
        )
