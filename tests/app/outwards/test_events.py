"""CloudEvents of recorded acts: their members, nothing sealed, no accusation in any way."""

from __future__ import annotations

import json

from app.handle import read
from app.outwards.events import cloud_event, page
from domain.case import commands as c
from tests.app.office import Office

ORIGIN = "test.example/log"
ACCUSATION = f"case/accusation/{'a' * 32}"


def office():
    made = Office()
    sealed = (("petitioner_name", "赵某"),)
    made.act(c.ReceivePetition, "bureau", "2025-03-03", no="1", channel="letter", sealed=sealed)
    made.act(
        c.ReceiveAccusation,
        "bureau",
        "2025-03-03",
        stream=ACCUSATION,
        channel="letter",
        sealed=(("accused_official", "housing-head"),),
    )
    made.act(c.ReceivePetition, "housing", "2025-03-04", no="2", channel="letter")
    return made


def paged(store, seen, **more):
    after = more.pop("after", -1)
    asked = {"origin": ORIGIN, "after": after, "limit": 10, "log_size": store.size(), **more}
    return page(store.read_log(after + 1, 1000), lambda s: s & frozenset(seen), **asked)


def test_one_event():
    store = office().store
    [stored] = store.read_stream("case/county/1")
    made = cloud_event(read(stored), ORIGIN)
    assert {k: made[k] for k in ("specversion", "id", "source", "type", "subject", "partitionkey")} == {
        "specversion": "1.0",
        "id": str(stored.log_index),
        "source": "urn:luoshi:test.example/log",
        "type": "cn.luoshi.petition.received.v1",
        "subject": "case/county/1",
        "partitionkey": "case/county/1",
    }
    assert int(made["sequence"]) == stored.log_index
    assert made["time"].startswith("2025-03-03T")
    assert made["data"]["actor"] == {"official": "bureau-desk", "system": None}
    assert made["data"]["body"]["channel"] == "letter"
    assert "赵某" not in json.dumps(made, ensure_ascii=False)


def test_only_what_is_visible_and_every_position_once():
    store = office().store
    every = ("case/county/1", "case/county/2")
    assert [e["subject"] for e in paged(store, every).items] == list(every)
    assert [e["subject"] for e in paged(store, ("case/county/2",)).items] == ["case/county/2"]
    assert paged(store, ()).items == ()
    walked, after = [], -1
    while (found := paged(store, every, after=after, limit=1)).next != after:
        walked += [e["subject"] for e in found.items]
        after = found.next
    assert walked == list(every)


def test_nothing_beyond_what_the_views_have():
    store = office().store
    [second] = store.read_stream("case/county/2")
    found = paged(store, ("case/county/1", "case/county/2"), log_size=second.log_index)
    assert [e["subject"] for e in found.items] == ["case/county/1"]
    assert found.next == second.log_index - 1


def test_an_accusation_only_where_it_may_be_seen_and_never_by_another_act():
    made = office()
    made.act(c.RegisterPetition, "housing", "2025-03-05", no="2", case_no="2")
    made.act(c.NoteProgress, "housing", "2025-03-05", no="2", step=f"see {ACCUSATION}")
    every = ("case/county/1", "case/county/2")
    found = [e["type"] for e in paged(made.store, every).items]
    assert found == [f"cn.luoshi.petition.{x}.v1" for x in ("received", "received", "registered")]
    assert [e["subject"] for e in paged(made.store, (*every, ACCUSATION)).items].count(ACCUSATION) == 1
