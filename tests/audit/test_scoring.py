"""
百分倒扣制: only the unit's own lapses, each with its events, after notice; titles need evidence of resolved matters.
"""

from __future__ import annotations

from datetime import date

import pytest

from audit.scoring import NoSheet, filings_of, score, title, to_json
from domain.law.local import parse_local
from domain.law.rules import MalformedPack
from tests.domain.duties.county import RECEPTION, county, file, filed_in, found, law_of

SHEET = (
    RECEPTION.replace('unit_kind = "government"', 'unit_kind = "township", per = "unit"')
    + """
[[scoring]]
id = "hundred"
name_zh = "百分倒扣制"
start = 100
unit_kinds = ["township"]
notice_kind = "deduction_noticed"
reply_within = { days = 5, counted_in = "working days" }
source = "test art. 9"
confidence = "uncertain"

[[scoring.deduction]]
id = "reception_missed"
name_zh = "未接访"
duty = "reception"
states = ["breached"]
points = 4
cap = 6
source = "test art. 9"
confidence = "uncertain"

[[title_rule]]
id = "four_none"
name_zh = "四无"
requires = [{ filed = "resolved", at_least = 1 }]
no_lapse = ["reception"]
source = "test art. 10"
confidence = "uncertain"
"""
)
FIRST, LAST = date(2025, 1, 1), date(2025, 4, 29)


def scored(h, unit="east", pack="local"):
    law = law_of(h)
    return score(law, pack, unit, FIRST, LAST, found(h, "2025-04-29").values(), filed_in(h))


def test_own_lapses_only_with_events_and_cap():
    """
    East missed February and March (4 points and, under the cap of 6, 2); West missed all three; each pays its own.
    """
    h = county(SHEET)
    file(h, "2025-01-10", unit="east")
    sheet = scored(h)
    assert [(x.finding.duty.case_no, x.points) for x in sheet.lines] == [("east/2025-02", 4), ("east/2025-03", 2)]
    assert (sheet.score, sheet.if_all) == (100, 94)  # nobody was told yet: nothing counts
    for line in to_json(sheet, law_of(h))["deductions"]:
        assert [h.log[x["log_index"]].topic for x in line["evidence"]][-1] == "rule_pack.adopted.v1"
    assert scored(h, "west").if_all == 94
    assert {x.finding.now.breacher.unit_id for x in scored(h, "west").lines} == {"west"}


def test_counts_after_notice_by_another_and_time_to_answer():
    h = county(SHEET)
    file(h, "2025-01-10", unit="east")
    duty = found(h, "2025-04-29")["east/2025-02"].duty.duty_id
    told = {"kind": "deduction_noticed", "refers_to": (f"duty/{duty}",)}
    file(h, "2025-03-03", unit="east", **told)
    assert scored(h).score == 100  # its own word is no notice
    file(h, "2025-04-01", unit="gov", **told)
    sheet = scored(h)
    assert (sheet.score, [x.is_counted for x in sheet.lines]) == (96, [True, False])
    assert "act.filed.v1" in [x["type"] for x in sheet.lines[0].evidence]


def test_notice_too_fresh():
    h = county(SHEET)
    duty = found(h, "2025-04-29")["east/2025-01"].duty.duty_id
    file(h, "2025-04-24", "deduction_noticed", unit="gov", refers_to=(f"duty/{duty}",))
    assert scored(h).score == 100


@pytest.mark.parametrize(
    ("unit", "pack", "why"), [("gov", "local", "of kind government"), ("east", "other", "other"), ("x", "local", "x")]
)
def test_no_sheet(unit, pack, why):
    with pytest.raises(NoSheet, match=why):
        scored(county(SHEET), unit, pack)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('duty = "reception"', 'event = "petition_received"', "不得按来信来访数量扣分"),
        ('duty = "reception"', 'duty = "reception"\nper_petition = true', "never for what arrives"),
        ('duty = "reception"', 'duty = "reception"\nnumbers = "received"', "never for what arrives"),
        ('states = ["breached"]', 'states = ["open"]', "states is of"),
        ("cap = 6", "cap = 3", "cap is a whole number from 4"),
        ('requires = [{ filed = "resolved", at_least = 1 }]', "requires = []", "不得以无信访为条件"),
        ("at_least = 1", "at_least = 0", "at_least is a whole number from 1"),
        ('reply_within = { days = 5, counted_in = "working days" }\n', "", "a unit is heard"),
    ],
)
def test_what_a_sheet_cannot_say(old, new, why):
    """
    A deduction on arrivals, or a title for their absence, is no pack.
    """
    import tomllib  # noqa: PLC0415

    assert old in SHEET
    with pytest.raises(MalformedPack, match=why):
        parse_local(tomllib.loads(SHEET.replace(old, new)))


def test_titles():
    """
    Without evidence of a resolved matter, or with a lapse, the title is not awarded; the answer says what is missing.
    """
    h = county(SHEET)
    for month in (1, 2, 3):
        file(h, f"2025-{month:02d}-10", unit="east")

    def asked(unit):
        own = filings_of(unit, filed_in(h), FIRST, LAST, "Asia/Shanghai")
        return title(law_of(h), "local", "four_none", unit, FIRST, LAST, found(h, "2025-04-29").values(), own)

    assert asked("east")["missing"] == [{"filed": "resolved", "at_least": 1, "found": 0}]
    file(h, "2025-03-20", "resolved", unit="east")
    assert (asked("east")["may_be_awarded"], asked("east")["missing"]) == (True, [])
    assert len(asked("east")["evidence"]) == 1
    assert [m.get("lapse") for m in asked("west")["missing"]] == [None, "reception", "reception", "reception"]
