"""
Reading a sealed value: the ground, the event, and who is kept out.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.handle import read
from app.sealed import fields_of
from app.unseal import NotShown, open_sealed
from domain.case import commands as c
from domain.case import events as e
from domain.case.errors import Refused
from domain.recorded import Actor
from ledger.envelope import open_leaf
from tests.app.sealing import SealedOffice

STREAM = f"case/accusation/{'0a' * 16}"
ACCUSED = (("accused_official", "housing-head"), ("subject", "受贿"), ("purpose", "查处"))


@pytest.fixture
def office(tmp_path) -> SealedOffice:
    made = SealedOffice(tmp_path)
    made.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=(("petitioner_name", "张三"),))
    at = made.at
    made.handler.handle(
        c.ReceiveAccusation(
            stream=STREAM,
            unit_id="bureau",
            official_id="bureau-desk",
            actor=Actor(official_id="bureau-desk"),
            occurred_at=at,
            now=at,
            command_id="accuse",
            channel="letter",
            sealed=ACCUSED,
        )
    )
    return made


def ask(office, who, field="subject", stream=STREAM, **more):
    told = {"ground": "discipline", "ground_text": "初核", "unit_id": "bureau", "day": date(2026, 3, 2)}
    reader = Actor(official_id=who, acting_for=more.pop("acting_for", None))
    return open_sealed(office.handler, office.store, stream, field, reader=reader, **(told | more))


def history(office, stream=STREAM):
    return [read(stored) for stored in office.store.read_stream(stream)]


def test_shown_and_recorded(office):
    """
    The value comes with an event that names the reader, the digest and the ground, and not the value.
    """
    [shown] = ask(office, "bureau-desk")
    assert shown.value == "受贿"
    last = history(office)[-1]
    assert last.event == e.SealedValueRead(
        unit_id="bureau", official_id="bureau-desk", digests=(shown.digest,), ground="discipline"
    )
    assert "初核" not in open_leaf(office.store.read_stream(STREAM)[-1].leaf).payload.decode()
    assert office.verify().ok


def test_recorded_before_it_is_shown(office, monkeypatch):
    """
    Where the event cannot be recorded, nothing is shown.
    """

    def fails(events):
        raise OSError("disk full")

    monkeypatch.setattr(office.below, "append", fails)
    with pytest.raises(OSError, match="disk full"):
        ask(office, "bureau-desk")


def test_each_reading_is_an_event(office):
    before = office.store.size()
    ask(office, "bureau-desk")
    ask(office, "bureau-desk")
    assert office.store.size() == before + 2


@pytest.mark.parametrize(
    ("who", "acting_for", "why"),
    [
        ("housing-head", None, "accused_official"),
        ("housing-desk", None, "not_the_holding_unit"),
        ("bureau-desk", "housing-head", "accused_official"),
    ],
)
def test_refused_and_recorded(office, who, acting_for, why):
    """
    Every refusal looks the same to whoever asks and to whoever reads the log; who and why are sealed.
    """
    with pytest.raises(NotShown, match="不予查阅") as refused:
        ask(office, who, acting_for=acting_for)
    assert str(refused.value) == str(NotShown())
    last = history(office)[-1]
    assert last.event == e.SealedReadRefused(unit_id="bureau")
    assert last.actor == Actor(system="registrar")
    leaf = office.store.read_stream(STREAM)[-1].leaf
    assert who not in open_leaf(leaf).payload.decode()
    sealed = {f.name: f.value for f in fields_of(office.store, history(office)) if f.log_index == last.log_index}
    assert (sealed["reader"], sealed["reason"]) == (who, why)
    assert office.verify().ok


def test_nothing_of_an_accusation_in_clear(office):
    [stored] = office.store.read_stream(STREAM)
    payload = open_leaf(stored.leaf).payload.decode()
    assert not any(value in payload for value in ("housing-head", "受贿", "查处"))


def test_an_excluded_reader_learns_no_names(office):
    """
    Asked for a field that is not there, the excluded hear what they hear of one that is.
    """
    with pytest.raises(NotShown):
        ask(office, "housing-head", field="no_such_field")
    with pytest.raises(Refused, match="no sealed field"):
        ask(office, "bureau-desk", field="no_such_field")


def test_accused_that_cannot_be_read(office):
    """
    With the accused's identifier gone nobody can be told from the accused, and nobody is shown the rest.
    """
    office.vault.destroy(STREAM, before=0)
    with pytest.raises(NotShown):
        ask(office, "bureau-desk")


@pytest.mark.parametrize(
    ("more", "field"), [({"ground": "curiosity"}, "ground"), ({"ground_text": " "}, "ground_text")]
)
def test_no_ground(office, more, field):
    size = office.store.size()
    with pytest.raises(Refused) as refused:
        ask(office, "bureau-desk", **more)
    assert refused.value.field == field
    assert office.store.size() == size


def test_a_petition_excludes_nobody(office):
    [shown] = ask(office, "housing-desk", "petitioner_name", "case/county/1", unit_id="housing", ground="handling")
    assert shown.value == "张三"
