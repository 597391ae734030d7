"""How a question spells its two times: as of which day or moment, and known at which record or moment."""

from __future__ import annotations

from datetime import date, datetime

Day = date | datetime


def parse_as_of(text: str) -> Day:
    """`D`: a day, or an RFC 3339 moment with its offset. ValueError says what was expected."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else _with_offset(text)
    except ValueError as error:
        raise ValueError(
            f"a day (2026-01-31) or a moment with its offset (2026-01-31T09:00:00+08:00): {error}"
        ) from error


def parse_known_at(text: str) -> int | datetime:
    """`T`: a log index, or a moment with its offset."""
    if text.isascii() and text.isdigit():
        return int(text)
    return _with_offset(text)


def _with_offset(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return value
