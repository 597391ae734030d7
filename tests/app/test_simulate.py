"""
The simulated county: the same year from the same seed, enough kinds of lapses, a sheet that fits the log.
"""

from __future__ import annotations

from threading import Lock

import pytest
from stdnum.cn import uscc

from app.handle import Handler
from app.keyring import Keyring
from app.simulate import AnswerSheet, SimulatedClock, seeded_salt, simulate
from app.simulate.offices import standings
from app.simulate.planner import KINDS
from ledger.disclosure import open_disclosure
from ledger.envelope import open_leaf, parse_payload
from ledger.store.memory import MemoryStore

CASES = 400
KEYS = ("key.enrolled.v1", "key.revoked.v1")


def run(store, keyring, *, seed=2025):
    clock = SimulatedClock()
    handler = Handler(
        store,
        keyring,
        origin="simulated.example/log",
        clock=clock,
        salt=seeded_salt(seed),
        is_valid_uscc=uscc.is_valid,
        lock=Lock(),
    )
    told = []
    sheet = simulate(handler, clock, seed=seed, cases=CASES, progress=lambda done, total: told.append((done, total)))
    return sheet, handler, told


def payloads(store):
    return [parse_payload(open_leaf(stored.leaf).payload) for stored in store.read_log(0, store.size())]


@pytest.fixture(scope="module")
def first():
    store, keyring = MemoryStore(), Keyring()
    return store, keyring, *run(store, keyring)


class TestSimulate:
    def test_same_seed(self, first):
        """
        The same seed gives the same year, event for event and salt for salt; only the keys are new.
        """
        store, _, sheet, _, _ = first
        again = MemoryStore()
        assert run(again, Keyring())[0] == sheet

        def told(log):
            return [
                (p.stream, p.version, p.topic, {} if p.topic in KEYS else p.body, p.sd, p.recorded_at)
                for p in payloads(log)
            ]

        assert told(again) == told(store)

    def test_another_seed(self, first):
        """
        Another seed gives another year.
        """
        assert run(MemoryStore(), Keyring(), seed=3)[0] != first[2]

    def test_run_twice_over_one_log(self, first):
        """
        A second run over the same log, with the same keys, records nothing and gives the same sheet.
        """
        store, keyring, sheet, _, _ = first
        size = store.size()
        assert run(store, keyring)[0] == sheet
        assert store.size() == size

    def test_progress(self, first):
        """
        Whoever waits is told how far it is, and that it is done.
        """
        told = first[4]
        assert told[-1][0] == told[-1][1]
        assert [done for done, _ in told] == sorted(done for done, _ in told)

    def test_nobody_is_named_in_clear(self, first):
        """
        No sealed value stands in any stored payload: petitioners are in disclosures only.
        """
        store = first[0]
        sealed = {open_disclosure(d) for held in store.disclosures(range(store.size())).values() for d in held}
        personal = {"petitioner_name", "petitioner_contact", "text", "opinion_text"}
        assert {name for name, _ in sealed} == {*personal, "accused_official"}
        log = b"\n".join(open_leaf(stored.leaf).payload for stored in store.read_log(0, store.size()))
        assert [value for name, value in sealed if name in personal and value.encode() in log] == []

    def test_no_accusation_names_the_accused(self, first):
        """
        What is recorded of an accusation holds the accused official's id nowhere but in its sealed value.
        """
        store = first[0]
        held = store.disclosures(range(store.size()))
        accused = {
            index: dict(map(open_disclosure, found))["accused_official"]
            for index, found in held.items()
            if any(open_disclosure(d)[0] == "accused_official" for d in found)
        }
        assert accused
        log = store.read_log(0, store.size())
        for index, official in accused.items():
            stream = log[index].stream
            about = [parse_payload(open_leaf(s.leaf).payload) for s in log if s.stream == stream]
            assert official not in {value for p in about for value in p.body.values()}


class TestSheet:
    def test_kinds(self, first):
        """
        Every kind of lapse is planted, in about a fifth of the cases.
        """
        sheet = first[2]
        of_offices = {standing.duty for standing in standings()}
        assert set(sheet.describe()) == set(KINDS) | of_offices
        assert len(KINDS) >= 30
        assert 0.15 * CASES < sum(row.kind in KINDS for row in sheet.rows) < 0.22 * CASES
        assert sheet.cases == CASES

    def test_rows_name_what_is_on_record(self, first):
        """
        A row names a case of the log, one row a case, and a unit and an official of the register: but nobody where a
        post was vacant, and no unit where what is on record as done in time was contradicted.
        """
        _, _, sheet, handler, _ = first
        known = {p.body["case_no"] for p in payloads(handler.store) if p.topic == "petition.registered.v1"}
        register = handler.register()
        assert len(known) == CASES
        assert len({(row.case_no, row.duty) for row in sheet.rows}) == len(sheet.rows)
        assert len({row.case_no for row in sheet.rows if row.kind in KINDS}) == sum(r.kind in KINDS for r in sheet.rows)
        for row in sheet.rows:
            owes = row.case_no.partition("/")[0]
            assert row.case_no in known if row.kind in KINDS else owes in {*register.units, *register.posts}
            assert (row.unit_id is None) if row.kind == "contradicted" else row.unit_id in register.units
            is_nobody = row.cause == "vacant_post" or row.unit_id is None
            assert row.official_id is None if is_nobody else row.official_id in register.officials
            assert (row.due_on is None) == (row.cause == "no_due_date")
            assert row.met_on is None or row.met_on > row.due_on

    def test_round_trip(self, first):
        """
        A sheet read back from its JSON is the same sheet.
        """
        assert AnswerSheet.from_json(first[2].to_json()) == first[2]
