"""
What an act would do, before anybody does it: which events it records, which duties it ends, which it starts and until
when. The same decision, fold and law as when it is recorded; nothing is written. tests/app/test_preview.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.findings import findings
from domain.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from app.handle import Handler
    from audit.findings import Finding
    from domain.case.decide import AnyCaseCommand
    from domain.law.in_force import Law


@dataclass(frozen=True, slots=True)
class Preview:
    """`records`: topics, in order. Empty: the case is already as the act would make it."""

    records: tuple[str, ...]
    ends: tuple[Finding, ...]  # open before; as they are after the act
    starts: tuple[Finding, ...]


def preview(handler: Handler, law: Law, command: AnyCaseCommand, history: Sequence[Recorded], day: date) -> Preview:
    """Refused as recording it would be. `history` is the case's, as far as it goes; `day` the civil day it is."""
    events = handler.decided(command, history)
    at: datetime = command.now
    then = [
        Recorded(
            event=event,
            topic=event.TOPIC,
            stream=command.stream,
            version=len(history) + n,
            log_index=2**53 + n,  # after everything that is recorded
            occurred_at=command.occurred_at,
            recorded_at=at,
            actor=command.actor,
            key_id="",
            command_id=command.command_id,
        )
        for n, event in enumerate(events, 1)
    ]
    before = {f.duty.duty_id: f for f in findings(list(history), law, day)} if history else {}
    after = findings([*history, *then], law, day) if then else []
    return Preview(
        records=tuple(r.topic for r in then),
        ends=tuple(f for f in after if f.duty.ended is not None and _was_open(before.get(f.duty.duty_id))),
        starts=tuple(f for f in after if f.duty.duty_id not in before and f.duty.ended is None),
    )


def _was_open(found: Finding | None) -> bool:
    return found is not None and found.duty.ended is None
