"""
Standing duties in the stored view: what the rows answer for a day is what the audit folds for that day, however the
log was cut, and a rebuild gives the same rows.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from random import Random

import psycopg
import pytest

from app.runner import Runner
from audit.office import standing_findings
from domain.case.events import ActFiled
from domain.duties.standing_duties import SOURCE, filings
from domain.people import events as p
from ledger.store.memory import MemoryStore
from projections import answers, read
from tests.domain.duties.build import moment
from tests.domain.duties.county import DIGEST, RECEPTION
from tests.projections.logs import Writer, copy_into, dump, law_of, offices_of
from tests.projections.test_accountability import stored, told

WEEKLY = (
    RECEPTION.replace('"month"', '"week"')
    .replace('"local"', '"weekly"')
    .replace('obligation = "reception"', 'obligation = "weekly_reception"')
)


def county(seed):
    """A year in which heads come and go, receive or do not, are excused or late, and a pack is adopted on the way."""
    rng = Random(seed)  # noqa: S311 - a history must repeat from its seed
    w = Writer(MemoryStore())
    day = moment("2025-01-06")
    for unit, kind in (("gov", "government"), ("org", "party_committee"), ("east", "township")):
        w.enter(p.UnitEstablished(unit_id=unit, name=unit, kind=kind), day)
    for unit in ("gov", "org", "east"):
        post = f"{unit}-head"
        made = p.PostEstablished(post_id=post, unit_id=unit, title=post, rank="main_leader")
        w.enter(made, day)
        w.enter(p.AppointmentMade(post_id=post, official_id=f"{unit}-1", from_on=date(2025, 1, 6)), day)
    adopt(w, RECEPTION, "local", day)
    at, holder = day, "gov-1"
    for n in range(60):
        at += timedelta(days=rng.randrange(1, 9))
        match rng.randrange(8):
            case 0 if n > 20:
                adopt(w, WEEKLY, "weekly", at)
            case 1 if holder is not None:
                w.enter(p.AppointmentEnded(post_id="gov-head", official_id=holder, to_on=at.date()), at)
                holder = None
            case 2 if holder is None:
                holder = f"gov-{n}"
                made = p.AppointmentMade(post_id="gov-head", official_id=holder, from_on=at.date())
                w.enter(made, at)
            case 3:
                first = at.date() - timedelta(days=rng.randrange(0, 40))
                leave = ActFiled(
                    unit_id="org",
                    official_id="org-1",
                    post_id="org-head",
                    kind="leave",
                    numbers={},
                    evidence=(DIGEST,),
                    period_from=first,
                    period_to=first + timedelta(days=rng.randrange(0, 60)),
                    refers_to=("post/gov-head",),
                )
                w.add("office/org", leave, at)
            case _ if holder is not None:
                claimed = at - timedelta(days=rng.choice((0, 0, 3, 30)))
                act = ActFiled(
                    unit_id="gov",
                    official_id=rng.choice((holder, "org-1")),
                    post_id="gov-head",
                    kind="reception_attended",
                    numbers={},
                    evidence=(DIGEST,),
                )
                w.add("office/gov", act, claimed, at)
    return w.store


def adopt(w, text, pack, at):
    w.enter(p.RulePackAdopted(pack_id=pack, version="1", content=tomllib.loads(text)), at)


@pytest.mark.parametrize("seed", range(3))
def test_stored_is_folded(database, seed):
    store = county(seed)
    copy_into(store, database)
    rng = Random(seed)  # noqa: S311 - a history must repeat from its seed
    while (runner := Runner(database, store, chunk=rng.choice((1, 2, 9)))).status()[0].lag:
        runner.catch_up(limit=rng.choice((1, 5, 20)))
    fed = dump(database)
    law, offices = law_of(store), list(offices_of(store).values())
    states = set()
    with psycopg.connect(database, autocommit=True) as db:
        read.use(db, "luoshi_view", "luoshi_reader")
        read.see(db, read.MACHINE, is_local=False)
        assert read.office_streams(db) == sorted({o[0].stream for o in offices})
        for n in range(0, 560, 19):
            as_of = date(2025, 1, 10) + timedelta(days=n)
            found = standing_findings(filings(offices), law, as_of)
            failing = read.failures(db, read.Asked(as_of, source=SOURCE))
            in_order = sorted(found, key=lambda f: (f.duty.trigger.log_index, f.duty.duty_id))
            assert [stored(f, as_of) for f in failing] == [told(f, law) for f in in_order if f.is_failure], as_of
            counted = {}
            for f in found:
                counted[f.now.state] = counted.get(f.now.state, 0) + 1
            assert read.states(db, as_of, source=SOURCE) == counted
            states |= set(counted)
            rows = answers.rows(failing, law, lambda _: [], lambda: offices, as_of, log_size=store.size())
            assert [r["duty_id"] for r in rows] == [f.duty_id for f in failing]
    assert {"met", "breached", "open"} <= states
    Runner(database, store).rebuild()
    again = dump(database)
    for table, rows in fed.items():
        assert again[table] == rows, table
