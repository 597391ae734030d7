"""Passwords, lockout, sessions, tokens, roles: over the real tables."""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from argon2 import PasswordHasher

from app.accounts.gate import FREE_TRIES, IDLE, WHOLE_DAY, BadAccount, Gate, NotLetIn, has_csrf, principal_of
from app.accounts.passwords import Passwords, WeakPassword
from app.accounts.store import AccountStore, LoginTaken
from tests.app.access.county import register

PASSWORD = "一个足够长的口令 2026"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def gate(database):
    numbers = itertools.count()
    with closing(AccountStore(database, schema="luoshi")) as store:
        made = Gate(
            store,
            clock=lambda: made.now,
            draw=lambda: f"{next(numbers):043d}"[::-1],
            passwords=Passwords(CHEAP),
        )
        made.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
        yield made


@pytest.fixture
def wang(gate):
    return gate.add("Wang", by="test", password=PASSWORD, official_id="housing-zhang", granted=["handler"])


def what(gate):
    return [r.what for r in gate.store.records(limit=100)][::-1]


def test_the_right_password_opens_a_session_of_that_account(gate, wang):
    opened = gate.log_in("wang", PASSWORD)
    account, session = gate.recognised(opened.token, "browser")
    assert account == wang
    assert has_csrf(session, opened.csrf)
    assert not has_csrf(session, opened.token)
    assert not has_csrf(session, None)
    assert gate.recognised(opened.token, "token") is None
    assert gate.recognised("x" * 43, "browser") is None
    assert what(gate) == ["account_made", "login"]


@pytest.mark.parametrize("login", ["wang", "nobody", "", "WANG ", "a" * 1000])
def test_everything_wrong_is_answered_alike(gate, wang, login):
    with pytest.raises(NotLetIn) as caught:
        gate.log_in(login, "wrong password indeed")
    assert str(caught.value) == ""


def test_a_disabled_account_is_not_let_in_and_its_sessions_end(gate, wang):
    opened = gate.log_in("wang", PASSWORD)
    gate.disable(wang, by="test")
    assert gate.recognised(opened.token, "browser") is None
    with pytest.raises(NotLetIn):
        gate.log_in("wang", PASSWORD)


def test_too_many_tries_wait_longer_and_longer(gate, wang):
    waits = []
    for n in range(FREE_TRIES + 7):
        with pytest.raises(NotLetIn):
            gate.log_in("wang", f"wrong {n} wrong wrong")
        until = gate.store.find(login="wang").locked_until
        if until is not None:
            waits.append(until - gate.now)
            with pytest.raises(NotLetIn):  # the right one, too early
                gate.log_in("wang", PASSWORD)
            gate.now = until
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(minutes=15))
    assert gate.log_in("wang", PASSWORD).account.login == "wang"
    assert gate.store.find(login="wang").failures == 0
    assert "login_while_locked" in what(gate)


def test_sessions_end_when_idle_and_at_the_end_of_the_day(gate, wang):
    opened = gate.log_in("wang", PASSWORD)
    gate.now += IDLE + timedelta(seconds=1)
    assert gate.recognised(opened.token, "browser") is None
    opened = gate.log_in("wang", PASSWORD)
    start = gate.now
    while gate.now < start + WHOLE_DAY - IDLE:
        gate.now += IDLE - timedelta(seconds=1)
        assert gate.recognised(opened.token, "browser") is not None
    gate.now = start + WHOLE_DAY
    assert gate.recognised(opened.token, "browser") is None


def test_a_new_password_ends_every_session(gate, wang):
    opened = gate.log_in("wang", PASSWORD)
    gate.set_password(wang, PASSWORD + " 新", by="test")
    assert gate.recognised(opened.token, "browser") is None
    with pytest.raises(NotLetIn):
        gate.log_in("wang", PASSWORD)


def test_tokens_are_for_systems(gate, wang):
    with pytest.raises(BadAccount, match="accounts of systems"):
        gate.give_token(wang, "bus", by="test")
    bus = gate.add("bus", by="test", kind="system", unit_ids=["housing"], granted=["connected_system"])
    token = gate.give_token(bus, "bus", by="test")
    account, _ = gate.recognised(token, "token")
    caller = principal_of(account, register(), date(2026, 3, 2))
    assert (caller.kind, caller.unit_ids, caller.actor.system) == ("system", {"housing"}, account.account_id)
    gate.store.end_sessions(bus.account_id)
    assert gate.recognised(token, "token") is None


@pytest.mark.parametrize(
    ("granted", "why"),
    [
        (["system_officer", "security_officer"], "never holds both"),
        (["king"], "no role king"),
        (["handler"], "need an official"),
    ],
)
def test_roles_that_cannot_be_given(gate, granted, why):
    with pytest.raises(BadAccount, match=why):
        gate.add("x", by="test", granted=granted)
    plain = gate.add("plain", by="test")
    with pytest.raises(BadAccount):
        gate.grant(plain, granted, by="test")
    assert gate.store.find(login="plain").roles == []


def test_weak_passwords_and_taken_logins(gate, wang):
    for weak in ("short", "x" * 201, "ababababababab", "wangwangwang123"):
        with pytest.raises(WeakPassword):
            gate.set_password(wang, weak, by="test")
    with pytest.raises(LoginTaken):
        gate.add("WANG", by="test")


def test_the_principal_is_of_our_register(gate, wang):
    caller = principal_of(wang, register(), date(2026, 3, 2))
    assert (caller.official_id, caller.unit_ids) == ("housing-zhang", {"housing"})
    before = principal_of(wang, register(), date(2024, 3, 2))
    assert before.unit_ids == frozenset()
    with pytest.raises(BadAccount, match="no acting appointment"):
        principal_of(wang, register(), date(2026, 3, 2), acting_for="health-zhang")


def test_no_secret_stands_in_the_tables(gate, wang, database):
    opened = gate.log_in("wang", PASSWORD)
    with psycopg.connect(database) as db:
        rows = [
            str(db.execute(f"SELECT t.*::text FROM luoshi.{t} t").fetchall())
            for t in ("account", "session", "access_record")
        ]
    for secret in (PASSWORD, opened.token, opened.csrf):
        assert secret not in "".join(rows)


@pytest.mark.parametrize("table", ["account", "session", "access_record"])
def test_only_the_gate_reads_accounts_and_nobody_changes_the_record(gate, wang, database, table):
    with psycopg.connect(database) as db:
        for role in ("luoshi_reader", "luoshi_writer", "luoshi_projector"):
            db.execute(f"SET ROLE {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
                db.execute(f"SELECT 1 FROM luoshi.{table}")
            db.execute("RESET ROLE")
        with pytest.raises(psycopg.Error, match="append-only"), db.transaction():
            db.execute("DELETE FROM luoshi.access_record")
