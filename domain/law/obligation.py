"""
One version of one obligation, as a rule pack writes it: values only. Reading them is `domain.law.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of days and how they are counted."""

    days: int
    counted_in: str

    def printed(self) -> str:
        return f"{self.days} 个{'工作日' if self.counted_in == 'working days' else '自然日'}"


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """
    How a limit may be extended: by whom, how often, by how much. Approved on or before the due day then standing;
    what is over the maximum is cut to it, or makes the extension void.
    """

    by: str
    max_days: int | None = None
    times: int | None = None
    over_max: str = "cut_to_max"


@dataclass(frozen=True, slots=True)
class OnEnd:
    """
    What an end by one of these events gives rise to: another obligation, counted from the day the ended one was.
    """

    arises: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One version of one obligation. `arises_on` and the other lists hold event names as `name_of` spells them.
    """

    pack_id: str
    obligation: str
    name_zh: str
    in_force_from: date | None
    in_force_to: date | None
    doc: str
    article: str | None
    source: str
    kind: str
    arises_on: tuple[str, ...]
    when: Callable[[Mapping[str, Mapping[str, object]]], bool] = field(compare=False)
    bearer: str = "receiver"
    bearer_else: str | None = None  # who owes it where the trigger names no bearer
    within: Limit | None = None
    due_from: str | None = None
    no_due: str | None = None
    no_due_against: str = "issuer"  # whose finding a missing day is: the act's issuer, or who sent the matter
    starts: str | None = None  # the trigger's own field for the day that is not counted
    roll: str = "none"
    runs_on: str = "case"
    ends_on_handover: bool = False
    once_per: str | None = None
    pauses: tuple[str, ...] = ()
    discharged_by: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    voided_by: tuple[str, ...] = ()
    excused_by: tuple[str, ...] = ()  # grounds, not events: the event is excuse_accepted
    reopened_by: tuple[str, ...] = ()
    verified_by: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()  # of a window: the acts it is the time for
    breached_by: tuple[str, ...] = ()  # of a ban
    withheld_by: tuple[str, ...] = ()  # the obligations whose breach keeps this one from arising
    on_end: OnEnd | None = None
    absorbs: tuple[str, ...] = ()
    breach_kinds: tuple[str, ...] = ()
    lead_kinds: tuple[str, ...] = ()  # what a person may be asked to look at; never a breach
    finding_kinds: tuple[str, ...] = ()  # what only a recorded finding says
    cause: str = "overdue"  # what the breach is called where events show no more than the breach itself
    is_right_of: str | None = None
    visible_to: str | None = None
    lead_after: Limit | None = None
    recharge_cap: Limit | None = None
    extension: ExtensionRule | None = None
    confidence: str = ""

    @property
    def version(self) -> str:
        """`pack@in_force_from`: what an answer cites."""
        return f"{self.pack_id}@{self.in_force_from.isoformat() if self.in_force_from else 'always'}"

    def in_force(self, day: date) -> bool:
        return (self.in_force_from is None or self.in_force_from <= day) and (
            self.in_force_to is None or day <= self.in_force_to
        )
