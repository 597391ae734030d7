"""
Which entries of the packs' lists hold on a day, for a source. Of one code the newest pack's text holds, so a locality
may say which units a national department is, or name a subject anew.

What a leader may undertake and where a matter is posted is of every source, like a lead rule: a pack that stands alone
for a source adds to what the general packs say. Its subjects are its own. tests/domain/law/test_listed.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from domain.law.lists import Coded, Department, Lists, PostedList, Route, Subject, Undertaking, UndertakingSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from domain.law.rules import Rulebook

Kind = TypeVar("Kind", bound=Coded)


def subjects(rules: Rulebook, source: str, day: date) -> dict[str, Subject]:
    return _newest((p.lists.subjects for p in rules.for_source(source)), day)


def departments(rules: Rulebook, source: str, day: date) -> dict[str, Department]:
    """By code. Units named by any pack in force count, so that a locality adds its own to a national list."""
    lists = [p.lists.departments for p in rules.for_source(source)]
    found = _newest(lists, day)
    for code, department in found.items():
        units = (u for entries in lists for d in entries if d.code == code and d.in_force(day) for u in d.units)
        found[code] = replace(department, units=tuple(dict.fromkeys(units)))
    return found


def undertakings(rules: Rulebook, source: str, day: date) -> dict[str, Undertaking]:
    return _newest((lists.undertakings for lists in _general(rules, source)), day)


def undertaking_sets(rules: Rulebook, source: str, day: date) -> dict[str, UndertakingSet]:
    return _newest((lists.sets for lists in _general(rules, source)), day)


def posted_lists(rules: Rulebook, source: str, day: date) -> dict[str, PostedList]:
    return _newest((lists.posted for lists in _general(rules, source)), day)


def routes_of(rules: Rulebook, source: str, unit_id: str, day: date) -> tuple[Route, ...]:
    """The route list of a unit: its own entries, and those of every department that it is."""
    own = {d.code for d in departments(rules, source, day).values() if unit_id in d.units}
    return tuple(
        r
        for pack in rules.for_source(source)
        for r in pack.lists.routes
        if r.in_force(day) and (r.unit_id == unit_id or r.department in own)
    )


def competent_for(rules: Rulebook, source: str, code: str, day: date) -> tuple[str, ...]:
    """The departments competent for a subject: its own, else those of the nearest subject above it that names some."""
    known = subjects(rules, source, day)
    return next((known[c].competent for c in line(code, known) if known[c].competent), ())


def line(code: str, known: dict[str, Subject]) -> list[str]:
    """A subject and those above it, nearest first."""
    found: list[str] = []
    here: str | None = code
    while here is not None and here in known and here not in found:
        found.append(here)
        here = known[here].under
    return found


def _general(rules: Rulebook, source: str) -> Sequence[Lists]:
    return [p.lists for own in (False, True) for p in rules.packs if ((source in p.sources) if own else not p.sources)]


def _newest(lists: Iterable[tuple[Kind, ...]], day: date) -> dict[str, Kind]:
    return {entry.code: entry for entries in lists for entry in entries if entry.in_force(day)}
