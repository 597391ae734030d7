"""
What one audit question costs over 1,000,000 duties in the view: the first page of one unit's failures, groups by person
and by unit over all of them, the sums; each beside the bare SQL of its statement. And what the view costs to make.

    python -m bench.audit [DUTIES]

The duties are those of a simulated county, assessed by the audit and then repeated under other numbers, units and
officials by SQL: their spread over states, causes and time is the county's.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import psycopg

from app.codec import PEOPLE_TOPICS
from app.embedded import EmbeddedPostgres
from app.handle import read as read_stored
from app.runner import Runner
from domain.duties.holding import Stands
from domain.law.in_force import Law, add
from ledger.store.contract import whole_log
from ledger.store.migrate import migrate, view_schema
from ledger.store.postgres import PostgresStore
from projections import read
from projections.assess import ALWAYS, assess
from tests.projections.logs import cases_of, copy_into, simulated

if TYPE_CHECKING:
    from collections.abc import Callable

DUTIES = 1_000_000
CASES = 250  # of the county that is repeated
ROUNDS = 9
AS_OF = date(2025, 12, 31)
AIM_UNIT, AIM_GROUPS, AIM_BARE, AIM_REBUILD = 0.050, 0.500, 2.0, 25_000  # seconds, seconds, times, events a second
SPREAD = 40  # the county's units stand for so many times as many
# What differs from one repetition to the next; every other column is copied.
CHANGED = {
    "stream": "d.stream || '-' || n",
    "duty_id": "md5(d.duty_id || n)",
    "case_no": "d.case_no || '-' || n",
    "trigger_index": "d.trigger_index + n * 1000000::bigint",
    "unit_id": f"d.unit_id || '-' || (n % {SPREAD})",
    "official_id": f"d.official_id || '-' || (n % {SPREAD})",
}
COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position
"""


def main(duties: int = DUTIES) -> None:
    county = simulated(CASES)
    _assessed(county)
    with tempfile.TemporaryDirectory(prefix="luoshi-") as home:
        folder = Path(home)
        folder.chmod(0o755)
        embedded = EmbeddedPostgres(folder)
        dsn = embedded.start()
        try:
            migrate(dsn)
            copy_into(county, dsn)
            with PostgresStore(dsn, environ={}) as store:
                _rebuilt(dsn, store)
                with psycopg.connect(dsn, autocommit=True) as db:
                    read.use(db, view_schema("luoshi"))
                    _repeat(db, duties)
                    _asked(db)
        finally:
            embedded.stop()


def _assessed(county: Any) -> None:
    """The audit's fold alone, in processor time."""
    law = Law()
    for stored in whole_log(county):
        if stored.topic in PEOPLE_TOPICS:
            add(law, read_stored(stored))
    histories = list(cases_of(county).values())
    stands, started = Stands(law.people), process_time()
    for history in histories:
        assess(history, law, ALWAYS, {}, {}, stands)
    took = process_time() - started
    acts = sum(map(len, histories))
    print(f"assess: {acts:,} acts of {len(histories)} cases, {acts / took:,.0f} acts a second of processor time")


def _rebuilt(dsn: str, store: PostgresStore) -> None:
    runner = Runner(dsn, store)
    runner.catch_up()
    size, started, worked = store.size(), perf_counter(), process_time()
    runner.rebuild("accountability")
    took, own = perf_counter() - started, process_time() - worked
    rate = size / took
    print(
        f"rebuild of accountability: {size:,} events, {rate:,.0f} a second ({size / own:,.0f} of our processor time), "
        f"{rate / AIM_REBUILD:.2f} of the aim"
    )


def _repeat(db: read.Db, duties: int) -> None:
    db.execute("RESET ROLE")
    [(own,)] = db.execute("SELECT count(DISTINCT duty_id) FROM accountability").fetchall()
    times = -(-duties // own)
    started = perf_counter()
    for table in ("accountability", "cause"):
        columns = [name for (name,) in db.execute(COLUMNS, (table,)).fetchall()]
        chosen = ", ".join(CHANGED.get(name, f"d.{name}") for name in columns)
        db.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} d, generate_series(1, {times}) AS n")
    db.execute("ANALYZE accountability")
    db.execute("ANALYZE cause")
    [(rows,)] = db.execute("SELECT count(*) FROM accountability").fetchall()
    [(cases,)] = db.execute("SELECT count(DISTINCT stream) FROM accountability").fetchall()
    print(f"{own * (times + 1):,} duties in {cases:,} cases, {rows:,} rows, made in {perf_counter() - started:.0f} s")


def _asked(db: read.Db) -> None:
    every = read.Asked(AS_OF)
    [(unit,)] = db.execute("SELECT unit_id FROM accountability WHERE unit_id LIKE '%-7' LIMIT 1").fetchall()
    one = replace(every, unit_ids=(unit,))
    _line("first page of one unit", lambda: read.failures(db, one, limit=50), _bare(db, one, 50), AIM_UNIT)
    for by in ("person", "unit", "duty", "cause"):

        def grouped(by: str = by) -> Any:
            return read.groups(db, every, by)

        _line(f"all grouped by {by}", grouped, _bare(db, every, None, by), AIM_GROUPS)
    _line("the sums", lambda: read.totals(db, every), None, AIM_GROUPS)


def _bare(db: read.Db, asked: read.Asked, limit: int | None, by: str | None = None) -> Callable[[], Any]:
    """The statement of a question, its parameters worked out before."""
    statement, values = read.statement(db, asked, limit=limit, by=by)
    return lambda: db.execute(statement, values).fetchall()


def _line(name: str, ask: Callable[[], Any], bare: Callable[[], Any] | None, aim: float) -> None:
    took, peer = _timed(ask), _timed(bare) if bare is not None else None
    ratio = f", {took / peer:.2f} x the bare SQL (aim {AIM_BARE:.0f} x)" if peer is not None else ""
    print(f"{name}: median {took * 1000:.1f} ms, {took / aim:.2f} of the aim of {aim * 1000:.0f} ms{ratio}")


def _timed(ask: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        started = perf_counter()
        ask()
        seconds.append(perf_counter() - started)
    return median(seconds)


if __name__ == "__main__":
    main(*(int(arg) for arg in sys.argv[1:2]))
