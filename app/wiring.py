"""
Composition: settings -> store, keys, handler, clock. The one place where `now()` is born.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stdnum.cn import uscc

from app.embedded import EmbeddedPostgres
from app.establish import establish
from app.handle import Handler
from app.keyring import Keyring
from app.publish import Publisher
from app.questions import Questions
from app.short import recover, rederive, why_short
from ledger.checkpoint import open_checkpoint
from ledger.disclosure import MIN_SALT_BYTES
from ledger.errors import AppendRefused, LedgerError
from ledger.keys import KeyFolder
from ledger.outside import CheckpointFile
from ledger.store.contract import whole_log
from ledger.store.mapnodes import PostgresNodes
from ledger.store.migrate import migrate
from ledger.store.postgres import PostgresStore
from ledger.verify import Report, verify_log
from ledger.vkeys import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.settings import Settings
    from ledger.checkpoint import Checkpoint


class NotEstablished(LookupError):  # noqa: N818 - reads as what it says
    """There is no log here yet."""


def system_clock() -> datetime:
    """The wall clock, in UTC. Nothing else in the program asks for the time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Luoshi:
    """One log with everything that works on it."""

    settings: Settings
    dsn: str
    store: PostgresStore
    handler: Handler
    outside: CheckpointFile
    clock: Callable[[], datetime]

    def questions(self) -> Questions:
        return Questions(self.store)

    def checkpoint(self) -> Checkpoint:
        """
        Publish the log as it is, outside the database, and return its newest checkpoint.
        """
        if self.store.refuses is not None:
            raise AppendRefused(self.store.refuses)
        signer = self.handler.keyring.create(self.settings.origin)
        nodes = PostgresNodes(self.dsn, self.settings.schema_name)
        return Publisher(self.store, self.outside, nodes, origin=self.settings.origin).publish(signer)

    def recover(self, source: Path) -> int:
        """
        Put back the events that were published and are missing here, from the bundles below `source`; how many.

        LedgerError where no checkpoint there is signed by this log's key.
        """
        verifier, files = self.log_verifier(), CheckpointFile(source)
        note = files.newest()
        if note is None or verifier is None:
            raise LedgerError(f"{source} holds no checkpoint, or the log's key is not known here")
        head = open_checkpoint(note, verifier)
        if head.origin != self.settings.origin:
            raise LedgerError(f"{source} is of {head.origin}, not of {self.settings.origin}")
        self.store.refuses = None
        try:
            count = recover(self.store, files, head)
            rederive(self.store, PostgresNodes(self.dsn, self.settings.schema_name), self.settings.origin)
        finally:
            self.store.refuses = why_short(self.store, self.settings.outside_folder)
        return count

    def verify(self) -> Report:
        """Walk the whole log against the keys and the checkpoint kept outside."""
        return verify_log(
            whole_log(self.store),
            checkpoint=self.outside.newest(),
            log_verifier=self.log_verifier(),
            tiles=self.outside,
            expect_origin=self.settings.origin,
            disclosures=self.store.disclosures,
        )

    def log_verifier(self) -> Verifier | None:
        """The log's public key as kept outside the database."""
        file = vkey_file(self.settings)
        return Verifier(file.read_text(encoding="utf-8").strip()) if file.exists() else None


@contextmanager
def started(settings: Settings) -> Iterator[str]:
    """The DSN of the database of these settings, the embedded one started for as long, whatever is in it."""
    embedded = EmbeddedPostgres(settings.home) if settings.dsn is None else None
    try:
        yield embedded.start() if embedded is not None else str(settings.dsn)
    finally:
        if embedded is not None:
            embedded.stop()


def verify_copy(settings: Settings, dsn: str, published: Path, *, schema: str, origin: str) -> Report:
    """Walk a copy of a log, with the published folder that belongs to it; by our own key where this home has one."""
    outside = CheckpointFile(published)
    file = vkey_file(settings) if vkey_file(settings).exists() else published / "vkey"
    with PostgresStore(dsn, schema=schema, environ=os.environ) as store:
        return verify_log(
            whole_log(store),
            checkpoint=outside.newest(),
            log_verifier=Verifier(file.read_text(encoding="utf-8").strip()),
            tiles=outside,
            expect_origin=origin,
        )


def vkey_file(settings: Settings) -> Path:
    return settings.outside_folder / "vkey"


def is_established(settings: Settings) -> bool:
    """Whether `luoshi init` was run for this home."""
    return vkey_file(settings).exists()


@contextmanager
def open_luoshi(
    settings: Settings, *, clock: Callable[[], datetime] = system_clock, salt: Callable[[], bytes] | None = None
) -> Iterator[Luoshi]:
    """
    Open the log of these settings, starting the embedded database where none is named. NotEstablished before `init`.
    """
    if not is_established(settings):
        raise NotEstablished(f"there is no log under {settings.home} yet: run `luoshi init` first")
    with _connected(settings, clock, salt) as luoshi:
        yield luoshi


@contextmanager
def init_luoshi(
    settings: Settings,
    *,
    administrator: str,
    clock: Callable[[], datetime] = system_clock,
    salt: Callable[[], bytes] | None = None,
) -> Iterator[Luoshi]:
    """
    Make the schema, the log's key and the first events; what is there already stays as it is.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with _connected(settings, clock, salt, migrating=True) as luoshi:
        establish(luoshi.handler, now=clock(), administrator=administrator)
        signer = luoshi.handler.keyring.create(settings.origin)
        luoshi.checkpoint()
        # Last: a home with this file is one whose log can be worked with.
        vkey_file(settings).write_text(signer.vkey + "\n", encoding="utf-8")
        yield luoshi


@contextmanager
def _connected(
    settings: Settings,
    clock: Callable[[], datetime],
    salt: Callable[[], bytes] | None,
    *,
    migrating: bool = False,
) -> Iterator[Luoshi]:
    with started(settings) as dsn:
        if migrating:
            migrate(dsn, settings.schema_name)
        with PostgresStore(dsn, schema=settings.schema_name, environ=os.environ) as store:
            store.refuses = why_short(store, settings.outside_folder)
            handler = Handler(
                store,
                Keyring(KeyFolder(settings.keys_folder, settings.passphrase())),
                origin=settings.origin,
                clock=clock,
                salt=salt or (lambda: secrets.token_bytes(MIN_SALT_BYTES)),
                is_valid_uscc=uscc.is_valid,
                lock=threading.Lock(),
            )
            yield Luoshi(settings, dsn, store, handler, CheckpointFile(settings.outside_folder), clock)
