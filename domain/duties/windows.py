"""
The windows of a case: days in which somebody may act, such as the petitioner's to ask for a review. Silence in one is
no breach, so they stand in no list of duties. tests/domain/duties/test_windows.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.duties.engine import Fold, split_stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from domain.law.calendar import Calendar
    from domain.law.rules import Rule, Rulebook
    from domain.people.register import Register
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Window:
    """From the act at `trigger` until the end of `until`, whose right it is: `rule.is_right_of`."""

    rule: Rule
    trigger: Recorded
    until: date


def windows(history: Sequence[Recorded], rules: Rulebook, calendar: Calendar, people: Register) -> list[Window]:
    """Every window of one case's view, in the order in which they opened, whether over or not."""
    if not history:
        return []
    source, _ = split_stream(history[0].stream)
    fold = Fold(rules, calendar, people, source)
    fold.run(history)
    return [Window(d.rule, d.trigger, d.due.on) for d in fold.drafts if d.rule.kind == "window" and d.due is not None]
