"""
The texts that lead rules read, out of the sealed values beside the events: only those names, only for measuring.

Nothing here shows a text to anybody: a lead states its measure. Erased ones are not there to be read.
tests/app/test_leads.py.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from audit.texts import reads_of
from domain.case.commands import RecordLead
from domain.case.events import name_of
from domain.duties.engine import split_stream
from domain.law.lead_rules import OF_TEXTS
from domain.recorded import Actor
from ledger.disclosure import open_disclosure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from audit.texts import Texts
    from domain.law.in_force import Law
    from domain.recorded import Recorded
    from ledger.store.contract import Store

AT_ONCE = 500  # cases whose texts are read together: one look-up of keys and rows, and no more texts in memory


def with_texts(histories: Iterable[list[Recorded]], store: Store, law: Law) -> Iterator[tuple[list[Recorded], Texts]]:
    """Each history with the texts of its acts that a rule for its source reads."""
    chunk: list[list[Recorded]] = []
    for history in histories:
        chunk.append(history)
        if len(chunk) == AT_ONCE:
            yield from _read(chunk, store, law)
            chunk = []
    yield from _read(chunk, store, law)


def _read(chunk: list[list[Recorded]], store: Store, law: Law) -> Iterator[tuple[list[Recorded], Texts]]:
    wanted: dict[int, frozenset[str]] = {}
    of_source: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for history in chunk:
        if not history:
            continue
        source, _ = split_stream(history[0].stream)
        if source not in of_source:
            acts = frozenset(a for r in law.lead_rules(source) if r.kind in OF_TEXTS for a in r.acts)
            of_source[source] = (acts, reads_of(law, source))
        acts, names = of_source[source]
        wanted |= {r.log_index: names for r in history if name_of(r.topic) in acts}
    held = store.disclosures(list(wanted)) if wanted else {}
    texts: Texts = {}
    for index, disclosures in held.items():
        opened = (open_disclosure(each) for each in disclosures)
        texts[index] = {name: value for name, value in opened if name in wanted[index] and isinstance(value, str)}
    for history in chunk:
        yield history, {r.log_index: texts[r.log_index] for r in history if r.log_index in texts}


def recording(lead: Mapping[str, Any], unit_id: str, official_id: str, now: datetime) -> RecordLead:
    """The command that puts a lead on record, in the case it is about; the same lead gives the same command id."""
    stream = lead["stream"]
    own = tuple(sorted(x["version"] for x in lead["evidence"] if x["stream"] == stream))
    others = dict.fromkeys(x["stream"] for x in lead["evidence"] if x["stream"] != stream)
    digest = hashlib.sha256(f"{stream}\n{lead['code']}\n{own}".encode()).hexdigest()
    return RecordLead(
        stream=stream,
        unit_id=unit_id,
        official_id=official_id,
        actor=Actor(official_id=official_id),
        occurred_at=now,
        now=now,
        command_id=f"lead:{digest}",
        lead=lead["code"],
        rule=lead["rule"]["pack"] if "rule" in lead else None,
        measure=lead["measure"],
        versions=own,
        group=tuple(others),
    )
