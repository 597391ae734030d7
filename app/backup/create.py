"""
A backup of one log: the database as of one moment, what is published, attachments; and, apart from it, the keys.

The published folder is copied first and the database after it, so the database of a backup is never shorter than the
checkpoint beside it. Everything is written into a folder of another name, flushed, and renamed at the end: a backup
that is there is whole. tests/app/backup/test_backup.py.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from app.backup.manifest import (
    ATTACHMENTS,
    DUMP,
    PUBLISHED,
    BackupError,
    Manifest,
    digests,
    write_manifest,
)
from app.backup.programs import dump
from app.codec import moment
from ledger.checkpoint import parse_checkpoint
from ledger.keys import sync_folder
from ledger.note import split_note
from ledger.store.migrate import view_schema

if TYPE_CHECKING:
    from pathlib import Path

    from app.wiring import Luoshi


def create(luoshi: Luoshi, target: Path, *, program: Path) -> Manifest:
    """Write a backup of the log into a new folder `target`. `program` is pg_dump."""
    if target.exists():
        raise BackupError(f"{target} exists already: a backup is never written over another")
    note = luoshi.outside.newest()
    if note is None:
        raise BackupError("nothing is published yet: run `luoshi log publish` first")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        manifest = _write(luoshi, draft, program)
        write_manifest(draft, manifest)
        for path in sorted(draft.rglob("*"), reverse=True):
            sync_folder(path)  # a file is synchronised as a folder is
        sync_folder(draft)
        draft.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _write(luoshi: Luoshi, draft: Path, program: Path) -> Manifest:
    settings = luoshi.settings
    luoshi.outside.copy_to(draft / PUBLISHED)
    checkpoint = parse_checkpoint(split_note((draft / PUBLISHED / "checkpoint").read_bytes())[0])
    attachments = settings.home / ATTACHMENTS
    if attachments.is_dir():
        shutil.copytree(attachments, draft / ATTACHMENTS)
    schemas = (settings.schema_name, view_schema(settings.schema_name))
    with psycopg.connect(luoshi.dsn) as connection:
        # One moment for the number of events and for the dump: pg_dump reads in the snapshot we count in.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        size = _one(connection, sql.SQL("SELECT size FROM {}").format(sql.Identifier(settings.schema_name, "head")))
        snapshot = _one(connection, sql.SQL("SELECT pg_export_snapshot()"))
        dump(program, luoshi.dsn, draft / DUMP, schemas=schemas, snapshot=str(snapshot))
    return Manifest(
        origin=settings.origin,
        schema=settings.schema_name,
        log_size=int(str(size)),
        checkpoint_size=checkpoint.size,
        made_at=moment(luoshi.clock()),
        files=digests(draft),
    )


def _one(connection: psycopg.Connection, query: sql.SQL | sql.Composed) -> object:
    row = connection.execute(query).fetchone()
    if row is None:
        raise BackupError("the database has no head row: run `luoshi verify`")
    return row[0]
