"""
luoshi case code: a petitioner's query code, for who has none yet or lost theirs.
"""

from __future__ import annotations

import secrets
import sys
from contextlib import closing
from typing import Annotated

import typer

from api.cli_sealed import CaseNo, Source, Unit, Who, today
from api.output import trouble
from api.session import COULD_NOT_TRY, opened
from app.lookup.codes import BadCode, spelled
from app.sealed import acting_unit, stream_of_case
from domain.duties.engine import split_stream


def code_command(
    case: CaseNo,
    actor: Who,
    ground: Annotated[str, typer.Option(help="Why a code is made; stands in the record of access.")] = "登记后发放",
    holder: Annotated[int, typer.Option(help="Which petitioner's: 1, or a joint petitioner's place.")] = 1,
    unit: Unit = None,
    source: Source = None,
) -> None:
    """补发查询码：只显示一次，旧码即时失效。A new query code, shown once; the one before is no good from now on."""
    with opened() as luoshi, closing(luoshi.codes()) as codes:
        stream = stream_of_case(luoshi.store, case, source)
        acting_unit(luoshi.handler.register(), actor, unit, today(luoshi))
        code = codes.drawn(secrets.token_hex(32))
        try:
            codes.issue(stream, code, holder=holder, ground=ground, by=f"machine/{actor}")
        except BadCode as bad:
            trouble.print(str(bad), markup=False, soft_wrap=True)
            raise typer.Exit(COULD_NOT_TRY) from None
    sys.stdout.write(f"{split_stream(stream)[1]}  {spelled(code)}\n")
    trouble.print("查询码只显示这一次。the code is shown here only", markup=False, soft_wrap=True)
