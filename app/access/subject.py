"""
What reach depends on, of one case: the parties that its acts name, as the views know them (projections/party.py), so
that one object and a list are judged alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.access.reach import Subject
from domain.case.case import fold
from projections.party import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.case.secrecy import Accused
    from domain.recorded import Recorded


def subject_of(history: Sequence[Recorded], accused: Accused | None = None) -> Subject:
    """
    The subject of a case's whole history. `accused`: whom an accusation names, None where it is none or nobody can be
    told any more.
    """
    case = fold(r.event for r in history)  # type: ignore[misc]  # a case's own stream
    parties: dict[str, set[str]] = {"unit": set(), "official": set(), "post": set(), "source": set()}
    for recorded in history:
        for party in named(recorded):
            kind, _, name = party.partition("/")
            parties[kind].add(name)
    return Subject(
        units=frozenset(parties["unit"]),
        officials=frozenset(parties["official"]),
        is_accusation=case.is_accusation,
        holding_unit=case.unit_id,
        excluded=frozenset() if accused is None else accused.officials | accused.units,
    )
