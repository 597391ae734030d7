"""
Which streams an answer about one case leans on: those that its derivation looks into, noted while it looks; and those
of the units concerned, which a verifier that derives nothing (verify.html) can name as well.

Who makes a file and who checks it ask here, the one reading streams from the log, the other from the file; where the
file lacks one that is looked into there is no answer. tests/app/evidence/test_gather.py compares hundreds of cases
with the whole log's answers; tests/evidence/test_forged.py leaves out what it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from domain.law.in_force import Law, add
from domain.office.commands import OFFICE
from domain.people.register import Register
from domain.people.streams import CALENDARS, PACKS
from domain.recorded import Recorded

ReadStream = Callable[[str], Iterable[Recorded]]
NAMES = (
    ("unit_id", "unit"),
    ("parent_id", "unit"),
    ("successor_id", "unit"),
    ("post_id", "post"),
    ("official_id", "official"),
)


class Consulted:
    """
    The law, read stream by stream as an answer asks for it. `streams` says which it has looked into, in that order.
    """

    def __init__(self, read: ReadStream) -> None:
        self._read = read
        self.streams: dict[str, list[Recorded]] = {}
        self.law = Law(
            people=Register(
                units=_Looked("unit", self.look),
                unit_posts=_Looked("unit", self.look),
                conferences=_Looked("unit", self.look),
                posts=_Looked("post", self.look),
                appointments=_Looked("post", self.look),
                officials=_Looked("official", self.look),
                official_posts=_Looked("official", self.look),
            )
        )

    def look(self, stream: str) -> list[Recorded]:
        """A stream's records, in order; those of people and law are folded when they are first read."""
        if stream not in self.streams:
            found = self.streams[stream] = sorted(self._read(stream), key=lambda r: r.log_index)
            if not stream.startswith(("case/", OFFICE)):
                for recorded in found:
                    add(self.law, recorded)
        return self.streams[stream]

    def look_around(self, history: Iterable[Recorded]) -> None:
        """
        Look into what every answer about a case with these records needs, whatever is asked: all packs and calendars,
        the keys of who acted, and the units concerned, with all their posts.
        """
        self.look(PACKS)
        self.look(CALENDARS)
        waiting = [name for recorded in history for name in _acted(recorded) + _named(recorded)]
        seen = set()
        while waiting:
            if (stream := waiting.pop()) in seen:
                continue
            seen.add(stream)
            found = self.look(stream)
            # Of an official the name and the keys are wanted; of the career, what the answer itself asks for.
            if stream.startswith(("unit/", "post/")):
                waiting += [name for recorded in found for name in _named(recorded)]

    def look_into_offices(self, bearer: str, besides: Iterable[str] = ()) -> list[str]:
        """
        Look into what every answer about the standing duties of a post or unit needs: what its unit filed and the units
        above it, who may excuse it, and the streams of offices named besides. KeyError: there is no such post or unit.
        """
        people, (kind, _, name) = self.law.people, bearer.partition("/")
        self.look_around(self.look(bearer))
        unit_id = people.posts[name].unit_id if kind == "post" else people.units[name].unit_id
        offices = [f"{OFFICE}{unit}" for unit in (unit_id, *people.above(unit_id))]
        for stream in besides:
            if not stream.startswith(OFFICE) or stream in offices:
                raise ValueError(f"{stream!a} is no stream of another office")
            offices.append(stream)
        for stream in offices:
            self.look_around(self.look(stream))
        return offices


class _Looked(dict[str, Any]):
    """A part of the register that reads a name's stream before it says what it has of that name."""

    def __init__(self, kind: str, look: Callable[[str], object]) -> None:
        super().__init__()
        self._kind, self._look = kind, look

    def get(self, key: str, default: Any = None) -> Any:
        self._look(f"{self._kind}/{key}")
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._look(f"{self._kind}/{key}")
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._look(f"{self._kind}/{key}")
        return super().__contains__(key)

    def _all(self, *_: object) -> Any:
        raise AssertionError("an answer about a case asks the register by name: no file could prove a list of all")

    __iter__ = keys = values = items = __len__ = _all


def _acted(recorded: Recorded) -> list[str]:
    """Whose key it may be: the holder is who acts."""
    actor = recorded.actor
    officials = [f"official/{name}" for name in (actor.official_id, actor.acting_for) if name is not None]
    return officials + ([f"system/{actor.system}"] if actor.system is not None else [])


def _named(recorded: Recorded) -> list[str]:
    """The units, posts and officials it names, by its fields' names: an event added later is not forgotten here."""
    found = []
    for field in fields(recorded.event):
        value = getattr(recorded.event, field.name)
        for ending, kind in NAMES:
            if field.name.endswith(ending) and isinstance(value, str):
                found.append(f"{kind}/{value}")
    return found
