"""
Leads from the packs' lists: a matter accepted by a route that the unit's own list does not have for its subject, or
sent to a department that is competent for other subjects and not for this one. A list says what it says: each is a
place to look, and a unit or a subject of which no list speaks gives none. tests/audit/test_listed_leads.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.lead import Lead
from domain.case import events as e
from domain.duties.engine import split_stream
from domain.law import listed
from domain.law.lead_rules import COMPETENCE, ROUTE_LIST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from domain.law.in_force import Law
    from domain.recorded import Recorded

SENT = (e.PetitionReferred, e.PetitionAssigned)


def list_leads(seen: Sequence[Recorded], law: Law, zone: str) -> Iterator[Lead]:
    """The leads of one case. `seen` is the view of its stream."""
    if not seen:
        return
    source, _ = split_stream(seen[0].stream)
    rules = [r for r in law.lead_rules(source) if r.kind in (ROUTE_LIST, COMPETENCE)]
    subject: tuple[str, int] | None = None
    for r in seen if rules else ():
        event = r.event
        if isinstance(event, (e.PetitionRegistered, e.PetitionClassified)) and event.subject is not None:
            subject = event.subject, r.log_index
        if subject is None or not isinstance(event, (e.PetitionAccepted, *SENT)):
            continue
        for rule in rules:
            day = r.occurred_at.astimezone(ZoneInfo(zone)).date()
            of_rule = _accepted if rule.kind == ROUTE_LIST else _sent
            said = of_rule(event, subject[0], law, source, day)
            if said is not None:
                yield Lead(rule.lead, r.stream, said, (subject[1], r.log_index), rule=rule)


def _accepted(event: object, subject: str, law: Law, source: str, day: date) -> str | None:
    if not isinstance(event, e.PetitionAccepted):
        return None
    above = listed.line(subject, listed.subjects(law.rules, source, day))
    own = [r for r in listed.routes_of(law.rules, source, event.unit_id, day) if r.subject in above]
    if not own or any(r.route == event.route for r in own):
        return None
    return f"以 {event.route} 受理 {subject}；本部门清单为 {'、'.join(sorted({r.route for r in own}))}"


def _sent(event: object, subject: str, law: Law, source: str, day: date) -> str | None:
    if not isinstance(event, SENT):
        return None
    departments = listed.departments(law.rules, source, day).values()
    receiver = {d.code for d in departments if event.to_unit_id in d.units}
    competent = listed.competent_for(law.rules, source, subject, day)
    if not receiver or not competent or receiver & set(competent):
        return None
    return f"{subject} 转往 {event.to_unit_id}；清单上的主管部门为 {'、'.join(competent)}"
