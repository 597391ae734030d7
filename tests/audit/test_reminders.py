"""
Reminders: from so many working days before the due day, once, and not to those who acted.
"""

from __future__ import annotations

from datetime import date

import pytest

from audit.findings import findings
from audit.reminders import reminders, to_json
from domain.case import events as e
from domain.law.in_force import Adoption
from domain.law.local import LocalRules
from domain.law.reminding import ReminderRule
from domain.law.rules import Limit
from tests.audit.asking import law_of as asked_law
from tests.audit.asking import start
from tests.domain.duties.county import RECEPTION, county, file, filed_in, found, law_of
from tests.domain.duties.test_worked_example import ZHAO

REMIND = (
    RECEPTION
    + """
[[reminder]]
id = "before_due"
name_zh = "到期前提醒"
duties = ["*"]
days = 3
counted_in = "working days"
source = "惯例"
confidence = "uncertain"
"""
)


def wanted(h, day):
    law = law_of(h)
    rows = reminders(found(h, day).values(), law, filed_in(h), date.fromisoformat(day))
    return [to_json(r, law) for r in rows]


@pytest.mark.parametrize(
    ("day", "number"), [("2025-03-25", 0), ("2025-03-26", 1), ("2025-03-31", 1), ("2025-04-01", 0)]
)
def test_when(day, number):
    """
    March ends on a Monday: three working days before it is Wednesday the 26th. After the due day it is no reminder.
    """
    h = county(REMIND)
    rows = [r for r in wanted(h, day) if r["case_no"] == "gov-head/2025-03"]
    assert len(rows) == number
    for row in rows:
        assert (row["since"], row["due_on"], row["person"]["id"]) == ("2025-03-26", "2025-03-31", "gov-head-1")


def test_not_to_those_who_acted():
    h = county(REMIND)
    file(h, "2025-03-20")
    assert wanted(h, "2025-03-28") == []


@pytest.mark.parametrize("kind", ["reminder_sent", "reminder_acknowledged"])
def test_not_twice(kind):
    h = county(REMIND)
    [row] = wanted(h, "2025-03-27")
    file(h, "2025-03-27", kind, refers_to=(f"duty/{row['duty_id']}",))
    assert wanted(h, "2025-03-28") == []
    assert [r["duty_id"] for r in wanted(h, "2025-03-26")] == [row["duty_id"]]  # as of the day before it was sent


def test_only_the_duties_named():
    assert wanted(county(REMIND.replace('duties = ["*"]', 'duties = ["other"]')), "2025-03-28") == []


def test_not_once_reminded_in_the_case():
    """
    `reminder.sent` names the duty by its rule and the version of the act it arose from; another duty is not meant.
    """
    h, sent = start()
    law, day = asked_law(h), date(2026, 3, 18)
    rule = ReminderRule("x", "before_due", "到期前提醒", ("*",), Limit(3, "working days"))

    def wanted_of(history):
        local = LocalRules("x", "Asia/Shanghai", reminders=(rule,))
        law.adoptions["x"] = [Adoption(history.log[0], local)]
        rows = reminders(findings(history.case(), law, day), law, history.case(), day)
        return [r.finding.duty.obligation for r in rows]

    before = wanted_of(h)
    assert "serve_acceptance_notice" in before
    more = {"addressee_unit_id": "housing", "of_obligation": "serve_acceptance_notice"}
    h.add("2026-03-17", e.ReminderSent(**ZHAO, **more, trigger_version=sent))
    assert wanted_of(h) == before
    h.add("2026-03-17", e.ReminderSent(**ZHAO, **more, trigger_version=sent + 1))
    assert wanted_of(h) == [x for x in before if x != "serve_acceptance_notice"]
