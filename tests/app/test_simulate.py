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
from ledger.disclosure import open_disclosure
from ledger.envelope import open_leaf, parse_payload
from ledger.store.memory import MemoryStore

CASES = 150


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
                (p.stream, p.version, p.topic, {} if p.topic == "key.enrolled.v1" else p.body, p.sd, p.recorded_at)
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
        assert {name for name, _ in sealed} == {"petitioner_name", "petitioner_contact", "text", "opinion_text"}
        log = b"\n".join(open_leaf(stored.leaf).payload for stored in store.read_log(0, store.size()))
        assert [value for _, value in sealed if value.encode() in log] == []


class TestSheet:
    def test_kinds(self, first):
        """
        Every kind of lapse is planted, in about a fifth of the cases.
        """
        sheet = first[2]
        assert len(sheet.describe()) == 17
        assert 0.15 * CASES < len(sheet.rows) < 0.22 * CASES
        assert sheet.cases == CASES

    def test_rows_name_what_is_on_record(self, first):
        """
        A row names a case of the log, one row a case, and a unit and an official of the register.
        """
        _, _, sheet, handler, _ = first
        known = {p.body["case_no"] for p in payloads(handler.store) if p.topic == "petition.registered.v1"}
        register = handler.register()
        assert len(known) == CASES
        assert len({row.case_no for row in sheet.rows}) == len(sheet.rows)
        for row in sheet.rows:
            assert row.case_no in known
            assert row.unit_id in register.units
            assert row.official_id is None if row.cause == "vacant_post" else row.official_id in register.officials
            assert row.met_on is None or row.met_on > row.due_on

    def test_round_trip(self, first):
        """
        A sheet read back from its JSON is the same sheet.
        """
        assert AnswerSheet.from_json(first[2].to_json()) == first[2]
