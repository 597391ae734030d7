"""
The law as dated data: rule packs, their versions, and which version governs a duty.

A pack comes from the log (`rule_pack.adopted`), never from a file at question time, so a court reads the law that was
in force from the same events. Code holds no number of days: every limit is here, with its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.law.conditions import parse_condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SCHEMA = "luoshi.pack.v1"
COUNTED_IN = ("calendar days", "working days")
KINDS = ("duty", "window", "ban", "standing")
NO_DUE = ("age", "finding", "none")
BEARERS = ("receiver", "sender", "decider", "addressee", "executor", "approver", "issuer", "holder")
_ARTICLE = re.compile(r"art\. ([0-9]+)")


class MalformedPack(ValueError):  # noqa: N818 - an error family of one
    """A rule pack that cannot be adopted: names the obligation and the field."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of days and how they are counted."""

    days: int
    counted_in: str

    def printed(self) -> str:
        return f"{self.days} 个{'工作日' if self.counted_in == 'working days' else '自然日'}"


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """How a limit may be extended: by whom, how often, by how much."""

    by: str
    max_days: int | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One version of one obligation. `arises_on` and the other lists hold event names as `name_of` spells them.
    """

    pack_id: str
    obligation: str
    name_zh: str
    in_force_from: date | None
    in_force_to: date | None
    doc: str
    article: str | None
    source: str
    kind: str
    arises_on: tuple[str, ...]
    when: Callable[[Mapping[str, Mapping[str, object]]], bool] = field(compare=False)
    bearer: str = "receiver"
    within: Limit | None = None
    due_from: str | None = None
    no_due: str | None = None
    roll: str = "none"
    runs_on: str = "case"
    ends_on_handover: bool = False
    pauses: tuple[str, ...] = ()
    discharged_by: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    voided_by: tuple[str, ...] = ()
    breach_kinds: tuple[str, ...] = ()
    cause: str = "overdue"  # what the breach is called where events show no more than the breach itself
    lead_after: Limit | None = None
    recharge_cap: Limit | None = None
    extension: ExtensionRule | None = None
    confidence: str = ""

    @property
    def version(self) -> str:
        """`pack@in_force_from`: what an answer cites."""
        return f"{self.pack_id}@{self.in_force_from.isoformat() if self.in_force_from else 'always'}"

    def in_force(self, day: date) -> bool:
        return (self.in_force_from is None or self.in_force_from <= day) and (
            self.in_force_to is None or day <= self.in_force_to
        )


@dataclass(frozen=True, slots=True)
class Conventions:
    """A pack's numbers for what the law leaves to practice. None: the pack has no such convention."""

    entry_grace: Limit | None = None
    silent_after: Limit | None = None
    repeat_within: Limit | None = None  # a repeat so soon after closing is a lead


@dataclass(frozen=True, slots=True)
class Pack:
    pack_id: str
    zone: str
    sources: tuple[str, ...]
    rules: tuple[Rule, ...]
    conventions: Conventions


@dataclass(frozen=True, slots=True)
class Rulebook:
    """
    The packs in force, newest last. A pack adopted again under its id replaces the earlier text; dated versions inside
    it say what governed when.
    """

    packs: tuple[Pack, ...] = ()

    def for_source(self, source: str) -> tuple[Pack, ...]:
        """The packs that name this source; where none does, those that name no source."""
        own = tuple(p for p in self.packs if source in p.sources)
        return own or tuple(p for p in self.packs if not p.sources)

    def arising(self, source: str, name: str, day: date) -> Iterable[Rule]:
        """The rules in force on that day which an event of this name triggers."""
        for pack in self.for_source(source):
            for rule in pack.rules:
                if name in rule.arises_on and rule.in_force(day):
                    yield rule

    def conventions(self, source: str) -> Conventions:
        for pack in reversed(self.for_source(source)):
            if pack.conventions != Conventions():
                return pack.conventions
        return Conventions()

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
    pack_id = content["pack"]
    conventions = content.get("conventions", {})
    rules = tuple(_rule(pack_id, entry) for entry in content.get("version", ()))
    _check_versions(rules)
    return Pack(
        pack_id=pack_id,
        zone=content.get("zone", "Asia/Shanghai"),
        sources=sources,
        rules=rules,
        conventions=Conventions(
            _limit(pack_id, "entry_grace", conventions.get("entry_grace")),
            _limit(pack_id, "silent_after", conventions.get("silent_after")),
            _limit(pack_id, "repeat_within", conventions.get("repeat_within")),
        ),
    )


