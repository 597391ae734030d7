"""
Letting people and systems in: passwords with lockout, sessions with a CSRF token, tokens of systems, roles granted.

Whatever is presented wrongly is answered alike and after alike work, whether the login exists, is disabled or is
locked. Every try, grant and change stands in the record of access. tests/app/accounts/.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.access.policy import incompatible, roles
from app.access.principal import Principal
from app.accounts.passwords import Passwords, WeakPassword, check_new
from app.accounts.store import Account, AccountStore, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from domain.people.register import Register

FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
IDLE, WHOLE_DAY = timedelta(minutes=60), timedelta(hours=12)
TOKEN_LIFE = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=1)
MAX_TOKEN = 200
DENIALS_EVERY, MAX_DENIALS = timedelta(minutes=1), 10_000  # one record a minute of each; what is remembered of them
# Roles that record no act of an official: the table says the same (0009-accounts.sql).
WITHOUT_OFFICIAL = {"system_officer", "security_officer", "audit_officer", "operator", "auditor", "witness"}


class NotLetIn(Exception):  # noqa: N818 - says what happened
    """Wrong login or password, or too many tries; the caller is told no more than that."""


class BadAccount(ValueError):  # noqa: N818 - says what was found
    """The account cannot be made or changed so; the message says why, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened: the token for the cookie and the CSRF token, known to nobody but their holder."""

    token: str
    csrf: str
    account: Account
    ends_at: datetime


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Gate:
    """`draw` gives 256 random bits as text; `clock` the time. Thread-safe."""

    def __init__(
        self,
        store: AccountStore,
        *,
        clock: Callable[[], datetime],
        draw: Callable[[], str],
        passwords: Passwords | None = None,
    ) -> None:
        self.store = store
        self._clock = clock
        self._draw = draw
        self._passwords = passwords or Passwords()
        self._lock = threading.Lock()
        self._denials: dict[tuple[str, str, str], tuple[datetime, int]] = {}

    def add(
        self,
        login: str,
        *,
        by: str,
        kind: str = "person",
        password: str | None = None,
        official_id: str | None = None,
        unit_ids: Iterable[str] = (),
        granted: Iterable[str] = (),
        subject: str | None = None,
    ) -> Account:
        """A new account. BadAccount, WeakPassword, LoginTaken."""
        login = login.strip().lower()
        if not login or len(login) > 100 or not login.isprintable() or " " in login:
            raise BadAccount("login: 1 至 100 个可见字符，无空格。1 to 100 visible characters without spaces")
        granted = sorted(set(granted))
        _check_roles(granted)
        if kind == "person" and official_id is None and _needs_official(granted):
            raise BadAccount("official_id: 该角色须对应名册中的人员。these roles need an official of the register")
        if password is not None:
            check_new(password, login)
        now = self._clock()
        account = Account(
            account_id=f"acc-{self._draw()[:22]}",
            kind=kind,
            login=login,
            password_hash=None if password is None else self._passwords.hash(password),
            subject=subject,
            official_id=official_id,
            unit_ids=sorted(unit_ids),
            roles=granted,
            is_disabled=False,
            failures=0,
            locked_until=None,
            made_at=now,
        )
        self.store.add(account)
        self.store.write_down(now, account.account_id, "account_made", by=by, login=login, roles=granted)
        return account

    def log_in(self, login: str, password: str) -> Opened:
        """A session for whoever knows the password. NotLetIn otherwise."""
        account = self.store.find(login=login.strip().lower()[:100])
        now = self._clock()
        known = account.password_hash if account is not None else None
        is_right = self._passwords.matches(password, known)
        if account is None:
            self.store.write_down(now, None, "login_failed")
            raise NotLetIn
        if account.locked_until is not None and now < account.locked_until:
            self.store.write_down(now, account.account_id, "login_while_locked")
            raise NotLetIn
        if not is_right or account.is_disabled:
            failures = self.store.count_failure(account.account_id)
            if failures >= FREE_TRIES:
                wait = min(FIRST_WAIT * 2 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT)
                self.store.change(account.account_id, locked_until=now + wait)
            self.store.write_down(now, account.account_id, "login_failed", failures=failures)
            raise NotLetIn
        self.store.change(account.account_id, failures=0, locked_until=None)
        return self.open(account, "login")

    def open(self, account: Account, how: str) -> Opened:
        """A session for an account that was recognised, by password or by an outside identity."""
        now = self._clock()
        token = self._draw()
        csrf = csrf_of(token)
        ends_at = now + WHOLE_DAY
        self.store.forget_ended(now)
        self.store.keep_session(
            Session(_hash(token), account.account_id, "browser", None, _hash(csrf), now, now, ends_at)
        )
        self.store.write_down(now, account.account_id, how)
        return Opened(token, csrf, account, ends_at)

    def give_token(self, account: Account, name: str, *, by: str) -> str:
        """A bearer token for a system, shown once."""
        if account.kind != "system":
            raise BadAccount("只有系统账户使用令牌。tokens are for accounts of systems")
        now, token = self._clock(), self._draw()
        self.store.keep_session(
            Session(_hash(token), account.account_id, "token", name, None, now, now, now + TOKEN_LIFE)
        )
        self.store.write_down(now, account.account_id, "token_given", by=by, name=name)
        return token

    def recognised(self, token: str, kind: str) -> tuple[Account, Session] | None:
        """Whose session or token this is, while it lasts; None otherwise."""
        if len(token) > MAX_TOKEN:
            return None
        now = self._clock()
        session = self.store.session(_hash(token))
        if session is None or session.kind != kind or now >= session.ends_at:
            return None
        if kind == "browser" and now - session.seen_at > IDLE:
            return None
        account = self.store.find(account_id=session.account_id)
        if account is None or account.is_disabled:
            return None
        if now - session.seen_at > SEEN_EVERY:
            self.store.seen(session.token_hash, now)
        return account, session

    def log_out(self, session: Session) -> None:
        self.store.end_sessions(session.account_id, token_hash=session.token_hash)
        self.store.write_down(self._clock(), session.account_id, "logout")

    def set_password(self, account: Account, password: str, *, by: str, is_first: bool = False) -> None:
        """
        A new password; every session of the account ends. `is_first`: somebody else knows it, so it must be changed
        before anything else. WeakPassword.
        """
        check_new(password, account.login)
        self.store.change(
            account.account_id,
            password_hash=self._passwords.hash(password),
            failures=0,
            locked_until=None,
            must_change=is_first,
        )
        self.store.end_sessions(account.account_id)
        self.store.write_down(self._clock(), account.account_id, "password_set", by=by)

    def reset(self, account: Account, *, by: str) -> str:
        """A first password, drawn and shown once, for a person who has none or lost it. BadAccount for a system."""
        if account.kind != "person":
            raise BadAccount("系统账户使用令牌，没有口令。accounts of systems have tokens, no password")
        first = self._draw()
        self.set_password(account, first, by=by, is_first=True)
        return first

    def change_password(self, account: Account, old: str, new: str) -> None:
        """One's own password. NotLetIn where the old one is wrong; WeakPassword."""
        if not self._passwords.matches(old, account.password_hash):
            failures = self.store.count_failure(account.account_id)
            if failures >= FREE_TRIES:
                self.store.end_sessions(account.account_id)  # whoever sits there guesses
            self.store.write_down(self._clock(), account.account_id, "password_change_failed", failures=failures)
            raise NotLetIn
        if old == new:
            raise WeakPassword("新口令与旧口令相同。the new password is the old one")
        self.set_password(account, new, by=account.account_id)

    def unlock(self, account: Account, *, by: str) -> None:
        """Lift the lock that wrong passwords brought."""
        self.store.change(account.account_id, failures=0, locked_until=None)
        self.store.write_down(self._clock(), account.account_id, "unlocked", by=by)

    def denied(self, account_id: str, operation: str, code: str) -> None:
        """
        Write down that an account was refused an operation: once a minute for each, with how often in between. No path,
        no case: the record says nothing of what was asked for.
        """
        now = self._clock()
        with self._lock:
            if len(self._denials) >= MAX_DENIALS:
                self._denials.clear()
            last, times = self._denials.get((account_id, operation, code), (None, 0))
            if last is not None and now - last < DENIALS_EVERY:
                self._denials[account_id, operation, code] = (last, times + 1)
                return
            self._denials[account_id, operation, code] = (now, 0)
        self.store.write_down(now, account_id, "denied", operation=operation, code=code, before=times)

    def grant(self, account: Account, granted: Iterable[str], *, by: str) -> None:
        """Give an account exactly these roles. BadAccount where they do not go together."""
        granted = sorted(set(granted))
        _check_roles(granted)
        if account.kind == "person" and account.official_id is None and _needs_official(granted):
            raise BadAccount("该账户没有对应的在册人员。the account is of no official of the register")
        self.store.change(account.account_id, roles=granted)
        self.store.write_down(self._clock(), account.account_id, "roles_set", by=by, roles=granted, were=account.roles)

    def disable(self, account: Account, *, by: str, is_disabled: bool = True) -> None:
        self.store.change(account.account_id, is_disabled=is_disabled, failures=0, locked_until=None)
        if is_disabled:
            self.store.end_sessions(account.account_id)
        self.store.write_down(self._clock(), account.account_id, "disabled" if is_disabled else "enabled", by=by)


