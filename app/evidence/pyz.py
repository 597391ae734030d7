"""
`luoshi-verify.pyz`: the verifier as one file, which Python 3.11 runs wherever it is, with no library.

It carries the modules that app/evidence/offline.py needs, as they stand here, and the zone that the rule packs name,
for machines without a zone database. Equal sources give equal bytes, so that its SHA-256 can be published and compared.
tests/evidence/test_pyz.py runs it on a Python that has never heard of Luoshi.
"""

from __future__ import annotations

import ast
import io
import zipfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
ENTRY = "app.evidence.offline"
ROOMS = ("app", "audit", "domain", "ledger")
ZONE = "Asia/Shanghai"
MAIN = """import sys

if sys.version_info < (3, 11):
    sys.stderr.write("luoshi-verify: Python 3.11 or newer is needed\\n")
    sys.exit(2)

from app.evidence.offline import main

sys.exit(main())
"""


def build() -> bytes:
    """Return the file."""
    files = {"__main__.py": MAIN.encode()}
    for module in modules():
        path = _source(module)
        files[path.relative_to(TOP).as_posix()] = path.read_bytes()
    folder = resources.files("tzdata") / "zoneinfo"
    for name in ("tzdata", "tzdata/zoneinfo", f"tzdata/zoneinfo/{ZONE.partition('/')[0]}"):
        files[f"{name}/__init__.py"] = b""
    files[f"tzdata/zoneinfo/{ZONE}"] = folder.joinpath(ZONE).read_bytes()
    out = io.BytesIO()
    out.write(b"#!/usr/bin/env python3\n")
    # Stored, not deflated: compressors differ between machines, and the bag compresses it anyway.
    with zipfile.ZipFile(out, "a") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def modules() -> list[str]:
    """Every module of ours that the verifier may import, found by reading the sources; packages are among them."""
    waiting, found = [ENTRY], set[str]()
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        waiting += _parents(module)
        for name in _imported(ast.parse(_source(module).read_text(encoding="utf-8"))):
            if name.partition(".")[0] in ROOMS and _is_module(name):
                waiting.append(name)
    return sorted(found)


def _imported(node: ast.AST) -> Iterator[str]:
    """Names that may be modules; what only a type checker imports is left out."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                for other in child.orelse:
                    yield from _imported(other)
            case ast.Import():
                yield from (alias.name for alias in child.names)
            case ast.ImportFrom(module=str(module)):
                yield module
                yield from (f"{module}.{alias.name}" for alias in child.names)
            case _:
                yield from _imported(child)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _is_module(name: str) -> bool:
    return _source(name).is_file()


def _source(module: str) -> Path:
    path = TOP.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
