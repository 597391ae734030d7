"""
What a report was asked: everything that, with the log, determines its figures. Its digest stands on every page.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from app.reports.periods import KINDS
from audit.indicators.entries import VERSION, Period
from audit.indicators.figures import Conventions
from ledger.canonical import encode

if TYPE_CHECKING:
    from collections.abc import Mapping


class MalformedReport(ValueError):  # noqa: N818 - says what was found
    """The file is no report that we write. Names the field."""


@dataclass(frozen=True, slots=True)
class Query:
    """`log_size`: the report sees the first so many events."""

    kind: str
    period: Period
    previous: Period
    as_of: date
    log_size: int
    source: str | None
    conventions: Conventions
    indicators: str = VERSION

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "first": self.period.first.isoformat(),
            "last": self.period.last.isoformat(),
            "previous_first": self.previous.first.isoformat(),
            "previous_last": self.previous.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "log_size": self.log_size,
            "source": self.source,
            "conventions": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.conventions).items()},
            "indicators": self.indicators,
        }

    @property
    def digest(self) -> str:
        return hashlib.sha256(encode(self.to_json())).hexdigest()


@cache
def conventions() -> Conventions:
    """Those of the file beside this module."""
    text = files("app.reports").joinpath("conventions.toml").read_text(encoding="utf-8")
    return parse_conventions(tomllib.loads(text))


def parse_query(value: Any) -> Query:
    """A query as `to_json` writes it; MalformedReport names the field."""
    if not isinstance(value, dict):
        raise MalformedReport("query: not an object")
    kind, size, source = value.get("kind"), value.get("log_size"), value.get("source")
    if kind not in KINDS:
        raise MalformedReport(f"query.kind is one of {', '.join(KINDS)}; found {kind!a}")
    if type(size) is not int or size < 0:
        raise MalformedReport(f"query.log_size is a number of events; found {size!a}")
    if source is not None and not isinstance(source, str):
        raise MalformedReport("query.source is a text or null")
    if not isinstance(value.get("indicators"), str):
        raise MalformedReport("query.indicators names the version of the definitions")
    if not isinstance(value.get("conventions"), dict):
        raise MalformedReport("query.conventions: not an object")
    period = Period(_day(value, "first"), _day(value, "last"))
    previous = Period(_day(value, "previous_first"), _day(value, "previous_last"))
    found = Query(
        kind,
        period,
        previous,
        _day(value, "as_of"),
        size,
        source,
        parse_conventions(value["conventions"]),
        value["indicators"],
    )
    if found.to_json() != value:
        raise MalformedReport("query: a field that is not ours, or not written as we write it")
    return found


def parse_conventions(value: Mapping[str, Any]) -> Conventions:
    """The numbers, each from 0 on; no other and none missing."""
    names = {f.name for f in fields(Conventions)}
    if names != set(value):
        raise MalformedReport(f"conventions: expected {', '.join(sorted(names))}; found {', '.join(sorted(value))}")
    numbers: dict[str, Any] = {}
    for name, found in value.items():
        several = found if isinstance(found, list) else [found]
        is_list = name == "volume_groups"
        if is_list != isinstance(found, list) or len(several) > len("ABCDEFGH"):
            raise MalformedReport(f"conventions.{name}: not what it should be: {found!a}")
        if not all(type(n) is int and 0 <= n <= 10**9 for n in several):
            raise MalformedReport(f"conventions.{name}: not a number from 0 on: {found!a}")
        numbers[name] = tuple(several) if is_list else found
    return Conventions(**numbers)


def _day(value: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(value[name])
    except (KeyError, TypeError, ValueError):
        raise MalformedReport(f"query.{name} is a day; found {value.get(name)!a}") from None
