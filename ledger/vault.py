"""
The keys of sealed values: one random AES-256 key per stream, kept outside the database.

The database, its write-ahead log and its backups hold ciphertext (ledger/store/sealed.py); the keys are here, wrapped
under a master key, so that destroying one key makes every copy of what it sealed unreadable at once.

    <keys>/vault/<log>/keys.db    data keys, wrapped (SQLite)
    <keys>/vault/<log>/master     the master key, mode 0600; absent where a passphrase gives it
    <keys>/vault/<log>/lock       taken shared while values are sealed and appended, alone while a key is replaced

What a backup may hold: the database and this folder, never in one archive. Keep of this folder the newest copy only:
an older one still holds the keys that an erasure destroyed, and `luoshi verify` names them if it is put back. Without
this folder sealed values are lost, and everything else still verifies.

Durable before it is used: a key is committed (synchronous=EXTRA) before `current` hands it out, so no row is ever
under a key that a power cut could take away. Gone when it is destroyed: SQLite overwrites what it deletes
(secure_delete), and the rollback journal, which holds the page as it was, is overwritten with zeros before `destroy`
returns. What a disk or file system keeps of overwritten blocks (flash, snapshots) is beyond this program.
tests/ledger/test_vault.py.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ledger import canonical
from ledger.errors import KeyUnreadable
from ledger.keys import sync_folder

KEY_BYTES, NONCE_BYTES = 32, 12
FIRST = -1  # `since` of a stream's first key: no erasure came before it
SCRYPT = {"length": KEY_BYTES, "n": 2**15, "r": 8, "p": 1}  # some 0.1 s and 32 MiB, once per process that needs a key
LOOKED_UP_AT_ONCE = 500  # SQLite takes a limited number of parameters
BUSY_SECONDS = 60.0

_TABLES = """
    CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS data_key (
        number  INTEGER PRIMARY KEY,
        key_id  TEXT NOT NULL UNIQUE,
        stream  TEXT NOT NULL,
        since   INTEGER NOT NULL,   -- log index of the erasure it was made for; -1 for a stream's first
        wrapped BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS data_key_of ON data_key (stream);  -- the current key of a stream
"""


class DataKey(NamedTuple):
    key_id: str
    stream: str
    since: int
    secret: bytes


class Vault:
    """The data keys of one log. Any number of threads and processes may work with one folder."""

    def __init__(self, folder: Path, *, origin: str, passphrase: bytes | None = None) -> None:
        self._folder = folder
        self._origin = origin
        self._passphrase = passphrase
        self._gate = Lock()
        self._opened: tuple[sqlite3.Connection, AESGCM] | None = None

    @property
    def file(self) -> Path:
        return self._folder / "keys.db"

    def close(self) -> None:
        with self._gate:
            if self._opened is not None:
                self._opened[0].close()
                self._opened = None

    def current(self, streams: Iterable[str]) -> dict[str, DataKey]:
        """Return the key under which each stream is sealed now, made where there is none; durable when returned."""
        wanted = sorted(set(streams))
        with self._gate:
            database, master = self._open()
            found = self._newest(database, master, wanted)
            missing = [stream for stream in wanted if stream not in found]
            if missing:
                # One transaction and one flush, however many: an import asks once for each chunk.
                with _writing(database):
                    found |= self._newest(database, master, missing)  # somebody else may have been first
                    for stream in missing:
                        if stream not in found:
                            found[stream] = self._make(database, master, stream, FIRST)
        return found

    def find(self, key_ids: Iterable[str]) -> dict[str, DataKey]:
        """Return those of the keys that still exist."""
        with self._gate:
            database, master = self._open()
            rows = _select(database, "key_id", sorted(set(key_ids)))
            return {row[0]: self._unwrap(master, *row) for row in rows}

    def of(self, stream: str) -> list[DataKey]:
        """Return every key of a stream, the oldest first. More than one: its replacement is not finished."""
        with self._gate:
            database, master = self._open()
            return [self._unwrap(master, *row) for row in _select(database, "stream", [stream])]

    def renew(self, stream: str, since: int) -> DataKey:
        """Return the stream's key for the time after an erasure: made now, unless an earlier attempt made it."""
        with self._gate:
            database, master = self._open()
            with _writing(database):
                newest = self._newest(database, master, [stream]).get(stream)
                if newest is not None and newest.since >= since:
                    return newest
                return self._make(database, master, stream, since)

    def destroy(self, stream: str, *, before: int) -> int:
        """Destroy the stream's keys from before an erasure for good; how many there were."""
        with self._gate:
            database, _ = self._open()
            with _writing(database):
                gone = database.execute(
                    "DELETE FROM data_key WHERE stream = ? AND since < ?", (stream, before)
                ).rowcount
            # Also where nothing was deleted: an earlier attempt may have died between the two.
            self._wipe_journal()
        return gone

    def change_passphrase(self, new: bytes | None) -> int:
        """
        Wrap every key under the new passphrase (None: under a master key in a file) in one transaction; how many.
        """
        with self.replacing(), self._gate:
            database, old = self._open()
            rows = database.execute("SELECT key_id, stream, since, wrapped FROM data_key ORDER BY number").fetchall()
            before = self._passphrase
            with self._undone(before), _writing(database):
                database.execute("DELETE FROM said WHERE name IN ('salt', 'check')")
                if new is None:
                    # Durable before the commit that makes it count; until then the salt says that a passphrase does.
                    (self._folder / "master").unlink(missing_ok=True)
                self._passphrase = new
                master = AESGCM(self._master(database))
                self._check_master(database, master)
                for row in rows:
                    key = self._unwrap(old, *row)
                    wrapped = self._wrapped(master, key)
                    database.execute("UPDATE data_key SET wrapped = ? WHERE key_id = ?", (wrapped, key.key_id))
            self._wipe_journal()
            if new is not None:
                (self._folder / "master").unlink(missing_ok=True)
            self._opened = (database, master)
        return len(rows)

    @contextmanager
    def _undone(self, passphrase: bytes | None) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._passphrase = passphrase
            raise

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """While values are sealed and appended, no key is replaced: else a row could arrive under a destroyed one."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """While a key is replaced, nothing is sealed."""
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self._make_folder()
        # A description of its own for each use: flock then holds between threads as it does between processes.
        handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    # -- inside --------------------------------------------------------------------------------------------------

    def _make_folder(self) -> None:
        for step in (self._folder.parent, self._folder):
            step.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _open(self) -> tuple[sqlite3.Connection, AESGCM]:
        if self._opened is None:
            self._make_folder()
            is_new = not self.file.exists()
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's journal takes the file's mode
            database = sqlite3.connect(self.file, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                database.execute("PRAGMA secure_delete = ON")
                database.execute("PRAGMA journal_mode = PERSIST")  # stays in place, so that it can be overwritten
                database.execute("PRAGMA synchronous = EXTRA")
                with _writing(database):
                    for statement in _TABLES.split(";\n"):
                        database.execute(statement)
                    master = AESGCM(self._master(database))
                    self._check_master(database, master)
            except BaseException:
                database.close()
                raise
            if is_new:
                sync_folder(self._folder)
            self._opened = (database, master)
        return self._opened

    def _master(self, database: sqlite3.Connection) -> bytes:
        said = dict(database.execute("SELECT name, value FROM said").fetchall())
        file = self._folder / "master"
        if "check" not in said:
            if self._passphrase is not None:
                said["salt"] = secrets.token_bytes(16)
                database.execute("INSERT INTO said VALUES ('salt', ?)", (said["salt"],))
            elif not file.exists():
                # Written whole and flushed before the database that needs it is committed.
                handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as out:
                    out.write(secrets.token_bytes(KEY_BYTES))
                    out.flush()
                    os.fsync(out.fileno())
                sync_folder(self._folder)
        if "salt" in said:
            if self._passphrase is None:
                raise KeyUnreadable("the data keys are kept under a passphrase: set LUOSHI_KEY_PASSPHRASE_FILE")
            return Scrypt(salt=said["salt"], **SCRYPT).derive(self._passphrase)
        try:
            master = file.read_bytes()
        except FileNotFoundError:
            raise KeyUnreadable(f"{file}: the master key of the data keys is missing") from None
        if len(master) != KEY_BYTES:
            raise KeyUnreadable(f"{file}: not a master key")
        return master

    def _check_master(self, database: sqlite3.Connection, master: AESGCM) -> None:
        about = canonical.encode(["vault", self._origin])
        row = database.execute("SELECT value FROM said WHERE name = 'check'").fetchone()
        if row is None:
            nonce = secrets.token_bytes(NONCE_BYTES)
            database.execute("INSERT INTO said VALUES ('check', ?)", (nonce + master.encrypt(nonce, b"vault", about),))
            return
        try:
            master.decrypt(row[0][:NONCE_BYTES], row[0][NONCE_BYTES:], about)
        except InvalidTag:
            raise KeyUnreadable("the data keys: wrong passphrase or master key, or keys of another log") from None

    def _newest(self, database: sqlite3.Connection, master: AESGCM, streams: Sequence[str]) -> dict[str, DataKey]:
        rows = _select(database, "stream", streams)  # in the order in which they were made: the last one counts
        return {stream: self._unwrap(master, *row) for stream, row in {row[1]: row for row in rows}.items()}

    def _make(self, database: sqlite3.Connection, master: AESGCM, stream: str, since: int) -> DataKey:
        key = DataKey(secrets.token_hex(8), stream, since, secrets.token_bytes(KEY_BYTES))
        wrapped = self._wrapped(master, key)
        database.execute(
            "INSERT INTO data_key (key_id, stream, since, wrapped) VALUES (?, ?, ?, ?)",
            (key.key_id, stream, since, wrapped),
        )
        return key

    def _wrapped(self, master: AESGCM, key: DataKey) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + master.encrypt(nonce, key.secret, self._about(key.key_id, key.stream, key.since))

    def _unwrap(self, master: AESGCM, key_id: str, stream: str, since: int, wrapped: bytes) -> DataKey:
        try:
            secret = master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._about(key_id, stream, since))
        except InvalidTag:
            raise KeyUnreadable(f"data key {key_id} of {stream} is damaged") from None
        return DataKey(key_id, stream, since, secret)

    def _about(self, key_id: str, stream: str, since: int) -> bytes:
        return canonical.encode(["data-key", self._origin, key_id, stream, since])

    def _wipe_journal(self) -> None:
        # The caller holds `replacing`, so no transaction that might need this journal is under way.
        with suppress(FileNotFoundError), (self._folder / "keys.db-journal").open("r+b") as journal:
            size = os.fstat(journal.fileno()).st_size
            journal.write(bytes(size))
            journal.flush()
            os.fsync(journal.fileno())


def _select(database: sqlite3.Connection, column: str, values: Sequence[str]) -> list[tuple[str, str, int, bytes]]:
    rows: list[tuple[str, str, int, bytes]] = []
    for start in range(0, len(values), LOOKED_UP_AT_ONCE):
        some = values[start : start + LOOKED_UP_AT_ONCE]
        marks = ", ".join("?" * len(some))
        # `column` is one of two words of ours.
        statement = f"SELECT key_id, stream, since, wrapped FROM data_key WHERE {column} IN ({marks}) ORDER BY number"
        rows += database.execute(statement, some).fetchall()
    return rows


@contextmanager
def _writing(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
