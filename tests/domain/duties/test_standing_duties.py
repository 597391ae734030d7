"""
Standing duties: met, late, missed, excused, handed over, vacant; each period once, and under the text it began with.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.report import to_json
from domain.duties.standing_duties import standing_duties
from domain.people import events as p
from tests.domain.duties.county import RECEPTION, adopt, county, file, filed_in, found, law_of, leaves, states


def test_met_late_missed_and_running():
    """
    January met, February filed for in March, March missed, April still running.
    """
    h = county()
    file(h, "2025-01-20")
    file(h, "2025-03-02", period_from=date(2025, 2, 10), period_to=date(2025, 2, 10))
    assert states(h, "2025-04-10") == {
        "gov-head/2025-01": "met",
        "gov-head/2025-02": "met_late",
        "gov-head/2025-03": "breached",
        "gov-head/2025-04": "open",
    }
    late = found(h, "2025-04-10")["gov-head/2025-02"]
    assert (late.now.days_late, late.now.breacher.official_id) == (2, "gov-head-1")


def test_due_today_is_not_overdue():
    h = county()
    assert states(h, "2025-01-31") == {"gov-head/2025-01": "open"}
    assert states(h, "2025-02-01")["gov-head/2025-01"] == "breached"


def test_one_act_meets_one_period():
    h = county()
    file(h, "2025-01-20")
    assert states(h, "2025-03-01")["gov-head/2025-02"] == "breached"


def test_entered_long_after_with_nothing_but_the_own_word():
    h = county()
    file(h, "2025-01-20", recorded="2025-03-20")
    assert states(h, "2025-04-01")["gov-head/2025-01"] == "met"  # no pack here sets a grace for entries
    assert "gov-head/2025-01" in states(h, "2025-02-01")


def test_another_official_or_unit_does_not_meet_it():
    h = county()
    file(h, "2025-01-20", official_id="gov-head-2")
    file(h, "2025-01-21", unit="east")
    assert states(h, "2025-02-01")["gov-head/2025-01"] == "breached"


def test_the_acting_holder_meets_it():
    h = county()
    acting = p.AppointmentMade(
        post_id="gov-head", official_id="gov-head-2", from_on=date(2025, 1, 10), to_on=date(2025, 1, 20), kind="acting"
    )
    h.add("2025-01-10", acting)
    file(h, "2025-01-15", official_id="gov-head-2")
    assert states(h, "2025-02-01")["gov-head/2025-01"] == "met"


def test_hand_over_within_the_period():
    """
    The duty goes on; the days are each holder's, and who held the due day is charged with it.
    """
    h = county()
    leaves(h, "gov-head", "2025-03-10", follows="2025-03-11")
    finding = found(h, "2025-04-05")["gov-head/2025-03"]
    assert finding.now.state == "breached"
    assert finding.now.breacher.official_id == "gov-head-2"
    assert [(x.interval.held_by.official_id, x.held_days, x.late_days) for x in finding.now.held] == [
        ("gov-head-1", 10, 0),
        ("gov-head-2", 26, 5),
    ]


def test_vacant_for_more_than_half_is_not_owed_by_convention():
    h = county()
    leaves(h, "gov-head", "2025-03-08", follows="2025-03-25")
    finding = found(h, "2025-04-05")["gov-head/2025-03"]
    assert finding.now.state == "void"
    assert "不足 50%" in finding.duty.trace[-1]


def test_vacant_post_the_unit_owes():
    """
    Without that convention the unit answers, with nobody in the post, and the cause says so.
    """
    h = county(RECEPTION.replace("min_held_percent = 50\n", ""))
    leaves(h, "gov-head", "2025-02-20")
    finding = found(h, "2025-04-05")["gov-head/2025-03"]
    row = to_json(finding, law_of(h), as_of="2025-04-05", log_size=len(h.log))
    assert (row["state"], row["unit"]["id"], row["person"]) == ("breached", "gov", None)
    assert [c["code"] for c in row["causes"]] == ["vacant_post", "not_filed"]


def test_the_answer_has_the_shape_of_every_failure():
    h = county()
    file(h, "2025-01-20")
    finding = found(h, "2025-03-05")["gov-head/2025-02"]
    row = to_json(finding, law_of(h), as_of="2025-03-05", log_size=len(h.log))
    assert (row["source"], row["stream"], row["case_no"]) == ("standing", "post/gov-head", "gov-head/2025-02")
    assert (row["arose_at"], row["due_on"], row["days_late"]) == ("2025-02-01T00:00:00+08:00", "2025-02-28", 5)
    assert row["legal_basis"] == {"doc": "test", "article": "1", "rule_version": "local@always"}
    cited = {x["log_index"]: x["type"] for x in row["evidence"]}
    assert "rule_pack.adopted.v1" in cited.values()
    for index, topic in cited.items():
        assert h.log[index].topic == topic


def test_excused_by_another_body_only():
    """
    Leave for all of February, filed by the organisation department; the same word from below excuses nothing.
    """
    whole = {"period_from": date(2025, 2, 1), "period_to": date(2025, 2, 28), "refers_to": ("post/gov-head",)}
    h = county()
    file(h, "2025-02-03", "leave", unit="east", **whole)
    assert states(h, "2025-03-01")["gov-head/2025-02"] == "breached"
    file(h, "2025-03-03", "leave", unit="org", **whole)
    assert states(h, "2025-03-02")["gov-head/2025-02"] == "breached"
    assert states(h, "2025-03-03")["gov-head/2025-02"] == "excused"
    part = whole | {"period_to": date(2025, 3, 20), "period_from": date(2025, 3, 1)}
    file(h, "2025-03-05", "leave", unit="org", **part)
    assert states(h, "2025-04-01")["gov-head/2025-03"] == "breached"


def test_nothing_is_owed_before_adoption():
    """
    Adopted in the middle of January: the first period that begins after that day is February.
    """
    h = county(adopted="2025-01-15")
    assert list(states(h, "2025-02-10")) == ["gov-head/2025-02"]


def test_a_period_keeps_the_text_it_began_with():
    """
    From 10 March on the duty is due in each week; March stays the month that it was.
    """
    h = county()
    before = found(h, "2025-04-10")["gov-head/2025-03"].duty
    adopt(h, RECEPTION.replace('"month"', '"week"'), "2025-03-10")
    after = found(h, "2025-04-10")
    assert after["gov-head/2025-03"].duty == before
    assert "gov-head/2025-W12" in after
    assert "gov-head/2025-W11" not in after
    assert "gov-head/2025-04" not in after


def test_a_dated_version():
    first = RECEPTION.replace('cadence = "month"', 'cadence = "month"\nin_force_to = 2025-02-28')
    entry = "[[version]]" + RECEPTION.split("[[version]]")[1]
    h = county(first + entry.replace('cadence = "month"', 'cadence = "quarter"\nin_force_from = 2025-03-01'))
    assert list(states(h, "2025-07-01")) == [
        "gov-head/2025-01",
        "gov-head/2025-02",
        "gov-head/2025-Q2",
        "gov-head/2025-Q3",
    ]


def test_posts_by_tag_and_under_a_unit():
    tagged = RECEPTION.replace('{ rank = "main_leader", unit_kind = "government" }', '{ tag = "leader" }')
    h = county(tagged + '[[post_tag]]\ntag = "leader"\nposts = ["east-head", "gov-head"]\n')
    assert list(states(h, "2025-01-10")) == ["gov-head/2025-01", "east-head/2025-01"]
    under = RECEPTION.replace('unit_kind = "government"', 'unit_kind = "township", under = "gov", per = "unit"')
    h = county(under)
    assert [f.duty.stream for f in found(h, "2025-01-10").values()] == ["unit/east", "unit/west"]


def test_a_unit_without_a_post_still_owes():
    h = county(RECEPTION.replace('unit_kind = "government"', 'unit_kind = "township", per = "unit"'))
    h.add("2024-06-01", p.UnitEstablished(unit_id="north", name="north", kind="township"))
    finding = found(h, "2025-02-10")["north/2025-01"]
    assert (finding.now.state, finding.now.breacher.unit_id, finding.now.breacher.post_id) == (
        "breached",
        "north",
        None,
    )


def test_strict_counts_from_the_record():
    from audit.office import standing_findings  # noqa: PLC0415

    h = county()
    file(h, "2025-01-20", recorded="2025-02-03")
    [strict, _] = standing_findings(filed_in(h), law_of(h), date(2025, 2, 10), is_strict=True)
    # Recorded in February without a period, it is an act of February.
    assert strict.now.state == "breached"


CADENCE = st.sampled_from(
    [
        'cadence = "each_working_day"\nperiod_ends_is_due = true',
        'cadence = "week"\nperiod_ends_is_due = true',
        'cadence = "week"\nwithin = 2\ncounted_in = "working days"',
        'cadence = "fortnight"\nanchor = 2025-01-06\nperiod_ends_is_due = true',
        'cadence = "month"\non_day = 15\nroll = "forward"',
        'cadence = "month"\nbefore_day = 15',
        'cadence = "quarter"\nperiod_ends_is_due = true',
        'cadence = "year"\nin_month = 10\nperiod_ends_is_due = true',
    ]
)
DAY = st.dates(date(2025, 1, 1), date(2026, 3, 1))


@settings(max_examples=60, deadline=None)
@given(CADENCE, DAY, DAY, st.lists(DAY, max_size=6))
def test_never_due_before_it_arises_and_each_period_once(cadence, adopted, until, acts):
    """
    Whatever was filed, and whoever came and went: one duty per period, due on or after the day it arose, days tiled.
    """
    h = county(RECEPTION.replace('cadence = "month"\nperiod_ends_is_due = true', cadence), adopted=adopted.isoformat())
    leaves(h, "gov-head", "2025-05-10", follows="2025-05-25")
    for day in sorted(acts):
        file(h, day.isoformat(), official_id="gov-head-1" if day <= date(2025, 5, 10) else "gov-head-2")
    view = [r for r in filed_in(h) if r.occurred_at.date() <= until]
    duties = standing_duties(law_of(h), view, until)
    assert len({d.case_no for d in duties}) == len(duties) == len({d.duty_id for d in duties})
    for duty in duties:
        assert adopted < duty.arose_on <= until
        assert duty.due_on is not None
        assert duty.due_on >= duty.arose_on
        days = [(i.after, i.until) for i in duty.intervals]
        assert days[0][0] == duty.arose_on - timedelta(days=1)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(days))
    met = [e for d in duties if d.ended is not None and d.ended.kind == "discharged" for e in d.ended.evidence]
    assert len(met) == len(set(met))  # one act meets one period
