"""
The time limits of the packs in force as a Declare model: `Response[trigger, done] |condition |correlation |0,15,d`.

Made from a pack's own content as the log holds it, with a reading of conditions of its own: nothing of
`domain.law` or `domain.duties` is used, so that the model can contradict them. What such a constraint cannot say is
listed with its reason, never left out in silence.

Declare4Py 2.2 shapes the text: its `same ATTRIBUTE` leaves the name unquoted and fails, and a bracket in a condition
breaks its reading of the line, so equality is written `(A).get("unit") == (T).get("unit")`. After `is` it stops at a
word that begins with `and` or `or`, and reads `not...` as a negation, so such a value is refused.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from app.codec import CLASSES
from app.export.xes import CODES
from app.handle import read
from domain.people.events import RulePackAdopted
from ledger.store.contract import whole_log

if TYPE_CHECKING:
    from ledger.store.contract import Store

ACTING = ("receiver", "sender", "decider", "approver", "issuer", "actor")  # bearers who are the acting unit itself
# Fields of a pack's entry that a constraint says, that the copy of the log sees to, or that change no due day.
UNDERSTOOD = frozenset(
    (
        *("obligation", "name_zh", "in_force_from", "in_force_to", "doc", "source", "note", "confidence", "kind"),
        *("arises_on", "when", "bearer", "within", "counted_in", "starts", "roll", "runs_on", "ends_on_handover"),
        *("pauses", "discharged_by", "ended_by", "voided_by", "excused_by", "reopened_by", "extension", "once_per"),
        *("breach_kinds", "cause", "lead_after", "recharge_cap", "absorbs", "lead_kinds", "finding_kinds"),
        *("visible_to", "verified_by"),
    )
)
ANY = "any"
CORRELATION = " and ".join(f'( (A).get("{x}") == (T).get("{x}") or T.{x} is {ANY} )' for x in ("unit", "ref"))


class CannotSay(Exception):  # noqa: N818 - reads as what it says
    """Why a rule is no timed response constraint."""


@dataclass(frozen=True)
class Constraint:
    """One version of one obligation, as its pack spells it."""

    entry: dict[str, Any]
    pack: str
    activity: str
    condition: str
    facts: tuple[str, ...]  # the attributes that the condition reads
    goes_on_by: frozenset[str] = frozenset()  # acts by which it goes on from another duty, with that one's day

    @property
    def obligation(self) -> str:
        return str(self.entry["obligation"])

    @property
    def days(self) -> int:
        return int(self.entry["within"])

    @property
    def rule_version(self) -> str:
        first = self.entry.get("in_force_from")
        return f"{self.pack}@{first or 'always'}"

    @property
    def done(self) -> str:
        return f"{self.activity}_done"

    def extended(self, days: int) -> str:
        """The activity of a trigger whose limit was extended by so many days."""
        return f"{self.activity}_plus{days}" if days else self.activity

    def in_force(self, day: date) -> bool:
        first, last = (_day(self.entry.get(name)) for name in ("in_force_from", "in_force_to"))
        return (first is None or first <= day) and (last is None or day <= last)

    def names(self, field: str) -> frozenset[str]:
        return frozenset(self.entry.get(field, ()))

    def lines(self, extensions: set[int]) -> list[str]:
        return [
            f"Response[{self.extended(more)}, {self.done}] |{self.condition} |{CORRELATION} |0,{self.days + more},d"
            for more in sorted({0} | extensions)
        ]


def constraints(packs: list[dict[str, Any]], exported: frozenset[str]) -> tuple[list[Constraint], dict[str, str]]:
    """
    The constraints that the packs' entries can be said as, and why each other duty cannot. `exported`: the fields of
    acts that the export holds.
    """
    said: list[Constraint] = []
    unsaid: dict[str, str] = {}
    entries = [(pack["pack"], entry) for pack in packs for entry in pack.get("version", ())]
    going_on: dict[str, frozenset[str]] = {}
    for _, entry in entries:
        if on_end := entry.get("on_end"):
            by = frozenset(on_end.get("by", entry["ended_by"]))
            going_on[on_end["arises"]] = going_on.get(on_end["arises"], frozenset()) | by
    seen: dict[str, int] = {}
    for pack, entry in entries:
        name = entry["obligation"]
        try:
            facts = _check(entry, exported)
            condition = say(entry.get("when", ""))
        except CannotSay as why:
            unsaid[name] = str(why)
            continue
        seen[name] = seen.get(name, 0) + 1
        activity = name if seen[name] == 1 else f"{name}_v{seen[name]}"
        said.append(Constraint(entry, pack, activity, condition, facts, going_on.get(name, frozenset())))
    return said, unsaid


def _check(entry: dict[str, Any], exported: frozenset[str]) -> tuple[str, ...]:
    """The facts that the condition reads; CannotSay where the rule is more than a timed response."""
    if (kind := entry.get("kind", "duty")) != "duty":
        raise CannotSay(f"a {kind}, no duty with a day")
    if "within" not in entry:
        raise CannotSay(
            "the law has no number" if "due_from" not in entry else "its day is set by an act, case by case"
        )
    if entry.get("counted_in") != "calendar days":
        raise CannotSay(f"counted in {entry.get('counted_in')}")
    if entry.get("roll", "none") != "none" or entry.get("ends_on_handover"):
        raise CannotSay("its day rolls, or a hand-over ends it")
    if entry.get("bearer", "receiver") not in ACTING:
        raise CannotSay(f"owed by the {entry['bearer']}, whom its trigger does not name as acting")
    if set(entry.get("pauses", ())) - {"hearing"} or entry.get("once_per", "hand_over") != "hand_over":
        raise CannotSay("paused, or owed once, by more than the copy of the log sees to")
    if "opinion_set_aside" in entry.get("ended_by", ()):
        raise CannotSay("ended by the setting aside of an opinion")
    if entry.get("extension") and entry["extension"].get("by") != "head_of_handling_unit":
        raise CannotSay(f"extended by the {entry['extension'].get('by')}")
    if more := sorted(name for name in set(entry) - UNDERSTOOD if entry[name]):
        raise CannotSay(f"its field {more[0]!r} is more than a constraint says")
    facts = tuple(
        sorted(
            {
                f"{n.value.id}.{n.attr}"
                for n in ast.walk(_parsed(entry.get("when", "")))
                if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
            }
        )
    )
    for fact in facts:
        root, _, name = fact.partition(".")
        if fact not in ("receiver.kind", "matter.category") and not (root == "act" and name in exported):
            raise CannotSay(f"its condition reads {fact}, which the export does not hold")
    return facts


def say(when: str) -> str:
    """A pack's condition on its trigger as Declare's condition on the activation."""
    return _said(_parsed(when).body) if when.strip() else ""


def attribute(fact: str) -> str:
    return fact.replace(".", "_")


def _parsed(when: str) -> ast.Expression:
    return ast.parse(when.strip() or "True", mode="eval")


def _said(node: ast.expr) -> str:
    match node:
        case ast.BoolOp(op=op, values=parts):
            word = " and " if isinstance(op, ast.And) else " or "
            return f"( {word.join(_said(p) for p in parts)} )"
        case ast.Compare(left=ast.Attribute() as left, ops=[op], comparators=[right]):
            return _compared(_named(left), op, right)
        case ast.Attribute():
            return f"{_named(node)} is true"
        case _:
            raise CannotSay(f"its condition says {ast.unparse(node)}")


def _compared(name: str, op: ast.cmpop, right: ast.expr) -> str:
    match op, right:
        case ast.Eq(), ast.Constant(value=value):
            return f"{name} is {_text(value)}"
        case ast.NotEq(), ast.Constant(value=value):
            return f"{name} is not {_text(value)}"
        case ast.In() | ast.NotIn(), ast.List(elts=elements) if len(elements) > 1:
            values = ", ".join(_text(x.value) for x in elements if isinstance(x, ast.Constant))
            return f"{name} {'not in' if isinstance(op, ast.NotIn) else 'in'} ({values})"
        case _:
            raise CannotSay(f"its condition compares {name} in a way that is not said")


def _named(node: ast.Attribute) -> str:
    if not isinstance(node.value, ast.Name):
        raise CannotSay(f"its condition says {ast.unparse(node)}")
    return "A." + attribute(f"{node.value.id}.{node.attr}")


def _text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text.replace("_", "").isalnum() or text.startswith(("and", "or", "not")):
        raise CannotSay(f"the value {text!r} would be misread")
    return text


def model_text(said: list[Constraint], extensions: dict[str, set[int]]) -> str:
    """The whole model; `extensions` are the lengths that occur, by activity."""
    lines = [
        f"activity {name}"
        for c in said
        for name in (*map(c.extended, sorted({0} | extensions.get(c.activity, set()))), c.done)
    ]
    for c in said:
        lines += c.lines(extensions.get(c.activity, set()))
    return "\n".join(lines) + "\n"


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, date) else None


def packs(store: Store, source: str) -> list[dict[str, Any]]:
    """The content of the packs in force for a source, the newest adoption of each."""
    adopted: dict[str, RulePackAdopted] = {}
    for stored in whole_log(store):
        if stored.topic == RulePackAdopted.TOPIC:
            event = read(stored).event
            if isinstance(event, RulePackAdopted):
                adopted[event.pack_id] = event
    own = [p for p in adopted.values() if source in p.sources]
    if any(not p.content.get("beside_national") for p in own):
        return [dict(p.content) for p in own]
    return [dict(p.content) for p in adopted.values() if not p.sources or source in p.sources]


def exported() -> frozenset[str]:
    """The fields of acts that an export holds."""
    days = {f.name for c in CLASSES for f in fields(c) if "date" in str(f.type) and "datetime" not in str(f.type)}
    return CODES | days
