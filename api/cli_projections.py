"""
luoshi projections, luoshi serve: the views, and the doors that show them.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import psycopg
import typer
from psycopg import sql
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api.output import show, trouble
from api.session import SAYS_NO, opened
from app.runner import Runner
from ledger.store.migrate import view_schema

if TYPE_CHECKING:
    from app.wiring import Luoshi

app = typer.Typer(no_args_is_help=True, help="Views, rebuilt from events: status, catch-up, rebuild.")

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PUBLISHING_ENDS = 45  # seconds: witnesses and an authority that do not answer, one after the other

STATUS_COLUMNS = (("name", "视图"), ("version", "版本"), ("size", "已读事件"), ("lag", "落后"))


def runner_of(luoshi: Luoshi) -> Runner:
    """The runner of this log's views."""
    return Runner(luoshi.dsn, luoshi.store, schema=luoshi.settings.schema_name)


@app.command("status")
def status_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """How far each view has read the log."""
    with opened() as luoshi:
        found = runner_of(luoshi).status()
    rows = [{"name": s.name, "version": s.version, "size": s.size, "lag": s.lag} for s in found]
    show(rows, STATUS_COLUMNS, form=form)


@app.command("catch-up")
def catch_up_command() -> None:
    """Read what is new in the log into the views."""
    with opened() as luoshi:
        size = runner_of(luoshi).catch_up()
    typer.echo(f"views hold {size} events")


@app.command("rebuild")
def rebuild_command(
    name: Annotated[str | None, typer.Argument(help="One view; all of them without a name.")] = None,
) -> None:
    """Build the views anew beside the old ones, then swap. The old view serves until then."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=trouble,
        disable=not sys.stderr.isatty(),
    )
    with opened() as luoshi, bar:
        task = bar.add_task(name or "views", total=None)
        runner_of(luoshi).rebuild(name, progress=lambda done, total: bar.update(task, completed=done, total=total))
        for view, digest in digests(luoshi).items():
            typer.echo(f"{view}  {digest}")


def digests(luoshi: Luoshi) -> dict[str, str]:
    """
    The SHA-256 of every view's rows in key order: two equal digests are byte-equal rows.
    """
    schema = view_schema(luoshi.settings.schema_name)
    found: dict[str, str] = {}
    with psycopg.connect(luoshi.dsn) as connection:
        tables = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relkind = 'r' AND c.relname <> 'position' ORDER BY c.relname",
            (schema,),
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL("COPY (SELECT * FROM {table} t ORDER BY t::text COLLATE {c}) TO STDOUT").format(
                table=sql.Identifier(schema, table), c=sql.Identifier("C")
            )
            digest = hashlib.sha256()
            with connection.cursor().copy(query) as rows:
                for chunk in rows:
                    digest.update(chunk)
            found[table] = digest.hexdigest()
    return found


def check_views() -> None:
    """Rebuild every view and compare it, byte for byte, with what was there."""
    with opened() as luoshi:
        runner = runner_of(luoshi)
        runner.catch_up()
        before = digests(luoshi)
        runner.rebuild()
        after = digests(luoshi)
    for view in sorted(before | after):
        is_same = before.get(view) == after.get(view)
        typer.echo(f"{'ok  ' if is_same else 'FAIL'}  view {view} rebuilt from the log")
    if before != after:
        raise typer.Exit(SAYS_NO)


def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serve the web page and the API, keep the views up to date and publish what is new, until Ctrl-C."""
    with opened() as luoshi:
        serve(luoshi, host=host, port=port)


def serve(luoshi: Luoshi, *, host: str, port: int, is_open: bool = False) -> None:
    """
    Serve an opened log. Without an account, this machine alone reads it; `is_open`: although there are accounts, as in
    the demo, whose people are invented.
    """
    # The server's libraries take longer to load than most commands take to run.
    import uvicorn  # noqa: PLC0415

    from api.http.app import create_app  # noqa: PLC0415
    from api.http.logs import CONFIG as LOG_CONFIG  # noqa: PLC0415
    from api.http.sessions import BySession  # noqa: PLC0415

    runner = runner_of(luoshi)
    runner.catch_up()
    stop = threading.Event()
    follower = threading.Thread(target=runner.follow, args=(stop,), name="projections", daemon=True)
    loop = luoshi.publishing(stop.wait, lambda said: trouble.print(said, markup=False, soft_wrap=True))
    publisher = threading.Thread(target=loop.run, name="publishing", daemon=True)
    follower.start()
    publisher.start()
    gate = luoshi.gate()
    zone = ZoneInfo(luoshi.settings.timezone)
    authenticator = BySession(
        gate, people=luoshi.handler.register, today=lambda: luoshi.clock().astimezone(zone).date()
    )
    reads = host in LOOPBACK and (is_open or not gate.store.any())
    codes = luoshi.codes()
    app = create_app(
        luoshi, publishing=lambda: loop.state, authenticator=authenticator, open_reading=reads, codes=codes
    )
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", log_config=LOG_CONFIG)
    finally:
        gate.store.close()
        codes.close()
        stop.set()
        follower.join(timeout=10)
        publisher.join(timeout=PUBLISHING_ENDS)
