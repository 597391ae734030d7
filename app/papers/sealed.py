"""
The sealed values that a paper wants, for an official who may see them: each reading is an event before the value is.

A paper is given values as an argument and never looks for them itself. tests/app/papers/test_sealed.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sealed import fields_of
from app.unseal import open_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from app.handle import Handler
    from app.papers.template import Template
    from domain.recorded import Actor, Recorded
    from ledger.store.sealed import SealedStore


def opened_values(
    handler: Handler,
    store: SealedStore,
    template: Template,
    history: Sequence[Recorded],
    *,
    ground: str,
    ground_text: str,
    reader: Actor,
    unit_id: str,
    day: date,
    last_version: int | None = None,
) -> dict[str, str]:
    """
    What the template wants and the case holds in its newest record of that name (up to `last_version`), read on a
    ground. Several values of one record stand one after the other; what the case does not hold is not in the answer.
    """
    counted = [r for r in history if last_version is None or r.version <= last_version]
    newest: dict[str, int] = {}
    for field in fields_of(store, counted):
        newest[field.name] = max(field.version, newest.get(field.name, 0))
    found: dict[str, str] = {}
    for wanted in template.sealed:
        if wanted.name not in newest:
            continue
        values = open_sealed(
            handler,
            store,
            counted[0].stream,
            wanted.name,
            ground=ground,
            ground_text=ground_text,
            reader=reader,
            unit_id=unit_id,
            day=day,
            version=newest[wanted.name],
        )
        found[wanted.name] = "、".join(str(v.value) for v in values)
    return found
