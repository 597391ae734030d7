"""
A reading is recorded: accepted, refused, and repeated, which is another reading.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.case.errors import Refused
from domain.reading.decide import RecordReading, decide, stream_of
from domain.reading.events import AnswerRead
from domain.recorded import Actor
from tests.domain.duties.build import bureau_and_housing, moment

PEOPLE = bureau_and_housing().people()
ASKED = RecordReading(
    what="person_answer",
    query='{"person":"sun"}',
    purpose="核查",
    as_of="2026-03-05",
    log_size=9,
    actor=Actor(official_id="zhao"),
    official_id="zhao",
    unit_id="bureau",
    now=moment("2026-03-06"),
    command_id="c",
)
READ = AnswerRead(what="person_answer", as_of="2026-03-05", log_size=9, unit_id="bureau", official_id="zhao")


def test_accepted():
    assert decide(ASKED, PEOPLE) == READ
    assert stream_of(ASKED) == "reading/unit/bureau"


def test_nothing_tells_whom_it_was_about():
    said = repr(decide(ASKED, PEOPLE)) + stream_of(ASKED)
    assert "sun" not in said
    assert "核查" not in said


def test_by_the_machine():
    """For nobody named; or for an official whose key the ledger does not keep."""
    command = replace(ASKED, actor=Actor(system="registrar"), official_id=None, unit_id=None)
    assert decide(command, PEOPLE) == replace(READ, unit_id=None, official_id=None)
    assert stream_of(command) == "reading/machine"
    assert decide(replace(ASKED, actor=Actor(system="registrar")), PEOPLE) == READ


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": "gossip"}, "what"),
        ({"purpose": "  "}, "purpose"),
        ({"purpose": "x" * 501}, "purpose"),
        ({"official_id": None, "actor": Actor(system="registrar")}, "official_id"),
        ({"official_id": "nobody", "actor": Actor(system="registrar")}, "official_id"),
        ({"actor": Actor(official_id="li")}, "actor"),
        ({"unit_id": "nowhere"}, "unit_id"),
    ],
)
def test_refused(wrong, field):
    with pytest.raises(Refused) as caught:
        decide(replace(ASKED, **wrong), PEOPLE)
    assert caught.value.field == field


def test_repeated():
    """The same question again was read again."""
    assert decide(replace(ASKED, command_id="d"), PEOPLE) == READ
