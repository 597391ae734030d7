"""
luoshi witness: run a witness for logs that others keep. It needs no database and no log of its own.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import Annotated

import typer

from app.wiring import system_clock
from app.witness.config import CONFIG_FILE, new_witness, read_config

app = typer.Typer(no_args_is_help=True, help="A witness: cosigns checkpoints of logs that only ever grow.")

CONNECTIONS = 64  # a known log asks once per checkpoint; more at once are strangers


@app.command("serve")
def serve_command(
    config: Annotated[Path, typer.Option("--config", help="The witness's TOML file.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8070,
) -> None:
    """Answer add-checkpoint requests until Ctrl-C."""
    # The server's libraries take longer to load than most commands take to run.
    import uvicorn  # noqa: PLC0415

    from app.witness.server import create_witness  # noqa: PLC0415

    chosen = read_config(config)
    service = create_witness(chosen, system_clock)
    typer.echo(f"witness {chosen.cosigner().vkey}")
    for origin in sorted(chosen.logs()):
        typer.echo(f"knows {origin}")
    typer.echo(f"listening on http://{host}:{port}{chosen.prefix}/add-checkpoint")
    uvicorn.run(service, host=host, port=port, log_level="warning", limit_concurrency=CONNECTIONS, server_header=False)


@app.command("new-key")
def new_key_command(
    name: Annotated[str, typer.Argument(help="The witness's name, like a web address: witness.example/court")],
    folder: Annotated[Path, typer.Option("--folder", help="Where its key, state and configuration go.")],
    passphrase_file: Annotated[Path | None, typer.Option(help="Encrypt the key with what this file holds.")] = None,
) -> None:
    """Make a witness: a key of its own, an empty state, a configuration to add logs to. Prints its verifier key."""
    passphrase = passphrase_file.read_bytes().rstrip(b"\r\n") if passphrase_file else None
    cosigner = new_witness(name, folder, passphrase)
    typer.echo(cosigner.vkey)
    typer.echo(f"add the logs it shall know to {folder / CONFIG_FILE}", err=True)
