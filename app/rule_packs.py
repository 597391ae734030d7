"""
A rule pack before it is adopted: what is wrong with it, how it differs from another text, what it may not change.

`lint` reads the pack as an adoption would, then asks what reading alone does not: that every event and every kind of
filing named exists, and that every number has its source. tests/app/test_rule_packs.py.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

from app.codec import TOPICS
from app.rule_lists import list_faults
from domain.case.course import LOOKS
from domain.case.events import name_of
from domain.case.routes import NOTICES
from domain.duties.consequences import BY_INTERESTED
from domain.law.local import SECTIONS, LocalRules, parse_local
from domain.law.rules import MalformedPack, Rule, parse_pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from domain.law.lists import Lists

MAX_BYTES = 1 << 20  # the Regulation whole is 12 kB
# Names that domain.duties.draft.names_of makes of an act's content.
DERIVED = frozenset(
    (
        *("objection_upheld", "suggestion_received", "opinion_set_aside", "opinion_changed", "guidance_served"),
        *("undertaking_discharged", "decision_executed", "item_entered", "linked_to_open_case", BY_INTERESTED),
        *(f"effect_reviewed_{look}" for look in LOOKS),
    )
)
NOTICE, FILED = "_notice_served", "filed_"
EVENTS = frozenset(name_of(topic) for topic in TOPICS)
NAMING = (
    *("arises_on", "discharged_by", "claimed_by", "ended_by", "voided_by", "reopened_by", "verified_by"),
    *("used_by", "breached_by"),
)
NUMBERS = ("within", "lead_after", "recharge_cap", "extension")
ENTRIES = {  # section -> the fields that name an entry; two texts are compared entry by entry
    "version": ("obligation", "in_force_from", "when"),
    "filed_kind": ("id",),
    "lead_rule": ("id",),
    "reminder": ("id",),
    "scoring": ("id",),
    "title_rule": ("id",),
    "post_tag": ("tag",),
    "refusal_ground": ("code", "in_force_from"),
    "department": ("code", "in_force_from"),
    "subject": ("code", "in_force_from"),
    "route": ("unit", "department", "subject", "route", "procedure", "in_force_from"),
    "undertaking": ("code", "in_force_from"),
    "undertaking_set": ("code", "in_force_from"),
    "posted_list": ("code", "in_force_from"),
}
SAID = {
    "version": "义务 duty",
    "filed_kind": "填报类别 filed kind",
    "lead_rule": "线索规则 lead rule",
    "reminder": "提醒 reminder",
    "scoring": "扣分表 scoring sheet",
    "title_rule": "称号 title",
    "post_tag": "岗位标签 post tag",
    "refusal_ground": "不予受理理由 refusal ground",
    "subject": "内容分类 subject",
    "route": "法定途径 route",
    "department": "部门 department",
    "undertaking": "承诺事项 undertaking",
    "undertaking_set": "承诺组合 undertaking set",
    "posted_list": "挂牌挂账 posted list",
}


def read_pack(path: Path) -> dict[str, Any]:
    """A pack's file as plain values; MalformedPack where it is no TOML, or larger than any pack."""
    data = path.read_bytes()[: MAX_BYTES + 1]
    if len(data) > MAX_BYTES:
        raise MalformedPack(f"{path.name}: a pack has at most {MAX_BYTES} bytes")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # ValueError itself: a number of 5,000 digits
        raise MalformedPack(f"{path.name}: not a TOML file in UTF-8: {error}") from error


def lint(content: Mapping[str, Any], *, kinds: Iterable[str] = (), others: Iterable[Lists] = ()) -> list[str]:
    """
    Everything that is wrong with a pack, the first reading fault alone. `kinds`: filings other packs define; `others`:
    the lists of those packs, whose codes this one may name.
    """
    faults: list[str] = []
    for section in ENTRIES:
        value = content.get(section, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(e, dict) for e in value):
            return [f"{section}: 应为表的列表；is a list of tables: [[{section}]]"]
    try:
        pack = parse_pack(content)
        rules = pack.rules
        local = parse_local(content)
    except MalformedPack as error:
        return [str(error)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"无法读取；cannot be read: {error!r}"]
    if unknown := sorted(set(content) - SECTIONS):
        faults.append(f"未知部分；unknown section: {', '.join(unknown)}")
    known = {k.kind for k in local.filed_kinds} | set(kinds)
    faults.extend(_names(rules, known))
    faults.extend(_standing(local, known))
    faults.extend(_lead_rules(local, known))
    faults.extend(list_faults(content, pack.lists, others, lambda name: _is_event(name, known)))
    for entry in content.get("version", ()):
        if not str(entry.get("source", "")).strip() and any(n in entry for n in NUMBERS):
            faults.append(f"{entry.get('obligation')}: 数字须有出处；a number needs its source")
    return faults


def _names(rules: Iterable[Rule], kinds: set[str]) -> Iterator[str]:
    """Fields of which not one name is an event that can be recorded: the duty could never arise, or never be met."""
    for rule in rules:
        for field in ("arises_on", "discharged_by"):
            names = getattr(rule, field)
            if names and not any(_is_event(name, kinds) for name in names):
                yield f"{rule.obligation}: {field}: 没有这种行为；no such event: {', '.join(names)}"


