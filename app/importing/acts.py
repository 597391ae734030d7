"""
The [[act]] of a mapping: which event a row makes, from which columns, and when it makes one.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.importing.keys import Keys, PartySpec
from domain.case.events import CaseEvent

__all__ = ["ActSpec", "FieldSpec", "PartySpec", "parse"]

CLASSES: dict[str, type[Any]] = {c.TOPIC.rpartition(".v")[0]: c for c in typing.get_args(CaseEvent)}
# A case is registered once and ends once; in a log of events these stand on every row of it.
ONCE = ("petition.registered", "petition.concluded", "case.closed")
SEALABLE = 32  # fields of one act; the widest source known has six
_SET_ELSEWHERE = frozenset({"unit_id", "official_id", "post_id", "case_no", "channel", "subject", "due"})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of the event: from a column, or the same in every row."""

    name: str
    column: str | None
    value: str | None
    is_date: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class ActSpec:
    """
    `when`: always, present (`column` has a value) or changed (`column` differs from the case's previous row; never on
    its first). `per`: row, case (once; its columns must say the same on every row of the case) or first (the first row
    of the case alone).
    """

    name: str
    event: str
    cls: type[Any]
    at: str
    when: str
    column: str
    per: str
    unit: PartySpec
    person: PartySpec | None
    has_own_unit: bool
    has_own_person: bool
    to_unit: PartySpec | None
    to_person: PartySpec | None
    fields: tuple[FieldSpec, ...]
    sealed: tuple[tuple[str, str], ...]
    where: tuple[tuple[str, frozenset[str]], ...]

    @property
    def topic(self) -> str:
        return str(self.cls.TOPIC)


def parse(keys: Keys, unit: PartySpec, person: PartySpec | None, row: str) -> ActSpec:
    """One [[act]]; the case's unit and person stand where it names none of its own."""
    type_ = keys.text("type")
    cls = CLASSES.get(type_)
    if cls is None:
        raise keys.fault("type", f"{type_!r} is no act on a case")
    at = keys.text("at")
    when = keys.one_of("when", ("always", "present", "changed"), "always")
    if when == "changed" and "column" not in keys.content:
        raise keys.fault("column", "is missing: which column's change is meant")
    own_unit, own_person = keys.party("unit"), keys.party("person")
    act = ActSpec(
        name=keys.text("name", type_),
        event=type_,
        cls=cls,
        at=at,
        when=when,
        column=keys.text("column", at),
        per=keys.one_of("per", ("row", "case", "first"), "case" if row == "event" and type_ in ONCE else "row"),
        unit=own_unit or unit,
        person=own_person or person,
        has_own_unit=own_unit is not None,
        has_own_person=own_person is not None,
        to_unit=keys.party("to_unit"),
        to_person=keys.party("to_person"),
        fields=(),
        sealed=_sealed(keys),
        where=_where(keys),
    )
    if when == "changed" and (act.per != "row" or row != "event"):
        raise keys.fault("when", "a change is seen between the rows of a case: row = event, per = row")
    act = dataclasses.replace(act, fields=_fields(keys, act))
    keys.finish()
    return act


def _fields(keys: Keys, act: ActSpec) -> tuple[FieldSpec, ...]:
    """The event's own fields; those that name another act by its version cannot come from a row."""
    given = keys.table("fields", optional=True)
    hints = typing.get_type_hints(act.cls)
    result: list[FieldSpec] = []
    for field in dataclasses.fields(act.cls):
        hint = _bare(hints[field.name])
        is_required = field.default is dataclasses.MISSING
        if field.name in _SET_ELSEWHERE:
            continue
        if field.name in ("to_unit_id", "to_official_id"):
            spec = act.to_unit if field.name == "to_unit_id" else act.to_person
            if spec is None and is_required:
                raise keys.fault("to_unit", f"{act.event} needs it")
            continue
        if field.name in given.content:
            if hint not in (str, date):
                raise given.fault(field.name, "cannot come from a column")
            result.append(_field(given, field.name, is_date=hint is date, is_required=is_required))
        elif is_required:
            raise given.fault(field.name, f"{act.event} needs it" if hint is str else f"{act.event} cannot be imported")
    for key, field_name in (("to_unit", "to_unit_id"), ("to_person", "to_official_id")):
        if getattr(act, key) is not None and field_name not in hints:
            raise keys.fault(key, f"{act.event} has none")
    given.finish()
    return tuple(result)


def _field(given: Keys, name: str, *, is_date: bool, is_required: bool) -> FieldSpec:
    value = given.take(name)
    if isinstance(value, dict):
        constant = Keys(given.named(name), value)
        text = constant.text("value")
        constant.finish()
        if is_date:
            raise given.fault(name, "a day comes from a column")
        return FieldSpec(name, None, text, is_date=False, is_required=is_required)
    if not isinstance(value, str) or not value:
        raise given.fault(name, "a column, or { value = ... }")
    return FieldSpec(name, value, None, is_date=is_date, is_required=is_required)


def _sealed(keys: Keys) -> tuple[tuple[str, str], ...]:
    table = keys.table("sealed", optional=True)
    if len(table.content) > SEALABLE:
        raise keys.fault("sealed", f"at most {SEALABLE} fields")
    for name in table.content:
        if name in ("_sd", "_sd_alg", "..."):
            raise table.fault(name, "is reserved")
    return tuple((name, table.text(name)) for name in list(table.content))


def _where(keys: Keys) -> tuple[tuple[str, frozenset[str]], ...]:
    table = keys.table("where", optional=True)
    result: list[tuple[str, frozenset[str]]] = []
    for column, value in table.content.items():
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
            raise table.fault(column, "a text, or a list of texts")
        result.append((column, frozenset(values)))
    return tuple(result)


def _bare(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(a for a in typing.get_args(hint) if a is not types.NoneType)
    return hint
