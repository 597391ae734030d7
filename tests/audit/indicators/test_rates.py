"""
The seven rates, each on the histories that decide what it counts.
"""

from __future__ import annotations

import pytest

from domain.case import events as e
from tests.audit.asking import start
from tests.audit.indicators.counting import SUN, ZHAO, counted, entries, rate


def accepted():
    """Signed for on 5 March, accepted on the 10th: an answer is due on 9 May."""
    h, _ = start()
    h.add("2026-03-10", e.AcceptanceNoticeServed(**SUN, proof="receipt"))
    h.add("2026-03-10", e.PetitionAccepted(**SUN))
    return h


def answered(outcome="support", on="2026-04-20"):
    h = accepted()
    version = h.add(on, e.HandlingOpinionServed(**SUN, outcome=outcome))
    return h, version


class TestAcceptance:
    def test_accepted(self):
        assert rate(accepted(), "acceptance_rate", "2026-03-31") == (1, 1)

    def test_not_decided_yet(self):
        """
        A matter whose notice is not due yet is in neither number, and is counted as excluded.
        """
        h, _ = start()
        found = counted(h, "2026-03-18")["acceptance_rate"]
        assert (found["n"], found["of"], found["excluded"]) == (0, 0, {"undecided": 1})

    def test_past_due(self):
        """
        A matter on which nothing was decided by its day counts as not accepted.
        """
        h, _ = start()
        found = counted(h, "2026-03-25")["acceptance_rate"]
        assert (found["n"], found["of"], found["out"]) == (0, 1, {"past_due": 1})

    def test_refused(self):
        h, _ = start()
        h.add("2026-03-10", e.NotAccepted(**SUN, ground="not_within_powers"))
        assert rate(h, "acceptance_rate", "2026-03-31") == (0, 1)

    def test_revoked(self):
        """
        An acceptance that was revoked is none.
        """
        h = accepted()
        h.add("2026-03-20", e.AcceptanceRevoked(**SUN, addressee_unit_id="bureau", reason="x"))
        assert rate(h, "acceptance_rate", "2026-03-25")[0] == 0

    def test_withdrawn(self):
        h, _ = start()
        h.add("2026-03-06", e.PetitionWithdrawn(**ZHAO, proof="letter"))
        assert counted(h, "2026-03-31")["acceptance_rate"]["excluded"] == {"left": 1}

    def test_suggestion(self):
        """
        Suggestions are not accepted or refused; they are answered.
        """
        h, _ = start()
        h.add("2026-03-06", e.PetitionClassified(**ZHAO, category="suggestion"))
        assert counted(h, "2026-03-31")["acceptance_rate"]["excluded"] == {"not_a_claim": 1}

    def test_registered_before(self):
        """
        The day of registration decides the period, not the day of acceptance.
        """
        assert rate(accepted(), "acceptance_rate", "2026-03-31", "2026-03-03") == (0, 0)


class TestOnTime:
    def test_by_due_day(self):
        """
        Forwarding was due on 17 March and the notice on the 20th: each belongs to the period of its own day.
        """
        h = accepted()
        assert rate(h, "on_time_rate", "2026-03-31", "2026-03-17", "2026-03-17") == (1, 1)
        assert rate(h, "on_time_rate", "2026-03-31", "2026-03-17", "2026-03-20") == (2, 2)

    def test_own_word(self):
        """
        A notice with proof of service is backed; a forwarding without one is the holder's own word.
        """
        assert counted(accepted(), "2026-03-31", "2026-03-17", "2026-03-20")["on_time_rate"]["own_word"] == 1

    def test_late_is_out(self):
        h, _ = start()
        h.add("2026-03-25", e.AcceptanceNoticeServed(**SUN))
        found = counted(h, "2026-03-31", "2026-03-20", "2026-03-20")["on_time_rate"]
        assert (found["n"], found["of"], found["out"]) == (0, 1, {"met_late": 1})

    def test_not_due_yet(self):
        h, _ = start()
        found = counted(h, "2026-03-18", "2026-03-20", "2026-03-20")["on_time_rate"]
        assert (found["of"], found["excluded"]) == (0, {"open": 1})


class TestConclusion:
    def test_late_answer(self):
        """
        办结率 asks whether it was answered; that it was late is what 按期率 says.
        """
        h, _ = answered(on="2026-05-20")
        assert rate(h, "conclusion_rate", "2026-05-31", "2026-05-01", "2026-05-31") == (1, 1)
        assert rate(h, "on_time_rate", "2026-05-31", "2026-05-01", "2026-05-31") == (0, 1)

    def test_closed_without_answer(self):
        """
        Closing the file answers nobody.
        """
        h = accepted()
        h.add("2026-04-20", e.CaseClosed(**SUN))
        assert rate(h, "conclusion_rate", "2026-05-31") == (0, 1)

    def test_early_answer(self):
        """
        A matter belongs to the month its answer was due in, so an easy one cannot be moved into a better month.
        """
        h, _ = answered()
        assert rate(h, "conclusion_rate", "2026-05-31", "2026-04-01", "2026-04-30") == (0, 0)
        assert rate(h, "conclusion_rate", "2026-05-31", "2026-05-01", "2026-05-31") == (1, 1)

    def test_withdrawn(self):
        h = accepted()
        h.add("2026-04-01", e.PetitionWithdrawn(**SUN, proof="letter"))
        assert counted(h, "2026-05-31")["conclusion_rate"]["excluded"] == {"released": 1}


