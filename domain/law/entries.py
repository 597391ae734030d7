"""
Reads one table of a rule pack field by field. Whatever is unknown, missing or of another kind is MalformedPack, naming
the entry and the field: a pack that says more than the program understands is not adopted as if it were understood.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.law.calendar import MAX_DAYS
from domain.law.rules import COUNTED_IN, Limit, MalformedPack

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
MAX_NUMBER = 1_000_000
MAX_ITEMS = 200
CONFIDENCE = ("sourced", "well_known", "uncertain")


class Entry:
    """One table. `name` is what messages call it; `known` are the fields it may have."""

    def __init__(self, section: str, table: Any, known: frozenset[str], *, key: str = "id") -> None:
        if not isinstance(table, dict):
            raise MalformedPack(f"{section}: not a table")
        self.table: Mapping[str, Any] = table
        self.name = f"{section} {table.get(key, '?')}"
        if unknown := set(table) - known:
            raise MalformedPack(f"{self.name}: unknown field {min(unknown)!r}; known: {', '.join(sorted(known))}")

    def __contains__(self, field: str) -> bool:
        return field in self.table

    def identifier(self, field: str = "id") -> str:
        value = self.table.get(field)
        if not isinstance(value, str) or not NAME.fullmatch(value):
            raise self.wrong(field, "a name of a-z, 0-9 and _", value)
        return value

    def text(self, field: str, default: str | None = None) -> str:
        value = self.table.get(field, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "a text", value)
        return value

    def optional(self, field: str) -> str | None:
        return self.text(field) if field in self.table else None

    def one_of(self, field: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.table.get(field, default)
        if value not in allowed:
            raise self.wrong(field, f"one of {', '.join(allowed)}", value)
        return str(value)

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.table.get(field, [])
        if not isinstance(value, (list, tuple)) or len(value) > MAX_ITEMS or not all(isinstance(v, str) for v in value):
            raise self.wrong(field, f"a list of at most {MAX_ITEMS} texts", value)
        return tuple(value)

    def number(self, field: str, default: int | None = None, *, least: int = 1, most: int = MAX_NUMBER) -> int:
        value = self.table.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(field, f"a whole number from {least} to {most}", value)
        return value

    def flag(self, field: str, *, default: bool = False) -> bool:
        value = self.table.get(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false", value)
        return value

    def day(self, field: str) -> date | None:
        value = self.table.get(field)
        if value is None or (isinstance(value, date) and type(value) is date):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.wrong(field, "a day, 2026-01-31", value) from None

    def limit(self, field: str) -> Limit | None:
        value = self.table.get(field)
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != {"days", "counted_in"}:
            raise self.wrong(field, "{ days = N, counted_in = ... }", value)
        days = Entry(f"{self.name} {field}", value, frozenset({"days", "counted_in"}))
        return Limit(days.number("days", most=MAX_DAYS), days.one_of("counted_in", COUNTED_IN))

    def source(self) -> str:
        """Where it stands written, and how sure we are of it. Every number of a pack has one."""
        self.one_of("confidence", CONFIDENCE)
        return self.text("source")

    def tables(self, field: str) -> list[Any]:
        value = self.table.get(field, [])
        if not isinstance(value, (list, tuple)) or len(value) > MAX_ITEMS:
            raise self.wrong(field, f"a list of at most {MAX_ITEMS} tables", value)
        return list(value)

    def wrong(self, field: str, wanted: str, found: object) -> MalformedPack:
        return MalformedPack(f"{self.name}: {field} is {wanted}; found {_said(found)}")


def _said(found: object) -> str:
    """What was found, short: a number of a million digits cannot even be printed."""
    is_long = isinstance(found, int) and abs(found) > MAX_NUMBER
    return "a longer number" if is_long else repr(str(found)[:80])
