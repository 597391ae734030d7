"""
A finding as the table rows and the JSON that outsiders rely on (docs/answers.md).

Every line cites its events: log index, stream, version, type. Names come from the register; ids are always beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.duties.due import UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from audit.causes import Cause
    from audit.findings import Finding
    from audit.persons import Responsible
    from domain.duties.standing import Held
    from domain.duties.values import Party
    from domain.law.in_force import Law
    from domain.people.register import Register


def to_json(finding: Finding, law: Law, *, as_of: str, log_size: int) -> dict[str, Any]:
    """
    One failure (or any other state) as JSON. `as_of` is echoed as it was asked; `log_size` is the size of the log seen.
    """
    duty, now, people = finding.duty, finding.now, law.people
    found = [_cause(c, people) for c in finding.causes]
    row: dict[str, Any] = {
        "case_no": duty.case_no,
        "source": duty.source,
        "stream": duty.stream,
        "duty_id": duty.duty_id,
        "duty": duty.obligation,
        "duty_name": duty.rule.name_zh,
        "legal_basis": {"doc": duty.rule.doc, "article": duty.rule.article, "rule_version": duty.rule.version},
        "state": now.state,
        "breach_kinds": breach_kinds(finding),
        "unit": None,
        "person": None,
        "responsible": [_responsible(r, people) for r in finding.responsible],
        "holders": [_held(h, people) for h in now.held],
        "since_first_receipt_days": _since_first_receipt(finding),
        "since_first_receipt": _tiles(finding, people),
        "arose_at": moment(duty.arose_at, duty.zone),
        "due_on": duty.due_on.isoformat() if duty.due_on not in (None, UNDETERMINED) else None,
        "due_at": moment(duty.due_at, duty.zone) if duty.due_at is not None else None,
        "due_provisional": duty.is_provisional,
        "due_trace": list(duty.trace),
        "discharged_at": moment(now.discharged_at, duty.zone) if now.discharged_at is not None else None,
        "days_late": now.days_late,
        "extensions": [
            {
                "log_index": x.log_index,
                "approved_on": x.approved_on.isoformat(),
                "days": x.days,
                "defects": [*x.defects],
            }
            for x in duty.extensions
        ],
        "marks": list(duty.marks),
        "cause": found[0] if found else None,
        "causes": found,
        "accountability": {
            "state": finding.pursuit.state,
            "measure": finding.pursuit.measure,
            "evidence": list(finding.pursuit.evidence),
        },
        "evidence": evidence(finding, law),
        "as_of": as_of,
        "log_size": log_size,
    }
    if duty.rule.visible_to is not None:
        row["visible_to"] = duty.rule.visible_to
    if duty.absorbed_by is not None:
        row["absorbed_by"] = duty.absorbed_by
    if now.breacher is not None:
        row["unit"] = unit(now.breacher.unit_id, people)
        row["person"] = person(now.breacher, people)
    elif now.state == "no_due":
        issuer = duty.issuer or duty.bearer
        row["unit"] = unit(issuer.unit_id, people)  # the finding is against who should have set a day
        row["person"] = person(issuer, people)
    return row


def breach_kinds(finding: Finding) -> list[str]:
    """`overdue` for any breach of a day, what breaking a ban is called, and every defect of an extension."""
    if finding.duty.breach_kind is not None:
        return [finding.duty.breach_kind]
    kinds = ["overdue"] if finding.now.state in ("breached", "met_late") else []
    if finding.now.state in ("disputed", "no_due"):
        kinds.append(finding.now.state)
    return [*kinds, *dict.fromkeys(d for x in finding.duty.extensions for d in x.defects)]


def evidence(finding: Finding, law: Law) -> list[dict[str, Any]]:
    """
    Every event the line leans on: the trigger, the end, the holders' and causes' events, and the acts that were not it.
    """
    duty = finding.duty
    indexes = {duty.trigger.log_index}
    if duty.ended is not None:
        indexes |= set(duty.ended.evidence)
    indexes |= {i for h in finding.now.held for i in h.interval.evidence}
    indexes |= {x.log_index for x in duty.extensions}
    indexes |= {i for c in finding.causes for i in c.evidence}
    indexes |= set(finding.pursuit.evidence)
    if duty.issued_by is not None:
        indexes.add(duty.issued_by)
    # The law that was applied. A standing duty's trigger is the adoption of its text.
    if duty.rule.kind != "standing" and (adopted := law.adopted.get(duty.rule.pack_id)) is not None:
        indexes.add(adopted)
    # An act that was corrected is cited with what corrected it: the line rests on both.
    indexes |= {by for index in indexes for by in finding.corrected.get(index, ())}
    rows: list[dict[str, Any]] = []
    for index in sorted(indexes):
        stream, version, topic = finding.places.get(index) or law.places[index]
        rows.append({"log_index": index, "stream": stream, "version": version, "type": topic})
        if index in finding.corrected:
            rows[-1]["corrected_by"] = list(finding.corrected[index])
    return rows


def unit(unit_id: str, people: Register) -> dict[str, Any]:
    return {"id": unit_id, "name": people.unit_name(unit_id)}


def person(party: Party, people: Register) -> dict[str, Any] | None:
    """The official, with the post; None where nobody is recorded as holding the post."""
    if party.official_id is None:
        return None
    return {
        "id": party.official_id,
        "name": people.official_name(party.official_id),
        "post": _post(party, people),
    }


def moment(value: datetime, zone: str) -> str:
    """RFC 3339 with the offset of the zone, as legal times are written."""
    return value.astimezone(ZoneInfo(zone)).isoformat()


def _post(party: Party, people: Register) -> str | None:
    if party.post_id is None:
        return None
    post = people.posts.get(party.post_id)
    return post.title if post is not None else party.post_id


def _party(party: Party | None, people: Register) -> dict[str, Any] | None:
    if party is None:
        return None
    return {"unit": unit(party.unit_id, people), "person": person(party, people), "post": _post(party, people)}


def _held(held: Held, people: Register) -> dict[str, Any]:
    interval = held.interval
    return {
        "unit": unit(interval.held_by.unit_id, people),
        "person": person(interval.held_by, people),
        "post": _post(interval.held_by, people),
        "from": interval.after.isoformat(),
        "to": held.until.isoformat(),
        "held_days": held.held_days,
        "late_days": held.late_days,
        "charged_to": _party(interval.charged_to, people),
        "charge_ground": interval.ground,
        "note": interval.note,
        "charged_note": interval.charged_note,
        "evidence": list(interval.evidence),
    }


def _responsible(line: Responsible, people: Register) -> dict[str, Any]:
    return {
        "unit": unit(line.party.unit_id, people),
        "person": person(line.party, people),
        "post": _post(line.party, people),
        "responsibility": line.responsibility,
        "ground": line.ground,
    }


def _cause(cause: Cause, people: Register) -> dict[str, Any]:
    row: dict[str, Any] = {
        "code": cause.code,
        "kind": cause.kind,
        "since": cause.since.isoformat(),
        "evidence": list(cause.evidence),
    }
    if cause.by is not None:
        row["by"] = {"unit": unit(cause.by.unit_id, people), "person": person(cause.by, people)}
    return row


def _end(finding: Finding) -> date:
    """The last day the row speaks of: that of the duty's end, or of the question."""
    ended = finding.duty.ended
    return min(ended.on, finding.now.day) if ended is not None and ended.kind != "claimed" else finding.now.day


