"""
luoshi backup: create, restore, check.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.output import trouble
from api.session import SAYS_NO, opened, settings
from app.backup.create import create
from app.backup.keys import save_keys
from app.backup.manifest import PUBLISHED
from app.backup.restore import restore, trial
from app.embedded import EmbeddedPostgres
from app.wiring import open_luoshi, started, verify_copy

if TYPE_CHECKING:
    from ledger.verify import Report

app = typer.Typer(
    no_args_is_help=True, help="备份与恢复。The database, what is published, and apart from them the keys."
)


@app.command("create")
def create_command(
    folder: Annotated[Path, typer.Argument(help="A new folder for the backup.")],
    keys_to: Annotated[
        Path | None,
        typer.Option(help="A folder, on another medium, for the newest copy of the keys; it replaces the one there."),
    ] = None,
) -> None:
    """备份。The database as of now and all that is published. Keys only where you say, apart from it."""
    with opened() as luoshi:
        manifest = create(luoshi, folder, program=EmbeddedPostgres.program("pg_dump"))
        said = (
            f"{manifest.log_size} 条事件，最新检查点 {manifest.checkpoint_size} / {manifest.log_size} events, newest "
        )
        sys.stdout.write(f"{folder}: {said}checkpoint {manifest.checkpoint_size}\n")
        if keys_to is None:
            trouble.print(
                "密钥未备份（--keys-to）：没有密钥，恢复后不能签名，也不能读取密封字段。"
                "The keys are not in it: without them a restored log can neither sign nor open sealed values",
                markup=False,
                soft_wrap=True,
            )
            return
        count = save_keys(luoshi.settings.keys_folder, keys_to)
        sys.stdout.write(f"{keys_to}: {count} 个密钥文件 / key files; 旧副本已替换 / the copy before it is gone\n")
        if luoshi.settings.passphrase() is None:
            trouble.print("密钥未加密 / the signing keys are not encrypted: set LUOSHI_KEY_PASSPHRASE_FILE")


@app.command("check")
def check_command(folder: Annotated[Path, typer.Argument(help="A backup.", exists=True, file_okay=False)]) -> None:
    """检验备份。Every file is as written, and a trial restore of the log verifies. Exit 1 if not."""
    chosen = settings()
    pg_restore = EmbeddedPostgres.program("pg_restore")
    with started(chosen) as dsn, trial(folder, dsn, program=pg_restore) as (manifest, own):
        report = verify_copy(chosen, own, folder / PUBLISHED, schema=manifest.schema, origin=manifest.origin)
    _tell(report)


@app.command("restore")
def restore_command(
    folder: Annotated[Path, typer.Argument(help="A backup.", exists=True, file_okay=False)],
    keys_from: Annotated[Path | None, typer.Option(help="The folder that `create --keys-to` wrote.")] = None,
    newest: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint known elsewhere, a witness's for example, to compare with; may be repeated."),
    ] = None,
) -> None:
    """恢复。Into an empty place; then verifies, and compares with the newest checkpoint known outside."""
    chosen = settings()
    with started(chosen) as dsn:
        manifest = restore(
            chosen,
            folder,
            dsn,
            program=EmbeddedPostgres.program("pg_restore"),
            keys_from=keys_from,
            newest=newest or [],
        )
    with open_luoshi(chosen) as luoshi:
        sys.stdout.write(f"{manifest.log_size} 条事件已恢复 / events restored, as of {manifest.made_at}\n")
        report = luoshi.verify()
        short = luoshi.store.refuses
    if short is not None:
        trouble.print(f"luoshi: {short}", markup=False, soft_wrap=True)
    _tell(report, still=short is not None)


def _tell(report: Report, *, still: bool = False) -> None:
    for step in report.steps:
        mark = {True: "ok  ", False: "FAIL", None: "--  "}[step.ok]
        sys.stdout.write(f"{mark}  {step.number}  {step.text}\n")
    sys.stdout.write("verified\n" if report.ok else "not verified\n")
    if still or not report.ok:
        raise typer.Exit(SAYS_NO)
