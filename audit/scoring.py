"""
A unit's scoring sheet (百分倒扣制) for a period, and whether a title may be awarded: pure, from findings and filings.

Points are taken only for the unit's own lapses: duties that failed and whose due day is charged to it. What was
contested, excused, void or charged to nobody takes none, nor does anything that arrives. A deduction counts once the
unit was told by a filing that names the duty and the pack's days to answer have passed; until then it stands as not yet
counted. Every line names its events. tests/audit/test_scoring.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.report import breach_kinds, evidence
from domain.case.events.filed import ActFiled
from domain.duties.standing import FAILING, due_date
from domain.law.calendar import count
from domain.law.scoring import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.law.in_force import Law
    from domain.law.scoring import Deduction, ScoringSheet, Title
    from domain.recorded import Recorded


class NoSheet(LookupError):  # noqa: N818 - reads as what it says
    """No adopted pack has such a sheet or title."""


@dataclass(frozen=True, slots=True)
class Line:
    """One deduction for one lapse. `points`: what is taken after the cap; `is_counted`: notice and answer are past."""

    deduction: Deduction
    finding: Finding
    points: int
    is_counted: bool
    evidence: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """The sheet: `score` with what counts, `if_all` with what is not yet counted too. Neither is below 0."""

    sheet: ScoringSheet
    unit_id: str
    first: date
    last: date
    lines: tuple[Line, ...]

    @property
    def score(self) -> int:
        return max(self.sheet.start - sum(line.points for line in self.lines if line.is_counted), 0)

    @property
    def if_all(self) -> int:
        return max(self.sheet.start - sum(line.points for line in self.lines), 0)


def score(
    law: Law,
    pack_id: str,
    unit_id: str,
    first: date,
    last: date,
    found: Iterable[Finding],
    filed: Sequence[Recorded],
) -> Scored:
    """
    The sheet of a unit for lapses whose due day lies from `first` to `last`; NoSheet where the pack has none for it.
    """
    sheet = _sheet(law, pack_id, unit_id, first)
    lapses = [f for f in found if _is_own_lapse(f, unit_id, first, last)]
    lines: list[Line] = []
    for deduction in sheet.deductions:
        left = deduction.cap
        for lapse in sorted((f for f in lapses if _is_for(deduction, f)), key=lambda f: f.order):
            points = deduction.points if left is None else min(deduction.points, left)
            if left is not None:
                left -= points
            if points:
                noticed, told = _noticed(sheet, lapse, filed, law, last)
                cited = (*evidence(lapse, law), *told)
                lines.append(Line(deduction, lapse, points, noticed, cited))
    return Scored(sheet, unit_id, first, last, tuple(lines))


def to_json(scored: Scored, law: Law) -> dict[str, Any]:
    """The sheet as JSON, every deduction with its events."""
    return {
        "unit": {"id": scored.unit_id, "name": law.people.unit_name(scored.unit_id)},
        "sheet": scored.sheet.sheet,
        "sheet_name": scored.sheet.name_zh,
        "source": scored.sheet.source,
        "from": scored.first.isoformat(),
        "to": scored.last.isoformat(),
        "start": scored.sheet.start,
        "score": scored.score,
        "score_if_all_counted": scored.if_all,
        "deductions": [
            {
                "deduction": line.deduction.deduction,
                "deduction_name": line.deduction.name_zh,
                "source": line.deduction.source,
                "points": line.points,
                "is_counted": line.is_counted,
                "case_no": line.finding.duty.case_no,
                "duty": line.finding.duty.obligation,
                "duty_name": line.finding.duty.rule.name_zh,
                "duty_id": line.finding.duty.duty_id,
                "state": line.finding.now.state,
                "evidence": list(line.evidence),
            }
            for line in scored.lines
        ],
    }


def title(
    law: Law,
    pack_id: str,
    title_id: str,
    unit_id: str,
    first: date,
    last: date,
    found: Iterable[Finding],
    own: Sequence[Recorded],
) -> dict[str, Any]:
    """Whether the title may be awarded for the period and, if not, what is missing. `own`: the unit's filings in it."""
    rule = _title(law, pack_id, title_id)
    missing: list[dict[str, Any]] = []
    shown: list[int] = []
    for kind, least in rule.requires:
        having = [r for r in own if isinstance(r.event, ActFiled) and r.event.kind == kind and r.event.evidence]
        shown.extend(r.log_index for r in having)
        if len(having) < least:
            missing.append({"filed": kind, "at_least": least, "found": len(having)})
    lapses = [f for f in found if _is_own_lapse(f, unit_id, first, last) and f.duty.obligation in rule.no_lapse]
    missing.extend({"lapse": f.duty.obligation, "case_no": f.duty.case_no, "duty_id": f.duty.duty_id} for f in lapses)
    return {
        "title": rule.title,
        "title_name": rule.name_zh,
        "source": rule.source,
        "unit": {"id": unit_id, "name": law.people.unit_name(unit_id)},
        "from": first.isoformat(),
        "to": last.isoformat(),
        "may_be_awarded": not missing,
        "missing": missing,
        "evidence": sorted(shown),
    }


