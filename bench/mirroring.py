"""
Events a second that a mirror replays from a folder, beside one core that does nothing but verify their signatures.

Every event is read, hashed, parsed, chained, verified, mapped, and kept by the mirror, durably at the end.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from app.mirror.follow import Mirror
from app.mirror.source import FolderSource
from ledger.envelope import check_signature, open_leaf
from ledger.store.contract import whole_log
from ledger.store.memory import MemoryStore
from ledger.vkeys import Verifier
from tests.ledger.sealing import LOG, SYSTEM
from tests.publishing import Published

NOW = datetime(2025, 3, 1, 9, 5, tzinfo=UTC)
LIMIT_SHARE = 0.2  # of what one core verifies


def main(events: int = 20_000, streams: int = 2_000) -> None:
    with tempfile.TemporaryDirectory(prefix="luoshi-") as name:
        folder = Path(name)
        log = Published(MemoryStore(), folder / "log")
        log.record(events, streams)
        log.publish()
        verifier = Verifier(SYSTEM.vkey)
        envelopes = [open_leaf(s.leaf) for s in whole_log(log.store) if s.stream.startswith("case/")]
        started = perf_counter()
        for envelope in envelopes:
            check_signature(envelope, verifier)
        alone = len(envelopes) / (perf_counter() - started)
        mirror = _timed_round(folder, events + 2, alone)
        log.record(100, streams)
        log.publish()
        started = perf_counter()
        mirror.follow()
        print(f"the next 100 events: {(perf_counter() - started) * 1000:.0f} ms")
        mirror.close()
        started = perf_counter()
        _mirror(folder).close()
        print(f"opening its folder, every row checked: {(perf_counter() - started) * 1000:.0f} ms")
        size = (folder / "mirror" / "replay.sqlite").stat().st_size
        print(f"its memory of {events:,} events in {streams:,} streams: {size / events:.0f} bytes an event")


def _timed_round(folder: Path, size: int, alone: float) -> Mirror:
    mirror = _mirror(folder)
    started = perf_counter()
    assert mirror.follow().head.size == size  # noqa: S101
    rate = size / (perf_counter() - started)
    print(
        f"a mirror replays {rate:,.0f} events/s; one core verifies {alone:,.0f} signatures/s: ratio {rate / alone:.2f}"
    )
    print(f"{rate / alone / LIMIT_SHARE:.1f} of the limit")
    return mirror


def _mirror(folder: Path) -> Mirror:
    return Mirror(folder / "mirror", FolderSource(folder / "log"), [Verifier(LOG.vkey)], lambda: NOW)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
