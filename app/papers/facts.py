"""
What a paper may say of its case: the act it belongs to, the case, the people, duties with their arithmetic, the law.

Everything is told from the acts of one stream up to the paper's own act, as of the paper's day, under the law and the
register that the caller read from the log: the same events give the same paper, whatever was recorded later. Numbers of
days and articles come from the duties and the rule packs. tests/app/papers/test_facts.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.papers.model import PaperRefused, spelled
from app.papers.sandbox import Blank, Fact, clean, numeral
from domain.case import events as e
from domain.duties.due import UNDETERMINED
from domain.duties.engine import duties, split_stream
from domain.duties.values import end_of_day
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.papers.template import Template, Wanted
    from domain.duties.values import Duty
    from domain.law.in_force import Law
    from domain.law.rules import Rule
    from domain.recorded import Recorded

MAX_VALUE = 20_000
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOT_FACTS = ("proof",)  # what is only known once the paper was served


@dataclass(frozen=True, slots=True)
class Asked:
    """One paper of one case. `history` is its stream as known; `act` the paper's own, the last one to count."""

    history: Sequence[Recorded]
    act: Recorded
    law: Law
    day: date
    number: str | None
    sealed: Mapping[str, str]


def choose_act(
    history: Sequence[Recorded], template: Template, *, version: int | None, day: date, zone: str
) -> Recorded:
    """
    The act a paper belongs to: the one of that version, or the newest of the template's topic by that day.
    """
    at = end_of_day(day, zone).moment
    fitting = [r for r in history if r.topic.rsplit(".", 1)[0] == template.topic and r.occurred_at <= at]
    if version is not None:
        fitting = [r for r in fitting if r.version == version]
    if not fitting:
        which = "" if version is None else f" of version {version}"
        raise PaperRefused(
            f"本案没有可据以制作《{template.name_zh}》的记录，截至 {day}。",
            f"no {template.topic}{which} is recorded by then; --draft gives one that is not recorded yet",
            field="event",
        )
    return max(fitting, key=lambda r: (r.occurred_at, r.log_index))


def facts(template: Template, asked: Asked) -> Fact:
    """Everything the template's texts may name."""
    source, case_no = split_stream(asked.act.stream)
    rules, people = asked.law.rules, asked.law.people
    zone = rules.zone(source)
    before = [r for r in asked.history if r.version < asked.act.version]
    seen = view([*before, asked.act], end_of_day(asked.day, zone).moment)
    on = {r.version: r.occurred_at.astimezone(ZoneInfo(zone)).date() for r in seen}
    event: Any = asked.act.event
    acting = _act("act", asked.act, asked, on)
    roots: dict[str, Any] = {
        "act": acting,
        "paper": Fact("paper", {"day": asked.day, "year": asked.day.year, "number": asked.number}),
        "case": _case(case_no, source, seen, on),
        "unit": Fact("unit", {"id": event.unit_id, "name": _name(asked, event.unit_id)}),
        "official": Fact("official", {"name": people.officials.get(event.official_id)}),
        "sealed": _sealed(template, asked.sealed),
    }
    roots["earlier"] = _earlier(template, asked, seen, on, acting)
    found = duties(seen, rules, asked.law.calendar, people)
    roots["duty"] = Fact("duty", {w.name: _duty(w, asked, found) for w in template.duties})
    day = on[asked.act.version]
    in_force = {r.obligation: r for pack in rules.for_source(source) for r in pack.rules if r.in_force(day)}
    roots["rule"] = Fact("rule", {w.name: _first_rule(w, in_force) for w in template.rules})
    return Fact("", roots)


def _act(path: str, recorded: Recorded, asked: Asked, on: Mapping[int, date]) -> Fact:
    """An act's own fields, the day it is claimed for, and the names of the units and officials it names."""
    event: Any = recorded.event
    told: dict[str, Any] = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name in NOT_FACTS or value is None:
            continue
        told[field.name] = clean(value) if isinstance(value, str) else value
        if field.name.endswith("unit_id"):
            told[field.name.removesuffix("_id")] = _name(asked, value)
        elif field.name.endswith("official_id"):
            told[field.name.removesuffix("_id")] = asked.law.people.officials.get(value)
    return Fact(path, told | {"on": on[recorded.version]})


def _name(asked: Asked, unit_id: str) -> str | None:
    unit = asked.law.people.units.get(unit_id)
    return None if unit is None else clean(unit.name)


