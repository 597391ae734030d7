"""
Rows of an XES event log (IEEE 1849), one per event: the event's attributes under their keys, those of its trace with
`case:` before them, as exports to CSV name them. An attribute that is absent is an empty cell.

Only attributes directly below a trace or an event are read; the header's statistics, of any length, are passed over. A
trace without events is one row with the trace's attributes alone, so that no case is lost unseen. The standard puts a
trace's attributes before its events; a log that does not is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from app.importing import raw
from app.importing.faults import FileFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

MAX_TAG = 4 << 20  # bytes of one element's tag: its attribute values; as long as a CSV field may be
MAX_COLUMNS = 2000
TRACE, EVENT = 2, 3  # how deep they stand in a log


class EventLog:
    has_fixed_columns = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers: dict[str, int] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def rows(self) -> Iterator[list[str]]:
        number = 0
        try:
            with raw.unpacked(self._path) as stream:
                for row in self._events(stream):
                    number += 1
                    yield row
        except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
            raise FileFault(f"{self._path.name}: broken XES after event {number}: {error}") from None

    def _events(self, stream: BinaryIO) -> Iterator[list[str]]:
        open_tags: list[Element] = []
        case: dict[str, str] = {}
        has_events = False
        for action, element in iterparse(_ShortTags(stream), events=("start", "end"), forbid_dtd=True):
            if action == "start":
                if not open_tags and _local(element) != "log":
                    raise FileFault(f"{self._path.name}: no XES: the document is a <{_local(element)}>")
                open_tags.append(element)
                if len(open_tags) == TRACE:
                    case, has_events = {}, False
                continue
            open_tags.pop()
            if len(open_tags) == TRACE and _local(open_tags[1]) == "trace":
                if _local(element) == "event":
                    has_events = True
                    yield self._row(
                        case, {k: v for child in element if (k := child.get("key")) and (v := _value(child))}
                    )
                elif key := element.get("key"):
                    if has_events:
                        raise FileFault(f"{self._path.name}: attribute {key!r} of a trace stands after its events")
                    case[key if key.startswith("case:") else f"case:{key}"] = _value(element)
                open_tags[1].remove(element)
            elif len(open_tags) == TRACE - 1:
                if _local(element) == "trace" and not has_events:
                    yield self._row(case, {})
                open_tags[0].remove(element)

    def _row(self, case: dict[str, str], event: dict[str, str]) -> list[str]:
        numbers = self._numbers
        cells = case | event
        for key in cells:
            if key not in numbers:
                numbers[key] = len(numbers)
        if len(numbers) > MAX_COLUMNS:
            raise FileFault(f"{self._path.name}: more than {MAX_COLUMNS} kinds of attribute")
        row = [""] * len(numbers)
        for key, value in cells.items():
            row[numbers[key]] = value
        return row


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: Element) -> str:
    return element.get("value") or ""


class _ShortTags:
    """A stream for the parser that stops at a tag or text too long to hold."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._run = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        end = data.rfind(b">")
        self._run = self._run + len(data) if end < 0 else len(data) - end - 1
        if self._run > MAX_TAG:
            raise FileFault(f"an element of more than {MAX_TAG} bytes")
        return data
