"""
What offices owe again and again: reception days, sweeps, meetings, reports. Each period is filed for in time, but for
those picked to be late or left out, which go on the answer sheet.

The county adopts its own mechanisms in late August, as a text shaped after the example of a Henan county, and owes
nothing by them before. The NPC's text is in force all year. Who owes what, and until when, is said here once more, in
the simulator's own words.
"""

from __future__ import annotations

import tomllib
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from app.establish import STATUTES
from app.simulate.clock import LAST_DAY, YEAR, ZONE, is_working, nth_working, plus, working_back, working_from
from app.simulate.county import ABOLISHED, BUREAU, GOVERNMENT, NPC, PARTY, TOWNSHIPS
from app.simulate.customs import TRIED_FROM, TRIED_TO
from app.simulate.sheet import AnswerRow
from domain.case import commands as c
from domain.recorded import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from app.simulate.county import County, Seat

ADOPTED_ON = date(YEAR, 8, 28)
COUNTY_PACK, NPC_PACK = "cn-henan-county-example", "cn-tongcheng-npc-example"
PRACTICE_PACK = "cn-practice-example"
# What the county's text said from the start of the year; the rest came with its new version in August.
FIRST_VERSION = frozenset(
    (
        *("study_special_matter", "first_act_on_urgent", "name_first_handler", "task_team_meets"),
        *("committee_hears_report", "township_mediators", "funds_in_place"),
    )
)
LOOKED_BACK = ("look_back_first", "look_back_second", "look_back_third")
ABOLISHED_TOWNSHIP = next(unit for unit, (_, kind, _, _) in ABOLISHED.items() if kind == "township")
TRAINED = (f"{BUREAU}-staff-1", f"{BUREAU}-staff-2")
COUNTY_LEADERS = (f"{GOVERNMENT}-head", f"{GOVERNMENT}-deputy")
NPC_LEADERS = (f"{NPC}-head", f"{NPC}-deputy")
FAILING_SHARE = 0.03
NEVER = 0.5
AFTERNOON = time(14, 30)


@dataclass(frozen=True, slots=True)
class Filing:
    """One act filed in an office's stream."""

    at: datetime
    seat: Seat
    kind: str
    first: date
    last: date
    evidence: tuple[str, ...]
    numbers: dict[str, int] = field(default_factory=dict)
    refers_to: tuple[str, ...] = ()

    def command(self, name: str) -> c.FileAct:
        return c.FileAct(
            stream=f"office/{self.seat.unit_id}",
            unit_id=self.seat.unit_id,
            official_id=self.seat.official_id,
            post_id=self.seat.post_id,
            actor=Actor(official_id=self.seat.official_id),
            occurred_at=self.at - timedelta(minutes=3),
            now=self.at,
            command_id=name,
            kind=self.kind,
            period_from=self.first,
            period_to=self.last,
            numbers=self.numbers,
            evidence=self.evidence,
            refers_to=self.refers_to,
        )


@dataclass(frozen=True, slots=True)
class Owed:
    """One period: its label and days, from when and until when it can be met in time."""

    label: str
    first: date
    last: date
    opens: date
    due: date


@dataclass(frozen=True, slots=True)
class Standing:
    """One duty of one office or post in the simulator's reading, with its periods."""

    duty: str
    kind: str
    cause: str
    name: str  # of the unit or the post that owes it
    charged: str  # the post whose holder answers
    filers: tuple[str, ...]
    periods: tuple[Owed, ...]
    numbers: tuple[str, ...] = ()
    least: int = 0  # of the first number, for the filing to count


def first_county_pack() -> dict[str, Any]:
    """The county's text as it stood when the year began: it named no posts yet."""
    content = county_pack()
    content["post_tag"] = []
    content["version"] = [v for v in content["version"] if v["obligation"] in FIRST_VERSION]
    return content


