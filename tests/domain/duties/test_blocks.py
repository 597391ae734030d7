"""
Blocked days go to who holds the duty waited for, past its own limit; before that they are nobody's.
"""

from __future__ import annotations

from datetime import date

from domain.case import events as e
from tests.audit.asking import WU, ZHOU, ask, start
from tests.domain.duties.test_worked_example import SUN, ZHAO

CONCLUDE, ANSWER = "conclude_petition", "answer_urging"


def housing_waits_for_works(*, acknowledged=ZHOU, on="2026-05-01", answered=None):
    """
    Housing accepts on 10 March (60 days: 9 May). The bureau urges Works on 1 April to answer by 15 April; Works signs
    the same day. On 1 May Housing says it waits for that answer.
    """
    h, _ = start()
    accepted = h.add("2026-03-10", e.PetitionAccepted(**SUN))
    h.add("2026-03-10", e.AcceptanceNoticeServed(**SUN))
    found = h.add(
        "2026-03-31",
        e.BreachFindingRecorded(
            **ZHAO, subject_unit_id="works", obligation=CONCLUDE, trigger_version=accepted, ground="x"
        ),
    )
    urged = h.add(
        "2026-04-01", e.UrgingIssued(**ZHAO, addressee_unit_id="works", answer_by=date(2026, 4, 15), of_finding=found)
    )
    received = h.add("2026-04-01", e.UrgingReceived(**ZHOU, urging_version=urged))
    block = h.add(
        on,
        e.DutyBlocked(
            **SUN, obligation=CONCLUDE, trigger_version=accepted, by_obligation=ANSWER, by_trigger_version=received
        ),
    )
    if acknowledged is not None:
        h.add(on, e.BlockAcknowledged(**acknowledged, block_version=block))
    if answered is not None:
        h.add(answered, e.UrgingAnswered(**ZHOU, urging_version=urged))
    return h, accepted, block


def held(row):
    return [
        (x["from"], x["to"], x["unit"]["id"], x["charged_to"] and x["charged_to"]["unit"]["id"], x["charge_ground"])
        for x in row["holders"]
    ]


def test_past_its_own_limit_the_one_waited_for_is_charged():
    """Works was to answer by 15 April; from 1 May on the days are Works', and so is the due day, 9 May."""
    h, *_ = housing_waits_for_works()
    row = ask(h, "2026-05-20")[CONCLUDE]
    assert (row["state"], row["due_on"], row["unit"]["id"], row["days_late"]) == ("breached", "2026-05-09", "works", 11)
    assert held(row) == [
        ("2026-03-10", "2026-05-01", "housing", "housing", None),
        ("2026-05-01", "2026-05-20", "housing", "works", "blocked"),
    ]
    blocked = next(x for x in row["causes"] if x["code"] == "dependency_blocked")
    assert blocked["kind"] == "inferred"
    assert row["person"]["id"] == "wu"  # Works assigned nobody: its main leader


def test_within_its_limit_the_days_are_nobodys():
    """Said on 5 April: until the 15th nobody is charged, then Works."""
    h, *_ = housing_waits_for_works(on="2026-04-05")
    assert held(ask(h, "2026-05-20")[CONCLUDE]) == [
        ("2026-03-10", "2026-04-05", "housing", "housing", None),
        ("2026-04-05", "2026-04-15", "housing", None, "blocked_in_time"),
        ("2026-04-15", "2026-05-20", "housing", "works", "blocked"),
    ]


def test_once_it_has_ended_the_days_are_the_holders_again():
    h, *_ = housing_waits_for_works(answered="2026-05-05")
    row = ask(h, "2026-05-20")[CONCLUDE]
    assert held(row)[1:] == [
        ("2026-05-01", "2026-05-05", "housing", "works", "blocked"),
        ("2026-05-05", "2026-05-20", "housing", "housing", None),
    ]
    assert row["unit"]["id"] == "housing"


