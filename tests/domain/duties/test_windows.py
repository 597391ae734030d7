"""Windows: whose right, from which act, until which day; none of them is a duty."""

from __future__ import annotations

from datetime import date

from app.handle import read
from domain.case import commands as c
from domain.duties.engine import duties
from domain.duties.windows import windows
from tests.app.lookup.petitioner import STREAM, answered, law_of


def test_windows_of_a_case():
    office = answered()
    office.act(c.AnswerDirectly, "housing", "2026-03-26")
    law = law_of(office.store)
    history = [read(s) for s in office.store.read_stream(STREAM)]
    found = windows(history, law.rules, law.calendar, law.people)
    theirs = [(w.rule.obligation, w.trigger.version, w.until) for w in found if w.rule.is_right_of == "petitioner"]
    assert sorted(theirs) == [
        ("rating_window", 4, date(2026, 4, 19)),
        ("rating_window", 5, date(2026, 4, 25)),
        ("review_request_window", 4, date(2026, 4, 20)),
    ]
    owed = {d.obligation for d in duties(history, law.rules, law.calendar, law.people)}
    assert not owed & {w.rule.obligation for w in found}


def test_nothing_recorded_nothing_open():
    law = law_of(answered().store)
    assert windows([], law.rules, law.calendar, law.people) == []