def _rule(pack_id: str, entry: Mapping[str, Any]) -> Rule:
    name = entry.get("obligation", "?")
    unknown = set(entry) - _KNOWN_FIELDS
    if unknown:
        raise MalformedPack(f"{name}: unknown field {min(unknown)!r}")
    kind = _one_of(name, "kind", entry.get("kind", "duty"), KINDS)
    if not entry.get("arises_on"):
        raise MalformedPack(f"{name}: arises_on names no event")
    within = None
    if "within" in entry:
        within = _limit(name, "within", {"days": entry["within"], "counted_in": entry.get("counted_in")})
    if within is None and "due_from" not in entry and entry.get("no_due") != "age" and kind == "duty":
        raise MalformedPack(f"{name}: neither within nor due_from, and no_due does not say 'age'")
    extension = entry.get("extension")
    try:
        when = parse_condition(entry.get("when", ""))
    except ValueError as error:
        raise MalformedPack(f"{name}: when: {error}") from error
    source = entry.get("source", "")
    article = _ARTICLE.search(source)
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
        arises_on=tuple(entry["arises_on"]),
        when=when,
        bearer=_one_of(name, "bearer", entry.get("bearer", "receiver"), BEARERS),
        within=within,
        due_from=entry.get("due_from"),
        no_due=_one_of(name, "no_due", entry["no_due"], NO_DUE) if "no_due" in entry else None,
        roll=_one_of(name, "roll", entry.get("roll", "none"), ("none", "forward")),
        runs_on=_one_of(name, "runs_on", entry.get("runs_on", "case"), ("case", "holder")),
        ends_on_handover=entry.get("ends_on_handover", False),
        pauses=tuple(entry.get("pauses", ())),
        discharged_by=tuple(entry.get("discharged_by", ())),
        claimed_by=tuple(entry.get("claimed_by", ())),
        ended_by=tuple(entry.get("ended_by", ())),
        voided_by=tuple(entry.get("voided_by", ())),
        breach_kinds=tuple(entry.get("breach_kinds", ())),
        cause=entry.get("cause", "overdue"),
        lead_after=_limit(name, "lead_after", entry.get("lead_after")),
        recharge_cap=_limit(name, "recharge_cap", entry.get("recharge_cap")),
        extension=None
        if extension is None
        else ExtensionRule(extension["by"], extension.get("max_days"), extension.get("times")),
        confidence=entry.get("confidence", ""),
    )


_KNOWN_FIELDS = frozenset(
    {
        "obligation",
        "name_zh",
        "in_force_from",
        "in_force_to",
        "doc",
        "source",
        "kind",
        "arises_on",
        "when",
        "bearer",
        "within",
        "counted_in",
        "due_from",
        "no_due",
        "roll",
        "runs_on",
        "ends_on_handover",
        "pauses",
        "discharged_by",
        "claimed_by",
        "ended_by",
        "voided_by",
        "breach_kinds",
        "cause",
        "lead_after",
        "recharge_cap",
        "extension",
        "confidence",
        "note",
    }
)


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
    days = value.get("days")
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise MalformedPack(f"{name}: {field_name} is a number of days from 1 on; found {days!r}")
    return Limit(days, _one_of(name, "counted_in", value.get("counted_in"), COUNTED_IN))


def _one_of(name: str, field_name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise MalformedPack(f"{name}: {field_name} is one of {', '.join(allowed)}; found {value!r}")
    return str(value)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
