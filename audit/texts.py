"""
Leads from what replies say: only "passed on" or "received", the same words in many matters, a date signed that does not
fit. A lead states what was measured and repeats nothing of the text but the words its rule names.

Texts are sealed values beside the events, passed in as an argument: whoever asks has them or not, and an erased one is
not there. What was recorded of it before stands with its measure (audit/leads.py). tests/audit/test_text_leads.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.lead import Lead
from domain.case import events as e
from domain.case.events import name_of
from domain.duties.engine import split_stream
from domain.law.lead_rules import OF_TEXTS, SIGNED_DATE, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.law.in_force import Law
    from domain.law.lead_rules import LeadRule
    from domain.recorded import Recorded


Texts = dict[int, dict[str, str]]  # log index -> name of the sealed value -> its text
CITED = 12  # acts of a group that one lead cites besides its own
_DATE_ENDS = "。."
_YEAR, _SHORT, _LONG = 4, 1, 2  # digits


@dataclass(frozen=True, slots=True)
class _Said:
    """One text of a group: where it stands. The text itself is not kept."""

    stream: str
    log_index: int
    characters: int


@dataclass(slots=True)
class TextLeads:
    """
    Reads case after case, then says what only many cases show together. Of a text it keeps a digest, so memory does
    not grow with what was written.
    """

    law: Law
    _said: dict[tuple[str, LeadRule, bytes], list[_Said]] = field(default_factory=dict)

    def of_case(self, seen: Sequence[Recorded], texts: Texts) -> Iterator[Lead]:
        """The leads that one case's own texts give. `seen` is the view of its stream."""
        if not seen:
            return
        source, _ = split_stream(seen[0].stream)
        rules = [r for r in self.law.lead_rules(source) if r.kind in OF_TEXTS]
        by_id = {r.lead: r for r in rules}
        zone = ZoneInfo(self.law.rules.zone(source))
        first = next((r for r in seen if isinstance(r.event, (e.PetitionReceived, e.PetitionRegistered))), seen[0])
        for r in seen:
            read = texts.get(r.log_index)
            for rule in rules if read else ():
                text = _text(rule, r, read or {})
                if text is None:
                    continue
                measure = None
                if rule.kind == TEXT:
                    measure = _holds(rule, text, by_id)
                elif rule.kind == SIGNED_DATE:
                    measure = _signed(rule, text, *(x.occurred_at.astimezone(zone).date() for x in (r, first)))
                elif len(text) >= rule.min_characters:
                    key = (source, rule, hashlib.sha256(text.encode()).digest())
                    self._said.setdefault(key, []).append(_Said(r.stream, r.log_index, len(text)))
                if measure is not None:
                    evidence = (r.log_index,) if rule.kind == TEXT else _both(first, r, rule)
                    yield Lead(rule.lead, r.stream, measure, evidence, rule=rule)

    def of_all(self) -> Iterator[Lead]:
        """The same words in different matters: a lead for each, naming its group by the first that was read."""
        for (_, rule, _), said in self._said.items():
            streams = len({s.stream for s in said})
            if len(said) < rule.least or streams < 2:  # the same words twice in one matter are none
                continue
            for own in said:
                measure = f"与另外 {streams - 1} 件事项的文字相同（同组 {len(said)} 份，去空白后 {own.characters} 字）"
                others = [s.log_index for s in said if s is not own][:CITED]
                group = (min(s.log_index for s in said), len(said))
                yield Lead(rule.lead, own.stream, measure, (own.log_index, *others), rule=rule, group=group)


def reads_of(law: Law, source: str) -> frozenset[str]:
    """The names of sealed values that a lead rule for that source reads: no other needs to be opened."""
    return frozenset(name for r in law.lead_rules(source) if r.kind in OF_TEXTS for name in r.reads)


def _text(rule: LeadRule, recorded: Recorded, read: Mapping[str, str]) -> str | None:
    """What the act says under one of the rule's names, without white space; None where the rule is not about it."""
    if name_of(recorded.topic) not in rule.acts:
        return None
    for name in rule.reads:
        if (text := "".join(read.get(name, "").split())) != "":
            return text
    return None


def _holds(rule: LeadRule, text: str, rules: Mapping[str, LeadRule]) -> str | None:
    """What was measured, where the text is short enough and has the words."""
    if rule.max_characters is not None and len(text) > rule.max_characters:
        return None
    found = [next((word for word in words if word in text), None) for words in (rule.contains, rule.contains_too)]
    for words, hit in zip((rule.contains, rule.contains_too), found, strict=True):
        if words and hit is None:
            return None
    if any(_holds(rules[other], text, rules) is not None for other in rule.unless if other in rules):
        return None
    limit = f"（规则上限 {rule.max_characters} 字）" if rule.max_characters is not None else ""
    said = "、".join(f"“{hit}”" for hit in found if hit is not None)
    return f"去空白后 {len(text)} 字{limit}" + (f"，含{said}" if said else "")


def _signed(rule: LeadRule, text: str, acted_on: date, came_on: date) -> str | None:
    signed = signed_on(text)
    if signed is None:
        return None
    if rule.signed == "after_act" and signed > acted_on:
        return f"落款 {signed}，晚于所报之日 {acted_on}，相差 {(signed - acted_on).days} 日"
    if rule.signed == "before_matter" and signed < came_on:
        return f"落款 {signed}，早于来件之日 {came_on}，相差 {(came_on - signed).days} 日"
    return None


def signed_on(text: str) -> date | None:
    """The date a text without white space ends with: 2019年3月5日, perhaps with a full stop. None: none, or no day."""
    bare = text[:-1] if text[-1:] in _DATE_ENDS else text
    if not bare.endswith("日"):
        return None
    before, _, day = bare[:-1].rpartition("月")
    before, _, month = before.rpartition("年")
    year = before[-_YEAR:]
    if len(year) != _YEAR or not (year.isascii() and year.isdigit() and year.startswith("20")):
        return None
    if not all(n.isascii() and n.isdigit() and _SHORT <= len(n) <= _LONG for n in (month, day)):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _both(first: Recorded, recorded: Recorded, rule: LeadRule) -> tuple[int, ...]:
    return (first.log_index, recorded.log_index) if rule.signed == "before_matter" else (recorded.log_index,)
