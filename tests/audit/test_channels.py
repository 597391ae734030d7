"""
A channel in use without a named officer: by the unit's filings and by who held the post on the day.
"""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from audit.channels import unattended
from audit.leads import leads
from domain.case import events as e
from domain.law.in_force import Law, add
from domain.law.lead_rules import parse_lead_rules
from domain.law.rules import MalformedPack
from domain.people import events as p
from tests.domain.duties.build import STATUTES, bureau_and_housing
from tests.given import BUREAU

EXAMPLE = tomllib.loads((STATUTES / "local/cn-practice-example.toml").read_text(encoding="utf-8"))
CLERK = ("post/b-clerk",)


def named(refers_to=CLERK, **numbers):
    return e.ActFiled(
        **BUREAU, kind="channel_officers_named", numbers=numbers, refers_to=refers_to, evidence=("a" * 64,)
    )


def found(*filed, channel="letter", left=None):
    """What is found of an arrival on 2026-01-05, after these filings with their days."""
    h = bureau_and_housing()
    h.add("2025-06-01", p.RulePackAdopted(pack_id=EXAMPLE["pack"], version="1", content=EXAMPLE))
    if left is not None:
        h.add(left, p.AppointmentEnded(post_id="b-clerk", official_id="zhao", to_on=date.fromisoformat(left)))
    for on, filing in filed:
        h.add(on, filing, stream="office/bureau")
    h.add("2026-01-05", e.PetitionReceived(**BUREAU, channel=channel))
    law = Law()
    for r in h.log:
        if r.stream.split("/")[0] not in ("case", "office"):
            add(law, r)
    offices = [r for r in h.log if r.stream.startswith("office/")]
    rules = law.lead_rules("county")
    return [(lead.code, lead.measure) for lead in unattended(h.case(), offices, law.people, rules, "Asia/Shanghai")]


NOBODY = [("channel_without_officer", "2026-01-05 渠道 letter 无指定人员")]


def test_named_and_in_post():
    assert found(("2025-07-01", named(letter=1))) == []
    assert found(("2026-01-05", named(letter=1))) == []


def test_nobody_named():
    assert found() == NOBODY
    assert found(("2025-07-01", named(visit=1))) == NOBODY
    assert found(("2025-07-01", named(visit=1)), channel="visit") == []


def test_named_only_afterwards():
    assert found(("2026-01-06", named(letter=1))) == NOBODY


def test_relieved_and_named_again():
    first, over = ("2025-07-01", named(letter=1)), ("2025-10-01", named(letter=0))
    assert found(first, over) == NOBODY
    assert found(first, over, ("2025-11-01", named(letter=1))) == []


def test_the_post_was_empty():
    said = "2026-01-05 渠道 letter 的指定岗位 b-clerk 无人"
    assert found(("2025-07-01", named(letter=1)), left="2025-12-31") == [("channel_without_officer", said)]
    assert found(("2025-07-01", named(letter=1)), left="2026-01-05") == []


def test_a_post_that_is_no_post_is_nobody():
    [(code, _)] = found(("2025-07-01", named(("post/mars", "unit/bureau"), letter=1)))
    assert code == "channel_without_officer"


def test_another_units_filing_says_nothing():
    other = e.ActFiled(
        unit_id="housing", kind="channel_officers_named", numbers={"letter": 1}, refers_to=CLERK, evidence=()
    )
    assert found(("2025-07-01", other)) == NOBODY


def test_what_was_not_read_is_not_said():
    """
    The answer about one case reads no office's filings: it does not say that nobody was named. A question that read
    them and found none does.
    """
    h = bureau_and_housing()
    h.add("2025-06-01", p.RulePackAdopted(pack_id=EXAMPLE["pack"], version="1", content=EXAMPLE))
    h.add("2026-01-05", e.PetitionReceived(**BUREAU, channel="letter"))
    law = Law()
    for r in h.log:
        if r.stream != h.stream:
            add(law, r)
    day = date(2026, 1, 9)
    assert "channel_without_officer" not in [lead.code for lead in leads(h.case(), (), law, day)]
    assert "channel_without_officer" in [lead.code for lead in leads(h.case(), (), law, day, filed=[])]


def test_a_rule_names_its_filing():
    rule = {"id": "x", "name_zh": "x", "kind": "channel_officer", "source": "s", "confidence": "uncertain"}
    with pytest.raises(MalformedPack, match="filed is a name"):
        parse_lead_rules({"pack": "p", "lead_rule": [rule]})
