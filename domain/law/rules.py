"""
The law as dated data: rule packs, their versions, and which version governs a duty.

A pack comes from the log (`rule_pack.adopted`), never from a file at question time, so a court reads the law that was
in force from the same events. Code holds no number of days: every limit is here, with its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.law.calendar import MAX_DAYS
from domain.law.conditions import parse_condition
from domain.law.lists import Lists, MalformedList, parse_lists
from domain.law.obligation import ExtensionRule, Limit, OnEnd, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Conventions", "ExtensionRule", "Limit", "MalformedPack", "OnEnd", "Pack", "Rule", "Rulebook", "parse_pack"]

SCHEMA = "luoshi.pack.v1"
COUNTED_IN = ("calendar days", "working days")
KINDS = ("duty", "window", "ban", "standing")
NO_DUE = ("age", "finding", "none")
BEARERS = (
    *("receiver", "sender", "decider", "addressee", "executor", "approver", "issuer", "holder", "actor"),
    *("common_superior", "common_joint_conference", "superior", "lead_unit", "leader_post"),
)
ONCE_PER = ("hand_over", "claim_item")
EXTENSION_FIELDS = frozenset({"by", "max_days", "times", "approved", "over_max"})
LISTS = (
    *("arises_on", "pauses", "discharged_by", "claimed_by", "ended_by", "voided_by", "excused_by", "reopened_by"),
    *("verified_by", "used_by", "breached_by", "withheld_by", "absorbs", "breach_kinds", "lead_kinds", "finding_kinds"),
)
_ARTICLE = re.compile(r"art\. ([0-9]+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELD = re.compile(r"(act|answered|assignment|extended)\.[a-z][a-z0-9_.]*")
_OF_THE_ACT = re.compile(r"(act|answered)\.[a-z][a-z0-9_]*")  # a bearer that a field of the act names


class MalformedPack(ValueError):  # noqa: N818 - an error family of one
    """A rule pack that cannot be adopted: names the obligation and the field."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """A pack's numbers for what the law leaves to practice. None: the pack has no such convention."""

    entry_grace: Limit | None = None
    silent_after: Limit | None = None
    repeat_within: Limit | None = None  # a repeat so soon after closing is a lead


@dataclass(frozen=True, slots=True)
class Pack:
    """One instrument. `beside_national`: it names sources and adds to the packs that name none."""

    pack_id: str
    zone: str
    sources: tuple[str, ...]
    rules: tuple[Rule, ...]
    conventions: Conventions
    lists: Lists = field(default_factory=Lists)
    beside_national: bool = False
    by_trigger: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict, compare=False)
    later: frozenset[str] = frozenset()  # events that touch a duty after its discharge


@dataclass(frozen=True, slots=True)
class Rulebook:
    """
    The packs in force, newest last. A pack adopted again under its id replaces the earlier text; dated versions inside
    it say what governed when.
    """

    packs: tuple[Pack, ...] = ()
    _conventions: dict[str, Conventions] = field(default_factory=dict, init=False, repr=False, compare=False)

    def for_source(self, source: str) -> tuple[Pack, ...]:
        """
        The packs that govern a source, together: those that name it; and those that name no source, unless one that
        names it stands alone.
        """
        own = tuple(p for p in self.packs if source in p.sources)
        if any(not p.beside_national for p in own):
            return own
        return tuple(p for p in self.packs if not p.sources or source in p.sources)

    def arising(self, source: str, name: str, day: date) -> Iterable[Rule]:
        """The rules in force on that day which an event of this name triggers."""
        for pack in self.for_source(source):
            for rule in pack.by_trigger.get(name, ()):
                if rule.in_force(day):
                    yield rule

    def named(self, source: str, obligation: str, day: date) -> Rule | None:
        """The version of that obligation in force on that day; None where no pack has one."""
        for pack in self.for_source(source):
            for rule in pack.rules:
                if rule.obligation == obligation and rule.in_force(day):
                    return rule
        return None

    def conventions(self, source: str) -> Conventions:
        """Each convention as the newest pack that has it says."""
        if source not in self._conventions:
            found: dict[str, Limit] = {}
            for pack in self.for_source(source):
                for name in (f.name for f in fields(Conventions)):
                    if (limit := getattr(pack.conventions, name)) is not None:
                        found[name] = limit
            self._conventions[source] = Conventions(**found)
        return self._conventions[source]

    def zone(self, source: str) -> str:
        """The zone in which this source's days are counted."""
        packs = self.for_source(source)
        return packs[-1].zone if packs else "Asia/Shanghai"


