"""
What the register lists is recorded with its list or not at all.
"""

from __future__ import annotations

from datetime import date

import pytest

from app import codec
from app.establish import REGISTRAR, record
from domain.people import events as p
from domain.people.commands import RecordPeople
from domain.people.streams import PACKS
from ledger.envelope import Draft, Sealed, payload, seal
from ledger.errors import LedgerError
from ledger.store.contract import whole_log
from tests.app.office import Office

POST = p.PostEstablished(post_id="new", unit_id="bureau", title="new", rank="staff")


@pytest.fixture
def office():
    return Office()


def test_both_in_one_append(office):
    before = office.store.size()
    outcome = record(office.handler, POST, now=office.at)
    added = [(s.log_index, s.stream, s.topic) for s in office.store.read_log(before)]
    assert added == [(before, "post/new", POST.TOPIC), (before + 1, "unit/bureau", POST.TOPIC)]
    assert (outcome.stream, outcome.log_index, outcome.is_new) == ("post/new", before, True)
    assert "new" in office.handler.register().unit_posts["bureau"]


def test_twice_is_once(office):
    first = record(office.handler, POST, now=office.at)
    size = office.store.size()
    again = record(office.handler, POST, now=office.at)
    assert (again.log_index, again.is_new, office.store.size()) == (first.log_index, False, size)


def test_somebody_else_continues_the_list(office, monkeypatch):
    """
    Two posts of one unit at once: the second reads the unit's stream again, and no list has a hole.
    """
    append, other = office.store.append, office.another_handler(office.store)

    def first(leaves):
        monkeypatch.setattr(office.store, "append", append)
        record(other, p.PostEstablished(post_id="other", unit_id="bureau", title="x", rank="staff"), now=office.at)
        return append(leaves)

    monkeypatch.setattr(office.store, "append", first)
    record(office.handler, POST, now=office.at)
    listed = [s.version for s in office.store.read_stream("unit/bureau")]
    assert listed == list(range(1, len(listed) + 1))
    assert office.handler.register().unit_posts["bureau"][-2:] == ["other", "new"]


def test_packs_and_notices(office):
    streams = {s.topic: s.stream for s in whole_log(office.store)}
    assert streams["rule_pack.adopted.v1"] == PACKS
    assert streams["calendar_notice.adopted.v1"] == "calendar/adopted"


def test_an_older_log(office):
    """A pack that an earlier version put into a stream of its own is not taken for adopted."""
    pack = p.RulePackAdopted(pack_id="old", version="1", content={"schema": "luoshi.pack.v1", "pack": "old"})
    at = codec.moment(office.at)
    draft = Draft(
        "pack/old", 1, pack.TOPIC, codec.encode(pack), codec.actor_body(REGISTRAR), at, "old", office.handler.origin
    )
    leaf = seal(payload(draft, prev=None, recorded_at=at), office.handler.keyring.signer("system/registrar"))
    office.store.append([Sealed("pack/old", 1, pack.TOPIC, "old", leaf)])
    command = RecordPeople(event=pack, actor=REGISTRAR, occurred_at=office.at, now=office.at, command_id="old")
    with pytest.raises(LedgerError, match="pack/old: this log was begun by an earlier version"):
        office.handler.record(command)


def test_an_appointment(office):
    made = p.AppointmentMade(post_id="bureau-desk", official_id="bureau-head", from_on=date(2026, 1, 1))
    record(office.handler, made, now=office.at)
    assert office.handler.register().official_posts["bureau-head"] == ["bureau-head", "bureau-desk"]
    assert office.store.read_stream("official/bureau-head")[-1].topic == made.TOPIC
