"""
luoshi import: real records in, as signed events.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.output import trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened, settings
from app.importing import registrations
from app.importing.faults import FileChanged, FileFault
from app.importing.mapping import load_mapping
from app.importing.run import run_import
from app.sealed import acting_unit
from app.wiring import init_luoshi, is_established


def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    mapping: Annotated[str, typer.Option(help="A shipped mapping's name, or a TOML file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, record nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where rows that cannot go in are written.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    actor: Annotated[str | None, typer.Option(help="registrations: id of the official who registers.")] = None,
    unit: Annotated[str | None, typer.Option(help="registrations: for which unit.")] = None,
    source: Annotated[str, typer.Option(help="registrations: case/<source>/<number>.")] = "county",
) -> None:
    """
    Import a CSV, XLSX or XES file. Restartable: a second run adds only what is new. With --mapping registrations the
    sheet of `luoshi import-template` is registered as the desk's own matters, under all rules.
    """
    if mapping == registrations.NAME:
        _register(file, actor, unit, source, dry_run=dry_run, rejects=rejects)
        return
    chosen = load_mapping(mapping)
    if not is_established(settings()) and not dry_run:
        trouble.print("no log here yet: making one (luoshi init)")
        with init_luoshi(settings(), administrator="admin"):
            pass
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=trouble,
        disable=quiet or not sys.stderr.isatty(),
    )
    rejects = rejects if rejects is not None else file.with_name(f"{file.name}.rejects.csv")
    try:
        with opened() as luoshi, bar:
            task = bar.add_task(file.name, total=None)
            report = run_import(
                luoshi.handler,
                file,
                chosen,
                dry_run=dry_run,
                rejects=rejects,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
            if not dry_run:
                luoshi.checkpoint()
    except FileChanged as fault:
        trouble.print(f"luoshi: {file}: {fault}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from fault
    except FileFault as fault:
        trouble.print(f"luoshi: {file}: {fault}; nothing was written", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from fault
    done = "would be recorded" if dry_run else "recorded"
    typer.echo(
        f"{report.rows} rows, {report.cases} cases: {report.events_new} events {done}, "
        f"{report.events_known} known already, {report.rejected} rows rejected"
    )
    if report.rejected:
        where = report.rejects_path or f"not written: {report.rejects_fault}"
        trouble.print(f"rejected rows with their reasons: {where}", markup=False, soft_wrap=True)
        if report.rejects_path:
            trouble.print(
                "该文件含来源数据明文，不在封存之列，改正后请删除。It holds the source's rows in clear, personal data "
                "too, which no order of erasure reaches: delete it when they are put right",
                markup=False,
                soft_wrap=True,
            )
        raise typer.Exit(SAYS_NO)


def template_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".xlsx or .csv; it must not be there yet.")],
) -> None:
    """批量登记的空表。Write the empty sheet for `import --mapping registrations`, with what each column takes."""
    try:
        registrations.write_template(file)
    except (FileFault, OSError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        trouble.print(f"luoshi: {file}: {reason}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from fault
    typer.echo(str(file))


def _register(
    file: Path, actor: str | None, unit: str | None, source: str, *, dry_run: bool, rejects: Path | None
) -> None:
    if actor is None:
        raise ValueError("--mapping registrations needs --actor: the official who registers, and signs each row")
    if not source or "/" in source or source == "accusation":
        raise ValueError(f"--source {source!r} names no source of registered matters")
    rejects = rejects if rejects is not None else file.with_name(f"{file.name}.rejects.csv")
    try:
        with opened() as luoshi:
            zone = ZoneInfo(luoshi.settings.timezone)
            day = luoshi.clock().astimezone(zone).date()
            own = acting_unit(luoshi.handler.register(), actor, unit, day)
            desk = registrations.Desk(source, own, actor)
            report = registrations.register_sheet(
                luoshi.handler, file, desk, zone=zone, dry_run=dry_run, rejects=rejects
            )
            if not dry_run and report.new:
                luoshi.checkpoint()
    except FileFault as fault:
        trouble.print(f"luoshi: {file}: {fault}; nothing was written", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from fault
    done = "would be registered" if dry_run else "registered"
    typer.echo(f"{report.rows} rows: {report.new} {done}, {report.known} known already, {report.rejected} rejected")
    for each in report.first_rejects:
        trouble.print(f"第 {each.row} 行 row {each.row}: {each.reason}", markup=False, soft_wrap=True)
    if report.rejected:
        where = report.rejects_path or f"not written: {report.rejects_fault}"
        trouble.print(f"rejected rows with their reasons: {where}", markup=False, soft_wrap=True)
        trouble.print("该文件含个人信息明文，改正后请删除。it holds personal data in clear: delete it", markup=False)
        raise typer.Exit(SAYS_NO)
