"""
What the audit says of one case at every moment, as rows that a day can be asked of.

The view of a case changes only at the claimed times of its acts, so between two of them a duty's facts are the same
whatever day is asked, and its state changes at most once, when the due day has passed. A `DutyRow` holds for moments in
[seen_from, seen_to); "overdue" is in none: it is the moment asked against `turns_at`. A row holds nothing that could
not be seen before `seen_to`, so rows that say the same are one row, however the log was cut into batches.

All of it is said by `domain.duties` and `audit.causes`; tests/projections/test_accountability.py compares the stored
rows with `audit.findings` over simulated cases and many days.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from audit.causes import causes
from domain.duties.engine import Fold, split_stream
from domain.duties.standing import standing
from domain.duties.values import at_moment
from domain.duties.view import view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from audit.causes import Cause
    from domain.duties.holding import Stands
    from domain.duties.values import Duty, Interval
    from domain.law.in_force import Law
    from domain.recorded import Recorded

TICK = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)  # "before anything was claimed"
FAR = datetime(3000, 1, 1, tzinfo=UTC)  # a day after every due day and convention, for what has no end yet
BREACHED = ("breached", "met_late")


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One duty for the moments in [seen_from, seen_to); `seen_to` None: for good, as far as the log goes."""

    seen_from: datetime
    seen_to: datetime | None
    duty_id: str
    stream: str
    facts: tuple[Any, ...]  # in the order of accountability.FACTS
    turns_at: datetime | None  # the first moment past the due day
    state_before: str
    state_after: str
    fails_from: datetime | None
    unit_id: str | None  # the breacher, once it is one; of a missing due day: who should have set it
    official_id: str | None
    post_id: str | None
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One pattern that holds for the moments in [holds_from, holds_to)."""

    holds_from: datetime
    holds_to: datetime | None
    duty_id: str
    stream: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Started:
    """What is stored already about rows that began before the first view that is made anew."""

    seen_from: datetime
    state_before: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The rows from `since` on; rows that end at or before `since` stand as they are."""

    duties: list[DutyRow]
    causes: list[CauseRow]


@dataclass(frozen=True, slots=True)
class _Run:
    """A row that runs on, with the duty that it was made from."""

    duty: Duty
    row: DutyRow


def cut(history: Sequence[Recorded], new_from: datetime | None) -> datetime:
    """
    From which view on a case must be folded again when acts claimed for `new_from` or later are new: the newest view
    before them, whose end they change. None: from the first.
    """
    before = [r.occurred_at for r in view(history, FAR) if new_from is not None and r.occurred_at < new_from]
    return max(before, default=ALWAYS)


