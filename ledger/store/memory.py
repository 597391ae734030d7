"""
The store in memory: the same contract without a database, for tests that are about something else.

tests/contract/test_store.py runs against it and against Postgres.
"""

from collections.abc import Mapping, Sequence
from threading import Lock

from ledger import canonical
from ledger.enrolment import REVOKED
from ledger.envelope import Sealed, open_leaf
from ledger.errors import AppendRefused, CommandRepeated, Conflict, MalformedEvidence, SignerRevoked
from ledger.merkle import leaf_hash
from ledger.store.contract import Outcome, Stored, check_request


class MemoryStore:
    """Everything in lists and dictionaries, behind one lock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.refuses: str | None = None
        self._log: list[Stored] = []
        self._streams: dict[str, list[Stored]] = {}
        self._commands: dict[str, Stored] = {}
        self._disclosures: dict[int, tuple[str, ...]] = {}
        self._revoked: dict[str, int] = {}

    def append(self, events: Sequence[Sealed]) -> int:
        [outcome] = self.append_many([events])
        if isinstance(outcome, int):
            return outcome
        raise outcome

    def append_many(self, requests: Sequence[Sequence[Sealed]]) -> list[Outcome]:
        self._check_open()
        for request in requests:
            check_request(request)
        with self._lock:
            return [self._append(request) for request in requests]

    def append_at(self, at: int, event: Sealed) -> bool:
        self._check_open()
        check_request([event])
        with self._lock:
            return len(self._log) == at and isinstance(self._append([event]), int)

    def _check_open(self) -> None:
        if self.refuses is not None:
            raise AppendRefused(self.refuses)

    def _append(self, events: Sequence[Sealed]) -> Outcome:
        for event in events:
            if event.command_id in self._commands:
                return CommandRepeated(event.command_id, self._commands[event.command_id].log_index)
        seen: set[str] = set()
        for event in events:
            found = len(self._streams.get(event.stream, ()))
            if event.stream not in seen and event.version != found + 1:
                return Conflict(event.stream, event.version - 1, found)
            seen.add(event.stream)
        first = len(self._log)
        revoked = dict(self._revoked)
        for index, event in enumerate(events, first):
            if (signer := _signer(event)) in revoked:
                return SignerRevoked(signer, revoked[signer])
            if (key := _revokes(event)) is not None:
                revoked.setdefault(key, index)
        self._revoked = revoked
        for index, event in enumerate(events, first):
            stored = Stored(index, event.stream, event.version, event.topic, event.command_id, event.leaf)
            self._log.append(stored)
            self._streams.setdefault(event.stream, []).append(stored)
            self._commands[event.command_id] = stored
            if event.disclosures:
                self._disclosures[index] = event.disclosures
        return first

    def read_stream(self, stream: str, after: int = 0) -> list[Stored]:
        with self._lock:
            return self._streams.get(stream, [])[max(after, 0) :]

    def streams(self, prefix: str, name: str | None = None) -> list[str]:
        with self._lock:
            found = [stream for stream in self._streams if stream.startswith(prefix)]
        return [stream for stream in found if name is None or stream.split("/", 2)[2:] == [name]]

    def read_log(self, start: int = 0, limit: int = 1000) -> list[Stored]:
        with self._lock:
            return self._log[max(start, 0) : max(start, 0) + limit]

    def head(self, stream: str) -> tuple[int, bytes | None]:
        return self.heads([stream]).get(stream, (0, None))

    def heads(self, streams: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        with self._lock:
            known = {name: self._streams[name][-1] for name in streams if name in self._streams}
        return {name: (last.version, leaf_hash(last.leaf)) for name, last in known.items()}

    def by_command(self, command_ids: Sequence[str]) -> dict[str, Stored]:
        with self._lock:
            return {name: self._commands[name] for name in command_ids if name in self._commands}

    def size(self) -> int:
        with self._lock:
            return len(self._log)

    def disclosures(self, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        with self._lock:
            return {index: self._disclosures[index] for index in log_indexes if index in self._disclosures}

    def keep_instead(self, kept: Mapping[int, Sequence[str]]) -> None:
        with self._lock:
            for index, disclosures in kept.items():
                self._disclosures.pop(index, None)
                if disclosures:
                    self._disclosures[index] = tuple(disclosures)


def _signer(event: Sealed) -> str:
    try:
        return open_leaf(event.leaf).key_id
    except MalformedEvidence:
        return ""  # opaque here, as to the database; verification reads it


def _revokes(event: Sealed) -> str | None:
    if event.topic != REVOKED:
        return None
    try:
        return str(canonical.decode(open_leaf(event.leaf).payload)["body"]["key_id"])
    except (MalformedEvidence, KeyError, TypeError):
        return None