def _since_first_receipt(finding: Finding) -> int | None:
    first = finding.duty.first_receipt_on
    return None if first is None else max((_end(finding) - first).days, 0)


def _tiles(finding: Finding, people: Register) -> list[dict[str, Any]]:
    """The days since the matter was first received, by the units that held it one after the other."""
    first, end = finding.duty.first_receipt_on, _end(finding)
    tiles: list[dict[str, Any]] = []
    if first is None:
        return tiles
    changes = [c for c in finding.duty.course if c[0] <= end]
    for n, (day, unit_id) in enumerate(changes):
        until = changes[n + 1][0] if n + 1 < len(changes) else end
        days = (max(until, first) - max(day, first)).days
        if tiles and tiles[-1]["unit"]["id"] == unit_id:
            tiles[-1]["days"] += days
        else:
            tiles.append({"unit": unit(unit_id, people), "days": days})
    return tiles


def grouped(rows: Iterable[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """
    `--by person|unit|duty|cause|month`: how many cases, and duties in each failing state. In the order in which
    the groups first appear, which is that of the log: never ranked.
    """
    groups: dict[str, dict[str, Any]] = {}
    cases: dict[str, set[str]] = {}
    for row in rows:
        key, name = _key(row, by)
        group = groups.setdefault(
            key, {"key": key, "name": name, "cases": 0, "met_late": 0, "breached": 0, "disputed": 0}
        )
        cases.setdefault(key, set()).add(row["stream"])
        if row["state"] in group:
            group[row["state"]] += 1
    for key, group in groups.items():
        group["cases"] = len(cases[key])
    return list(groups.values())


def _key(row: dict[str, Any], by: str) -> tuple[str, str]:
    if by in ("person", "unit"):
        found = row[by]
        if found is not None:
            return found["id"], found["name"]
        # Without a unit nobody is named at all; with one, nobody is recorded in its post.
        return "", "岗位空缺" if by == "person" and row["unit"] is not None else "未指明"
    if by == "duty":
        return row["duty"], row["duty_name"]
    if by == "cause":
        code = row["cause"]["code"] if row["cause"] is not None else ""
        return code, code
    if by == "month":
        month = (row["due_on"] or row["due_at"] or "")[:7]
        return month, month
    raise ValueError(f"--by is one of person, unit, duty, cause, month; found {by!r}")
