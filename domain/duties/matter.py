"""
What the duties of one case need to know of its course: hand-overs, objections, who was assigned, who held it.

Folded act by act, in the order of the view. Days are civil days in the zone of the case's pack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.case import events as e
from domain.duties.due import Span

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from domain.recorded import Recorded


@dataclass(slots=True)
class HandOver:
    """One sending of the matter, and what became of it."""

    recorded: Recorded
    sender_unit_id: str
    to_unit_id: str
    report_by: date | None = None
    received_on: date | None = None


@dataclass(slots=True)
class Objection:
    recorded: Recorded
    hand_over_version: int
    objector_unit_id: str
    addressee_unit_id: str
    made_on: date
    is_in_time: bool = True
    decided: Recorded | None = None
    decided_on: date | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """From the end of that day on, this official (or post) stands for the unit in this matter."""

    on: date
    official_id: str | None
    post_id: str | None
    log_index: int


@dataclass(frozen=True, slots=True)
class Holding:
    """From that act on, the unit held the matter."""

    on: date
    unit_id: str
    official_id: str | None
    log_index: int


@dataclass(slots=True)
class Matter:
    zone: ZoneInfo
    category: str = "claim"
    hand_overs: dict[int, HandOver] = field(default_factory=dict)
    objections: dict[int, Objection] = field(default_factory=dict)
    assigned: dict[str, list[Assigned]] = field(default_factory=dict)
    holdings: list[Holding] = field(default_factory=list)
    hearings: list[Span] = field(default_factory=list)
    requests: dict[int, int] = field(default_factory=dict)  # version of a request for review -> of the opinion
    acts: list[tuple[date, int, str]] = field(default_factory=list)
    first_receipt_on: date | None = None
    has_items: bool = False  # the claim was split: each item is answered and executed by itself
    watched_from: datetime | None = None  # of a continuing case: when it was entered here

    def day(self, recorded: Recorded) -> date:
        """The civil day on which an act is claimed to have happened."""
        return recorded.occurred_at.astimezone(self.zone).date()

    def is_before_watch(self, recorded: Recorded) -> bool:
        """Whether an act is claimed for before a continuing case was entered here."""
        return self.watched_from is not None and recorded.occurred_at < self.watched_from

    @property
    def holder_unit_id(self) -> str | None:
        return self.holdings[-1].unit_id if self.holdings else None


def follow(matter: Matter, recorded: Recorded, event: e.CaseEvent) -> None:
    """
    Fold one act into the matter's course.
    """
    day = matter.day(recorded)
    if not isinstance(event, e.ABOUT_THE_FILE):
        matter.acts.append((day, recorded.log_index, event.unit_id))
    matter.has_items = matter.has_items or isinstance(event, e.ClaimSplit)
    match event:
        case e.PetitionReceived():
            matter.category = event.category
            matter.first_receipt_on = matter.first_receipt_on or day
            _hold(matter, day, event.unit_id, event.official_id, recorded)
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.PetitionRegistered():
            matter.first_receipt_on = matter.first_receipt_on or day
            if event.continuing:
                matter.watched_from = recorded.recorded_at
            if not matter.holdings:
                _hold(matter, day, event.unit_id, event.official_id, recorded)
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.PetitionReferred() | e.PetitionAssigned():
            report_by = event.report_by if isinstance(event, e.PetitionAssigned) else None
            matter.hand_overs[recorded.version] = HandOver(recorded, event.unit_id, event.to_unit_id, report_by)
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.HandedOver():
            _hold(matter, day, event.to_unit_id, event.to_official_id, recorded)
            _assign(matter, day, event.to_unit_id, event.to_official_id, None, recorded)
        case e.ReceiptSigned():
            if (sent := matter.hand_overs.get(event.of_version)) and sent.received_on is None:
                sent.received_on = day
            _hold(matter, day, event.unit_id, event.official_id, recorded)
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.ReceiptProved() | e.ReceiptDeemed():
            if (sent := matter.hand_overs.get(event.of_version)) and sent.received_on is None:
                sent.received_on = day
            _hold(matter, day, event.receiver_unit_id, None, recorded)
        case e.JurisdictionDecided() | e.JurisdictionAgreed():
            _hold(matter, day, event.competent_unit_id, None, recorded)
        case e.AccusationReceived() | e.AccusationForwardedReceived():
            _hold(matter, day, event.unit_id, event.official_id, recorded)
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.PetitionClassified():
            matter.category = event.category
        case e.HandlerAssigned():
            _assign(matter, day, event.unit_id, event.assigned_official_id, event.assigned_post_id, recorded)
        case e.JurisdictionObjected():
            if sent := matter.hand_overs.get(event.of_version):
                matter.objections[recorded.version] = Objection(
                    recorded, event.of_version, event.unit_id, sent.sender_unit_id, day
                )
        case e.ObjectionDecided():
            objection = matter.objections.get(event.objection_version)
            if objection is not None and objection.decided is None:
                objection.decided, objection.decided_on, objection.result = recorded, day, event.result
                if event.result == "upheld":
                    _hold(matter, day, objection.addressee_unit_id, event.official_id, recorded)
        case e.ReviewRequested() | e.ReReviewRequested():
            matter.requests[recorded.version] = event.opinion_version
            _assign(matter, day, event.unit_id, event.official_id, event.post_id, recorded)
        case e.HearingConvened():
            matter.hearings.append(Span(day, None, recorded.log_index))
        case e.HearingClosed() | e.HearingCancelledWithReason():
            if matter.hearings and matter.hearings[-1].last is None:
                opened = matter.hearings[-1]
                matter.hearings[-1] = Span(opened.first, day, opened.log_index)
        case _:
            pass  # the other acts change neither who holds the matter nor who is assigned


def _hold(matter: Matter, day: date, unit_id: str, official_id: str | None, recorded: Recorded) -> None:
    matter.holdings.append(Holding(day, unit_id, official_id, recorded.log_index))


def _assign(
    matter: Matter, day: date, unit_id: str, official_id: str | None, post_id: str | None, recorded: Recorded
) -> None:
    if official_id is not None or post_id is not None:
        entry = Assigned(day, official_id, post_id, recorded.log_index)
        matter.assigned.setdefault(unit_id, []).append(entry)
