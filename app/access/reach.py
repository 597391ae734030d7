"""
How far a role sees: which cases and which units lie in its reach. tests/app/access/test_reach.py, docs/access.md.

    none            nothing of any case
    assigned        cases in which the official had part: was assigned, led, acted
    unit            cases in which a unit of theirs had part
    unit_and_below  the same, of those units and all under them
    region          the same, of all units in the division of those units (GB/T 2260) and all under the units
    supervised      the same, of all units under the unit above theirs: what a supervising office supervises
    all             every case
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.access.principal import Principal
    from domain.people.register import Register

REACHES = ("none", "assigned", "unit", "unit_and_below", "region", "supervised", "all")


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What reach depends on, of one case or office. `units` and `officials` had part in it. `excluded`: officials and
    units who must never learn of it, where it is an accusation; empty then means that nobody can be told from the
    accused.
    """

    units: frozenset[str] = frozenset()
    officials: frozenset[str] = frozenset()
    is_accusation: bool = False
    holding_unit: str | None = None
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A reach worked out for one caller: every unit in it, or everything."""

    everything: bool = False
    units: frozenset[str] = frozenset()
    official: str | None = None  # cases in which this official had part

    def covers(self, subject: Subject) -> bool:
        if self.everything or self.units & subject.units:
            return True
        return self.official is not None and self.official in subject.officials

    @property
    def parties(self) -> frozenset[str]:
        """As the views spell them."""
        units = {f"unit/{unit}" for unit in self.units}
        return frozenset(units if self.official is None else units | {f"official/{self.official}"})

    def covers_unit(self, unit_id: str) -> bool:
        return self.everything or unit_id in self.units


NOTHING = Span()


def span(reach: str, principal: Principal, people: Register) -> Span:
    """That reach, for that caller, over the register as it stands."""
    own = principal.unit_ids
    match reach:
        case "all":
            return Span(everything=True)
        case "assigned":
            return Span(official=principal.official_id)
        case "unit":
            return Span(units=own)
        case "unit_and_below":
            return Span(units=_below(own, people))
        case "region":
            return Span(units=_below(own, people) | _in_division(own, people))
        case "supervised":
            tops = {people.above(unit)[0] if people.above(unit) else unit for unit in own}
            return Span(units=_below(frozenset(tops), people))
        case "none":
            return NOTHING
    raise ValueError(f"reach is one of {', '.join(REACHES)}; found {reach!r}")


def _below(tops: frozenset[str], people: Register) -> frozenset[str]:
    return frozenset(u for u in people.units if u in tops or not tops.isdisjoint(people.above(u))) | tops


def _in_division(own: frozenset[str], people: Register) -> frozenset[str]:
    """Units whose division is that of these units, or inside it: 411523 is inside 411500."""
    codes = {_division(u, people) for u in own if u in people.units}
    prefixes = tuple(_significant(code) for code in codes if code)
    if not prefixes:
        return frozenset()
    return frozenset(u for u in people.units if (_division(u, people) or "").startswith(prefixes))


def _division(unit_id: str, people: Register) -> str | None:
    """A unit's own division code or, where it has none, that of the nearest unit above which has one."""
    units = (people.units[u] for u in (unit_id, *people.above(unit_id)) if u in people.units)
    return next((unit.division_code for unit in units if unit.division_code), None)


def _significant(code: str) -> str:
    """A division code without its trailing pairs of zeros: province 2, city 4, county 6 digits."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code
