"""
Suggested repeats: found by digest inside one line, explained, at registration only; forgotten with an erasure.
"""

from __future__ import annotations

from contextlib import closing
from datetime import date

import psycopg
import pytest

from app.establish import enrol_official, record
from app.repeats import Repeats, normalised
from domain.case import commands as c
from domain.case.errors import Refused
from domain.people import events as p
from ledger.store.postgres import PostgresStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from tests.app.office import Office

DAY = date(2026, 3, 10)
SECRET = bytes(range(32))
ZHANG = {
    "petitioner_name": "张 三",
    "petitioner_id_number": "11010519491231002x",
    "petitioner_phone": "+86 138-0000-0000",
}


@pytest.fixture
def office(database, tmp_path):
    vault = Vault(tmp_path / "vault", origin="test.example/log")
    with PostgresStore(database, environ={}) as kept, closing(vault):
        office = Office(SealedStore(kept, vault, origin="test.example/log"))
        office.dsn = database
        yield office


def repeats(office, secret=SECRET):
    return Repeats(office.dsn, "luoshi", office.handler, secret)


def received(office, no, unit="bureau", subject=None, on="2026-03-02", **fields):
    sealed = tuple((k, v) for k, v in (ZHANG | fields).items() if v)
    office.act(c.ReceivePetition, unit, on, no=no, channel="letter", sealed=sealed)
    office.act(c.RegisterPetition, unit, on, no=no, case_no=no, subject=subject)


def ask(office, no="2", who="bureau-desk", **more):
    return repeats(office, **more).suggest(f"case/county/{no}", official_id=who, day=DAY)


class TestSuggested:
    def test_explained(self, office):
        """
        Spelled otherwise and closed since: the same person's matter is suggested, with the points that add up.
        """
        received(office, "1", subject="housing")
        office.act(c.CloseCase, "bureau", "2026-03-05", no="1")
        other = {
            "petitioner_name": "张三",
            "petitioner_id_number": "11010519491231002X",
            "petitioner_phone": "13800000000",
        }
        received(office, "2", subject="housing", on="2026-03-09", **other)
        [found] = ask(office)
        assert (found.stream, found.is_closed) == ("case/county/1", True)
        assert found.reasons == (("证件号码一致", 60), ("联系电话一致", 30), ("姓名一致", 20), ("内容分类相同", 10))
        assert found.score == 100

    @pytest.mark.parametrize(
        ("fields", "is_suggested"),
        [
            ({"petitioner_name": "张三", "petitioner_id_number": "", "petitioner_phone": ""}, False),
            ({"petitioner_name": "", "petitioner_id_number": "", "petitioner_phone": "13800000000"}, False),
            ({"petitioner_name": "张三", "petitioner_id_number": "", "petitioner_phone": "13800000000"}, True),
            ({"petitioner_name": "李四", "petitioner_id_number": "", "petitioner_phone": "13900000000"}, False),
            ({"petitioner_name": "", "petitioner_id_number": "11010519491231002X", "petitioner_phone": ""}, True),
        ],
    )
    def test_a_name_or_a_phone_alone_says_nothing(self, office, fields, is_suggested):
        received(office, "1")
        received(office, "2", on="2026-03-09", **fields)
        assert bool(ask(office)) is is_suggested

    def test_confirmed_or_declined_is_not_suggested_again(self, office):
        for no in ("1", "2", "3"):
            received(office, no)
        assert [s.stream for s in ask(office)] == ["case/county/1", "case/county/3"]
        office.act(c.LinkRepeat, "bureau", "2026-03-10", no="1", other_stream="case/county/2")
        office.act(
            c.DeclineRepeat, "bureau", "2026-03-10", no="2", other_stream="case/county/3", ground="another_house"
        )
        assert ask(office) == []


