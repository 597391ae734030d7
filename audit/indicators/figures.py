"""
From entries to figures: what a report prints, and all that it prints. Pure; tests/audit/indicators.

A figure is a count over the entries of one row; its digest covers their list, so that two reports with equal counts
over other cases are told apart. Sums that could point at a person are withheld where they are small.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.findings import findings, resolve
from audit.indicators.entries import EXCLUDED, IN, OUT, Entry, Facts, Period
from audit.indicators.patterns import patterns, silent
from audit.indicators.rates import category, on_time, rates
from audit.indicators.sums import failures, stock, sums
from domain.case.secrecy import ACCUSATION
from domain.duties.engine import split_stream
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.law.in_force import Law
    from domain.recorded import Recorded

PERIOD, PREVIOUS, STOCK = "period", "previous", "stock"
RATES = (
    "acceptance_rate",
    "on_time_rate",
    "conclusion_rate",
    "resolution_rate",
    "satisfaction_rate",
    "rating_response_rate",
    "repeat_rate",
)
OF_PETITIONERS = ("satisfaction_rate",)  # whose word it is; a small n would show one
RATINGS = ("satisfaction_rate", "rating_response_rate")  # listed only for a purpose
COUNTED_ONLY = ("accusations", "persons", "arrivals_at")  # in no list: what is sealed, and size and level
SMALL_SUMS = ("accusations", "persons", "arrivals_at")  # size and level of arrivals (docs/duties.md)
LASTING = ("held_days", "held_by_rank", "late_days", "silent_cases", "closed_then_repeated")

Scoped = tuple[str, Entry]


@dataclass(frozen=True, slots=True)
class Conventions:
    """The numbers a report leans on that no law gives; they are data, and stand in the report itself."""

    small_sum: int
    small_ratings: int
    volume_groups: tuple[int, ...]
    thin_percent: int
    thin_n: int
    spread_units: int
    spread_duties: int


def case_entries(
    history: Sequence[Recorded], law: Law, as_of: date, period: Period, previous: Period
) -> tuple[Scoped, ...]:
    """Everything one case adds. An accusation adds one number to one sum and nothing that leads to it."""
    if not history:
        return ()
    source, _ = split_stream(history[0].stream)
    zone = law.rules.zone(source)
    at = resolve(as_of, zone)
    seen = view(history, at.moment)
    days = {r.log_index: r.occurred_at.astimezone(ZoneInfo(zone)).date() for r in seen}
    facts = Facts(history[0].stream, source, seen, (), law, at, days)
    if ACCUSATION.fullmatch(facts.stream) or category(facts) == "accusation":
        arrived = seen[0] if seen else None
        if arrived is None:
            return ()
        on, entry = days[arrived.log_index], Entry("accusations", f"log/{arrived.log_index}")
        return tuple((scope, entry) for scope, p in ((PERIOD, period), (PREVIOUS, previous)) if p.holds(on))
    found = findings(history, law, as_of)
    facts = Facts(history[0].stream, source, seen, found, law, at, days)
    entries = [(PERIOD, entry) for entry in rates(facts, period)]
    entries += [(PREVIOUS, entry) for entry in rates(facts, previous)]
    entries += [(PERIOD, entry) for entry in (*sums(facts, period), *failures(facts, period))]
    entries += [(PREVIOUS, entry) for entry in sums(facts, previous)]
    entries += [(PERIOD, entry) for entry in patterns(facts, period, zone)]
    entries += [(STOCK, entry) for entry in (*stock(facts), *silent(facts, zone))]
    return tuple(entries)


def office_entries(found: Sequence[Finding], filed: Sequence[Recorded], period: Period) -> tuple[Scoped, ...]:
    """What standing duties add: those of posts, which no case has."""
    return tuple((PERIOD, entry) for entry in on_time(found, filed, period))


def figures(entries: Iterable[Scoped], conventions: Conventions) -> list[dict[str, Any]]:
    """Every figure with its rows: the whole first, then by key, then by unit; in a fixed order."""
    rows: dict[tuple[str, str, str], list[Entry]] = {}
    for scope, entry in entries:
        rows.setdefault((scope, entry.figure, ""), []).append(entry)
        if entry.key:
            rows.setdefault((scope, entry.figure, f"key:{entry.key}"), []).append(entry)
        if entry.unit:
            rows.setdefault((scope, entry.figure, f"unit:{entry.unit}"), []).append(entry)
    for scope in (PERIOD, PREVIOUS):
        for name in RATES:
            rows.setdefault((scope, name, ""), [])  # a rate over nothing is said to be over nothing
    return [_figure(*place, found, conventions) for place, found in sorted(rows.items())]


def _figure(scope: str, name: str, row: str, entries: list[Entry], conventions: Conventions) -> dict[str, Any]:
    figure: dict[str, Any] = {"scope": scope, "id": name, "row": row}
    counted = [x for x in entries if x.part != EXCLUDED]
    if name in RATES:
        passed = [x for x in counted if x.part == IN]
        figure |= {"n": len(passed), "of": len(counted)}
        figure["excluded"] = dict(sorted(Counter(x.note for x in entries if x.part == EXCLUDED).items()))
        figure["out"] = dict(sorted(Counter(x.note for x in counted if x.part == OUT and x.note).items()))
        if name == "on_time_rate":
            figure["own_word"] = sum(1 for x in passed if x.note == "own_word")
        is_small = name in OF_PETITIONERS and 0 < len(counted) < conventions.small_ratings
    else:
        amounts = [x.amount for x in counted]
        figure |= {"n": len(counted), "sum": sum(amounts)}
        if name in LASTING:
            figure |= {"median": median_low(amounts), "max": max(amounts)}
        if name.startswith("causes"):
            figure["units"] = len({x.unit for x in counted if x.unit})
        if name == "hand_overs":
            figure["returns"] = sum(1 for x in counted if x.note == "return")
        is_small = name in SMALL_SUMS and figure["sum"] < conventions.small_sum
    if is_small:
        return {"scope": scope, "id": name, "row": row, "withheld": True}
    return figure | {"members": members_digest(entries)}


def members(entries: Iterable[Scoped], scope: str, name: str, row: str) -> list[Entry]:
    """The entries of one figure's row, in a fixed order."""
    kind, _, value = row.partition(":")
    found = [x for s, x in entries if s == scope and x.figure == name]
    if kind:
        found = [x for x in found if (x.key if kind == "key" else x.unit) == value]
    return sorted(found)


