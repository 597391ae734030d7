"""
The petitioner's desk: look a matter up, rate its answer, take the intake receipt home. Who comes here has a number and
a code, and no account; what they record is signed by the ledger's system `lookup`. tests/app/lookup/test_desk.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.establish import enrol_system
from app.handle import ATTEMPTS, read
from app.lookup.answer import rateable, told
from app.lookup.codes import NoCode
from domain.case.case import fold
from domain.case.commands import RateSatisfaction
from domain.case.errors import Refused
from domain.duties.engine import split_stream
from domain.recorded import Actor
from ledger.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handle import Handler
    from app.lookup.codes import Codes, Found
    from app.receipts import Receipts
    from domain.law.in_force import Law
    from domain.recorded import Recorded

LOOKUP = Actor(system="lookup")
MOST_RATINGS = 10  # of one answer: a first word and nine changes


class LookupDesk:
    """`law` gives the law as the log has it now. Thread-safe."""

    def __init__(
        self, codes: Codes, handler: Handler, *, law: Callable[[], Law], receipts: Callable[[], Receipts], zone: str
    ) -> None:
        self.codes = codes
        self._handler = handler
        self._law = law
        self._receipts = receipts
        self._zone = ZoneInfo(zone)

    def look(self, number: str, code: str, *, source: str) -> dict[str, Any]:
        """What is told of the matter. NoCode, TooManyTries."""
        found, history = self._open(number, code, source)
        return self._told(found, history)

    def rate(
        self, number: str, code: str, *, source: str, answer_version: int, score: str, reason: str | None
    ) -> tuple[dict[str, Any], bool]:
        """
        What is told afterwards, and whether the rating was recorded now; the same word twice is one rating. Refused
        where that answer cannot be rated, or no more.
        """
        found, history = self._open(number, code, source)
        if found.holder != 1:
            raise Refused(
                "the first petitioner rates for all",
                field="code",
                zh="共同信访事项由登记的第一位信访人评价",
                allowed="请用第一位信访人的查询码 / with the first petitioner's code",
            )
        for attempt in range(ATTEMPTS):
            command = self._rating(found, history, answer_version, score, reason)
            if command is None:
                return self._told(found, history), False
            try:
                self._handler.handle(command, expected=len(history))
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
                history = self._history(found)
                continue
            return self._told(found, self._history(found)), True
        raise AssertionError("unreachable")

    def receipt(self, number: str, code: str, *, source: str) -> bytes:
        """The log's signed promise for the arrival of the matter. NoReceipt where it cannot be made just now."""
        _, history = self._open(number, code, source)
        return self._receipts().of(history[0].log_index)

    def _rating(
        self, found: Found, history: list[Recorded], answer_version: int, score: str, reason: str | None
    ) -> RateSatisfaction | None:
        """The act; None where this very word is the newest one."""
        now = self._handler.clock()
        open_now = rateable(history, self._law(), now.astimezone(self._zone).date())
        if open_now is None or open_now.version != answer_version:
            raise Refused(
                "no such answer is open for a rating",
                field="answer_version",
                zh="该答复不存在、已有新的答复，或评价期已过",
                allowed="请重新查询，按所示的答复评价 / look again and rate the answer shown",
            )
        said = f"{found.stream}\n{answer_version}\n{score}\n{reason or ''}"
        name = f"lookup:{self.codes.mark(said)}"
        before = [r for r in open_now.ratings if r.command_id.startswith("lookup:")]
        if before and before[-1].command_id.startswith(f"{name}:"):
            return None
        if len(before) >= MOST_RATINGS:
            raise Refused(
                f"this answer was rated {MOST_RATINGS} times",
                field="score",
                zh=f"对同一答复的评价最多更改 {MOST_RATINGS - 1} 次",
                allowed="如有新情况，请另行反映 / bring a new matter",
            )
        enrol_system(self._handler, str(LOOKUP.system), now=now)
        case = fold(r.event for r in history)  # type: ignore[misc]  # a case's own stream
        return RateSatisfaction(
            stream=found.stream,
            unit_id=case.unit_id or history[0].event.unit_id,  # type: ignore[union-attr, arg-type]  # an act has one
            official_id=None,
            actor=LOOKUP,
            occurred_at=now,
            now=now,
            command_id=f"{name}:{history[-1].version}",
            score=score,
            sealed=() if reason is None else (("rating_reason", reason),),
        )

    def _open(self, number: str, code: str, source: str) -> tuple[Found, list[Recorded]]:
        found = self.codes.open(number, code, source=source)
        history = self._history(found)
        if not history:
            raise NoCode  # kept before its matter was recorded, which then was not
        return found, history

    def _history(self, found: Found) -> list[Recorded]:
        return [read(stored) for stored in self._handler.store.read_stream(found.stream)]

    def _told(self, found: Found, history: list[Recorded]) -> dict[str, Any]:
        day = self._handler.clock().astimezone(self._zone).date()
        return told(split_stream(found.stream)[1], history, self._law(), day)
