"""
What the views choose, count and page for one unit or official is what the fold of the whole log says.
"""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from app.questions import Questions
from app.runner import Runner
from ledger.store.migrate import view_schema
from ledger.store.postgres import PostgresStore
from projections import answers, dossier, read
from projections.dossier import Whose
from tests.projections.logs import cases_of, copy_into, law_of, offices_of, random_log, simulated


def walk(db, whose, as_of, size):
    found, place = [], (-1, -1, "")
    while page := dossier.lines(db, whose, as_of, limit=size, after=place):
        found += page
        place = page[-1].place
    return found


@pytest.mark.parametrize("log", [simulated(40), *(random_log(seed, waiting=0.1) for seed in range(4))])
def test_as_the_fold_says(database, log):
    copy_into(log, database)
    with PostgresStore(database, environ={}) as store:
        Runner(database, store).catch_up()
        questions, law = Questions(log), law_of(log)
        cases, offices = cases_of(log), list(offices_of(log).values())
        with psycopg.connect(database) as db:
            read.use(db, view_schema("luoshi"))
            read.see(db, read.MACHINE)
            for as_of in (date(2025, 1, 31), date(2025, 4, 30), date(2025, 12, 31)):
                whom = [Whose(unit_id=u) for u in law.people.units]
                whom += [Whose(official_id=o) for o in list(law.people.officials)[:12]]
                held = 0
                for whose in whom:
                    if whose.unit_id is not None:
                        folded = questions.unit(whose.unit_id, as_of)
                    else:
                        folded = questions.person(whose.official_id, as_of, purpose="复核")
                    lines = walk(db, whose, as_of, 7)
                    made = answers.dossier(
                        lines,
                        whose,
                        law,
                        cases.__getitem__,
                        lambda: offices,
                        lambda days, whose=whose, as_of=as_of: dossier.loads(db, whose, as_of, days),
                        as_of,
                        log_size=log.size(),
                    )
                    assert made.rows() == folded["duties"]
                    held += len(lines)
                    if whose.unit_id is not None:
                        counted = dossier.counts(db, whose.unit_id, as_of)
                        assert counted == (folded["by_state"], folded["charged_with_due_day"])
                        late = dossier.lines(db, whose, as_of, limit=1000, state="breached")
                        assert [x.duty_id for x in late] == [
                            r["duty_id"] for r in folded["duties"] if r["state"] == "breached"
                        ]
                    else:
                        assert made.answers() == folded["answers"]
                assert held or as_of < date(2025, 2, 28)


def test_nothing_of_who_is_not_there(database):
    log = simulated(5)
    copy_into(log, database)
    with PostgresStore(database, environ={}) as store:
        Runner(database, store).catch_up()
    with psycopg.connect(database) as db:
        read.use(db, view_schema("luoshi"))
        read.see(db, read.MACHINE)
        day = date(2025, 12, 31)
        assert dossier.lines(db, Whose(unit_id="nowhere"), day, limit=9) == []
        assert dossier.counts(db, "nowhere", day) == ({}, 0)
        assert dossier.counts(db, "nowhere", day - timedelta(days=9000)) == ({}, 0)
