"""
luoshi mirror: replay somebody's log, keep a copy of it, and cosign what was replayed. It needs no database.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.output import trouble
from api.session import COULD_NOT_TRY, SAYS_NO
from app.mirror.cosign import Gate, cosign
from app.mirror.follow import Forked, Mirror, Replayed
from app.mirror.source import FolderSource, SourceFailed, open_source
from app.wiring import system_clock
from app.witness.config import read_config
from ledger.errors import VerificationError
from ledger.policy import parse_policy
from ledger.vkeys import Verifier
from ledger.witness import Refused

if TYPE_CHECKING:
    from app.witness.config import WitnessConfig
    from app.witness.server import Witness

CONNECTIONS = 16  # the log's publisher asks once per checkpoint


def mirror_command(
    source: Annotated[str, typer.Argument(help="The log: https://.../log, or a folder of `luoshi log export`.")],
    folder: Annotated[Path, typer.Option(help="Where the copy and what was replayed are kept.")] = Path("mirror"),
    vkey: Annotated[list[str] | None, typer.Option(help="The log's verifier key; repeat it for several.")] = None,
    trust: Annotated[Path | None, typer.Option(help="A policy file whose log lines name the keys.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Cosign: the TOML file of `luoshi witness new-key`. Its logs are trusted too.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="The token of `luoshi log grant`, for entry bundles.")] = None,
    excuse: Annotated[list[int] | None, typer.Option(help="A back-dated record you have looked into.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Catch up and end: the default.")] = False,
    every: Annotated[int | None, typer.Option(min=1, help="Catch up again after so many seconds.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Answer add-checkpoint, each time after a replay.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8071,
    verify_own: Annotated[
        bool, typer.Option("--verify-own", help="Replay the copy at SOURCE from its beginning; keep and sign nothing.")
    ] = False,
) -> None:
    """重放审计：逐条重放日志，核对无误后共同签名。Follow a log, replay every record, cosign what was replayed."""
    if once + (every is not None) + serve + verify_own > 1:
        raise typer.BadParameter("choose one of --once, --every, --serve and --verify-own")
    if serve and config is None:
        raise typer.BadParameter("--serve needs --config: a key to cosign with")
    chosen = read_config(config) if config is not None else None
    verifiers = _verifiers(vkey or [], trust, chosen)
    token = token_file.read_text(encoding="utf-8").strip() if token_file is not None else None
    opened = open_source(source, token)
    if verify_own:
        with tempfile.TemporaryDirectory(prefix="luoshi-") as name:
            raise typer.Exit(_round(Mirror(Path(name), opened, verifiers, system_clock), None))
    if isinstance(opened, FolderSource) and folder.exists() and folder.resolve() == Path(source).resolve():
        raise typer.BadParameter("SOURCE and --folder are the same; --verify-own replays a mirror's own copy")
    mirror = Mirror(folder, opened, verifiers, system_clock, excused=excuse or ())
    if serve and chosen is not None:
        _round(mirror, None)
        _serve(mirror, chosen, verifiers, host, port)
        return
    while True:
        code = _round(mirror, chosen)
        if every is None:
            raise typer.Exit(code)
        time.sleep(every)


def _verifiers(vkeys: list[str], trust: Path | None, config: WitnessConfig | None) -> list[Verifier]:
    names = [*vkeys]
    if trust is not None:
        names += [log.vkey for log in parse_policy(trust.read_bytes()).logs]
    found = [Verifier(name) for name in names]
    for known in (config.logs() if config is not None else {}).values():
        found += known
    if not found:
        raise typer.BadParameter("whom to trust? Give --vkey, --trust, or --config with a [[log]]")
    return list({verifier.vkey: verifier for verifier in found}.values())


def _round(mirror: Mirror, config: WitnessConfig | None) -> int:
    """Replay and cosign once; the exit code."""
    try:
        _tell(mirror.follow())
        if config is not None:
            line = cosign(mirror, _witness(config, mirror))
            typer.echo(f"已共同签名 cosigned\n{line}", nl=False)
    except VerificationError as error:
        _tell_refusal(error)
        return SAYS_NO
    except SourceFailed as error:
        trouble.print(f"无法读取日志，未作判断 could not try: {error}", markup=False, soft_wrap=True)
        return COULD_NOT_TRY
    except Refused as refused:
        trouble.print(f"拒绝共同签名 not cosigned: {refused.body.strip()}", markup=False, soft_wrap=True)
        return SAYS_NO
    return 0


def _witness(config: WitnessConfig, mirror: Mirror, gate: Gate | None = None) -> Witness:
    # The server's libraries take longer to load than most commands take to run.
    from app.witness.server import open_witness  # noqa: PLC0415

    return open_witness(config, system_clock, logs=mirror.logs(), gate=gate)


def _serve(mirror: Mirror, config: WitnessConfig, verifiers: list[Verifier], host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    from app.witness.server import create_witness  # noqa: PLC0415

    def told(what: Replayed | Refused) -> None:
        if isinstance(what, Replayed):
            _tell(what)
        else:
            trouble.print(f"拒绝共同签名 not cosigned: {what.body.strip()}", markup=False, soft_wrap=True)

    service = create_witness(config, system_clock, _witness(config, mirror, Gate(mirror, told)))
    typer.echo(f"mirror {config.cosigner().vkey}")
    for verifier in verifiers:
        typer.echo(f"replays {verifier.name}")
    typer.echo(f"listening on http://{host}:{port}{config.prefix}/add-checkpoint")
    uvicorn.run(service, host=host, port=port, log_level="warning", limit_concurrency=CONNECTIONS, server_header=False)


def _tell(replayed: Replayed) -> None:
    head, new = replayed.head, replayed.head.size - replayed.old_size
    if new:
        typer.echo(
            f"已重放 {head.origin} 第 {replayed.old_size} 至 {head.size - 1} 条：{new} 条记录，"
            f"{replayed.map_roots} 个案件图根，签名、链、图根、树根全部成立 replayed, all checks hold"
        )
    else:
        typer.echo(f"{head.origin} 共 {head.size} 条，均已重放，没有新的记录 nothing new")
    for index, key in replayed.enrolled:
        typer.echo(f"  第 {index} 条登记密钥 key enrolled: {key.vkey.partition('+')[0]} ({key.role} {key.holder})")


def _tell_refusal(error: VerificationError) -> None:
    where = f"，第 {error.log_index} 条" if error.log_index is not None else ""
    said = f"重放不成立，不予共同签名：第 {error.step} 步{where} not cosigned: step {error.step}: {error.message}"
    trouble.print(said, markup=False, soft_wrap=True)
    if isinstance(error, Forked):
        trouble.print(f"相互矛盾的检查点保存在 both checkpoints: {error.evidence}", markup=False, soft_wrap=True)
