"""
luoshi office ...: what an office files, about itself or about a case.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from datetime import date, datetime, time
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.output import show
from api.session import opened
from app.sealed import acting_unit, stream_of_case
from domain.case.commands import FileAct
from domain.office.commands import OFFICE
from domain.recorded import Actor

office_app = typer.Typer(no_args_is_help=True, help="填报: what an office files, by the kinds of the packs in force.")
CHUNK = 1 << 20


@office_app.command("kinds")
def kinds_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """What may be filed, and what each kind needs."""
    with opened() as luoshi:
        kinds = luoshi.handler.register().filed_kinds()
    rows = [
        {"kind": k.kind, "name": k.name_zh, "about": k.about, "needs": ", ".join(k.needs), "pack": k.pack_id}
        for k in kinds
    ]
    columns = (("kind", "类别"), ("name", "名称"), ("about", "关于"), ("needs", "须有"), ("pack", "规则包"))
    show(rows, columns, form=form)


@office_app.command("file")
def file_command(
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    actor: Annotated[str, typer.Option("--actor", help="Id of the official who files and signs it.")],
    unit: Annotated[str | None, typer.Option(help="For which unit; needed where the actor has several.")] = None,
    post: Annotated[str | None, typer.Option(help="In which post.")] = None,
    on: Annotated[str | None, typer.Option(help="The day it was done; today by default.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of the period.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of the period.")] = None,
    number: Annotated[list[str] | None, typer.Option("--number", help="name=integer; may be repeated.")] = None,
    evidence: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A file; its SHA-256 is recorded.")
    ] = None,
    refers_to: Annotated[list[str] | None, typer.Option(help="A stream, or duty/<id>; may be repeated.")] = None,
    case: Annotated[str | None, typer.Option(help="Number of the case it is about.")] = None,
    command_id: Annotated[str | None, typer.Option(help="The same id twice is one filing.")] = None,
) -> None:
    """Record one filing. Files named as evidence stay where they are: the log holds their digests."""
    numbers = {}
    for each in number or ():
        name, _, value = each.partition("=")
        if not value.isascii() or not value.isdigit():
            raise typer.BadParameter(f"{each!r} is not name=integer", param_hint="--number")
        numbers[name] = int(value)
    with opened() as luoshi:
        now = luoshi.clock()
        zone = ZoneInfo(luoshi.settings.timezone)
        here = now.astimezone(zone)
        day = here.date() if on is None else date.fromisoformat(on)
        unit_id = acting_unit(luoshi.handler.register(), actor, unit, day)
        command = FileAct(
            stream=f"{OFFICE}{unit_id}" if case is None else stream_of_case(luoshi.store, case),
            unit_id=unit_id,
            official_id=actor,
            post_id=post,
            actor=Actor(official_id=actor),
            occurred_at=now if day == here.date() else datetime.combine(day, time(17), zone),
            now=now,
            command_id=command_id or f"office:{secrets.token_hex(16)}",
            kind=kind,
            period_from=None if first is None else date.fromisoformat(first),
            period_to=None if last is None else date.fromisoformat(last),
            numbers=numbers,
            evidence=tuple(_digest(path) for path in evidence or ()),
            refers_to=tuple(refers_to or ()),
        )
        done = luoshi.handler.handle(command)
    answer = {"stream": done.stream, "version": done.version, "log_index": done.log_index, "is_new": done.is_new}
    sys.stdout.write(json.dumps(answer) + "\n")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
