"""
pg_dump and pg_restore of the embedded server, run as child processes. A password never stands on a command line.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.backup.manifest import BackupError

if TYPE_CHECKING:
    from pathlib import Path


def dump(program: Path, dsn: str, target: Path, *, schemas: tuple[str, ...], snapshot: str) -> None:
    """Write the schemas as they are in that exported snapshot."""
    chosen = [f"--schema={name}" for name in schemas]
    _run(program, dsn, "--format=custom", f"--snapshot={snapshot}", f"--file={target}", *chosen)


def restore(program: Path, dsn: str, source: Path) -> None:
    """Restore a dump whole, or nothing of it."""
    _run(program, dsn, "--single-transaction", "--exit-on-error", str(source))


def _run(program: Path, dsn: str, *arguments: str) -> None:
    given = conninfo_to_dict(dsn)
    password = given.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [str(program), f"--dbname={make_conninfo('', **given)}", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, env=environment)  # noqa: S603 - our own binary
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupError(f"{program.name} failed: {' | '.join(said[:3])}")