def filings_of(unit_id: str, filed: Iterable[Recorded], first: date, last: date, zone: str) -> list[Recorded]:
    """What a unit filed for days from `first` to `last` of that zone."""
    own = []
    for recorded in filed:
        event = recorded.event
        if isinstance(event, ActFiled) and event.unit_id == unit_id:
            day = recorded.occurred_at.astimezone(ZoneInfo(zone)).date()
            if first <= (event.period_from or day) and (event.period_to or day) <= last:
                own.append(recorded)
    return own


def _sheet(law: Law, pack_id: str, unit_id: str, day: date) -> ScoringSheet:
    unit = law.people.units.get(unit_id)
    if unit is None:
        raise NoSheet(f"unit {unit_id} is not in the register")
    for local in law.local:
        if local.pack_id == pack_id:
            for sheet in local.sheets:
                is_in_force = (sheet.in_force_from or day) <= day <= (sheet.in_force_to or day)
                if is_in_force and (not sheet.unit_kinds or unit.kind in sheet.unit_kinds):
                    return sheet
    raise NoSheet(f"no adopted pack {pack_id} has a scoring sheet in force on {day} for a unit of kind {unit.kind}")


def _title(law: Law, pack_id: str, title_id: str) -> Title:
    for local in law.local:
        for rule in local.titles:
            if (local.pack_id, rule.title) == (pack_id, title_id):
                return rule
    raise NoSheet(f"no adopted pack {pack_id} has a title {title_id}")


def _is_own_lapse(finding: Finding, unit_id: str, first: date, last: date) -> bool:
    """A failure whose due day lies in the period and is charged to this unit."""
    due, breacher = due_date(finding.duty), finding.now.breacher
    if finding.now.state not in FAILING or due is None or breacher is None:
        return False
    return breacher.unit_id == unit_id and first <= due <= last


def _is_for(deduction: Deduction, finding: Finding) -> bool:
    kinds = {*breach_kinds(finding), *finding.duty.rule.breach_kinds}
    return (
        deduction.duty in (EVERY, finding.duty.obligation)
        and finding.now.state in deduction.states
        and (not deduction.breach_kinds or bool(kinds & set(deduction.breach_kinds)))
    )


def _noticed(
    sheet: ScoringSheet, lapse: Finding, filed: Iterable[Recorded], law: Law, last: date
) -> tuple[bool, list[dict[str, Any]]]:
    """Whether somebody else told the unit of this lapse, and its days to answer have passed by the period's end."""
    breacher = lapse.now.breacher
    for recorded in filed:
        event = recorded.event
        if not isinstance(event, ActFiled) or event.kind != sheet.notice_kind:
            continue
        if f"duty/{lapse.duty.duty_id}" in event.refers_to and breacher and event.unit_id != breacher.unit_id:
            told_on = lapse.duty.day(recorded.occurred_at)
            answer_by = count(told_on, sheet.reply_within.days, sheet.reply_within.counted_in, law.calendar).day
            row = {
                "log_index": recorded.log_index,
                "stream": recorded.stream,
                "version": recorded.version,
                "type": recorded.topic,
            }
            return answer_by < last, [row]
    return False, []
