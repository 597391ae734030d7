"""
Runs the installed `luoshi` as a user does: a process of its own, a home of its own.
"""

from __future__ import annotations

import atexit
import csv
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
LUOSHI = TOP / ".venv/bin/luoshi"


def open_folder() -> Path:
    """
    A folder that every account may enter, so that a server which root may not run itself can keep its data in it;
    removed when the tests end.
    """
    folder = Path(tempfile.mkdtemp(prefix="luoshi-home-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class Home:
    """A LUOSHI_HOME, and what `luoshi` prints there."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LUOSHI_")}
        return kept | {"LUOSHI_HOME": str(self.path), "COLUMNS": "200"}

    def run(self, *args: str | Path, exits: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [LUOSHI, *map(str, args)],
            capture_output=True,
            text=True,
            env=self.environment | environment,
            check=False,
            timeout=300,
        )
        if exits is not None:
            assert done.returncode == exits, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def ask(self, *args: str) -> Any:
        return json.loads(self.run(*args, "--format", "json").stdout)

    def size(self) -> int:
        return int(self.run("log", "size").stdout)

    def log(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while chunk := self.run("log", "show", "--start", str(len(rows)), "--limit", "1000").stdout.splitlines():
            rows += [json.loads(line) for line in chunk]
        return rows


def write_csv(path: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


MAPPING = """
[source]
name = "hall"
format = "csv"
encoding = "auto"
timezone = "Asia/Shanghai"
row = "case"
row_key = "编号"

[case]
no = "编号"
unit = "单位"
person = "责任人"

[[act]]
type = "petition.registered"
at = "登记时间"
sealed = { petitioner_name = "姓名" }

[[act]]
type = "petition.concluded"
at = "办结时间"
when = "present"

[duty.conclude]
due_at = "期限"
"""


def row(no: int, **changes: str) -> dict[str, str]:
    """A row of a hall that concludes within the day, each time one hour before the limit."""
    day = f"2025-{1 + no % 12:02d}-{1 + no % 28:02d}"
    return {
        "编号": f"H{no}",
        "姓名": f"信访人{no}",
        "单位": f"窗口{no % 5}",
        "责任人": f"经办{no % 7}",
        "登记时间": f"{day} 09:00:00",
        "期限": f"{day} 17:00:00",
        "办结时间": f"{day} 16:00:00",
    } | changes
