"""
Back from a backup, and its trial.

Order, and what a crash leaves: published files (renamed whole), keys (each file whole, none overwritten), the database
last and in one transaction. Until the database is there a second run does the rest; once it is, `restore` refuses.

What was published since the backup survives with the published folder: if that folder is there and knows more than the
backup, it stays, and the log, being shorter, refuses to append (app/short.py) until `luoshi log recover` has put back
the events from the published bundles. tests/app/backup/test_backup.py.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.backup.keys import restore_keys
from app.backup.manifest import ATTACHMENTS, DUMP, PUBLISHED, BackupError, Manifest, check_files, read_manifest
from app.backup.programs import restore as restore_dump
from app.short import NEWEST_KNOWN
from ledger.checkpoint import parse_checkpoint
from ledger.keys import sync_folder
from ledger.note import split_note
from ledger.store.migrate import ROLES, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from app.settings import Settings


def restore(
    settings: Settings, folder: Path, dsn: str, *, program: Path, keys_from: Path | None, newest: Sequence[Path]
) -> Manifest:
    """
    Restore a backup into a place that has no such log yet. `program` is pg_restore; `newest` are checkpoints of this
    log that others have. BackupError says what is wrong.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    if (manifest.origin, manifest.schema) != (settings.origin, settings.schema_name):
        raise BackupError(f"the backup is of {manifest.origin}, LUOSHI_ORIGIN is {settings.origin}")
    if _exists(dsn, manifest.schema):
        raise BackupError(f"the database has a log {manifest.origin} already: a backup is restored into an empty place")
    known = [_known(settings, path) for path in newest]
    _published(settings, folder)
    if known:
        _keep(settings.outside_folder / NEWEST_KNOWN, max(known, key=lambda k: k[0])[1])
    if (folder / ATTACHMENTS).is_dir() and not (settings.home / ATTACHMENTS).exists():
        _copy_whole(folder / ATTACHMENTS, settings.home / ATTACHMENTS)
    if keys_from is not None:
        restore_keys(keys_from, settings.keys_folder)
    _make_roles(dsn)
    restore_dump(program, dsn, folder / DUMP)
    migrate(dsn, manifest.schema)  # a backup by an older program is brought up to date
    return manifest


@contextmanager
def trial(folder: Path, dsn: str, *, program: Path) -> Iterator[tuple[Manifest, str]]:
    """
    Restore the dump into a database of its own on the same server, for as long as it is looked at; gives its DSN.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    name = f"luoshi_check_{secrets.token_hex(6)}"
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            own = make_conninfo(dsn, dbname=name)
            _make_roles(own)
            restore_dump(program, own, folder / DUMP)
            yield manifest, own
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _published(settings: Settings, folder: Path) -> None:
    theirs, ours = folder / PUBLISHED, settings.outside_folder
    if _size(ours) is None:
        if ours.exists():
            raise BackupError(f"{ours} is there, but holds no readable checkpoint: move it aside first")
        _copy_whole(theirs, ours)
    elif (_size(ours) or 0) < (_size(theirs) or 0):
        raise BackupError(f"{ours} is older than the backup's own: move it aside first, and the backup's is used")


def _known(settings: Settings, path: Path) -> tuple[int, bytes]:
    note = path.read_bytes()
    head = parse_checkpoint(split_note(note)[0])
    if head.origin != settings.origin:
        raise BackupError(f"{path} is a checkpoint of {head.origin}, not of {settings.origin}")
    return head.size, note


def _keep(path: Path, note: bytes) -> None:
    path.write_bytes(note)
    sync_folder(path)
    sync_folder(path.parent)


def _size(folder: Path) -> int | None:
    try:
        return parse_checkpoint(split_note((folder / "checkpoint").read_bytes())[0]).size
    except FileNotFoundError:
        return None


def _copy_whole(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(source, draft)
    for path in sorted(draft.rglob("*"), reverse=True):
        sync_folder(path)
    draft.rename(target)
    sync_folder(target.parent)


def _exists(dsn: str, schema: str) -> bool:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass(%s)", (f"{schema}.event",)).fetchone()
        return row is not None and row[0] is not None


def _make_roles(dsn: str) -> None:
    # Roles belong to the cluster and are in no dump of one database; see schema/0001-roles.sql.
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name, can_login in ROLES.items():
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
                kind = sql.SQL("LOGIN" if can_login else "NOLOGIN")
                connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), kind))
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name)))
