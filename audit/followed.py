"""
紧追不落实的责, in full: what was recorded about one failure from its finding to proposal, decision, execution and
rectification; how many days lay between; who owed a follow-up and is not recorded as giving it; and the reply.

Folded from recorded acts alone. The ladder shows whose conditions are on record; it proposes none, and a failure that
nobody pursued has an empty list. tests/audit/test_followed.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from audit import report
from audit.findings import resolve
from domain.case import events as e
from domain.case.accountability import LADDER, STEP
from domain.case.events import name_of
from domain.duties.engine import split_stream
from domain.duties.standing import answered_for_on
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from audit.findings import Finding
    from domain.law.in_force import Law
    from domain.recorded import Recorded

BEGINS = (e.BreachFindingRecorded, e.UrgingIssued)
TAKES_BACK = (e.BreachFindingWithdrawn, e.AccountabilitySetAside, e.OrderWithdrawn)
# The stages of the days, each by the first act that stands. An urging discovers too: somebody saw the breach.
STAGES: Mapping[str, tuple[type, ...]] = {
    "discovery": BEGINS,
    "proposal": (e.AccountabilityProposed, e.ProposalIssued),
    "decision": (e.AccountabilityDecided,),
    "execution": (e.AccountabilityExecuted,),
    "rectification": (e.RectificationVerified,),
}
GIVEN = ("met", "met_late", "met_on_claim", "done", "released", "excused", "void", "handed_over")
NOT_DUE = ("open", "open_undated", "not_started", "contested")


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded act about the failure. `stands`: neither it nor what it rests on was taken back."""

    recorded: Recorded
    on: date
    about: int | None  # version of the act it answers or rests on
    stands: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """陈述申辩, of one proposed measure: not_offered | offered | given | day_passed."""

    proposal: Recorded
    state: str
    offered_on: date | None = None
    answer_by: date | None = None
    given_on: date | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rectification:
    """整改, of one order: ordered | overdue | reported | verified | withdrawn."""

    order: Recorded
    state: str
    rectify_by: date | None
    reported_on: date | None
    verified_on: date | None
    rejections: int
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: which of its conditions are on record, and where. Whether to take it nobody computes."""

    measures: tuple[str, ...]
    conditions: Mapping[str, tuple[int, ...]]  # code -> log indexes that show it; empty: not on record
    taken: tuple[int, ...]  # log indexes of proposals and decisions of this step that stand

    @property
    def is_on_record(self) -> bool:
        """A finding that stands and, above a talk, an order that was missed or a ground that was stated."""
        shown = {code for code, indexes in self.conditions.items() if indexes}
        return "finding" in shown and (STEP[self.measures[0]] == 0 or bool(shown & {"missed_order", "stated_ground"}))


@dataclass(frozen=True, slots=True)
class Followed:
    """Everything recorded about one failure after it was one, as of a day."""

    finding: Finding
    breached_on: date | None  # the last day in time: days are counted from it
    steps: tuple[Step, ...] = ()
    replies: tuple[Reply, ...] = ()
    rectifications: tuple[Rectification, ...] = ()
    ladder: tuple[Rung, ...] = ()
    follow_up: tuple[Finding, ...] = ()  # the duties to which these acts gave rise
    reached: Mapping[str, date] = field(default_factory=dict)  # stage -> day

    @property
    def owed(self) -> tuple[Finding, ...]:
        """Follow-ups whose day has passed, or which have none, and which are not recorded as given."""
        return tuple(f for f in self.follow_up if f.now.state not in GIVEN and f.now.state not in NOT_DUE)

    def days(self) -> dict[str, int | None]:
        """Civil days from the breach to each stage; None where nothing is recorded of it."""
        start = self.breached_on
        return {
            stage: max((on - start).days, 0) if start is not None and (on := self.reached.get(stage)) else None
            for stage in STAGES
        }


def followed(history: Sequence[Recorded], found: Sequence[Finding], law: Law, as_of: date | datetime) -> list[Followed]:
    """What followed each failure of one case, in the order of the failures. `found` are the findings of that day."""
    failures = [f for f in found if f.is_failure or f.now.state == "no_due"]
    if not failures or not history:
        return []
    zone = law.rules.zone(split_stream(history[0].stream)[0])
    at = resolve(as_of, zone)
    seen = view(history, at.moment)
    return [_followed(f, seen, found, at.day) for f in sorted(failures, key=lambda f: f.order)]


def _followed(finding: Finding, seen: Sequence[Recorded], found: Sequence[Finding], today: date) -> Followed:
    steps = tuple(_steps(finding, seen))
    standing = [s for s in steps if s.stands]
    reached: dict[str, date] = {}
    for stage, kinds in STAGES.items():
        if (on := next((s.on for s in standing if isinstance(s.recorded.event, kinds)), None)) is not None:
            reached[stage] = on
    versions = {s.recorded.version for s in steps}
    own = tuple(f for f in found if f.duty.trigger.version in versions and f is not finding)
    rectifications = tuple(_rectifications(steps, today))
    replies = tuple(_replies(steps, today))
    return Followed(
        finding,
        answered_for_on(finding.duty) or finding.duty.arose_on,
        steps,
        replies,
        rectifications,
        tuple(_ladder(steps, rectifications, replies)),
        tuple(sorted(own, key=lambda f: f.order)),
        reached,
    )


def _steps(finding: Finding, seen: Sequence[Recorded]) -> Iterator[Step]:
    """The acts that name this duty or a finding about it, and what answers or rests on them, as far as one goes."""
    duty = finding.duty
    named = (duty.obligation, duty.trigger.version)
    taken_back = {getattr(r.event, r.event.REFERS): r.log_index for r in seen if isinstance(r.event, TAKES_BACK)}
    about: dict[int, bool] = {}  # version -> whether it stands
    for r in seen:
        event: Any = r.event
        is_root = isinstance(event, e.BreachFindingRecorded) and (event.obligation, event.trigger_version) == named
        is_root = is_root or (
            isinstance(event, e.UrgingIssued) and (event.of_obligation, event.trigger_version) == named
        )
        rests_on = _rests_on(event)
        if not is_root and rests_on not in about:
            continue
        on_what = True if is_root or rests_on is None else about[rests_on]
        stands = on_what and r.version not in taken_back
        about[r.version] = stands
        yield Step(r, duty.day(r.occurred_at), rests_on if rests_on in about else None, stands)


def _rests_on(event: Any) -> int | None:
    refers = getattr(event, "REFERS", None)
    version = getattr(event, refers) if refers is not None else getattr(event, "of_finding", None)
    return version if isinstance(version, int) else None


def _answers(steps: Sequence[Step], version: int, kind: type) -> list[Step]:
    return [s for s in steps if s.about == version and isinstance(s.recorded.event, kind)]


def _replies(steps: Sequence[Step], today: date) -> Iterator[Reply]:
    for step in steps:
        if not isinstance(step.recorded.event, e.AccountabilityProposed) or not step.stands:
            continue
        version = step.recorded.version
        offers: list[Any] = _answers(steps, version, e.AccountabilityReplyOffered)
        given = _answers(steps, version, e.AccountabilityReplyGiven)
        cited = tuple(s.recorded.log_index for s in (*offers, *given))
        if not offers:
            yield Reply(step.recorded, "not_offered")
            continue
        answer_by: date = offers[-1].recorded.event.answer_by
        state = "given" if given else "day_passed" if today > answer_by else "offered"
        yield Reply(step.recorded, state, offers[0].on, answer_by, given[0].on if given else None, cited)


def _rectifications(steps: Sequence[Step], today: date) -> Iterator[Rectification]:
    for step in steps:
        order: Any = step.recorded.event
        if not isinstance(order, e.RectificationOrdered):
            continue
        version = step.recorded.version
        rejected: list[Any] = _answers(steps, version, e.RectificationRejected)
        reported = _answers(steps, version, e.RectificationReported)
        verified = _answers(steps, version, e.RectificationVerified)
        day = rejected[-1].recorded.event.rectify_by if rejected else order.rectify_by
        last = reported[-1] if reported else None
        if last is not None and rejected and rejected[-1].recorded.version > last.recorded.version:
            last = None  # reported, and sent back since
        if not step.stands:
            state = "withdrawn"
        elif verified:
            state = "verified"
        elif last is not None:
            state = "reported"
        else:
            state = "overdue" if day is not None and today > day else "ordered"
        cited = (step, *reported, *rejected, *verified)
        yield Rectification(
            step.recorded,
            state,
            day,
            last.on if last is not None else None,
            verified[0].on if verified else None,
            len(rejected),
            tuple(sorted(s.recorded.log_index for s in cited)),
        )


def _ladder(steps: Sequence[Step], rectifications: Sequence[Rectification], replies: Sequence[Reply]) -> Iterator[Rung]:
    standing = [(s, s.recorded.event) for s in steps if s.stands]
    findings = tuple(s.recorded.log_index for s, event in standing if isinstance(event, e.BreachFindingRecorded))
    missed = tuple(i for r in rectifications if r.state == "overdue" for i in r.evidence)
    for measures in LADDER:
        own = [
            (s, event)
            for s, event in standing
            if isinstance(event, (e.AccountabilityProposed, e.AccountabilityDecided)) and event.measure in measures
        ]
        conditions = {"finding": findings}
        if STEP[measures[0]] > 0:
            conditions["missed_order"] = missed
            conditions["stated_ground"] = tuple(
                s.recorded.log_index for s, event in own if getattr(event, "ground", None) is not None
            )
        heard = {r.proposal.version: r.evidence for r in replies if r.state in ("given", "day_passed")}
        conditions["heard"] = tuple(i for s, _ in own for i in heard.get(s.recorded.version, ()))
        yield Rung(measures, conditions, tuple(s.recorded.log_index for s, _ in own))


def to_json(found: Followed, law: Law, *, as_of: str, log_size: int) -> dict[str, Any]:
    """One failure with what followed it, as JSON; docs/answers.md has the members."""
    people = law.people
    duty, now = found.finding.duty, found.finding.now
    row = report.to_json(found.finding, law, as_of=as_of, log_size=log_size)
    kept = (
        "case_no",
        "source",
        "stream",
        "duty_id",
        "duty",
        "duty_name",
        "state",
        "unit",
        "person",
        "due_on",
        "due_at",
    )
    return {
        **{name: row[name] for name in kept},
        "days_late": now.days_late,
        "breached_on": found.breached_on.isoformat() if found.breached_on is not None else None,
        "pursuit": row["accountability"],
        "steps": [
            {
                "act": name_of(s.recorded.topic),
                "type": s.recorded.topic,
                "on": s.on.isoformat(),
                "unit": report.unit(unit_id, people) if (unit_id := _unit(s)) is not None else None,
                "measure": getattr(s.recorded.event, "measure", None),
                "stands": s.stands,
                "log_index": s.recorded.log_index,
            }
            for s in found.steps
        ],
        "days_from_breach": found.days(),
        "days_unpursued": _unpursued(found, now.day),
        "replies": [
            {
                "proposal": r.proposal.log_index,
                "state": r.state,
                "offered_on": _iso(r.offered_on),
                "answer_by": _iso(r.answer_by),
                "given_on": _iso(r.given_on),
                "evidence": list(r.evidence),
            }
            for r in found.replies
        ],
        "rectifications": [
            {
                "order": r.order.log_index,
                "state": r.state,
                "rectify_by": _iso(r.rectify_by),
                "reported_on": _iso(r.reported_on),
                "verified_on": _iso(r.verified_on),
                "rejections": r.rejections,
                "evidence": list(r.evidence),
            }
            for r in found.rectifications
        ],
        "ladder": [
            {
                "measures": list(r.measures),
                "conditions": {code: list(indexes) for code, indexes in r.conditions.items()},
                "is_on_record": r.is_on_record,
                "taken": list(r.taken),
            }
            for r in found.ladder
        ],
        "owed": [_follow_up(f, law, as_of, log_size) for f in found.owed],
        "follow_up": [_follow_up(f, law, as_of, log_size) for f in found.follow_up],
        "evidence": sorted({duty.trigger.log_index, *(s.recorded.log_index for s in found.steps)}),
        "as_of": as_of,
        "log_size": log_size,
    }


def _unit(step: Step) -> str | None:
    unit_id: str | None = getattr(step.recorded.event, "unit_id", None)
    return unit_id


def _unpursued(found: Followed, today: date) -> int | None:
    """Days since the breach without any recorded act about it; None where there is one."""
    if found.reached or found.breached_on is None:
        return None
    return max((today - found.breached_on) // timedelta(days=1), 0)


def _follow_up(finding: Finding, law: Law, as_of: str, log_size: int) -> dict[str, Any]:
    row = report.to_json(finding, law, as_of=as_of, log_size=log_size)
    kept = ("duty_id", "duty", "duty_name", "state", "unit", "person", "due_on", "days_late")
    return {name: row[name] for name in kept} | {"age_days": (finding.now.day - finding.duty.arose_on).days}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
