"""
Standing duties, as pack data: entries of kind "standing", owed again in every period by whoever holds a post.

Which periods there are, and until when each may be met, is `domain.law.cadence`; who failed, `domain.duties`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.cadence import CADENCES, Cadence
from domain.law.calendar import MAX_DAYS
from domain.law.entries import NAME, Entry
from domain.law.rules import COUNTED_IN, Limit, MalformedPack, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

KIND = "standing"
PER = ("post", "unit")
NO_DUE = ("none", "age")
ROLLS = ("none", "forward")
_ARTICLE = re.compile(r"art\. ([0-9]+)")
KNOWN = frozenset(
    {
        "obligation",
        "name_zh",
        "in_force_from",
        "in_force_to",
        "kind",
        "doc",
        "source",
        "confidence",
        "note",
        "cadence",
        "on_day",
        "before_day",
        "in_month",
        "anchor",
        "period_ends_is_due",
        "within",
        "counted_in",
        "no_due",
        "roll",
        "bearer",
        "discharged_by",
        "excused_by",
        "min_held_percent",
        "at_least",
        "breach_kinds",
        "cause",
    }
)
BEARER = frozenset({"post", "posts", "rank", "ranks", "unit_kind", "unit_kinds", "tag", "under", "per"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """Which posts owe it. `per` "unit": once for each unit, answered for by the first of its posts that is meant."""

    posts: tuple[str, ...] = ()
    ranks: tuple[str, ...] = ()
    unit_kinds: tuple[str, ...] = ()
    tag: str | None = None
    under: str | None = None  # only posts of this unit and of those below it
    per: str = "post"


@dataclass(frozen=True, slots=True)
class StandingRule:
    """
    One version of a standing duty. `rule` is what every other duty has too: name, source, dates, name of a breach.
    """

    rule: Rule
    cadence: Cadence
    bearer: Bearer
    discharged_by: tuple[str, ...]
    excused_by: tuple[str, ...]
    min_held_percent: int | None  # of the period's days; held for less, the period is not owed
    at_least: tuple[tuple[str, int], ...] = ()  # a filing whose numbers are smaller meets nothing

    @property
    def obligation(self) -> str:
        return self.rule.obligation


def parse_standing(content: Mapping[str, Any]) -> tuple[StandingRule, ...]:
    """The standing duties of a pack; MalformedPack naming duty and field."""
    pack_id = str(content.get("pack", "?"))
    rules = tuple(_rule(pack_id, e) for e in content.get("version", ()) if e.get("kind") == KIND)
    _check_overlap(rules)
    return rules


def _rule(pack_id: str, table: Mapping[str, Any]) -> StandingRule:
    entry = Entry(KIND, table, KNOWN, key="obligation")
    source = entry.source()
    article = _ARTICLE.search(source)
    discharged_by = entry.texts("discharged_by")
    if not discharged_by:
        raise MalformedPack(f"{entry.name}: discharged_by names no kind of filed act")
    is_open = entry.one_of("no_due", NO_DUE, "none") == "age"
    within = _within(entry, is_open=is_open)
    rule = Rule(
        pack_id=pack_id,
        obligation=entry.identifier("obligation"),
        name_zh=entry.text("name_zh"),
        in_force_from=entry.day("in_force_from"),
        in_force_to=entry.day("in_force_to"),
        doc=entry.optional("doc") or source.partition(" art.")[0],
        article=article[1] if article else None,
        source=source,
        kind=KIND,
        arises_on=(),
        when=lambda _facts: True,
        bearer="holder",
        within=within,
        no_due="age" if is_open else None,
        roll=entry.one_of("roll", ROLLS, "none"),
        runs_on="case",  # the duty is the post's: it goes on when the holder changes
        discharged_by=discharged_by,
        breach_kinds=entry.texts("breach_kinds"),
        cause=entry.text("cause", "not_filed"),
        confidence=entry.text("confidence"),
    )
    return StandingRule(
        rule,
        _cadence(entry, within),
        _bearer(entry),
        discharged_by,
        entry.texts("excused_by"),
        entry.number("min_held_percent", most=100) if "min_held_percent" in entry else None,
        _at_least(entry),
    )


def _at_least(entry: Entry) -> tuple[tuple[str, int], ...]:
    """Numbers that a filing must reach to discharge the duty: { guides = 2 }."""
    table = entry.table.get("at_least", {})
    if not isinstance(table, dict):
        raise entry.wrong("at_least", "a table of numbers, { guides = 2 }", table)
    numbers = Entry(f"{entry.name} at_least", table, frozenset(table))
    if any(not NAME.fullmatch(name) for name in table):
        raise entry.wrong("at_least", "names of a-z, 0-9 and _", ", ".join(table))
    return tuple((name, numbers.number(name)) for name in table)


def _within(entry: Entry, *, is_open: bool) -> Limit | None:
    """How long after its period's end it may be met. Without it the period's end is the due day, and must say so."""
    ends = entry.flag("period_ends_is_due")
    limit = None
    if "within" in entry:
        limit = Limit(entry.number("within", most=MAX_DAYS), entry.one_of("counted_in", COUNTED_IN))
    says = [ends, limit is not None, is_open, "on_day" in entry or "before_day" in entry]
    if sum(says) != 1:
        raise MalformedPack(
            f"{entry.name}: says exactly one of period_ends_is_due = true, within (after the period), on_day or "
            "before_day, no_due = 'age'"
        )
    return limit


def _cadence(entry: Entry, within: Limit | None) -> Cadence:
    every = entry.one_of("cadence", CADENCES)
    on_day = entry.number("on_day", most=31) if "on_day" in entry else None
    before_day = entry.number("before_day", least=2, most=31) if "before_day" in entry else None
    in_month = entry.number("in_month", most=12) if "in_month" in entry else None
    if (on_day is not None or before_day is not None) and every != "month":
        raise MalformedPack(f"{entry.name}: on_day and before_day go with cadence 'month'")
    if in_month is not None and every != "year":
        raise MalformedPack(f"{entry.name}: in_month goes with cadence 'year'")
    anchor = entry.day("anchor")
    if (every == "fortnight") != (anchor is not None) or (anchor is not None and anchor.weekday() != 0):
        raise MalformedPack(f"{entry.name}: a fortnight, and nothing else, has an anchor: a Monday on which one began")
    return Cadence(every, on_day, before_day, in_month, anchor, within, entry.one_of("roll", ROLLS, "none"))


def _bearer(entry: Entry) -> Bearer:
    table = Entry(f"{entry.name} bearer", entry.table.get("bearer"), BEARER)

    def both(one: str, many: str) -> tuple[str, ...]:
        return ((table.text(one),) if one in table else ()) + table.texts(many)

    bearer = Bearer(
        both("post", "posts"),
        both("rank", "ranks"),
        both("unit_kind", "unit_kinds"),
        table.optional("tag"),
        table.optional("under"),
        table.one_of("per", PER, "post"),
    )
    if not bearer.posts and bearer.tag is None and not (bearer.ranks and bearer.unit_kinds):
        raise MalformedPack(f"{entry.name}: bearer names posts, a tag, or a rank and a unit_kind")
    return bearer


def _check_overlap(rules: Iterable[StandingRule]) -> None:
    """On every day at most one version of a standing duty is in force."""
    seen: dict[str, list[Rule]] = {}
    for standing in rules:
        rule = standing.rule
        for other in seen.setdefault(rule.obligation, []):
            if _meets(rule.in_force_from, other.in_force_to) and _meets(other.in_force_from, rule.in_force_to):
                raise MalformedPack(f"{KIND} {rule.obligation}: two versions are in force on the same day")
        seen[rule.obligation].append(rule)


def _meets(first: date | None, last: date | None) -> bool:
    return first is None or last is None or first <= last
