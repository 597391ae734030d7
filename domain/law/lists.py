"""
Lists that a rule pack keeps beside its obligations, as dated data: grounds of non-acceptance, the subject taxonomy, the
departments competent for its subjects and their statutory route lists (法定途径清单), what a leader may undertake, and
the lists on which a matter is posted (挂牌、挂账).

    [[refusal_ground]]   code, name_zh, source; never = true: named so that it is refused
    [[department]]       code, name_zh; level, units (the units that are this department)
    [[subject]]          code, name_zh; under (the code above it), competent (departments)
    [[route]]            unit or department, subject, route, procedure, source
    [[undertaking]]      code, name_zh; shown_by (the acts that show it kept)
    [[undertaking_set]]  code, name_zh, undertakings; members (how many officials a bundle has)
    [[posted_list]]      code, name_zh; owner_kinds, needs, struck_off_by (acts without which nothing is struck off)

Each may have in_force_from, in_force_to, source, confidence, note. A code may stand in another pack: a locality's
subject under a national one. `luoshi rules lint` asks for what is named and nowhere. tests/domain/law/test_lists.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ENTRIES = 20_000  # of one list: thirty departments with some hundred routes each
MAX_MEMBERS = 50
LEVELS = ("central", "province", "prefecture", "county", "township")
NEEDS = ("settle_by", "reason")  # what a posting must give
CONFIDENCE = ("sourced", "well_known", "uncertain")
_ALWAYS = frozenset({"in_force_from", "in_force_to", "source", "confidence", "note"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields of one table: texts it must have, texts it may have, lists of texts, and others."""

    texts: tuple[str, ...]
    may: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


SHAPES = {
    "refusal_ground": _Shape(("code", "name_zh", "source"), others=("never",)),
    "department": _Shape(("code", "name_zh"), ("level",), ("units",)),
    "subject": _Shape(("code", "name_zh"), ("under",), ("competent",)),
    "route": _Shape(("subject", "route", "procedure", "source"), ("unit", "department")),
    "undertaking": _Shape(("code", "name_zh"), (), ("shown_by",)),
    "undertaking_set": _Shape(("code", "name_zh"), (), ("undertakings",), ("members",)),
    "posted_list": _Shape(("code", "name_zh"), (), ("owner_kinds", "needs", "struck_off_by")),
}


class MalformedList(ValueError):  # noqa: N818 - an error family of one
    """An entry that is none: names the list, the entry and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What every entry has: its days, where it stands written, and how sure we are of it."""

    in_force_from: date | None = None
    in_force_to: date | None = None
    source: str = ""
    confidence: str = ""

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_to or day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded(Listed):
    code: str
    name_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Coded):
    is_never: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Department(Coded):
    """A kind of organ. A locality says which of its units it is."""

    level: str | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Coded):
    under: str | None = None
    competent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Listed):
    """For that subject, that unit, or every unit that is this department, uses that route, by that procedure."""

    unit_id: str | None
    department: str | None
    subject: str
    route: str
    procedure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking(Coded):
    shown_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UndertakingSet(Coded):
    undertakings: tuple[str, ...]
    members: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedList(Coded):
    owner_kinds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    struck_off_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    grounds: tuple[Ground, ...] = ()
    subjects: tuple[Subject, ...] = ()
    routes: tuple[Route, ...] = ()
    departments: tuple[Department, ...] = ()
    undertakings: tuple[Undertaking, ...] = ()
    sets: tuple[UndertakingSet, ...] = ()
    posted: tuple[PostedList, ...] = ()


def parse_lists(content: Mapping[str, Any]) -> Lists:
    """The lists of a pack's content; MalformedList naming what does not fit."""
    lists = Lists(
        grounds=tuple(Ground(**_coded(e), is_never=e.get("never", False)) for e in _entries(content, "refusal_ground")),
        subjects=tuple(
            Subject(**_coded(e), under=e.get("under"), competent=_texts(e, "competent"))
            for e in _entries(content, "subject")
        ),
        routes=tuple(_route(e) for e in _entries(content, "route")),
        departments=tuple(_department(e) for e in _entries(content, "department")),
        undertakings=tuple(
            Undertaking(**_coded(e), shown_by=_texts(e, "shown_by")) for e in _entries(content, "undertaking")
        ),
        sets=tuple(_set(e) for e in _entries(content, "undertaking_set")),
        posted=tuple(_posted(e) for e in _entries(content, "posted_list")),
    )
    for name, entries in (
        ("refusal_ground", lists.grounds),
        ("subject", lists.subjects),
        ("department", lists.departments),
        ("undertaking", lists.undertakings),
        ("undertaking_set", lists.sets),
        ("posted_list", lists.posted),
    ):
        _apart(name, entries)
    return lists