def _case(case_no: str, source: str, seen: Sequence[Recorded], on: Mapping[int, date]) -> Fact:
    told: dict[str, Any] = {"no": clean(case_no), "source": clean(source)}
    for r in seen:
        match r.event:
            case e.PetitionReceived() if "received_on" not in told:
                told |= {"received_on": on[r.version], "channel": r.event.channel, "category": r.event.category}
            case e.PetitionRegistered():
                told |= {"registered_on": on[r.version], "subject": r.event.subject}
            case _:
                pass  # the other acts are told by name, under `earlier`
    return Fact("case", told)


def _sealed(template: Template, given: Mapping[str, str]) -> Fact:
    values: dict[str, str] = {}
    for wanted in template.sealed:
        value = given.get(wanted.name, "")
        if len(value) > MAX_VALUE:
            raise PaperRefused(
                "封存内容有误：", f"a text of at most {MAX_VALUE} characters", field=f"sealed.{wanted.name}"
            )
        text = clean(value).strip()
        values[wanted.name] = text or Blank(wanted.name)
    if unknown := sorted(set(given) - set(values)):
        # A name the paper does not know would be a value that somebody believes to stand in it.
        raise PaperRefused("文书没有这一项：", f"the paper wants {', '.join(values)}", field=f"sealed.{unknown[0]}")
    return Fact("sealed", values)


def _earlier(template: Template, asked: Asked, seen: Sequence[Recorded], on: Mapping[int, date], acting: Fact) -> Fact:
    told: dict[str, Any] = {}
    for wanted in template.earlier:
        fitting = [r for r in seen if r.topic.rsplit(".", 1)[0] == wanted.topic and r.version < asked.act.version]
        if wanted.version is not None:
            root, _, name = wanted.version.partition(".")
            version = (acting if root == "act" else told.get(root, {})).get(name)
            fitting = [r for r in fitting if r.version == version]
        if fitting:
            told[wanted.name] = _act(f"earlier.{wanted.name}", fitting[-1], asked, on)
    return Fact("earlier", told)


def _duty(wanted: Wanted, asked: Asked, found: Sequence[Duty]) -> Fact | None:
    """The duty with its due day and how it came about; None where this case has none."""
    event: Any = asked.act.event
    names = wanted.obligations or (str(getattr(event, wanted.obligation_from or "", "")).replace("-", "_"),)
    version = asked.act.version if wanted.trigger == "act" else getattr(event, wanted.trigger, None)
    for duty in found:
        if duty.obligation in names and duty.trigger.version == version:
            return _told(f"duty.{wanted.name}", duty, asked)
    return None


def _told(path: str, duty: Duty, asked: Asked) -> Fact:
    is_dated = duty.due_on is not None and duty.due_on != UNDETERMINED
    told = _rule(path, duty.rule) | {
        "arose_on": duty.arose_on,
        "due_on": duty.due_on if is_dated else None,
        "trace": tuple(_printed(step) for step in duty.trace),
        "bearer": _name(asked, duty.bearer.unit_id),
    }
    if duty.is_provisional:
        told["is_provisional"] = True
    for extension in duty.extensions:
        if extension.log_index != asked.act.log_index:
            continue
        if not extension.days:
            raise PaperRefused(
                "该次延期无效，不得据以告知：",
                f"the extension moved no day: {', '.join(extension.defects) or 'void'}",
                field="act.days",
            )
        told["extension"] = Fact(f"{path}.extension", {"days": extension.days, "from_on": extension.standing_due})
    return Fact(path, told)


def _rule(path: str, rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {"name": rule.name_zh, "doc": rule.doc, "article": rule.article, "source": rule.source}
    if rule.article is not None:
        told["citation"] = f"《{rule.doc}》第{numeral(rule.article)}条"
    if rule.within is not None:
        told |= {"days": rule.within.days, "within": _days(rule.within.days, rule.within.counted_in)}
        if rule.extension is not None and rule.extension.max_days is not None:
            most = _days(rule.extension.max_days, rule.within.counted_in)
            told["extension_rule"] = Fact(f"{path}.extension_rule", {"within": most, "days": rule.extension.max_days})
    return {k: clean(v) if isinstance(v, str) else v for k, v in told.items()}


def _printed(step: str) -> str:
    """A step of the arithmetic as a paper says it: days in Chinese, no arrow."""
    return (
        _ISO.sub(lambda m: spelled(date.fromisoformat(m[0])), step).replace(" → ", "，至").replace("日 起算", "日起算")
    )


def _days(days: int, counted_in: str) -> str:
    return f"{days}个工作日" if counted_in == "working days" else f"{days}日"


def _first_rule(wanted: Wanted, by_name: Mapping[str, Rule]) -> Fact | None:
    path = f"rule.{wanted.name}"
    return next((Fact(path, _rule(path, by_name[n])) for n in wanted.obligations if n in by_name), None)
