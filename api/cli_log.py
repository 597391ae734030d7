"""
luoshi log: publish it, copy what is published, prove one record.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated

import typer

from api.output import trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened, settings
from app.entitled import grant
from ledger.casemap import is_map_root
from ledger.checkpoint import open_checkpoint
from ledger.envelope import open_leaf
from ledger.proof import RecordProof, check_proof, format_proof
from ledger.tiletree import damage

log_app = typer.Typer(no_args_is_help=True, help="The log: publish, export, prove, show.")


@log_app.command("publish")
def publish_command() -> None:
    """
    Publish the log as it is: map root, tiles, signed checkpoint, all kept outside the database. Prints the note, and
    beside it which witnesses cosigned and whether a time token was had.
    """
    with opened() as luoshi:
        luoshi.checkpoint()
        note, vouched = luoshi.outside.newest(), luoshi.vouchers.last
    sys.stdout.write((note or b"").decode())
    if vouched is not None:
        trouble.print(str(vouched), markup=False, soft_wrap=True)


@log_app.command("checkpoint")
def checkpoint_command() -> None:
    """Publish what is new, and print the newest checkpoint with the cosignatures it has."""
    with opened() as luoshi:
        luoshi.checkpoint()
        note = luoshi.outside.newest()
    sys.stdout.write((note or b"").decode())


@log_app.command("stamp")
def stamp_command() -> None:
    """Put another time token beside the newest checkpoint, as one does every year before the certificates end."""
    with opened() as luoshi:
        head = luoshi.checkpoint()
        name = luoshi.vouchers.stamp_again(head.size)
    sys.stdout.write(f"{name}\n")


@log_app.command("export")
def export_command(folder: Annotated[Path, typer.Argument(help="A new folder for the copy.")]) -> None:
    """Copy what is published. Entry bundles hold whole envelopes: mind who gets them."""
    with opened() as luoshi:
        published = luoshi.settings.outside_folder
        if luoshi.outside.newest() is None or folder.exists():
            why = (
                f"{folder} exists already" if folder.exists() else "nothing is published yet: run `luoshi log publish`"
            )
            trouble.print(f"luoshi: {why}", markup=False, soft_wrap=True)
            raise typer.Exit(COULD_NOT_TRY)
        folder.mkdir(parents=True)
        # The checkpoint first: whatever is published meanwhile, the tiles copied after it contain its own.
        for name in ("checkpoint", "vkey", *(("log-keys.json",) if luoshi.outside.read("log-keys.json") else ())):
            shutil.copy2(published / name, folder / name)
        for name in ("checkpoints", "cosigned", "tile"):
            if (published / name).is_dir():
                shutil.copytree(published / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    sys.stdout.write(f"{folder}\n")


@log_app.command("grant")
def grant_command(
    name: Annotated[str, typer.Argument(help="Whose token it is: court.example/mirror")],
    role: Annotated[str, typer.Option(help="witness, mirror or auditor.")],
) -> None:
    """Let somebody read entry bundles over HTTP. Prints a new token, once; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    file = settings().auditors
    grant(file, name, role, token)
    sys.stdout.write(f"{token}\n")
    trouble.print(f"令牌只显示这一次 shown this once; its hash is in {file}", markup=False, soft_wrap=True)


@log_app.command("prove")
def prove_command(
    index: Annotated[int, typer.Argument(min=0, help="Log index of the record.")],
    out: Annotated[Path, typer.Option("--out", help="The proof, a .tlog-proof file.")],
    leaf: Annotated[Path, typer.Option("--leaf", help="The exact bytes that are proved.")],
) -> None:
    """Prove that a record stands in the published log: a C2SP tlog-proof and the leaf beside it."""
    with opened() as luoshi:
        note, verifier = luoshi.outside.newest(), luoshi.log_keys()
        head = open_checkpoint(note, verifier) if note is not None and verifier is not None else None
        if note is None or verifier is None or head is None or index >= head.size:
            said = (
                f"record {index} is not published yet: the newest checkpoint covers {head.size if head else 0} records"
            )
            trouble.print(f"luoshi: {said}", markup=False, soft_wrap=True)
            raise typer.Exit(COULD_NOT_TRY)
        [stored] = luoshi.store.read_log(index, 1)
        proof = RecordProof(index, tuple(luoshi.outside.tree(head.size).prove_record(index)), note)
        check_proof(proof, stored.leaf, verifier)  # nothing leaves that would be refused elsewhere
    leaf.write_bytes(stored.leaf)
    out.write_bytes(format_proof(proof))
    sys.stdout.write(f"record {index} of {head.size}: {out}, {leaf}\n")


def check_files() -> None:
    """Read every tile and bundle that is published, and name those which do not belong to the newest checkpoint."""
    with opened() as luoshi:
        note, verifier = luoshi.outside.newest(), luoshi.log_keys()
        if note is None or verifier is None:
            sys.stdout.write("--    nothing is published yet\n")
            return
        head = open_checkpoint(note, verifier)
        faults = list(damage(head.size, head.root, luoshi.outside.read))
    for fault in faults:
        sys.stdout.write(f"FAIL  published file: {fault}\n")
    if faults:
        raise typer.Exit(SAYS_NO)
    sys.stdout.write(f"ok    published files give the root of {head.size} records\n")


@log_app.command("recover")
def recover_command(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A folder with published entries, e.g. a mirror's; absent: our own."),
    ] = None,
) -> None:
    """恢复已公布而库中缺失的事件。Put back, byte for byte, published events that the database lacks."""
    with opened() as luoshi:
        count = luoshi.recover(source if source is not None else luoshi.settings.outside_folder)
        still = luoshi.store.refuses
    sys.stdout.write(f"恢复 {count} 条事件 / {count} events are back. 其密封字段未曾公布，无法恢复 / ")
    sys.stdout.write("their sealed values were never published and stay lost\n" if count else "nothing was missing\n")
    if still is not None:
        trouble.print(f"luoshi: {still}", markup=False, soft_wrap=True)
        raise typer.Exit(SAYS_NO)


@log_app.command("size")
def size_command() -> None:
    """The number of events in the log."""
    with opened() as luoshi:
        sys.stdout.write(f"{luoshi.store.size()}\n")


@log_app.command("show")
def show_command(
    start: Annotated[int, typer.Option(help="First log index.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:
    """Events of the log as JSON lines: index, stream, version, topic, command id, payload."""
    with opened() as luoshi:
        for stored in luoshi.store.read_log(start, limit):
            is_root = is_map_root(stored.leaf)
            payload = json.loads(stored.leaf if is_root else open_leaf(stored.leaf).payload)
            row = {
                "log_index": stored.log_index,
                "stream": stored.stream,
                "version": stored.version,
                "topic": stored.topic,
                "command_id": stored.command_id,
                "payload": payload,
            }
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
