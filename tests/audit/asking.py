"""
Asks the audit of a built history, and starts the histories that most hard cases share.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from app.establish import plain
from audit.findings import findings
from audit.leads import leads
from audit.report import to_json
from domain.case import events as e
from domain.law.in_force import Law, add
from domain.people import events as p
from domain.people.streams import PACKS
from tests.domain.duties.build import CALENDAR, History, bureau_and_housing, rulebook
from tests.domain.duties.test_worked_example import SUN, ZHAO

ZHOU = {"unit_id": "works", "official_id": "zhou", "post_id": "w-desk"}
WU = {"unit_id": "works", "official_id": "wu", "post_id": "w-head"}


def law_of(history: History, packs: Any = None) -> Law:
    law = Law()
    for recorded in history.log:
        if not recorded.stream.startswith("case/"):
            add(law, recorded)
    for pack in packs or rulebook().packs:
        law.packs[pack.pack_id] = pack
    law.notices.extend(CALENDAR.notices)
    return law


def law_with(history: History, *contents: dict[str, Any]) -> Law:
    """The law with packs adopted for every source, as the log would have them."""
    law = law_of(history)
    for n, content in enumerate(contents):
        said = plain(content)
        adopted = p.RulePackAdopted(pack_id=said["pack"], version=str(n), content=said)
        add(law, replace(history.log[0], event=adopted, stream=PACKS))
    return law


def ask(history: History, day: str, packs: Any = None) -> dict[str, dict[str, Any]]:
    """Every duty's row by its name; the second of a name is `name#1`."""
    law, rows = law_of(history, packs), {}
    for finding in findings(history.case(), law, date.fromisoformat(day)):
        name = finding.duty.obligation
        same = sum(1 for known in rows if known.split("#")[0] == name)
        row = to_json(finding, law, as_of=day, log_size=len(history.log))
        rows[f"{name}#{same}" if same else name] = row
    return rows


def lead(history: History, day: str) -> list[tuple[Any, ...]]:
    law, at = law_of(history), date.fromisoformat(day)
    found = findings(history.case(), law, at)
    return [(x.code, x.measure, x.evidence) for x in leads(history.case(), found, law, at)]


def third(history: History) -> History:
    """A third unit, works, with a head and a desk."""
    day = "2025-01-01"
    history.add(day, p.UnitEstablished(unit_id="works", name="works", kind="organ"))
    for post, rank in (("w-head", "main_leader"), ("w-desk", "staff")):
        history.add(day, p.PostEstablished(post_id=post, unit_id="works", title=post, rank=rank))
    for name, post in (("zhou", "w-desk"), ("wu", "w-head")):
        history.add(day, p.OfficialRegistered(official_id=name, name=name))
        history.add(day, p.AppointmentMade(post_id=post, official_id=name, from_on=date(2025, 1, 1)))
    return history


def start(
    history: History | None = None, kind: str = "refer", report_by: date | None = None, sign: str | None = "2026-03-05"
) -> tuple[History, int]:
    """Received on 2 March, sent to Housing on the 3rd, signed for on the 5th; gives the version of the hand-over."""
    h = history or third(bureau_and_housing())
    h.add("2026-03-02", e.PetitionReceived(**ZHAO, channel="letter"))
    h.add("2026-03-02", e.PetitionRegistered(**ZHAO, case_no="1"))
    if kind == "refer":
        sent = h.add("2026-03-03", e.PetitionReferred(**ZHAO, to_unit_id="housing", basis="x"))
    else:
        sent = h.add("2026-03-03", e.PetitionAssigned(**ZHAO, to_unit_id="housing", basis="x", report_by=report_by))
    if sign is not None:
        of = "petition_referred" if kind == "refer" else "petition_assigned"
        h.add(sign, e.ReceiptSigned(**SUN, of_version=sent, of=of))
    return h, sent
