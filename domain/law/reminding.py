"""
When the holder of an open duty is reminded, as pack data: `[[reminder]]`, a number of days before the due day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.calendar import MAX_DAYS
from domain.law.entries import Entry
from domain.law.rules import COUNTED_IN, Limit, MalformedPack

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY = "*"
KNOWN = frozenset({"id", "name_zh", "duties", "days", "counted_in", "source", "confidence", "note"})


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """So many days before the due day of these duties, or of all ("*")."""

    pack_id: str
    reminder: str
    name_zh: str
    duties: tuple[str, ...]
    before: Limit

    def concerns(self, obligation: str) -> bool:
        return EVERY in self.duties or obligation in self.duties


def parse_reminders(content: Mapping[str, Any]) -> tuple[ReminderRule, ...]:
    """The reminders of a pack; MalformedPack naming reminder and field."""
    found: dict[str, ReminderRule] = {}
    for table in content.get("reminder", ()):
        entry = Entry("reminder", table, KNOWN)
        name = entry.identifier()
        if name in found:
            raise MalformedPack(f"{entry.name}: defined twice")
        entry.source()
        duties = entry.texts("duties")
        if not duties:
            raise MalformedPack(f"{entry.name}: duties names none; '*' is all")
        before = Limit(entry.number("days", most=MAX_DAYS), entry.one_of("counted_in", COUNTED_IN))
        found[name] = ReminderRule(str(content.get("pack", "?")), name, entry.text("name_zh"), duties, before)
    return tuple(found.values())
