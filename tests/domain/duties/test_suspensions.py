"""
Suspensions that overlap, lie within each other or stay open, against a count by hand; and the day that is due today.
"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import events as e
from domain.duties.due import UNDETERMINED, Span, due_day
from domain.duties.engine import duties
from domain.duties.standing import standing
from domain.duties.values import end_of_day
from domain.duties.view import view
from domain.law.in_force import Law, add
from domain.people import events as p
from domain.people.register import fold_register
from tests.domain.duties.build import CALENDAR, ZONE, bureau_and_housing, rulebook
from tests.domain.duties.histories import DAYS, START, histories
from tests.domain.duties.test_properties import COUNTED, DAY, LIMIT, asked, rule

SPANS = st.lists(st.tuples(st.integers(-20, 120), st.one_of(st.none(), st.integers(0, 60))), max_size=6)


def by_hand(arose, days, counted_in, spans):
    """Day after day: a day inside a suspension does not count, and one that never ends has no due day."""
    day, left = arose, days
    while left:
        day += timedelta(days=1)
        inside = [s for s in spans if s.first <= day and (s.last is None or day <= s.last)]
        if any(s.last is None for s in inside):
            return UNDETERMINED
        if not inside and (counted_in == "calendar days" or CALENDAR.is_working(day)):
            left -= 1
    return day


@settings(max_examples=400)
@given(DAY, LIMIT, COUNTED, SPANS)
def test_overlapping_nested_and_open(arose, days, counted_in, drawn):
    spans = []
    for n, (starts, lasts) in enumerate(drawn):
        first = arose + timedelta(days=starts)
        spans.append(Span(first, None if lasts is None else first + timedelta(days=lasts), n))
    assert due_day(rule(days, counted_in), arose, CALENDAR, suspensions=spans).on == by_hand(
        arose, days, counted_in, spans
    )


@settings(max_examples=100, deadline=None)
@given(histories())
def test_due_today_is_not_overdue_and_nothing_is_due_before_it_arose(history):
    for duty, _ in asked(history.log, history.case(), START + timedelta(days=DAYS + 200)):
        if duty.due_on is None or duty.due_on == UNDETERMINED:
            continue
        assert duty.due_on > duty.arose_on
        same = [
            now
            for d, now in asked(history.log, history.case(), duty.due_on)
            if (d.duty_id, d.due_on) == (duty.duty_id, duty.due_on)
        ]
        assert [now.state for now in same if now.state in ("breached", "met_late")] == []


def test_a_notice_known_later_leaves_what_was_known_answerable():
    """
    The same day asked of the log before and after a holiday notice was adopted: each answer stays what it was.
    """
    h = bureau_and_housing()
    h.add("2026-12-28", e.PetitionReceived(unit_id="housing", channel="letter", filed_directly=False))
    h.add("2026-12-28", e.PetitionRegistered(unit_id="housing", case_no="1"))
    sent = h.add("2026-12-28", e.PetitionReferred(unit_id="housing", to_unit_id="bureau", basis="x"))
    h.add("2026-12-29", e.ReceiptSigned(unit_id="bureau", of_version=sent, of="petition_referred", procedure="simple"))
    known = len(h.log)
    off = {"calendar_id": "cn", "year": 2027, "source": "x", "make_up_days": ()}
    h.add("2026-12-30", p.CalendarNoticeAdopted(**off, published_on=date(2026, 12, 30), days_off=(date(2027, 1, 1),)))

    def due(size):
        law = Law()
        law.notices.extend(CALENDAR.notices)
        for recorded in h.log[:size]:
            if recorded.stream != h.stream:
                add(law, recorded)
        at = end_of_day(date(2027, 2, 1), ZONE.key)
        found = duties(view(h.case(), at.moment), rulebook(), law.calendar, fold_register(h.log))
        [simple] = [d for d in found if d.obligation == "simple_decide_acceptance"]
        return simple.due_on, simple.is_provisional, standing(simple, at).days_late

    assert due(known) == (date(2027, 1, 1), True, 31)  # 30, 31 Dec, 1 Jan
    assert due(len(h.log)) == (date(2027, 1, 4), False, 28)  # 30, 31 Dec, 4 Jan
    assert due(known) == (date(2027, 1, 1), True, 31)
