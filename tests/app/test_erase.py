"""
Erasing by order: what goes, what stays, and that no file holds the name, before or after.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from datetime import date

import psycopg
import pytest

from app.embedded import EmbeddedPostgres
from app.erase import erase
from app.handle import read
from app.runner import Runner
from app.sealed import fields_of
from app.settings import Settings
from app.wiring import init_luoshi, open_luoshi
from domain.case import commands as c
from domain.case.errors import Refused
from domain.people import events as p
from domain.recorded import Actor
from tests.api.running import open_folder
from tests.app.sealing import SealedOffice

NAME = "诸葛孔明亮"
STREAM = "case/county/1"
ORDER = {"order_no": "2026-7", "basis": "个人信息保护法第47条", "official_id": "bureau-desk", "unit_id": "bureau"}


@pytest.fixture
def office(tmp_path) -> SealedOffice:
    made = SealedOffice(tmp_path)
    sealed = (("petitioner_name", NAME), ("text", "漏水"))
    made.act(c.ReceivePetition, "bureau", "2026-03-02", channel="letter", sealed=sealed)
    made.act(c.RegisterPetition, "bureau", "2026-03-02", case_no="1")
    made.act(c.NoteProgress, "bureau", "2026-03-03", step="called", sealed=(("petitioner_name", NAME),))
    return made


def names(office):
    history = [read(stored) for stored in office.store.read_stream(STREAM)]
    return [(f.version, f.name) for f in fields_of(office.store, history)]


def test_everywhere_in_the_case(office):
    done = erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    assert (done.new_fields, done.all_fields, len(done.log_indexes)) == (2, 2, 2)
    assert names(office) == [(1, "text")]
    report = office.verify()
    assert report.ok, report.failure
    assert "2 erased by order, 0 missing" in report.steps[-1].text


def test_in_one_event(office):
    erase(office.handler, office.store, STREAM, "petitioner_name", version=3, **ORDER)
    assert names(office) == [(1, "petitioner_name"), (1, "text")]


def test_again(office):
    erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    size = office.store.size()
    again = erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    assert (again.new_fields, again.all_fields, office.store.size()) == (0, 2, size)


def test_a_second_order(office):
    erase(office.handler, office.store, STREAM, "petitioner_name", **ORDER)
    erase(office.handler, office.store, STREAM, "text", **(ORDER | {"order_no": "2026-8"}))
    assert names(office) == []
    assert office.verify().ok


@pytest.mark.parametrize(
    ("field", "more", "why"),
    [
        ("petitioner_nam", {}, "no sealed field"),
        ("petitioner_name", {"order_no": ""}, "names its order"),
        ("petitioner_name", {"basis": f"{NAME}的申请"}, "must not name"),
        ("petitioner_name", {"order_no": NAME}, "must not name"),
    ],
)
def test_refused(office, field, more, why):
    size = office.store.size()
    with pytest.raises(Refused, match=why):
        erase(office.handler, office.store, STREAM, field, **(ORDER | more))
    assert office.store.size() == size
    assert len(names(office)) == 3


def test_the_accused_go_last(office):
    """
    What keeps the accused out is erased only when nothing is left to be kept from them.
    """
    stream = f"case/accusation/{'0b' * 16}"
    at = office.at
    office.handler.handle(
        c.ReceiveAccusation(
            stream=stream,
            unit_id="bureau",
            official_id="bureau-desk",
            actor=Actor(official_id="bureau-desk"),
            occurred_at=at,
            now=at,
            command_id="accuse",
            channel="letter",
            sealed=(("accused_unit", "housing"), ("subject", "x")),
        )
    )
    with pytest.raises(Refused, match="erase the rest first"):
        erase(office.handler, office.store, stream, "accused_unit", **ORDER)
    erase(office.handler, office.store, stream, "subject", **ORDER)
    erase(office.handler, office.store, stream, "accused_unit", **ORDER)
    assert office.verify().ok


def spellings(text: str) -> list[bytes]:
    """
    The text's bytes, and how they look inside base64, base64url (at each of the three offsets) and hex.
    """
    raw = text.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for offset in range(3):
        shifted = bytes(offset) + raw
        # Letters that mix in neighbouring bytes are cut off at both ends.
        first, last = -(-offset * 4 // 3), len(shifted) * 4 // 3
        found += [encode(shifted)[first:last] for encode in (b64encode, urlsafe_b64encode)]
    return found


def test_spellings():
    for before in range(3):
        hidden = b64encode(b"x" * before + NAME.encode() + b"tail")
        assert any(spelling in hidden for spelling in spellings(NAME))


def files_with(folder, *texts) -> list[str]:
    patterns = [spelling for text in texts for spelling in spellings(text)]
    found = []
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        held = file.read_bytes()
        found += [str(file.relative_to(folder))] if any(p in held for p in patterns) else []
    return found


def test_no_byte_of_the_name():
    """
    A whole home: the cluster's data folder with its write-ahead log and server log, keys, published files, views.
    Nothing in it ever holds the name, before the erasure or after; a salted digest is all there is.
    """
    home = open_folder() / "home"
    settings = Settings(home=home)
    data = EmbeddedPostgres(home)._data
    with init_luoshi(settings, administrator="admin") as luoshi:
        day = date(2026, 1, 1)
        office = luoshi.handler
        at = luoshi.clock()
        from app.establish import enrol_official, record  # noqa: PLC0415

        record(office, p.UnitEstablished(unit_id="bureau", name="信访局", kind="petition_department"), now=at)
        record(office, p.PostEstablished(post_id="desk", unit_id="bureau", title="desk", rank="staff"), now=at)
        record(office, p.OfficialRegistered(official_id="zhao", name="赵"), now=at)
        record(office, p.AppointmentMade(post_id="desk", official_id="zhao", from_on=day), now=at)
        enrol_official(office, "zhao", now=at)
        by = {"unit_id": "bureau", "official_id": "zhao", "actor": Actor(official_id="zhao")}
        at = luoshi.clock()
        times = {"stream": STREAM, "occurred_at": at, "now": at}
        sealed = (("petitioner_name", NAME), ("text", f"我是{NAME}，房屋漏水"))
        office.handle(c.ReceivePetition(**by, **times, command_id="1", channel="letter", sealed=sealed))
        office.handle(c.RegisterPetition(**by, **times, command_id="2", case_no="1"))
        with pytest.raises(Refused):
            office.handle(c.RegisterPetition(**by, **times, command_id="3", case_no=NAME))
        luoshi.checkpoint()
        Runner(luoshi.dsn, luoshi.store, schema=settings.schema_name).catch_up()
        flush(luoshi.dsn)
        assert files_with(home, NAME) == []
        old = {f: f.read_bytes() for f in (home / "keys").rglob("*") if f.is_file()}
    with open_luoshi(settings) as luoshi:
        by_order = {"order_no": "2026-7", "basis": "x", "official_id": "zhao", "unit_id": "bureau"}
        for field in ("petitioner_name", "text"):
            erase(luoshi.handler, luoshi.store, STREAM, field, **by_order)
        luoshi.checkpoint()
        runner = Runner(luoshi.dsn, luoshi.store, schema=settings.schema_name)
        runner.catch_up()
        runner.rebuild()
        report = luoshi.verify()
        assert report.ok, report.failure
        flush(luoshi.dsn)
        with psycopg.connect(luoshi.dsn) as connection:
            assert connection.execute("SELECT count(*) FROM luoshi.disclosure").fetchone() == (0,)
    assert data.exists()
    assert files_with(home, NAME) == []
    assert any(f.read_bytes() != held for f, held in old.items())


def flush(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