def assess(
    history: Sequence[Recorded],
    law: Law,
    since: datetime,
    started: Mapping[str, Started],
    caused: Mapping[tuple[str, str], datetime],
    stands: Stands | None = None,
) -> Assessment:
    """
    The rows of one case from the view at `since` on. `started` and `caused` tell, by duty and by (duty, cause), since
    when the stored rows run that reach across `since`. `stands` is shared by cases under one law.

    The case is folded once, act by act. After each, only duties on which it bears are looked at: the others' rows run
    on, as nothing in a row but its two ends depends on the moment asked.
    """
    acts = view(history, FAR)
    source, case_no = split_stream(history[0].stream)
    rules = law.rules
    zone = ZoneInfo(rules.zone(source))
    fold, folded = Fold(rules, law.calendar, law.people, source, stands), 0
    moments = sorted({r.occurred_at for r in acts if r.occurred_at >= since})
    runs: dict[str, _Run] = {}
    cause_runs: dict[tuple[str, str], CauseRow] = {}
    done: list[DutyRow] = []
    done_causes: list[CauseRow] = []
    for at, ends in zip(moments, (*moments[1:], None), strict=True):
        reached = bisect_right(acts, at, key=lambda r: r.occurred_at)
        fold.run(acts[folded:reached])
        folded = reached
        seen = acts[:reached]
        current: dict[str, _Run] = {}
        holding: dict[tuple[str, str], CauseRow] = {}
        for duty in fold.current(case_no):
            run = runs.pop(duty.duty_id, None)
            if run is None or run.duty is not duty:
                row = _row(duty, at)
                if run is not None and _same(_shown(row, at, zone), shown := _shown(run.row, at, zone)):
                    row = replace(row, seen_from=run.row.seen_from, state_before=run.row.state_before)
                elif run is not None:
                    done.append(shown)
                elif at == since and (begun := started.get(duty.duty_id)) is not None:
                    row = replace(row, seen_from=begun.seen_from, state_before=begun.state_before)
                run = _Run(duty, row)
            current[duty.duty_id] = run
            for cause_row in _causes(run.row, fold, duty, seen, law, at, ends, zone):
                key = (duty.duty_id, cause_row.cause.code)
                before = cause_runs.get(key)
                if before is not None and (before.holds_to, before.cause) == (cause_row.holds_from, cause_row.cause):
                    cause_row = replace(cause_row, holds_from=before.holds_from)  # noqa: PLW2901 - the run goes on
                    del cause_runs[key]
                elif cause_row.holds_from == since and key in caused:
                    cause_row = replace(cause_row, holds_from=caused[key])  # noqa: PLW2901 - same
                if (other := holding.get(key)) is not None:
                    done_causes.append(other)
                holding[key] = cause_row
        done.extend(_shown(run.row, at, zone) for run in runs.values())
        done_causes.extend(cause_runs.values())
        runs, cause_runs = current, holding
    return Assessment([*done, *(run.row for run in runs.values())], [*done_causes, *cause_runs.values()])


def run_rows(views: Sequence[tuple[datetime, Duty]], zone: ZoneInfo) -> list[DutyRow]:
    """The rows of one duty, given as each view from a moment on has it; views that say the same are one row."""
    done: list[DutyRow] = []
    run: DutyRow | None = None
    for (at, duty), ends in zip(views, (*(m for m, _ in views[1:]), None), strict=True):
        row = _row(duty, at)
        shown = _shown(row, ends, zone)
        if run is not None and _same(_shown(row, at, zone), run):
            shown = replace(shown, seen_from=run.seen_from, state_before=run.state_before)
        elif run is not None:
            done.append(run)
        run = shown
    return [*done, *([run] if run is not None else [])]


def run_causes(views: Sequence[tuple[datetime, Duty]], law: Law, zone: ZoneInfo) -> list[CauseRow]:
    """The causes of one duty that no case has, over its views; a cause that goes on is one row."""
    done: list[CauseRow] = []
    runs: dict[str, CauseRow] = {}
    for (at, duty), ends in zip(views, (*(m for m, _ in views[1:]), None), strict=True):
        current: dict[str, CauseRow] = {}
        for found in _causes(_row(duty, at), None, duty, (), law, at, ends, zone):
            row, code = found, found.cause.code
            before = runs.get(code)
            if before is not None and (before.holds_to, before.cause) == (row.holds_from, row.cause):
                row = replace(row, holds_from=before.holds_from)
                del runs[code]
            if (other := current.get(code)) is not None:
                done.append(other)
            current[code] = row
        done.extend(runs.values())
        runs = current
    return [*done, *runs.values()]


def _row(duty: Duty, at: datetime) -> DutyRow:
    """The duty as the view at `at` has it, with its state before and after the due day."""
    turn = _turn(duty)
    now = standing(duty, at_moment(at, duty.zone), with_days=False)
    late = now if turn is None or turn <= at else standing(duty, at_moment(turn, duty.zone), with_days=False)
    fails_from: datetime | None = None
    if duty.absorbed_by is not None:
        pass  # listed under the duty that absorbs it
    elif now.invalid_extension or late.state == "disputed" or duty.rule.kind == "ban":
        fails_from = ALWAYS
    elif late.state in BREACHED:
        fails_from = turn
    party = late.breacher
    if late.state == "no_due":
        party = duty.issuer
    ended = duty.ended
    return DutyRow(
        seen_from=at,
        seen_to=None,
        duty_id=duty.duty_id,
        stream=duty.stream,
        facts=(
            duty.source,
            duty.case_no,
            duty.zone,
            duty.obligation,
            duty.rule.version,
            duty.trigger.log_index,
            duty.arose_at,
            duty.arose_on,
            duty.due_on,
            duty.due_at,
            duty.is_provisional,
            ended.kind if ended is not None else None,
            ended.name if ended is not None else None,
            ended.at if ended is not None else None,
            ended.on if ended is not None else None,
            ended.is_on_claim if ended is not None else False,
            duty.contested_since,
            duty.disputed_at,
            duty.rule.no_due,
            now.invalid_extension,
        ),
        turns_at=turn,
        state_before=now.state,
        state_after=late.state,
        fails_from=fails_from,
        unit_id=party.unit_id if party is not None else None,
        official_id=party.official_id if party is not None else None,
        post_id=party.post_id if party is not None else None,
        intervals=duty.intervals,
    )


