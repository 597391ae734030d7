"""
One TOML file that says how an office is made up: units, posts, officials, who holds what. Read whole before anything is
recorded; recorded entry by entry as the registrar, so the file grown by a line adds only what is new.

    [[unit]]         id, name, kind; parent_id, division_code, uscc, valid_from
    [[post]]         id, unit_id, title, rank; valid_from
    [[official]]     id, name
    [[appointment]]  post_id, official_id, from_on; to_on, kind
"""

from __future__ import annotations

import tomllib
import typing
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.codec import bare_type
from domain.people import events as e

if TYPE_CHECKING:
    from domain.people.events import PeopleEvent

MAX_BYTES, MAX_ENTRIES = 10_000_000, 100_000
SECTIONS: dict[str, tuple[type[Any], str | None]] = {
    "unit": (e.UnitEstablished, "unit_id"),
    "post": (e.PostEstablished, "post_id"),
    "official": (e.OfficialRegistered, "official_id"),
    "appointment": (e.AppointmentMade, None),
}


class BadOrgFile(ValueError):  # noqa: N818 - says what was found
    """The file says something that is no entry; the message names section, number and field."""


def parse_org(data: bytes) -> list[PeopleEvent]:
    """The entries in the order in which they can be recorded. BadOrgFile."""
    if len(data) > MAX_BYTES:
        raise BadOrgFile(f"文件超过 {MAX_BYTES} 字节。more than {MAX_BYTES} bytes")
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadOrgFile(f"不是 UTF-8 的 TOML 文件。no TOML file in UTF-8: {error}") from None
    if unknown := table.keys() - SECTIONS.keys():
        raise BadOrgFile(f"[[{min(unknown)}]]: 没有这一节。sections are {', '.join(SECTIONS)}")
    found: list[PeopleEvent] = []
    for section, (event, own_id) in SECTIONS.items():
        rows = table.get(section, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadOrgFile(f"[[{section}]]: 应为表的列表。a list of tables")
        if len(rows) > MAX_ENTRIES:
            raise BadOrgFile(f"[[{section}]]: 超过 {MAX_ENTRIES} 项。more than {MAX_ENTRIES}")
        found += [_entry(event, own_id, row, f"[[{section}]] {n}") for n, row in enumerate(rows, 1)]
    return found


def _entry(event: type[Any], own_id: str | None, row: dict[str, Any], where: str) -> PeopleEvent:
    said = {(own_id if name == "id" and own_id is not None else name): value for name, value in row.items()}
    hints = typing.get_type_hints(event, localns={"date": date, "datetime": datetime})
    known = {field.name: field for field in fields(event)}
    for name, value in said.items():
        if name not in known:
            raise BadOrgFile(f"{where}: {name}: 没有这个字段。no such field")
        if type(value) is not bare_type(hints[name]) or value == "":
            raise BadOrgFile(f"{where}: {name}: {str(value)[:60]!r} 不能用。cannot be read")
    for name, field in known.items():
        if name not in said and field.default is MISSING:
            raise BadOrgFile(f"{where}: {'id' if name == own_id else name}: 必填。is missing")
    entry: PeopleEvent = event(**said)
    return entry
