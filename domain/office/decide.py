"""
What may be recorded about an office: state and command in, events out. [] is an idempotent repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case.checks import known_actor
from domain.case.errors import Refused
from domain.case.filing import file_act
from domain.office.commands import OFFICE
from domain.office.state import same

if TYPE_CHECKING:
    from domain.office.commands import OfficeCommand
    from domain.office.events import OfficeEvent
    from domain.office.state import Office
    from domain.people.register import Register


def decide(office: Office, command: OfficeCommand, people: Register) -> list[OfficeEvent]:
    """The events that recording `command` gives, or Refused. An office's own unit files in its stream, nobody else."""
    if command.occurred_at > command.now:
        raise Refused(
            "an act cannot be claimed for a moment after its recording",
            zh="行为时间不得晚于记录时间",
            allowed="已发生的时间 / a moment that has passed",
            field="occurred_at",
        )
    known_actor(command, people)
    if command.stream != f"{OFFICE}{command.unit_id}":
        raise Refused(
            f"{command.unit_id} files in its own stream",
            zh="各单位只在本单位名下填报",
            allowed=f"{OFFICE}{command.unit_id}",
            field="stream",
        )
    filed = file_act(command, people, "office")
    is_repeat = command.period_from is not None and same(filed[0]) in office.filed
    return [] if is_repeat else list(filed)
