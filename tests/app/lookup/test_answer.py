"""What a petitioner is told: their own, and nothing of anybody else."""

from __future__ import annotations

import json
from datetime import date

from app.handle import read
from app.lookup.answer import OWED, rateable, told
from domain.case import commands as c
from tests.app.lookup.petitioner import STREAM, answered, law_of


def told_on(office, day):
    history = [read(s) for s in office.store.read_stream(STREAM)]
    return told("1", history, law_of(office.store), date.fromisoformat(day))


def test_owed_done_and_next():
    office = answered()
    on = told_on(office, "2026-03-25")
    assert (on["received_on"], on["handled_by"], on["as_of"]) == ("2026-03-02", "housing", "2026-03-25")
    owed = {o["duty"]: o for o in on["owed"]}
    assert owed["conclude_petition"]["state"] == "met"
    assert owed["conclude_petition"]["by"] == "2026-05-02"  # 60 days from acceptance on 3 March
    assert owed["execute_opinion"]["state"] == "no_due"
    assert owed["conclude_petition"]["law"] == "信访工作条例第34条"
    steps = {s["what"]: s["until"] for s in on["next"]}
    # 30 days from service on 20 March are 19 April, a Sunday: the review's last day moves on to the Monday.
    assert steps == {"review_request_window": "2026-04-20", "rating_window": "2026-04-19"}
    assert "上一级机关" in next(s["zh"] for s in on["next"] if s["what"] == "review_request_window")
    assert [d["what"] for d in on["done"]] == [
        "petition_received",
        "petition_registered",
        "petition_accepted",
        "handling_opinion_served",
    ]
    assert on["rating"] == {"answer_version": 4, "until": "2026-04-19", "score": None, "score_zh": None}


def test_what_is_late_is_said():
    office = answered()
    owed = {o["duty"]: o for o in told_on(office, "2026-04-01")["owed"]}
    assert owed["notify_direct_filing"]["state"] == "breached"
    assert owed["notify_direct_filing"]["state_zh"] == "已过期限，未见完成记录"
    assert owed["notify_direct_filing"]["days_late"] > 0


def test_windows_close_and_are_used():
    office = answered()
    assert {s["what"] for s in told_on(office, "2026-04-20")["next"]} == {"review_request_window"}
    assert [s["until"] for s in told_on(office, "2026-04-21")["next"]] == [None]
    assert told_on(office, "2026-04-20")["rating"] is None
    office.act(c.RequestReview, "bureau", "2026-04-02", opinion_version=4)
    on = told_on(office, "2026-04-10")
    assert {s["what"] for s in on["next"]} == {"rating_window"}
    assert "decide_review" in {o["duty"] for o in on["owed"]}


def test_nobody_is_named():
    office = answered()
    said = json.dumps(told_on(office, "2026-03-25"), ensure_ascii=False)
    for name in ("housing-desk", "housing-head", "bureau-desk", "赵某", "13800000000"):
        assert name not in said


def test_duties_between_offices_are_not_owed_to_the_petitioner():
    law = law_of(answered().store)
    known = {rule.obligation for pack in law.rules.packs for rule in pack.rules}
    assert set(OWED) <= known
    for inner in (
        "report_on_assignment",
        "answer_urging",
        "sign_receipt",
        "execute_accountability",
        "transfer_accusation",
    ):
        assert inner in known
        assert inner not in OWED


def test_the_newest_answer_is_rated():
    office = answered()
    office.act(c.AnswerDirectly, "housing", "2026-03-26")
    history = [read(s) for s in office.store.read_stream(STREAM)]
    found = rateable(history, law_of(office.store), date(2026, 3, 27))
    assert found is not None
    assert (found.version, found.until) == (5, date(2026, 4, 25))
