"""
The cases of a log for the exports, one at a time: memory holds the register, the cases' names and one case.

Accusations are never exported: neither their own streams nor a petition that was put on record as one. Nor are acts
about the file itself: who was shown a sealed value, and what was erased, is no step of a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.codec import PEOPLE_TOPICS
from app.handle import read
from audit.findings import resolve
from domain.case import events as e
from domain.case.secrecy import ACCUSATION
from domain.duties.engine import split_stream
from domain.duties.view import view
from domain.law.in_force import Law, add
from ledger.store.contract import whole_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from app.asked import Day
    from domain.recorded import Recorded
    from ledger.store.contract import Store

CASES = "case/"


@dataclass(frozen=True, slots=True)
class Exported:
    """One case as of the day asked: its acts in the order in which they count, and the time each one claimed."""

    source: str
    case_no: str
    stream: str
    zone: str
    acts: tuple[Recorded, ...]
    history: tuple[Recorded, ...]  # the whole stream, as it was recorded
    claimed: dict[int, datetime]  # by log index

    @property
    def channel(self) -> str | None:
        """How the matter arrived, where that is recorded."""
        said = (getattr(r.event, "channel", None) for r in self.acts)
        return next((channel for channel in said if channel is not None), None)


class CasesToExport:
    """What the log holds when this is made; events that arrive later are not seen."""

    def __init__(self, store: Store, as_of: Day, *, source: str | None = None) -> None:
        self.law = Law()
        self.size = 0
        self._store, self._as_of = store, as_of
        prefix = CASES if source is None else f"{CASES}{source}/"
        names: dict[str, None] = {}
        for stored in whole_log(store):
            self.size = stored.log_index + 1
            if stored.topic in PEOPLE_TOPICS:
                add(self.law, read(stored))
            elif stored.stream.startswith(prefix) and not ACCUSATION.fullmatch(stored.stream):
                names[stored.stream] = None
        self._names = names

    def __iter__(self) -> Iterator[Exported]:
        for stream in self._names:
            history = [read(s) for s in self._store.read_stream(stream) if s.log_index < self.size]
            if any(getattr(r.event, "category", None) == "accusation" for r in history):
                continue
            source, case_no = split_stream(stream)
            zone = self.law.rules.zone(source)
            seen = view(history, resolve(self._as_of, zone).moment)
            acts = tuple(r for r in seen if not isinstance(r.event, e.ABOUT_THE_FILE))
            if acts:
                claimed = {r.log_index: r.occurred_at for r in history}
                yield Exported(source, case_no, stream, zone, acts, tuple(history), claimed)
