"""
What reach depends on, of one case: read from its own acts. tests/app/access/test_subject.py.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from app.access.reach import Subject
from domain.case.case import fold
from domain.duties.engine import course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.case.secrecy import Accused
    from domain.recorded import Recorded

PUBLIC_HOLDER = frozenset({"subject_unit_id"})  # named by an act about it, which gives it no part in the case
GIVEN = ("assigned_official_id", "to_official_id", "leader_official_id")


def subject_of(history: Sequence[Recorded], accused: Accused | None = None) -> Subject:
    """
    The subject of a case's whole history. `accused`: whom an accusation names, None where it is none or nobody can be
    told any more.
    """
    case = fold(r.event for r in history)  # type: ignore[misc]  # a case's own stream
    units: set[str] = set()
    officials: set[str] = set()
    for recorded in history:
        event: Any = recorded.event
        for field in fields(event):
            value = getattr(event, field.name)
            if value is None:
                continue
            if field.name.endswith("unit_id") and field.name not in PUBLIC_HOLDER:
                units.add(value)
            elif field.name.endswith("unit_ids"):
                units.update(value)
            elif field.name in GIVEN:
                officials.add(value)
    matter = course(history, "UTC")
    holder = matter.holder_unit_id or case.unit_id
    assigned = matter.assigned.get(holder, []) if holder is not None else []
    return Subject(
        units=frozenset(units),
        officials=frozenset(officials),
        now=assigned[-1].official_id if assigned else None,
        is_accusation=case.is_accusation,
        holding_unit=case.unit_id if case.is_accusation else holder,
        excluded=frozenset() if accused is None else accused.officials | accused.units,
    )
