"""
What a mirror remembers of the records it has replayed: one SQLite file, changed in one transaction per checkpoint.

Whatever fails before the commit leaves the file as it was at the checkpoint accepted last. A commit is durable when it
returns (rollback journal, full synchronisation). tests/app/mirror/test_follow.py.

Damage is noticed when the file is opened: a sum over the hashes of all rows, changed with every row, must be that of
the rows found. It is a checksum against decay, bugs and half-restored copies. Who means harm in this folder has the
mirror's key beside it and needs no trick.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.casemap import Inner, Leaf
from ledger.errors import LedgerError, VerificationError
from ledger.walk import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ledger.casemap import Node

BATCH = 10_000  # rows in memory before they go to the file
_MODULUS = 1 << 256
_FORMAT = 1
_SCHEMA = """
CREATE TABLE head (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, leaf BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE command (name BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE key_record (log_index INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
CREATE TABLE node (hash BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE accepted (
    only INTEGER PRIMARY KEY CHECK (only = 1), format INTEGER NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL,
    edge BLOB NOT NULL, map_root BLOB NOT NULL, map_roots INTEGER NOT NULL, note BLOB NOT NULL, at TEXT NOT NULL,
    total BLOB NOT NULL);
"""


class StateDamaged(LedgerError):  # noqa: N818 - says what was found
    """The mirror's own memory contradicts itself: nothing is cosigned from it. Replay the log in a new folder."""


class MirrorBusy(LedgerError):  # noqa: N818 - says what it is
    """Another program works in this mirror's folder."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The checkpoint replayed last."""

    origin: str
    position: Position
    note: bytes
    at: datetime  # when this mirror had replayed it


class MirrorState:
    """The file. One thread at a time."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, timeout=1.0, check_same_thread=False)
        self._sum = 0
        try:
            self._db.execute("PRAGMA synchronous = FULL")
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'accepted'").fetchone():
                self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            self._check()
        except sqlite3.OperationalError as error:
            raise MirrorBusy(f"{file}: {error}") from None
        except (sqlite3.DatabaseError, ValueError) as error:
            raise StateDamaged(f"{file}: {error}") from None

    def close(self) -> None:
        self._db.close()

    def accepted(self) -> Accepted | None:
        found = self._db.execute("SELECT origin, size, edge, map_root, map_roots, note, at FROM accepted").fetchone()
        if found is None:
            return None
        origin, size, edge, map_root, map_roots, note, at = found
        hashes = tuple(edge[n : n + 32] for n in range(0, len(edge), 32))
        return Accepted(origin, Position(size, hashes, map_root, map_roots), note, datetime.fromisoformat(at))

    def key_records(self) -> list[tuple[int, bytes]]:
        return self._db.execute("SELECT log_index, leaf FROM key_record ORDER BY log_index").fetchall()

    @contextmanager
    def advancing(self) -> Iterator[MirrorPast]:
        """Let a walk go on; what it remembers counts only if it calls `accept`."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            raise MirrorBusy("another program works in this mirror's folder") from None
        try:
            yield MirrorPast(self._db, self._sum)
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        found = self._db.execute("SELECT total FROM accepted").fetchone()
        self._sum = int.from_bytes(found[0]) if found else 0

    def _check(self) -> None:
        found = self._db.execute("SELECT format, total FROM accepted").fetchone()
        if found is not None and found[0] != _FORMAT:
            raise ValueError(f"written in format {found[0]}, this program reads {_FORMAT}")
        total = 0
        for stream, version, leaf in self._db.execute("SELECT stream, version, leaf FROM head"):
            total += _head_hash(stream, version, leaf)
        for (name,) in self._db.execute("SELECT name FROM command"):
            total += _command_hash(name)
        for index, leaf in self._db.execute("SELECT log_index, leaf FROM key_record"):
            total += _key_hash(index, leaf)
        for name, content in self._db.execute("SELECT hash, content FROM node"):
            if _node(content).hash != name:
                raise ValueError(f"node {name.hex()} is changed")
            total += int.from_bytes(name)
        self._sum = total % _MODULUS
        if self._sum != (int.from_bytes(found[1]) if found else 0):
            raise ValueError("its rows are not those that were written")


class MirrorPast:
    """`ledger.walk.Past` within one transaction."""

    def __init__(self, db: sqlite3.Connection, total: int) -> None:
        self._db = db
        self.total = total
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._commands: dict[bytes, int] = {}
        self._repeat: int | None = None
        self.nodes = _Nodes(db, self)

    def head(self, stream: str) -> tuple[int, bytes] | None:
        return self._heads.get(stream) or self._stored(stream)

    def set_head(self, stream: str, version: int, leaf: bytes) -> None:
        self._heads[stream] = (version, leaf)
        if len(self._heads) >= BATCH:
            self._flush_heads()

    def add_command(self, name: str, index: int) -> None:
        hashed = hashlib.sha256(name.encode()).digest()[:16]
        if hashed in self._commands:
            self._repeated(index)
        else:
            self._commands[hashed] = index
            if len(self._commands) >= BATCH:
                self._flush_commands()

    def check_commands(self) -> None:
        self._flush_commands()
        if (index := self._repeat) is not None:
            raise VerificationError(5, index, f"record {index} repeats the command id of an earlier one")

    def add_key_record(self, index: int, leaf: bytes) -> None:
        self._db.execute("INSERT INTO key_record VALUES (?, ?)", (index, leaf))
        self.total += _key_hash(index, leaf)

    def accept(self, origin: str, position: Position, note: bytes, at: datetime) -> None:
        """Make all of it, and the checkpoint that it leads to, durable."""
        self._flush_heads()
        self._flush_commands()
        self._db.execute(
            "INSERT OR REPLACE INTO accepted VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _FORMAT,
                origin,
                position.size,
                b"".join(position.edge),
                position.map_root,
                position.map_roots,
                note,
                at.isoformat(),
                (self.total % _MODULUS).to_bytes(32),
            ),
        )
        self._db.execute("COMMIT")

    def _stored(self, stream: str) -> tuple[int, bytes] | None:
        found: tuple[int, bytes] | None = self._db.execute(
            "SELECT version, leaf FROM head WHERE stream = ?", (stream,)
        ).fetchone()
        return found

    def _flush_heads(self) -> None:
        for stream, (version, leaf) in self._heads.items():
            if (old := self._stored(stream)) is not None:
                self.total -= _head_hash(stream, *old)
            self.total += _head_hash(stream, version, leaf)
        rows = [(stream, version, leaf) for stream, (version, leaf) in self._heads.items()]
        self._db.executemany("INSERT OR REPLACE INTO head VALUES (?, ?, ?)", rows)
        self._heads = {}

    def _flush_commands(self) -> None:
        for name, index in self._commands.items():
            if self._db.execute("INSERT OR IGNORE INTO command VALUES (?)", (name,)).rowcount:
                self.total += _command_hash(name)
            else:
                self._repeated(index)
        self._commands = {}

    def _repeated(self, index: int) -> None:
        self._repeat = index if self._repeat is None else min(index, self._repeat)


class _Nodes:
    """The case map's newest version, one row a node."""

    def __init__(self, db: sqlite3.Connection, past: MirrorPast) -> None:
        self._db = db
        self._past = past

    def paths(self, root: bytes, keys: Sequence[bytes]) -> Mapping[bytes, Node]:
        del root, keys  # read when asked for: the file is on this machine
        return _Rows(self._db)

    def keep(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            name = node.hash
            added = self._db.execute("INSERT OR IGNORE INTO node VALUES (?, ?)", (name, _content(node)))
            self._past.total += int.from_bytes(name) * added.rowcount

    def drop(self, names: Iterable[bytes]) -> None:
        for name in names:
            gone = self._db.execute("DELETE FROM node WHERE hash = ?", (name,))
            self._past.total -= int.from_bytes(name) * gone.rowcount


class _Rows(Mapping[bytes, "Node"]):
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __getitem__(self, name: bytes) -> Node:
        found = self._db.execute("SELECT content FROM node WHERE hash = ?", (name,)).fetchone()
        if found is None:
            raise KeyError(name)
        return _node(found[0])

    def __iter__(self) -> Iterator[bytes]:
        return (name for (name,) in self._db.execute("SELECT hash FROM node"))

    def __len__(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM node").fetchone()[0]
        return count


def _content(node: Node) -> bytes:
    return b"\x03" + node.left + node.right if isinstance(node, Inner) else b"\x02" + node.key + node.value


def _node(content: bytes) -> Node:
    if content[:1] == b"\x03" and len(content) == 65:
        return Inner(content[1:33], content[33:])
    if content[:1] == b"\x02" and len(content) > 33:
        return Leaf(content[1:33], content[33:])
    raise StateDamaged("a node of the case map is no node")


def _head_hash(stream: str, version: int, leaf: bytes) -> int:
    return _hash(b"head\0" + stream.encode() + b"\0" + str(version).encode() + b"\0" + leaf)


def _command_hash(name: bytes) -> int:
    return _hash(b"command\0" + name)


def _key_hash(index: int, leaf: bytes) -> int:
    return _hash(b"key\0" + str(index).encode() + b"\0" + leaf)


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest())
