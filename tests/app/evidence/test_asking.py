"""
Which case is meant, and that only silence is proved as silence.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.evidence.asking import AskWhich, NoSuchDuty, absent_stream, case_stream, why_not_silent
from app.questions import Questions, UnknownCase
from domain.case import commands as c
from ledger.store.memory import MemoryStore
from tests.app.office import Office
from tests.ledger.sealing import opaque


def named(*streams):
    """A log with these streams."""
    store = MemoryStore()
    for stream in streams:
        store.append([opaque(stream, 1)])
    return store


STREAMS = named("case/county/1", "case/city/1", "case/city/2026/7", "case/city/caf\u00e9", "unit/county/9")


class TestWhichCase:
    def test_by_number(self):
        assert case_stream(STREAMS, "2026/7", None) == "case/city/2026/7"
        assert case_stream(STREAMS, "1", "county") == "case/county/1"

    def test_another_unicode_form(self):
        assert case_stream(STREAMS, "cafe\u0301", None) == "case/city/caf\u00e9"

    def test_several_sources(self):
        with pytest.raises(AskWhich, match="--source city or county"):
            case_stream(STREAMS, "1", None)

    def test_none(self):
        with pytest.raises(UnknownCase, match="no case 9 is recorded"):
            case_stream(STREAMS, "9", None)
        with pytest.raises(UnknownCase, match="no case 2026/7 is recorded of source county"):
            case_stream(STREAMS, "2026/7", "county")


class TestWhichAbsence:
    def test_of_the_only_source(self):
        assert absent_stream(named("case/county/1"), "9", None) == "case/county/9"

    def test_several_sources(self):
        with pytest.raises(AskWhich, match="a file proves it for one source: --source city or county"):
            absent_stream(STREAMS, "9", None)
        assert absent_stream(STREAMS, "9", "city") == "case/city/9"

    def test_an_empty_log(self):
        with pytest.raises(AskWhich, match="give --source"):
            absent_stream(named(), "9", None)

    @pytest.mark.parametrize(("number", "source"), [("", "city"), ("9", ""), ("9", "a/b")])
    def test_no_stream(self, number, source):
        with pytest.raises(AskWhich, match="no case stands under"):
            absent_stream(STREAMS, number, source)


@pytest.fixture(scope="module")
def office():
    office = Office()
    office.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter")
    office.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    office.act(c.ReferPetition, "bureau", "2026-04-10", to_unit_id="housing", basis="art. 22")
    return office


class TestSilence:
    def why(self, office, day, duty, stream="case/county/1"):
        questions = Questions(office.store)
        history = [questions._decoded(s) for s in office.store.read_stream(stream)]
        return why_not_silent(stream, history, questions.law(), date.fromisoformat(day), duty=duty)

    def test_nothing_discharges_it(self, office):
        assert self.why(office, "2026-03-31", "forward_or_assign") is None

    def test_discharged(self, office):
        """
        The record that discharged it is named: the referral, which is the log's last.
        """
        said = self.why(office, "2026-04-30", "forward_or_assign")
        last = office.store.size() - 1
        assert said.en == f"forward_or_assign was discharged on 2026-04-10: records {last}"
        assert "已于 2026-04-10 履行" in said.zh

    def test_never_arose(self, office):
        said = self.why(office, "2026-03-31", "serve_acceptance_notice")
        assert said.en == "by 2026-03-31 nothing in case 1 gave rise to serve_acceptance_notice"

    def test_no_such_duty(self, office):
        with pytest.raises(NoSuchDuty, match=r"'forward' is no duty of source county: one of .*forward_or_assign"):
            self.why(office, "2026-03-31", "forward")

    def test_no_such_case(self, office):
        assert self.why(office, "2026-03-31", None, stream="case/county/9") is None
        said = self.why(office, "2026-03-31", "forward_or_assign", stream="case/county/9")
        assert said.en == "there is no case 9 of source county; without --duty a file proves that"

    def test_the_case_is_there(self, office):
        said = self.why(office, "2026-03-31", None)
        first = office.store.read_stream("case/county/1")[0].log_index
        assert f"case 1 of source county exists: records {first}, " in said.en