def county_pack() -> dict[str, Any]:
    """The example with this county's posts in it."""
    content = _example(COUNTY_PACK)
    content["title"] = "安澜县信访工作机制（参照示例）"
    township = {"tag": "township_leader", "posts": [f"{unit}-head" for unit in TOWNSHIPS]}
    content["post_tag"] = [{"tag": "county_leader", "posts": list(COUNTY_LEADERS)}, township]
    for version in content["version"]:
        if version["obligation"] == "name_first_handler":  # 简易办理 is answered by who signed for it
            version["when"] = "act.procedure != 'simple'"
    return content


def npc_pack() -> dict[str, Any]:
    content = _example(NPC_PACK)
    content["post_tag"] = [{"tag": "npc_leader", "posts": list(NPC_LEADERS)}]
    return content


def practice_pack() -> dict[str, Any]:
    """The example with this county's trainees; looking back is tried out for the cases closed in one month."""
    content = _example(PRACTICE_PACK)
    content["post_tag"] = [{"tag": "trained_post", "posts": list(TRAINED)}]
    for version in content["version"]:
        if version["obligation"] in LOOKED_BACK:
            version |= {"in_force_from": TRIED_FROM, "in_force_to": TRIED_TO}
    return content


def _example(pack_id: str) -> dict[str, Any]:
    """A shipped example."""
    return tomllib.loads((STATUTES / "local" / f"{pack_id}.toml").read_text(encoding="utf-8"))


# Periods


def _days() -> Iterator[tuple[str, date, date]]:
    day = plus(ADOPTED_ON, 1)
    while day <= LAST_DAY:
        if is_working(day):
            yield day.isoformat(), day, day
        day = plus(day, 1)


def _weeks(step: int = 1) -> Iterator[tuple[str, date, date]]:
    monday = date(YEAR, 9, 1)  # the first after the adoption, and the first of a fortnight
    while monday <= LAST_DAY:
        year, week, _ = monday.isocalendar()
        label = f"{year}-W{week:02d}" + ("+1" if step > 1 else "")
        yield label, monday, plus(monday, 7 * step - 1)
        monday = plus(monday, 7 * step)


def _months(first: int, step: int = 1) -> Iterator[tuple[str, date, date]]:
    for month in range(first, 13, step):
        last = month + step - 1
        sort = {1: f"{month:02d}", 3: f"Q{last // 3}", 6: f"H{last // 6}"}[step]
        yield f"{YEAR}-{sort}", date(YEAR, month, 1), date(YEAR, last, monthrange(YEAR, last)[1])


def _owed(periods: Iterator[tuple[str, date, date]], due: Callable[[date, date], date]) -> tuple[Owed, ...]:
    return tuple(Owed(label, first, last, first, due(first, last)) for label, first, last in periods)


def _ends(_: date, last: date) -> date:
    return last


def _after(days: int) -> Callable[[date, date], date]:
    return lambda _, last: nth_working(last, days)


