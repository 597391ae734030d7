"""
The answer in an evidence file is the answer online, and its question is read strictly.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.asked import parse_as_of
from app.evidence.conclude import NoAnswer, conclude
from app.handle import acts
from app.questions import Questions
from audit.answer import Discharged
from domain.case import commands as c
from ledger import canonical
from ledger.store.contract import whole_log
from tests.app.office import Office

STREAM = "case/county/1"


@pytest.fixture(scope="module")
def office():
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    office.act(c.ReceivePetition, "bureau", "2026-03-03", no="2", channel="letter")
    office.act(c.ReferPetition, "bureau", "2026-04-10", to_unit_id="housing", basis="art. 22")
    return office


def asked(office, kind, **question):
    found = list(acts(whole_log(office.store)))
    streams = {recorded.stream for recorded in found} | {question.get("stream")}
    return conclude(kind, question, reversed(found), streams=streams, log_size=len(found))


@pytest.mark.parametrize("day", ["2026-03-05", "2026-03-31", "2026-12-31", "2026-03-31T09:00:00+08:00"])
def test_a_case_as_online(office, day):
    online = Questions(office.store).case("1", parse_as_of(day))
    assert [asked(office, "case", stream=STREAM, as_of=day)] == online
    canonical.encode(online[0])


def test_silence(office):
    """
    On 31 March nothing had discharged the duty; in April something had, and there is nothing to prove.
    """
    answer = asked(office, "absence", stream=STREAM, as_of="2026-03-31", duty="forward_or_assign")
    failures = Questions(office.store).failures(date(2026, 3, 31), duty="forward_or_assign")
    assert answer["duties"] == [f for f in failures if f["stream"] == STREAM]
    assert [d["state"] for d in answer["duties"]] == ["breached"]
    assert answer["exists"]
    assert len(answer["events"]) == 3
    with pytest.raises(Discharged, match="was discharged at 2026-04-10"):
        asked(office, "absence", stream=STREAM, as_of="2026-04-30", duty="forward_or_assign")


def test_no_such_case(office):
    answer = asked(office, "absence", stream="case/county/2026/7", as_of="2026-03-31")
    assert (answer["case_no"], answer["exists"], answer["events"], answer["duties"]) == ("2026/7", False, [], [])


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("case", {"stream": STREAM}),
        ("case", {"as_of": "2026-03-31"}),
        ("case", {"stream": STREAM, "as_of": "2026-03-31", "duty": "forward_or_assign"}),
        ("case", {"stream": STREAM, "as_of": "2026-03-31", "known_at": 3}),
        ("case", {"stream": "unit/bureau", "as_of": "2026-03-31"}),
        ("case", {"stream": "case/county", "as_of": "2026-03-31"}),
        ("case", {"stream": STREAM, "as_of": "31.3.2026"}),
        ("case", {"stream": STREAM, "as_of": "2026-03-31T09:00:00"}),
        ("case", {"stream": "case/county/none", "as_of": "2026-03-31"}),
        ("case", {"stream": STREAM, "as_of": "2025-03-31"}),
        ("absence", {"stream": STREAM, "as_of": "2026-03-31", "duty": 5}),
        ("verdict", {"stream": STREAM, "as_of": "2026-03-31"}),
    ],
)
def test_no_question(office, kind, question):
    with pytest.raises(ValueError, match=r"\w{3}"):
        asked(office, kind, **question)


def test_no_answer_is_named(office):
    with pytest.raises(NoAnswer, match="case/county/none: nothing had happened as of 2026-03-31"):
        asked(office, "case", stream="case/county/none", as_of="2026-03-31")
