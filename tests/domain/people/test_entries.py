"""
Every entry of the register: accepted, refused with its field, and the same entry again.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.case.errors import Refused
from domain.people import events as p
from domain.people.commands import RecordPeople
from domain.people.decide import decide
from domain.recorded import Actor
from tests.domain.duties.build import bureau_and_housing, moment
from tests.domain.duties.county import RECEPTION

NOW = moment("2026-03-05")
KEY = p.KeyEnrolled(key_id="k1", vkey="v1", role="official", holder="li", custody="ledger", valid_from=date(2026, 1, 1))
NOTICE = p.CalendarNoticeAdopted(
    calendar_id="cn",
    year=2026,
    published_on=date(2025, 11, 4),
    source="国办发明电〔2025〕7号",
    days_off=(date(2026, 1, 1), date(2026, 1, 2)),
    make_up_days=(date(2026, 1, 4),),
)


@dataclass(frozen=True)
class Row:
    """`wrong`: what differs in the entry that is refused; `at`: the field that the refusal names."""

    event: Any
    wrong: dict[str, Any]
    at: str
    before: tuple[Any, ...] = ()


ROWS = (
    Row(p.UnitEstablished(unit_id="city", name="市政府", kind="government"), {"division_code": "41"}, "division_code"),
    Row(p.UnitAbolished(unit_id="housing", valid_to=date(2026, 2, 1)), {"unit_id": "mars"}, "unit_id"),
    Row(p.SuccessorNamed(unit_id="housing", successor_id="bureau"), {"successor_id": "mars"}, "successor_id"),
    Row(p.PostEstablished(post_id="new", unit_id="housing", title="x", rank="staff"), {"rank": "king"}, "rank"),
    Row(p.PostAbolished(post_id="h-desk", valid_to=date(2026, 2, 1)), {"post_id": "none"}, "post_id"),
    Row(
        p.AppointmentMade(post_id="h-desk", official_id="wang", from_on=date(2026, 2, 1)),
        {"to_on": date(2026, 1, 1)},
        "to_on",
    ),
    Row(
        p.AppointmentEnded(post_id="h-desk", official_id="sun", to_on=date(2026, 2, 1)),
        {"official_id": "wang"},
        "to_on",
    ),
    Row(KEY, {"custody": "pocket"}, "role"),
    Row(
        p.KeyRevoked(key_id="k1", role="official", holder="li", reason="lost"),
        {"effective_at": datetime(2027, 1, 1, tzinfo=UTC)},
        "effective_at",
        before=(KEY,),
    ),
    Row(
        p.RulePackAdopted(pack_id="local", version="1", content=tomllib.loads(RECEPTION)),
        {"content": {"schema": "luoshi.pack.v1", "pack": "local", "version": [{"obligation": "x"}]}},
        "content",
    ),
    Row(NOTICE, {"make_up_days": (date(2026, 1, 1),)}, "days_off"),
)
IDS = [type(row.event).__name__ for row in ROWS]


def entered(event, *before):
    history = bureau_and_housing()
    for each in before:
        history.add("2026-01-05", each)
    command = RecordPeople(event=event, actor=Actor(system="registrar"), occurred_at=NOW, now=NOW, command_id="c")
    return decide(history.people(), command, is_valid_uscc=lambda _: True)


@pytest.mark.parametrize("row", ROWS, ids=IDS)
class TestEach:
    def test_accepted(self, row):
        assert entered(row.event, *row.before) == [row.event]

    def test_refused(self, row):
        with pytest.raises(Refused) as refused:
            entered(replace(row.event, **row.wrong), *row.before)
        assert refused.value.field == row.at

    def test_repeated(self, row):
        """
        What the register says already is not said again.
        """
        assert entered(row.event, *row.before, row.event) == []


class TestOfficial:
    """An official is a name and an identifier: there is nothing in it to be wrong but the identifier's shape."""

    WHO = p.OfficialRegistered(official_id="new", name="新")

    def test_accepted(self):
        assert entered(self.WHO) == [self.WHO]

    def test_refused(self):
        with pytest.raises(Refused) as refused:
            entered(replace(self.WHO, official_id=" "))
        assert refused.value.field == "official_id"

    def test_repeated(self):
        assert entered(self.WHO, self.WHO) == []


def test_a_pack_of_another_text_is_adopted_again():
    """
    A, then B, then A: the third is no repeat, since B is in force.
    """
    one = p.RulePackAdopted(pack_id="local", version="1", content=tomllib.loads(RECEPTION))
    other = replace(one, version="2")
    assert entered(one, one, other) == [one]


def test_a_changed_notice_is_adopted():
    """
    The notice of a year can be changed by a later one (2020: the Spring Festival was lengthened).
    """
    later = replace(NOTICE, published_on=date(2026, 1, 27))
    assert entered(later, NOTICE) == [later]


UNIT = p.UnitEstablished(unit_id="city", name="市政府", kind="government", valid_from=date(2020, 1, 1))
POST = p.PostEstablished(post_id="new", unit_id="housing", title="局长", rank="main_leader")
OFFICIAL = p.OfficialRegistered(official_id="new", name="张某")


@pytest.mark.parametrize(
    ("there", "field", "other"),
    [
        (UNIT, "name", "县政府"),
        (UNIT, "kind", "organ"),
        (UNIT, "parent_id", "bureau"),
        (UNIT, "division_code", "411523"),
        (UNIT, "uscc", "91350100M000100Y43"),
        (UNIT, "valid_from", None),
        (POST, "unit_id", "bureau"),
        (POST, "title", "副局长"),
        (POST, "rank", "staff"),
        (POST, "valid_from", date(2026, 1, 1)),
        (OFFICIAL, "name", "李某"),
    ],
)
def test_another_entry_under_the_same_id(there, field, other):
    """Said again it is nothing new; said otherwise it is refused by name, and never passed over in silence."""
    assert entered(there, there) == []
    with pytest.raises(Refused, match="in the register already") as refused:
        entered(replace(there, **{field: other}), there)
    assert refused.value.field == field


def test_abolished_since_it_is_the_same_entry():
    assert entered(UNIT, UNIT, p.UnitAbolished(unit_id="city", valid_to=date(2026, 2, 1), successor_id="bureau")) == []
