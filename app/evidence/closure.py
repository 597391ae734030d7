"""
Which streams of people and keys an answer about one case leans on, and which it could not be checked without.

A guess that is checked: `app.evidence.gather` derives the answer again from these streams alone and takes all of them
where it differs. tests/app/evidence/test_gather.py compares hundreds of cases.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from domain.people.decide import stream_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.people.register import Register
    from domain.recorded import Recorded


class SignerUnknown(LookupError):  # noqa: N818 - says what was found
    """A record is signed by a key that the log never enrolled: nobody else could check it either."""


def people_streams(history: Iterable[Recorded], people: Register) -> list[str]:
    """
    The units, posts and officials named in a case's events; each unit's posts, parent and successor, and so on upwards;
    each post's unit and every official ever in it; each named official's posts.
    """
    units, posts, officials = _named(history)
    for unit_id in list(units):
        units |= _above(unit_id, people)
    for official_id in officials:
        posts |= set(people.official_posts.get(official_id, ()))
    # Of an official named by nobody but an appointment the name is wanted, not the rest of the career.
    posts |= {post for unit_id in units for post in people.unit_posts.get(unit_id, ())}
    units |= {people.posts[post].unit_id for post in posts if post in people.posts}
    officials |= {a.official_id for post in posts for a in people.appointments.get(post, ())}
    return sorted(
        [f"unit/{name}" for name in units]
        + [f"post/{name}" for name in posts]
        + [f"official/{name}" for name in officials]
    )


def key_streams(key_ids: Iterable[str], people: Register) -> list[str]:
    """For each key its holder's stream, which enrols it and would revoke it."""
    found: set[str] = set()
    for key_id in key_ids:
        enrolled = people.keys.get(key_id)
        if enrolled is None:
            raise SignerUnknown(f"key {key_id} signed a record and was never enrolled")
        found.add(stream_of(enrolled))
    return sorted(found)


def _named(history: Iterable[Recorded]) -> tuple[set[str], set[str], set[str]]:
    """By the names of the fields, so that an event added later is not forgotten here."""
    units: set[str] = set()
    posts: set[str] = set()
    officials: set[str] = set()
    for recorded in history:
        for field in fields(recorded.event):
            value = getattr(recorded.event, field.name)
            for ending, names in (("unit_id", units), ("post_id", posts), ("official_id", officials)):
                if field.name.endswith(ending) and isinstance(value, str):
                    names.add(value)
        officials |= {name for name in (recorded.actor.official_id, recorded.actor.acting_for) if name is not None}
    return units, posts, officials


def _above(unit_id: str, people: Register) -> set[str]:
    """Everybody who may come to answer for a unit: its parent and its successor, theirs, and so on."""
    found: set[str] = set()
    waiting = [unit_id]
    while waiting:
        unit = people.units.get(waiting.pop())
        for other in (unit.parent_id, unit.successor_id) if unit is not None else ():
            if other is not None and other not in found:
                found.add(other)
                waiting.append(other)
    return found
