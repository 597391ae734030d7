"""
The keys' own backup: signing keys and data keys, in a folder that holds the newest copy and no other.

Apart from the data on purpose. An erasure destroys a data key; a copy of it in every old backup would undo that. So the
keys' backup is replaced whole each time, and after an erasure it is to be made again (the command says so).
The folder should lie on another medium than the data's backup. tests/app/backup/test_keys.py.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from app.backup.manifest import BackupError
from ledger.keys import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = "keys"
SQLITE = b"SQLite format 3\0"


def save_keys(keys: Path, folder: Path) -> int:
    """Replace the copy in `folder` by the keys as they are; the number of files."""
    if not keys.is_dir():
        raise BackupError(f"there is no key folder {keys}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{NEWEST}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    count = _copy(keys, draft)
    old = folder / f".{NEWEST}.old"
    if (folder / NEWEST).exists():
        shutil.rmtree(old, ignore_errors=True)
        (folder / NEWEST).rename(old)
    draft.rename(folder / NEWEST)
    sync_folder(folder)
    _overwrite(old)
    return count


def restore_keys(folder: Path, keys: Path) -> int:
    """Put the copied keys into the key folder. A key file that is there stays; the number of files added."""
    source = folder / NEWEST
    if not source.is_dir():
        raise BackupError(f"{folder} holds no backup of keys")
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    added = 0
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        target = keys / path.relative_to(source)
        if target.exists():
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_file(path, target)
        added += 1
    sync_folder(keys)
    return added


def _copy(source: Path, target: Path) -> int:
    target.mkdir(mode=0o700)
    count = 0
    for path in sorted(source.rglob("*")):
        if path.is_dir():
            (target / path.relative_to(source)).mkdir(mode=0o700)
        elif not path.name.startswith(".") and not path.name.endswith(("-journal", "-wal", "-shm")):
            _copy_file(path, target / path.relative_to(source))
            count += 1
    return count


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        is_sqlite = file.read(len(SQLITE)) == SQLITE
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if is_sqlite:  # somebody may be writing to it: SQLite copies its own files consistently
        with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
            reader.backup(writer)
    else:
        shutil.copyfile(source, target)
    sync_folder(target)


def _overwrite(folder: Path) -> None:
    """Best effort against undeletion: what the disk itself keeps of old blocks is beyond us (docs/threats.md)."""
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file():
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.write(bytes(size))
                file.flush()
                os.fsync(file.fileno())
    shutil.rmtree(folder, ignore_errors=True)