def members_digest(entries: Iterable[Entry]) -> str:
    """SHA-256 over the lines `what part amount note evidence...` in their order."""
    digest = hashlib.sha256()
    for x in sorted(entries):
        line = "\t".join((x.what, x.part, str(x.amount), x.note, *map(str, x.evidence)))
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def leads(found: Sequence[dict[str, Any]], conventions: Conventions) -> list[dict[str, Any]]:
    """
    Rates of 100 % over thin evidence: few cases, or mostly the holder's own word. A lead, with what was counted.
    """
    rows = []
    for f in found:
        if f["scope"] != PERIOD or f["id"] not in ("on_time_rate", "satisfaction_rate", "conclusion_rate"):
            continue
        if f.get("withheld") or not f["of"] or f["n"] != f["of"]:
            continue
        own = f.get("own_word", 0)
        is_few = f["of"] < conventions.thin_n
        if is_few or own * 100 > conventions.thin_percent * f["n"]:
            ground = "few" if is_few else "own_word"
            row = {"id": f["id"], "row": f["row"], "n": f["n"], "of": f["of"], "own_word": own, "ground": ground}
            rows.append(row)
    return [r for r in rows if not r["row"].startswith("key:")]


def volume_group(n: int, conventions: Conventions) -> str | None:
    """A, B, C ... by how many there are to compare; None: too few to compare with anybody."""
    for letter, least in zip("ABCDEFGH", conventions.volume_groups, strict=False):
        if n >= least:
            return letter
    return None
