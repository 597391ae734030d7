"""
The simulated county against the audit: nothing planted is missed and nothing else is found, for several seeds; and the
year brings about every duty of every pack it adopts, met and failed, or it stands here why it cannot.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache

import pytest

from app.codec import PEOPLE_TOPICS
from app.handle import acts
from app.questions import Questions
from app.score import score
from app.simulate import SimulatedClock, simulate
from audit.findings import findings
from audit.office import standing_findings
from domain.duties.standing_duties import filings
from domain.law.in_force import Law, add
from domain.office.commands import is_office
from ledger.store.memory import MemoryStore
from tests.house.test_mechanisms import GROUP, rows
from tests.projections.logs import handler_over

CASES, SEEDS = 400, (2025, 7, 11)
AS_OF = date(2025, 12, 31)
FAILING = frozenset({"breached", "met_late", "disputed", "no_due"})
NEVER_ARISES = {
    "name_successor": "stands in the unit's own stream; the days of the gap are charged to the body above",
    "leader_reception_province": "a county has no provincial leaders",
    "leader_reception_prefecture": "a county has no prefectural leaders",
    "follow_up_rating": "in force from 2026 on: the year is 2025",
}
NOT_ADOPTED = {  # duties of a local text that this county did not put in force
    "department_route_list": "the county has no route list: one would bind every subject, and its own are others",
}
OF_THE_YEAR = "falls due on the last day of the year, and nobody is late within it"
NEVER_FAILS = {
    "special_inspection_yearly": OF_THE_YEAR,
    "funds_in_place": OF_THE_YEAR,
    "township_mediators": OF_THE_YEAR,
    "township_equipped": OF_THE_YEAR,
    "training_yearly": OF_THE_YEAR,
}


@cache
def year(seed):
    """The sheet, and the log it was planted in."""
    store, clock = MemoryStore(), SimulatedClock()
    sheet = simulate(handler_over(store, clock, seed), clock, seed=seed, cases=CASES)
    return sheet, store


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_planted_is_what_is_found(seed):
    """
    Recall, precision and causes are 1.0: each planted breach is found, with its unit, official and cause, and no other.
    """
    sheet, store = year(seed)
    questions = Questions(store)
    found = score(sheet.rows, [*questions.failures(AS_OF), *questions.failures(AS_OF, state="no_due")])
    assert (found.missed, found.extra, found.other_cause) == ((), (), ())
    assert found.planted == len(sheet.rows) == found.causes_right


@pytest.mark.parametrize("seed", SEEDS)
def test_days_are_those_that_were_planned(seed):
    """
    The due day and the day of the late discharge, in the simulator's own arithmetic and in the audit's.
    """
    sheet, store = year(seed)
    questions = Questions(store)
    listed = [*questions.failures(AS_OF), *questions.failures(AS_OF, state="no_due")]
    found = {(r["case_no"], r["duty"]): r for r in listed}
    for row in sheet.rows:
        said = found[row.case_no, row.duty]
        assert said["due_on"] == (row.due_on.isoformat() if row.cause not in BROKEN | {"no_due_date"} else None)
        late = said["discharged_at"] if said["state"] == "met_late" else None
        assert (late and late[:10]) == (row.met_on and row.met_on.isoformat()), row


BROKEN = {"handled_while_interested", "disclosed_to_accused"}  # bans have no day


@cache
def states():
    """By obligation, how many of its duties are in which state at the end of the year; and the rules themselves."""
    _, store = year(SEEDS[0])
    log = list(acts(store.read_log(0, store.size())))
    law, cases, offices = Law(), defaultdict(list), []
    for r in log:
        if r.topic in PEOPLE_TOPICS:
            add(law, r)
        elif is_office(r.stream):
            offices.append(r)
        else:
            cases[r.stream].append(r)
    counted = defaultdict(Counter)
    for history in cases.values():
        for f in findings(history, law, AS_OF):
            counted[f.duty.obligation][f.now.state] += 1
    for f in standing_findings(filings([offices]), law, AS_OF):
        counted[f.duty.obligation][f.now.state] += 1
    rules = {rule.obligation: rule for pack in law.rules.packs for rule in pack.rules if rule.kind != "window"}
    for adoptions in law.adoptions.values():
        rules |= {standing.obligation: standing.rule for standing in adoptions[-1].local.standing}
    return rules, counted


def named_as_duties():
    """The duties that docs/mechanisms.md names."""
    return {
        name
        for _, _, _, names, _ in rows()
        for m in GROUP.finditer(names)
        if m["word"] == "duty"
        for name in re.findall(r"`([^`]+)`", m["names"])
    }


def can_be_late(rule):
    """Whether the rule has a number, or an act or a period sets its day."""
    is_dated = rule.within is not None or rule.due_from is not None or rule.kind == "standing"
    return is_dated and not (rule.kind == "standing" and rule.no_due == "age")


def test_every_mechanism_that_bears_a_duty_is_lived_through():
    """
    What mechanisms.md names as a duty is a rule that the county adopted, and it arises there.
    """
    rules, counted = states()
    lived = named_as_duties() & rules.keys()
    assert named_as_duties() - rules.keys() == set(NOT_ADOPTED)
    assert {name for name in lived if not counted[name]} <= set(NEVER_ARISES)


def test_every_duty_arises():
    """
    Every duty of every pack arises, but those that no county owes; a ban arises as what broke it.
    """
    rules, counted = states()
    assert {name for name in rules if not counted[name]} == set(NEVER_ARISES)


def test_every_duty_is_met_and_failed():
    """
    Each that has a day is met at least once and failed at least once; each without one is done at least once. A ban is
    broken: keeping it leaves nothing to count.
    """
    rules, counted = states()
    wrong = []
    for name, rule in rules.items():
        if name in NEVER_ARISES:
            continue
        found = counted[name].keys()
        fails = bool(found & FAILING)
        if rule.kind == "ban":
            wrong += [] if fails else [(name, "never broken")]
        elif can_be_late(rule):
            wrong += [] if found & {"met", "met_late"} and "met" in found else [(name, "never met")]
            wrong += [] if fails != (name in NEVER_FAILS) else [(name, "failed" if fails else "never failed")]
        else:
            wrong += [] if "done" in found and not fails else [(name, sorted(found))]
    assert wrong == []


def test_other_ends():
    """
    Duties also end by an excuse, lawfully before their day, by an objection upheld, and in another's hands.
    """
    _, counted = states()
    every = sum(counted.values(), Counter())
    assert {"excused", "released", "void", "open"} <= every.keys()
