"""
What may be recorded of a reading. Each reading is its own: the same question asked again is read again.
tests/domain/reading/test_reading.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case.errors import Refused
from domain.reading.events import AnswerRead

if TYPE_CHECKING:
    from datetime import datetime

    from domain.people.register import Register
    from domain.recorded import Actor

READING = "reading/"
WHAT = ("person_answer", "person_failures", "finding")
MAX_PURPOSE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReading:
    """
    `actor` signs: who asked, or the machine where nobody is named or the ledger keeps no key of theirs. `query`:
    canonical JSON.
    """

    what: str
    query: str
    purpose: str
    as_of: str
    log_size: int
    actor: Actor
    official_id: str | None
    unit_id: str | None
    now: datetime
    command_id: str


def stream_of(command: RecordReading) -> str:
    """The register in which it stands."""
    return f"{READING}machine" if command.unit_id is None else f"{READING}unit/{command.unit_id}"


def decide(command: RecordReading, people: Register) -> AnswerRead:
    """The event of this reading, or Refused: then nothing is shown."""
    if command.what not in WHAT:
        raise Refused(
            f"what is one of {', '.join(WHAT)}; found {command.what!r}",
            zh="没有这类查阅",
            allowed=", ".join(WHAT),
            field="what",
        )
    if not command.purpose.strip() or len(command.purpose) > MAX_PURPOSE:
        raise Refused(
            f"a sensitive answer is read for a named purpose, in at most {MAX_PURPOSE} characters",
            zh="查阅须写明用途",
            allowed="写明用途 / name the purpose",
            field="purpose",
        )
    if command.actor.official_id not in (None, command.official_id):
        raise Refused(
            "whoever signs a reading is who reads, or the machine",
            zh="查阅须由查阅人本人签署",
            allowed="本人 / the reader",
            field="actor",
        )
    if command.official_id is None and command.unit_id is not None:
        raise Refused(
            "a unit reads by an official",
            zh="查阅须写明查阅人",
            allowed="工作人员 / an official",
            field="official_id",
        )
    if command.official_id is not None and command.official_id not in people.officials:
        raise Refused(
            f"official {command.official_id} is not in the register",
            zh=f"名册中没有人员 {command.official_id}",
            allowed="名册中的人员 / an official of the register",
            field="official_id",
        )
    if command.unit_id is not None and command.unit_id not in people.units:
        raise Refused(
            f"unit {command.unit_id} is not in the register",
            zh=f"名册中没有单位 {command.unit_id}",
            allowed="名册中的单位 / a unit of the register",
            field="unit_id",
        )
    return AnswerRead(
        what=command.what,
        as_of=command.as_of,
        log_size=command.log_size,
        unit_id=command.unit_id,
        official_id=command.official_id,
    )
