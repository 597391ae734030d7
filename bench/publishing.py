"""
What a checkpoint costs at 10^4 streams: the first over all of them, then one for every 1, 10, 100 and 1,000 events; and
how long an event waits for its cosigned checkpoint, with two witnesses on this machine, beside a bare fsync there.

    python -m bench.publishing [STREAMS]      100000 takes some minutes

And that the case map agrees with its naive definition in 10,000 random histories (the suite runs 500).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import psycopg

from app.embedded import EmbeddedPostgres
from app.vouch import Vouchers
from app.witness.client import WitnessClient
from ledger.store.mapnodes import PostgresNodes
from ledger.store.migrate import migrate
from ledger.store.postgres import PostgresStore
from ledger.trust import Extension, Trust
from tests.app.test_witness_client import policy
from tests.app.test_witness_server import make_witness, serving
from tests.ledger.test_casemap import check_history
from tests.publishing import Published

HISTORIES = 10_000
ROUNDS = 100
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
                log = Published(store, folder / "log", PostgresNodes(dsn, "luoshi"))
                _measure(log, streams, dsn)
                _latency(log, folder)
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


def _latency(log: Published, folder: Path) -> None:
    """Append one event, publish, and have both witnesses' lines on it."""
    made = [make_witness(folder / name, f"witness.example/{name}") for name in "ab"]
    with serving(made[0][1]) as url_a, serving(made[1][1]) as url_b:
        asked = policy(url_a, url_b, vkeys=(made[0][0], made[1][0]))
        trust = Trust(asked, Extension())
        log.vouch = Vouchers(log.outside, trust=trust, client=WitnessClient(asked))
        log.publish()
        waited = []
        for _ in range(ROUNDS):
            started = perf_counter()
            log.record(1)
            log.publish()
            waited.append(perf_counter() - started)
            if not log.vouch.last.quorum_met:
                raise SystemExit(str(log.vouch.last))
    flushed = []
    for _ in range(ROUNDS):
        started = perf_counter()
        with (folder / "flushed").open("wb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        flushed.append(perf_counter() - started)
    p50, p99 = (quantiles(waited, n=100)[n] * 1000 for n in (49, 98))
    fsync = median(flushed) * 1000
    print(
        f"append to cosigned checkpoint, two local witnesses: p50 {p50:.0f} ms, p99 {p99:.0f} ms "
        f"({ROUNDS} rounds; bare fsync {fsync:.2f} ms, p50 is {p50 / fsync:.0f} of them)"
    )


def _record(log: Published, events: int, streams: int) -> None:
    start = len(log.writer.written)
    batch = [[log.writer.event(f"case/{(start + n) * 7919 % streams}")] for n in range(events)]
    for first in range(0, events, 1000):
        log.store.append_many(batch[first : first + 1000])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