def parse_pack(content: Mapping[str, Any], sources: tuple[str, ...] = ()) -> Pack:
    """
    A pack from its content (TOML or the event's JSON); MalformedPack naming obligation and field.
    """
    if content.get("schema") != SCHEMA:
        raise MalformedPack(f"schema is {SCHEMA!r}; found {content.get('schema')!r}")
    pack_id = content.get("pack")
    if not isinstance(pack_id, str) or not pack_id:
        raise MalformedPack(f"pack names the pack; found {pack_id!r}")
    conventions = content.get("conventions", {})
    names = {f.name for f in fields(Conventions)}
    if unknown := set(conventions) - names:
        raise MalformedPack(f"{pack_id}: conventions: unknown field {min(unknown)!r}")
    # Standing duties are read by domain.law.standing.
    rules = tuple(_rule(pack_id, entry) for entry in content.get("version", ()) if entry.get("kind") != "standing")
    _check_versions(rules)
    triggers: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        for name in dict.fromkeys(rule.arises_on):
            triggers[name] = (*triggers.get(name, ()), rule)
    try:
        lists = parse_lists(content)
    except MalformedList as error:
        raise MalformedPack(f"{pack_id}: {error}") from error
    return Pack(
        pack_id=pack_id,
        lists=lists,
        zone=content.get("zone", "Asia/Shanghai"),
        sources=sources,
        rules=rules,
        conventions=Conventions(**{n: _limit(pack_id, n, conventions.get(n)) for n in names}),
        beside_national=bool(content.get("beside_national", False)),
        by_trigger=triggers,
        later=frozenset(n for r in rules for n in (*r.reopened_by, *r.verified_by)),
    )


def _rule(pack_id: str, entry: Mapping[str, Any]) -> Rule:
    name = entry.get("obligation", "?")
    unknown = set(entry) - _KNOWN_FIELDS
    if unknown:
        raise MalformedPack(f"{name}: unknown field {min(unknown)!r}")
    kind = _one_of(name, "kind", entry.get("kind", "duty"), KINDS)
    lists = {field_name: _names(name, field_name, entry.get(field_name, ())) for field_name in LISTS}
    if not lists["arises_on"]:
        raise MalformedPack(f"{name}: arises_on names no event")
    within = None
    if "within" in entry:
        within = _limit(name, "within", {"days": entry["within"], "counted_in": entry.get("counted_in")})
    _check_fields(name, kind, entry)
    try:
        when = parse_condition(entry.get("when", ""))
    except ValueError as error:
        raise MalformedPack(f"{name}: when: {error}") from error
    source = entry.get("source", "")
    article = _ARTICLE.search(source)
    on_end = entry.get("on_end")
    return Rule(
        pack_id=pack_id,
        obligation=name,
        name_zh=entry.get("name_zh", name),
        in_force_from=_day(entry.get("in_force_from")),
        in_force_to=_day(entry.get("in_force_to")),
        doc=entry.get("doc") or source.partition(" art.")[0],
        article=article[1] if article else None,
        source=source,
        kind=kind,
        when=when,
        bearer=_bearer(name, "bearer", entry.get("bearer", "receiver")),
        bearer_else=_bearer(name, "bearer_else", entry["bearer_else"]) if "bearer_else" in entry else None,
        within=within,
        due_from=_match(name, "due_from", entry.get("due_from"), _FIELD),
        no_due=_one_of(name, "no_due", entry["no_due"], NO_DUE) if "no_due" in entry else None,
        no_due_against=_one_of(name, "no_due_against", entry.get("no_due_against", "issuer"), ("issuer", "sender")),
        starts=_match(name, "starts", entry.get("starts"), _NAME),
        roll=_one_of(name, "roll", entry.get("roll", "none"), ("none", "forward")),
        runs_on=_one_of(name, "runs_on", entry.get("runs_on", "case"), ("case", "holder")),
        ends_on_handover=entry.get("ends_on_handover", False),
        once_per=_one_of(name, "once_per", entry["once_per"], ONCE_PER) if "once_per" in entry else None,
        on_end=None if on_end is None else _on_end(name, on_end, (*lists["ended_by"], *lists["discharged_by"])),
        cause=entry.get("cause", lists["breach_kinds"][0] if kind == "ban" else "overdue"),
        is_right_of=_match(name, "is_right_of", entry.get("is_right_of"), _NAME),
        visible_to=_match(name, "visible_to", entry.get("visible_to"), _NAME),
        lead_after=_limit(name, "lead_after", entry.get("lead_after")),
        recharge_cap=_limit(name, "recharge_cap", entry.get("recharge_cap")),
        extension=None if "extension" not in entry else _extension(name, entry["extension"]),
        confidence=entry.get("confidence", ""),
        **lists,
    )


