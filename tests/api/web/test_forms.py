"""Every field of every act has its name in Chinese, and what a browser sends is what the API would be sent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from api.http.acts.bodies import body_of
from api.http.acts.nouns import ARRIVALS, NOUNS
from api.web.forms import OF, Known, body_from, fields_of
from app.codec import TOPICS
from app.prepared import COMMANDS
from tests.app.access.county import register

ZONE = ZoneInfo("Asia/Shanghai")
ALL = [COMMANDS[name] for name in (*(name for name, _ in NOUNS.values()), *ARRIVALS)]


@pytest.mark.parametrize("command", ALL, ids=lambda c: c.__name__)
def test_every_field_is_named_in_chinese_and_what_must_be_said_comes_first(command):
    fields = fields_of(command, Known(register()), {})
    assert [f.name for f in fields if f.zh.isascii()] == []
    needed = [f.is_required for f in fields]
    assert needed == sorted(needed, reverse=True)


def test_the_acts_a_field_may_name_exist():
    known = {topic.rpartition(".")[0] for topic in TOPICS}
    assert {name for names in OF.values() for name in names} <= known


def test_a_field_offers_the_acts_it_may_name():
    acts = ((5, "jurisdiction.objected.v1", "异议"), (4, "receipt.signed.v1", "签收"))
    fields = {f.name: f for f in fields_of(COMMANDS["DecideObjection"], Known(register(), acts), {})}
    assert fields["objection_version"].options == (("5", "异议"),)
    assert [code for code, _ in fields["result"].options] == ["upheld", "refused"]


def test_what_is_sent_is_a_body():
    sent = {
        "outcome": "support",
        "execute_by": "2026-05-01",
        "made_on": "",
        "occurred_at": "2026-03-02T09:30",
        "text": "说明",
        "csrf": "x",
    }
    body = body_from(COMMANDS["ServeHandlingOpinion"], sent, ZONE)
    assert body == {
        "outcome": "support",
        "execute_by": "2026-05-01",
        "occurred_at": "2026-03-02T09:30:00+08:00",
        "sealed": {"text": "说明"},
    }
    body_of(COMMANDS["ServeHandlingOpinion"]).model_validate(body)
    lines = body_from(COMMANDS["SplitClaim"], {"items": " 工资 \n\n社保 "}, ZONE)
    assert lines == {"items": ["工资", "社保"]}
    filed = body_from(COMMANDS["FileAct"], {"kind": "report", "numbers": "件次=3\n人次=5"}, ZONE)
    assert filed["numbers"] == {"件次": "3", "人次": "5"}
    assert body_of(COMMANDS["FileAct"]).model_validate(filed).numbers == {"件次": 3, "人次": 5}
