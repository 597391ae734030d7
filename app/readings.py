"""
Readings of sensitive answers: on record before the answer is shown. What cannot be recorded is not shown.

Who asked signs; where nobody is named, or the ledger keeps no key of theirs, the machine does. The event tells neither
whom the answer was about nor what for: both are sealed beside it, so that nobody learns from the log that somebody
looks at them. tests/app/test_findings.py, docs/findings.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.establish import REGISTRAR
from app.handle import ATTEMPTS, Outcome, read
from app.keyring import principal_of
from domain.reading.decide import READING, RecordReading, decide, stream_of
from ledger import canonical
from ledger.errors import CommandRepeated, Conflict, SignerRevoked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.handle import Handler
    from domain.recorded import Actor, Recorded
    from ledger.store.contract import Store


def record_reading(
    handler: Handler,
    what: str,
    query: Mapping[str, Any],
    *,
    purpose: str,
    as_of: str,
    reader: Actor | None,
    unit_id: str | None,
    command_id: str | None = None,
) -> Outcome:
    """Put it on record that this answer is given now. `reader` None: the machine."""
    command = RecordReading(
        what=what,
        query=canonical.encode(dict(query)).decode(),
        purpose=purpose,
        as_of=as_of,
        log_size=handler.store.size(),
        actor=reader if reader is not None and _signs(handler, reader) else REGISTRAR,
        official_id=reader.official_id if reader is not None else None,
        unit_id=unit_id if reader is not None and reader.official_id is not None else None,
        now=handler.clock(),
        command_id=command_id or f"reading:{handler.salt().hex()}",
    )
    event, stream = decide(command, handler.register()), stream_of(command)
    for attempt in range(ATTEMPTS):
        version, head = handler.store.heads([stream]).get(stream, (0, None))
        leaves = handler.seal(
            stream,
            version,
            [event],
            actor=command.actor,
            occurred_at=command.now,
            command_id=command.command_id,
            sealed=(("query", command.query), ("purpose", command.purpose)),
            head=head,
        )
        try:
            return Outcome(stream, version + 1, handler.store.append(leaves), is_new=True)
        except CommandRepeated as known:
            return Outcome(stream, version, known.log_index, is_new=False)
        except (Conflict, SignerRevoked):
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _signs(handler: Handler, reader: Actor) -> bool:
    """Whether the ledger keeps a key of theirs. Who keeps the key himself signs acts, not what is shown to him."""
    return reader.official_id is not None and principal_of(reader) in handler.keyring.principals()


def readings(store: Store) -> list[Recorded]:
    """Every reading on record, in the order of the log."""
    found = (read(s) for stream in store.streams(READING) for s in store.read_stream(stream))
    return sorted(found, key=lambda r: r.log_index)
