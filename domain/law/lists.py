"""
Lists that a rule pack keeps beside its obligations, as dated data: grounds of non-acceptance, the subject taxonomy, and
the statutory route lists of departments (法定途径清单).

    [[refusal_ground]]  code, name_zh, source, in_force_from, in_force_to; never = true: named so that it is refused
    [[subject]]         code, name_zh, under (the code above it)
    [[route]]           unit, subject, route, procedure, source, in_force_from, in_force_to

tests/domain/law/test_lists.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ENTRIES = 20_000  # of one list: thirty departments with some hundred routes each
_TEXTS = {
    "refusal_ground": (("code", "name_zh", "source"), ()),
    "subject": (("code", "name_zh"), ("under",)),
    "route": (("unit", "subject", "route", "procedure", "source"), ()),
}


class MalformedList(ValueError):  # noqa: N818 - an error family of one
    """An entry that is none: names the list, the entry and the field."""


@dataclass(frozen=True, slots=True)
class Ground:
    code: str
    name_zh: str
    source: str
    in_force_from: date | None
    in_force_to: date | None
    is_never: bool

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_to or day)


@dataclass(frozen=True, slots=True)
class Subject:
    code: str
    name_zh: str
    under: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """For that subject, that unit uses that route, by that procedure."""

    unit_id: str
    subject: str
    route: str
    procedure: str
    source: str
    in_force_from: date | None
    in_force_to: date | None

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_to or day)


@dataclass(frozen=True, slots=True)
class Lists:
    grounds: tuple[Ground, ...] = ()
    subjects: tuple[Subject, ...] = ()
    routes: tuple[Route, ...] = ()


def parse_lists(content: Mapping[str, Any]) -> Lists:
    """The lists of a pack's content; MalformedList naming what does not fit."""
    grounds = tuple(
        Ground(e["code"], e["name_zh"], e["source"], *_days("refusal_ground", e), e.get("never", False))
        for e in _entries(content, "refusal_ground", ("never",))
    )
    subjects = tuple(Subject(e["code"], e["name_zh"], e.get("under")) for e in _entries(content, "subject", ()))
    routes = tuple(
        Route(e["unit"], e["subject"], e["route"], e["procedure"], e["source"], *_days("route", e))
        for e in _entries(content, "route", ())
    )
    codes = {s.code for s in subjects}
    if len(codes) != len(subjects):
        raise MalformedList("subject: a code stands twice")
    for s in subjects:
        if s.under is not None and s.under not in codes:
            raise MalformedList(f"subject {s.code}: under {s.under!r}, which is no code of the list")
    for r in routes:
        if r.subject not in codes:
            raise MalformedList(f"route of {r.unit_id}: subject {r.subject!r} is no code of the list")
    for n, one in enumerate(grounds):
        for other in grounds[n + 1 :]:
            if one.code == other.code and _overlap(one, other):
                raise MalformedList(f"refusal_ground {one.code}: two entries are in force on the same day")
    return Lists(grounds, subjects, routes)


def _overlap(one: Ground, other: Ground) -> bool:
    start = max(one.in_force_from or date.min, other.in_force_from or date.min)
    return start <= min(one.in_force_to or date.max, other.in_force_to or date.max)


def _entries(content: Mapping[str, Any], name: str, more: tuple[str, ...]) -> list[Mapping[str, Any]]:
    entries = content.get(name, ())
    if not isinstance(entries, (list, tuple)) or len(entries) > MAX_ENTRIES:
        raise MalformedList(f"{name}: a list of at most {MAX_ENTRIES} entries")
    required, optional = _TEXTS[name]
    known = {*required, *optional, *more, "in_force_from", "in_force_to", "note"}
    for n, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise MalformedList(f"{name} {n}: a table")
        if unknown := set(entry) - known:
            raise MalformedList(f"{name} {n}: unknown field {min(unknown)!r}")
        for key in (*required, *(k for k in optional if k in entry)):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                raise MalformedList(f"{name} {n}: {key} is a text")
        if not isinstance(entry.get("never", False), bool):
            raise MalformedList(f"{name} {n}: never is true or false")
    return list(entries)


def _days(name: str, entry: Mapping[str, Any]) -> tuple[date | None, date | None]:
    found: list[date | None] = []
    for key in ("in_force_from", "in_force_to"):
        value = entry.get(key)
        try:
            found.append(date.fromisoformat(value) if isinstance(value, str) else value)
        except ValueError:
            raise MalformedList(f"{name}: {key} is a day; found {value!r}") from None
    return found[0], found[1]
