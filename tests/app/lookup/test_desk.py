"""Rating an answer, and the receipt, by whoever has number and code."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from app.handle import read
from app.lookup.codes import NoCode
from domain.case import commands as c
from domain.case.errors import Refused
from domain.case.events import SatisfactionRated
from domain.duties.engine import duties
from domain.recorded import Actor
from ledger.receipt import open_receipt
from ledger.trust import load_trust
from tests.app.lookup.petitioner import CODE, LOG_KEY, NUMBER, PHONE, STREAM, answered, codes_of, desk_of, law_of


@pytest.fixture
def site(database):
    office = answered()
    with closing(codes_of(database, office)) as codes:
        codes.first(STREAM, CODE, by="clerk")
        yield SimpleNamespace(office=office, codes=codes, desk=desk_of(codes, office))


def rate(site, score, *, version=4, reason=None, on="2026-03-25", code=CODE):
    site.office.at = datetime.fromisoformat(f"{on}T01:00:00+00:00")
    return site.desk.rate(NUMBER, code, source=PHONE, answer_version=version, score=score, reason=reason)


def ratings(site):
    found = [read(s) for s in site.office.store.read_stream(STREAM)]
    return [r for r in found if isinstance(r.event, SatisfactionRated)]


def test_a_rating_is_an_act_of_the_look_up(site):
    told, is_new = rate(site, "satisfied")
    assert is_new
    assert told["rating"]["score_zh"] == "满意"
    [found] = ratings(site)
    assert (found.actor, found.event.score, found.event.unit_id) == (Actor(system="lookup"), "satisfied", "housing")


def test_the_same_word_twice_is_one_and_another_changes_it(site):
    rate(site, "satisfied")
    assert rate(site, "satisfied")[1] is False
    told, is_new = rate(site, "dissatisfied", reason="没有修好", on="2026-04-19")
    assert (is_new, told["rating"]["score"]) == (True, "dissatisfied")
    assert rate(site, "dissatisfied", reason="没有修好", on="2026-04-19")[1] is False
    assert [r.event.score for r in ratings(site)] == ["satisfied", "dissatisfied"]
    assert all("没有修好".encode() not in s.leaf for s in site.office.store.read_stream(STREAM))


@pytest.mark.parametrize(
    ("more", "said"),
    [({"on": "2026-04-20"}, "评价期已过"), ({"version": 3}, "该答复不存在"), ({"version": 9}, "该答复不存在")],
)
def test_not_that_answer_or_not_any_more(site, more, said):
    with pytest.raises(Refused) as caught:
        rate(site, "satisfied", **more)
    assert said in caught.value.zh
    assert ratings(site) == []


def test_a_new_answer_is_rated_anew(site):
    rate(site, "dissatisfied")
    site.office.act(c.AnswerDirectly, "housing", "2026-03-26")
    with pytest.raises(Refused):
        rate(site, "satisfied", on="2026-03-27")
    told, _ = rate(site, "satisfied", version=6, on="2026-03-27")
    assert told["rating"] == {"answer_version": 6, "until": "2026-04-25", "score": "satisfied", "score_zh": "满意"}


def test_changes_have_an_end(site):
    for n in range(10):
        rate(site, ("satisfied", "dissatisfied")[n % 2])
        site.office.at = datetime(2026, 3, 25, 1, tzinfo=UTC)
        site.codes._clock = lambda n=n: datetime(2026, 3, 25 + n // 5, 1 + n, tzinfo=UTC)
    with pytest.raises(Refused, match="rated 10 times"):
        rate(site, "satisfied")


def test_the_first_petitioner_rates(site):
    site.codes.issue(STREAM, "AAAABBBBCCCC", holder=2, ground="共同信访人", by="clerk")
    assert site.desk.look(NUMBER, "AAAABBBBCCCC", source=PHONE)["number"] == NUMBER
    with pytest.raises(Refused, match="first petitioner"):
        rate(site, "satisfied", code="AAAABBBBCCCC")


def test_a_bad_rating_opens_a_follow_up_duty(site):
    rate(site, "dissatisfied")
    law = law_of(site.office.store)

    def follow_up():
        history = [read(s) for s in site.office.store.read_stream(STREAM)]
        found = duties(history, law.rules, law.calendar, law.people)
        return [d for d in found if d.obligation == "follow_up_rating"]

    [duty] = follow_up()
    assert (duty.bearer.unit_id, duty.ended) == ("housing", None)
    assert duty.due_on == date(2026, 4, 16)  # 15 working days; the 6th of April is Tomb-sweeping Day's day off
    site.office.act(c.AnswerDirectly, "housing", "2026-04-02")
    assert follow_up()[0].ended is not None


def test_a_good_rating_opens_none(site):
    rate(site, "basically_satisfied")
    law = law_of(site.office.store)
    history = [read(s) for s in site.office.store.read_stream(STREAM)]
    assert "follow_up_rating" not in {d.obligation for d in duties(history, law.rules, law.calendar, law.people)}


def test_the_intake_receipt_verifies(site):
    site.office.at = datetime(2026, 3, 2, 1, 1, tzinfo=UTC)
    note = site.desk.receipt(NUMBER, CODE, source=PHONE)
    promised = open_receipt(note, load_trust(f"log {LOG_KEY.vkey}\nquorum none\n".encode()))
    assert (promised.stream, promised.version) == (STREAM, 1)
    assert promised.index == site.office.store.read_stream(STREAM)[0].log_index


def test_a_code_without_its_matter_opens_nothing(site):
    site.codes.first("case/county/ghost", "AAAABBBBCCCC", by="clerk")
    with pytest.raises(NoCode):
        site.desk.look("ghost", "AAAABBBBCCCC", source=PHONE)
