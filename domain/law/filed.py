"""
What may be filed, as pack data: `[[filed_kind]]`. A meeting held, a report heard, a sweep, a training, a reception day:
one event (`act.filed.v1`), and a locality's own kinds need no code.

The kind says who may file it, what a filing must carry, and whether it is about a case or about an office.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.law.entries import NAME, Entry
from domain.law.rules import MalformedPack

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = ("office", "case", "both")
PLAIN_NEEDS = ("period", "evidence", "refers_to", "post")
NUMBERS = "numbers."
KNOWN = frozenset(
    {
        "id",
        "name_zh",
        "about",
        "unit_kinds",
        "posts",
        "ranks",
        "needs",
        "may",
        "source",
        "confidence",
        "note",
    }
)


@dataclass(frozen=True, slots=True)
class FiledKind:
    """One kind. Empty `unit_kinds`, `posts`, `ranks`: whoever it concerns may file it, for their own unit."""

    pack_id: str
    kind: str
    name_zh: str
    about: str
    unit_kinds: tuple[str, ...]
    posts: tuple[str, ...]
    ranks: tuple[str, ...]
    needs: tuple[str, ...]
    may: tuple[str, ...]
    source: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers a filing may carry; every other name is refused."""
        return tuple(n.removeprefix(NUMBERS) for n in (*self.needs, *self.may) if n.startswith(NUMBERS))


def parse_filed_kinds(content: Mapping[str, Any]) -> tuple[FiledKind, ...]:
    """The kinds of a pack; MalformedPack naming kind and field."""
    pack_id = str(content.get("pack", "?"))
    kinds: dict[str, FiledKind] = {}
    for table in content.get("filed_kind", ()):
        entry = Entry("filed_kind", table, KNOWN)
        kind = entry.identifier()
        if kind in kinds:
            raise MalformedPack(f"{entry.name}: defined twice")
        needs, may = entry.texts("needs"), entry.texts("may")
        for field, names in (("needs", needs), ("may", may)):
            for name in names:
                number = name.removeprefix(NUMBERS)
                if name not in PLAIN_NEEDS and not (name.startswith(NUMBERS) and NAME.fullmatch(number)):
                    raise entry.wrong(field, f"{', '.join(PLAIN_NEEDS)} or numbers.<name>", name)
        kinds[kind] = FiledKind(
            pack_id,
            kind,
            entry.text("name_zh"),
            entry.one_of("about", ABOUT, "office"),
            entry.texts("unit_kinds"),
            entry.texts("posts"),
            entry.texts("ranks"),
            needs,
            may,
            entry.source(),
        )
    return tuple(kinds.values())
