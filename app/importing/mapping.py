"""
What a source's columns mean: a mapping in TOML, read strictly. docs/import.md is its reference.

Columns are named, never numbered. A mapping also is the law of its source: its [duty.*] become a rule pack that names
this source alone, empty where the source sets no duty, so that no other law is applied to its records.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.importing import acts
from app.importing.acts import ActSpec, PartySpec
from app.importing.faults import MalformedMapping
from app.importing.keys import Keys
from domain.law.lead_rules import parse_lead_rules
from domain.law.rules import SCHEMA, MalformedPack, parse_pack

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FORMATS = ("csv", "xlsx", "xes")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "auto")
ORDINAL = "ordinal"
COUNTED_IN = {
    "calendar": "calendar days",
    "calendar days": "calendar days",
    "working": "working days",
    "working days": "working days",
}
DISCHARGES = ("petition_concluded", "reply_served", "handling_opinion_served")
MAX_MAPPING_BYTES = 1 << 20  # the longest mapping shipped has two thousand


@dataclass(frozen=True, slots=True)
class Mapping:
    """
    One source's mapping. `row_key` None: a row is told from the others of its case by its ordinal among them. `dues`
    are (duty, column) of the due moments that the source itself gives.
    """

    name: str
    format: str
    encoding: str
    zone: ZoneInfo
    delimiter: str
    sheet: str | None
    row: str
    row_key: tuple[str, ...] | None
    case_no: str
    subject: str | None
    channel: str | None
    acts: tuple[ActSpec, ...]
    dues: tuple[tuple[str, str], ...]
    pack: dict[str, Any]

    @property
    def pack_id(self) -> str:
        return f"mapping-{self.name}"


def shipped() -> list[str]:
    """The names of the mappings that come with the program."""
    folder = resources.files("app.importing") / "mappings"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def load_mapping(name_or_path: str) -> Mapping:
    """
    A shipped mapping by its name, or one from a TOML file. MalformedMapping names the key and the reason.
    """
    if name_or_path in shipped():
        text = (resources.files("app.importing") / "mappings" / f"{name_or_path}.toml").read_text("utf-8")
        return parse_mapping(text, name_or_path)
    path = Path(name_or_path)
    try:
        raw = path.read_bytes()[: MAX_MAPPING_BYTES + 1]
        text = raw.decode()
    except OSError as error:
        known = ", ".join(shipped())
        raise MalformedMapping(f"mapping {name_or_path!r} is neither shipped ({known}) nor a file: {error}") from None
    except UnicodeDecodeError:
        raise MalformedMapping(f"mapping {name_or_path!r} is not UTF-8") from None
    if len(raw) > MAX_MAPPING_BYTES:
        raise MalformedMapping(f"mapping {name_or_path!r} is longer than {MAX_MAPPING_BYTES} bytes")
    return parse_mapping(text, path.stem)


def parse_mapping(text: str, default_name: str) -> Mapping:
    """A mapping from its text; without a name of its own it has its file's."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MalformedMapping(f"not TOML: {error}") from None
    top = Keys("", content)
    source, case = top.table("source"), top.table("case")
    name = source.text("name", default_name)
    if not name or "/" in name or "\0" in name or len(name) > 100:
        raise MalformedMapping(f"source.name: {name!r} cannot name a source")
    row = source.one_of("row", ("event", "case"))
    unit = case.party("unit") or PartySpec((), None, name)
    person = case.party("person")
    act_list = tuple(acts.parse(keys, unit, person, row) for keys in top.tables("act"))
    names = [act.name for act in act_list]
    if not act_list:
        raise MalformedMapping("act: a mapping has at least one")
    if twice := [n for n in names if names.count(n) > 1]:
        raise MalformedMapping(f"act {twice[0]}: stands twice; tell them apart by `name`")
    rules, dues = _duties(top.table("duty", optional=True), name)
    if dues and not any(act.event == "petition.registered" for act in act_list):
        raise MalformedMapping("duty: a due moment is kept in petition.registered, which no [[act]] gives")
    zone = source.zone("timezone", "Asia/Shanghai")
    pack = {"schema": SCHEMA, "pack": f"mapping-{name}", "zone": zone.key, "version": rules}
    if lead_rules := top.take("lead_rule", None):
        pack["lead_rule"] = lead_rules  # where to look in this source; the pack's own reader says what does not fit
    try:
        parse_pack(pack, (name,))
        parse_lead_rules(pack)
    except MalformedPack as error:
        raise MalformedMapping(f"duty: {error}") from None
    mapping = Mapping(
        name=name,
        format=source.one_of("format", FORMATS, "csv"),
        encoding=source.one_of("encoding", ENCODINGS, "auto"),
        zone=zone,
        delimiter=source.text("delimiter", ","),
        sheet=source.optional_text("sheet"),
        row=row,
        row_key=_row_key(source, row),
        case_no=case.text("no"),
        subject=case.optional_text("subject"),
        channel=case.optional_text("channel"),
        acts=act_list,
        dues=dues,
        pack=pack,
    )
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        raise MalformedMapping("source.delimiter: one character")
    for keys in (source, case, top):
        keys.finish()
    return mapping


def _row_key(source: Keys, row: str) -> tuple[str, ...] | None:
    if row == "case" and "row_key" not in source.content:
        return ()  # one row is one case: its number is key enough
    value = source.take("row_key")
    if value == ORDINAL:
        return None
    columns = [value] if isinstance(value, str) else value
    if not isinstance(columns, list) or not columns or not all(isinstance(c, str) and c for c in columns):
        raise MalformedMapping('source.row_key: a column, a list of columns, or "ordinal"')
    return tuple(columns)


_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _duties(tables: Keys, mapping_name: str) -> tuple[list[dict[str, Any]], tuple[tuple[str, str], ...]]:
    rules: list[dict[str, Any]] = []
    dues: list[tuple[str, str]] = []
    for name in list(tables.content):
        if not _NAME.fullmatch(name):
            raise MalformedMapping(f"duty.{name}: a duty's name is of a-z, 0-9 and _")
        keys = tables.table(name)
        rule: dict[str, Any] = {
            "obligation": name,
            "name_zh": keys.text("name_zh", name),
            "doc": mapping_name,
            "source": mapping_name,
            "arises_on": keys.event_names("arises_on", ("petition_registered",)),
            "discharged_by": keys.event_names("discharged_by", DISCHARGES),
            "bearer": "receiver",
            "runs_on": "case",
            "roll": keys.one_of("roll", ("none", "forward"), "none"),
        }
        if ("due_at" in keys.content) == ("within" in keys.content):
            raise MalformedMapping(f"duty.{name}: either due_at or within")
        if column := keys.optional_text("due_at"):
            dues.append((name, column))
            rule |= {"due_from": f"act.due.{name}", "no_due": "none"}
        else:
            counted = keys.one_of("counted_in", tuple(COUNTED_IN), "calendar")
            rule |= {"within": keys.take("within"), "counted_in": COUNTED_IN[counted]}
        keys.finish()
        rules.append(rule)
    return rules, tuple(dues)
