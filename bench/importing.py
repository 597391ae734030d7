"""
How fast records come in, against a bare `executemany` of the same event rows in one transaction of the same run.

    python -m bench.importing [--rows N] [--rounds N]

The file is generated: an event log of the shape of `receipt_permit`, six rows to a case. An import reads it twice (to
check, to record), plans, signs and appends. Absolute figures move with the disk's mood: read the ratio.
"""

import argparse
import csv
import os
import resource
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg
from psycopg.conninfo import make_conninfo

from app.embedded import EmbeddedPostgres
from app.handle import Handler
from app.importing.mapping import load_mapping
from app.importing.run import run_import
from app.keyring import Keyring
from bench.append import bare_executemany
from ledger.store.contract import Store
from ledger.store.memory import MemoryStore
from ledger.store.migrate import migrate
from ledger.store.postgres import PostgresStore

AIM = 0.1
ROWS_OF_A_CASE = 6
COLUMNS = (
    *("case:channel", "case:concept:name", "case:deadline", "case:department", "case:enddate", "case:responsible"),
    *("case:startdate", "concept:instance", "concept:name", "org:group", "org:resource", "time:timestamp"),
)


def write_rows(path: Path, rows: int) -> Path:
    first = datetime(2025, 1, 6, 9, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in range(rows):
            case, step = divmod(n, ROWS_OF_A_CASE)
            start = first + timedelta(minutes=case)
            end = "" if case % 10 == 0 else (start + timedelta(days=case % 80)).isoformat()
            writer.writerow(
                (
                    *("Internet", f"case-{case}", (start + timedelta(days=56)).isoformat(), "General", end),
                    *(f"Resource{case % 40:02}", start.isoformat(), f"task-{n}", f"T0{step} Check the application"),
                    *(f"Group {step}", f"Resource{n % 40:02}", (start + timedelta(hours=step)).isoformat()),
                )
            )
    return path


def ledger(store: Store, origin: str = "bench.example/log") -> Handler:
    return Handler(
        store,
        Keyring(),
        origin=origin,
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        salt=lambda: os.urandom(16),
        is_valid_uscc=lambda _: True,
        lock=threading.Lock(),
    )


def timed_import(store: Store, path: Path) -> tuple[float, int]:
    """Seconds and events."""
    started = perf_counter()
    report = run_import(ledger(store), path, load_mapping("receipt_permit"))
    seconds = perf_counter() - started
    if report.rejected:
        raise AssertionError(report.first_rejects)
    return seconds, report.log_size


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fresh_database(dsn: str, number: int) -> str:
    name = f"round_{number}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    own = make_conninfo(dsn, dbname=name)
    migrate(own)
    return own


def measure(dsn: str, folder: Path, rows: int, rounds: int) -> dict[str, float]:
    small, large = write_rows(folder / "small.csv", rows // 10), write_rows(folder / "large.csv", rows)
    importing: list[float] = []
    again: list[float] = []
    bare: list[float] = []
    result: dict[str, float] = {"rows": rows}
    for number in range(rounds):
        own = fresh_database(dsn, number)
        with PostgresStore(fresh_database(dsn, rounds + number), environ={}) as store:
            timed_import(store, small)  # connections and caches are warm
        before = peak_mib()
        with PostgresStore(own, environ={}) as store:
            seconds, events = timed_import(store, large)
            importing.append(events / seconds)
            # The peak counts only where it first rises: in the first round.
            result.setdefault("memory: MiB more than for a tenth of the rows", peak_mib() - before)
            started = perf_counter()
            handler = ledger(store)
            run_import(handler, large, load_mapping("receipt_permit"), dry_run=True)
            again.append(events / (perf_counter() - started))
            stored = store.read_log(0, events)
        started = perf_counter()
        bare_executemany(own, stored)  # type: ignore[arg-type]  # the same columns
        bare.append(events / (perf_counter() - started))
        result["events"] = events
    seconds, events = timed_import(MemoryStore(), large)
    result["import, no database: events/s"] = events / seconds
    result["import: events/s"] = median(importing)
    result["a second time, all known: events/s"] = median(again)
    result["bare executemany, one transaction: events/s"] = median(bare)
    result["import : bare executemany"] = (
        result["import: events/s"] / result["bare executemany, one transaction: events/s"]
    )
    return result


def run(rows: int = 10_000, rounds: int = 3) -> dict[str, float]:
    """The figures by name; needs nothing but the embedded server."""
    with tempfile.TemporaryDirectory(prefix="luoshi-bench-") as home:
        Path(home).chmod(0o755)
        postgres = EmbeddedPostgres(Path(home))
        dsn = make_conninfo(postgres.start())
        try:
            return measure(dsn, Path(home), rows, rounds)
        finally:
            postgres.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for name, value in run(options.rows, options.rounds).items():
        print(f"{value:>12,.2f}  {name}")
    print(f"{AIM:>12,.2f}  aim of the ratio")


if __name__ == "__main__":
    main()