def unknown_events(content: Mapping[str, Any], *, kinds: Iterable[str] = ()) -> list[str]:
    """Events that a pack names besides others and this version cannot record: nothing arises from them, yet."""
    known = {k.kind for k in parse_local(content).filed_kinds} | set(kinds)
    return [
        f"{rule.obligation}: {field}: {name}"
        for rule in parse_pack(content).rules
        for field in NAMING
        for name in getattr(rule, field)
        if not _is_event(name, known)
    ]


def _is_event(name: str, kinds: set[str]) -> bool:
    is_filed = name.startswith(FILED) and name.removeprefix(FILED) in kinds
    is_notice = name.removesuffix(NOTICE) in NOTICES and name.endswith(NOTICE)
    return name in EVENTS | DERIVED or is_notice or is_filed


def _standing(local: LocalRules, kinds: set[str]) -> Iterator[str]:
    """Kinds of filing that no pack defines, and duties no sheet can read."""
    for duty in local.standing:
        for kind in (*duty.discharged_by, *duty.excused_by):
            if kind not in kinds:
                yield f"{duty.obligation}: 没有这一填报类别；no pack defines the filed kind {kind}"
    for sheet in local.sheets:
        if sheet.notice_kind not in kinds:
            yield f"{sheet.sheet}: notice_kind: 没有这一填报类别；no pack defines the filed kind {sheet.notice_kind}"
        for deduction in sheet.deductions:
            if deduction.duty in EVENTS | kinds:
                said = "扣分只针对未落实的事，不针对来件；points are taken for a failed duty, never for an arrival"
                yield f"{sheet.sheet} {deduction.deduction}: {deduction.duty}: {said}"
    for title in local.titles:
        for kind, _ in title.requires:
            if kind not in kinds:
                yield f"{title.title}: 没有这一填报类别；no pack defines the filed kind {kind}"


def _lead_rules(local: LocalRules, kinds: set[str]) -> Iterator[str]:
    """Acts and filings that a lead rule looks for and nobody can record."""
    for rule in local.lead_rules:
        for name in (*rule.acts, *rule.follows):
            if not _is_event(name, kinds):
                yield f"{rule.lead}: 没有这种行为；no such event: {name}"
        if rule.filed and rule.filed not in kinds:
            yield f"{rule.lead}: 没有这一填报类别；no pack defines the filed kind {rule.filed}"


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """How two texts of a pack differ, entry by entry, in words for people."""
    lines = []
    for field in ("pack", "title", "zone", "conventions"):
        if old.get(field) != new.get(field):
            lines.append(f"修改 changed  {field}: {_said(old.get(field))} → {_said(new.get(field))}")
    for section, said in SAID.items():
        before, after = _entries(old, section), _entries(new, section)
        for key in before:
            if key not in after:
                lines.append(f"删除 removed  {said} {_named(key)}")
        for key, entry in after.items():
            if key not in before:
                lines.append(f"新增 added    {said} {_named(key)}: {entry.get('name_zh', '')}")
                continue
            for field in dict.fromkeys((*before[key], *entry)):
                if before[key].get(field) != entry.get(field):
                    was, now = _said(before[key].get(field)), _said(entry.get(field))
                    lines.append(f"修改 changed  {said} {_named(key)} {field}: {was} → {now}")
    return lines


def changes_the_past(old: Mapping[str, Any], new: Mapping[str, Any], today: date) -> list[str]:
    """
    What the new text would change of versions in force before today: a duty keeps the version in force when it arose,
    so an older version may only be given an end, not before today.
    """
    faults = []
    after = _entries(new, "version")
    for key, entry in _entries(old, "version").items():
        begun = _day(entry.get("in_force_from"))
        if begun is not None and begun > today:
            continue
        kept = after.get(key)
        if kept is None:
            faults.append(f"{_named(key)}: 已生效的条文不得删除，请写 in_force_to；in force already: end it instead")
            continue
        changed = {f for f in {*entry, *kept} if entry.get(f) != kept.get(f)} - {"note", "confidence"}
        ends = _day(kept.get("in_force_to"))
        if "in_force_to" in changed and ends is not None and ends >= today:
            changed.discard("in_force_to")
        if changed:
            fields = ", ".join(sorted(changed))
            said = "已生效的条文不得改写，请另立新条并写生效日"
            faults.append(f"{_named(key)}: {said}；in force already: write a new dated version instead ({fields})")
    return faults


def _entries(content: Mapping[str, Any], section: str) -> dict[tuple[str, ...], Mapping[str, Any]]:
    names = ENTRIES[section]
    plain = (e for e in content.get(section, ()))
    return {tuple(_said(e[n]) for n in names if n in e): {k: _plain(v) for k, v in e.items()} for e in plain}


def _plain(value: Any) -> Any:
    """As the log holds it: days as text, lists as lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


def _said(value: Any) -> str:
    return "（无）" if value is None else str(_plain(value))


def _named(key: tuple[str, ...]) -> str:
    return " @".join(key)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
