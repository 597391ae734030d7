"""
Real records give the answers that were counted by other hands. The files lie beside the checkout, never in it.
"""

import json
from datetime import UTC, datetime
from itertools import groupby

import pytest

from app.importing.mapping import load_mapping
from app.importing.run import run_import
from domain.case.events import HandedOver
from domain.duties.engine import course
from domain.duties.view import view
from tests.app.importing.build import Answer, handler, payloads
from tests.conftest import shared_file

CUT_OFF = datetime(2012, 1, 23, 14, 42, 54, 644000, tzinfo=UTC)
LATER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def truth():
    return json.loads(shared_file("data/ground_truth_given.json").read_text("utf-8"))["given"]


def imported(name, mapping, target=None):
    target = target or handler()
    report = run_import(target, shared_file(f"data/{name}"), load_mapping(mapping))
    assert report.rejected == 0
    return target, report


@pytest.fixture(scope="module", params=["given.csv", "given.xes.gz"])
def permits(request):
    target, report = imported(f"receipt_permit/{request.param}", "receipt_permit")
    assert (report.rows, report.cases) == (4424, 726)
    return Answer(target, CUT_OFF)


class TestReceiptPermit:
    def test_counts_as_of_the_cut_off(self, permits, truth):
        """
        677 cases are closed, 213 of them late; of the open ones 24 are past their deadline when the log ends.
        """
        expected = truth["receipt_permit"]
        assert sum(duty.ended is not None for duty, _ in permits.standings()) == expected["closed"] == 677
        assert permits.count("met_late") == expected["closed_late"] == 213
        assert permits.count("breached") == expected["open_overdue_at_cutoff"] == 24

    def test_ends_before_its_start(self, permits):
        """
        The case that ends before it starts is among the closed ones, and is marked.
        """
        [(duty, _)] = [(d, s) for d, s in permits.standings() if "order_implausible" in d.marks]
        assert duty.ended is not None

    def test_by_person(self, permits, truth):
        """
        Per responsible person exactly as counted.
        """
        late, breached = permits.by_person("met_late"), permits.by_person("breached")
        for person, row in truth["receipt_permit"]["by_responsible"].items():
            assert late.get(person, 0) == row["closed_late"], person
            assert breached.get(person, 0) == row["open_overdue"], person

    def test_both_formats_are_the_same_records(self):
        """
        What came as CSV is recognised when it comes again as XES: nothing is added, nothing differs.
        """
        target, first = imported("receipt_permit/given.csv", "receipt_permit")
        before = payloads(target)
        _, again = imported("receipt_permit/given.xes.gz", "receipt_permit", target)
        assert (again.events_new, again.events_known) == (0, first.events_new)
        assert payloads(target) == before


def test_boston311(truth):
    """
    220 requests were closed after their target; 369 had no target and owe nothing.
    """
    target, report = imported("boston311/given.csv", "boston311")
    answer = Answer(target, LATER)
    expected = truth["boston311"]
    assert answer.count("met_late") == expected["overdue"] == 220
    assert report.cases - len(answer.standings()) == expected["no_target_date"] == 369
    by_unit = {}
    for _, s in answer.standings():
        if s.state == "met_late":
            by_unit[s.breacher.unit_id] = by_unit.get(s.breacher.unit_id, 0) + 1
    assert by_unit == {unit: row["overdue"] for unit, row in expected["by_department"].items() if row["overdue"]}


def test_teddy_c4_replies(truth):
    """
    Replies later than 15 and 60 calendar days; nothing of the messages stands in a leaf.
    """
    target, report = imported("teddy_c4_replies/given.csv", "teddy_c4_replies")
    assert report.rows == 1403
    answer = Answer(target, LATER)
    expected = truth["teddy_c4_replies"]["over_days_calendar"]
    assert answer.count("met_late", "reply_15") == expected["15"] == 520
    assert answer.count("met_late", "reply_60") == expected["60"] == 75
    by_area = {}
    for duty, _ in answer.standings():
        if duty.obligation == "reply_15":
            by_area[duty.bearer.unit_id] = by_area.get(duty.bearer.unit_id, 0) + 1
    for area, row in truth["teddy_c4_replies"]["by_area"].items():
        assert by_area[area] == row["n"], area


def test_bpic2013(truth):
    """
    Work that comes back to a team which had passed it on, in the order of the file.
    """
    target, report = imported("bpic2013_incidents/given.csv.gz", "bpic2013")
    expected = truth["bpic2013_incidents"]
    answer = Answer(target, LATER)
    assert (report.rows, len(answer.streams)) == (expected["events"], expected["cases"])
    assert answer.standings() == []
    returning = handovers = 0
    for events in answer.streams.values():
        acts = view(events, LATER)
        handovers += sum(isinstance(r.event, HandedOver) for r in acts)
        teams = [unit for unit, _ in groupby(h.unit_id for h in course(acts, "Europe/Stockholm").holdings)]
        returning += len(set(teams)) < len(teams)
    assert handovers == expected["handovers_total"] == 4696
    assert returning == expected["cases_returning_to_an_earlier_team"] == 619
