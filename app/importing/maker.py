"""
One [[act]] at work: whether a row makes it, and what it then says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

from app import codec
from app.importing.faults import RowFault
from ledger import canonical
from ledger.envelope import MAX_NAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.importing.acts import ActSpec, FieldSpec, PartySpec
    from app.importing.columns import Columns
    from app.importing.mapping import Mapping

NAME_OVERHEAD = 24  # `import:official/` before a name


@dataclass(frozen=True, slots=True)
class Planned:
    """One act to record. `units` and `officials` are those it names."""

    command_id: str
    stream: str
    topic: str
    body: dict[str, Any]
    occurred_at: str
    sealed: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    officials: tuple[str, ...]

    def says_the_same_as(self, other: Planned) -> bool:
        return (self.stream, self.topic, self.body, self.occurred_at, self.sealed) == (
            other.stream,
            other.topic,
            other.body,
            other.occurred_at,
            other.sealed,
        )


@dataclass(slots=True)
class CaseSoFar:
    """What has to be remembered of a case between its rows: no more than what the next row is compared with."""

    rows: int = 0
    accepted: int = 0
    unit: str = ""
    person: str | None = None
    once: dict[int, int] | None = None  # act -> hash of its cells
    last: dict[int, str] | None = None  # act -> the value whose change it waits for


class ActMaker:
    """One [[act]], with its columns found."""

    def __init__(self, columns: Columns, mapping: Mapping, number: int, spec: ActSpec) -> None:
        at = columns.at
        self.spec = spec
        self._columns = columns
        self._number = number
        self._at = at(spec.at)
        self._column = at(spec.column)
        self._where = [(at(column), values) for column, values in spec.where]
        self._unit = _party(columns, spec.unit)
        self._person = _party(columns, spec.person)
        self._to_unit = _party(columns, spec.to_unit)
        self._to_person = _party(columns, spec.to_person)
        self._sealed = [(name, at(column)) for name, column in spec.sealed]
        self._fields = [(f, at(f.column) if f.column is not None else None) for f in spec.fields]
        self._is_registration = spec.event == "petition.registered"
        self._subject = at(mapping.subject) if mapping.subject is not None else None
        self._channel = at(mapping.channel) if mapping.channel is not None else None
        self._dues = [(name, at(column), column) for name, column in mapping.dues] if self._is_registration else []
        self._prefix = f"case/{mapping.name}/"
        self._mapping_name = mapping.name
        self._zone = mapping.zone
        self._own = [at(c) for c in columns_of(spec, mapping)]

    def is_due(self, cells: Sequence[str], case: CaseSoFar) -> bool:
        spec, value = self.spec, self._columns.value
        if any(value(cells, n) not in allowed for n, allowed in self._where):
            return False
        if spec.when == "present" and not value(cells, self._column):
            return False
        if spec.when == "changed":
            now, before = value(cells, self._column), (case.last or {}).get(self._number)
            return bool(now) and before is not None and now != before
        if spec.per == "row":
            return True
        if spec.per == "first":
            return self._number not in (case.once or {})
        return (case.once or {}).get(self._number) != self._cells_hash(cells)

    def remember(self, cells: Sequence[str], case: CaseSoFar) -> None:
        """Called when the row is accepted, for every act, whether it was due or not."""
        spec, value = self.spec, self._columns.value
        if spec.when == "changed":
            if now := value(cells, self._column):
                case.last = case.last or {}
                case.last[self._number] = now
            case.unit = self._unit(cells) or case.unit
            case.person = self._person(cells)
        elif spec.per != "row" and self.is_due(cells, case):
            case.once = case.once or {}
            # The first stands; what differs from it on a later row is compared with what is recorded.
            case.once.setdefault(self._number, self._cells_hash(cells) if spec.per == "case" else 0)

    def plan(self, cells: Sequence[str], case: CaseSoFar, no: str, key: list[str | int]) -> Planned:
        spec = self.spec
        if not is_normalized("NFC", no):
            raise RowFault(f"number {no}: not in Unicode normal form C, so another spelling could be the same case")
        moment = self._columns.moment(cells, self._at, spec.at)
        unit, person = self._unit(cells), self._person(cells)
        if spec.when == "changed":
            # Who hands over is who had it on the row before, unless the source says it.
            unit = unit if spec.has_own_unit else case.unit
            person = person if spec.has_own_person else case.person
        if not unit:
            raise RowFault(f"{' / '.join(spec.unit.columns)}: empty, and an act needs a unit")
        facts: dict[str, Any] = {"unit_id": unit, "official_id": person}
        for f, n in self._fields:
            if (value := self._field(cells, f, n)) is not None:
                facts[f.name] = value
        units, officials = [unit], [person] if person else []
        if spec.to_unit is not None:
            facts["to_unit_id"] = self._to_unit(cells)
            if facts["to_unit_id"] is None:
                raise RowFault(f"{' / '.join(spec.to_unit.columns)}: empty, and the act needs whom it was passed to")
            units.append(facts["to_unit_id"])
        if spec.to_person is not None and (to_person := self._to_person(cells)):
            facts["to_official_id"] = to_person
            officials.append(to_person)
        if self._is_registration:
            facts |= self._registration(cells, no)
        planned = Planned(
            command_id=command_id(self._mapping_name, no, spec.name, key if spec.per == "row" else []),
            stream=self._prefix + no,
            topic=spec.topic,
            body=codec.encode(spec.cls(**facts)),
            occurred_at=codec.moment(moment),
            sealed=tuple((name, cells[n]) for name, n in self._sealed if n is not None and cells[n]),
            units=tuple(units),
            officials=tuple(officials),
        )
        _check_names(planned)
        return planned

    def _registration(self, cells: Sequence[str], no: str) -> dict[str, Any]:
        value = self._columns.value
        due = tuple(
            (name, self._columns.moment(cells, n, column).astimezone(self._zone).isoformat(timespec="microseconds"))
            for name, n, column in self._dues
            if value(cells, n)
        )
        return {
            "case_no": no,
            "channel": value(cells, self._channel) or None,
            "subject": value(cells, self._subject) or None,
            "due": due,
        }

    def _field(self, cells: Sequence[str], spec: FieldSpec, index: int | None) -> Any:
        text = spec.value if spec.value is not None else self._columns.value(cells, index)
        if not text:
            if spec.is_required:
                raise RowFault(f"{spec.column}: empty, and {self.spec.event} needs it")
            return None
        if not spec.is_date:
            return text
        return self._columns.moment(cells, index, spec.column or "").astimezone(self._zone).date()

    def _cells_hash(self, cells: Sequence[str]) -> int:
        return hash(tuple("" if n is None else cells[n] for n in self._own))


def _party(columns: Columns, spec: PartySpec | None) -> Callable[[Sequence[str]], str | None]:
    if spec is None:
        return lambda _cells: None
    indexes = [n for c in spec.columns if (n := columns.at(c)) is not None]
    pattern, default = spec.pattern, spec.default
    if pattern is None:

        def first(cells: Sequence[str]) -> str | None:
            return next((text for n in indexes if (text := cells[n].strip())), default)

        return first

    def found(cells: Sequence[str]) -> str | None:
        for n in indexes:
            if match := pattern.search(cells[n]):
                return (match[1] if match.re.groups else match[0]) or default
        return default

    return found


def columns_of(spec: ActSpec, mapping: Mapping) -> list[str]:
    """Every column an act reads."""
    parties: Iterable[PartySpec | None] = (spec.unit, spec.person, spec.to_unit, spec.to_person)
    columns = [spec.at, spec.column, *(c for party in parties if party is not None for c in party.columns)]
    columns += [f.column for f in spec.fields if f.column is not None]
    columns += [column for _, column in spec.sealed]
    if spec.event == "petition.registered":
        columns += [c for c in (mapping.subject, mapping.channel) if c is not None]
        columns += [column for _, column in mapping.dues]
    return list(dict.fromkeys(columns))


def command_id(mapping: str, no: str, act: str, key: Sequence[str | int]) -> str:
    """The same fact of the same source has the same id, in whichever file and however often it comes."""
    return "import:" + hashlib.sha256(canonical.encode([mapping, no, act, list(key)])).hexdigest()


def _check_names(planned: Planned) -> None:
    """The names under which an act, its units and its officials are stored have a limit in bytes."""
    longest = max(map(len, (planned.stream, *planned.units, *planned.officials)))
    if longest * 4 < MAX_NAME_BYTES - NAME_OVERHEAD:
        return
    for name in (planned.stream, *planned.units, *planned.officials):
        if len(name.encode()) > MAX_NAME_BYTES - NAME_OVERHEAD:
            raise RowFault(f"{name[:60]!r}…: a number or name of more than {MAX_NAME_BYTES - NAME_OVERHEAD} bytes")