def standings() -> list[Standing]:
    """Everything that is owed again and again, by whom, in which periods."""
    head, clerk = f"{BUREAU}-head", (f"{BUREAU}-staff-1",)
    government, npc = f"{GOVERNMENT}-head", f"{NPC}-head"
    reports = (
        ("report_day", "day_count_published", _owed(_days(), _after(1))),
        ("report_week", "week_study_published", _owed(_weeks(), _after(1))),
        ("report_fortnight", "fortnight_bulletin_published", _owed(_weeks(2), _after(2))),
        ("report_month", "month_comment_published", _owed(_months(9), _after(5))),
    )
    found = [Standing(duty, kind, "periodic_report_missed", BUREAU, head, clerk, p) for duty, kind, p in reports]
    swept = ("problem_sweep_reported", "sweep_missed")
    found.append(
        Standing("county_sweep_monthly", *swept, BUREAU, head, clerk, _owed(_months(9), _ends), ("found", "closed"))
    )
    found.append(
        Standing(
            "county_reception_each_day",
            "county_reception_held",
            "reception_missed",
            GOVERNMENT,
            government,
            COUNTY_LEADERS,
            _owed(_days(), _ends),
        )
    )
    for post in COUNTY_LEADERS:
        for duty, kind, cause in (
            ("leader_visit_monthly", "downward_visit_made", "visit_missed"),
            ("leader_reception_county", "reception_attended", "reception_missed"),
        ):
            found.append(Standing(duty, kind, cause, post, post, (post,), _owed(_months(9), _ends)))
    for unit in TOWNSHIPS:
        post = f"{unit}-head"
        desk = (f"{unit}-staff-1",)
        met = _owed(_months(9), lambda first, _: first.replace(day=14))
        found += [
            Standing("township_meeting_monthly", "township_meeting_held", "meeting_missed", unit, post, desk, met),
            Standing("township_sweep_weekly", *swept, unit, post, desk, _owed(_weeks(), _ends), ("found", "closed")),
            Standing(
                "leader_reception_township",
                "reception_attended",
                "reception_missed",
                post,
                post,
                (post,),
                _owed(_weeks(), _ends),
            ),
        ]
    fifteenth = tuple(
        Owed(label, first, last, day, working_from(day))
        for label, first, last in _months(1)
        for day in [first.replace(day=15)]
    )
    halves = _owed(_months(1, 6), _ends)
    found.append(
        Standing(
            "committee_hears_report",
            "committee_report_heard",
            "periodic_report_missed",
            PARTY,
            f"{PARTY}-head",
            (f"{PARTY}-staff-1",),
            halves,
        )
    )
    found.append(
        Standing(
            "county_meeting_weekly",
            "monday_meeting_held",
            "meeting_missed",
            GOVERNMENT,
            government,
            (f"{GOVERNMENT}-staff-1",),
            _owed(_weeks(), _ends),
            ("items",),
        )
    )
    for unit in (*TOWNSHIPS, ABOLISHED_TOWNSHIP):
        desk = (f"{unit}-staff-1",)
        guides = ("online_guides_listed", "too_few_guides")
        due = halves if unit in TOWNSHIPS else halves[:1]
        found.append(Standing("township_online_guides", *guides, unit, f"{unit}-head", desk, due, ("guides",), least=2))
    october = (Owed(str(YEAR), date(YEAR, 10, 1), date(YEAR, 10, 31), date(YEAR, 10, 1), date(YEAR, 10, 31)),)
    found.append(
        Standing("npc_reception_day", "npc_reception_attended", "reception_missed", NPC, npc, (npc,), fifteenth)
    )
    for post in NPC_LEADERS:
        found.append(
            Standing("npc_deputy_visits", "deputy_visit_recorded", "visit_missed", post, post, (post,), october)
        )
    for duty, kind, periods in (
        ("npc_report_heard", "report_heard", _owed(_months(1, 6), _ends)),
        ("npc_analysis_report", "analysis_report_filed", _owed(_months(1, 3), _after(5))),
    ):
        desk = (f"{NPC}-staff-1",)
        found.append(Standing(duty, kind, "periodic_report_missed", NPC, npc, desk, periods))
    return found


