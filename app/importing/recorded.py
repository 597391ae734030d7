"""
What the log holds already: is an act that is known by its command id still the same act?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.disclosure import open_disclosure
from ledger.envelope import open_leaf, parse_payload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.importing.maker import Planned
    from ledger.store.contract import Store, Stored


class Recorded:
    """Those of some acts that are recorded, with what is still disclosed of them."""

    def __init__(self, store: Store, acts: Iterable[Planned]) -> None:
        acts = list(acts)
        self._stored = store.by_command([act.command_id for act in acts])
        sealed = {act.command_id for act in acts if act.sealed}
        indexes = [s.log_index for command, s in self._stored.items() if command in sealed]
        self._disclosed = store.disclosures(indexes) if indexes else {}

    def __contains__(self, act: Planned) -> bool:
        return act.command_id in self._stored

    def difference(self, act: Planned) -> str | None:
        """
        Where the recorded act says something else: names it and the part that differs. The file's digest and the row's
        number are not compared, since files grow; a sealed text that was erased is not, since nobody knows it.
        """
        stored = self._stored[act.command_id]
        part = self._differing(stored, act)
        if part is None:
            return None
        where = f"log index {stored.log_index}, stream {stored.stream}, version {stored.version}"
        return f"{act.topic} is recorded already with another {part} ({where})"

    def _differing(self, stored: Stored, act: Planned) -> str | None:
        payload = parse_payload(open_leaf(stored.leaf).payload)
        if (payload.stream, payload.topic) != (act.stream, act.topic):
            return "stream or topic"
        if payload.occurred_at != act.occurred_at:
            return "time"
        if payload.body != act.body:
            names = payload.body.keys() | act.body.keys()
            return ", ".join(sorted(n for n in names if payload.body.get(n) != act.body.get(n)))
        if len(payload.sd) != len(act.sealed):
            return "number of sealed fields"
        expected = dict(act.sealed)
        disclosed = map(open_disclosure, self._disclosed.get(stored.log_index, ()))
        changed = sorted(name for name, value in disclosed if expected.get(name) != value)
        return ", ".join(changed) or None
