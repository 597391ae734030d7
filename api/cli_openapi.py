"""
luoshi openapi: the document of the HTTP doors, for programs that make clients of it. docs/openapi.json is its output.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated

import typer

from api.http.app import described
from api.http.spec.document import canonical


def openapi_command(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """接口说明。The OpenAPI 3.1 document of the HTTP API, in its one spelling; needs no log."""
    text = canonical(described())
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
