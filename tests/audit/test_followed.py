"""
What followed a failure: steps, days between them, replies, rectification, the ladder, and follow-ups not given.
"""

from __future__ import annotations

from datetime import date

import pytest

from audit.findings import findings
from audit.followed import followed, to_json
from domain.case import events as e
from tests.audit.asking import law_of
from tests.audit.test_pursuit import decided, silent
from tests.domain.duties.test_worked_example import SUN, ZHAO

ORDER = e.RectificationOrdered(**ZHAO, addressee_unit_id="housing", rectify_by=date(2026, 4, 20), of_finding=5)


def asked(h, day="2026-06-01", duty="serve_acceptance_notice"):
    law, at = law_of(h), date.fromisoformat(day)
    history = h.case()
    rows = followed(history, findings(history, law, at), law, at)
    [row] = [to_json(r, law, as_of=day, log_size=len(h.log)) for r in rows if r.finding.duty.obligation == duty]
    return row


def index(h, version):
    return [r.log_index for r in h.log if r.stream == h.stream][version - 1]


def test_unpursued():
    """
    Nobody did anything: no steps, and the days since the breach.
    """
    h = silent()
    row = asked(h, "2026-03-23")
    assert (row["steps"], row["days_unpursued"]) == ([], 3)
    assert row["days_from_breach"] == dict.fromkeys(("discovery", "proposal", "decision", "execution", "rectification"))
    assert not any(rung["is_on_record"] for rung in row["ladder"])


def test_days_from_the_breach():
    """
    Due 20 March; found on the 24th, proposed 1 April, decided on the 10th, executed on the 20th.
    """
    h = decided(silent())
    h.add("2026-04-20", e.AccountabilityExecuted(**ZHAO, decision_version=9, evidence=("x",)))
    row = asked(h)
    assert row["breached_on"] == "2026-03-20"
    assert row["days_from_breach"] == {
        "discovery": 4,
        "proposal": 12,
        "decision": 21,
        "execution": 31,
        "rectification": None,
    }
    assert [s["act"] for s in row["steps"]] == [
        "breach_finding_recorded",
        "accountability_proposed",
        "accountability_reply_offered",
        "accountability_reply_given",
        "accountability_decided",
        "accountability_executed",
    ]
    assert row["days_unpursued"] is None


def test_what_was_taken_back_is_shown_and_does_not_stand():
    h = decided(silent())
    h.add("2026-05-01", e.BreachFindingWithdrawn(**ZHAO, of_finding=5, reason="served"))
    row = asked(h)
    assert [s["stands"] for s in row["steps"]] == [False, False, False, False, False, False]
    assert set(row["days_from_breach"].values()) == {None}
    assert row["replies"] == []
    assert not row["ladder"][0]["is_on_record"]


@pytest.mark.parametrize(
    ("acts", "day", "state"),
    [
        (0, "2026-04-05", "not_offered"),
        (1, "2026-04-05", "offered"),
        (1, "2026-04-10", "day_passed"),
        (2, "2026-04-10", "given"),
    ],
)
def test_reply(acts, day, state):
    h = silent()
    h.add("2026-04-01", e.AccountabilityProposed(**ZHAO, of_finding=5, measure="talk", subject_unit_id="housing"))
    if acts > 0:
        h.add("2026-04-02", e.AccountabilityReplyOffered(**ZHAO, proposal_version=6, answer_by=date(2026, 4, 9)))
    if acts > 1:
        h.add("2026-04-03", e.AccountabilityReplyGiven(**SUN, proposal_version=6))
    [reply] = asked(h, day)["replies"]
    assert reply["state"] == state
    assert reply["evidence"] == [index(h, 7 + n) for n in range(acts)]


def test_rectification_and_the_ladder():
    """
    A missed order puts the condition of a step up on record; nothing is proposed by it.
    """
    h = silent()
    h.add("2026-04-01", ORDER)
    before, after = asked(h, "2026-04-20"), asked(h, "2026-04-21")
    assert [r["state"] for r in before["rectifications"]] == ["ordered"]
    assert [r["is_on_record"] for r in before["ladder"]] == [True, *[False] * 6]
    assert [r["state"] for r in after["rectifications"]] == ["overdue"]
    assert [r["is_on_record"] for r in after["ladder"]] == [True] * 7
    assert after["ladder"][1]["conditions"]["missed_order"] == [index(h, 6)]
    assert all(not r["taken"] for r in after["ladder"])


def test_rectification_rejected_and_verified():
    h = silent()
    h.add("2026-04-01", ORDER)
    h.add("2026-04-10", e.RectificationReported(**SUN, order_version=6, evidence=("x",)))
    assert asked(h, "2026-04-11")["rectifications"][0]["state"] == "reported"
    h.add(
        "2026-04-12",
        e.RectificationRejected(**ZHAO, order_version=6, reason="thin", rectify_by=date(2026, 4, 30)),
    )
    [sent_back] = asked(h, "2026-04-25")["rectifications"]
    assert (sent_back["state"], sent_back["rectify_by"], sent_back["rejections"]) == ("ordered", "2026-04-30", 1)
    h.add("2026-04-28", e.RectificationReported(**SUN, order_version=6, evidence=("y",)))
    h.add("2026-05-02", e.RectificationVerified(**ZHAO, order_version=6))
    row = asked(h)
    assert row["rectifications"][0]["state"] == "verified"
    assert row["days_from_breach"]["rectification"] == 43


def test_a_stated_ground():
    """
    The ground that a proposal states is the condition of its own step and of no other.
    """
    h = silent()
    h.add(
        "2026-04-01",
        e.AccountabilityProposed(**ZHAO, of_finding=5, measure="admonition", subject_unit_id="housing", ground="grave"),
    )
    assert [r["is_on_record"] for r in asked(h)["ladder"]] == [True, False, False, True, False, False, False]


def test_who_owed_the_follow_up():
    """
    The order was missed: its addressee owed the rectification, and is shown with its days.
    """
    h = silent()
    h.add("2026-04-01", ORDER)
    assert asked(h, "2026-04-20")["owed"] == []
    [owed] = asked(h, "2026-04-25")["owed"]
    assert (owed["duty"], owed["unit"]["id"], owed["days_late"]) == ("rectify_in_time", "housing", 5)


def test_nothing_to_follow():
    h = silent()
    law = law_of(h)
    assert followed([], [], law, date(2026, 6, 1)) == []
    at = date(2026, 3, 10)
    assert followed(h.case(), findings(h.case(), law, at), law, at) == []
