"""
luoshi export: the cases for other people's tools. One command for each format.
"""

from __future__ import annotations

import gzip
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.session import opened
from app.asked import parse_as_of
from app.export.cases import CasesToExport
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
