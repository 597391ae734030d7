"""
The county: its units with well-formed codes, posts, officials by name, and who holds which post when.

The county is invented (行政区划代码 419999 is assigned to none). Most staff stay all year; one post in every department
changes hands by exchange between two departments on one day, one in every township falls vacant for some weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from app.simulate.clock import FIRST_DAY, LAST_DAY, plus, working_from
from app.simulate.texts import full_name

if TYPE_CHECKING:
    from random import Random

DIVISION = "419999"
COUNTY = "安澜县"
BUREAU, GOVERNMENT = "petition-bureau", "county-government"
DEPARTMENTS = {
    "housing": "住房和城乡建设局",
    "natural-resources": "自然资源局",
    "human-resources": "人力资源和社会保障局",
    "education": "教育体育局",
    "police": "公安局",
    "health": "卫生健康委员会",
    "agriculture": "农业农村局",
    "civil-affairs": "民政局",
    "urban-management": "城市管理局",
    "transport": "交通运输局",
    "environment": "生态环境局",
    "market-regulation": "市场监督管理局",
    "water": "水利局",
    "veterans": "退役军人事务局",
}
TOWNSHIPS = {
    "liuhe": "柳河镇",
    "shiqiao": "石桥镇",
    "dongling": "东岭乡",
    "baiyun": "白云镇",
    "shuangquan": "双泉镇",
    "gaotai": "高台乡",
    "qingxi": "清溪镇",
    "nanshan": "南山镇",
    "xiaoping": "小坪乡",
    "dukou": "渡口镇",
}
PARTY, NPC, SUPERVISION = "party-committee", "npc-committee", "supervision-office"
DISCIPLINE, CITY_DISCIPLINE = "discipline-commission", "city-discipline"
COURT, CONFERENCE, CITY_REVIEW = "county-court", "joint-conference", "city-review-office"
# Bodies that handle no matters of their own: id -> name, kind, staff.
BODIES = {
    PARTY: (f"中共{COUNTY}委员会", "party_committee", 1),
    NPC: (f"{COUNTY}人民代表大会常务委员会", "npc", 1),
    SUPERVISION: (f"中共{COUNTY}委督查室", "supervision", 2),
    DISCIPLINE: (f"{COUNTY}纪律检查委员会", "discipline", 3),
    CITY_DISCIPLINE: ("江泽市纪律检查委员会", "discipline", 2),
    COURT: (f"{COUNTY}人民法院", "court", 1),
    CONFERENCE: (f"{COUNTY}信访工作联席会议办公室", "joint_conference", 1),
    CITY_REVIEW: ("江泽市人民政府复查复核办公室", "organ", 2),
}
# Units with a last day in this year: id -> name, kind, last day, who takes over (None: nobody was named).
ABOLISHED: dict[str, tuple[str, str, date, str | None]] = {
    "science": ("科学技术局", "organ", date(2025, 6, 27), "education"),
    "fengtai": ("丰台乡人民政府", "township", date(2025, 8, 15), None),
}
COVERED = ("police", "health", "veterans")  # in each, one official is on leave and another acts in the post
HEADS_EXCHANGED = ("transport", "water")  # their main leaders change places in mid-year
UNIT_SINCE = date(2019, 3, 1)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    name: str
    kind: str
    staff: int
    uscc: str


@dataclass(frozen=True, slots=True)
class Seat:
    """An official in a post of a unit: who signs an act, and in which capacity."""

    unit_id: str
    post_id: str
    official_id: str


@dataclass(frozen=True, slots=True)
class Term:
    seat: Seat
    from_on: date
    to_on: date | None = None

    def covers(self, first: date, last: date) -> bool:
        """In post all these days, with two days to spare on either side."""
        return self.from_on <= plus(first, -2) and (self.to_on is None or self.to_on >= plus(last, 2))


@dataclass(frozen=True, slots=True)
class Move:
    """A holder leaves a post on `day`; `successor` takes it the same day, or it is vacant until `refilled_on`."""

    leaver: Seat
    day: date
    successor: Seat | None = None
    refilled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """From `from_on` to `to_on` an official of the same unit acts in the post of the one on leave."""

    absent: Seat
    acting: Seat  # in the post of the absent
    from_on: date
    to_on: date


@dataclass(slots=True)
class County:
    units: dict[str, Unit] = field(default_factory=dict)
    titles: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # post -> unit, title, rank
    officials: dict[str, tuple[str, date]] = field(default_factory=dict)  # official -> name, known since
    terms: dict[str, list[Term]] = field(default_factory=dict)  # by post, in order of time
    moves: list[Move] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)

    def handling(self, *but: str) -> list[str]:
        """The units that handle matters all year, without those named."""
        return [u for u in (*DEPARTMENTS, *TOWNSHIPS) if u not in but]

    def seat(self, post_id: str, day: date) -> Seat:
        """Who is in the post that day, whoever acts in it; an AssertionError where it is vacant."""
        found = [t.seat for t in self.terms[post_id] if t.from_on <= day and (t.to_on is None or day < t.to_on)]
        if not found:
            raise AssertionError(f"{post_id} is vacant on {day}")
        return found[-1]

    def staff(self, unit_id: str, first: date, last: date) -> list[Seat]:
        """The staff of a unit who are in post from `first` to `last` (or to the end of the year)."""
        last = min(last, LAST_DAY)
        posts = (p for p, (unit, _, rank) in self.titles.items() if unit == unit_id and rank == "staff")
        absent = {c.absent.post_id for c in self.covers}
        return [t.seat for p in posts if p not in absent for t in self.terms[p] if t.covers(first, last)]

    def leader(self, unit_id: str, rank: str, first: date, last: date) -> Seat | None:
        """Who leads the unit all through these days; None where the post changes hands or is vacant meanwhile."""
        last = min(last, LAST_DAY)
        post = f"{unit_id}-{'head' if rank == 'main_leader' else 'deputy'}"
        return next((t.seat for t in self.terms[post] if t.covers(first, last)), None)


def build_county(rng: Random, taken: set[str]) -> County:
    county = County()
    _add_unit(county, rng, taken, GOVERNMENT, f"{COUNTY}人民政府", "government", 3)
    _add_unit(county, rng, taken, BUREAU, f"{COUNTY}信访局", "petition_department", 6)
    for unit_id, name in DEPARTMENTS.items():
        _add_unit(county, rng, taken, unit_id, f"{COUNTY}{name}", "organ", 4)
    for unit_id, name in TOWNSHIPS.items():
        _add_unit(county, rng, taken, unit_id, f"{COUNTY}{name}人民政府", "township", 3)
    for unit_id, (name, kind, staff) in BODIES.items():
        _add_unit(county, rng, taken, unit_id, name, kind, staff)
    for unit_id, (name, kind, last, _) in ABOLISHED.items():
        _add_unit(county, rng, taken, unit_id, f"{COUNTY}{name}", kind, 2)
        for post_id in (p for p, (unit, _, _) in county.titles.items() if unit == unit_id):
            _end(county, post_id, last)
    departments = list(DEPARTMENTS)
    for one, other in zip(departments[::2], departments[1::2], strict=True):
        _exchange(county, f"{one}-staff-4", f"{other}-staff-4", _day(rng, date(2025, 3, 10), 180))
    one, other = (f"{unit}-head" for unit in HEADS_EXCHANGED)
    _exchange(county, one, other, _day(rng, date(2025, 6, 10), 20))
    for unit_id in TOWNSHIPS:
        left = _day(rng, date(2025, 3, 10), 150)
        _vacate(county, rng, taken, f"{unit_id}-staff-3", left, working_from(plus(left, rng.randint(50, 85))))
    leaves = _day(rng, date(2025, 6, 20), 20)
    _vacate(county, rng, taken, f"{BUREAU}-staff-6", leaves, working_from(plus(leaves, 30)))
    for unit_id in COVERED:
        from_on = _day(rng, date(2025, 3, 20), 170)
        absent, acting = (county.terms[f"{unit_id}-staff-{n}"][0].seat for n in (2, 1))
        acting = replace(acting, post_id=absent.post_id)
        county.covers.append(Cover(absent, acting, from_on, plus(from_on, rng.randint(40, 60))))
    return county


def _add_unit(county: County, rng: Random, taken: set[str], unit_id: str, name: str, kind: str, staff: int) -> None:
    county.units[unit_id] = Unit(unit_id, name, kind, staff, uscc(f"{rng.randrange(10**7, 10**8)}"))
    posts = [("head", "主要负责人", "main_leader"), ("deputy", "分管负责人", "leader_in_charge")]
    posts += [(f"staff-{n}", f"信访工作人员（{n}）", "staff") for n in range(1, staff + 1)]
    for suffix, title, rank in posts:
        post_id = f"{unit_id}-{suffix}"
        county.titles[post_id] = (unit_id, title, rank)
        since = plus(date(2020, 1, 6), rng.randint(0, 1600))
        _appoint(county, post_id, _hire(county, rng, taken, FIRST_DAY), since)


def _hire(county: County, rng: Random, taken: set[str], since: date) -> str:
    official_id = f"o{len(county.officials) + 1:03d}"
    county.officials[official_id] = (full_name(rng, taken), since)
    return official_id


def _appoint(county: County, post_id: str, official_id: str, from_on: date) -> Seat:
    seat = Seat(county.titles[post_id][0], post_id, official_id)
    county.terms.setdefault(post_id, []).append(Term(seat, from_on))
    return seat


def _end(county: County, post_id: str, day: date) -> Seat:
    term = county.terms[post_id][-1]
    county.terms[post_id][-1] = replace(term, to_on=day)
    return term.seat


def _exchange(county: County, one: str, other: str, day: date) -> None:
    """Two officials change places: the last day in the old post is the first in the new."""
    left, right = _end(county, one, day), _end(county, other, day)
    county.moves += [
        Move(left, day, successor=_appoint(county, one, right.official_id, day)),
        Move(right, day, successor=_appoint(county, other, left.official_id, day)),
    ]


def _vacate(county: County, rng: Random, taken: set[str], post_id: str, day: date, refilled_on: date) -> None:
    leaver = _end(county, post_id, day)
    _appoint(county, post_id, _hire(county, rng, taken, refilled_on), refilled_on)
    county.moves.append(Move(leaver, day, refilled_on=refilled_on))


def _day(rng: Random, start: date, spread: int) -> date:
    return working_from(plus(start, rng.randint(0, spread)))


def uscc(number: str) -> str:
    """
    A 统一社会信用代码 of an organ (11) of this county, from an eight-digit body code: GB 11714 and GB 32100 checks.
    """
    rest = -sum(int(c) * w for c, w in zip(number, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = f"11{DIVISION}{number}{'0123456789X'[rest]}"
    total = sum(USCC_ALPHABET.index(c) * pow(3, n, 31) for n, c in enumerate(code))
    return code + USCC_ALPHABET[-total % 31]