class TestResolution:
    def test_verified_execution(self):
        h, opinion = answered()
        h.add("2026-04-25", e.ExecutionEvidenced(**SUN, opinion_version=opinion, evidence=("0" * 64,)))
        assert rate(h, "resolution_rate", "2026-05-31") == (0, 1)
        h.add("2026-04-28", e.ExecutionVerified(**SUN, opinion_version=opinion))
        assert rate(h, "resolution_rate", "2026-05-31") == (1, 1)

    def test_silence(self):
        """
        An answer served, a file closed and nobody heard of since: no settlement is recorded.
        """
        h, _ = answered("explain")
        h.add("2026-04-25", e.CaseClosed(**SUN))
        assert rate(h, "resolution_rate", "2026-05-31") == (0, 1)

    def test_content_with_an_explanation(self):
        h, _ = answered("explain")
        h.add("2026-04-25", e.SatisfactionRated(**SUN, score="basically_satisfied"))
        assert rate(h, "resolution_rate", "2026-05-31") == (1, 1)

    def test_content_with_a_promise(self):
        """
        A supporting opinion is a promise: content with it, nothing is carried out yet.
        """
        h, _ = answered("support")
        h.add("2026-04-25", e.SatisfactionRated(**SUN, score="satisfied"))
        assert rate(h, "resolution_rate", "2026-05-31") == (0, 1)

    @pytest.mark.parametrize(
        "against",
        [
            e.SatisfactionRated(**SUN, score="dissatisfied"),
            e.PetitionLinked(**ZHAO, other_stream="case/county/2"),
            e.CaseReopened(**SUN, because="x"),
        ],
        ids=lambda event: type(event).__name__,
    )
    def test_contradicted(self, against):
        h, opinion = answered()
        h.add("2026-04-28", e.ExecutionVerified(**SUN, opinion_version=opinion))
        h.add("2026-05-10", against)
        found = counted(h, "2026-05-31")["resolution_rate"]
        assert (found["n"], found["of"], found["out"]) == (0, 1, {"contradicted": 1})

    def test_same_denominator(self):
        h, _ = answered("explain")
        assert rate(h, "resolution_rate", "2026-05-31")[1] == rate(h, "conclusion_rate", "2026-05-31")[1]


class TestRatings:
    def test_last_rating(self):
        h, _ = answered("explain")
        h.add("2026-04-25", e.SatisfactionRated(**SUN, score="dissatisfied"))
        h.add("2026-04-30", e.SatisfactionRated(**SUN, score="satisfied"))
        assert rate(h, "satisfaction_rate", "2026-05-31") == (1, 1)

    def test_not_rated(self):
        """
        Who did not rate is in 参评率 alone.
        """
        h, _ = answered("explain")
        assert rate(h, "rating_response_rate", "2026-05-31") == (0, 1)
        assert rate(h, "satisfaction_rate", "2026-05-31") == (0, 0)


class TestRepeats:
    @pytest.fixture
    def closed(self):
        """Closed on 25 April: the 90 days for repeats end on 24 July."""
        h, _ = answered("explain")
        h.add("2026-04-25", e.CaseClosed(**SUN))
        return h

    def test_window_open(self, closed):
        """
        A matter whose window has not ended yet cannot have stayed away.
        """
        assert rate(closed, "repeat_rate", "2026-07-23", "2026-07-01", "2026-07-23") == (0, 0)
        assert rate(closed, "repeat_rate", "2026-07-31", "2026-07-01", "2026-07-31") == (0, 1)

    def test_came_again(self, closed):
        closed.add("2026-07-24", e.PetitionLinked(**ZHAO, other_stream="case/county/2"))
        assert rate(closed, "repeat_rate", "2026-07-31", "2026-07-01", "2026-07-31") == (1, 1)

    def test_too_late(self, closed):
        closed.add("2026-07-25", e.PetitionLinked(**ZHAO, other_stream="case/county/2"))
        assert rate(closed, "repeat_rate", "2026-07-31", "2026-07-01", "2026-07-31") == (0, 1)


def test_each_entry_names_its_events():
    """
    Every entry of a rate names the case or duty it counts and at least one event.
    """
    h, _ = answered("explain")
    found = [x for _, x in entries(h, "2026-05-31") if x.figure.endswith("_rate")]
    assert len(found) > 4
    assert all(x.what and x.evidence for x in found)