_KNOWN_FIELDS = frozenset(f.name for f in fields(Rule)) - {"pack_id", "article"} | {"counted_in", "note"}
_OF_DUTIES = (  # what only a duty can have
    *("due_from", "no_due", "no_due_against", "discharged_by", "claimed_by", "ended_by", "voided_by", "excused_by"),
    *("reopened_by", "verified_by", "withheld_by", "on_end", "absorbs", "extension", "lead_after", "recharge_cap"),
    *("pauses", "ends_on_handover", "once_per"),
)
_NOT_OF = {
    "duty": ("used_by", "is_right_of", "breached_by"),
    "window": (*(f for f in _OF_DUTIES if f not in ("pauses", "once_per")), "breached_by", "breach_kinds", "cause"),
    "ban": (*(f for f in _OF_DUTIES if f not in ("ended_by", "voided_by")), "within", "used_by", "is_right_of"),
    "standing": ("used_by", "is_right_of", "breached_by", "reopened_by", "on_end"),
}
_NEEDS = {  # a field that says nothing without another
    "counted_in": "within",
    "claimed_by": "discharged_by",
    "reopened_by": "discharged_by",
    "verified_by": "discharged_by",
    "bearer_else": "bearer",
}


def _check_fields(name: str, kind: str, entry: Mapping[str, Any]) -> None:
    """Fields that contradict each other, or say nothing where they stand."""
    for other in _NOT_OF[kind]:
        if entry.get(other):
            raise MalformedPack(f"{name}: {other} has no meaning for a {kind}")
    for one, other in _NEEDS.items():
        if entry.get(one) and not entry.get(other):
            raise MalformedPack(f"{name}: {one} needs {other}")
    has_day = "within" in entry or "due_from" in entry
    if kind == "duty" and not has_day and entry.get("no_due") != "age":
        raise MalformedPack(f"{name}: neither within nor due_from, and no_due does not say 'age'")
    if kind == "window" and "within" not in entry:
        raise MalformedPack(f"{name}: within: a window has a length")
    if "within" in entry and ("due_from" in entry or "no_due" in entry):
        contradicting = "due_from" if "due_from" in entry else "no_due"
        raise MalformedPack(f"{name}: {contradicting} contradicts within")
    if entry.get("no_due") == "finding" and "due_from" not in entry:
        raise MalformedPack(f"{name}: no_due 'finding' needs due_from")
    if "no_due_against" in entry and entry.get("no_due") != "finding":
        raise MalformedPack(f"{name}: no_due_against needs no_due 'finding'")
    if entry.get("extension") is not None and not has_day:
        raise MalformedPack(f"{name}: extension: there is no day to extend")
    if kind == "ban":
        if not entry.get("breached_by"):
            raise MalformedPack(f"{name}: breached_by names no act, so nothing breaches this ban")
        if len(entry.get("breach_kinds", ())) != len(entry["breached_by"]):
            raise MalformedPack(f"{name}: breach_kinds names one kind for each act of breached_by")
    if name in entry.get("absorbs", ()):
        raise MalformedPack(f"{name}: absorbs names the obligation itself")
    first, last = _day(entry.get("in_force_from")), _day(entry.get("in_force_to"))
    if first is not None and last is not None and last < first:
        raise MalformedPack(f"{name}: in_force_to lies before in_force_from")


