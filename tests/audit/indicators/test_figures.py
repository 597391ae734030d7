"""
Sums, patterns and how entries become figures: withheld where small, told apart by their members, leads at 100 %.
"""

from __future__ import annotations

from dataclasses import replace

from audit.indicators.entries import OUT, Entry
from audit.indicators.figures import figures, leads, members, volume_group
from domain.case import events as e
from tests.audit.asking import start
from tests.audit.indicators.counting import CONVENTIONS, SUN, ZHAO, counted, entries


def entry(n: int, figure: str = "on_time_rate", **more):
    return "period", Entry(figure, f"duty-{n}", unit="housing", evidence=(n,), **more)


def row(found, name, at=""):
    return next(f for f in found if (f["scope"], f["id"], f["row"]) == ("period", name, at))


class TestPatterns:
    def test_return(self):
        """
        Bureau to Housing, back after an objection: two steps, the second a return.
        """
        h, sent = start()
        objection = h.add("2026-03-10", e.JurisdictionObjected(**SUN, of_version=sent, ground="x"))
        h.add("2026-03-12", e.ObjectionDecided(**ZHAO, objection_version=objection, result="upheld"))
        found = counted(h, "2026-03-31")
        assert (found["hand_overs"]["n"], found["hand_overs"]["returns"]) == (2, 1)
        assert found["went_back"]["n"] == 1

    def test_silent(self):
        """
        Nothing recorded since 5 March: a place to look from the 31st day on, by the pack's convention.
        """
        h, _ = start()
        assert "silent_cases" not in counted(h, "2026-04-04")
        found = counted(h, "2026-04-05")["silent_cases"]
        assert (found["n"], found["max"]) == (1, 31)

    def test_who_looked_breaks_no_silence(self):
        """
        Reading a sealed value is no handling.
        """
        h, _ = start()
        h.add("2026-04-01", e.SealedValueRead(**SUN, digests=("x",), ground="handling"))
        assert counted(h, "2026-04-05")["silent_cases"]["n"] == 1

    def test_came_again(self):
        h, _ = start()
        h.add("2026-03-20", e.CaseClosed(**SUN))
        h.add("2026-04-01", e.PetitionLinked(**ZHAO, other_stream="case/county/2"))
        assert counted(h, "2026-04-30")["closed_then_repeated"]["median"] == 12

    def test_held_days_go_to_units(self):
        """
        Days are added up by unit and by kind and rank of post; no row is a person or a single post.
        """
        h, _ = start()
        h.add("2026-03-25", e.AcceptanceNoticeServed(**SUN))
        found = [x for _, x in entries(h, "2026-03-31") if x.figure in ("held_days", "late_days", "held_by_rank")]
        assert {(x.figure, x.key, x.unit) for x in found if x.figure != "held_days"} == {
            ("late_days", "", "housing"),
            ("held_by_rank", "organ|staff", ""),
            ("held_by_rank", "petition_department|staff", ""),
        }


class TestAccusations:
    def test_counted_and_nothing_else(self):
        """
        An accusation adds one to one sum: no stream, no rate, no row of a unit or a subject.
        """
        h, _ = start()
        h.add("2026-03-06", e.PetitionClassified(**ZHAO, category="accusation"))
        found = entries(h, "2026-03-31")
        assert [(x.figure, x.unit, x.key) for _, x in found] == [("accusations", "", "")]
        assert h.stream not in repr(found)


class TestFigures:
    def test_nothing_counted(self):
        """
        A rate over nothing is there and says so.
        """
        found = row(figures([], CONVENTIONS), "satisfaction_rate")
        assert (found["n"], found["of"]) == (0, 0)

    def test_other_members(self):
        """
        Equal counts over other cases are other figures.
        """
        one, other = (row(figures([entry(n)], CONVENTIONS), "on_time_rate") for n in (1, 2))
        assert one | {"members": ""} == other | {"members": ""}
        assert one["members"] != other["members"]

    def test_order_is_nothing(self):
        some = [entry(n) for n in range(9)]
        assert figures(some, CONVENTIONS) == figures(some[::-1], CONVENTIONS)

    def test_members_are_the_count(self):
        """
        The list of a figure's row has as many entries as the figure counts.
        """
        some = [entry(n) for n in range(4)] + [entry(n, part=OUT) for n in range(4, 6)]
        found = row(figures(some, CONVENTIONS), "on_time_rate", "unit:housing")
        assert len(members(some, "period", "on_time_rate", "unit:housing")) == found["of"] == 6

    def test_small_ratings(self):
        """
        A satisfaction rate of fewer ratings than the convention shows neither rate nor count nor digest.
        """
        some = [entry(n, "satisfaction_rate") for n in range(4)]
        found = row(figures(some, replace(CONVENTIONS, small_ratings=5)), "satisfaction_rate", "unit:housing")
        assert found == {"scope": "period", "id": "satisfaction_rate", "row": "unit:housing", "withheld": True}

    def test_small_sums(self):
        """
        How many people came is shown as a sum of at least ten.
        """
        assert row(figures([entry(1, "persons", amount=9)], CONVENTIONS), "persons").get("withheld")
        assert row(figures([entry(1, "persons", amount=10)], CONVENTIONS), "persons")["sum"] == 10


class TestLeads:
    def test_few(self):
        found = leads(figures([entry(1)], CONVENTIONS), CONVENTIONS)
        assert {(f["row"], f["ground"], f["of"]) for f in found} == {("", "few", 1), ("unit:housing", "few", 1)}

    def test_own_word(self):
        """
        All in time, and most of it by the holder's own word: a place to look.
        """
        some = [entry(n, note="own_word" if n < 3 else "") for n in range(5)]
        assert {f["ground"] for f in leads(figures(some, CONVENTIONS), CONVENTIONS)} == {"own_word"}

    def test_backed(self):
        some = [entry(n, note="own_word" if n < 2 else "") for n in range(5)]
        assert leads(figures(some, CONVENTIONS), CONVENTIONS) == []

    def test_below_100(self):
        assert leads(figures([entry(1), entry(2, part=OUT)], CONVENTIONS), CONVENTIONS) == []


def test_volume_groups():
    assert [volume_group(n, CONVENTIONS) for n in (100, 99, 30, 10, 9)] == ["A", "B", "B", "C", None]
