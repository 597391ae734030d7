"""
Scoring sheets (百分倒扣制) and titles (四无, ...), as pack data, with the safeguards in the schema itself.

A sheet begins at its start value and subtracts for a unit's own lapses: failed duties, by name, state, kind of breach.
There is no way to write a deduction for petitions that arrive, or for who brings them: a deduction names a duty, and
every other field is refused. A title names the evidence of resolved matters that it requires; one without is refused,
 so that a title cannot reward the mere absence of petitions. tests/domain/law/test_scoring.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.entries import Entry
from domain.law.rules import MalformedPack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.law.rules import Limit

LAPSES = ("breached", "met_late", "disputed")
EVERY = "*"
SHEET = frozenset(
    {
        "id",
        "name_zh",
        "start",
        "unit_kinds",
        "deduction",
        "notice_kind",
        "reply_within",
        "source",
        "confidence",
        "in_force_from",
        "in_force_to",
        "note",
    }
)
DEDUCTION = frozenset(
    {"id", "name_zh", "duty", "states", "breach_kinds", "points", "cap", "source", "confidence", "note"}
)
TITLE = frozenset({"id", "name_zh", "requires", "no_lapse", "source", "confidence", "note"})
REQUIRED = frozenset({"filed", "at_least"})


@dataclass(frozen=True, slots=True)
class Deduction:
    """So many points for each lapse of that duty, at most `cap` in all."""

    deduction: str
    name_zh: str
    duty: str  # "*": any
    states: tuple[str, ...]
    breach_kinds: tuple[str, ...]
    points: int
    cap: int | None
    source: str


@dataclass(frozen=True, slots=True)
class ScoringSheet:
    """`notice_kind`: a deduction counts once the unit was told by such a filing and has had `reply_within`."""

    pack_id: str
    sheet: str
    name_zh: str
    start: int
    unit_kinds: tuple[str, ...]
    deductions: tuple[Deduction, ...]
    notice_kind: str
    reply_within: Limit
    source: str
    in_force_from: date | None
    in_force_to: date | None


@dataclass(frozen=True, slots=True)
class Title:
    """Awarded only with so many filings of each kind, with evidence, and no lapse of the duties named."""

    pack_id: str
    title: str
    name_zh: str
    requires: tuple[tuple[str, int], ...]
    no_lapse: tuple[str, ...]
    source: str


def parse_scoring(content: Mapping[str, Any]) -> tuple[ScoringSheet, ...]:
    """The scoring sheets of a pack; MalformedPack naming sheet and field."""
    return tuple(_sheet(str(content.get("pack", "?")), table) for table in content.get("scoring", ()))


def parse_titles(content: Mapping[str, Any]) -> tuple[Title, ...]:
    """The titles of a pack; MalformedPack naming title and field."""
    return tuple(_title(str(content.get("pack", "?")), table) for table in content.get("title_rule", ()))


def _sheet(pack_id: str, table: Any) -> ScoringSheet:
    entry = Entry("scoring", table, SHEET)
    deductions = tuple(_deduction(entry, t) for t in entry.tables("deduction"))
    if not deductions:
        raise MalformedPack(f"{entry.name}: has no deduction")
    names = [d.deduction for d in deductions]
    if len(set(names)) < len(names):
        raise MalformedPack(f"{entry.name}: two deductions have one id")
    reply = entry.limit("reply_within")
    if reply is None:
        raise MalformedPack(f"{entry.name}: reply_within is missing: a unit is heard before points are taken")
    return ScoringSheet(
        pack_id,
        entry.identifier(),
        entry.text("name_zh"),
        entry.number("start"),
        entry.texts("unit_kinds"),
        deductions,
        entry.identifier("notice_kind"),
        reply,
        entry.source(),
        entry.day("in_force_from"),
        entry.day("in_force_to"),
    )


def _deduction(sheet: Entry, table: Any) -> Deduction:
    try:
        entry = Entry(f"{sheet.name} deduction", table, DEDUCTION)
    except MalformedPack as error:
        said = "扣分只针对本单位未落实的事（duty），不得按来信来访数量扣分"
        raise MalformedPack(f"{error}. {said}; points are taken for a failed duty, never for what arrives") from None
    duty = EVERY if table.get("duty") == EVERY else entry.identifier("duty")
    states = entry.texts("states") or LAPSES[:2]
    for state in states:
        if state not in LAPSES:
            raise entry.wrong("states", f"of {', '.join(LAPSES)}", state)
    points = entry.number("points")
    return Deduction(
        entry.identifier(),
        entry.text("name_zh"),
        duty,
        states,
        entry.texts("breach_kinds"),
        points,
        entry.number("cap", least=points) if "cap" in entry else None,
        entry.source(),
    )


def _title(pack_id: str, table: Any) -> Title:
    entry = Entry("title_rule", table, TITLE)
    required: list[tuple[str, int]] = []
    for each in entry.tables("requires"):
        one = Entry(f"{entry.name} requires", each, REQUIRED, key="filed")
        required.append((one.identifier("filed"), one.number("at_least")))
    if not required:
        said = "称号须以已化解事项的证据为条件，不得以无信访为条件"
        raise MalformedPack(f"{entry.name}: {said}: it requires no evidence of resolved matters")
    return Title(
        pack_id,
        entry.identifier(),
        entry.text("name_zh"),
        tuple(required),
        entry.texts("no_lapse"),
        entry.source(),
    )
