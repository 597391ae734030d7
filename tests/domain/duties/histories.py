"""
Random histories of one case among three units: lives at any speed, and acts in any order on any day.

What was recorded happened, so the engine must give a well-formed answer for every one of them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from domain.case import events as e
from domain.people import events as p
from tests.domain.duties.build import ZONE, History

UNITS = ("bureau", "housing", "land")
START = date(2026, 1, 5)
DAYS = 160


def _who(unit: str, official: int) -> dict:
    return {"unit_id": unit, "official_id": f"{unit}-{official}", "post_id": f"{unit}-desk-{official}"}


@st.composite
def people(draw: st.DrawFn, history: History) -> None:
    """Three units, each with a head and two desks; some holders leave and may or may not be replaced."""
    day = "2025-01-01"
    for unit in UNITS:
        kind = "petition_department" if unit == "bureau" else "organ"
        history.add(day, p.UnitEstablished(unit_id=unit, name=unit, kind=kind))
        posts = [(f"{unit}-head", "main_leader"), (f"{unit}-desk-0", "staff"), (f"{unit}-desk-1", "staff")]
        for post, rank in posts:
            history.add(day, p.PostEstablished(post_id=post, unit_id=unit, title=post, rank=rank))
            official = post.replace("-desk", "")
            history.add(day, p.OfficialRegistered(official_id=official, name=official))
            history.add(day, p.AppointmentMade(post_id=post, official_id=official, from_on=date(2025, 1, 1)))
            if draw(st.booleans()) and draw(st.booleans()):
                left = START + timedelta(days=draw(st.integers(0, DAYS)))
                history.add(day, p.AppointmentEnded(post_id=post, official_id=official, to_on=left))
                if draw(st.booleans()):
                    again = left + timedelta(days=draw(st.integers(0, 20)))
                    name = f"{official}-next"
                    history.add(day, p.OfficialRegistered(official_id=name, name=name))
                    history.add(day, p.AppointmentMade(post_id=post, official_id=name, from_on=again))


@st.composite
def lives(draw: st.DrawFn) -> History:
    """
    A log whose case runs the proper course, at any speed, with objections, extensions, hand-overs and noise on the way.
    """
    history = History()
    draw(people(history))
    bureau, day = _who("bureau", 0), 0

    def then(event: object, most: int = 25) -> int:
        nonlocal day
        day += draw(st.integers(0, most))
        return history.add(_at(draw, day), event)

    then(e.PetitionReceived(**bureau, channel="letter"), 0)
    then(e.PetitionRegistered(**bureau, case_no="1"), 3)
    unit = draw(st.sampled_from(UNITS[1:]))
    sent = 0
    for _ in range(3):
        who = _who(unit, draw(st.integers(0, 1)))
        by = START + timedelta(days=day + draw(st.integers(5, 60)))
        is_assigned = draw(st.booleans())
        sending = e.PetitionAssigned if is_assigned else e.PetitionReferred
        more = {"report_by": by} if is_assigned else {}
        sent = then(sending(**bureau, to_unit_id=unit, basis="22", **more))
        then(e.ReceiptSigned(**who, of_version=sent, of="petition_assigned" if is_assigned else "petition_referred"), 6)
        if draw(st.booleans()):
            break
        objection = then(e.JurisdictionObjected(**who, of_version=sent, ground="x"), 9)
        if draw(st.booleans()) and draw(st.booleans()):
            return history
        result = draw(st.sampled_from(("upheld", "refused")))
        then(e.ObjectionDecided(**bureau, objection_version=objection, result=result))
        if result == "refused":
            break
        unit = next(u for u in UNITS[1:] if u != unit)
    then(e.AcceptanceNoticeServed(**who), 20)
    accepted = then(e.PetitionAccepted(**who), 20)
    for _ in range(draw(st.integers(0, 3))):
        then(draw(acts(history)), 20)
    if draw(st.booleans()):
        head = {"unit_id": unit, "official_id": f"{unit}-head", "post_id": f"{unit}-head"}
        for _ in range(draw(st.integers(1, 2))):
            extended = then(
                e.ExtensionApproved(
                    **head,
                    obligation="conclude_petition",
                    trigger_version=accepted,
                    days=draw(st.integers(1, 45)),
                    reason="x",
                ),
                35,
            )
        then(e.ExtensionNoticeServed(**who, extension_version=extended), 20)
    other = next(u for u in UNITS[1:] if u != unit)
    if draw(st.booleans()):
        then(e.HandedOver(**who, to_unit_id=other, to_official_id=draw(st.sampled_from((None, f"{other}-1")))), 30)
    if draw(st.booleans()):
        by = START + timedelta(days=day + draw(st.integers(1, 60)))
        opinion = then(e.HandlingOpinionServed(**who, outcome="support", execute_by=by, executor_unit_id=other), 40)
        if draw(st.booleans()):
            then(e.ExecutionEvidenced(**_who(other, 1), opinion_version=opinion, evidence=("x",)), 60)
            then(e.ExecutionVerified(**who, opinion_version=opinion), 20)
        then(e.SatisfactionRated(**bureau, score="dissatisfied", contradicts=opinion))
        asked = then(e.ReReviewRequested(**bureau, opinion_version=opinion), 10)
        then(e.HearingConvened(**bureau), 40)
        then(e.HearingClosed(**bureau), 20)
        then(e.ReReviewOpinionIssued(**bureau, request_version=asked, outcome="uphold"), 30)
    return history


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A log: people first, then a case that runs its proper course or none at all."""
    return draw(st.one_of(lives(), lives(), disorder()))


