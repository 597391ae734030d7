"""
Composition: settings -> store, keys, handler, clock. The one place where `now()` is born.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import closing, contextmanager
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
from app.sealed import migrate_sealed
from ledger.disclosure import MIN_SALT_BYTES
from ledger.keys import KeyFolder
from ledger.outside import CheckpointFile
from ledger.store.contract import whole_log
from ledger.store.mapnodes import PostgresNodes
from ledger.store.migrate import MigrationError, pending
from ledger.store.postgres import PostgresStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
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
    store: SealedStore
    handler: Handler
    outside: CheckpointFile
    clock: Callable[[], datetime]

    def questions(self) -> Questions:
        return Questions(self.store)

    def checkpoint(self) -> Checkpoint:
        """
        Publish the log as it is, outside the database, and return its newest checkpoint.
        """
        signer = self.handler.keyring.create(self.settings.origin)
        nodes = PostgresNodes(self.dsn, self.settings.schema_name)
        return Publisher(self.store, self.outside, nodes, origin=self.settings.origin).publish(signer)

    def verify(self) -> Report:
        """Walk the whole log against the keys and the checkpoint kept outside."""
        return verify_log(
            whole_log(self.store),
            checkpoint=self.outside.newest(),
            log_verifier=self.log_verifier(),
            tiles=self.outside,
            expect_origin=self.settings.origin,
            keeping=self.store,
        )

    def log_verifier(self) -> Verifier | None:
        """The log's public key as kept outside the database."""
        file = vkey_file(self.settings)
        return Verifier(file.read_text(encoding="utf-8").strip()) if file.exists() else None


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
    with _database(settings) as dsn, closing(_vault(settings)) as vault:
        if migrating:
            migrate_sealed(dsn, settings.schema_name, vault, origin=settings.origin)
        elif missing := pending(dsn, settings.schema_name):
            raise MigrationError(f"the schema lacks {', '.join(missing)}: run `luoshi db migrate`")
        with PostgresStore(dsn, schema=settings.schema_name, environ=os.environ) as kept:
            store = SealedStore(kept, vault, origin=settings.origin)
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


def migrate_luoshi(settings: Settings) -> list[str]:
    """Bring the schema up to date and return what was applied. NotEstablished before `init`."""
    if not is_established(settings):
        raise NotEstablished(f"there is no log under {settings.home} yet: run `luoshi init` first")
    with _database(settings) as dsn, closing(_vault(settings)) as vault:
        return migrate_sealed(dsn, settings.schema_name, vault, origin=settings.origin)


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if settings.dsn is not None:
        yield settings.dsn
        return
    embedded = EmbeddedPostgres(settings.home)
    dsn = embedded.start()
    try:
        yield dsn
    finally:
        embedded.stop()


def _vault(settings: Settings) -> Vault:
    return Vault(settings.vault_folder, origin=settings.origin, passphrase=settings.passphrase())
