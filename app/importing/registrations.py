"""
Bulk registration: a desk's own spreadsheet of matters, each row received and registered under all the law there is.

Unlike a mapping, which records what another system said, this is the desk's own act: the official signs it, the rules
of `domain.case.decide` refuse what a single registration would be refused for, and the national packs apply. A row is
recorded whole or goes to the rejects; a row that is recorded already is known by its number, and one that says
otherwise of a number is rejected, naming the record. Names, numbers of identity and phone, addresses and texts are
sealed; the events hold codes and counts. docs/import.md, tests/app/importing/test_registrations.py.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import is_normalized

import openpyxl
from openpyxl.styles import Font

from app.handle import read
from app.importing.columns import Columns
from app.importing.faults import FileFault, RowFault
from app.importing.readers import open_table
from app.importing.rejects import Reject, Rejects
from app.importing.times import read_moment
from domain.case import commands as c
from domain.case.case import fold
from domain.case.decide import decide
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger import canonical
from ledger.disclosure import open_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from app.handle import Handler
    from domain.recorded import Recorded

NAME = "registrations"
NUMBER, RECEIVED, REGISTERED, CHANNEL, CATEGORY, MODE = (
    "登记编号",
    "收到日期",
    "登记日期",
    "信访渠道",
    "类别",
    "是否实名",
)
PERSON, HEADCOUNT, SPEAKERS, SUBJECT = "信访人姓名", "人数", "代表人姓名", "内容分类"
# Heading -> whether a row needs it, and what to write there.
COLUMNS: dict[str, tuple[bool, str]] = {
    NUMBER: (True, "本机关的登记编号，一件一号"),
    RECEIVED: (True, "如 2026-03-02 或 2026-03-02 09:30；不得晚于登记"),
    REGISTERED: (False, "不填即收到当日"),
    CHANNEL: (True, "来信、来访、来电、网信、微信、热线、短信"),
    CATEGORY: (False, "申诉求决、意见建议；不填为申诉求决。检举控告另行登记，不得填在本表"),
    MODE: (False, "是、否；匿名的不填姓名"),
    PERSON: (False, "密封保存"),
    "证件号码": (False, "密封保存"),
    "联系电话": (False, "密封保存"),
    "住址": (False, "密封保存"),
    HEADCOUNT: (False, "多人反映同一事项的填总人数"),
    SPEAKERS: (False, "推选的代表，以顿号分隔，至多五名；密封保存"),
    SUBJECT: (False, "内容分类代码，不是文字"),
    "内容": (False, "反映的情况，密封保存"),
    "诉求": (False, "请求，密封保存"),
}
SEALED = {
    PERSON: "petitioner_name",
    "证件号码": "petitioner_id_number",
    "联系电话": "petitioner_phone",
    "住址": "petitioner_address",
    "内容": "text",
    "诉求": "request",
}
CHANNELS = {
    "来信": "letter",
    "来访": "visit",
    "来电": "phone",
    "网信": "web",
    "微信": "wechat",
    "热线": "hotline",
    "短信": "sms",
}
CATEGORIES = {"": "claim", "申诉求决": "claim", "意见建议": "suggestion"}
MODES = {"": None, "是": "real_name", "否": "anonymous"}
SEPARATORS = str.maketrans("，,;；/ ", "、、、、、、")
NUMBER_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """Whatever a desk saves: a workbook, or a CSV in UTF-8 or GB 18030."""

    format: Literal["csv"] = "csv"
    encoding: Literal["auto"] = "auto"
    delimiter: str = ","
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who registers, for which unit, under which source."""

    source: str
    unit_id: str
    official_id: str
    post_id: str | None = None


@dataclass(slots=True)
class SheetReport:
    """`new` and `known` are cases. `streams`: those that were registered now, in the order of the file."""

    rows: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    first_rejects: tuple[Reject, ...] = ()
    rejects_path: Path | None = None
    rejects_fault: str | None = None
    streams: list[tuple[int, str]] = field(default_factory=list)  # row, stream


