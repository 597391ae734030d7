"""
The copy of an exported log on which the constraints can be checked. It is made from the acts of the export alone.

1. Every moment becomes the end of its civil day in the zone of its offset. Declare4Py counts elapsed days of 86,400
   seconds; between ends of days that is the number of civil days, and the day of the trigger is not counted.
2. For each constraint, a trigger becomes an event with the constraint's name and the facts its condition reads, and an
   act that fulfils or lawfully ends it an event `..._done`, with the unit and the trigger it speaks of, or `any`.
3. A trigger whose limit was validly extended by n days becomes `..._plusN`, which has a constraint of its own.
4. Each trace closes with every `..._done` at the end of the day asked about: what is not yet due is no breach.
5. A trigger is left out where the law lets the duty fall: its hand-over was objected to in time and the objection
   upheld, or is still undecided with nothing done.
6. A constraint is set aside in a trace, by name, where its day depends on more than 1 to 5 can say: `SET_ASIDE`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from chinese_calendar import is_workday

from app.codec import CLASSES
from app.export.declare import ANY, attribute
from app.importing.xes import EventLog
from domain.case.events import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.export.declare import Constraint

RECEIPTS = ("receipt_signed", "receipt_proved", "receipt_deemed")  # the earliest of them is the receipt
WINDOW = 5  # working days for an objection, art. 23(3)
REFERS = {name_of(c.TOPIC): c.REFERS for c in CLASSES if hasattr(c, "REFERS")}
SET_ASIDE = {
    "suspended": "a hearing suspends the limit",
    "excused": "an excuse was accepted",
    "reopened": "a rejection opened the duty again",
    "goes_on": "it went on from another duty, with that one's day",
    "voided": "an act voided it other than an objection",
}
ENTERED_LATE = "an act of the case was entered after its day"


@dataclass(frozen=True)
class Act:
    """One event of the export."""

    name: str
    day: date
    values: dict[str, str]

    @property
    def version(self) -> str:
        return self.values["luoshi:version"]

    @property
    def unit(self) -> str:
        return self.values["org:group"]

    @cached_property
    def is_entered_late(self) -> bool:
        return datetime.fromisoformat(self.values["luoshi:recorded_at"]).date() > self.day

    def said(self, name: str) -> str:
        return self.values.get(f"luoshi:{name}", "")


@dataclass
class Case:
    """One trace of the export."""

    name: str
    acts: list[Act]

    def of(self, *names: str) -> Iterator[Act]:
        return (a for a in self.acts if a.name in names)

    def after(self, act: Act) -> list[Act]:
        return self.acts[self.acts.index(act) + 1 :]

    def at(self, version: str) -> Act | None:
        return next((a for a in self.acts if a.version == version), None)


@dataclass
class Copied:
    """What the copy came to."""

    cases: list[str] = field(default_factory=list)
    triggers: Counter[str] = field(default_factory=Counter)  # by obligation, before their conditions
    extensions: dict[str, set[int]] = field(default_factory=dict)  # by activity
    aside: dict[tuple[str, str], str] = field(default_factory=dict)  # (case, obligation) -> name of SET_ASIDE
    late: set[str] = field(default_factory=set)  # cases with an act entered after its day


def read_export(path: Path) -> Iterator[Case]:
    """The cases of an exported log, with the importer's own reader."""
    log = EventLog(path)
    case = Case("", [])
    for row in log.rows():
        values = {k: v for k, v in zip(log.columns, row, strict=False) if v}
        if values["case:concept:name"] != case.name:
            if case.acts:
                yield case
            case = Case(values["case:concept:name"], [])
        day = datetime.fromisoformat(values["time:timestamp"]).date()
        case.acts.append(Act(values["concept:name"], day, values))
    if case.acts:
        yield case


def write_copy(export: Path, said: list[Constraint], as_of: date, path: Path) -> Copied:
    """Write the copy of an export to `path`."""
    copied = Copied()
    root = ET.Element("log", {"xes.version": "1849-2016", "xmlns": "http://www.xes-standard.org/"})
    for case in read_export(export):
        copied.cases.append(case.name)
        if any(a.is_entered_late for a in case.acts):
            copied.late.add(case.name)
        trace = ET.SubElement(root, "trace")
        _string(trace, "concept:name", case.name)
        for day, values in copy_of(case, said, as_of, copied):
            event = ET.SubElement(trace, "event")
            ET.SubElement(event, "date", {"key": "time:timestamp", "value": f"{day.isoformat()}T23:59:59.000+08:00"})
            for key, value in values.items():
                _string(event, key, value)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return copied


def _string(parent: ET.Element, key: str, value: str) -> None:
    ET.SubElement(parent, "string", {"key": key, "value": value})