def _extension(name: str, entry: Mapping[str, Any]) -> ExtensionRule:
    if unknown := set(entry) - EXTENSION_FIELDS:
        raise MalformedPack(f"{name}: extension: unknown field {min(unknown)!r}")
    by = _one_of(name, "extension.by", entry.get("by"), ("head_of_handling_unit", "issuer", "sender"))
    standing = "on_or_before_standing_due"
    _one_of(name, "extension.approved", entry.get("approved", standing), (standing,))
    over_max = _one_of(name, "extension.over_max", entry.get("over_max", "cut_to_max"), ("cut_to_max", "void"))
    numbers = {n: _count(name, f"extension.{n}", entry.get(n)) for n in ("max_days", "times")}
    if "over_max" in entry and numbers["max_days"] is None:
        raise MalformedPack(f"{name}: extension.over_max needs max_days")
    return ExtensionRule(by, numbers["max_days"], numbers["times"], over_max)


def _on_end(name: str, entry: Mapping[str, Any], ends: tuple[str, ...]) -> OnEnd:
    if set(entry) != {"arises", "by"} or not isinstance(entry["arises"], str):
        raise MalformedPack(f"{name}: on_end is {{ arises = OBLIGATION, by = EVENTS }}; found {dict(entry)!r}")
    by = _names(name, "on_end.by", entry["by"])
    if not by or not set(by) <= set(ends):
        raise MalformedPack(f"{name}: on_end.by is of ended_by or discharged_by; found {list(by)!r}")
    return OnEnd(entry["arises"], by)


def _check_versions(rules: tuple[Rule, ...]) -> None:
    """No two versions of one obligation that answer to the same trigger overlap unless their conditions differ."""
    by_name: dict[str, list[Rule]] = {}
    for rule in rules:
        by_name.setdefault(rule.obligation, []).append(rule)
    for name, versions in by_name.items():
        for i, one in enumerate(versions):
            for other in versions[i + 1 :]:
                if _overlap(one, other):
                    raise MalformedPack(f"{name}: two versions are in force on the same day")


def _overlap(one: Rule, other: Rule) -> bool:
    start = max(one.in_force_from or date.min, other.in_force_from or date.min)
    end = min(one.in_force_to or date.max, other.in_force_to or date.max)
    return start <= end


def _limit(name: str, field_name: str, value: Mapping[str, Any] | None) -> Limit | None:
    if value is None:
        return None
    days = _count(name, field_name, value.get("days", 0))
    return Limit(days or 0, _one_of(name, "counted_in", value.get("counted_in"), COUNTED_IN))


def _count(name: str, field_name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_DAYS:
        found = str(value)[:40] if not isinstance(value, int) or abs(value) <= MAX_DAYS else "another number"
        raise MalformedPack(f"{name}: {field_name} is a whole number from 1 to {MAX_DAYS}; found {found}")
    return value


def _names(name: str, field_name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) and _NAME.fullmatch(v) for v in value):
        raise MalformedPack(f"{name}: {field_name} is a list of names; found {value!r}")
    return tuple(value)


def _bearer(name: str, field_name: str, value: Any) -> str:
    if isinstance(value, str) and _OF_THE_ACT.fullmatch(value):
        return value
    return _one_of(name, field_name, value, BEARERS)


def _match(name: str, field_name: str, value: Any, pattern: re.Pattern[str]) -> str | None:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        raise MalformedPack(f"{name}: {field_name}: not understood: {value!r}")
    return value


def _one_of(name: str, field_name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise MalformedPack(f"{name}: {field_name} is one of {', '.join(allowed)}; found {value!r}")
    return str(value)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
