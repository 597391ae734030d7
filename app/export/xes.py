"""
The log as an XES event log (IEEE 1849): a trace for each case, an event for each recorded act, written as it is read.

No petitioner data: sealed values are not in the acts, and of an act's own fields only those of `CODES` are written
(identifiers, versions, codes) and its days, never a reason or a ground in words. docs/export.md lists every attribute.
tests/app/export/test_xes.py reads the file back with the importer's own reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from domain.case.events import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.export.cases import CasesToExport, Exported
    from domain.people.register import Register
    from domain.recorded import Recorded

CODES = frozenset(
    (
        *("category", "filed_directly", "kind", "route", "procedure", "outcome", "result", "order", "form", "score"),
        *("obligation", "days", "of", "contradicts"),
        *("of_version", "objection_version", "opinion_version", "request_version", "extension_version"),
        *("trigger_version", "to_unit_id", "to_official_id", "addressee_unit_id", "executor_unit_id"),
        *("assigned_official_id", "assigned_post_id"),
    )
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>"""
HEAD += """<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/></global>
<classifier name="act" keys="concept:name"/>
<classifier name="act and unit" keys="concept:name org:group"/>
"""
TAIL = "</log>\n"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold


@dataclass(slots=True)
class Written:
    """How much an export came to."""

    cases: int = 0
    acts: int = 0


def write_xes(cases: CasesToExport, out: BinaryIO) -> Written:
    """
    Write the log to `out`, a case at a time, and say how much it was. The same log and day give the same bytes.
    """
    written = Written()
    out.write(HEAD.encode())
    out.write(_attribute("luoshi:log_size", cases.size).encode())
    for case in cases:
        out.writelines(part.encode() for part in _trace(case, cases.law.people))
        written.cases += 1
        written.acts += len(case.acts)
    out.write(TAIL.encode())
    return written


def _trace(case: Exported, people: Register) -> Iterator[str]:
    """The case's name is unique in the file: numbers are unique within one source only."""
    zone = ZoneInfo(case.zone)
    yield "<trace>\n"
    yield _attribute("concept:name", f"{case.source}/{case.case_no}")
    yield _attribute("luoshi:case_no", case.case_no)
    yield _attribute("luoshi:source", case.source)
    yield _attribute("luoshi:channel", case.channel)
    for recorded in case.acts:
        yield "<event>"
        for key, value in _act(recorded, people):
            yield _attribute(key, value.astimezone(zone) if isinstance(value, datetime) else value)
        if case.claimed[recorded.log_index] != recorded.occurred_at:
            yield _attribute("luoshi:claimed_at", case.claimed[recorded.log_index].astimezone(zone))
        yield "</event>\n"
    yield "</trace>\n"


def _act(recorded: Recorded, people: Register) -> Iterator[tuple[str, Any]]:
    event: Any = recorded.event
    unit = people.units.get(event.unit_id)
    post = people.posts.get(event.post_id) if event.post_id is not None else None
    yield "concept:name", name_of(recorded.topic)
    yield "time:timestamp", recorded.occurred_at
    yield "org:group", event.unit_id
    yield "org:resource", event.official_id
    yield "org:role", post.rank if post is not None else None
    yield "luoshi:topic", recorded.topic
    yield "luoshi:log_index", recorded.log_index
    yield "luoshi:version", recorded.version
    yield "luoshi:recorded_at", recorded.recorded_at
    yield "luoshi:unit_kind", unit.kind if unit is not None else None
    yield "luoshi:post", event.post_id
    yield "luoshi:imported", True if recorded.imported else None
    for f in fields(event):
        if f.name in CODES or isinstance(getattr(event, f.name), date):
            yield f"luoshi:{f.name}", getattr(event, f.name)


def _attribute(key: str, value: Any) -> str:
    """One attribute in the type XES has for it; nothing where there is no value. A day is a text: XES knows moments."""
    match value:
        case None:
            return ""
        case bool():
            kind, text = "boolean", str(value).lower()
        case int():
            kind, text = "int", str(value)
        case datetime():
            kind, text = "date", value.isoformat(timespec="microseconds")
        case date():
            kind, text = "string", value.isoformat()
        case str():
            kind, text = "string", _quoted(value)
        case _:
            raise AssertionError(f"{key}: {type(value).__name__} has no XES type")
    return f'<{kind} key="{_quoted(key)}" value="{text}"/>\n'


def _quoted(text: str) -> str:
    kept = escape(NOT_XML.sub("\ufffd", text), quote=True)
    return kept.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