def copy_of(case: Case, said: list[Constraint], as_of: date, copied: Copied) -> list[tuple[date, dict[str, str]]]:
    """The events of one trace of the copy: (day, attributes)."""
    events: list[tuple[date, dict[str, str]]] = []
    kept: list[Constraint] = []
    for c in said:
        why = _set_aside(case, c)
        if why is not None:
            copied.aside[case.name, c.obligation] = why
        else:
            kept.append(c)
    category = "claim"
    signed: set[str] = set()
    for act in case.acts:
        category = act.said("category") or category
        for c in kept:
            if (done := _done(act, c)) is not None:
                events.append((act.day, {"concept:name": c.done, **done}))
        is_receipt = act.name in RECEIPTS
        is_second = is_receipt and act.said("of_version") in signed
        if is_receipt:
            signed.add(act.said("of_version"))
        for c in kept:
            if is_second or act.name not in c.names("arises_on") or not c.in_force(act.day) or _falls(case, act, c):
                continue
            copied.triggers[c.obligation] += 1
            more = _extension(case, act, c)
            if more:
                copied.extensions.setdefault(c.activity, set()).add(more)
            facts = {attribute(f): _fact(f, act, category) for f in c.facts}
            named = {"concept:name": c.extended(more), "unit": act.unit, "ref": act.version}
            events.append((_starts(act, c), named | facts))
    events += [(as_of, {"concept:name": c.done, "unit": ANY, "ref": ANY}) for c in kept]
    return events


def _starts(act: Act, c: Constraint) -> date:
    """The day that is not counted: the act's own or, where the rule names a field and it is earlier, that day."""
    said = act.said(c.entry["starts"]) if "starts" in c.entry else ""
    return min(act.day, date.fromisoformat(said)) if said else act.day


def _done(act: Act, c: Constraint) -> dict[str, str] | None:
    """Of which unit and trigger an act ends the duty; None where it does not."""
    ref = act.said(REFERS[act.name]) if act.name in REFERS else ANY
    if act.name in c.names("discharged_by"):
        own = c.entry.get("runs_on", "case") == "holder" and act.name not in RECEIPTS
        return {"unit": act.unit if own else ANY, "ref": ref}
    return {"unit": ANY, "ref": ref} if act.name in c.names("ended_by") else None


def _fact(fact: str, act: Act, category: str) -> str:
    match fact:
        case "receiver.kind":
            return act.said("unit_kind") or "other"
        case "matter.category":
            return category
        case _:
            return act.said(fact.partition(".")[2]) or "none"


def _set_aside(case: Case, c: Constraint) -> str | None:
    names = {a.name for a in case.acts}
    if c.goes_on_by & names:
        return "goes_on"
    if not c.names("arises_on") & names:
        return None
    if c.entry.get("pauses") and "hearing_convened" in names:
        return "suspended"
    if any(a.said("obligation") == c.obligation for a in case.of("excuse_accepted")):
        return "excused"
    if c.names("reopened_by") & names:
        return "reopened"
    return "voided" if (c.names("voided_by") - {"objection_upheld"}) & names else None


def _falls(case: Case, receipt: Act, c: Constraint) -> bool:
    """Whether an objection in time to this hand-over was upheld, or is undecided while nothing is done."""
    if "objection_upheld" not in c.names("voided_by") or receipt.name not in RECEIPTS:
        return False
    for raised in case.of("jurisdiction_objected"):
        if raised.said("of_version") != receipt.said("of_version") or raised.day > _last_day(receipt.day):
            continue
        decided = next((a for a in case.of("objection_decided") if a.said("objection_version") == raised.version), None)
        if decided is None:
            return not any((d := _done(a, c)) and d["unit"] in (ANY, receipt.unit) for a in case.after(receipt))
        return decided.said("result") == "upheld"
    return False


def _last_day(day: date) -> date:
    left = WINDOW
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


def _extension(case: Case, trigger: Act, c: Constraint) -> int:
    """
    By how many days the limit was extended: approved on or before the due day then standing and before the end, by the
    main leader of the unit that held the matter.
    """
    rule: dict[str, Any] = c.entry.get("extension") or {}
    more = times = 0
    holder = trigger.unit
    for act in case.after(trigger) if rule else ():
        holder = _passed(case, act, holder)
        if (done := _done(act, c)) is not None and done["ref"] in (ANY, trigger.version):
            break
        names_it = act.said("obligation") == c.obligation and act.said("trigger_version") == trigger.version
        if act.name != "extension_approved" or not names_it:
            continue
        in_time = act.day <= _starts(trigger, c) + timedelta(days=c.days + more)
        by_head = act.values.get("org:role") == "main_leader" and act.unit == holder
        if in_time and by_head and times < rule.get("times", times + 1):
            days, most = int(act.said("days")), rule.get("max_days")
            if most is not None and days > most:
                days = most if rule.get("over_max", "cut_to_max") == "cut_to_max" else 0
            more, times = more + days, times + bool(days)
    return more


def _passed(case: Case, act: Act, holder: str) -> str:
    """Who holds the matter after this act."""
    if act.name == "handed_over" and act.unit == holder:
        return act.said("to_unit_id")
    if act.name in RECEIPTS:
        sent = case.at(act.said("of_version"))
        return act.unit if sent is not None and sent.unit == holder else holder
    return holder
