"""
TOPIC <-> event class, event <-> JSON body. The one place where stored names meet Python classes.

The stored bytes of an event never change: a new shape is a new TOPIC `...v2` beside the old one, and an upcaster here
turns the old body into the new one on reading. tests/app/test_codec.py round-trips every event type.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from domain.case.events import CaseEvent
from domain.finding.events import FindingEvent
from domain.people.events import PeopleEvent
from domain.reading.events import AnswerRead
from domain.recorded import Actor, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger.envelope import Payload

Event = CaseEvent | FindingEvent | AnswerRead | PeopleEvent
CLASSES: tuple[type[Any], ...] = (
    *typing.get_args(CaseEvent),
    *typing.get_args(FindingEvent),
    AnswerRead,
    *typing.get_args(PeopleEvent),
)
TOPICS: dict[str, type[Any]] = {c.TOPIC: c for c in CLASSES}
PEOPLE_TOPICS = frozenset(c.TOPIC for c in typing.get_args(PeopleEvent))  # register and law
UPCASTERS: dict[str, Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]] = {}


class UnknownTopic(ValueError):  # noqa: N818 - reads as what it says
    """The log holds a topic this version of the program does not know."""


def moment(value: datetime) -> str:
    """
    The stored spelling of a moment: RFC 3339 in UTC, microseconds, `Z`. One spelling, so equal moments are equal bytes.
    """
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_moment(text: str) -> datetime:
    """
    The moment of a stored spelling (or any RFC 3339 text with an offset); ValueError where there is no offset.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return value


def encode(event: Event) -> dict[str, Any]:
    """
    The JSON body of an event: fields at their default are left out, so a field added later leaves old bytes equal.
    """
    body: dict[str, Any] = {}
    for name, default, write in _fields(type(event)):
        value = getattr(event, name)
        if value != default:
            body[name] = write(value) if write is not None else value
    return body


def decode(topic: str, body: Mapping[str, Any]) -> Event:
    """
    The event a stored topic and body mean; UnknownTopic, or ValueError naming what does not fit.
    """
    fitted = dict(body)
    while topic in UPCASTERS:
        topic, fitted = UPCASTERS[topic](fitted)
    cls = TOPICS.get(topic)
    if cls is None:
        raise UnknownTopic(f"topic {topic!r} is not known to this version")
    for name, read in _readers(cls):
        if name in fitted and fitted[name] is not None:
            fitted[name] = read(fitted[name])
    try:
        event: Event = cls(**fitted)
    except TypeError as error:
        raise ValueError(f"{topic}: {error}") from error
    return event


def recorded(payload: Payload, *, log_index: int, key_id: str) -> Recorded:
    """
    What a fold receives, from a verified or trusted payload.
    """
    actor = Actor(
        official_id=payload.actor.get("official"),
        system=payload.actor.get("system"),
        acting_for=payload.actor.get("acting_for"),
    )
    return Recorded(
        event=decode(payload.topic, payload.body),
        topic=payload.topic,
        stream=payload.stream,
        version=payload.version,
        log_index=log_index,
        occurred_at=parse_moment(payload.occurred_at),
        recorded_at=parse_moment(payload.recorded_at),
        actor=actor,
        key_id=key_id,
        command_id=payload.command_id,
        imported=payload.actor.get("imported", False),
    )


def actor_body(actor: Actor, *, imported: bool = False) -> dict[str, Any]:
    """
    The `actor` member of a payload: the principal whose key signs.
    """
    body: dict[str, Any] = {"official": actor.official_id, "system": actor.system}
    if actor.acting_for is not None:
        body["acting_for"] = actor.acting_for
    if imported:
        body["imported"] = True
    return body


_FIELDS: dict[type[Any], tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]] = {}
_READERS: dict[type[Any], tuple[tuple[str, Callable[[Any], Any]], ...]] = {}
_NO_DEFAULT = object()


def _fields(cls: type[Any]) -> tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]:
    if cls not in _FIELDS:
        hints = typing.get_type_hints(cls)
        _FIELDS[cls] = tuple(
            (f.name, _NO_DEFAULT if f.default is dataclasses.MISSING else f.default, _writer(hints[f.name]))
            for f in dataclasses.fields(cls)
        )
    return _FIELDS[cls]


def _readers(cls: type[Any]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    if cls not in _READERS:
        hints = typing.get_type_hints(cls)
        found = ((f.name, _reader(hints[f.name])) for f in dataclasses.fields(cls))
        _READERS[cls] = tuple((name, read) for name, read in found if read is not None)
    return _READERS[cls]


def bare_type(hint: Any) -> Any:
    """The type of an optional field."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(a for a in typing.get_args(hint) if a is not types.NoneType)
    return hint


def _writer(hint: Any) -> Callable[[Any], Any] | None:
    bare = bare_type(hint)
    if bare is date:
        return lambda v: None if v is None else v.isoformat()
    if bare is datetime:
        return lambda v: None if v is None else moment(v)
    if typing.get_origin(bare) is tuple:
        inner = _writer(typing.get_args(bare)[0])
        return lambda v: [inner(x) if inner is not None else x for x in v]
    return None


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    bare = bare_type(hint)
    if bare is date:
        return date.fromisoformat
    if bare is datetime:
        return parse_moment
    if typing.get_origin(bare) is tuple:
        inner = _reader(typing.get_args(bare)[0])
        return lambda v: tuple(inner(x) if inner is not None else x for x in v)
    return None
