"""
Where a matter goes by a decision or an agreement about jurisdiction, what runs on it goes with it.
"""

from __future__ import annotations

import pytest

from domain.case import events as e
from domain.people import events as p
from tests.audit.asking import ask, start
from tests.domain.duties.test_worked_example import SUN, ZHAO


def disputed(settled):
    h, _ = start()
    h.add("2025-01-01", p.UnitEstablished(unit_id="government", name="government", kind="government"))
    h.add("2026-03-06", e.PetitionAccepted(**SUN))
    dispute = h.add("2026-03-10", e.JurisdictionDisputed(**SUN, between=("housing", "works")))
    h.add("2026-03-20", settled(dispute))
    return h


def decided(dispute):
    return e.JurisdictionDecided(unit_id="government", dispute_version=dispute, competent_unit_id="works")


def agreed(dispute):
    return e.JurisdictionAgreed(**ZHAO, dispute_version=dispute, competent_unit_id="works")


def kept(dispute):
    return e.JurisdictionDecided(unit_id="government", dispute_version=dispute, competent_unit_id="housing")


@pytest.mark.parametrize("settled", [decided, agreed])
def test_it_passes_the_days_that_run(settled):
    """
    Sixty days from 6 March end on 5 May, whoever has the matter: until the 20th housing, then works, which is charged.
    """
    row = ask(disputed(settled), "2026-05-12")["conclude_petition"]
    assert (row["state"], row["due_on"], row["unit"]["id"]) == ("breached", "2026-05-05", "works")
    assert [(x["unit"]["id"], x["held_days"], x["late_days"]) for x in row["holders"]] == [
        ("housing", 14, 0),
        ("works", 53, 7),
    ]


def test_it_stays_where_it_was():
    row = ask(disputed(kept), "2026-05-12")["conclude_petition"]
    assert [x["unit"]["id"] for x in row["holders"]] == ["housing"]
