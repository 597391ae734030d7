"""
Accounts for the demo: one for each kind of user, so that a newcomer can come in as each. Made in the demo's own log,
which is made anew each time; the password is drawn then, shown on the screen, and kept nowhere. tests/api/test_demo.py.
"""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.simulate.county import BUREAU, DISCIPLINE, SUPERVISION

if TYPE_CHECKING:
    from datetime import date

    from app.accounts.gate import Gate
    from app.wiring import Luoshi

MADE_BY = "demo"


@dataclass(frozen=True, slots=True)
class Kind:
    """A login, its role, the post whose holder it is, and what it is in a word."""

    login: str
    role: str
    post_id: str
    zh: str


KINDS = (
    Kind("clerk", "clerk", f"{BUREAU}-staff-1", "登记"),
    Kind("handler", "handler", "housing-staff-1", "承办"),
    Kind("head", "head", "housing-head", "单位负责人"),
    Kind("bureau", "petition_bureau", f"{BUREAU}-head", "信访局"),
    Kind("supervisor", "supervisor", f"{SUPERVISION}-staff-1", "督查"),
    Kind("inspector", "inspector", f"{DISCIPLINE}-staff-1", "纪检"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """An account that was made: its kind, and whose it is."""

    kind: Kind
    official: str
    unit: str


def make_accounts(luoshi: Luoshi, day: date) -> tuple[str, list[Made]]:
    """The accounts of the demo, of who holds the posts on that day, and the one password they share."""
    gate = luoshi.gate()
    with closing(gate.store):
        password = secrets.token_urlsafe(12)
        return password, [_make(luoshi, gate, kind, day, password) for kind in KINDS]


def _make(luoshi: Luoshi, gate: Gate, kind: Kind, day: date, password: str) -> Made:
    people = luoshi.handler.register()
    official_id = next(a.official_id for a in people.in_post_on(kind.post_id, day))
    gate.add(kind.login, by=MADE_BY, password=password, official_id=official_id, granted=[kind.role])
    unit = people.units[people.posts[kind.post_id].unit_id]
    return Made(kind, people.officials[official_id], unit.name)
