"""
What a locality invents, from its pack: standing duties, kinds of filing, reminders, scoring sheets, titles, post tags,
lead rules.

Beside `domain.law.rules`, which reads the duties of cases from the same pack. docs/packs.md lists every field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.entries import Entry
from domain.law.filed import FiledKind, parse_filed_kinds
from domain.law.lead_rules import LeadRule, parse_lead_rules
from domain.law.reminding import ReminderRule, parse_reminders
from domain.law.rules import SCHEMA, MalformedPack
from domain.law.scoring import ScoringSheet, Title, parse_scoring, parse_titles
from domain.law.standing import StandingRule, parse_standing

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS = frozenset(
    {
        "schema",
        "pack",
        "title",
        "zone",
        "note",
        "beside_national",
        "conventions",
        "refusal_ground",
        "department",
        "subject",
        "route",
        "undertaking",
        "undertaking_set",
        "posted_list",
        "version",
        "filed_kind",
        "lead_rule",
        "reminder",
        "scoring",
        "title_rule",
        "post_tag",
    }
)
TAG = frozenset({"tag", "posts", "note"})


@dataclass(frozen=True, slots=True)
class LocalRules:
    """One pack's own inventions. `tags`: which posts a tag means."""

    pack_id: str
    zone: str
    standing: tuple[StandingRule, ...] = ()
    filed_kinds: tuple[FiledKind, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    sheets: tuple[ScoringSheet, ...] = ()
    titles: tuple[Title, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lead_rules: tuple[LeadRule, ...] = ()


def parse_local(content: Mapping[str, Any]) -> LocalRules:
    """
    The pack's inventions; MalformedPack naming entry and field.
    """
    if content.get("schema") != SCHEMA:
        raise MalformedPack(f"schema is {SCHEMA!r}; found {content.get('schema')!r}")
    tags = []
    for table in content.get("post_tag", ()):
        entry = Entry("post_tag", table, TAG, key="tag")
        tags.append((entry.identifier("tag"), entry.texts("posts")))
    return LocalRules(
        str(content["pack"]),
        str(content.get("zone", "Asia/Shanghai")),
        parse_standing(content),
        parse_filed_kinds(content),
        parse_reminders(content),
        parse_scoring(content),
        parse_titles(content),
        tuple(tags),
        parse_lead_rules(content),
    )
