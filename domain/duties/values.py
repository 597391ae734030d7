"""
What a duty is: a row that says who owes what, from when, until which day, who held it when, and how it ended.

A `Duty` says nothing about today. `domain.duties.standing.standing` asks it as of a day. The meaning of every word is
in docs/duties.md; tests/domain/duties holds its worked example and its seven properties.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from domain.law.rules import Rule
    from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Party:
    """A unit, with the official and the post that stood for it. No official: nobody is recorded in the post."""

    unit_id: str
    official_id: str | None = None
    post_id: str | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """
    The days (after, until], held by one party and charged to one party, or to nobody on a ground. `until` None: open.
    The notes say what is remarkable about the holder and about who is charged: vacant_post, not_reassigned,
    no_handler_assigned, successor_gap. The evidence holds the acts, assignments and appointments that say so.
    """

    after: date
    until: date | None
    held_by: Party
    charged_to: Party | None
    ground: str | None = None
    note: str | None = None
    charged_note: str | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtensionJudged:
    """
    An approved extension and what is wrong with it. `days` is how far it moved the due day: 0 where it is void.
    `standing_due` is the due day it met.
    """

    log_index: int
    approved_on: date
    days: int
    defects: tuple[str, ...]
    standing_due: date


@dataclass(frozen=True, slots=True)
class End:
    """
    How a duty ended. `kind`: discharged, claimed (the executor's own word, unverified), released, handed_over, excused,
    void.
    `at` is when it counts from; `is_on_claim`: recorded late with nothing but the holder's own word for its day.
    """

    kind: str
    name: str
    at: datetime
    on: date
    evidence: tuple[int, ...]
    is_on_claim: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty, as the view it was folded from has it."""

    duty_id: str
    rule: Rule
    stream: str
    case_no: str
    source: str
    zone: str
    trigger: Recorded
    arose_at: datetime
    arose_on: date
    bearer: Party
    due_on: date | None
    due_at: datetime | None
    is_provisional: bool
    trace: tuple[str, ...]
    intervals: tuple[Interval, ...]
    ended: End | None = None
    contested_since: date | None = None
    extensions: tuple[ExtensionJudged, ...] = ()
    # order_implausible, set_aside, misdirected, late_objection, reopened, verified, after_window, before_go_live,
    # bearer_unknown, excuse_by_own_side, excuse_ground_not_allowed
    marks: tuple[str, ...] = ()
    breach_kind: str | None = None  # of a ban: what the act that broke it is called
    absorbed_by: str | None = None  # id of the duty under which the same omission is reported
    disputed_at: datetime | None = None
    objections: tuple[tuple[int, int | None], ...] = ()  # (log index of the objection, of its decision)
    disputed_by: int | None = None  # log index of the act that contradicts its discharge
    late_objections: tuple[tuple[date, int], ...] = ()  # day and log index of objections after their window
    blocked: tuple[int, ...] = ()  # log indexes of the acknowledged blocks under which it waited for another duty
    issuer: Party | None = None  # whose act gave, or should have given, the day
    issued_by: int | None = None  # log index of that act
    bearer_note: str | None = None
    acts: tuple[tuple[date, int, str], ...] = ()  # day, log index and unit of every act on the case, shared
    course: tuple[tuple[date, str], ...] = ()  # day and unit of everybody who came to hold the matter, shared
    first_receipt_on: date | None = None

    @property
    def obligation(self) -> str:
        return self.rule.obligation

    def day(self, moment: datetime) -> date:
        """The civil day of a moment in the zone of the duty's pack."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class AsOf:
    """
    A moment to ask about, and the civil day it lies in. A day means its end in the zone.
    """

    moment: datetime
    day: date


def end_of_day(day: date, zone: str) -> AsOf:
    """The last microsecond of a day in a zone."""
    tz = ZoneInfo(zone)
    following = datetime.combine(day + timedelta(days=1), time(), tz)
    return AsOf(following - timedelta(microseconds=1), day)


def at_moment(moment: datetime, zone: str) -> AsOf:
    """A moment, with the civil day it has in a zone."""
    return AsOf(moment, moment.astimezone(ZoneInfo(zone)).date())


def duty_id(stream: str, log_index: int, obligation: str) -> str:
    """
    The id of a duty: a digest of the stream, the log index of its trigger and its rule.
    """
    return hashlib.sha256(f"{stream}\n{log_index}\n{obligation}".encode()).hexdigest()[:32]
