"""
A correction changes what is seen from its recording on, and nothing before.
"""

from __future__ import annotations

from domain.case import events as e
from domain.duties.view import view
from tests.domain.duties.build import History, moment
from tests.given import BUREAU, HOUSING

END = moment("2026-12-31")


def history():
    h = History()
    h.add("2026-01-05", e.PetitionReceived(**BUREAU, channel="letter"))
    h.add("2026-01-06", e.PetitionRegistered(**BUREAU, case_no="1"))
    h.add("2026-01-07", e.ProgressNoted(**HOUSING, step="x"))
    h.add(
        "2026-02-01",
        e.ActCorrected(
            **BUREAU, act_version=1, field="category", value="suggestion", reason="misread", second_official_id="li"
        ),
    )
    h.add("2026-02-02", e.ActRetracted(**HOUSING, act_version=3, reason="twice", second_official_id="li"))
    return h.case()


def test_known_before_the_correction_it_is_as_it_was():
    seen = view(history()[:3], END)
    assert seen[0].event.category == "claim"
    assert [r.corrected_by for r in seen] == [(), (), ()]


def test_from_its_recording_on_it_is_as_corrected():
    seen = view(history()[:4], END)
    assert seen[0].event.category == "suggestion"
    assert seen[0].corrected_by == (seen[3].log_index,)


def test_a_correction_bears_on_days_before_it():
    (first, *_) = view(history(), moment("2026-01-05"))
    assert first.event.category == "suggestion"


def test_what_was_retracted_is_not_seen():
    assert [r.version for r in view(history(), END)] == [1, 2, 4, 5]


def test_the_log_is_as_it_was():
    log = history()
    view(log, END)
    assert log[0].event.category == "claim"