def _turn(duty: Duty) -> datetime | None:
    """The first moment that is past the due day or the due moment; None where there is none."""
    if duty.due_at is not None:
        return duty.due_at.astimezone(UTC) + TICK
    if duty.due_on is None or duty.due_on == date.max:
        return None
    return _midnight(duty.due_on + ONE_DAY, ZoneInfo(duty.zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _shown(row: DutyRow, ends: datetime | None, zone: ZoneInfo) -> DutyRow:
    """The row without what could only be seen at `ends` or later: its breacher to be, and the days beyond."""
    if ends is None:
        return row
    last_day = (ends - TICK).astimezone(zone).date()
    intervals = tuple(
        replace(i, until=None) if i.until is not None and i.until >= last_day else i
        for i in row.intervals
        if i.after < last_day
    )
    row = replace(row, seen_to=ends, intervals=intervals)
    if row.turns_at is not None and row.turns_at >= ends:
        row = replace(row, unit_id=None, official_id=None, post_id=None)
    return row


def _same(a: DutyRow, b: DutyRow) -> bool:
    """Whether two neighbouring rows say the same; the state before the due day is the first one's to say."""
    return (
        a.facts == b.facts
        and a.intervals == b.intervals
        and (a.turns_at, a.state_after, a.fails_from) == (b.turns_at, b.state_after, b.fails_from)
        and (a.unit_id, a.official_id, a.post_id) == (b.unit_id, b.official_id, b.post_id)
    )


def _causes(
    row: DutyRow,
    fold: Fold | None,
    duty: Duty,
    seen: Sequence[Recorded],
    law: Law,
    at: datetime,
    ends: datetime | None,
    zone: ZoneInfo,
) -> Iterator[CauseRow]:
    """
    The causes within one view. They can begin on a convention's day after the due day, so the audit is asked at the
    end, for what there will be, and then at each moment at which something of it can begin. A standing duty has no
    `fold`.
    """
    last = ends - TICK if ends is not None else FAR
    begins = row.fails_from if row.fails_from is not None else (at if row.state_after == "no_due" else None)
    if begins is None or begins > last:
        return
    begins = max(begins, at)
    if fold is not None:
        duty = fold.whole(duty)

    def asked(moment: datetime) -> dict[str, Cause]:
        as_of = at_moment(moment, duty.zone)
        return {c.code: c for c in causes(duty, standing(duty, as_of, with_days=False), seen, law, as_of)}

    to_come = asked(last)
    days = {c.since for c in to_come.values()} | {c.since + ONE_DAY for c in to_come.values()}
    points = {begins, *(m for day in days if begins < (m := _midnight(day, zone)) <= last)}
    if row.turns_at is not None and begins < row.turns_at <= last:
        points.add(row.turns_at)
    holding: dict[str, tuple[datetime, Cause]] = {}
    for point in sorted(points):
        found = asked(point)
        for code, (since, cause) in list(holding.items()):
            if found.get(code) != cause:
                del holding[code]
                yield CauseRow(since, point, duty.duty_id, duty.stream, cause)
        for code, cause in found.items():
            holding.setdefault(code, (point, cause))
    for since, cause in holding.values():
        yield CauseRow(since, ends, duty.duty_id, duty.stream, cause)
