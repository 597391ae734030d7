"""
A report's body: its query, where in which log it stands, under which rules and calendars, and every figure.

The body is a pure function of the query and of the log's first events, so whoever has that log gets these bytes again.
It names no person: no official's name and no petitioner's word is in it. tests/app/reports.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from app.reports.charts import DRAWN_BY
from audit.indicators.figures import case_entries, figures, leads, office_entries
from audit.office import standing_findings
from domain.duties.standing_duties import SOURCE
from domain.people import events as e
from domain.people.streams import CALENDARS
from ledger.canonical import encode
from ledger.merkle import Frontier, leaf_hash
from ledger.store.contract import whole_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.questions import Questions
    from app.reports.query import Query
    from audit.indicators.figures import Scoped
    from domain.law.in_force import Law
    from domain.recorded import Recorded
    from ledger.store.contract import Store

FORMAT = "luoshi-report/1"
LAYOUT = 1  # raise it when a page of the same figures looks otherwise
OFFICES = "office"  # stands for the stream of what no case has


@dataclass(frozen=True, slots=True)
class Counted:
    """The entries of every case as the log's first events have them, by stream."""

    query: Query
    law: Law
    by_stream: dict[str, tuple[Scoped, ...]]

    def entries(self) -> list[Scoped]:
        return [x for found in self.by_stream.values() for x in found]

    def figures(self) -> list[dict[str, Any]]:
        return figures(self.entries(), self.query.conventions)


def count(questions: Questions, query: Query, log_size: int | None = None) -> Counted:
    """
    Count everything the query asks for, over its own part of the log or over another.
    """
    known = (query.log_size if log_size is None else log_size) - 1
    law = questions.law(known)
    prefix = "case/" if query.source is None else f"case/{query.source}/"
    by_stream = {
        stream: of_stream(questions.history(stream, known), law, query)
        for stream in questions.case_streams(known)
        if stream.startswith(prefix)
    }
    by_stream[OFFICES] = of_offices(questions.office_filings(known), law, query)
    return Counted(query, law, by_stream)


def of_stream(history: Sequence[Recorded], law: Law, query: Query) -> tuple[Scoped, ...]:
    return case_entries(history, law, query.as_of, query.period, query.previous)


def of_offices(filed: Sequence[Recorded], law: Law, query: Query) -> tuple[Scoped, ...]:
    """Standing duties; a report of one source leaves them out, for they are of none."""
    if query.source not in (None, SOURCE):
        return ()
    return office_entries(standing_findings(filed, law, query.as_of), filed, query.period)


def body(counted: Counted, *, origin: str, tree_root: str) -> dict[str, Any]:
    """What every form of the report carries. `digest` is that of all the rest."""
    query, law = counted.query, counted.law
    found = counted.figures()
    made: dict[str, Any] = {
        "format": FORMAT,
        "layout": LAYOUT,
        "drawn_by": DRAWN_BY,
        "origin": origin,
        "log_index": query.log_size - 1,
        "tree_root": tree_root,
        "query": query.to_json(),
        "query_digest": query.digest,
        "rules": [
            {"pack": pack, "log_index": law.adopted[pack], "title": _title(law, pack)} for pack in sorted(law.adopted)
        ],
        "calendars": _calendars(law),
        "figures": found,
        "leads": leads(found, query.conventions),
        "names": _names(law, found),
    }
    return made | {"digest": digest_of(made)}


def digest_of(made: dict[str, Any]) -> str:
    """SHA-256 over the canonical bytes of a body without its digest."""
    return hashlib.sha256(encode({k: v for k, v in made.items() if k != "digest"})).hexdigest()


def tree_root(store: Store, size: int) -> str:
    """The root of the tree over the log's first events: what a checkpoint of that size signs."""
    frontier = Frontier()
    for stored in islice(whole_log(store), size):
        frontier.append(leaf_hash(stored.leaf))
    return frontier.root().hex()


def _title(law: Law, pack: str) -> str:
    return str(law.adoptions[pack][-1].content.get("title", pack))


def _calendars(law: Law) -> list[dict[str, Any]]:
    listed = (CALENDARS, e.CalendarNoticeAdopted.TOPIC)
    indexes = [i for i, (stream, _, topic) in sorted(law.places.items()) if (stream, topic) == listed]
    return [
        {"year": n.year, "source": n.source, "published_on": n.published_on.isoformat(), "log_index": i}
        for n, i in zip(law.notices, indexes, strict=True)
    ]


def _names(law: Law, found: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What the rows' codes are called, as the log has it: units, subjects, duties."""
    names: dict[str, str] = {}
    subjects = {s.code: s.name_zh for p in law.packs.values() for s in p.lists.subjects}
    duties = {r.obligation: r.name_zh for p in law.packs.values() for r in p.rules}
    duties |= {r.rule.obligation: r.rule.name_zh for local in law.local for r in local.standing}
    for figure in found:
        kind, _, value = figure["row"].partition(":")
        if kind == "unit":
            names[figure["row"]] = law.people.unit_name(value)
        elif figure["id"] == "hand_overs" and value:
            names |= {f"unit:{u}": law.people.unit_name(u) for u in value.split(">")}
        elif figure["id"] in ("on_time_rate", "overdue_now", "causes_by_rule") and value:
            code = value.split("|")[0]
            names[f"duty:{code}"] = duties.get(code, code)
        elif figure["id"] in ("registered", "causes_by_subject") and value:
            code = value.split("|")[0]
            names[f"subject:{code}"] = subjects.get(code, code)
    return dict(sorted(names.items()))
