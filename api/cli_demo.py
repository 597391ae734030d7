"""
luoshi demo: a county's simulated year, the audit's answer, and its score against what was planted.
"""

from __future__ import annotations

import shutil
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from psycopg import sql
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli_audit import FAILURE_COLUMNS, GROUP_COLUMNS, named, named_groups
from api.cli_projections import runner_of, serve
from api.demo_accounts import make_accounts
from api.output import show, trouble
from api.session import SAYS_NO, settings
from app.embedded import EmbeddedPostgres
from app.score import Score, score
from app.simulate.clock import SimulatedClock, seeded_salt
from app.simulate.run import simulate
from app.wiring import init_luoshi, system_clock
from audit.report import grouped

if TYPE_CHECKING:
    from api.demo_accounts import Made
    from app.questions import Overview
    from app.settings import Settings
    from app.simulate.sheet import AnswerSheet

AS_OF = date(2025, 12, 31)
SHOWN = 12


def demo_command(
    is_served: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve web and API afterwards.")] = True,
    cases: Annotated[int, typer.Option(min=1, help="How many cases to simulate.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same year.")] = 2025,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Simulate a county's year 2025, print who failed to implement what, score it against what was planted."""
    chosen = _demo_home(settings())
    clock = SimulatedClock()
    with init_luoshi(chosen, administrator="admin", clock=clock, salt=seeded_salt(seed)) as luoshi:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=trouble,
            disable=not sys.stderr.isatty(),
        )
        with bar:
            task = bar.add_task("模拟 2025 年", total=None)
            sheet = simulate(
                luoshi.handler,
                clock,
                seed=seed,
                cases=cases,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        chosen.home.joinpath("answer-sheet.json").write_text(sheet.to_json(), encoding="utf-8")
        checkpoint = luoshi.checkpoint()
        runner_of(luoshi).catch_up()
        questions = luoshi.questions()
        seen = questions.overview(AS_OF)
        _print_answer(seen)
        found = score(sheet.rows, [*seen.failures, *seen.undated])
        _print_score(found, sheet)
        report = luoshi.verify()
        verified = "verified" if report.ok else "NOT verified"
        typer.echo(f"\n日志 {checkpoint.size} 条事件，检查点已保存在数据库之外；luoshi verify: {verified}")
        _print_accounts(*make_accounts(luoshi, AS_OF))
        if is_served:
            typer.echo(f"演示数据在 {chosen.home}；浏览器打开 http://127.0.0.1:{port}/?as_of={AS_OF}  (Ctrl-C 结束)")
            clock.run_on(system_clock)
            serve(luoshi, host="127.0.0.1", port=port, is_open=True)
    if not report.ok or found.missed or found.extra or found.other_cause:
        raise typer.Exit(SAYS_NO)


def _demo_home(chosen: Settings) -> Settings:
    """
    A home of the demo's own, made anew each time. Nothing outside `<home>/demo` and the demo's own schema is touched.
    """
    home = chosen.home / "demo"
    demo = chosen.model_copy(update={"home": home, "origin": "demo.luoshi.local/county", "keys": home / "keys"})
    embedded = None if demo.dsn is not None else EmbeddedPostgres(home)
    dsn = demo.dsn or (embedded.start() if embedded is not None else "")
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for name in (demo.schema_name, f"{demo.schema_name}_view"):
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
    finally:
        if embedded is not None:
            embedded.stop()
    for folder in ("keys", "log"):
        shutil.rmtree(home / folder, ignore_errors=True)
    return demo


def _print_answer(seen: Overview) -> None:
    rows = seen.failures
    typer.echo(
        f"截至 {AS_OF}：{seen.cases} 件信访事项，{seen.duties} 项职责，{len(rows)} 项未落实或逾期落实；"
        f"另有 {len(seen.undated)} 项应定期限而未定\n"
    )
    typer.echo("一、发现不落实的事（按职责）")
    show(grouped(rows, "duty"), GROUP_COLUMNS, form="table")
    typer.echo("\n二、找准不落实的人（按单位；责任人逐案列出）")
    show(grouped(rows, "unit"), GROUP_COLUMNS, form="table")
    typer.echo("\n三、分析不落实的因")
    show(named_groups(grouped(rows, "cause"), "cause"), GROUP_COLUMNS, form="table")
    typer.echo(f"\n逐案（前 {SHOWN} 项，全部见 luoshi audit failures）")
    show(named(rows[:SHOWN]), FAILURE_COLUMNS, form="table")
    typer.echo("\n四、紧追不落实的责")
    unpursued = sum(1 for r in rows if r["accountability"]["state"] == "none")
    typer.echo(f"未见任何督办、建议、处理记录的：{unpursued} 项")


def _print_accounts(password: str, made: list[Made]) -> None:
    typer.echo(f"\n演示账户（仅本演示日志；口令都是 {password}，每次演示重新生成；浏览无须登录）")
    for account in made:
        typer.echo(f"  {account.kind.login:<11}{account.kind.zh}  {account.unit} {account.official}")


def _print_score(found: Score, sheet: AnswerSheet) -> None:
    typer.echo(f"\n与答案卷核对（模拟时埋设 {len(sheet.describe())} 类 {found.planted} 项，审计未见答案卷）")
    typer.echo(f"  查全率 recall    {found.recall:.3f}  ({found.agreed}/{found.planted})")
    typer.echo(f"  查准率 precision {found.precision:.3f}  ({found.agreed}/{found.found})")
    typer.echo(f"  原因正确 causes  {found.causes_right}/{found.agreed}")
    for label, keys in (("漏 missed", found.missed), ("误 extra", found.extra), ("因 cause", found.other_cause)):
        for key in keys[:5]:
            typer.echo(f"  {label}: {key}")
