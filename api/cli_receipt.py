"""
luoshi receipt: what whoever brought a record takes home, and what became of the promise.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated

import typer
from typer.core import TyperGroup

from api.session import COULD_NOT_TRY, SAYS_NO, opened
from app.plain import plain
from ledger.proof import parse_proof
from ledger.receipt import judge, open_receipt
from ledger.trust import load_trust

MAX_FILE = 2_000_000  # the longest proof or policy; a leaf is shorter


class _IndexFirst(TyperGroup):
    """`luoshi receipt 41` is `luoshi receipt issue 41`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # click's own
        return super().parse_args(ctx, ["issue", *args] if args and args[0].isdigit() else args)


app = typer.Typer(
    cls=_IndexFirst, no_args_is_help=True, help="Receipts: `luoshi receipt INDEX -o FILE`, `luoshi receipt check FILE`."
)


@app.command("issue")
def issue_command(
    index: Annotated[int, typer.Argument(min=0, help="Log index of the record.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The receipt, a signed note.")],
) -> None:
    """Sign that a record stands at its index, and by when it will be published."""
    with opened() as luoshi:
        note = luoshi.receipts().of(index)
    out.write_bytes(note)
    sys.stdout.write(f"record {index}: {out}\n")


@app.command("check")
def check_command(
    receipt: Annotated[Path, typer.Argument(help="The receipt.")],
    trust: Annotated[Path, typer.Option("--trust", help="Policy file, or a log's verifier key.")],
    proof: Annotated[Path | None, typer.Option("--proof", help="A .tlog-proof of the record at that index.")] = None,
    leaf: Annotated[Path | None, typer.Option("--leaf", help="The record it proves.")] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A checkpoint with its cosignatures; may be repeated.")
    ] = None,
) -> None:
    """Whether the log kept its promise: 0 honoured, 1 broken, 2 undecided. Needs no log and no network."""
    if (proof is None) != (leaf is None):
        raise typer.BadParameter("a proof and its leaf go together", param_hint="--proof / --leaf")
    sidecar = trust.with_name(f"{trust.name}.json")
    believed = load_trust(_read(trust), _read(sidecar) if sidecar.exists() else None)
    promised = open_receipt(_read(receipt), believed)
    shown = [(parse_proof(_read(proof)), _read(leaf))] if proof is not None and leaf is not None else []
    verdict = judge(promised, believed, proofs=shown, checkpoints=[_read(file) for file in checkpoint or ()])
    by = promised.publish_by.isoformat().replace("+00:00", "Z")
    said = f"receipt of {promised.origin}: record {promised.index}, {promised.stream}, to publish by {by}"
    # Names are the log's words, and of a log that may have lied: none of them breaks or turns a line.
    sys.stdout.write(f"{plain(said)}\n")
    sys.stdout.write(f"{verdict.outcome}: {plain(verdict.why)}\n")
    if verdict.outcome == "broken":
        files = [receipt, *(x for x in (proof, leaf) if x is not None), *(checkpoint or ())]
        shown_to = ", ".join(str(file) for file in files)
        said = f"proof: {shown_to}. Whoever trusts {trust} and repeats this command sees the same."
        sys.stdout.write(f"{plain(said)}\n")
        raise typer.Exit(SAYS_NO)
    if verdict.outcome == "undecided":
        raise typer.Exit(COULD_NOT_TRY)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"{path}: more than {MAX_FILE} bytes")
    return data