def write_template(path: Path) -> None:
    """The empty sheet to be filled in, with what each column takes. FileFault: neither .xlsx nor .csv."""
    match path.suffix.lower():
        case ".csv":
            with path.open("x", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow(COLUMNS)
        case ".xlsx":
            book = openpyxl.Workbook()
            sheet = book.worksheets[0]
            sheet.title = "登记"
            sheet.append(list(COLUMNS))
            sheet.freeze_panes = "A2"
            told = book.create_sheet("填写说明")
            told.append(["栏目", "是否必填", "说明"])
            for name, (is_needed, words) in COLUMNS.items():
                told.append([name, "必填" if is_needed else "选填", words])
            for row in (sheet[1], told[1]):
                for cell in row:
                    cell.font = Font(bold=True)
            for letter in (chr(ord("A") + n) for n in range(len(COLUMNS))):
                sheet.column_dimensions[letter].width = 16
                for row_number in range(2, 500):
                    sheet[f"{letter}{row_number}"].number_format = "@"  # a number of identity is no number
            with path.open("xb") as file:
                book.save(file)
        case _:
            raise FileFault(f"{path.name}: 模板为 .xlsx 或 .csv；a template is .xlsx or .csv")


def register_sheet(
    handler: Handler,
    file: Path,
    desk: Desk,
    *,
    zone: ZoneInfo,
    dry_run: bool = False,
    rejects: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SheetReport:
    """
    Register every row. FileFault: nothing was written. A row that may not go in goes to `rejects` with its reason.
    """
    needed = [name for name, (is_needed, _) in COLUMNS.items() if is_needed]
    table = open_table(file, Shape(), needed, needed)
    if unknown := sorted(set(table.columns) - set(COLUMNS)):
        # A column that nobody reads could be one whose name was mistyped: what stands in it would be lost.
        raise FileFault(f"未知栏目；unknown columns: {', '.join(unknown[:5])}")
    report = SheetReport()
    columns = Columns(table.columns, zone)
    told: dict[str, _Row] = {}
    with Rejects(rejects, file, table, ",") as rejected:
        for number, cells in enumerate(table.reader.rows(), 1):
            report.rows = number
            try:
                row = _read(cells, columns, desk, zone, handler.clock())
                if _take(handler, row, told, dry_run=dry_run):
                    report.new += 1
                    report.streams.append((number, row.stream))
                else:
                    report.known += 1
            except (RowFault, Refused) as fault:
                rejected.add(number, cells, str(fault))
            if progress is not None:
                progress(number, table.row_count)
    report.rejected, report.first_rejects = rejected.count, tuple(rejected.first)
    report.rejects_path = rejected.path if rejected.count else None
    report.rejects_fault = rejected.fault
    return report


@dataclass(frozen=True, slots=True)
class _Row:
    stream: str
    receive: c.ReceivePetition
    register: c.RegisterPetition

    def says(self) -> tuple[Any, ...]:
        got, entered = self.receive, self.register
        facts = (got.channel, got.category, got.identity_mode, got.headcount, got.representatives)
        return (*facts, got.occurred_at, tuple(sorted(got.sealed)), entered.subject, entered.occurred_at)


def _take(handler: Handler, row: _Row, told: dict[str, _Row], *, dry_run: bool) -> bool:
    """Whether the row was new. Both of its acts are judged before the first is recorded."""
    stored = handler.store.read_stream(row.stream)
    history = [read(each) for each in stored]
    number, earlier = row.register.case_no, told.get(row.stream)
    if earlier is not None and earlier.says() != row.says():
        raise RowFault(f"{NUMBER} {number}: 表中另有一行内容不同；another row of the sheet says otherwise")
    if history:
        if (differs := _differs(handler, row, history)) is not None:
            at = history[0].log_index
            said = f"已登记（日志 {at}），{differs} 不同；registered already (log index {at}) with another {differs}"
            raise RowFault(f"{NUMBER} {number}: {said}")
        is_whole = any(r.command_id == row.register.command_id for r in history)
        if not is_whole and not dry_run:  # a run that was cut between the two
            handler.handle(row.register)
        return False
    if earlier is not None:
        return False
    people, case = handler.register(), fold(())
    facts = handler.facts(case, [])
    received = decide(case, row.receive, people, facts)
    decide(fold(received), row.register, people, facts)
    told[row.stream] = row
    if not dry_run:
        handler.handle(row.receive)
        handler.handle(row.register)
    return True


def _differs(handler: Handler, row: _Row, history: list[Recorded]) -> str | None:
    """What the log has otherwise of this number; None where it says the same."""
    first = history[0]
    if first.command_id != row.receive.command_id:
        return "登记途径 way of registration"
    event: Any = first.event
    for name in ("channel", "category", "identity_mode", "headcount", "representatives", "unit_id"):
        if getattr(event, name) != getattr(row.receive, name):
            return name
    if first.occurred_at != row.receive.occurred_at:
        return RECEIVED
    if len(history) > 1 and getattr(history[1].event, "subject", None) != row.register.subject:
        return SUBJECT
    held = handler.store.disclosures([first.log_index]).get(first.log_index, ())
    left = sorted(open_disclosure(each) for each in held)
    given = sorted(row.receive.sealed)
    is_same = left == given if len(left) == len(given) else all(each in given for each in left)  # the rest was erased
    return None if is_same else "密封内容 what is sealed"


def _read(cells: Sequence[str], columns: Columns, desk: Desk, zone: ZoneInfo, now: datetime) -> _Row:
    if len(cells) != columns.width:
        raise RowFault(f"{len(cells)} cells, {columns.width} columns")
    if any("\0" in cell for cell in cells):
        raise RowFault("a cell has a NUL")

    def value(name: str) -> str:
        return columns.value(cells, columns.at(name))

    for name, (is_needed, _) in COLUMNS.items():
        if is_needed and not value(name):
            raise RowFault(f"{name}: 必填；empty, and it is needed")
    number = value(NUMBER)
    if len(number) > NUMBER_LENGTH or not number.isprintable() or not is_normalized("NFC", number):
        raise RowFault(f"{NUMBER}: 不超过{NUMBER_LENGTH}字，不含控制字符；a plain number of at most {NUMBER_LENGTH}")
    received = read_moment(value(RECEIVED), zone)
    registered = read_moment(value(REGISTERED), zone) if value(REGISTERED) else received
    if registered < received:
        raise RowFault(f"{REGISTERED}: 早于{RECEIVED}；before its arrival")
    mode = _coded(value(MODE), MODES, MODE)
    named = [name for name in (PERSON, "证件号码", SPEAKERS) if value(name)]
    if mode == "anonymous" and named:
        raise RowFault(f"{MODE}: 匿名的不填{named[0]}；an anonymous matter names nobody")
    speakers = [s for s in value(SPEAKERS).translate(SEPARATORS).split("、") if s]
    sealed = [(SEALED[name], value(name)) for name in SEALED if value(name)]
    sealed += [("representative_name", name) for name in speakers]
    stream = f"case/{desk.source}/{number}"
    key = hashlib.sha256(canonical.encode([desk.source, number])).hexdigest()
    common: dict[str, Any] = {
        "stream": stream,
        "unit_id": desk.unit_id,
        "official_id": desk.official_id,
        "post_id": desk.post_id,
        "actor": Actor(official_id=desk.official_id),
        "now": now,
    }
    return _Row(
        stream,
        c.ReceivePetition(
            **common,
            occurred_at=received,
            command_id=f"registration:{key}:received",
            channel=_coded(value(CHANNEL), CHANNELS, CHANNEL),
            category=_coded(value(CATEGORY), CATEGORIES, CATEGORY),
            identity_mode=mode,
            headcount=_count(value(HEADCOUNT), HEADCOUNT),
            representatives=len(speakers) or None,
            sealed=tuple(sealed),
        ),
        c.RegisterPetition(
            **common,
            occurred_at=registered,
            command_id=f"registration:{key}:registered",
            case_no=number,
            subject=value(SUBJECT) or None,
        ),
    )


def _coded(text: str, codes: dict[str, Any], column: str) -> Any:
    if text not in codes:
        raise RowFault(f"{column}: 应为 {'、'.join(k for k in codes if k)}；found {text[:40]!r}")
    return codes[text]


def _count(text: str, column: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7):
        raise RowFault(f"{column}: 应为正整数；a whole number, found {text[:40]!r}")
    return int(text)
