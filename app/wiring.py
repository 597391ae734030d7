"""
Composition: settings -> store, keys, handler, clock. The one place where `now()` is born.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from stdnum.cn import uscc

from app.accounts.gate import Gate
from app.accounts.store import AccountStore
from app.acting import Acting
from app.embedded import EmbeddedPostgres
from app.establish import establish
from app.evidence.gather import Gatherer, NotPublished
from app.handle import Handler
from app.keyring import Keyring
from app.lookup.codes import SECRET_BYTES as CODE_BYTES
from app.lookup.codes import Codes
from app.prepared import SECRET_BYTES, Preparer, secret_file
from app.publish import Publisher
from app.publishing_loop import PublishingLoop
from app.questions import Questions
from app.receipts import Receipts
from app.repeats import SECRET_BYTES as REPEATS_BYTES
from app.repeats import Repeats
from app.sealed import migrate_sealed
from app.short import recover, rederive, why_short
from app.stamp import Stamper
from app.vouch import Vouchers
from app.witness.client import WitnessClient
from ledger.checkpoint import LogKey, LogSigners, open_checkpoint
from ledger.disclosure import MIN_SALT_BYTES
from ledger.errors import AppendRefused, LedgerError
from ledger.keys import KeyFolder
from ledger.outside import CheckpointFile
from ledger.policy import Log, Policy, format_policy
from ledger.store.contract import whole_log
from ledger.store.mapnodes import WAIT, PostgresNodes
from ledger.store.migrate import MigrationError, pending
from ledger.store.postgres import PostgresStore
from ledger.store.requests import PostgresRequests
from ledger.store.sealed import SealedStore
from ledger.suites import suite_of
from ledger.timestamp import check_token
from ledger.trust import Extension, format_extension, load_trust, parse_extension
from ledger.vault import Vault
from ledger.verify import Report, verify_log
from ledger.vouching import Clock, add_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.settings import Settings
    from ledger.checkpoint import Checkpoint
    from ledger.trust import Trust


VKEY, LOG_KEYS = "vkey", "log-keys.json"  # the newest log key; all of them with their sizes, as a policy's sidecar


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
    vouchers: Vouchers

    def questions(self) -> Questions:
        return Questions(self.store)

    def checkpoint(self, *, wait: str = WAIT) -> Checkpoint:
        """
        Publish the log as it is, outside the database, and return its newest checkpoint. `wait`: how long for another
        publisher to finish; NotLeader after that.
        """
        if self.store.refuses is not None:
            raise AppendRefused(self.store.refuses)
        signer = self.log_signers()
        nodes = PostgresNodes(self.dsn, self.settings.schema_name, wait=wait)
        publisher = Publisher(self.store, self.outside, nodes, origin=self.settings.origin, vouch=self.vouchers)
        return publisher.publish(signer)

    def repeats(self) -> Repeats:
        """Suggested repeats; the master of its keys is kept beside the private keys."""
        secret = secret_file(self.settings.keys_folder / "repeats.secret", secrets.token_bytes(REPEATS_BYTES))
        return Repeats(self.dsn, self.settings.schema_name, self.handler, secret)

    def gatherer(self) -> Gatherer:
        """Makes evidence of the log as it is published; NotPublished before its key is."""
        keys = self.log_keys()
        if keys is None:
            raise NotPublished("the log's public key is not outside the database yet: run `luoshi init`")
        nodes = PostgresNodes(self.dsn, self.settings.schema_name)
        return Gatherer(self.store, self.outside, nodes, keys)

    def trust(self) -> Trust:
        """Whom we ourselves trust for this log: the policy of the settings or, without one, the log's keys."""
        if (chosen := self.settings.trust()) is not None:
            return chosen
        keys = self.log_keys()
        if keys is None:
            raise NotPublished("the log's public key is not outside the database yet: run `luoshi init`")
        logs = tuple(Log(key.vkey) for key in keys if suite_of(key.vkey) == "ed25519")
        return load_trust(format_policy(Policy(logs, (), (), None)), format_extension(Extension(log_keys=keys)))

    def publishing(self, wait: Callable[[float], bool], told: Callable[[str], None]) -> PublishingLoop:
        """Publishing as long as this log is served. `wait` sleeps, and says whether to stop."""

        def publish() -> str:
            self.checkpoint(wait="1s")  # another server of this log may lead
            return str(self.vouchers.last)

        return PublishingLoop(publish, every=self.settings.publish_every, clock=self.clock, wait=wait, told=told)

    def receipts(self) -> Receipts:
        """The promises that this log signs."""

        def published() -> int:
            note, keys = self.outside.newest(), self.log_keys()
            return open_checkpoint(note, keys).size if note is not None and keys is not None else 0

        return Receipts(
            self.store,
            self.log_signers().speaking(self.store.size()),
            origin=self.settings.origin,
            within=timedelta(seconds=self.settings.publish_within),
            clock=self.clock,
            published=published,
        )

    def recover(self, source: Path) -> int:
        """
        Put back the events that were published and are missing here, from the bundles below `source`; how many.

        LedgerError where no checkpoint there is signed by this log's key.
        """
        keys, files = self.log_keys(), CheckpointFile(source)
        note = files.newest()
        if note is None or keys is None:
            raise LedgerError(f"{source} holds no checkpoint, or the log's key is not known here")
        head = open_checkpoint(note, keys)
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
        note, keys = self.outside.newest(), self.log_keys()
        report = verify_log(
            whole_log(self.store),
            checkpoint=note,
            log_verifier=keys,
            tiles=self.outside,
            expect_origin=self.settings.origin,
            keeping=self.store,
        )
        roots = self.settings.roots_of_time()
        return add_steps(
            report,
            self.outside,
            open_checkpoint(note, keys) if report.ok and note is not None and keys is not None else None,
            trust=self.settings.trust(),
            clock=None if roots is None else Clock(roots, check_token),
        )

    def preparer(self) -> Preparer:
        """Acts signed with keys that their holders keep."""
        secret = secret_file(self.settings.keys_folder / "prepared.secret", secrets.token_bytes(SECRET_BYTES))
        return Preparer(self.handler, secret)

    def acting(self) -> Acting:
        """Acts that come through the doors."""
        secret = secret_file(self.settings.keys_folder / "prepared.secret", secrets.token_bytes(SECRET_BYTES))
        return Acting(self.handler, PostgresRequests(self.dsn, schema=self.settings.schema_name), secret)

    def codes(self) -> Codes:
        """Petitioners' query codes; close it when done. The key of their hashes is kept beside the private keys."""
        secret = secret_file(self.settings.keys_folder / "lookup.secret", secrets.token_bytes(CODE_BYTES))
        return Codes(self.dsn, schema=self.settings.schema_name, secret=secret, clock=self.clock)

    def gate(self) -> Gate:
        """Who may come in; close its store when done."""
        store = AccountStore(self.dsn, schema=self.settings.schema_name)
        return Gate(store, clock=self.clock, draw=lambda: secrets.token_urlsafe(32))

    def log_keys(self) -> tuple[LogKey, ...] | None:
        """All keys of the log with the sizes for which they speak, as kept outside the database."""
        return log_keys_in(self.outside)

    def log_signers(self) -> LogSigners:
        """The log's keys, with the private halves that are kept here."""
        keyring, origin = self.handler.keyring, self.settings.origin
        made = keyring.create(origin)  # the first, before `init` is done
        keys = self.log_keys() or (LogKey(made.vkey),)
        if {key.vkey for key in keys} - {signer.vkey for signer in keyring.signers(origin)}:
            keyring.read_again()  # the key was changed beside a running server
        return LogSigners(keys, tuple(keyring.signers(origin)))

    def keep_log_keys(self, keys: tuple[LogKey, ...]) -> None:
        """
        Say from now on which log key speaks for which size. `vkey`, which names the newest one, comes second: whoever
        finds only the first change reads the right keys.
        """
        newest = [key for key in keys if suite_of(key.vkey) == "ed25519"][-1]
        file = self.outside.write(LOG_KEYS, format_extension(Extension(log_keys=keys)))
        self.outside.flush([file])
        self.outside.flush([self.outside.write(VKEY, f"{newest.vkey}\n".encode())])


