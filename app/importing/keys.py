"""
Reading a mapping's TOML key by key: each key is taken once, and what is left over is refused by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app import codec
from app.importing.faults import MalformedMapping
from domain.case.events import name_of

EVENT_NAMES = frozenset(map(name_of, codec.TOPICS))
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class PartySpec:
    """
    Where a unit or a person stands in a row: the first column that is not empty or, with a pattern, the first column in
    which it matches, and then its last group. `default` where there is none.
    """

    columns: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    default: str | None = None


class Keys:
    """One table of a mapping. `where` is how a message names it."""

    def __init__(self, where: str, content: dict[str, Any]) -> None:
        self.where = where
        self.content = dict(content)

    def named(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def fault(self, key: str, reason: str) -> MalformedMapping:
        return MalformedMapping(f"{self.named(key)}: {reason}")

    def finish(self) -> None:
        """Refuse what nobody asked for: a misspelt key must not pass for an absent one."""
        for key in self.content:
            raise self.fault(key, "no such key")

    def take(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.content.pop(key, default)
        if value is _REQUIRED:
            raise self.fault(key, "is missing")
        return value

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or not value:
            raise self.fault(key, f"a text; found {value!r}")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self.content else None

    def one_of(self, key: str, allowed: tuple[str, ...], default: Any = _REQUIRED) -> str:
        value = self.take(key, default)
        if value not in allowed:
            raise self.fault(key, f"one of {', '.join(allowed)}; found {value!r}")
        return str(value)

    def zone(self, key: str, default: str) -> ZoneInfo:
        name = self.text(key, default)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.fault(key, f"{name!r} is not a time zone") from None

    def table(self, key: str, *, optional: bool = False) -> Keys:
        value = self.take(key, {} if optional else _REQUIRED)
        if not isinstance(value, dict):
            raise self.fault(key, "a table")
        return Keys(self.named(key), value)

    def tables(self, key: str) -> list[Keys]:
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.fault(key, "a list of tables")
        return [Keys(f"{self.named(key)} {v.get('name') or v.get('type') or n}", v) for n, v in enumerate(value, 1)]

    def event_names(self, key: str, default: tuple[str, ...]) -> list[str]:
        value = self.take(key, list(default))
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names:
            raise self.fault(key, "a list of events")
        for name in names:
            if name not in EVENT_NAMES:
                raise self.fault(key, f"{name!r} is no event")
        return list(names)

    def party(self, key: str) -> PartySpec | None:
        """A column's name, or { columns, pattern, default }."""
        value = self.take(key, None)
        if value is None:
            return None
        if isinstance(value, str) and value:
            return PartySpec((value,))
        if not isinstance(value, dict):
            raise self.fault(key, "a column, or a table of columns, pattern and default")
        keys = Keys(self.named(key), value)
        columns = keys.take("columns")
        if not isinstance(columns, list) or not columns or not all(isinstance(c, str) and c for c in columns):
            raise keys.fault("columns", "a list of columns")
        spec = PartySpec(tuple(columns), keys.pattern("pattern"), keys.optional_text("default"))
        keys.finish()
        return spec

    def pattern(self, key: str) -> re.Pattern[str] | None:
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            return re.compile(text)
        except re.error as error:
            raise self.fault(key, f"not a pattern: {error}") from None
