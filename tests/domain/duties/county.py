"""
A county for standing duties: packs from a test's own TOML, adopted on a day, and what offices filed.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

from audit.office import standing_findings
from domain.case.events import ActFiled
from domain.duties.standing_duties import filings
from domain.law.in_force import Law, add
from domain.people import events as p
from tests.domain.duties.build import CALENDAR, History

if TYPE_CHECKING:
    from audit.findings import Finding

HEAD = 'schema = "luoshi.pack.v1"\npack = "local"\n'
RECEPTION = (
    HEAD
    + """
[[filed_kind]]
id = "reception_attended"
name_zh = "接访"
needs = ["evidence"]
source = "test art. 1"
confidence = "uncertain"

[[version]]
obligation = "reception"
name_zh = "每月接访"
kind = "standing"
source = "test art. 1"
confidence = "uncertain"
cadence = "month"
period_ends_is_due = true
bearer = { rank = "main_leader", unit_kind = "government" }
discharged_by = ["reception_attended"]
excused_by = ["leave"]
min_held_percent = 50
"""
)
DIGEST = "a" * 64


def county(pack: str = RECEPTION, adopted: str = "2024-12-31") -> History:
    """A county government with a head since 2024, an organisation department above nobody, two townships."""
    h = History()
    h.add("2024-01-01", p.UnitEstablished(unit_id="gov", name="县政府", kind="government"))
    h.add("2024-01-01", p.UnitEstablished(unit_id="org", name="组织部", kind="party_committee"))
    for unit in ("east", "west"):
        h.add("2024-01-01", p.UnitEstablished(unit_id=unit, name=unit, kind="township", parent_id="gov"))
    for post, unit in (("gov-head", "gov"), ("east-head", "east"), ("west-head", "west"), ("org-head", "org")):
        h.add("2024-01-01", p.PostEstablished(post_id=post, unit_id=unit, title=post, rank="main_leader"))
        h.add("2024-01-01", p.OfficialRegistered(official_id=f"{post}-1", name=post))
        h.add("2024-01-01", p.OfficialRegistered(official_id=f"{post}-2", name=post))
        made = p.AppointmentMade(post_id=post, official_id=f"{post}-1", from_on=date(2024, 1, 1))
        h.add("2024-01-01", made)
    adopt(h, pack, adopted)
    return h


def adopt(h: History, pack: str, on: str) -> None:
    content = tomllib.loads(pack)
    h.add(on, p.RulePackAdopted(pack_id=content["pack"], version="1", content=content))


def leaves(h: History, post: str, to_on: str, follows: str | None = None) -> None:
    """The first holder's last day, and the second's first."""
    end = p.AppointmentEnded(post_id=post, official_id=f"{post}-1", to_on=date.fromisoformat(to_on))
    h.add(to_on, end)
    if follows is not None:
        made = p.AppointmentMade(post_id=post, official_id=f"{post}-2", from_on=date.fromisoformat(follows))
        h.add(follows, made)


def file(h: History, on: str, kind: str = "reception_attended", unit: str = "gov", **more: Any) -> int:
    """What a unit's head filed that day."""
    recorded = more.pop("recorded", None)
    who = {"official_id": f"{unit}-head-1", "post_id": f"{unit}-head"} | {
        k: more.pop(k) for k in ("official_id", "post_id") if k in more
    }
    event = ActFiled(unit_id=unit, **who, kind=kind, numbers={}, evidence=(DIGEST,), **more)
    return h.add(on, event, stream=f"office/{unit}", recorded=recorded)


def law_of(h: History) -> Law:
    law = Law()
    for recorded in h.log:
        if not recorded.stream.startswith(("case/", "office/")):
            add(law, recorded)
    law.notices.extend(CALENDAR.notices)
    return law


def filed_in(h: History) -> list[Any]:
    return filings([[r for r in h.log if r.stream.startswith("office/")]])


def found(h: History, day: str) -> dict[str, Finding]:
    """The findings by `post/period`."""
    return {f.duty.case_no: f for f in standing_findings(filed_in(h), law_of(h), date.fromisoformat(day))}


def states(h: History, day: str) -> dict[str, str]:
    return {name: f.now.state for name, f in found(h, day).items()}
