"""
How far a failure was pursued: recorded acts alone, and only those that stand.
"""

from __future__ import annotations

from datetime import date

from domain.case import events as e
from tests.audit.asking import ask, start
from tests.domain.duties.test_worked_example import SUN, ZHAO

DUTY = {"obligation": "serve_acceptance_notice", "trigger_version": 4}


def silent():
    """A notice that was never served; a finding about it stands at version 5."""
    h, _ = start()
    h.add("2026-03-24", e.BreachFindingRecorded(**ZHAO, subject_unit_id="housing", **DUTY, ground="no_notice"))
    return h


def asked(h, day="2026-06-01"):
    shown = ask(h, day)["serve_acceptance_notice"]["accountability"]
    own = [r.log_index for r in h.log if r.stream == h.stream]
    return shown["state"], shown["measure"], [own.index(i) + 1 for i in shown["evidence"]]


def decided(h):
    """Proposed at 6, offered at 7, answered at 8, decided at 9."""
    talk = {"measure": "talk", "subject_unit_id": "housing"}
    h.add("2026-04-01", e.AccountabilityProposed(**ZHAO, of_finding=5, **talk))
    h.add("2026-04-02", e.AccountabilityReplyOffered(**ZHAO, proposal_version=6, answer_by=date(2026, 4, 9)))
    h.add("2026-04-03", e.AccountabilityReplyGiven(**SUN, proposal_version=6))
    h.add(
        "2026-04-10",
        e.AccountabilityDecided(**ZHAO, proposal_version=6, **talk, basis="art. 13", executor_unit_id="bureau"),
    )
    return h


def test_a_finding_alone_pursues_nothing():
    assert asked(silent()) == ("none", None, [])


def test_urged_on_the_finding():
    h = silent()
    h.add("2026-03-25", e.UrgingIssued(**ZHAO, addressee_unit_id="housing", of_finding=5))
    assert asked(h) == ("urged", None, [5, 6])


def test_urged_about_another_duty():
    """
    An urging about one duty pursues no other.
    """
    h = silent()
    h.add(
        "2026-03-25",
        e.UrgingIssued(**ZHAO, addressee_unit_id="housing", of_obligation="register_petition", trigger_version=1),
    )
    assert asked(h) == ("none", None, [])


def test_proposed_decided_executed():
    h = decided(silent())
    assert asked(h, "2026-04-05") == ("proposed", "talk", [5, 6])
    assert asked(h) == ("decided", "talk", [5, 6, 9])
    h.add("2026-04-20", e.AccountabilityExecuted(**ZHAO, decision_version=9, evidence=("sha256:1",)))
    assert asked(h) == ("executed", "talk", [5, 6, 9, 10])


def test_a_decision_set_aside():
    """
    What was executed of a decision set aside does not stand either.
    """
    h = decided(silent())
    h.add("2026-04-20", e.AccountabilityExecuted(**ZHAO, decision_version=9, evidence=("sha256:1",)))
    h.add("2026-05-01", e.AccountabilitySetAside(**ZHAO, decision_version=9, reason="appeal"))
    assert asked(h) == ("proposed", "talk", [5, 6])
    assert asked(h, "2026-04-30") == ("executed", "talk", [5, 6, 9, 10])


def test_a_finding_withdrawn():
    h = decided(silent())
    h.add("2026-05-01", e.BreachFindingWithdrawn(**ZHAO, of_finding=5, reason="served_in_time"))
    assert asked(h) == ("none", None, [])