def csrf_of(token: str) -> str:
    """The CSRF token of a session: pages put it into their forms, and no other site can know it."""
    return hmac.new(token.encode(), b"luoshi csrf v1", hashlib.sha256).hexdigest()


def has_csrf(session: Session, given: str | None) -> bool:
    """Whether that is the session's CSRF token, compared in constant time."""
    return session.csrf_hash is not None and given is not None and hmac.compare_digest(session.csrf_hash, _hash(given))


def principal_of(account: Account, people: Register, day: date, acting_for: str | None = None) -> Principal:
    """
    The caller behind an account: the units in whose posts the official is on that day, or for which the system speaks.
    BadAccount where the official does not stand in for whom they would act.
    """
    if account.kind == "system":
        return Principal(account.account_id, "system", frozenset(account.roles), None, frozenset(account.unit_ids))
    official = account.official_id
    if acting_for is not None and (official is None or not stands_in(people, official, acting_for, day)):
        raise BadAccount("没有代理该人员的任命。no acting appointment for that official is on record")
    units = frozenset() if official is None else _units(people, official, day)
    return Principal(account.account_id, "person", frozenset(account.roles), official, units, acting_for)


def stands_in(people: Register, official: str, other: str, day: date) -> bool:
    """Whether an official is, on that day, in an acting appointment to a post that the other holds."""
    for post in people.official_posts.get(official, ()):
        held = people.in_post_on(post, day)
        acting = any(a.official_id == official and a.kind == "acting" for a in held)
        if acting and any(a.official_id == other and a.kind != "acting" for a in people.appointments[post]):
            return True
    return False


def _units(people: Register, official: str, day: date) -> frozenset[str]:
    posts = people.official_posts.get(official, ())
    return frozenset(
        people.posts[p].unit_id for p in posts if any(a.official_id == official for a in people.in_post_on(p, day))
    )


def _check_roles(granted: list[str]) -> None:
    for name in granted:
        if name not in roles():
            raise BadAccount(f"roles: 没有角色 {name}。there is no role {name}: {', '.join(roles())}")
    if (both := incompatible(granted)) is not None:
        raise BadAccount(f"roles: {both[0]} 与 {both[1]} 不得由一人兼任。one account never holds both")


def _needs_official(granted: list[str]) -> bool:
    return not set(granted) <= WITHOUT_OFFICIAL