@st.composite
def disorder(draw: st.DrawFn) -> History:
    """A log whose case has any acts in any order."""
    history = History()
    draw(people(history))
    first = draw(st.sampled_from(UNITS))
    history.add(_at(draw, 0), e.PetitionReceived(**_who(first, 0), channel="letter"))
    days = sorted(draw(st.lists(st.integers(0, DAYS), min_size=1, max_size=14)))
    for day in days:
        offset = draw(st.sampled_from((0, 0, 0, 0, -9)))
        history.add(_at(draw, max(day + offset, 0)), draw(acts(history)), recorded=str(START + timedelta(days=day)))
    return history


def _at(draw: st.DrawFn, day: int) -> datetime:
    hour = time(draw(st.integers(0, 23)), draw(st.integers(0, 59)))
    return datetime.combine(START + timedelta(days=day), hour, ZONE)


@st.composite
def acts(draw: st.DrawFn, history: History) -> object:
    """Any act by anybody, referring to any earlier act of its kind."""
    who = _who(draw(st.sampled_from(UNITS)), draw(st.integers(0, 1)))
    to = draw(st.sampled_from([u for u in UNITS if u != who["unit_id"]]))
    case = history.case()

    def earlier(*kinds: type) -> int:
        return draw(st.sampled_from([r.version for r in case if isinstance(r.event, kinds)] or [1]))

    sent = earlier(e.PetitionReferred, e.PetitionAssigned)
    by = START + timedelta(days=draw(st.integers(0, DAYS + 40)))
    return draw(
        st.sampled_from(
            (
                e.PetitionRegistered(**who, case_no="1"),
                e.PetitionReferred(**who, to_unit_id=to, basis="22"),
                e.PetitionAssigned(**who, to_unit_id=to, basis="22", report_by=by),
                e.ReceiptSigned(**who, of_version=sent, of="petition_referred"),
                e.ReceiptSigned(**who, of_version=sent, of="petition_assigned"),
                e.HandedOver(**who, to_unit_id=to),
                e.HandlerAssigned(**who, assigned_official_id=f"{who['unit_id']}-1"),
                e.JurisdictionObjected(**who, of_version=sent, ground="x"),
                e.ObjectionDecided(
                    **who,
                    objection_version=earlier(e.JurisdictionObjected),
                    result=draw(st.sampled_from(("upheld", "refused"))),
                ),
                e.PetitionAccepted(**who),
                e.AcceptanceNoticeServed(**who),
                e.ExtensionApproved(
                    unit_id=who["unit_id"],
                    official_id=f"{who['unit_id']}-head",
                    post_id=f"{who['unit_id']}-head",
                    obligation="conclude_petition",
                    trigger_version=earlier(e.PetitionAccepted),
                    days=draw(st.integers(1, 45)),
                    reason="x",
                ),
                e.HandlingOpinionServed(**who, outcome="support", execute_by=by, executor_unit_id=to),
                e.HandlingOpinionServed(**who, outcome="explain"),
                e.ExecutionEvidenced(**who, opinion_version=earlier(e.HandlingOpinionServed), evidence=("x",)),
                e.ExecutionVerified(**who, opinion_version=earlier(e.HandlingOpinionServed)),
                e.ReviewRequested(**who, opinion_version=earlier(e.HandlingOpinionServed)),
                e.ReviewOpinionServed(**who, request_version=earlier(e.ReviewRequested), outcome="uphold"),
                e.ReReviewRequested(**who, opinion_version=earlier(e.HandlingOpinionServed)),
                e.HearingConvened(**who),
                e.HearingClosed(**who),
                e.HearingCancelledWithReason(**who, reason="off"),
                e.SatisfactionRated(**who, score="dissatisfied", contradicts=earlier(e.HandlingOpinionServed)),
                e.PetitionWithdrawn(**who),
                e.ProgressNoted(**who, step="x"),
            )
        )
    )
