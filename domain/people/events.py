"""
Units, posts, officials, appointments, keys; and the packs and calendars that were put in force.

These are the events every answer leans on: who held which post on which day, whose key signed, which law was known.
Officials are named in clear: they are the audited side. Nothing here is about a petitioner.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the codec reads these annotations at run time
from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - same
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEstablished:
    """
    A unit and its place in the tree. `division_code` is GB/T 2260 (six digits), `uscc` the 统一社会信用代码 (GB 32100).
    """

    TOPIC: ClassVar[str] = "unit.established.v1"
    unit_id: str
    name: str
    kind: str  # petition_department | organ | party_committee | government | discipline | other
    parent_id: str | None = None
    division_code: str | None = None
    uscc: str | None = None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAbolished:
    """The unit's last day, and who takes over, where that was named with it."""

    TOPIC: ClassVar[str] = "unit.abolished.v1"
    unit_id: str
    valid_to: date
    successor_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessorNamed:
    TOPIC: ClassVar[str] = "successor.named.v1"
    unit_id: str
    successor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEstablished:
    """A post of a unit. `rank`: main_leader, leader_in_charge or staff."""

    TOPIC: ClassVar[str] = "post.established.v1"
    post_id: str
    unit_id: str
    title: str
    rank: str
    valid_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAbolished:
    TOPIC: ClassVar[str] = "post.abolished.v1"
    post_id: str
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialRegistered:
    TOPIC: ClassVar[str] = "official.registered.v1"
    official_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMade:
    """An official was appointed to a post from a day on. `kind`: substantive or acting."""

    TOPIC: ClassVar[str] = "appointment.made.v1"
    post_id: str
    official_id: str
    from_on: date
    to_on: date | None = None
    kind: str = "substantive"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentEnded:
    """The official's last day in the post."""

    TOPIC: ClassVar[str] = "appointment.ended.v1"
    post_id: str
    official_id: str
    to_on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnrolled:
    """
    A public key and whose acts it signs. `custody` says who keeps the private key: `ledger` or `client` (its holder).
    """

    TOPIC: ClassVar[str] = "key.enrolled.v1"
    key_id: str
    vkey: str
    role: str  # official | system | log
    holder: str
    custody: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """
    From the next record on this key signs nothing. `effective_at`: since when it is said to have been in other hands;
    what it signed from then on stays recorded and is marked. None: nothing before is doubted.
    """

    TOPIC: ClassVar[str] = "key.revoked.v1"
    key_id: str
    role: str  # whose it is, as enrolled
    holder: str
    reason: str
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeyRotated:
    """The log's key changes: a statement signed by the old key and the new one (ledger/rotation.py), word for word."""

    TOPIC: ClassVar[str] = "log_key.rotated.v1"
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePackAdopted:
    """
    A rule pack, whole, put in force. `sources` limits it to cases of those sources; empty means every case whose
    source has no pack of its own.
    """

    TOPIC: ClassVar[str] = "rule_pack.adopted.v1"
    pack_id: str
    version: str
    content: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    adopted_by: str | None = None  # the officials who ordered it, where that is recorded
    second: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarNoticeAdopted:
    """
    One year's holiday notice of the State Council: days off on weekdays, and make-up working days (调休).
    """

    TOPIC: ClassVar[str] = "calendar_notice.adopted.v1"
    calendar_id: str
    year: int
    published_on: date
    source: str
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]


PeopleEvent = (
    UnitEstablished
    | UnitAbolished
    | SuccessorNamed
    | PostEstablished
    | PostAbolished
    | OfficialRegistered
    | AppointmentMade
    | AppointmentEnded
    | KeyEnrolled
    | KeyRevoked
    | LogKeyRotated
    | RulePackAdopted
    | CalendarNoticeAdopted
)