def _department(entry: Mapping[str, Any]) -> Department:
    level = entry.get("level")
    if level is not None and level not in LEVELS:
        raise MalformedList(f"department {entry['code']}: level is one of {', '.join(LEVELS)}")
    return Department(**_coded(entry), level=level, units=_texts(entry, "units"))


def _route(entry: Mapping[str, Any]) -> Route:
    if ("unit" in entry) == ("department" in entry):
        raise MalformedList(f"route for {entry['subject']}: names a unit or a department, one of the two")
    return Route(
        **_listed(entry),
        unit_id=entry.get("unit"),
        department=entry.get("department"),
        subject=entry["subject"],
        route=entry["route"],
        procedure=entry["procedure"],
    )


def _set(entry: Mapping[str, Any]) -> UndertakingSet:
    members = entry.get("members")
    if members is not None and not (type(members) is int and 1 < members <= MAX_MEMBERS):
        raise MalformedList(f"undertaking_set {entry['code']}: members is a number from 2 to {MAX_MEMBERS}")
    undertakings = _texts(entry, "undertakings")
    if members is None and not undertakings:
        raise MalformedList(f"undertaking_set {entry['code']}: undertakings, or members of a bundle; it says nothing")
    return UndertakingSet(**_coded(entry), undertakings=undertakings, members=members)


def _posted(entry: Mapping[str, Any]) -> PostedList:
    needs = _texts(entry, "needs")
    if unknown := set(needs) - set(NEEDS):
        raise MalformedList(f"posted_list {entry['code']}: needs is of {', '.join(NEEDS)}; found {min(unknown)!r}")
    return PostedList(
        **_coded(entry),
        owner_kinds=_texts(entry, "owner_kinds"),
        needs=needs,
        struck_off_by=_texts(entry, "struck_off_by"),
    )


def _coded(entry: Mapping[str, Any]) -> dict[str, Any]:
    return _listed(entry) | {"code": entry["code"], "name_zh": entry["name_zh"]}


def _listed(entry: Mapping[str, Any]) -> dict[str, Any]:
    first, last = (_day(entry, name) for name in ("in_force_from", "in_force_to"))
    if first is not None and last is not None and last < first:
        raise MalformedList(f"{entry.get('code', entry.get('subject'))}: in_force_to lies before in_force_from")
    return {
        "in_force_from": first,
        "in_force_to": last,
        "source": entry.get("source", ""),
        "confidence": entry.get("confidence", ""),
    }


def _apart(name: str, entries: Iterable[Coded]) -> None:
    """No two entries of one code are in force on the same day."""
    by_code: dict[str, list[Coded]] = {}
    for entry in entries:
        by_code.setdefault(entry.code, []).append(entry)
    for code, same in by_code.items():
        same.sort(key=lambda e: e.in_force_from or date.min)
        if any((a.in_force_to or date.max) >= (b.in_force_from or date.min) for a, b in pairwise(same)):
            raise MalformedList(f"{name} {code}: two entries are in force on the same day")


def _entries(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries, shape = content.get(name, ()), SHAPES[name]
    if not isinstance(entries, (list, tuple)) or len(entries) > MAX_ENTRIES:
        raise MalformedList(f"{name}: a list of at most {MAX_ENTRIES} entries")
    known = {*shape.texts, *shape.may, *shape.lists, *shape.others, *_ALWAYS}
    for n, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise MalformedList(f"{name} {n}: a table")
        if unknown := set(entry) - known:
            raise MalformedList(f"{name} {n}: unknown field {min(unknown)!r}")
        for key in (*shape.texts, *(k for k in (*shape.may, "source") if k in entry)):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                raise MalformedList(f"{name} {n}: {key} is a text")
        for key in shape.lists:
            if not all(isinstance(v, str) and v.strip() for v in _texts(entry, key)):
                raise MalformedList(f"{name} {n}: {key} is a list of texts")
        if not isinstance(entry.get("never", False), bool):
            raise MalformedList(f"{name} {n}: never is true or false")
        if "confidence" in entry and entry["confidence"] not in CONFIDENCE:
            raise MalformedList(f"{name} {n}: confidence is one of {', '.join(CONFIDENCE)}")
    return list(entries)


def _texts(entry: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    value = entry.get(key, ())
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ENTRIES:
        raise MalformedList(f"{entry.get('code', '?')}: {key} is a list of texts")
    return tuple(value)


def _day(entry: Mapping[str, Any], key: str) -> date | None:
    value = entry.get(key)
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise MalformedList(f"{entry.get('code', '?')}: {key} is a day; found {str(value)[:40]!r}") from None
