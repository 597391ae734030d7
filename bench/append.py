"""
How fast events are appended, against the limits of the same machine in the same run.

    python -m bench.append [--events N] [--rounds N]

Measured, alternating, medians over the rounds: signing alone on one core; a bare `executemany` of the same rows in one
transaction; `append_many` in batches of 1,000; group commit with 64, 8 and 1 callers, signing in the callers; the
stock recorder with 8 writers. Absolute figures move with the disk's mood: read the ratios.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.embedded import EmbeddedPostgres
from ledger.envelope import Draft, Sealed, leaf_hash, payload, seal
from ledger.keys import Ed25519Signer
from ledger.store.migrate import migrate
from ledger.store.postgres import LedgerDatastore, PostgresStore
from ledger.verify import verify_log
from ledger.vkeys import Verifier

SIGNER = Ed25519Signer.from_seed("system/bench", bytes(32))
BODY = {"unit": "信访局", "channel": "letter", "subject": "housing", "note": "x" * 120}
ACTOR = {"official": None, "system": "bench"}
NOW = "2025-03-01T09:00:00Z"
_ids = count()


def sealed(
    topic: str = "petition.registered.v1", body: dict | None = None, stream: str = "", after: Sealed | None = None
) -> Sealed:
    number = next(_ids)
    stream = stream or f"case/bench/{number}"
    version, prev = (1, None) if after is None else (after.version + 1, leaf_hash(after.leaf).hex())
    draft = Draft(stream, version, topic, body or BODY, ACTOR, NOW, f"bench-{number}", "bench.example/log")
    leaf = seal(payload(draft, prev=prev, recorded_at=NOW), SIGNER)
    return Sealed(stream, version, topic, draft.command_id, leaf)


def keys() -> list[Sealed]:
    """The log's first records. One key is ended: from then on every event's key is looked up when it is appended."""
    retired = Ed25519Signer.from_seed("system/retired", bytes(range(32)))
    own = {"role": "system", "holder": "bench", "valid_from": "2025-01-01"}
    first = sealed("key.enrolled.v1", own | {"vkey": SIGNER.vkey}, "system/bench")
    second = sealed("key.enrolled.v1", own | {"vkey": retired.vkey}, "system/bench", first)
    return [first, second, sealed("key.revoked.v1", {"key_id": retired.key_id}, "system/bench", second)]


def timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def bare_executemany(dsn: str, events: Sequence[Sealed]) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bare (n bigserial PRIMARY KEY, stream text, version bigint, topic text, "
            "command_id text UNIQUE, leaf bytea, leaf_hash bytea, UNIQUE (stream, version))"
        )
        statement = (
            "INSERT INTO bare (stream, version, topic, command_id, leaf, leaf_hash) VALUES (%b, %b, %b, %b, %b, %b)"
        )
        rows = [(e.stream, e.version, e.topic, e.command_id, e.leaf, leaf_hash(e.leaf)) for e in events]
        connection.cursor().executemany(statement, rows)


def by_callers(store: PostgresStore, events: int, callers: int) -> None:
    def work(_: int) -> None:
        for _ in range(events // callers):
            store.append([sealed()])

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(work, range(callers)))


def stock(recorder: PostgresApplicationRecorder, events: int, writers: int) -> None:
    def work(_: int) -> None:
        for _ in range(events // writers):
            e = sealed()
            recorder.insert_events([StoredEvent(e.stream, 1, e.topic, e.leaf)])

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))


def measure(dsn: str, events: int, rounds: int) -> dict[str, float]:
    """Events per second by name, each the median over the rounds."""
    datastore = LedgerDatastore(dsn, schema="stock", role="postgres", pool_size=8)
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    rates: dict[str, list[float]] = {}

    def note(name: str, number: int, work: Callable[[], object]) -> None:
        rates.setdefault(name, []).append(number / timed(work))

    with PostgresStore(dsn) as store:
        store.append(keys())
        for _ in range(rounds):
            message = sealed().leaf
            note("sign alone, one core", events, lambda message=message: [SIGNER.sign(message) for _ in range(events)])
            note("seal (payload, sign, envelope)", events, lambda: [sealed() for _ in range(events)])
            made = [sealed() for _ in range(events)]
            note("bare executemany, one transaction", events, lambda made=made: bare_executemany(dsn, made))
            batches = [[[e] for e in made[start : start + 1000]] for start in range(0, events, 1000)]
            note("append_many, ready made", events, lambda b=batches: [store.append_many(batch) for batch in b])
            for callers in (64, 8, 1):
                number = events if callers > 1 else events // 8
                note(f"group commit, {callers} callers", number, lambda n=number, c=callers: by_callers(store, n, c))
            note("stock recorder, 8 writers", events // 8, lambda: stock(recorder, events // 8, 8))
            verifier = Verifier(SIGNER.vkey)
            signature = SIGNER.sign(message)
            note(
                "Ed25519 verification, one core",
                events,
                lambda m=message, s=signature, v=verifier: [v.check(m, s) for _ in range(events)],
            )
            stored = store.read_log(0, events)
            note(
                "verify a log",
                len(stored),
                lambda log=stored: verify_log(
                    log, checkpoint=None, log_verifier=None, tiles=None, expect_origin="bench.example/log"
                ).raise_failure(),
            )
            note("read_log", len(stored), lambda: store.read_log(0, events))
    datastore.close()
    return {name: median(values) for name, values in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="luoshi-bench-") as home:
        Path(home).chmod(0o755)
        postgres = EmbeddedPostgres(Path(home))
        dsn = make_conninfo(postgres.start())
        migrate(dsn)
        with psycopg.connect(dsn) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA stock"))
        rates = measure(dsn, options.events, options.rounds)
        postgres.stop()
    for name, rate in rates.items():
        print(f"{rate:>10,.0f}/s  {name}")
    aims = (
        ("group commit, 64 callers", "stock recorder, 8 writers", 6.0),
        ("group commit, 64 callers", "sign alone, one core", 0.5),
        ("append_many, ready made", "bare executemany, one transaction", 0.1),
        ("verify a log", "Ed25519 verification, one core", 0.9),
    )
    for name, limit, aim in aims:
        print(f"{rates[name] / rates[limit]:>10.2f} x  {name} : {limit} (aim {aim})")


if __name__ == "__main__":
    main()
