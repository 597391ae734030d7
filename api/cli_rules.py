"""
luoshi rules ...: rule packs. Check one, compare two, try one against its stories, put one in force.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.cli_sealed import today
from api.output import show, trouble
from api.session import SAYS_NO, opened
from app import holidays, rule_lists
from app.asked import parse_as_of
from app.establish import STATUTES, adopt_pack, plain
from app.rule_packs import changes_the_past, diff, lint, read_pack, unknown_events
from app.rule_stories import tell
from domain.case.errors import Refused
from domain.law.calendar import Notice
from domain.law.filed import parse_filed_kinds
from domain.law.lists import Lists, parse_lists

rules_app = typer.Typer(no_args_is_help=True, help="规则包: rule packs, dated law and local rules as data.")

PackFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A pack, TOML.")]
Beside = Annotated[
    list[Path] | None,
    typer.Option("--with", exists=True, dir_okay=False, help="Another pack whose kinds of filing it uses."),
]


def shipped_kinds(beside: list[Path] | None = None) -> set[str]:
    """The kinds of filing that the packs define which `luoshi init` adopts, and those given beside."""
    files = [*sorted(STATUTES.glob("*.toml")), *(beside or ())]
    return {k.kind for file in files for k in parse_filed_kinds(read_pack(file))}


def shipped_lists(beside: list[Path] | None = None) -> list[Lists]:
    """The lists of the packs which `luoshi init` adopts, and of those given beside."""
    return [parse_lists(read_pack(file)) for file in [*sorted(STATUTES.glob("*.toml")), *(beside or ())]]


@rules_app.command("lint")
def lint_command(file: PackFile, beside: Beside = None) -> None:
    """Fields, conditions, names of events and filings, dates that overlap, numbers without a source."""
    faults = lint(read_pack(file), kinds=shipped_kinds(beside), others=shipped_lists(beside))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if faults:
        sys.stdout.write(f"不可采用：{len(faults)} 处。not adoptable: {len(faults)} faults\n")
        raise typer.Exit(SAYS_NO)
    for name in unknown_events(read_pack(file), kinds=shipped_kinds(beside)):
        sys.stdout.write(f"提示：本版本没有这种行为；note: this version has no such event: {name}\n")
    sys.stdout.write("可采用。ok\n")


@rules_app.command("diff")
def diff_command(
    old: Annotated[Path, typer.Argument(metavar="OLD", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", exists=True, dir_okay=False)],
) -> None:
    """How two texts of a pack differ, entry by entry."""
    lines = diff(read_pack(old), read_pack(new))
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "没有差别。no difference\n")


@rules_app.command("test")
def tell_command(
    file: PackFile,
    stories: Annotated[
        list[Path] | None, typer.Argument(metavar="[STORY]...", exists=True, help="Stories; or the folder beside it.")
    ] = None,
) -> None:
    """Tell stories under a pack: what was done, and which duties follow. By default those beside it."""
    pack = read_pack(file)
    given = stories or [file.with_suffix(".stories")]
    files = [f for each in given for f in (sorted(each.glob("*.toml")) if each.is_dir() else [each])]
    if not files or not all(f.exists() for f in files):
        raise typer.BadParameter(f"no stories under {given[0]}", param_hint="STORY")
    notices = [
        Notice(n.year, n.published_on, n.source, frozenset(n.days_off), frozenset(n.make_up_days))
        for n in map(holidays.notice, sorted(holidays.PUBLISHED))
    ]
    failed = 0
    for each in files:
        faults = tell(tomllib.loads(each.read_text(encoding="utf-8")), pack, notices)
        failed += bool(faults)
        sys.stdout.write(f"{'FAIL' if faults else 'ok  '}  {each.stem}\n")
        sys.stdout.write("".join(f"      {fault}\n" for fault in faults))
    if failed:
        raise typer.Exit(SAYS_NO)


@rules_app.command("adopt")
def adopt_command(
    file: PackFile,
    official: Annotated[str, typer.Option("--official", help="Id of the official who orders it.")],
    second: Annotated[str | None, typer.Option("--second", help="Id of the second official who agreed.")] = None,
) -> None:
    """Put a pack in force: an event in the log with the whole text. What was in force before today stays."""
    content = read_pack(file)
    with opened() as luoshi:
        law = luoshi.questions().law()
        for who in (official, second):
            if who is not None and who not in law.people.officials:
                raise Refused(f"official {who} is not in the register", field="official")
        if second == official:
            raise Refused("第二人须为另一人。the second official is somebody else", field="second")
        kinds = {k.kind for k in law.people.filed_kinds()}
        faults = lint(content, kinds=kinds, others=[p.lists for p in law.packs.values()])
        if not faults and (before := law.adoptions.get(content["pack"])):
            faults = changes_the_past(before[-1].content, plain(content), today(luoshi))
        for fault in faults:
            trouble.print(f"luoshi: {fault}", markup=False, soft_wrap=True)
        if faults:
            raise typer.Exit(SAYS_NO)
        done = adopt_pack(luoshi.handler, content, now=luoshi.clock(), adopted_by=official, second=second)
    said = "已采用" if done.is_new else "此前已采用"
    sys.stdout.write(f"{said} {content['pack']}：{done.stream} 第 {done.version} 版，日志 {done.log_index}\n")


@rules_app.command("list")
def list_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """The packs in force: when adopted, by whom, and what each holds."""
    with opened() as luoshi:
        law = luoshi.questions().law()
    rows = [
        {
            "pack": name,
            "adopted_at": adopted[-1].recorded.recorded_at.isoformat(),
            "log_index": adopted[-1].recorded.log_index,
            "duties": len(law.packs[name].rules),
            "standing": len(adopted[-1].local.standing),
            "filed_kinds": len(adopted[-1].local.filed_kinds),
            "listed": sum(len(getattr(law.packs[name].lists, f.name)) for f in fields(Lists)),
        }
        for name, adopted in law.adoptions.items()
    ]
    columns = (
        ("pack", "规则包"),
        ("adopted_at", "采用时间"),
        ("duties", "义务"),
        ("standing", "常设职责"),
        ("filed_kinds", "填报类别"),
        ("listed", "清单条目"),
        ("log_index", "证据(日志序号)"),
    )
    show(rows, columns, form=form)


@rules_app.command("codes")
def codes_command(
    name: Annotated[str, typer.Argument(metavar="LIST", help=", ".join(rule_lists.LISTS))],
    source: Annotated[str, typer.Option(help="A source. By default the packs that name none.")] = "",
    on: Annotated[str | None, typer.Option("--on", help="A day. Today.")] = None,
    form: Annotated[str, typer.Option("--format")] = "table",
) -> None:
    """One list as it is in force: subjects, departments, routes, undertakings, posted lists, grounds of refusal."""
    if name not in rule_lists.LISTS:
        raise typer.BadParameter(f"one of {', '.join(rule_lists.LISTS)}", param_hint="LIST")
    with opened() as luoshi:
        law = luoshi.questions().law()
        day = parse_as_of(on) if on else luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone))
        rows = rule_lists.rows(name, law.rules, source, day.date() if isinstance(day, datetime) else day)
    columns = tuple((c, c) for c in (rows[0] if rows else ("code", "name_zh")))
    show(rows, columns, form=form)
