"""
What the stored rows answer for a day is what the audit folds for that day.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import psycopg
import pytest

from app.runner import Runner
from audit import report
from audit.findings import findings, resolve
from audit.office import standing_findings
from domain.duties.standing import STATES
from domain.duties.standing_duties import filings
from projections import read
from projections.standing_rows import horizon
from tests.projections.logs import cases_of, copy_into, law_of, offices_of, random_log, recorded, simulated


def folded(store, as_of):
    law = law_of(store)
    rows = [f for history in cases_of(store).values() for f in findings(history, law, as_of)]
    # Periods of standing duties have rows to the end of the year after the newest record; later ones the fold alone.
    until = horizon(recorded(store))
    standing_found = standing_findings(filings(offices_of(store).values()), law, as_of)
    rows += [f for f in standing_found if f.duty.arose_on <= until]
    return sorted(rows, key=lambda f: (f.duty.trigger.log_index, f.duty.duty_id)), law


def told(finding, law):
    row = report.to_json(finding, law, as_of="", log_size=0)
    return {
        "duty_id": row["duty_id"],
        "state": row["state"],
        "due_on": finding.duty.due_on,
        "due_at": finding.duty.due_at,
        "days_late": row["days_late"],
        "unit": row["unit"] and row["unit"]["id"],
        "person": row["person"] and row["person"]["id"],
        "causes": [c["code"] for c in row["causes"]],
        "trigger": finding.duty.trigger.log_index,
    }


def stored(failure, as_of):
    return {
        "duty_id": failure.duty_id,
        "state": failure.state,
        "due_on": failure.due_on,
        "due_at": failure.due_at,
        "days_late": failure.days_late(as_of),
        "unit": failure.unit_id,
        "person": failure.official_id,
        "causes": failure.causes,
        "trigger": failure.trigger_index,
    }


def check_day(db, store, as_of):
    found, law = folded(store, as_of)
    assert [stored(f, as_of) for f in read.failures(db, read.Asked(as_of))] == [
        told(f, law) for f in found if f.is_failure
    ]
    by_state = {s: [told(f, law) for f in found if f.now.state == s] for s in STATES}
    for state, rows in by_state.items():
        asked = read.Asked(as_of, state=state)
        assert [stored(f, as_of) for f in read.failures(db, asked)] == rows, state
    assert read.states(db, as_of) == {s: len(rows) for s, rows in sorted(by_state.items()) if rows}


def check_holders(db, store, as_of):
    """The stored intervals, cut at the day, are those the audit shows."""
    found, _ = folded(store, as_of)
    for f in found:
        at = resolve(as_of, f.duty.zone).moment
        day = as_of.date() if isinstance(as_of, datetime) else as_of
        rows = db.execute(
            "SELECT after, least(coalesce(until, %s), %s), held_unit_id, held_official_id, charged_unit_id, ground,"
            " note, evidence FROM holding WHERE duty_id = %s AND seen_from <= %s AND %s < seen_to AND after < %s"
            " ORDER BY ordinal",
            (day, day, f.duty.duty_id, at, at, day),
        ).fetchall()
        assert rows == [
            (
                h.interval.after,
                h.until,
                h.interval.held_by.unit_id,
                h.interval.held_by.official_id,
                h.interval.charged_to.unit_id if h.interval.charged_to else None,
                h.interval.ground,
                h.interval.note,
                list(h.interval.evidence),
            )
            for h in f.now.held
        ]


def view_of(store, dsn):
    copy_into(store, dsn)
    Runner(dsn, store).catch_up()
    connection = psycopg.connect(dsn, autocommit=True)
    read.use(connection, "luoshi_view", "luoshi_reader")
    read.see(connection, read.MACHINE, is_local=False)
    return connection


class TestStoredIsFolded:
    def test_simulated_year(self, database):
        """
        A simulated year, asked month by month, yesterday and a year ago.
        """
        store = simulated(60)
        with view_of(store, database) as db:
            today = date(2026, 2, 10)
            days = [date(2025, m, 28) for m in range(1, 13)]
            for day in (*days, today, today - timedelta(days=1), today - timedelta(days=365)):
                check_day(db, store, day)
            check_holders(db, store, date(2025, 7, 1))

    @pytest.mark.parametrize("seed", range(20, 28))
    def test_any_history(self, database, seed):
        """
        Histories that claim times in any order; days and moments, the due moments and the moments of acts among them.
        """
        store = random_log(seed, cases=4)
        with view_of(store, database) as db:
            for n in range(0, 300, 13):
                check_day(db, store, date(2024, 12, 20) + timedelta(days=n))
                check_holders(db, store, date(2024, 12, 20) + timedelta(days=n))
            check_day(db, store, date(2029, 1, 1))
            moments = {r.occurred_at for h in cases_of(store).values() for r in h[:3]}
            due = datetime.fromisoformat("2025-03-01T10:30:00+08:00")
            tick = timedelta(microseconds=1)
            for moment in (*sorted(moments)[:6], sorted(moments)[1] - tick, due, due + tick):
                check_day(db, store, moment)


class Prefix:
    """The first records of a log, as a store would have had them then."""

    def __init__(self, store, size):
        self._store, self._size = store, size

    def size(self):
        return self._size

    def read_log(self, start, limit):
        return self._store.read_log(start, max(min(limit, self._size - start), 0))


class TestEveryStep:
    """After each step of the projection, whatever its size, the rows are those of a fold of what it has read."""

    @pytest.mark.parametrize("seed", [int(s) for s in os.environ.get("LUOSHI_TEST_SEEDS", "40 41 42").split()])
    def test_every_step(self, database, seed):
        store = random_log(seed, cases=3, acts=14, waiting=0.3)
        copy_into(store, database)
        runner, rng = Runner(database, store), Random(seed)  # noqa: S311 - steps must repeat from the seed
        reached = 0
        with psycopg.connect(database, autocommit=True) as db:
            while reached < store.size():
                reached = runner.catch_up(limit=rng.choice((1, 1, 2, 5, 9)))
                read.use(db, "luoshi_view", "luoshi_reader")
                read.see(db, read.MACHINE, is_local=False)
                for _ in range(2):
                    day = date(2024, 12, 20) + timedelta(days=rng.randrange(400))
                    check_day(db, Prefix(store, reached), day)
                check_holders(db, Prefix(store, reached), day)
        assert reached == store.size()

    def test_blocks_and_stated_causes_were_among_them(self):
        grounds, kinds = Counter(), Counter()
        for seed in (40, 41, 42):
            found, _ = folded(random_log(seed, cases=3, acts=14, waiting=0.3), date(2026, 1, 1))
            grounds.update(i.ground for f in found for i in f.duty.intervals)
            kinds.update(c.kind for f in found for c in f.causes)
        assert min(grounds["blocked"], grounds["blocked_in_time"], kinds["stated"]) > 0


class TestFilters:
    def test_pages_and_filters(self, database):
        """
        Pages put together are the whole list; a filter gives what the list has of it; groups count what is listed.
        """
        store = simulated(60)
        as_of = date(2025, 12, 31)
        with view_of(store, database) as db:
            every = read.failures(db, read.Asked(as_of))
            paged, after = [], None
            while page := read.failures(db, read.Asked(as_of), limit=3, after=after):
                paged += page
                after = page[-1].cursor
            assert paged == every
            for name, key in (("unit_ids", "unit_id"), ("official_ids", "official_id")):
                wanted = getattr(every[0], key)
                assert read.failures(db, read.Asked(as_of, **{name: (wanted,)})) == [
                    f for f in every if getattr(f, key) == wanted
                ]
            code = every[-1].causes[-1]
            assert read.failures(db, read.Asked(as_of, cause=code)) == [f for f in every if code in f.causes]
            assert sum(g.duties for g in read.groups(db, read.Asked(as_of), "duty")) == len(every)
            assert [g.key for g in read.groups(db, read.Asked(as_of), "unit")] == list(
                dict.fromkeys(f.unit_id for f in every)
            )