class Offices:
    """The filings of the year and what was left out of them."""

    def __init__(self, rng: Random, county: County) -> None:
        self.rng, self.county = rng, county
        self.filings: list[Filing] = []
        self.rows: list[AnswerRow] = []
        duties: dict[str, list[tuple[Standing, Owed]]] = {}
        for standing in standings():
            duties.setdefault(standing.duty, []).extend((standing, owed) for owed in standing.periods)
        excused = self._excuse()
        for owing in duties.values():
            is_owed = [(s.duty, s.name, o.label) != excused for s, o in owing]
            can_fail = [n for n, (_, o) in enumerate(owing) if o.due < LAST_DAY and is_owed[n]]
            failing = set(rng.sample(can_fail, max(1, round(len(can_fail) * FAILING_SHARE))))
            for n, (standing, owed) in enumerate(owing):
                if is_owed[n]:
                    self._period(standing, owed, fails=n in failing)
        self._yearly()
        self.filings.sort(key=lambda f: f.at)

    def _period(self, standing: Standing, owed: Owed, *, fails: bool) -> None:
        filer = standing.filers[owed.first.toordinal() % len(standing.filers)]
        if not fails:
            on = working_back(min(owed.due, LAST_DAY), after=plus(owed.opens, -1))
            if on <= LAST_DAY and owed.opens <= LAST_DAY:
                self._file(standing, owed, filer, on)
            return
        is_late = self.rng.random() >= NEVER
        met = working_from(plus(owed.due, self.rng.randint(1, 6))) if is_late else None
        if met is not None and met > LAST_DAY:
            met = None
        if met is not None:
            self._file(standing, owed, filer, met)
        elif standing.least:
            self._file(standing, owed, filer, working_back(owed.due, after=owed.opens), short=True)
        charged = self.county.seat(standing.charged, owed.due)
        self.rows.append(
            AnswerRow(
                case_no=f"{standing.name}/{owed.label}",
                duty=standing.duty,
                unit_id=charged.unit_id,
                official_id=charged.official_id,
                cause=standing.cause,
                kind=standing.duty,
                due_on=owed.due,
                met_on=met,
                note="常设职责未落实",
            )
        )

    def _file(self, standing: Standing, owed: Owed, filer: str, on: date, *, short: bool = False) -> None:
        found = standing.least - 1 if short else standing.least + self.rng.randint(0, 9)
        numbers = dict(zip(standing.numbers, (found, self.rng.randint(0, found)), strict=False))
        last = max(owed.opens, min(owed.last, on))
        self._add(on, filer, standing.kind, owed.opens, last, numbers=numbers)

    def _add(self, on: date, post: str, kind: str, first: date, last: date, **more: Any) -> None:
        at = datetime.combine(on, AFTERNOON, tzinfo=ZONE) + timedelta(seconds=self.rng.randint(0, 9000))
        evidence = (f"{self.rng.getrandbits(256):064x}",)
        self.filings.append(Filing(at, self.county.seat(post, on), kind, first, last, evidence, **more))

    def _excuse(self) -> tuple[str, str, str]:
        """One leader is away for a whole month, and the party committee has approved it: that month is not owed."""
        first, last, post = date(YEAR, 11, 1), date(YEAR, 11, 30), COUNTY_LEADERS[1]
        refers_to = (f"post/{post}",)
        self._add(date(YEAR, 11, 3), f"{PARTY}-staff-1", "leader_absence_approved", first, last, refers_to=refers_to)
        return ("leader_reception_county", post, f"{YEAR}-11")

    def _yearly(self) -> None:
        """What is owed once a year falls due on its last day: done by then, and nobody can be late within the year."""
        first = date(YEAR, 1, 1)
        for unit in (GOVERNMENT, PARTY):
            self._add(date(YEAR, 11, 20), f"{unit}-staff-1", "special_inspection_held", first, date(YEAR, 11, 20))
            self._add(date(YEAR, 12, 24), f"{unit}-staff-1", "assessment_published", first, date(YEAR, 12, 24))
        for unit in (*TOWNSHIPS, ABOLISHED_TOWNSHIP):
            desk = f"{unit}-staff-1"
            self._add(date(YEAR, 3, 20), desk, "unit_equipped", first, date(YEAR, 3, 20), numbers={"terminals": 1})
            self._add(date(YEAR, 4, 10), desk, "mediators_listed", first, date(YEAR, 4, 10), numbers={"mediators": 3})
        treasury, yuan = f"{GOVERNMENT}-staff-1", {"yuan": 600_000}
        self._add(date(YEAR, 2, 20), treasury, "funds_allocated", first, date(YEAR, 2, 20), numbers=yuan)
        for post in TRAINED:
            self._add(date(YEAR, 5, 16), post, "training_attended", date(YEAR, 5, 15), date(YEAR, 5, 16))
        self._add(date(YEAR, 12, 26), f"{BUREAU}-staff-1", "annual_report_filed", first, date(YEAR, 12, 26))
