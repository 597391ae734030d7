"""
luoshi people: how an office is made up, from one file; and the register as it stands.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.output import show, trouble
from api.session import COULD_NOT_TRY, opened
from app.asked import parse_as_of
from app.establish import enrol_official, record
from app.org_file import BadOrgFile, parse_org
from domain.people.events import OfficialRegistered

people_app = typer.Typer(no_args_is_help=True, help="名册: units, posts, officials, appointments.")


@people_app.command("load")
def load_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file: docs/people.md.")],
    keys: Annotated[bool, typer.Option("--keys", help="Enrol a key, kept here, for each official.")] = False,
) -> None:
    """Record the units, posts, officials and appointments of a file. What is on record already is left as it is."""
    try:
        entries = parse_org(file.read_bytes())
    except BadOrgFile as bad:
        trouble.print(f"{file.name}: {bad}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from None
    with opened() as luoshi:
        new = 0
        for entry in entries:
            new += record(luoshi.handler, entry, now=luoshi.clock()).is_new
            if keys and isinstance(entry, OfficialRegistered):
                enrol_official(luoshi.handler, entry.official_id, now=luoshi.clock())
    typer.echo(f"{len(entries)} 项，新登记 {new} 项。{len(entries)} entries, {new} recorded now.")


@people_app.command("list")
def list_command(
    as_of: Annotated[str | None, typer.Option(help="A day. Today.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")] = "table",
) -> None:
    """Every post and who holds it, as of a day."""
    with opened() as luoshi:
        day = parse_as_of(as_of) if as_of else luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone))
        on: date = day.date() if isinstance(day, datetime) else day
        people = luoshi.handler.register()
        rows = [
            {
                "unit": post.unit_id,
                "unit_name": people.unit_name(post.unit_id),
                "post": post.post_id,
                "title": post.title,
                "rank": post.rank,
                "holders": ", ".join(people.official_name(a.official_id) for a in people.in_post_on(post.post_id, on)),
            }
            for post in people.posts.values()
            if unit in (None, post.unit_id)
        ]
    show(rows, [(c, c) for c in ("unit", "unit_name", "post", "title", "rank", "holders")], form=form)
