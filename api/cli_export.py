"""
luoshi export: the cases for other people's tools. One command for each format.
"""

from __future__ import annotations

import gzip
import json
import os
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from api.session import opened
from app.asked import parse_as_of
from app.export.cases import CasesToExport
from app.export.declare import constraints, exported, model_text, packs
from app.export.declare_copy import SET_ASIDE, write_copy
from app.export.ocel import FORMATS, write_ocel
from app.export.xes import write_xes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

export_app = typer.Typer(no_args_is_help=True, help="导出: the cases for other tools, without petitioners' data.")

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="A day (its end in the zone) or a moment with offset.")]
Source = Annotated[str | None, typer.Option("--source", help="Only cases of this source.")]
Gzip = Annotated[bool, typer.Option("--gzip", help="Compress; a FILE that ends in .gz is compressed anyway.")]


@export_app.command("xes")
def xes_command(output: Output, as_of: AsOf = None, source: Source = None, gzip_: Gzip = False) -> None:
    """XES (IEEE 1849) for process mining: a trace for each case, an event for each act. Accusations are left out."""
    with opened() as luoshi, _whole(output, packed=gzip_ or output.name.endswith(".gz")) as out:
        asked = luoshi.clock() if as_of is None else parse_as_of(as_of)
        written = write_xes(CasesToExport(luoshi.store, asked, source=source), out)
    typer.echo(f"{output}: {written.cases} 件，{written.acts} 条行为；检举控告不导出 accusations are left out")


@export_app.command("ocel")
def ocel_command(
    output: Output,
    as_of: AsOf = None,
    source: Source = None,
    form: Annotated[str | None, typer.Option("--format", help="json or xml; by FILE's name where not given.")] = None,
    gzip_: Gzip = False,
) -> None:
    """OCEL 2.0: acts with the cases, units, officials, duties and documents they are about. No accusations."""
    plain = output.name.removesuffix(".gz")
    chosen = form if form is not None else "xml" if plain.endswith((".xml", ".xmlocel")) else "json"
    if chosen not in FORMATS:
        raise ValueError(f"--format is one of {', '.join(FORMATS)}; found {chosen!r}")
    with opened() as luoshi, _whole(output, packed=gzip_ or output.name.endswith(".gz")) as out:
        asked = luoshi.clock() if as_of is None else parse_as_of(as_of)
        written = write_ocel(CasesToExport(luoshi.store, asked, source=source), out, asked, form=chosen)
    objects = "，".join(f"{kind} {n}" for kind, n in written.objects.items())
    typer.echo(f"{output}: {written.events} 条行为；{objects}；检举控告不导出 accusations are left out")


@export_app.command("declare")
def declare_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the model and the log it is for.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day asked about; today by default.")] = None,
    source: Annotated[str, typer.Option("--source", help="Cases of this source, under its packs.")] = "county",
) -> None:
    """The time limits in force as a Declare model, and the log prepared for it, for whoever repeats the check."""
    with opened() as luoshi:
        zone = ZoneInfo(luoshi.settings.timezone)
        day = luoshi.clock().astimezone(zone).date() if as_of is None else date.fromisoformat(as_of)
        folder.mkdir()
        said, unsaid = constraints(packs(luoshi.store, source), exported())
        export, copy = folder / "log.xes", folder / "prepared.xes"
        with _whole(export, packed=False) as out:
            written = write_xes(CasesToExport(luoshi.store, day, source=source), out)
        copied = write_copy(export, said, day, copy)
    (folder / "law.decl").write_text(model_text(said, copied.extensions), encoding="utf-8")
    aside = [{"case": c, "duty": d, "why": SET_ASIDE[w]} for (c, d), w in copied.aside.items()]
    notes = {"as_of": day.isoformat(), "not_said": unsaid, "set_aside": aside, "entered_late": sorted(copied.late)}
    (folder / "notes.json").write_text(json.dumps(notes, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"{folder}: {written.cases} 件，{len(said)} 条期限可核对，{len(unsaid)} 条不可（见 notes.json）")


@contextmanager
def _whole(output: Path, *, packed: bool) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete. A compressed one carries no time of its making."""
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as raw:
            if packed:
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as out:
                    yield out  # type: ignore[misc]  # a GzipFile is written to as any binary file
            else:
                yield raw
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
