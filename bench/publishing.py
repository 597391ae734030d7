"""
What a checkpoint costs at 10^4 streams: the first over all of them, then one for every 1, 10, 100 and 1,000 events.

And that the case map agrees with its naive definition in 10,000 random histories (the suite runs 500).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg

from app.embedded import EmbeddedPostgres
from ledger.store.mapnodes import PostgresNodes
from ledger.store.migrate import migrate
from ledger.store.postgres import PostgresStore
from tests.ledger.test_casemap import check_history
from tests.publishing import Published

HISTORIES = 10_000
LIMIT_SECONDS = 1.0  # for a checkpoint over 100 new events


def main(streams: int = 10_000) -> None:
    with tempfile.TemporaryDirectory(prefix="luoshi-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        embedded = EmbeddedPostgres(folder)
        dsn = embedded.start()
        try:
            migrate(dsn)
            with PostgresStore(dsn, environ={}) as store:
                _measure(Published(store, folder / "log", PostgresNodes(dsn, "luoshi")), streams, dsn)
        finally:
            embedded.stop()
    started = perf_counter()
    for seed in range(HISTORIES):
        check_history(seed)
    print(f"case map: {HISTORIES:,} random histories agree with the definition ({perf_counter() - started:.0f} s)")


def _measure(log: Published, streams: int, dsn: str) -> None:
    _record(log, streams, streams)
    started = perf_counter()
    log.publish()
    print(f"first checkpoint over {streams:,} streams: {perf_counter() - started:.2f} s")
    for events, times in ((1, 20), (10, 20), (100, 10), (1000, 3)):
        seconds = []
        for _ in range(times):
            _record(log, events, streams)
            started = perf_counter()
            log.publish()
            seconds.append(perf_counter() - started)
        share = f", {median(seconds) / LIMIT_SECONDS:.2f} of the limit" if events == 100 else ""
        print(f"checkpoint after {events:,} events: median {median(seconds) * 1000:.0f} ms{share}")
    with psycopg.connect(dsn) as connection:
        [(rows, size)] = connection.execute(
            "SELECT count(*), pg_total_relation_size('luoshi.map_node') FROM luoshi.map_node"
        ).fetchall()
    print(f"map nodes: {rows:,} rows, {size / rows:.0f} bytes each with their index")


def _record(log: Published, events: int, streams: int) -> None:
    start = len(log.writer.written)
    batch = [[log.writer.event(f"case/{(start + n) * 7919 % streams}")] for n in range(events)]
    for first in range(0, events, 1000):
        log.store.append_many(batch[first : first + 1000])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
