"""
The seven properties of duties.md, over random histories.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.duties.due import Span, due_day
from domain.duties.engine import Fold, duties
from domain.duties.standing import due_date, standing
from domain.duties.values import end_of_day
from domain.duties.view import view
from domain.law.calendar import Calendar, Notice
from domain.law.rules import Limit
from domain.people.register import fold_register
from tests.domain.duties.build import CALENDAR, ZONE, rulebook
from tests.domain.duties.histories import DAYS, START, histories

RULES = rulebook()
LATER = st.integers(0, DAYS + 120).map(lambda n: START + timedelta(days=n))
random_histories = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LAST = START + timedelta(days=DAYS + 200)


def asked(log, case, day):
    at = end_of_day(day, ZONE.key)
    return [(d, standing(d, at)) for d in duties(view(case, at.moment), RULES, CALENDAR, fold_register(log))]


class TestTiling:
    @random_histories
    @given(histories(), LATER)
    def test_one_holder_a_day(self, history, day):
        """
        1. Exactly one holder per day; intervals tile (arose, min(ended, as_of)]; charged to one party or on a ground.
        """
        for duty, now in asked(history.log, history.case(), day):
            end = day if duty.ended is None or duty.ended.kind == "claimed" else min(duty.ended.on, day)
            after = duty.arose_on
            for held in now.held:
                assert held.interval.after == after
                assert held.until > after
                assert held.interval.charged_to is not None or held.interval.ground in (
                    "contested",
                    "suspended",
                    "excused",
                )
                after = held.until
            assert after == max(end, duty.arose_on)

    @random_histories
    @given(histories(), LATER)
    def test_days_add_up(self, history, day):
        """
        2. Held days sum to the days elapsed, late days to the days late.
        """
        for duty, now in asked(history.log, history.case(), day):
            end = day if duty.ended is None or duty.ended.kind == "claimed" else min(duty.ended.on, day)
            assert sum(h.held_days for h in now.held) == max((end - duty.arose_on).days, 0)
            if due_date(duty) is not None and due_date(duty) >= duty.arose_on:
                assert sum(h.late_days for h in now.held) == now.days_late

    @random_histories
    @given(histories())
    def test_the_breacher_is_charged_with_the_due_day(self, history):
        for duty, now in asked(history.log, history.case(), LAST):
            if now.state in ("breached", "met_late") and duty.due_on > duty.arose_on:
                charged = [h for h in now.held if h.interval.after < duty.due_on <= h.until]
                assert [h.interval.charged_to for h in charged] == [now.breacher]


class TestView:
    @random_histories
    @given(histories(), LATER)
    def test_later_acts_change_nothing(self, history, day):
        """
        3. The view at (D, K) is unchanged by events after K and by acts claimed for after D.
        """
        at = end_of_day(day, ZONE.key)
        cut = [r for r in history.case() if r.occurred_at <= at.moment]
        assert asked(history.log, history.case(), day) == asked(history.log, cut, day)

    @random_histories
    @given(histories(), LATER, LATER)
    def test_states_do_not_run_backwards(self, history, one, other):
        """
        4. For a fixed log, moving the day forward: breached never becomes open or met, met_late never met.
        """
        first, second = sorted((one, other))
        later = {d.duty_id: now for d, now in asked(history.log, history.case(), second)}
        decided = any(
            r.topic.startswith(("objection.decided", "hearing.", "satisfaction.rated"))
            and first < r.occurred_at.astimezone(ZONE).date() <= second
            for r in history.case()
        )
        late_entry = any(
            r.log_index > s.log_index and r.occurred_at < s.occurred_at for r in history.case() for s in history.case()
        )
        if decided or late_entry:
            return
        for duty, now in asked(history.log, history.case(), first):
            then = later[duty.duty_id].state
            if now.state == "breached":
                assert then in ("breached", "met_late", "disputed", "met_on_claim"), (now.state, then)
            if now.state == "met_late":
                assert then in ("met_late", "disputed")

    @random_histories
    @given(histories(), st.integers(1, 20))
    def test_folding_in_pieces(self, history, pieces):
        """
        6. Folding in pieces equals folding in one go, asked after every piece.
        """
        acts = view(history.case(), end_of_day(LAST, ZONE.key).moment)
        people = fold_register(history.log)
        fold = Fold(RULES, CALENDAR, people, "county")
        for start in range(0, len(acts), pieces):
            fold.run(acts[start : start + pieces])
            assert fold.rows("1") == duties(acts[: start + pieces], RULES, CALENDAR, people)


class TestNames:
    @random_histories
    @given(histories())
    def test_renaming_renames_the_answer(self, history):
        """
        7. Renaming units, officials and cases renames the answer and changes nothing else.
        """
        renamed = [_renamed(r) for r in history.log]
        case = [r for r in renamed if r.stream.startswith("case/")]
        before = [_shape(d, now) for d, now in asked(history.log, history.case(), LAST)]
        after = [_shape(d, now) for d, now in asked(renamed, case, LAST)]
        assert [_rename_text(row) for row in before] == after


def _renamed(recorded):
    event = recorded.event
    changes = {}
    for name in event.__dataclass_fields__:
        value = getattr(event, name, None)
        is_name = name.endswith(("unit_id", "official_id", "post_id"))
        if is_name and isinstance(value, str):
            changes[name] = f"zz-{value}"
    kind, _, name = recorded.stream.partition("/")
    stream = f"{kind}/zz-{name}" if kind in ("unit", "post", "official") else recorded.stream
    return replace(recorded, stream=stream, event=replace(event, **changes))


def _shape(duty, now):
    parties = [(h.interval.held_by, h.interval.charged_to, h.held_days, h.late_days) for h in now.held]
    return (duty.obligation, duty.due_on, now.state, now.days_late, now.breacher, tuple(parties))


def _rename_text(row):
    def party(p):
        if p is None:
            return None
        return type(p)(*(None if x is None else f"zz-{x}" for x in (p.unit_id, p.official_id, p.post_id)))

    *facts, breacher, parties = row
    return (*facts, party(breacher), tuple((party(a), party(b), h, late) for a, b, h, late in parties))


def rule(days, counted_in="calendar days", roll="none"):
    found = RULES.named("county", "decide_re_review", START)
    return replace(found, within=Limit(days, counted_in), roll=roll)


DAY = st.integers(0, 600).map(lambda n: date(2025, 6, 1) + timedelta(days=n))
COUNTED = st.sampled_from(("calendar days", "working days"))
LIMIT = st.integers(1, 90)


class TestDue:
    @given(DAY, LIMIT, COUNTED, st.sampled_from(("none", "forward")))
    def test_after_it_arose(self, day, days, counted_in, roll):
        """
        5. For limits of one day or more the due day lies after the day the duty arose.
        """
        assert due_day(rule(days, counted_in, roll), day, CALENDAR).on > day

    @given(DAY, LIMIT, COUNTED, st.integers(1, 60))
    def test_an_extension_is_never_earlier(self, day, days, counted_in, extra):
        r = rule(days, counted_in)
        assert due_day(r, day, CALENDAR, extra_days=extra).on >= due_day(r, day, CALENDAR).on

    @given(DAY, LIMIT, COUNTED, st.integers(0, 60), st.integers(0, 40))
    def test_a_suspension_is_never_earlier(self, day, days, counted_in, starts, lasts):
        r = rule(days, counted_in)
        first = day + timedelta(days=starts)
        span = Span(first, first + timedelta(days=lasts), 0)
        assert due_day(r, day, CALENDAR, suspensions=[span]).on >= due_day(r, day, CALENDAR).on

    @given(DAY, LIMIT, st.sets(st.integers(0, 364), max_size=20), st.integers(-300, 60))
    def test_a_holiday_is_never_earlier(self, day, days, off, published):
        r = rule(days, "working days")
        holidays = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in off)
        notice = Notice(2026, day + timedelta(days=published), "x", holidays, frozenset())
        assert due_day(r, day, Calendar((notice,))).on >= due_day(r, day, Calendar()).on

    @given(DAY, LIMIT, st.sets(st.integers(0, 364), max_size=20), st.integers(-300, 60))
    def test_a_make_up_day_is_never_later(self, day, days, worked, published):
        """
        ... and never moves the due day to before the day after its publication.
        """
        r = rule(days, "working days")
        make_up = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in worked)
        published_on = day + timedelta(days=published)
        notice = Notice(2026, published_on, "x", frozenset(), make_up)
        plain, moved = due_day(r, day, Calendar()).on, due_day(r, day, Calendar((notice,))).on
        assert moved <= plain
        if published_on > day and moved < plain:
            assert moved > published_on
