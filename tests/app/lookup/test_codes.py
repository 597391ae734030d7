"""Query codes: one hash for number and code, counted tries, new ones on a recorded ground."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from app.lookup import codes as module
from app.lookup.codes import BadCode, Found, NoCode, TooManyTries, normalised, source_of, spelled
from ledger.store.migrate import READER, WRITER
from tests.app.lookup.petitioner import CODE, NUMBER, PHONE, STREAM, codes_of
from tests.app.office import Office


@pytest.fixture
def codes(database):
    office = Office()
    with closing(codes_of(database, office)) as codes:
        codes.office = office
        yield codes


@pytest.mark.parametrize("typed", ["7K2M-9QXA-31TB", "7k2m 9qxa 3itb", "７Ｋ２Ｍ９ＱＸＡ３１ＴＢ", " 7K2M9QXA-3l-TB "])
def test_spelling_does_not_matter(codes, typed):
    codes.first(STREAM, CODE, by="a")
    assert codes.open(NUMBER, typed, source=PHONE) == Found(STREAM, 1)


def test_a_code_is_drawn_from_its_request(codes):
    one, same, other = (codes.drawn(seed) for seed in ("a", "a", "b"))
    assert one == same != other
    assert len(one) == 12
    assert normalised(spelled(one)) == one
    with closing(codes_of(codes._pool.conninfo, codes.office, secret=b"x" * 32)) as elsewhere:
        assert elsewhere.drawn("a") != one


def test_wrong_code_and_unknown_number_are_one_miss(codes, monkeypatch):
    """
    The same statements with values of the same shape, and the same error: nothing that anybody could time or read.
    """
    codes.first(STREAM, CODE, by="a")
    seen = []
    plain = psycopg.Connection.execute

    def watched(self, query, params=None, **more):
        text = query if isinstance(query, str) else query.as_string(self)
        shape = (
            params
            if params is None
            else [type(p).__name__ for p in (params.values() if isinstance(params, dict) else params)]
        )
        seen.append((text, shape))
        return plain(self, query, params, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", watched)
    work, said = [], []
    for number, code in ((NUMBER, "000000000000"), ("999", CODE), ("999", "000000000000")):
        seen.clear()
        with pytest.raises(NoCode) as caught:
            codes.open(number, code, source=PHONE)
        work.append(list(seen))
        said.append((type(caught.value), caught.value.args))
    assert work[0] == work[1] == work[2]
    assert len(work[0]) > 3
    assert len(set(said)) == 1


def test_nothing_of_number_or_code_is_kept_in_clear(codes, database):
    codes.first("case/county/XF-77-9", "7K2M9QXA31TB", by="a")
    with psycopg.connect(database) as db:
        rows = db.execute(
            "SELECT q::text FROM luoshi.query_code q UNION ALL SELECT t::text FROM luoshi.access_record t"
        )
        kept = " ".join(r[0] for r in rows.fetchall())
    assert "7K2M" not in kept
    assert codes.digest("XF-77-9", "7K2M9QXA31TB").hex() in kept


def test_others_cannot_read_the_table(database):
    with psycopg.connect(database) as db:
        for role in (READER, WRITER):
            for table in ("query_code", "lookup_tries"):
                assert db.execute(
                    "SELECT has_table_privilege(%s, %s, 'SELECT')", (role, f"luoshi.{table}")
                ).fetchone() == (False,)


def test_a_new_code_ends_the_old_one_and_its_ground_is_on_record(codes, database):
    codes.first(STREAM, CODE, by="clerk")
    codes.issue(STREAM, "AAAABBBBCCCC", holder=1, ground="遗失，已核对身份", by="clerk")
    codes.issue(STREAM, "AAAABBBBCCCC", holder=1, ground="遗失，已核对身份", by="clerk")  # sent again
    with pytest.raises(NoCode):
        codes.open(NUMBER, CODE, source=PHONE)
    assert codes.open(NUMBER, "AAAABBBBCCCC", source=PHONE).holder == 1
    with psycopg.connect(database) as db:
        found = db.execute("SELECT what, detail->>'ground' FROM luoshi.access_record ORDER BY record_id").fetchall()
    assert found == [("query_code_made", "registration"), ("query_code_reissued", "遗失，已核对身份")]


def test_joint_petitioners_have_a_code_each(codes):
    codes.first(STREAM, CODE, by="clerk")
    codes.issue(STREAM, "AAAABBBBCCCC", holder=2, ground="共同信访人", by="clerk")
    assert codes.open(NUMBER, CODE, source=PHONE).holder == 1
    assert codes.open(NUMBER, "AAAABBBBCCCC", source=PHONE).holder == 2


@pytest.mark.parametrize(
    ("stream", "more", "said"),
    [
        (STREAM, {"holder": 6}, "holder"),
        (STREAM, {"holder": 0}, "holder"),
        (STREAM, {"ground": " "}, "ground"),
        (STREAM, {"ground": "x" * 201}, "ground"),
        ("case/accusation/1", {}, "accusations"),
        ("office/housing", {}, "accusations"),
    ],
)
def test_no_code_is_made_so(codes, stream, more, said):
    with pytest.raises(BadCode, match=said):
        codes.issue(stream, CODE, **{"holder": 1, "ground": "g", "by": "a", **more})


def test_one_code_at_registration(codes):
    assert codes.first(STREAM, CODE, by="a")
    assert codes.first(STREAM, CODE, by="a")  # the same request
    assert not codes.first(STREAM, "AAAABBBBCCCC", by="a")
    with pytest.raises(NoCode):
        codes.open(NUMBER, "AAAABBBBCCCC", source=PHONE)


def test_limit_by_number_over_all_sources_and_servers(codes, database):
    codes.first(STREAM, CODE, by="a")
    with closing(codes_of(database, codes.office)) as other_server:
        for n in range(module.TRIES["number"]):
            with pytest.raises(NoCode):
                (codes, other_server)[n % 2].open(NUMBER, "0", source=f"198.51.100.{n}")
        with pytest.raises(TooManyTries) as caught:
            other_server.open(NUMBER, CODE, source="198.51.100.99")  # the right code too: a limit tells nothing
    assert 0 < caught.value.wait <= 15 * 60 + 1
    codes.office.at += timedelta(minutes=15)
    assert codes.open(NUMBER, CODE, source=PHONE) == Found(STREAM, 1)


def test_limit_by_source_over_all_numbers(codes):
    for n in range(module.TRIES["source"]):
        with pytest.raises(NoCode):
            codes.open(f"n{n}", "0", source="2001:db8:1:2::1")
    with pytest.raises(TooManyTries):
        codes.open("another", "0", source="2001:db8:1:2:ffff::9")  # the same household
    with pytest.raises(NoCode):
        codes.open("another", "0", source="2001:db8:1:3::1")


def test_counting_is_bounded_and_exact(codes, database):
    """
    However many numbers are tried, the table has a slot for each of a fixed number; tries at once are all counted.
    """
    with psycopg.connect(database, autocommit=True) as db, pytest.raises(psycopg.errors.CheckViolation):
        db.execute("INSERT INTO luoshi.lookup_tries VALUES (131072, now(), 1)")
    refused = []

    def tries():
        for _ in range(5):
            try:
                codes.count("n", source=PHONE)
            except TooManyTries:
                refused.append(1)

    threads = [threading.Thread(target=tries) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 20 - module.TRIES["number"]


def test_sources():
    assert source_of("::ffff:203.0.113.9") == source_of("203.0.113.9") == "203.0.113.9"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff") == "2001:db8::"
    assert source_of("testclient") == source_of("") == "unknown"
