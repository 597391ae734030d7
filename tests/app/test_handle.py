"""
One act, from command to log.
"""

from __future__ import annotations

import json

import pytest

from app.handle import read
from app.keyring import NoKey
from domain.case import commands as c
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger.disclosure import digest, open_disclosure
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import Conflict
from ledger.store.memory import MemoryStore
from ledger.verify import verify_log
from tests.app.office import Office


def test_the_same_command_is_recorded_once():
    office = Office()
    first = office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    size = office.store.size()
    again = office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    assert (first.is_new, again.is_new, again.log_index) == (True, False, first.log_index)
    assert office.store.size() == size


def test_a_refused_command_records_nothing():
    office = Office()
    size = office.store.size()
    with pytest.raises(Refused):
        office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    assert office.store.size() == size


def test_sealed_values_stay_out_of_the_leaf():
    """
    A petitioner's name is a salted digest in the leaf; the value stands in the disclosures, beside it.
    """
    office = Office()
    sealed = (("petitioner_name", "张三"), ("text", "房屋漏水"))
    done = office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=sealed)
    [stored] = office.store.read_log(done.log_index, 1)
    payload = parse_payload(open_leaf(stored.leaf).payload)
    assert "张三" not in open_leaf(stored.leaf).payload.decode()
    kept = office.store.disclosures([done.log_index])[done.log_index]
    assert {open_disclosure(d) for d in kept} == set(sealed)
    assert sorted(digest(d) for d in kept) == list(payload.sd)


def test_the_clerk_signs_with_a_key_of_their_own():
    office = Office()
    done = office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    [stored] = office.store.read_log(done.log_index, 1)
    assert open_leaf(stored.leaf).key_id.startswith("official/bureau-desk+")


def test_nobody_acts_without_a_key():
    office = Office()
    with pytest.raises(NoKey, match="admin2"):
        office.handler.keyring.signer_for(Actor(official_id="admin2"))


def test_somebody_was_first():
    """
    Two clerks act on one case at once: the second reloads and decides again, and both acts are recorded.
    """

    class Racing(MemoryStore):
        def __init__(self):
            super().__init__()
            self.intruders = []

        def append(self, events):
            if self.intruders:
                super().append(self.intruders.pop())
            return super().append(events)

    office = Office(Racing())
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    spare = Office()
    spare.handler.keyring = office.handler.keyring
    spare.store._log = list(office.store._log)
    spare.store._streams = {k: list(v) for k, v in office.store._streams.items()}
    spare.handler._read_to = 0
    spare.act(c.NoteProgress, "bureau", "2026-03-03", step="a")
    intruder = spare.store.read_log(office.store.size(), 1)[0]
    office.store.intruders.append([_sealed(intruder)])
    done = office.act(c.NoteProgress, "bureau", "2026-03-03", step="b", command_id="mine")
    assert (done.version, done.is_new) == (4, True)


def test_a_stream_that_never_rests_is_a_conflict():
    class Busy(MemoryStore):
        is_busy = False

        def append(self, events):
            if self.is_busy:
                raise Conflict(events[0].stream, 1, 2)
            return super().append(events)

    office = Office(Busy())
    office.store.is_busy = True
    with pytest.raises(Conflict):
        office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")


def test_what_the_office_records_verifies():
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=(("text", "x"),))
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    report = verify_log(
        office.store.read_log(0, 10_000),
        checkpoint=None,
        log_verifier=None,
        tiles=None,
        expect_origin="test.example/log",
        disclosures=office.store.disclosures,
    )
    assert report.ok, report.failure


def test_stored_bytes_read_back_as_they_were_decided():
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    [stored] = office.store.read_stream("case/county/1")
    recorded = read(stored)
    assert (recorded.event.unit_id, recorded.event.channel) == ("bureau", "letter")
    assert json.loads(open_leaf(stored.leaf).payload)["occurred_at"] == "2026-03-02T01:00:00.000000Z"


def _sealed(stored):
    from ledger.envelope import Sealed  # noqa: PLC0415

    return Sealed(stored.stream, stored.version, stored.topic, stored.command_id, stored.leaf)
