"""
luoshi import: real records in, as signed events.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.output import trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened, settings
from app.importing.faults import FileChanged, FileFault
from app.importing.mapping import load_mapping
from app.importing.run import run_import
from app.wiring import init_luoshi, is_established


def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    mapping: Annotated[str, typer.Option(help="A shipped mapping's name, or a TOML file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, record nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where rows that cannot go in are written.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Import a CSV, XLSX or XES file. Restartable: a second run adds only what is new."""
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
