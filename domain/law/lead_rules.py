"""
Where a person is asked to look, as pack data: `[[lead_rule]]`. A rule gives rise to no duty and breaks none, so the
rules of packs that name no source speak of every source's records, beside those of a pack that names it; the same id in
such a pack replaces the general text. docs/packs.md lists the fields; audit/texts.py, traces.py,
listed.py read them.

No field is a regular expression: a pack cannot make an audit slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.entries import MAX_ITEMS, Entry
from domain.law.rules import MalformedPack

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT, IDENTICAL, SIGNED_DATE = "text", "identical", "signed_date"
QUICK, SAME_PERSON, SKIPPED_ITEMS = "quick", "same_person", "skipped_items"
BURST, CONTRADICTED = "burst", "contradicted"
ROUTE_LIST, COMPETENCE, CHANNEL_OFFICER = "route_list", "competence", "channel_officer"
OF_TEXTS = (TEXT, IDENTICAL, SIGNED_DATE)
KINDS = (*OF_TEXTS, QUICK, SAME_PERSON, SKIPPED_ITEMS, BURST, CONTRADICTED, ROUTE_LIST, COMPETENCE, CHANNEL_OFFICER)
SIDES = ("after_act", "before_matter")
_COMMON = frozenset({"id", "name_zh", "kind", "source", "confidence", "note"})
_FIELDS: dict[str, frozenset[str]] = {
    TEXT: frozenset({"acts", "reads", "max_characters", "contains", "contains_too", "unless"}),
    IDENTICAL: frozenset({"acts", "reads", "least", "min_characters"}),
    SIGNED_DATE: frozenset({"acts", "reads", "signed"}),
    QUICK: frozenset({"acts", "follows", "minutes"}),
    SAME_PERSON: frozenset({"acts", "steps"}),
    SKIPPED_ITEMS: frozenset(),
    ROUTE_LIST: frozenset(),
    COMPETENCE: frozenset(),
    CHANNEL_OFFICER: frozenset({"filed"}),
    BURST: frozenset({"report_day", "days", "least", "baseline", "percent"}),
    CONTRADICTED: frozenset({"cause", "filed", "number"}),
}
_ANY: frozenset[str] = frozenset().union(*_FIELDS.values())
MINUTES_OF_A_DAY = 1440
_BOTH = 2  # one and the other of what one person should not have done alone


@dataclass(frozen=True, slots=True)
class LeadRule:
    """One rule. Fields that its kind does not have are at their defaults."""

    pack_id: str
    lead: str
    name_zh: str
    kind: str
    source: str
    acts: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()  # names of sealed values
    max_characters: int | None = None  # of a text without its white space
    min_characters: int = 1
    contains: tuple[str, ...] = ()  # one of these
    contains_too: tuple[str, ...] = ()  # and one of these
    unless: tuple[str, ...] = ()  # not where one of these rules holds
    least: int = 2
    signed: str = "after_act"
    follows: tuple[str, ...] = ()
    minutes: int = 0
    steps: tuple[str, ...] = ()
    report_day: int = 1
    days: int = 0
    baseline: int = 0  # days before the window, with which its entries are compared
    percent: int = 0
    cause: str = ""
    filed: str = ""
    number: str = ""


def parse_lead_rules(content: Mapping[str, Any]) -> tuple[LeadRule, ...]:
    """The lead rules of a pack; MalformedPack naming rule and field."""
    pack_id, found = str(content.get("pack", "?")), dict[str, LeadRule]()
    tables = content.get("lead_rule", ())
    if not isinstance(tables, (list, tuple)) or len(tables) > MAX_ITEMS:
        raise MalformedPack(f"lead_rule: a list of at most {MAX_ITEMS} tables")
    for table in tables:
        kind = table.get("kind") if isinstance(table, dict) else None
        entry = Entry("lead_rule", table, _COMMON | _FIELDS.get(str(kind), _ANY))
        entry.one_of("kind", KINDS)
        name = entry.identifier()
        if name in found:
            raise MalformedPack(f"{entry.name}: defined twice")
        found[name] = _rule(pack_id, name, str(kind), entry)
    for rule in found.values():
        for other in rule.unless:
            if other not in found or found[other].unless or found[other].kind != TEXT:
                said = "unless names a text rule of this pack that has no unless of its own"
                raise MalformedPack(f"lead_rule {rule.lead}: {said}")
    return tuple(found.values())


def _rule(pack_id: str, name: str, kind: str, entry: Entry) -> LeadRule:
    rule = LeadRule(
        pack_id,
        name,
        entry.text("name_zh"),
        kind,
        entry.source(),
        acts=_needed(entry, "acts") if kind in (*OF_TEXTS, QUICK) else entry.texts("acts"),
        reads=_needed(entry, "reads") if kind in OF_TEXTS else (),
        max_characters=entry.number("max_characters") if "max_characters" in entry else None,
        min_characters=entry.number("min_characters", 1),
        contains=_filled(entry, "contains"),
        contains_too=_filled(entry, "contains_too"),
        unless=entry.texts("unless"),
        least=entry.number("least", 2, least=2),
        signed=entry.one_of("signed", SIDES) if kind == SIGNED_DATE else SIDES[0],
        follows=_needed(entry, "follows") if kind == QUICK else (),
        minutes=entry.number("minutes", most=MINUTES_OF_A_DAY) if kind == QUICK else 0,
        steps=entry.texts("steps"),
        report_day=entry.number("report_day", most=28) if kind == BURST else 1,
        days=entry.number("days", most=14) if kind == BURST else 0,
        baseline=entry.number("baseline") if kind == BURST else 0,
        percent=entry.number("percent", least=101) if kind == BURST else 0,
        cause=entry.identifier("cause") if kind == CONTRADICTED else "",
        filed=entry.identifier("filed") if kind in (CONTRADICTED, CHANNEL_OFFICER) else "",
        number=entry.identifier("number") if kind == CONTRADICTED else "",
    )
    if kind == TEXT and not rule.contains and rule.max_characters is None:
        raise entry.wrong("contains", "given, or max_characters: it would hold for every text", "")
    if kind == SAME_PERSON and (len(rule.acts) + len(rule.steps) != _BOTH or (rule.acts and rule.steps)):
        raise entry.wrong("acts", "two acts, or steps two steps of progress_noted", "")
    return rule


def _needed(entry: Entry, field: str) -> tuple[str, ...]:
    if not (found := _filled(entry, field)):
        raise entry.wrong(field, "a list of at least one name", found)
    return found


def _filled(entry: Entry, field: str) -> tuple[str, ...]:
    found = entry.texts(field)
    bare = tuple("".join(each.split()) for each in found)
    if not all(bare):
        raise entry.wrong(field, "a list of texts, none of them empty", found)
    return bare
