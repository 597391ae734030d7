"""
What a backup folder says of itself, and whether its files are still those.

A backup is a folder, so that it can be copied, diffed and sent piece by piece:

    manifest.json      a line of facts, then one line for each other file with its SHA-256
    database.dump      the log's schema and its views, as pg_dump writes them (custom format)
    published/...      the folder kept outside the database (docs/formats.md section 9)
    attachments/...    encrypted attachments, if there are any

Private keys and the data keys that open sealed values are never among them: a database, even an old one, stays
unreadable where its data keys are gone, and that is what an erasure relies on. They are copied into a folder of their
own, of which only the newest is kept (app/backup/keys.py). tests/app/backup/test_manifest.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger import canonical
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
DUMP = "database.dump"
PUBLISHED = "published"
ATTACHMENTS = "attachments"
MAX_MANIFEST = 64 * 1024 * 1024  # some 100 bytes a file; 10^8 events have 8 * 10^5 tiles and bundles
READ_AT_ONCE = 1 << 20


class BackupError(LedgerError):
    """A backup cannot be made, or is not what it says; the message names the file."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`log_size` is exact: the dump holds so many events. `made_at` is RFC 3339 in UTC."""

    origin: str
    schema: str
    log_size: int
    checkpoint_size: int
    made_at: str
    files: Mapping[str, str]  # name below the folder -> SHA-256 in hex


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest."""
    (folder / MANIFEST).write_bytes(_format(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest; BackupError where this is no backup of ours. The files are `check_files`'s business."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BackupError(f"{folder} is no backup: there is no {MANIFEST}")
    with path.open("rb") as file:
        data = file.read(MAX_MANIFEST + 1)
    try:
        return _parse(data)
    except (LedgerError, ValueError, KeyError, TypeError):
        raise BackupError(f"{path} is damaged") from None


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below the folder but the manifest, by name."""
    names = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): _sha256(p) for p in names if p != folder / MANIFEST}


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise BackupError naming the first file that is missing, changed, or not in the manifest."""
    found = digests(folder)
    for name, digest in manifest.files.items():
        if name not in found:
            raise BackupError(f"{folder}: {name} is missing")
        if found[name] != digest:
            raise BackupError(f"{folder}: {name} is not the file that was written")
    if extra := sorted(found.keys() - manifest.files.keys()):
        raise BackupError(f"{folder}: {extra[0]} is not in the manifest")


def _format(manifest: Manifest) -> bytes:
    return b"\n".join([canonical.encode(_head(manifest)), *_lines(manifest.files), b""])


def _head(manifest: Manifest) -> dict[str, Any]:
    return {
        "checkpoint_size": manifest.checkpoint_size,
        "kind": "luoshi-backup",
        "log_size": manifest.log_size,
        "made_at": manifest.made_at,
        "origin": manifest.origin,
        "schema": manifest.schema,
        "v": 1,
    }


def _lines(files: Mapping[str, str]) -> list[bytes]:
    # One line a file: canonical JSON is for small values, and a big log has many tiles.
    return [canonical.encode([name, digest]) for name, digest in sorted(files.items())]


def _parse(data: bytes) -> Manifest:
    first, *lines, last = data.split(b"\n")
    head = canonical.decode(first)
    files = dict(canonical.decode(line) for line in lines)
    manifest = Manifest(
        origin=head["origin"],
        schema=head["schema"],
        log_size=head["log_size"],
        checkpoint_size=head["checkpoint_size"],
        made_at=head["made_at"],
        files=files,
    )
    if last or _format(manifest) != data:
        raise BackupError("damaged")
    return manifest


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ_AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()
