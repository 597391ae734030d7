"""
may(principal, operation, subject): whether this caller may try that. What the law asks of an act is decided afterwards
by the domain; nothing here knows a case's state. tests/app/access/, docs/access.md.

An operation is `<family>.<command>` for an act, `<noun>.<verb>` for everything else. A caller of several roles may what
any one of them may, within that role's own reach: reaches of different roles are never mixed.
"""

from __future__ import annotations

import re
import tomllib
import typing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from app.access.reach import REACHES, Span, Subject, span
from domain.case.decide import AnyCaseCommand
from domain.case.secrecy import Accused, may_read
from projections.read import Seeing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from app.access.principal import Principal
    from domain.people.register import Register


class BadRoles(ValueError):  # noqa: N818 - says what was found
    """The table of roles is not one."""


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    zh: str
    en: str
    reach: str
    operations: frozenset[str]
    accusations: bool
    excludes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Denied:
    """
    Why not, as a code: `role` (no role of the caller may do it), `reach` (it lies outside), `excluded` (never, whoever
    asks). Objects that are outside or excluded answer as if they did not exist.
    """

    code: str
    zh: str
    en: str


ROLE_DENIED = "role"
_OUTSIDE = Denied("reach", "不在您的权限范围内", "outside your reach")
_EXCLUDED = Denied("excluded", "不在您的权限范围内", "outside your reach")  # the same words: a reason would tell


def operation_of(command: type[object]) -> str:
    """`arrival.receive_petition` of ReceivePetition: its family is the module it is written in."""
    family = command.__module__.rsplit(".", 1)[-1]
    return f"{family}.{re.sub(r'(?<!^)(?=[A-Z])', '_', command.__name__).lower()}"


def acts() -> dict[str, type[object]]:
    """Every act there is, by its operation."""
    return {operation_of(command): command for command in typing.get_args(AnyCaseCommand)}


@cache
def roles() -> dict[str, Role]:
    """The shipped table, checked: unknown families, reaches, members or roles are refused by name."""
    return parse_roles((files("app.access") / "roles.toml").read_text(encoding="utf-8"))


def parse_roles(text: str) -> dict[str, Role]:
    """BadRoles names the role and the member."""
    table = tomllib.loads(text)
    known = acts()
    found: dict[str, Role] = {}
    for name, said in table.items():
        if unknown := said.keys() - {"zh", "en", "reach", "acts", "may", "accusations", "excludes"}:
            raise BadRoles(f"{name}: unknown member {', '.join(sorted(unknown))}")
        if missing := {"zh", "en", "reach", "acts", "may"} - said.keys():
            raise BadRoles(f"{name}: {', '.join(sorted(missing))} is missing")
        if said["reach"] not in REACHES:
            raise BadRoles(f"{name}: reach is one of {', '.join(REACHES)}; found {said['reach']!r}")
        if unknown := set(said.get("excludes", ())) - table.keys():
            raise BadRoles(f"{name}: excludes {', '.join(sorted(unknown))}, which is no role")
        found[name] = Role(
            name,
            said["zh"],
            said["en"],
            said["reach"],
            frozenset(_acts(name, said["acts"], known)) | frozenset(said["may"]),
            bool(said.get("accusations", False)),
            frozenset(said.get("excludes", ())),
        )
    return found


def _acts(role: str, patterns: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for pattern in patterns:
        prefix = pattern[:-1] if pattern.endswith(".*") else None
        matched = [act for act in known if (act.startswith(prefix) if prefix is not None else act == pattern)]
        if not matched:
            raise BadRoles(f"{role}: acts: there is no {pattern}")
        yield from matched


def incompatible(names: Iterable[str]) -> tuple[str, str] | None:
    """Two of these roles that one account never holds together; None where all go together."""
    held = sorted(names)
    table = roles()
    for name in held:
        for other in held:
            if other in table[name].excludes:
                return name, other
    return None


@dataclass(frozen=True, slots=True)
class Access:
    """
    What one caller may, worked out once per request. `day` is the civil day it is: who sits where, and acts for whom,
    is asked as of it.
    """

    principal: Principal
    people: Register
    day: date

    def _roles(self, operation: str | None = None) -> list[Role]:
        held = [role for name in sorted(self.principal.roles) if (role := roles().get(name)) is not None]
        return [role for role in held if operation is None or operation in role.operations]

    def span_of(self, role: Role) -> Span:
        return span(role.reach, self.principal, self.people)

    def spans(self, operation: str) -> list[tuple[Span, bool]]:
        """How far that operation goes, role by role, and if that role sees accusations: lists are filtered by it."""
        return [(self.span_of(role), role.accusations) for role in self._roles(operation)]

    def seeing(self, operation: str, accusations: Iterable[str] = ()) -> Seeing:
        """What lists of that operation show this caller; `accusations`: those judged already to be for them."""
        spans = [span for span, _ in self.spans(operation)]
        every = self.people.units.keys()
        return Seeing(
            everything=any(s.everything or (every and s.units >= every) for s in spans),
            parties=frozenset().union(*(s.parties | self._posts(s) for s in spans)),
            accusations=frozenset(accusations),
        )

    def _posts(self, span: Span) -> frozenset[str]:
        return frozenset(f"post/{post}" for unit in span.units for post in self.people.unit_posts.get(unit, ()))

    def sees_accusations(self, operation: str) -> bool:
        """Whether a role of the caller's sees any accusation that way."""
        return any(sees for _, sees in self.spans(operation))

    def may(self, operation: str, subject: Subject | None = None) -> Denied | None:
        """None where they may. Without a subject: whether any role of theirs may do it at all."""
        able = self._roles(operation)
        if not able:
            return Denied(ROLE_DENIED, f"您的角色不能进行此操作({operation})", f"no role of yours may do {operation}")
        if subject is None:
            return None
        if subject.is_accusation:
            able = [role for role in able if role.accusations]
            if not able or not self._not_excluded(subject):
                return _EXCLUDED
        if any(self.span_of(role).covers(subject) for role in able):
            return None
        return _OUTSIDE

    def _not_excluded(self, subject: Subject) -> bool:
        """An accusation is seen in the unit that holds it, and never by the accused, theirs, or who acts for them."""
        accused = Accused(subject.excluded & self.people.officials.keys(), subject.excluded & self.people.units.keys())
        if not accused or not may_read(self.principal.actor, accused, self.people, self.day):
            return False
        return subject.holding_unit is not None and subject.holding_unit in self.principal.unit_ids