def log_keys_in(folder: CheckpointFile) -> tuple[LogKey, ...] | None:
    """The log's keys as they stand in a published folder; whoever reads another's must have them from elsewhere."""
    if (kept := folder.read(LOG_KEYS)) is not None:
        return parse_extension(kept).log_keys
    newest = folder.read(VKEY)
    return None if newest is None else (LogKey(newest.decode().strip()),)


def vouchers_of(settings: Settings, outside: CheckpointFile) -> Vouchers:
    """The witnesses and the time-stamping authority that these settings name."""
    trust = settings.trust()
    client = None if trust is None else WitnessClient(trust.policy)
    stamper = None if settings.tsa_url is None else Stamper(settings.tsa_url, settings.roots_of_time())
    return Vouchers(outside, trust=trust, client=client, stamper=stamper)


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
    keys = log_keys_in(CheckpointFile(settings.outside_folder) if is_established(settings) else outside)
    with PostgresStore(dsn, schema=schema, environ=os.environ) as store:
        return verify_log(
            whole_log(store),
            checkpoint=outside.newest(),
            log_verifier=keys,
            tiles=outside,
            expect_origin=origin,
        )


def vkey_file(settings: Settings) -> Path:
    return settings.outside_folder / VKEY


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
        if not is_established(settings):
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
    with started(settings) as dsn, closing(_vault(settings)) as vault:
        if migrating:
            migrate_sealed(dsn, settings.schema_name, vault, origin=settings.origin)
        elif missing := pending(dsn, settings.schema_name):
            raise MigrationError(f"the schema lacks {', '.join(missing)}: run `luoshi db migrate`")
        with PostgresStore(dsn, schema=settings.schema_name, environ=os.environ) as kept:
            kept.refuses = why_short(kept, settings.outside_folder)
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
            outside = CheckpointFile(settings.outside_folder)
            yield Luoshi(settings, dsn, store, handler, outside, clock, vouchers_of(settings, outside))


def migrate_luoshi(settings: Settings) -> list[str]:
    """Bring the schema up to date and return what was applied. NotEstablished before `init`."""
    if not is_established(settings):
        raise NotEstablished(f"there is no log under {settings.home} yet: run `luoshi init` first")
    with started(settings) as dsn, closing(_vault(settings)) as vault:
        return migrate_sealed(dsn, settings.schema_name, vault, origin=settings.origin)


def _vault(settings: Settings) -> Vault:
    return Vault(settings.vault_folder, origin=settings.origin, passphrase=settings.passphrase())
