"""
The lists of a rule pack before it is adopted: codes that are nowhere, entries without their source, and what is no
undertaking about a matter. And the lists in force, as rows for people. tests/app/test_rule_lists.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.case.decide import ROUTES
from domain.law import listed
from domain.law.lists import SHAPES, Lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from domain.law.rules import Rulebook

# Of mechanisms.md, the rows left out: what would control a person is no promise about a matter, and on no list.
OF_PERSONS = (
    "稳控",
    "稳住",
    "息事宁人",
    "思想教育",
    "教育转化",
    "感化",
    "劝返",
    "接返",
    "劝解",
    "重点人",
    "缠访",
    "零访",
)
ABOUT_MATTERS = ("undertaking", "undertaking_set", "posted_list")
LISTS = tuple(SHAPES)


def list_faults(
    content: Mapping[str, Any], lists: Lists, others: Iterable[Lists], is_event: Callable[[str], bool]
) -> Iterator[str]:
    """Faults of the lists. A code may stand in one of the `others`."""
    every = (lists, *others)
    for section in SHAPES:
        for entry in content.get(section, ()):
            name = f"{section} {entry.get('code') or entry.get('subject')}"
            wanted = ("source",) if section == "refusal_ground" else ("source", "confidence")
            for field in wanted:
                if not str(entry.get(field, "")).strip():
                    yield f"{name}: {field}: 须写明；every entry has one"
            if section in ABOUT_MATTERS and (word := next((w for w in OF_PERSONS if w in entry["name_zh"]), None)):
                yield f"{name}: “{word}”针对人而非事项，不得列入；about a person, not the matter: on no list"
    yield from _subjects(lists, every)
    yield from _routes(lists, every)
    known = {u.code for each in every for u in each.undertakings}
    for one in lists.sets:
        for code in one.undertakings:
            if code not in known:
                yield f"undertaking_set {one.code}: undertakings: 没有这一承诺事项；no such undertaking: {code}"
    shown = [("undertaking", u.code, "shown_by", u.shown_by) for u in lists.undertakings]
    struck = [("posted_list", p.code, "struck_off_by", p.struck_off_by) for p in lists.posted]
    for table, code, field, names in (*shown, *struck):
        for name in names:
            if not is_event(name):
                yield f"{table} {code}: {field}: 没有这种行为；no such event: {name}"


def _subjects(lists: Lists, every: Iterable[Lists]) -> Iterator[str]:
    above = {s.code: s.under for each in every for s in each.subjects}
    departments = {d.code for each in every for d in each.departments}
    for s in lists.subjects:
        if s.under is not None and s.under not in above:
            yield f"subject {s.code}: under: 没有这一分类；no such subject: {s.under}"
        if s.code in _over(s.code, above):
            yield f"subject {s.code}: under: 分类不得在自身之下；it would lie under itself"
        for code in s.competent:
            if code not in departments:
                yield f"subject {s.code}: competent: 没有这一部门；no such department: {code}"


def _over(code: str, above: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    here = above.get(code)
    while here is not None and here not in found:
        found.add(here)
        here = above.get(here)
    return found


def _routes(lists: Lists, every: Iterable[Lists]) -> Iterator[str]:
    subjects = {s.code for each in every for s in each.subjects}
    departments = {d.code for each in every for d in each.departments}
    for r in lists.routes:
        name = f"route of {r.unit_id or r.department}"
        if r.subject not in subjects:
            yield f"{name}: subject: 没有这一分类；no such subject: {r.subject}"
        if r.department is not None and r.department not in departments:
            yield f"{name}: department: 没有这一部门；no such department: {r.department}"
        if r.route not in ROUTES:
            yield f"{name}: route: 应为 {', '.join(ROUTES)} 之一；is one of them; found {r.route}"


def rows(name: str, rules: Rulebook, source: str, day: date) -> list[dict[str, Any]]:
    """One list as it is in force for a source on a day. Of a department: how many routes its list has."""
    if name == "refusal_ground":
        grounds = (g for pack in rules.for_source(source) for g in pack.lists.grounds if g.in_force(day))
        return [_row(g, never=g.is_never) for g in grounds]
    if name == "route":
        routes = (r for pack in rules.for_source(source) for r in pack.lists.routes if r.in_force(day))
        return [
            {
                "code": r.unit_id or r.department,
                "name_zh": r.procedure,
                "subject": r.subject,
                "route": r.route,
                "source": r.source,
                "confidence": r.confidence,
            }
            for r in routes
        ]
    if name == "department":
        known = listed.departments(rules, source, day).values()
        own = [r for pack in rules.for_source(source) for r in pack.lists.routes if r.in_force(day)]
        counts = {d.code: sum(r.department == d.code or r.unit_id in d.units for r in own) for d in known}
        return [_row(d, units=", ".join(d.units), routes=counts[d.code]) for d in known]
    if name == "subject":
        subjects = listed.subjects(rules, source, day).values()
        return [
            _row(s, under=s.under or "", competent=", ".join(listed.competent_for(rules, source, s.code, day)))
            for s in subjects
        ]
    if name == "undertaking":
        return [_row(u, shown_by=", ".join(u.shown_by)) for u in listed.undertakings(rules, source, day).values()]
    if name == "undertaking_set":
        return [
            _row(s, undertakings=", ".join(s.undertakings), members=s.members)
            for s in listed.undertaking_sets(rules, source, day).values()
        ]
    return [
        _row(p, needs=", ".join(p.needs), struck_off_by=", ".join(p.struck_off_by))
        for p in listed.posted_lists(rules, source, day).values()
    ]


def _row(entry: Any, **more: Any) -> dict[str, Any]:
    return (
        {"code": entry.code, "name_zh": entry.name_zh}
        | more
        | {
            "source": entry.source,
            "confidence": entry.confidence,
        }
    )
