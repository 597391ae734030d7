"""
What a store of signed events promises. tests/contract/test_store.py holds every store to it.

Order     An event's log index is dense from 0 and is the order in which events became visible: a reader who has seen
          index n will never see a new one at or below n.
Atomic    A request is recorded whole or not at all, and is durable when `append` returns.
Fair      A refused request never fails the others of its batch.
Once      A command id is recorded once for ever; a repeat is told where. It is checked before the versions, so that
          the retry of a request whose answer was lost learns that it succeeded.
Revoked   An event signed by a key that an earlier record revoked is refused, whoever judged the key and when.
Versions  The events of one stream carry consecutive versions from 1; a request continues the stream it has read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from unicodedata import is_normalized

from ledger.envelope import MAX_LEAF_BYTES, MAX_NAME_BYTES, Sealed
from ledger.errors import CommandRepeated, Conflict, MalformedRequest, SignerRevoked

Outcome = int | Conflict | CommandRepeated | SignerRevoked  # of one request: its first log index, or why it was refused


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as the log holds it."""

    log_index: int
    stream: str
    version: int
    topic: str
    command_id: str
    leaf: bytes


class Store(Protocol):
    """A durable, ordered, append-only log of sealed events."""

    def append(self, events: Sequence[Sealed]) -> int:
        """Record one request and return its first log index, or raise Conflict, CommandRepeated or SignerRevoked."""

    def append_many(self, requests: Sequence[Sequence[Sealed]]) -> list[Outcome]:
        """Record many requests in one transaction; the outcome of each, in order. For imports."""

    def append_at(self, at: int, event: Sealed) -> bool:
        """Record one event if it comes to stand at log index `at` and continues its stream; else nothing: False."""

    def read_stream(self, stream: str, after: int = 0) -> list[Stored]:
        """Return the stream's events with a version above `after`, in order."""

    def streams(self, prefix: str, name: str | None = None) -> list[str]:
        """
        Return the streams that begin with `prefix`, by their first events; with `name`, those that are called so behind
        their second slash. Reads names, no events.
        """

    def read_log(self, start: int = 0, limit: int = 1000) -> list[Stored]:
        """Return at most `limit` events from log index `start` on, in order."""

    def head(self, stream: str) -> tuple[int, bytes | None]:
        """Return the stream's version and its last leaf's hash: (0, None) for a stream that does not exist."""

    def heads(self, streams: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Return version and last leaf hash of those of the streams that exist."""

    def by_command(self, command_ids: Sequence[str]) -> dict[str, Stored]:
        """Return those of the commands that are recorded."""

    def size(self) -> int:
        """Return the number of events in the log."""

    def disclosures(self, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return the disclosures still kept for these events; events without any are left out."""


class OpaqueStore(Store, Protocol):
    """A store as a SealedStore needs it below: it keeps disclosures as it is given them, and never looks inside."""

    refuses: str | None  # why nothing may be appended now; AppendRefused then

    def keep_instead(self, kept: Mapping[int, Sequence[str]]) -> None:
        """Keep these disclosures beside these events, in place of those that are kept now, all in one step."""


def whole_log(store: Store, start: int = 0, *, chunk: int = 1000) -> Iterator[Stored]:
    """Yield every event from log index `start` on, a chunk in memory at a time, up to what is visible when it ends."""
    while found := store.read_log(start, chunk):
        yield from found
        start = found[-1].log_index + 1


def check_request(events: Sequence[Sealed]) -> None:
    """Raise MalformedRequest where a request could never be recorded, whatever the log holds."""
    if not events:
        raise MalformedRequest("a request without events")
    current: dict[str, int] = {}
    commands: set[str] = set()
    for event in events:
        for name in (event.stream, event.topic, event.command_id):
            if not name or "\0" in name or len(name.encode()) > MAX_NAME_BYTES:
                raise MalformedRequest(f"stream {event.stream!r}: a name is empty, too long or holds a NUL")
        if not is_normalized("NFC", event.stream):
            # Another spelling of the same characters would share its place in the case map.
            raise MalformedRequest(f"stream {event.stream!r}: not in Unicode normal form C")
        if not 0 < len(event.leaf) <= MAX_LEAF_BYTES:
            raise MalformedRequest(f"stream {event.stream}: a leaf of {len(event.leaf)} bytes")
        if event.version != current.get(event.stream, event.version - 1) + 1 or event.version < 1:
            raise MalformedRequest(f"stream {event.stream}: version {event.version} is out of order in its request")
        if event.command_id in commands:
            raise MalformedRequest(f"command {event.command_id} stands twice in its request")
        current[event.stream] = event.version
        commands.add(event.command_id)
