"""
Who may be shown an accusation, and what is recorded of sealed values.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.case import commands as c
from domain.case import events as e
from domain.case.case import Case, evolve
from domain.case.secrecy import MAX_ATTACHMENTS, Accused, exclusion, may_read, refusal
from domain.people import events as p
from domain.recorded import Actor
from tests.domain.duties.build import bureau_and_housing
from tests.given import BUREAU, HOUSING, given, order

DAY = date(2026, 3, 5)
STREAM = f"case/accusation/{'0a' * 16}"
LI = Accused(officials=frozenset({"li"}))
HOUSING_OFFICE = Accused(units=frozenset({"housing"}))
RECEIVED = e.AccusationReceived(**BUREAU, channel="letter")
DIGEST = "d" * 43


def people(*more):
    history = bureau_and_housing()
    for event in more:
        history.add("2026-01-01", event)
    return history.people()


def appointed(official, post, from_on, to_on=None, kind="acting"):
    return p.AppointmentMade(post_id=post, official_id=official, from_on=from_on, to_on=to_on, kind=kind)


ABOLISHED = (
    p.UnitEstablished(unit_id="homes", name="homes", kind="organ"),
    p.PostEstablished(post_id="new-desk", unit_id="homes", title="x", rank="staff"),
    appointed("wang", "new-desk", date(2026, 2, 1), kind="substantive"),
    p.UnitAbolished(unit_id="housing", valid_to=date(2026, 1, 31), successor_id="homes"),
)
IN_MARCH = appointed("wang", "h-head", date(2026, 3, 1), date(2026, 3, 31))
OUT = p.AppointmentEnded(post_id="h-head", official_id="li", to_on=date(2026, 2, 1))


@pytest.mark.parametrize(
    ("reader", "accused", "more", "why"),
    [
        (Actor(official_id="li"), LI, (), "accused_official"),
        (Actor(official_id="zhao", acting_for="li"), LI, (), "accused_official"),
        (Actor(official_id="sun"), LI, (), None),
        (Actor(official_id="zhao"), LI, (), None),
        (Actor(official_id="sun"), HOUSING_OFFICE, (), "accused_unit"),
        (Actor(official_id="zhao", acting_for="sun"), HOUSING_OFFICE, (), "accused_unit"),
        (Actor(official_id="zhao"), HOUSING_OFFICE, (), None),
        (Actor(official_id="wang"), HOUSING_OFFICE, ABOLISHED, "accused_unit"),
        (Actor(official_id="wang"), LI, (IN_MARCH,), "acting_for_accused"),
        (Actor(official_id="zhao", acting_for="wang"), LI, (IN_MARCH,), "acting_for_accused"),
        (Actor(official_id="wang"), LI, (OUT, IN_MARCH), "acting_for_accused"),
        (Actor(official_id="zhao"), HOUSING_OFFICE, (appointed("zhao", "h-desk", DAY, DAY),), "accused_unit"),
        (Actor(official_id="zhao"), HOUSING_OFFICE, (appointed("zhao", "h-desk", date(2026, 3, 6)),), None),
        (Actor(official_id="wang"), LI, (appointed("wang", "h-head", date(2026, 2, 1), date(2026, 3, 4)),), None),
        (Actor(official_id="wang"), LI, (appointed("wang", "h-deputy", date(2026, 2, 1)),), None),
        (Actor(system="importer"), LI, (), None),
    ],
)
def test_exclusion(reader, accused, more, why):
    """
    By identifier, on the day of reading: the accused, the accused unit's people, and whoever acts for them.
    """
    register = people(*more)
    assert exclusion(reader, accused, register, DAY) == why
    assert may_read(reader, accused, register, DAY) is (why is None)


@pytest.mark.parametrize(
    ("reader", "accused", "why"),
    [
        (Actor(official_id="zhao"), LI, None),
        (Actor(official_id="sun"), LI, "not_the_holding_unit"),
        (Actor(system="importer"), LI, "not_the_holding_unit"),
        (Actor(official_id="li"), LI, "accused_official"),
        (Actor(official_id="zhao"), Accused(), "accused_unknown"),
    ],
)
def test_only_where_it_is_held(reader, accused, why):
    assert refusal(reader, evolve(Case(), RECEIVED), accused, people(), DAY) == why


def test_other_cases_exclude_nobody():
    case = evolve(Case(), e.PetitionReceived(**BUREAU, channel="letter"))
    assert refusal(Actor(official_id="sun"), case, Accused(), people(), DAY) is None


def accuse(*, who=None, stream=STREAM, sealed=(("accused_official", "li"), ("subject", "x"))):
    made = order(c.ReceiveAccusation, who, channel="letter", sealed=sealed)
    return type(made)(**{f: getattr(made, f) for f in made.__dataclass_fields__} | {"stream": stream})


class TestAccusation:
    def test_received(self):
        given().when(accuse()).then(RECEIVED)

    def test_guessable_number(self):
        given().when(accuse(stream="case/accusation/1")).refused("random number", field="stream")

    def test_nobody_accused(self):
        given().when(accuse(sealed=(("subject", "x"),))).refused("names an official or a unit", field="sealed")

    def test_unknown_accused(self):
        given().when(accuse(sealed=(("accused_unit", "mars"),))).refused("not in the register", field="sealed")

    @pytest.mark.parametrize("accused", [("accused_unit", "housing"), ("accused_official", "sun")])
    def test_at_the_accused_desk(self, accused):
        given().when(accuse(who=HOUSING, sealed=(accused,))).refused("not for this desk", field="actor")

    def test_once(self):
        given(RECEIVED).when(accuse()).refused("already received")


class TestReading:
    def read(self, **more):
        given_text = {"sealed": (("ground_text", "办理"),)}
        return order(c.ReadSealed, **({"digests": (DIGEST,), "ground": "handling"} | given_text | more))

    def test_read(self):
        given(RECEIVED).when(self.read()).then(e.SealedValueRead(**BUREAU, digests=(DIGEST,), ground="handling"))

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"ground": "curiosity"}, "ground"),
            ({"sealed": (("ground_text", " "),)}, "ground_text"),
            ({"digests": ()}, "digests"),
        ],
    )
    def test_without_ground(self, more, field):
        given(RECEIVED).when(self.read(**more)).refused("ground|no value", field=field)

    def test_of_nothing(self):
        given().when(self.read()).refused("nothing is recorded", field="stream")

    def test_refused_attempt_names_nobody(self):
        who = {"unit_id": "bureau", "official_id": None, "post_id": None}
        given(RECEIVED).when(order(c.RefuseSealedRead, who)).then(e.SealedReadRefused(unit_id="bureau"))


class TestErasing:
    def erase(self, **more):
        told = {"targets": ((3, (DIGEST,)),), "order_no": "7", "basis": "个人信息保护法第47条"}
        return order(c.EraseSealed, **(told | more))

    ERASED = e.SealedFieldErased(**BUREAU, target=3, digests=(DIGEST,), order_no="7", basis="个人信息保护法第47条")

    def test_erased(self):
        given(RECEIVED).when(self.erase()).then(self.ERASED)

    def test_again(self):
        given(RECEIVED, self.ERASED).when(self.erase()).then()

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"order_no": " "}, "order_no"), ({"order_no": "7" * 121}, "order_no"), ({"basis": ""}, "basis")],
    )
    def test_without_order(self, more, field):
        given(RECEIVED).when(self.erase(**more)).refused("an erasure names", field=field)

    def test_by_nobody(self):
        command = order(c.EraseSealed, targets=(), order_no="7", basis="x")
        nobody = type(command)(
            **{f: getattr(command, f) for f in command.__dataclass_fields__} | {"official_id": None, "post_id": None}
        )
        given(RECEIVED).when(nobody).refused("by an official", field="official_id")


class TestAttachments:
    ADDED = e.AttachmentAdded(**BUREAU, category="evidence", sealed_object="a" * 64, size=9)

    def test_added(self):
        given(RECEIVED).when(order(c.AddAttachment, category="evidence", sealed_object="a" * 64, size=9)).then(
            self.ADDED
        )

    def test_too_many(self):
        full = given(RECEIVED, *[self.ADDED] * MAX_ATTACHMENTS)
        full.when(order(c.AddAttachment, category="evidence", sealed_object="b", size=9)).refused("at most")

    def test_unknown_kind(self):
        given(RECEIVED).when(order(c.AddAttachment, category="gossip", sealed_object="b", size=9)).refused(
            "category is one of"
        )
