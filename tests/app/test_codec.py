"""
Every event type goes to JSON and comes back equal.
"""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, date, datetime

import pytest

from app import codec
from ledger import canonical


def example(cls, *, full):
    values = {}
    for field in dataclasses.fields(cls):
        if not full and field.default is not dataclasses.MISSING:
            continue
        hint = codec.bare_type(typing.get_type_hints(cls)[field.name])
        values[field.name] = {
            str: "文",
            int: 7,
            bool: False,
            date: date(2026, 2, 28),
            datetime: datetime(2026, 1, 1, tzinfo=UTC),
        }.get(hint, _composite(field.name, hint))
    return cls(**values)


def _composite(name, hint):
    if name == "due":
        return (("conclude", "2026-01-01T00:00:00+08:00"),)
    if typing.get_origin(hint) is tuple:
        return {date: (date(2026, 1, 1),), int: (1, 2)}.get(typing.get_args(hint)[0], ("a", "b"))
    return {"k": ["v"]}


@pytest.mark.parametrize("cls", codec.CLASSES, ids=lambda c: c.TOPIC)
@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
def test_round_trip(cls, full):
    event = example(cls, full=full)
    body = canonical.decode(canonical.encode(codec.encode(event)))
    assert codec.decode(cls.TOPIC, body) == event


def test_topics_are_unique():
    assert len(codec.TOPICS) == len(codec.CLASSES)


def test_unknown_topic():
    with pytest.raises(codec.UnknownTopic, match=r"case\.vanished"):
        codec.decode("case.vanished.v1", {})


def test_a_body_that_does_not_fit():
    with pytest.raises(ValueError, match=r"petition\.registered"):
        codec.decode("petition.registered.v1", {"unit_id": "a", "colour": "red"})


def test_moments_have_one_spelling():
    """
    Equal moments are equal bytes, whatever offset they came with.
    """
    a = codec.parse_moment("2026-01-01T08:00:00+08:00")
    b = codec.parse_moment("2026-01-01T00:00:00Z")
    assert codec.moment(a) == codec.moment(b) == "2026-01-01T00:00:00.000000Z"


def test_a_moment_without_offset_is_refused():
    with pytest.raises(ValueError, match="no UTC offset"):
        codec.parse_moment("2026-01-01T08:00:00")
