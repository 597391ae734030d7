"""
luoshi erase, luoshi case open-sealed: sealed personal data, erased by order and read on a ground.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from api.output import trouble
from api.session import SAYS_NO, opened
from app.erase import BEYOND, erase
from app.sealed import acting_unit, stream_of_case
from app.unseal import NotShown, open_sealed
from domain.case.secrecy import GROUNDS
from domain.recorded import Actor

if TYPE_CHECKING:
    from datetime import date

    from app.wiring import Luoshi

CaseNo = Annotated[str, typer.Argument(metavar="CASE", help="Number of the case.")]
Source = Annotated[str | None, typer.Option(help="Where several sources know the number.")]
Who = Annotated[str, typer.Option("--actor", help="Id of the official who does this and signs it.")]
Unit = Annotated[
    str | None, typer.Option(help="For which unit; needed where the official has posts in several, or none.")
]
Version = Annotated[int | None, typer.Option(min=1, help="Only in the event of this version of the case.")]


def today(luoshi: Luoshi) -> date:
    """The civil day, in the zone of the settings."""
    return luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone)).date()


def erase_command(
    case: CaseNo,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Name of the sealed field, e.g. petitioner_name.")],
    order: Annotated[str, typer.Option("--order", help="Number of the order.")],
    basis: Annotated[str, typer.Option(help="Its legal basis: a citation, which stays in the log.")],
    actor: Who,
    unit: Unit = None,
    source: Source = None,
    version: Version = None,
) -> None:
    """Erase a sealed field by a recorded order: the values go, the log and all its proofs stay. May be repeated."""
    with opened() as luoshi:
        stream = stream_of_case(luoshi.store, case, source)
        done = erase(
            luoshi.handler,
            luoshi.store,
            stream,
            field,
            order_no=order,
            basis=basis,
            official_id=actor,
            unit_id=acting_unit(luoshi.handler.register(), actor, unit, today(luoshi)),
            version=version,
        )
    sys.stdout.write(
        f"{stream}: 新清除 {done.new_fields} 项，累计 {done.all_fields} 项，见日志 {list(done.log_indexes)}\n"
    )
    sys.stdout.write(f"{done.new_fields} erased now, {done.all_fields} in all, by records {list(done.log_indexes)}\n")
    sys.stdout.write(BEYOND + "\n")


def open_sealed_command(
    case: CaseNo,
    field: Annotated[str, typer.Argument(metavar="FIELD")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(GROUNDS)}.")],
    text: Annotated[str, typer.Option("--text", help="The ground in words; it is kept sealed.")],
    actor: Who,
    acting_for: Annotated[str | None, typer.Option(help="Id of the official for whom the actor acts.")] = None,
    unit: Unit = None,
    source: Source = None,
    version: Version = None,
) -> None:
    """Read a sealed value. The reading is an event in the case before the value is shown."""
    with opened() as luoshi:
        stream = stream_of_case(luoshi.store, case, source)
        day = today(luoshi)
        try:
            found = open_sealed(
                luoshi.handler,
                luoshi.store,
                stream,
                field,
                ground=ground,
                ground_text=text,
                reader=Actor(official_id=actor, acting_for=acting_for),
                unit_id=acting_unit(luoshi.handler.register(), actor, unit, day),
                day=day,
                version=version,
            )
        except NotShown as refused:
            trouble.print(f"luoshi: {refused}", markup=False, soft_wrap=True)
            raise typer.Exit(SAYS_NO) from None
    for each in found:
        row = {"log_index": each.log_index, "version": each.version, "field": each.name, "value": each.value}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
