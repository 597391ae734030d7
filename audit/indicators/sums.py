"""
Sums: 件次 and 人次, by channel, subject and the unit that received; what was done in the period, and what is open.

A sum is never a rate, a target or a score: how many petitions arrive says nothing about whoever receives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.indicators.entries import Entry, Facts, Period, answering
from audit.indicators.rates import concluding
from domain.case import events as e
from domain.duties.standing import FAILING, answered_for_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.recorded import Recorded

# Acts counted in the period they were done in: figure, and the field that gives its rows.
COUNTED: tuple[tuple[type, str, str], ...] = (
    (e.PetitionReferred, "referred", ""),
    (e.PetitionAssigned, "assigned", ""),
    (e.JurisdictionObjected, "objections", ""),
    (e.PetitionAccepted, "accepted", "procedure"),
    (e.NotAccepted, "not_accepted", "ground"),
    (e.ExtensionApproved, "extensions", ""),
    (e.HearingClosed, "hearings", ""),
    (e.HandlingOpinionServed, "opinions", "outcome"),
    (e.ExecutionVerified, "executions_verified", ""),
    (e.ReviewRequested, "reviews_requested", ""),
    (e.OpinionSetAsideServed, "set_aside", ""),
    (e.CaseClosed, "closed", ""),
    (e.CaseReopened, "reopened", ""),
    (e.PetitionWithdrawn, "withdrawn", ""),
    (e.UrgingIssued, "urgings", ""),
    (e.InspectionOpened, "inspections", ""),
    (e.ProposalIssued, "proposals", "kind"),
    (e.ProposalAnswered, "proposals_answered", "adopted"),
    (e.RectificationOrdered, "rectifications_ordered", ""),
    (e.BreachFindingRecorded, "findings_recorded", ""),
    (e.AccountabilityProposed, "accountability_proposed", ""),
    (e.AccountabilityDecided, "accountability_decided", ""),
)
BY_CLASS = {kind: (figure, field) for kind, figure, field in COUNTED}
ENDED = (e.PetitionWithdrawn, e.CaseClosed, e.DivertedToJustice, e.TransferredToDiscipline)


def sums(facts: Facts, period: Period) -> Iterator[Entry]:
    """What one case adds to the sums of a period."""
    for r in facts.seen:
        if not period.holds(facts.day(r)):
            continue
        at = (r.log_index,)
        what = f"log/{r.log_index}"
        event = r.event
        if isinstance(event, e.PetitionReceived):
            unit = facts.law.people.units.get(event.unit_id)
            yield Entry("arrivals", what, key=event.channel, evidence=at)
            yield Entry("persons", what, amount=event.headcount or 1, evidence=at)
            yield Entry("arrivals_at", what, key=unit.kind if unit is not None else "other", evidence=at)
        elif isinstance(event, e.PetitionRegistered):
            yield Entry("registered", facts.stream, key=subject(facts), evidence=at)
            yield Entry("registered_for", facts.stream, unit=_handling_unit(facts), evidence=at)
        elif isinstance(event, e.PetitionLinked) and event.kind == "repeat":
            yield Entry("repeats", what, evidence=at)
        elif (found := BY_CLASS.get(type(event))) is not None:
            figure, field = found
            key = str(getattr(event, field)) if field else ""
            yield Entry(figure, what, key=key, unit=str(getattr(event, "unit_id", "")), evidence=at)


def stock(facts: Facts) -> Iterator[Entry]:
    """What is open on the day asked, whenever it arrived: matters not ended, and duties past their day and not met."""
    registered = facts.first(e.PetitionRegistered)
    if registered is not None and is_open(facts):
        yield Entry("open_matters", facts.stream, unit=_handling_unit(facts), evidence=(registered.log_index,))
    for f in facts.found:
        is_counted = f.duty.absorbed_by is None and f.duty.rule.visible_to is None
        if is_counted and f.now.state == "breached" and f.duty.rule.kind != "ban":
            evidence = (f.duty.trigger.log_index,)
            yield Entry("overdue_now", f.duty.duty_id, key=f.duty.obligation, unit=answering(f), evidence=evidence)


def failures(facts: Facts, period: Period) -> Iterator[Entry]:
    """Duties of the period that failed, by cause and by what the matter is about."""
    about = subject(facts)
    for f in facts.found:
        if f.duty.absorbed_by is not None or f.duty.rule.visible_to is not None or f.now.state not in FAILING:
            continue
        if not period.holds(answered_for_on(f.duty)):
            continue
        first = f.causes[0] if f.causes else None
        code, unit = first.code if first is not None else "", answering(f)
        evidence = (f.duty.trigger.log_index, *(first.evidence if first is not None else ()))
        yield Entry("causes", f.duty.duty_id, key=code, unit=unit, evidence=evidence)
        yield Entry("causes_by_subject", f.duty.duty_id, key=f"{about}|{code}", unit=unit, evidence=evidence)
        yield Entry("causes_by_rule", f.duty.duty_id, key=f"{f.duty.obligation}|{code}", unit=unit, evidence=evidence)


def subject(facts: Facts) -> str:
    """What the matter is about, as last recorded: a code of the taxonomy, or nothing."""
    for r in reversed(facts.seen):
        said = r.event.subject if isinstance(r.event, (e.PetitionClassified, e.PetitionRegistered)) else None
        if said is not None:
            return said
    return ""


def is_open(facts: Facts) -> bool:
    """Whether the matter was neither closed nor left this line, or was opened again since."""
    ended: Recorded | None = None
    for r in facts.seen:
        if isinstance(r.event, ENDED) or (isinstance(r.event, e.PetitionsJoined) and not r.event.goes_on):
            ended = r
        elif isinstance(r.event, e.CaseReopened):
            ended = None
    return ended is None


def _handling_unit(facts: Facts) -> str:
    """The unit that has the matter in hand: who must answer it, or who came to hold it last."""
    f = concluding(facts.found)
    if f is not None and f.now.held:
        return f.now.held[-1].interval.held_by.unit_id
    holders = [x for found in facts.found for x in found.duty.course]
    return max(holders, key=lambda c: c[0])[1] if holders else ""
