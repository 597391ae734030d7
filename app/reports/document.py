"""
A report's body as its readers see it, before anybody decides whether it becomes a page, a workbook or paper.

Everything printed is a figure of the body or is computed from figures here; nothing is counted anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.reports import words
from app.reports.periods import KINDS
from app.reports.query import Query, parse_query
from app.words import cause
from audit.indicators.figures import PERIOD, PREVIOUS, RATES, STOCK, volume_group
from audit.indicators.sums import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

Cell = str | int | None
Figure = dict[str, Any]
SHOWN_EDGES = 20  # of the hand-over table; a longer list is in the workbook and in the JSON
LONG_REPORTS = ("fortnightly", "monthly", "annual", "adhoc")


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: Chinese, English and the relative width. `is_cut`: rows left out on pages, not in the workbook."""

    columns: tuple[tuple[str, str, int], ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars: label, length, what is printed beside it, and whether the length is of a hundred per cent."""

    title: str
    rows: tuple[tuple[str, float, str], ...]
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """How often a matter went from each unit (row) to each unit (column)."""

    title: str
    cells: tuple[tuple[str, str, int], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    zh: str
    en: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Bars | Matrix, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    zh: str
    en: str
    period: str
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    record: tuple[tuple[str, str, str], ...]  # what the report rests on: Chinese, English, value


def document(body: dict[str, Any]) -> Document:
    """The report of one body."""
    return _Writer(body).document()


def percent(n: int, of: int) -> str:
    """One decimal, half up, in whole numbers throughout; a rate over nothing is none."""
    if not of:
        return "—"
    tenths = (n * 2000 + of) // (2 * of)
    return f"{tenths // 10}.{tenths % 10}%"


@dataclass(slots=True)
class _Writer:
    body: dict[str, Any]
    query: Query = field(init=False)
    figures: dict[tuple[str, str, str], Figure] = field(init=False)

    def __post_init__(self) -> None:
        self.query = parse_query(self.body["query"])
        self.figures = {(f["scope"], f["id"], f["row"]): f for f in self.body["figures"]}

    def document(self) -> Document:
        zh, en = KINDS[self.query.kind]
        first, last = self.query.period.first, self.query.period.last
        days = spelled(first) if first == last else f"{spelled(first)}至{spelled(last)}"
        sections = [self.rates(), self.volume()]
        if self.query.kind != "daily":
            sections += [self.work()]
        sections += [self.overdue()]
        if self.query.kind in LONG_REPORTS:
            sections += [self.units()]
        if self.query.kind != "daily":
            sections += [self.routes(), self.holding(), self.causes()]
        if self.query.kind == "annual":
            sections += [self.article_41()]
        sections += [self.leads()]
        kept = [s for s in sections if s.tables or s.paragraphs]
        numbered = [
            Section(f"{_numeral(n)}、{s.zh}", s.en, s.paragraphs, s.tables, s.charts) for n, s in enumerate(kept, 1)
        ]
        return Document(f"信访工作{zh}", f"{en} on petition work", days, self.summary(), tuple(numbered), self.record())

    # -- figures ---------------------------------------------------------------------------------------------------

    def get(self, name: str, row: str = "", scope: str = PERIOD) -> Figure:
        return self.figures.get((scope, name, row), {})

    def n(self, name: str, row: str = "", scope: str = PERIOD) -> int:
        return int(self.get(name, row, scope).get("n", 0))

    def shown_sum(self, name: str, row: str = "", scope: str = PERIOD) -> Cell:
        found = self.get(name, row, scope)
        if found.get("withheld"):
            return f"<{self.query.conventions.small_sum}"
        return int(found.get("sum", 0))

    def rows(self, name: str, kind: str, scope: str = PERIOD) -> list[tuple[str, Figure]]:
        """The rows of a figure by key or by unit: (value, figure)."""
        prefix = f"{kind}:"
        return [
            (row.removeprefix(prefix), f)
            for (s, i, row), f in self.figures.items()
            if s == scope and i == name and row.startswith(prefix)
        ]

    def unit(self, unit_id: str) -> str:
        return str(self.body["names"].get(f"unit:{unit_id}", unit_id))

    def named(self, kind: str, code: str) -> str:
        return str(self.body["names"].get(f"{kind}:{code}", code)) or "未记录"

    def rate(self, found: Figure) -> str:
        if found.get("withheld"):
            return f"参评不足{self.query.conventions.small_ratings}件，不显示"
        return percent(found.get("n", 0), found.get("of", 0))

    def with_n(self, found: Figure, group: str | None) -> str:
        """A unit's rate with its n; of a unit that is compared with nobody the n alone."""
        if not found.get("of"):
            return "—"
        return f"{self.rate(found)}（{found['of']}）" if group is not None else f"（{found['of']}）"

    # -- sections --------------------------------------------------------------------------------------------------

    def summary(self) -> tuple[str, ...]:
        on_time, overdue = self.get("on_time_rate"), self.n("overdue_now", scope=STOCK)
        out = on_time["of"] - on_time["n"]
        arrived, before = self.n("arrivals"), self.n("arrivals", scope=PREVIOUS)
        registered, still_open = self.n("registered"), self.n("open_matters", scope=STOCK)
        met = f"按期履行 {on_time['n']} 项（{self.rate(on_time)}），未按期 {out} 项"
        said = [
            f"本期收到信访 {arrived} 件次，登记 {registered} 件；上期收到 {before} 件次。期末在办 {still_open} 件。",
            f"本期到期职责 {on_time['of']} 项，{met}；截至 {self.query.as_of} 到期仍未记录履行 {overdue} 项。",
        ]
        if not self.body["rules"]:
            said.append("此时账本中没有采用任何规则包，因此没有职责可计，下列各率不说明任何问题。")
        silent = self.n("silent_cases", scope=STOCK)
        if silent and self.query.kind != "daily":
            said.append(f"长期无记录的在办事项 {silent} 件，退回原单位的事项 {self.n('went_back')} 件。")
        return tuple(said)

    def rates(self) -> Section:
        rows, bars = [], []
        for name in RATES:
            now, then = self.get(name), self.get(name, scope=PREVIOUS)
            zh, en = words.figure(name)
            counted = "—" if now.get("withheld") else f"{now['n']} / {now['of']}"
            excluded = "；".join(f"{words.reason(k)[0]} {v}" for k, v in now.get("excluded", {}).items()) or "无"
            rows.append((f"{zh} {en}", self.rate(now), counted, excluded, self.rate(then), _of(then)))
            if now.get("of"):
                bars.append((zh, 100 * now["n"] / now["of"], f"{self.rate(now)}（{now['n']}/{now['of']}）"))
        columns = (
            ("指标", "Indicator", 30),
            ("本期", "Rate", 14),
            ("分子/分母", "n / of", 17),
            ("不计入分母", "Excluded", 30),
            ("上期", "Before", 12),
            ("上期分母", "of", 12),
        )
        note = "定义、分子、分母与不计入的情形见 docs/indicators.md；上期按本期截止日口径重算。"
        table = Table(columns, tuple(rows), note)
        return Section("指标", "Indicators", (), (table,), (Bars("七项指标（%）", tuple(bars), 100),))

    def volume(self) -> Section:
        rows: list[tuple[Cell, ...]] = []
        for name in ("arrivals", "persons", "accusations", "registered", "repeats"):
            if name != "accusations" or self.get(name):
                before = self.shown_sum(name, scope=PREVIOUS)
                rows.append((" ".join(words.figure(name)), self.shown_sum(name), before))
        channels = sorted(self.rows("arrivals", "key"), key=lambda r: -r[1]["n"])
        by_channel = tuple((" ".join(words.CHANNELS.get(k, (k, k))), f["n"]) for k, f in channels)
        kinds = tuple(
            (" ".join(words.UNIT_KINDS.get(k, (k, k))), self.shown_sum("arrivals_at", f"key:{k}"))
            for k, _ in self.rows("arrivals_at", "key")
        )
        note = "未记录人数的来件按1人次计；人次与首收单位类别只显示不少于规定数的合计。来件多少不作为考核内容。"
        tables = [
            Table((("项", "Item", 50), ("本期", "This period", 25), ("上期", "Before", 25)), tuple(rows), note),
            Table((("渠道", "Channel", 60), ("件次", "Arrivals", 40)), by_channel),
        ]
        if self.query.kind in LONG_REPORTS:
            tables.append(Table((("首收单位类别", "Receiving unit", 60), ("件次", "Arrivals", 40)), kinds))
        bars = tuple((words.CHANNELS.get(k, (k, k))[0], f["n"], str(f["n"])) for k, f in channels)
        charts = (Bars("按渠道（件次）", bars),) if len(bars) > 1 else ()
        return Section("信访量", "Volume", (), tuple(t for t in tables if t.rows), charts)

    def work(self) -> Section:
        rows = tuple(
            (" ".join(words.figure(name)), self.n(name), self.n(name, scope=PREVIOUS))
            for _, name, _ in COUNTED
            if self.n(name) or self.n(name, scope=PREVIOUS)
        )
        columns = (("行为", "Act", 50), ("本期", "This period", 25), ("上期", "Before", 25))
        return Section("办理情况", "What was done", (), (Table(columns, rows),) if rows else ())

    def overdue(self) -> Section:
        found = self.rows("overdue_now", "key", STOCK)
        rows = tuple((self.named("duty", code), f["n"]) for code, f in found)
        columns = (("职责", "Duty", 75), ("到期未记录履行（项）", "Past due", 25))
        said = (f"截至 {self.query.as_of}，“未记录”不等于“未做”，逐项见 luoshi audit failures。",) if rows else ()
        return Section("到期未记录履行", "Past due, not recorded as met", said, (Table(columns, rows),) if rows else ())

    def units(self) -> Section:
        groups: dict[str | None, list[tuple[Cell, ...]]] = {}
        for unit_id, f in self.rows("on_time_rate", "unit"):
            group = volume_group(f["of"], self.query.conventions)
            row = f"unit:{unit_id}"
            concluded, content = self.get("conclusion_rate", row), self.get("satisfaction_rate", row)
            cells: tuple[Cell, ...] = (
                self.unit(unit_id),
                f["of"],
                self.rate(f) if group is not None else "不比较",
                self.with_n(concluded, group),
                self.with_n(content, group),
                self.get("held_days", row).get("median"),
                self.get("late_days", row).get("sum", 0),
                self.n("overdue_now", row, STOCK),
            )
            groups.setdefault(group, []).append(cells)
        columns = (
            ("单位", "Unit", 34),
            ("到期职责", "Duties n", 11),
            ("按期率", "On time", 11),
            ("办结率（n）", "Concluded", 16),
            ("满意率（n）", "Content", 16),
            ("持有日中位", "Median", 11),
            ("逾期日", "Days late", 11),
            ("现未履行", "Past due", 11),
        )
        tables = []
        for group in sorted(groups, key=lambda g: g or "Z"):
            least = dict(zip("ABCDEFGH", self.query.conventions.volume_groups, strict=False))
            said = f"{group}组：到期职责不少于 {least[group]} 项" if group else "职责过少，不比较、不显示按期率"
            tables.append(Table(columns, tuple(groups[group]), said))
        how = ("只在职责数量相近的组内对照，组内按单位编号排列，不排名；n 为分母。",)
        return Section("单位对照", "Units within their volume group", how if tables else (), tuple(tables))

    def routes(self) -> Section:
        edges = [(k.split(">"), f) for k, f in self.rows("hand_overs", "key")]
        back = [(e, f) for e, f in edges if f.get("returns")]
        rows = [
            (self.unit(a), self.unit(b), f["n"], f["returns"])
            for (a, b), f in sorted(back, key=lambda x: (-x[1]["returns"], x[0]))
        ]
        columns = (("自", "From", 36), ("至", "To", 36), ("移交", "Hand-overs", 14), ("其中退回", "Returns", 14))
        cut = max(len(rows) - SHOWN_EDGES, 0)
        note = f"另有 {cut} 行见电子表格。" if cut else ""
        among = dict.fromkeys(u for e, _ in back for u in e)
        cells = tuple(
            (self.unit(a), self.unit(b), f["n"]) for (a, b), f in edges if a in among and b in among and f["n"]
        )
        total, returns = self.n("hand_overs"), int(self.get("hand_overs").get("returns", 0))
        said = (f"本期移交 {total} 次，其中退回曾持有单位 {returns} 次，涉及事项 {self.n('went_back')} 件。",)
        tables = (Table(columns, tuple(rows), note, SHOWN_EDGES),) if rows else ()
        names = tuple(self.unit(u) for u in among)
        chart = (Matrix("移交矩阵：行为移出单位，列为移入单位（次）", cells, names),) if len(names) > 1 else ()
        return Section("移交与退回", "Hand-overs and returns", said if total else (), tables, chart)

    def holding(self) -> Section:
        silent, again = self.get("silent_cases", scope=STOCK), self.get("closed_then_repeated")
        held = [
            (self.unit(u), f["n"], f["median"], f["max"])
            for u, f in self.rows("silent_cases", "unit", STOCK)
            if f.get("n")
        ]
        ranks = []
        for key, f in self.rows("held_by_rank", "key"):
            kind, rank = key.split("|")
            if f["n"] >= self.query.conventions.small_sum:
                unit_kind, post = words.UNIT_KINDS.get(kind, (kind, kind)), words.RANKS.get(rank, (rank, rank))
                ranks.append((f"{unit_kind[0]}·{post[0]} {unit_kind[1]}, {post[1]}", f["n"], f["median"], f["max"]))
        days = (("职责", "Duties", 15), ("持有日中位", "Median", 17), ("最长", "Longest", 13))
        tables = [
            Table(
                (
                    ("单位", "Unit", 55),
                    ("事项", "Matters", 15),
                    ("无记录日中位", "Median", 17),
                    ("最长", "Longest", 13),
                ),
                tuple(held),
                "在办事项超过惯例日数没有任何办理记录，按现持有单位。",
            ),
            Table(
                (("岗位类别", "Kind of post", 55), *days),
                tuple(ranks),
                "按单位类别和职级合计，不到规定数的不列；不统计个人。",
            ),
        ]
        said = []
        if silent:
            said.append(f"长期无记录的在办事项 {silent['n']} 件，无记录日数中位 {silent['median']} 日。")
        if again:
            said.append(f"结案后在惯例期内重复信访 {again['n']} 件次，间隔中位 {again['median']} 日。")
        kept = (
            tuple(t for t in tables if t.rows) if self.query.kind in LONG_REPORTS else tuple(tables[:1] if held else ())
        )
        return Section("搁置与持有", "Silence and holding", tuple(said), kept)

    def causes(self) -> Section:
        limits = self.query.conventions
        rows, bars = [], []
        for code, f in sorted(self.rows("causes", "key"), key=lambda r: (-r[1]["n"], r[0])):
            rows.append((" ".join(cause(code)), f["n"], f["units"]))
            bars.append((cause(code)[0], f["n"], f"{f['n']} 项，{f['units']} 个单位"))
        questions = []
        for key, f in sorted(self.rows("causes_by_rule", "key"), key=lambda r: (-r[1]["n"], r[0])):
            duty, code = key.split("|")
            is_spread = f["units"] >= limits.spread_units and f["n"] >= limits.spread_duties
            if code in words.OF_THE_RULES or is_spread:
                ground = "制度、编制或协调类原因" if code in words.OF_THE_RULES else f"分布于 {f['units']} 个单位"
                questions.append((self.named("duty", duty), cause(code)[0], f["n"], f["units"], ground))
        subjects = [
            (self.named("subject", key.split("|")[0]), cause(key.split("|")[1])[0], f["n"], f["units"])
            for key, f in sorted(self.rows("causes_by_subject", "key"), key=lambda r: (-r[1]["n"], r[0]))
            if key.split("|")[0] and f["n"] >= limits.spread_duties
        ]
        counted = (("项", "Duties", 12), ("单位", "Units", 12))
        tables = [Table((("原因（首位）", "First cause", 76), *counted), tuple(rows))]
        if self.query.kind in LONG_REPORTS:
            tables += [
                Table(
                    (("职责", "Duty", 34), ("原因", "Cause", 24), *counted, ("为何先问制度", "Why", 26)),
                    tuple(questions),
                    "同一原因在多个单位出现，或原因本身属于制度、编制、协调：先看规则该不该改，再看人。属线索，不是结论。",
                ),
                Table(
                    (("事项类别", "Subject", 44), ("原因", "Cause", 32), *counted),
                    tuple(subjects),
                    f"按信访事项类别，{limits.spread_duties} 项以上。",
                ),
            ]
        charts = (Bars("未按期职责的首位原因（项）", tuple(bars)),) if len(bars) > 1 else ()
        return Section("原因", "Causes", (), tuple(t for t in tables if t.rows), charts)

    def article_41(self) -> Section:
        def counted(found: Sequence[tuple[str, Figure]], named: Callable[[str], str]) -> tuple[tuple[Cell, ...], ...]:
            return tuple((named(k), f["n"]) for k, f in sorted(found, key=lambda r: (-r[1]["n"], r[0])))

        tables = [
            Table(
                (("事项类别", "Field", 70), ("登记", "Registered", 30)),
                counted(self.rows("registered", "key"), lambda k: self.named("subject", k)),
                "（一）信访事项数据及反映问题的领域。",
            ),
            Table(
                (("单位", "Unit", 70), ("事项", "Matters", 30)),
                tuple((self.unit(u), f["n"]) for u, f in self.rows("registered_for", "unit")),
                "按承办单位，以单位编号为序。记录中没有“被反映单位”时以承办单位代之。",
            ),
            Table(
                (("项", "Item", 70), ("次", "Times", 30)),
                tuple(
                    (" ".join(words.figure(name)), self.n(name))
                    for name in ("referred", "assigned", "urgings", "inspections", "proposals", "proposals_answered")
                ),
                "（二）转送、交办、督办和（三）提出建议及采纳情况。",
            ),
        ]
        return Section("第四十一条所列数据", "What Art. 41 asks for", (), tuple(t for t in tables if t.rows))

    def leads(self) -> Section:
        rows = []
        for lead in self.body["leads"]:
            row = self.unit(lead["row"].removeprefix("unit:")) if lead["row"] else "全部"
            rows.append(
                (words.figure(lead["id"])[0], row, lead["of"], lead["own_word"], words.reason(lead["ground"])[0])
            )
        columns = (
            ("指标", "Indicator", 16),
            ("单位", "Unit", 40),
            ("分母", "of", 12),
            ("仅自述", "Own word", 14),
            ("为何核实", "Why look", 18),
        )
        note = "100% 而基数过少或多为承办方自述：是待核实的线索，不是成绩，也不是问题认定。"
        return Section(
            "100% 的线索", "Rates of 100 % to look at", (), (Table(columns, tuple(rows), note),) if rows else ()
        )

    # -- what it rests on ------------------------------------------------------------------------------------------

    def record(self) -> tuple[tuple[str, str, str], ...]:
        body = self.body
        source = self.query.source or "全部 all"
        rules = "；".join(f"{r['pack']}（日志 {r['log_index']}）" for r in body["rules"])
        calendars = "；".join(f"{c['year']} {c['source']}（日志 {c['log_index']}）" for c in body["calendars"])
        return (
            ("账本", "Log", body["origin"]),
            ("日志序号", "Log index", f"{body['log_index']}（前 {self.query.log_size} 条记录）"),
            ("树根", "Tree root", body["tree_root"]),
            ("截至", "As of", self.query.as_of.isoformat()),
            ("来源", "Source", source),
            ("规则", "Rules", rules or "无"),
            ("放假安排", "Calendars", calendars or "无"),
            ("指标定义", "Definitions", self.query.indicators),
            ("查询摘要", "Query digest", body["query_digest"]),
            ("报告摘要", "Report digest", body["digest"]),
        )


def spelled(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _of(found: Figure) -> Cell:
    return "—" if found.get("withheld") else int(found.get("of", 0))


def _numeral(n: int) -> str:
    return "一二三四五六七八九十"[n - 1] if n <= 10 else str(n)
