"""
The log as an object-centric event log, OCEL 2.0, in JSON or XML: acts with the cases, units, officials, duties and
documents that they are about.

Duties are the audit's, as of the day asked, with their state; an act is tied to the duty it gave rise to, extended or
ended. What is left out is what the XES export leaves out, and duties shown to the discipline line alone. Everything is
written as it is read; memory holds the register, one case, and the names of the units and officials that occurred.
docs/export.md; tests/app/export/test_ocel.py; bench/oracle/ocel.py has two outside programs read it.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from html import escape
from typing import IO, TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from app.export.xes import CODES, NOT_XML
from audit.findings import findings
from domain.case import events as e
from domain.case.events import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.asked import Day
    from app.export.cases import CasesToExport, Exported
    from audit.findings import Finding
    from domain.recorded import Recorded

FORMATS = ("json", "xml")
UNITS = "_unit_id"  # a field of an act that names another unit; so does `_official_id` an official
OFFICIALS = "_official_id"
# Acts that are the making or the service of a paper: the paper is an object.
DOCUMENTS = (
    e.AcceptanceNoticeServed,
    e.NotAcceptedNoticeServed,
    e.ExtensionNoticeServed,
    e.NoticeServed,
    e.HandlingOpinionServed,
    e.ReviewOpinionServed,
    e.ReReviewOpinionIssued,
    e.OpinionSetAsideServed,
)
OBJECTS: dict[str, dict[str, str]] = {
    "case": {"source": "string", "case_no": "string", "channel": "string"},
    "unit": {"name": "string", "kind": "string"},
    "official": {},
    "duty": {
        "obligation": "string",
        "rule_version": "string",
        "state": "string",
        "arose_on": "string",
        "due_on": "string",
        "days_late": "integer",
    },
    "document": {"kind": "string", "log_index": "integer"},
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # OCEL's spelling of "from the beginning on"
Related = tuple[str, str]  # (id of the object, qualifier)


@dataclass(slots=True)
class Written:
    """How much an export came to."""

    cases: int = 0
    events: int = 0
    objects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OBJECTS, 0))


@dataclass(slots=True)
class _Object:
    id: str
    kind: str
    values: dict[str, Any]
    since: datetime = EPOCH
    related: list[Related] = field(default_factory=list)


@dataclass(slots=True)
class _Event:
    id: str
    name: str
    at: datetime
    values: dict[str, tuple[str, Any]]  # (type, value)
    related: list[Related]


def write_ocel(cases: CasesToExport, out: BinaryIO, as_of: Day, *, form: str = "json") -> Written:
    """
    Write the log to `out` and say how much it was. The same log and day give the same bytes. Objects and events are put
    aside in files while the cases are read, since the types they have are written first.
    """
    spelled = _Json() if form == "json" else _Xml()
    written = Written()
    types: dict[str, dict[str, str]] = {}
    units: dict[str, None] = {}
    officials: dict[str, None] = {}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as events,
        tempfile.TemporaryFile("w+", encoding="utf-8") as objects,
    ):
        for case in cases:
            found = [f for f in findings(case.history, cases.law, as_of) if f.duty.rule.visible_to is None]
            own_events, own_objects = _case(case, found, units, officials)
            for event in own_events:
                known = types.setdefault(event.name, {})
                known.update({name: kind for name, (kind, _) in event.values.items()})
                spelled.add(events, spelled.event(event), is_first=written.events == 0)
                written.events += 1
            for thing in own_objects:
                _put(spelled, objects, thing, written)
            written.cases += 1
        people = cases.law.people
        for unit_id in units:
            unit = people.units.get(unit_id)
            values = {"name": people.unit_name(unit_id), "kind": unit.kind if unit is not None else None}
            _put(spelled, objects, _Object(_unit(unit_id), "unit", values), written)
        for official_id in officials:
            _put(spelled, objects, _Object(_official(official_id), "official", {}), written)
        spelled.write(out, types, events, objects)
    return written


def _put(spelled: _Json | _Xml, objects: IO[str], thing: _Object, written: Written) -> None:
    spelled.add(objects, spelled.object(thing), is_first=not any(written.objects.values()))
    written.objects[thing.kind] += 1


def _case(
    case: Exported, found: list[Finding], units: dict[str, None], officials: dict[str, None]
) -> tuple[list[_Event], list[_Object]]:
    zone = ZoneInfo(case.zone)
    name = f"case/{case.source}/{case.case_no}"
    values = {"source": case.source, "case_no": case.case_no, "channel": case.channel}
    objects = [_Object(name, "case", values)]
    said: dict[int, list[Related]] = {}
    for f in found:
        duty, ended = f.duty, f.duty.ended
        thing = _duty(f, name)
        objects.append(thing)
        said.setdefault(duty.trigger.log_index, []).append((thing.id, "gives_rise_to"))
        for extension in duty.extensions:
            said.setdefault(extension.log_index, []).append((thing.id, "extends"))
        if ended is not None and ended.kind != "claimed":
            said.setdefault(ended.evidence[-1], []).append((thing.id, "ends"))
        if (unit_id := duty.bearer.unit_id) is not None:
            units.setdefault(unit_id)
        if (official_id := duty.bearer.official_id) is not None:
            officials.setdefault(official_id)
    events = []
    for recorded in case.acts:
        related: list[Related] = [(name, "case"), *_parties(recorded, units, officials)]
        related += said.get(recorded.log_index, [])
        if isinstance(recorded.event, DOCUMENTS):
            paper = _Object(
                f"document/{recorded.log_index}",
                "document",
                {"kind": name_of(recorded.topic), "log_index": recorded.log_index},
                recorded.occurred_at.astimezone(zone),
                [(name, "case")],
            )
            objects.append(paper)
            related.append((paper.id, "serves"))
        at = recorded.occurred_at.astimezone(zone)
        kept = list(dict.fromkeys(related))
        events.append(_Event(f"act/{recorded.log_index}", name_of(recorded.topic), at, _values(recorded, zone), kept))
    return events, objects


def _duty(f: Finding, case: str) -> _Object:
    duty, bearer = f.duty, f.duty.bearer
    due_on = duty.due_on if duty.due_on != date.max else None
    values = {
        "obligation": duty.obligation,
        "rule_version": duty.rule.version,
        "state": f.now.state,
        "arose_on": duty.arose_on.isoformat(),
        "due_on": due_on.isoformat() if due_on is not None else None,
        "days_late": f.now.days_late,
    }
    related: list[Related] = [(case, "case"), (_unit(bearer.unit_id), "bearer")]
    if bearer.official_id is not None:
        related.append((_official(bearer.official_id), "bearer"))
    return _Object(f"duty/{duty.duty_id}", "duty", values, duty.arose_at.astimezone(ZoneInfo(duty.zone)), related)


def _parties(recorded: Recorded, units: dict[str, None], officials: dict[str, None]) -> Iterator[Related]:
    """Who acted, and the units and officials that the act names in its other fields, qualified by the field."""
    event: Any = recorded.event
    units.setdefault(event.unit_id)
    yield _unit(event.unit_id), "by"
    if event.official_id is not None:
        officials.setdefault(event.official_id)
        yield _official(event.official_id), "by"
    for f in fields(event):
        value = getattr(event, f.name)
        if f.name not in CODES or not isinstance(value, str):
            continue
        if f.name.endswith(UNITS):
            units.setdefault(value)
            yield _unit(value), f.name.removesuffix(UNITS)
        elif f.name.endswith(OFFICIALS):
            officials.setdefault(value)
            yield _official(value), f.name.removesuffix(OFFICIALS)


def _values(recorded: Recorded, zone: ZoneInfo) -> dict[str, tuple[str, Any]]:
    event: Any = recorded.event
    values: dict[str, tuple[str, Any]] = {
        "topic": ("string", recorded.topic),
        "log_index": ("integer", recorded.log_index),
        "version": ("integer", recorded.version),
        "recorded_at": ("time", recorded.recorded_at.astimezone(zone)),
        "imported": ("boolean", recorded.imported),
    }
    for f in fields(event):
        value = getattr(event, f.name)
        if f.name.endswith((UNITS, OFFICIALS)) or value is None:
            continue
        if isinstance(value, date) and not isinstance(value, datetime):
            values[f.name] = ("string", value.isoformat())  # a legal day is no moment
        elif f.name in CODES and isinstance(value, (bool, int, str)):
            kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
            values[f.name] = (kind, value)
    return values


def _unit(unit_id: str) -> str:
    return f"unit/{unit_id}"


def _official(official_id: str) -> str:
    return f"official/{official_id}"


def _text(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _declared(types: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": n, "type": kind} for n, kind in sorted(own.items())]}
        for name, own in sorted(types.items())
    ]


class _Json:
    def event(self, event: _Event) -> str:
        return _dumped(
            {
                "id": event.id,
                "type": event.name,
                "time": _text(event.at),
                "attributes": [{"name": n, "value": _text(v)} for n, (_, v) in event.values.items()],
                "relationships": [{"objectId": i, "qualifier": q} for i, q in event.related],
            }
        )

    def object(self, thing: _Object) -> str:
        return _dumped(
            {
                "id": thing.id,
                "type": thing.kind,
                "attributes": [
                    {"name": n, "time": _text(thing.since), "value": v}
                    for n, v in thing.values.items()
                    if v is not None
                ],
                "relationships": [{"objectId": i, "qualifier": q} for i, q in thing.related],
            }
        )

    def add(self, part: IO[str], text: str, *, is_first: bool) -> None:
        part.write(text if is_first else f",\n{text}")

    def write(self, out: BinaryIO, types: dict[str, dict[str, str]], events: IO[str], objects: IO[str]) -> None:
        out.write(f'{{"objectTypes": {_dumped(_declared(OBJECTS))},\n'.encode())
        out.write(f'"eventTypes": {_dumped(_declared(types))},\n"objects": [\n'.encode())
        _copy(objects, out)
        out.write(b'\n],\n"events": [\n')
        _copy(events, out)
        out.write(b"\n]}\n")


class _Xml:
    def event(self, event: _Event) -> str:
        values = "".join(f'<attribute name="{_q(n)}">{_q(v)}</attribute>' for n, (_, v) in event.values.items())
        head = f'<event id="{_q(event.id)}" type="{_q(event.name)}" time="{_q(event.at)}">'
        return f"{head}<attributes>{values}</attributes>{self._related(event.related)}</event>\n"

    def object(self, thing: _Object) -> str:
        values = "".join(
            f'<attribute name="{_q(n)}" time="{_q(thing.since)}">{_q(v)}</attribute>'
            for n, v in thing.values.items()
            if v is not None
        )
        head = f'<object id="{_q(thing.id)}" type="{_q(thing.kind)}">'
        return f"{head}<attributes>{values}</attributes>{self._related(thing.related)}</object>\n"

    def _related(self, related: list[Related]) -> str:
        rows = "".join(f'<relationship object-id="{_q(i)}" qualifier="{_q(q)}"/>' for i, q in related)
        return f"<objects>{rows}</objects>"

    def add(self, part: IO[str], text: str, *, is_first: bool) -> None:  # noqa: ARG002 - the same call for both forms
        part.write(text)

    def write(self, out: BinaryIO, types: dict[str, dict[str, str]], events: IO[str], objects: IO[str]) -> None:
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
        for kind, declared in (("object", OBJECTS), ("event", types)):
            out.write(f"<{kind}-types>\n".encode())
            for each in _declared(declared):
                own = "".join(f'<attribute name="{_q(a["name"])}" type="{a["type"]}"/>' for a in each["attributes"])
                line = f'<{kind}-type name="{_q(each["name"])}"><attributes>{own}</attributes></{kind}-type>\n'
                out.write(line.encode())
            out.write(f"</{kind}-types>\n".encode())
        out.write(b"<objects>\n")
        _copy(objects, out)
        out.write(b"</objects>\n<events>\n")
        _copy(events, out)
        out.write(b"</events>\n</log>\n")


def _q(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(_text(value))
    return escape(NOT_XML.sub("\ufffd", text), quote=True)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _copy(part: IO[str], out: BinaryIO) -> None:
    part.seek(0)
    while text := part.read(1 << 16):
        out.write(text.encode())
