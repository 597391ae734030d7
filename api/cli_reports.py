"""
luoshi audit report, luoshi audit recompute: periodic reports, and their figures counted again.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.output import show
from api.session import SAYS_NO, opened, settings
from app.asked import parse_known_at
from app.papers.fonts import find_fonts, system_folders
from app.papers.model import PaperRefused
from app.reports import form, periods, words
from app.reports.document import percent
from app.reports.make import body, count, tree_root
from app.reports.query import Query, conventions
from app.reports.recompute import recompute
from audit.indicators.figures import COUNTED_ONLY, PERIOD, PREVIOUS, RATES, RATINGS, STOCK, members
from domain.duties.standing_duties import SOURCE

if TYPE_CHECKING:
    from app.papers.fonts import Fonts
    from app.reports.make import Counted
    from app.reports.recompute import Difference, Outcome
    from audit.indicators.entries import Period

SHOWN = 20  # differences printed; all of them with --format json


def report_command(
    kind: Annotated[str, typer.Argument(metavar="|".join(periods.KINDS))],
    on: Annotated[str | None, typer.Option("--on", help="A day in it; without it the last complete one.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of an adhoc report.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of an adhoc report.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="A day; without it the last day of the period.")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="A log index or a moment.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only cases of this source.")] = None,
    figure: Annotated[str | None, typer.Option("--figure", help="Instead: the cases of this figure.")] = None,
    row: Annotated[str, typer.Option("--row", help="unit:ID or key:CODE of the figure.")] = "",
    scope: Annotated[str, typer.Option("--scope", help="period, previous or stock.")] = PERIOD,
    purpose: Annotated[str | None, typer.Option(help="What for: ratings are the petitioner's own word.")] = None,
    shape: Annotated[str, typer.Option("--format", help="table, html, xlsx, json or pdf; of a figure: csv.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """日统计、单周研判、双周通报、月点评、年度报告、专题统计. Every figure recomputes and lists its cases."""
    if figure is None and shape not in ("table", *form.FORMS):
        raise ValueError(f"--format is one of table, {', '.join(form.FORMS)}; found {shape!r}")
    if figure is None and shape != "table" and output is None:
        raise ValueError(f"--format {shape} needs --output FILE")
    fonts = _fonts() if shape == "pdf" and figure is None else None
    with opened() as luoshi:
        questions = luoshi.questions()
        today = luoshi.clock().astimezone(ZoneInfo(questions.law().rules.zone(SOURCE))).date()
        period = _period(kind, on, first, last, today)
        asked = _day("--as-of", as_of) if as_of is not None else min(period.last, max(today, period.first))
        if asked < period.first:
            raise ValueError(f"--as-of {asked} lies before the period, which begins on {period.first}")
        size = questions.size_at(None if known_at is None else parse_known_at(known_at))
        query = Query(kind, period, periods.before(kind, period), asked, size, source, conventions())
        counted = count(questions, query)
        if figure is not None:
            _list(counted, scope, figure, row, purpose, shape, output)
            return
        made = body(counted, origin=luoshi.settings.origin, tree_root=tree_root(luoshi.store, size))
    if shape == "table" or output is None:
        _print(made)
        return
    output.write_bytes(form.write(shape, made, counted.entries(), fonts))
    said = f"{output}: {len(made['figures'])} 个数字，日志序号 {made['log_index']}，报告摘要 {made['digest']}"
    typer.echo(said)


def recompute_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A report: html, xlsx, json or pdf.")],
    shape: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """按账本复算。Every figure comes out again, or the event or rule that changed it is named. Exit 1 if not."""
    read = form.read(file)
    with opened() as luoshi:
        try:
            fonts = _fonts() if read[0] == "pdf" else None
        except PaperRefused:
            fonts = None  # the pages are then not compared, and said not to be
        outcome = recompute(read, luoshi.questions(), luoshi.store, origin=luoshi.settings.origin, fonts=fonts)
    if shape == "json":
        show([], [], form="json", whole=_as_json(outcome))
    else:
        _tell(outcome)
    if not outcome.is_reproduced:
        raise typer.Exit(SAYS_NO)


def _period(kind: str, on: str | None, first: str | None, last: str | None, today: date) -> Period:
    if kind not in periods.KINDS:
        raise ValueError(f"a report is one of {', '.join(periods.KINDS)}; found {kind!r}")
    if kind == "adhoc":
        if first is None or last is None or on is not None:
            raise ValueError("an adhoc report needs --from and --to, and no --on")
        return periods.adhoc(_day("--from", first), _day("--to", last))
    if first is not None or last is not None:
        raise ValueError(f"--from and --to are of adhoc reports; a {kind} one is named by a day: --on")
    return periods.last_complete(kind, today) if on is None else periods.period_of(kind, _day("--on", on))


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is a day (2026-01-31); found {text!r}") from None


def _fonts() -> Fonts:
    return find_fonts(settings().font, system_folders(os.environ))


def _print(made: dict[str, Any]) -> None:
    query = made["query"]
    typer.echo(f"{periods.KINDS[query['kind']][0]}  {query['first']} 至 {query['last']}  截至 {query['as_of']}")
    rows = []
    for f in made["figures"]:
        if f["row"] or f["scope"] == PREVIOUS:
            continue
        if f["id"] in RATES and not f.get("withheld"):
            value, counted = percent(f["n"], f["of"]), f"{f['n']} / {f['of']}"
        else:
            value, counted = "（不显示）" if f.get("withheld") else str(f["n"]), ""
        rows.append({"id": f["id"], "name": words.figure(f["id"])[0], "value": value, "n": counted})
    show(rows, [("name", "指标"), ("value", "值"), ("n", "分子/分母"), ("id", "代码")], form="table")
    typer.echo(f"账本 {made['origin']}  日志序号 {made['log_index']}  报告摘要 {made['digest']}")


def _list(
    counted: Counted, scope: str, figure: str, row: str, purpose: str | None, shape: str, output: Path | None
) -> None:
    """The cases of one figure."""
    if figure not in words.FIGURES:
        raise ValueError(f"--figure is one of {', '.join(words.FIGURES)}; found {figure!r}")
    if scope not in (PERIOD, PREVIOUS, STOCK):
        raise ValueError(f"--scope is one of {PERIOD}, {PREVIOUS}, {STOCK}; found {scope!r}")
    if figure in RATINGS and not purpose:
        raise ValueError("a rating is the petitioner's own word: --purpose says what the list is for")
    if figure in COUNTED_ONLY:
        raise ValueError(f"--figure {figure}: counted, and never listed")
    found = members(counted.entries(), scope, figure, row)
    rows = [asdict(x) | {"evidence": list(x.evidence), "note": words.reason(x.note)[0]} for x in found]
    columns = (
        ("what", "事项或职责"),
        ("part", "计入"),
        ("key", "行"),
        ("unit", "单位"),
        ("amount", "数"),
        ("note", "说明"),
        ("evidence", "日志序号"),
    )
    whole = {"figure": figure, "scope": scope, "row": row, "purpose": purpose, "members": rows}
    show(rows, columns, form=shape, output=output, whole=whole)


def _tell(outcome: Outcome) -> None:
    for number, ok, said in outcome.steps:
        typer.echo(f"{'--' if ok is None else 'ok' if ok else 'FAIL':<5} {number}  {said}")
    for heading, found in (
        ("与账本不符 not what the log gives", outcome.differences),
        ("后来的变化 since", outcome.changes),
    ):
        if found:
            typer.echo(heading)
        for d in found[:SHOWN]:
            typer.echo(f"    {_place(d)}：{_value(d.before)} → {_value(d.after)}{_by(d)}")
        if len(found) > SHOWN:
            typer.echo(f"    …… 另 {len(found) - SHOWN} 个，见 --format json")
    for c in outcome.changers[:SHOWN]:
        what = "规则、人员或放假安排 rule, people or calendar" if c.is_rule else "记录 event"
        typer.echo(f"日志 {c.log_index}  {c.topic}  {c.stream}  {what}：改变 {c.figures} 个数字")
    if len(outcome.changers) > SHOWN:
        typer.echo(f"…… 另 {len(outcome.changers) - SHOWN} 条，见 --format json")
    typer.echo("全部复算一致 reproduced" if outcome.is_reproduced else "有不一致 not reproduced")


def _place(d: Difference) -> str:
    scope, name, row = d.place
    said = {PREVIOUS: "上期 ", STOCK: "存量 "}.get(scope, "")
    return f"{said}{words.figure(name)[0]}{f' {row}' if row else ''}"


def _value(found: dict[str, Any] | None) -> str:
    if found is None:
        return "无"
    if found.get("withheld"):
        return "不显示"
    if "of" in found:
        return f"{percent(found['n'], found['of'])}（{found['n']}/{found['of']}）"
    return f"{found.get('n')}" if found.get("n") == found.get("sum") else f"{found.get('n')}（合计 {found.get('sum')}）"


def _by(d: Difference) -> str:
    return f"，日志 {', '.join(map(str, d.events))}" if d.events else ""


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "reproduced": outcome.is_reproduced,
        "origin": outcome.origin,
        "log_size": outcome.log_size,
        "now_size": outcome.now_size,
        "figures": outcome.figures,
        "steps": [{"step": n, "ok": ok, "said": said} for n, ok, said in outcome.steps],
        "differences": [asdict(d) for d in outcome.differences],
        "changes": [asdict(d) for d in outcome.changes],
        "changed_by": [asdict(c) for c in outcome.changers],
    }
