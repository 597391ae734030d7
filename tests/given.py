"""
given(events).when(command).then(events | refused): the trade's own test language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from domain.case.case import Case, fold
from domain.case.decide import decide
from domain.case.errors import Refused
from domain.case.facts import Facts
from tests.domain.duties.build import bureau_and_housing, moment, rulebook

if TYPE_CHECKING:
    from domain.case.secrecy import Accused
    from domain.people.register import Register

BUREAU = {"unit_id": "bureau", "official_id": "zhao", "post_id": "b-clerk"}
HOUSING = {"unit_id": "housing", "official_id": "sun", "post_id": "h-desk"}


def given(*events: Any, people: Register | None = None, accused: Accused | None = None) -> Given:
    """A case with this history, among the bureau and the housing office."""
    return Given(fold(events), people or bureau_and_housing().people(), Facts(rulebook(), accused))


@dataclass
class Given:
    case: Case
    people: Register
    facts: Facts

    def when(self, command: Any) -> When:
        return When(self, command)


@dataclass
class When:
    before: Given
    command: Any

    def then(self, *expected: Any) -> None:
        assert decide(self.before.case, self.command, self.before.people, self.before.facts) == list(expected)

    def refused(self, why: str, *, field: str | None = None) -> None:
        with pytest.raises(Refused, match=why) as caught:
            decide(self.before.case, self.command, self.before.people, self.before.facts)
        if field is not None:
            assert caught.value.field == field


def order(kind: type, who: dict[str, str] | None = None, /, *, on: str = "2026-03-05", **more: Any) -> Any:
    """A command of that kind by the bureau's clerk, or by `who`."""
    from domain.recorded import Actor  # noqa: PLC0415

    by = who or BUREAU
    at = moment(on)
    return kind(
        stream="case/county/1",
        **by,
        actor=Actor(official_id=by["official_id"]),
        occurred_at=at,
        now=more.pop("now", at),
        command_id="c",
        **more,
    )