class TestBounds:
    def test_another_line_never_meets(self, office):
        """
        Two top units have two keys: the same person's matters in both are not brought together.
        """
        received(office, "1", unit="housing")
        received(office, "2", unit="bureau")
        assert ask(office) == []

    def test_one_line_under_one_top(self, office):
        for unit in ("city", "east", "west"):
            kind = "government" if unit == "city" else "petition_department"
            parent = None if unit == "city" else "city"
            record(
                office.handler, p.UnitEstablished(unit_id=unit, name=unit, kind=kind, parent_id=parent), now=office.at
            )
        for unit in ("east", "west"):
            post = f"{unit}-desk"
            record(
                office.handler, p.PostEstablished(post_id=post, unit_id=unit, title="x", rank="staff"), now=office.at
            )
            record(office.handler, p.OfficialRegistered(official_id=post, name=post), now=office.at)
            made = p.AppointmentMade(post_id=post, official_id=post, from_on=date(2025, 1, 1))
            record(office.handler, made, now=office.at)
            enrol_official(office.handler, post, now=office.at)
        received(office, "1", unit="east")
        received(office, "2", unit="west")
        assert [s.stream for s in ask(office, who="west-desk")] == ["case/county/1"]

    def test_at_registration_only(self, office):
        received(office, "1")
        received(office, "2")
        office.act(c.ReferPetition, "bureau", "2026-03-10", no="2", to_unit_id="housing", basis="art. 22")
        with pytest.raises(Refused, match="只在登记时提示"):
            ask(office)

    def test_by_who_received_it(self, office):
        received(office, "2")
        with pytest.raises(Refused, match="只给收件单位"):
            ask(office, who="housing-desk")

    def test_nothing_received(self, office):
        with pytest.raises(Refused, match="不是已收到"):
            ask(office, no="99")

    def test_another_secret_matches_nothing(self, office):
        received(office, "1")
        repeats(office).catch_up()
        received(office, "2")
        assert ask(office, secret=bytes(32)) == []

    def test_nobody_lists(self, office):
        """
        The application's roles cannot read the table; digests without a recorded arrival are refused.
        """
        received(office, "1")
        repeats(office).catch_up()
        for role in ("luoshi_writer", "luoshi_reader", "luoshi_projector"):
            with psycopg.connect(office.dsn) as db:
                db.execute(f"SET ROLE {role}")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute("SELECT * FROM luoshi.repeat_digest")
        with psycopg.connect(office.dsn) as db:
            db.execute("SET ROLE luoshi_reader")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("SELECT * FROM luoshi.suggest_repeats('case/county/1')")
        keep = "SELECT luoshi.keep_repeat_digests(0, %s, %s, %s)"
        for stream in ("case/county/none", f"case/accusation/{'0' * 32}"):
            with psycopg.connect(office.dsn) as db:
                db.execute("SET ROLE luoshi_writer")
                with pytest.raises(psycopg.errors.InvalidParameterValue):
                    db.execute(keep, ([stream], ["name"], [bytes(32)]))

    def test_no_value_is_kept(self, office):
        """
        The table holds digests under a key that is not in the database.
        """
        received(office, "1")
        repeats(office).catch_up()
        with psycopg.connect(office.dsn) as db:
            rows = db.execute("SELECT t::text FROM luoshi.repeat_digest AS t").fetchall()
        assert len(rows) == 3
        assert not any("张" in text or "138" in text for (text,) in rows)

    def test_erased_is_forgotten(self, office):
        received(office, "1")
        received(office, "2")
        assert ask(office)
        index = office.store.read_stream("case/county/1")[0].log_index
        erase = {"targets": ((index, ("d" * 43,)),), "order_no": "7", "basis": "x"}
        office.act(c.EraseSealed, "bureau", "2026-03-10", no="1", **erase)
        repeats(office).forget("case/county/1")
        assert ask(office) == []


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", "阿卜杜拉·买买提", "阿卜杜拉 买买提"),
        ("phone", "0086 13800000000", "１３８００００００００"),
        ("id_number", "11010519491231002x", "110105 19491231 002X"),
        ("address", "幸福路 3 号（东）", "幸福路3号(东)"),
    ],
)
def test_spellings(kind, one, other):
    assert normalised(kind, one) == normalised(kind, other)


def test_a_line_number_keeps_its_digits():
    assert normalised("phone", "8612345") == "8612345"
