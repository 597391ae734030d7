"""
Sealed values reach a paper through a reading that is on record, and only those that the paper wants.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.handle import acts
from app.papers.sealed import opened_values
from app.papers.template import templates
from app.unseal import NotShown
from domain.case import commands as c
from domain.case import events as e
from domain.recorded import Actor
from tests.app.papers import cases
from tests.app.sealing import SealedOffice


@pytest.fixture
def office(tmp_path):
    office = SealedOffice(tmp_path)
    office.act(c.ReceivePetition, "bureau", "2026-01-05", channel="letter", sealed=cases.SEALED, no=cases.NO)
    return office


def read(office, who, stream=cases.STREAM):
    template = templates()["acceptance_notice"]
    return opened_values(
        office.handler,
        office.store,
        template,
        list(acts(office.store.read_stream(stream))),
        ground="handling",
        ground_text="制作受理告知书",
        reader=Actor(official_id=who),
        unit_id=who.partition("-")[0],
        day=date(2026, 1, 5),
    )


def test_a_reading_is_an_event_and_gives_what_is_wanted(office):
    assert read(office, "bureau-desk") == {"petitioner_name": "李建国"}
    readings = [r.event for r in cases.history(office) if isinstance(r.event, e.SealedValueRead)]
    assert [(r.official_id, len(r.digests)) for r in readings] == [("bureau-desk", 1)]


def test_who_may_not_see_gets_nothing(tmp_path):
    """
    The head who is accused asks for the accuser's name.
    """
    office = SealedOffice(tmp_path)
    sealed = (("accused_official", "housing-head"), ("subject", "受贿"), ("purpose", "查处"), *cases.SEALED)
    stream = f"case/accusation/{'0a' * 16}"
    office.handler.handle(
        c.ReceiveAccusation(
            stream=stream,
            unit_id="bureau",
            official_id="bureau-desk",
            actor=Actor(official_id="bureau-desk"),
            occurred_at=office.at,
            now=office.at,
            command_id="accuse",
            channel="letter",
            sealed=sealed,
        )
    )
    with pytest.raises(NotShown):
        read(office, "housing-head", stream)
    assert not [r for r in acts(office.store.read_stream(stream)) if isinstance(r.event, e.SealedValueRead)]
