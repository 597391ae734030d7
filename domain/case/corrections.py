"""
What stands of the acts of a case once its corrections and retractions are read: pure, and the log stays as it is.

A correction may name any field of the act but the unit that recorded it, and no time: when an act happened is claimed
by its author alone, so an act of a wrong day is retracted and recorded again, late, by everybody's rules for that.
tests/domain/case/test_families.py.
"""

from __future__ import annotations

import types
import typing
from dataclasses import fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from domain.case.events.corrections import ActCorrected, ActRetracted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NEVER = ("unit_id", "act_version", "second_official_id")
_HINTS: dict[type[Any], dict[str, Any]] = {}


class NotSo(ValueError):  # noqa: N818 - says what it found
    """The value is none of that field, or the field none of that act."""


def standing(acts: Iterable[tuple[int, Any]]) -> dict[int, Any]:
    """
    The acts by version as they stand: a retracted one is None, a corrected one has its newest values. A correction that
    was itself retracted changes nothing; nothing else may name a correction.
    """
    found: dict[int, Any] = dict(acts)
    retracted = {a.act_version for a in found.values() if isinstance(a, ActRetracted)}
    stands = {version: None if version in retracted else act for version, act in found.items()}
    for version, act in found.items():
        if isinstance(act, ActCorrected) and version not in retracted:
            target = stands.get(act.act_version)
            if target is not None:
                stands[act.act_version] = corrected(target, act.field, act.value)
    return stands


def corrected(act: Any, field: str, text: str) -> Any:
    """The act with that field read from `text`; NotSo where it cannot be."""
    if isinstance(act, (ActCorrected, ActRetracted)):
        raise NotSo("a correction is retracted, never corrected")
    known = {f.name for f in fields(act)} - set(NEVER)
    if field not in known:
        raise NotSo(f"{field} is no field that can be corrected")
    return replace(act, **{field: parse(_hints(type(act))[field], text)})


def parse(hint: Any, text: str) -> Any:
    """A value as an act's body spells it: a text, a number, a day, true or false, or texts with a line each."""
    bare = hint
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        if text == "":
            return None
        bare = next(a for a in typing.get_args(hint) if a is not types.NoneType)
    try:
        if bare is bool:
            return {"true": True, "false": False}[text]
        if bare in (int, str):
            return bare(text)
        if bare is date:
            return date.fromisoformat(text)
        if typing.get_origin(bare) is tuple and typing.get_args(bare)[0] in (int, str):
            return tuple(typing.get_args(bare)[0](line) for line in text.splitlines())
    except (KeyError, ValueError) as error:
        raise NotSo(f"{text[:80]!r} is no {getattr(bare, '__name__', bare)}") from error
    raise NotSo(f"a field of this kind cannot be corrected: {bare}")


def _hints(cls: type[Any]) -> Mapping[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = typing.get_type_hints(cls, localns={"date": date, "datetime": datetime})
    return _HINTS[cls]