def test_nobody_acknowledged_it():
    """It is what Housing says, and Housing's days stay Housing's."""
    h, _, _ = housing_waits_for_works(acknowledged=None)
    row = ask(h, "2026-05-20")[CONCLUDE]
    assert {x[3] for x in held(row)} == {"housing"}
    stated = next(x for x in row["causes"] if x["code"] == "dependency_blocked")
    assert (stated["kind"], stated["by"]["unit"]["id"]) == ("stated", "housing")
    assert row["cause"]["kind"] == "inferred"


def test_a_body_that_supervises_may_acknowledge_and_a_stranger_may_not():
    h, *_ = housing_waits_for_works(acknowledged=ZHAO)
    assert ask(h, "2026-05-20")[CONCLUDE]["unit"]["id"] == "works"
    h, *_ = housing_waits_for_works(acknowledged=SUN)
    assert ask(h, "2026-05-20")[CONCLUDE]["unit"]["id"] == "housing"


def test_acknowledged_later_it_counts_from_the_day_it_was_said():
    h, _, block = housing_waits_for_works(acknowledged=None)
    h.add("2026-05-18", e.BlockAcknowledged(**WU, block_version=block))
    assert ask(h, "2026-05-17")[CONCLUDE]["unit"]["id"] == "housing"
    assert ask(h, "2026-05-20")[CONCLUDE]["unit"]["id"] == "works"


def test_a_circle_moves_no_days():
    h, accepted, _ = housing_waits_for_works()
    received = next(r.version for r in h.case() if isinstance(r.event, e.UrgingReceived))
    back = h.add(
        "2026-05-02",
        e.DutyBlocked(
            **ZHOU, obligation=ANSWER, trigger_version=received, by_obligation=CONCLUDE, by_trigger_version=accepted
        ),
    )
    h.add("2026-05-02", e.BlockAcknowledged(**SUN, block_version=back))
    rows = ask(h, "2026-05-20")
    assert {x[3] for x in held(rows[CONCLUDE])} == {"housing"}
    assert {x[3] for x in held(rows[ANSWER])} == {"works"}


def test_blocks_do_not_chain():
    """Works' own answer waits for the bureau's receipt in turn: Housing's days stay with Works."""
    h, *_ = housing_waits_for_works()
    received = next(r.version for r in h.case() if isinstance(r.event, e.UrgingReceived))
    sent = h.add("2026-05-02", e.PetitionReferred(**ZHOU, to_unit_id="bureau", basis="x"))
    on = h.add(
        "2026-05-02",
        e.DutyBlocked(
            **ZHOU, obligation=ANSWER, trigger_version=received, by_obligation="sign_receipt", by_trigger_version=sent
        ),
    )
    h.add("2026-05-02", e.BlockAcknowledged(**ZHAO, block_version=on))
    rows = ask(h, "2026-05-20")
    assert held(rows[CONCLUDE])[-1][3:] == ("works", "blocked")
    # The receipt has no number: it charges nobody, and the days of Works are nobody's while it waits.
    assert held(rows[ANSWER])[-1][3:] == (None, "blocked_in_time")


def test_waiting_for_an_unsigned_hand_over_is_nobodys():
    """Nobody set the receiver a limit for signing, so nobody is charged; the unsigned hand-over stands by itself."""
    h, _ = start()
    accepted = h.add("2026-03-10", e.PetitionAccepted(**SUN))
    sent = h.add("2026-04-20", e.PetitionReferred(**SUN, to_unit_id="works", basis="part"))
    block = h.add(
        "2026-04-21",
        e.DutyBlocked(
            **SUN, obligation=CONCLUDE, trigger_version=accepted, by_obligation="sign_receipt", by_trigger_version=sent
        ),
    )
    h.add("2026-04-22", e.BlockAcknowledged(**ZHAO, block_version=block))
    row = ask(h, "2026-05-20")[CONCLUDE]
    assert (row["state"], row["unit"], row["responsible"]) == ("breached", None, [])
    assert held(row)[-1][3:] == (None, "blocked_in_time")
