"""
Standing duties: owed again in every period by the posts a pack names, met by a filed act of a kind.

Pure: packs with the days they were adopted, register, calendar, filed acts, the day asked. Each period is owed once,
under the text adopted before it began and the version in force on its first day; it keeps them. A post owes it whoever
is in it, so a hand-over within the period moves the holder and not the duty. Vacant post: the unit, and nobody in it.
tests/domain/duties/test_standing_duties.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.case.events.filed import ActFiled
from domain.duties.values import Duty, End, Interval, Party, duty_id
from domain.law.calendar import count
from domain.people.register import FIRST_DAY, LAST_DAY, RANKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from domain.law.cadence import Period
    from domain.law.in_force import Adoption, Law
    from domain.law.standing import Bearer, StandingRule
    from domain.people.register import Post, Register, Unit
    from domain.recorded import Recorded

ONE_DAY = timedelta(days=1)
SOURCE = "standing"


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed act: its day, and the days it speaks of (its own day where it names none)."""

    recorded: Recorded
    event: ActFiled
    on: date
    first: date
    last: date


Acts = dict[tuple[str, str | None], list[Filed]]  # by kind and who filed; None: whoever did


@dataclass(frozen=True, slots=True)
class Owing:
    """Who owes one period: a post, or a unit through the first of its posts that is meant (None: it has none)."""

    unit_id: str
    post_id: str | None
    stream: str
    is_unit: bool

    @property
    def name(self) -> str:
        return self.stream.partition("/")[2]


def standing_duties(
    law: Law, filed: Iterable[Recorded], until: date, streams: Collection[str] | None = None
) -> list[Duty]:
    """
    Every period of every standing duty that began on or before `until`. `filed` is a view: what was claimed by then.
    `streams`: the posts and units asked for; None for all.
    """
    acts = _by_kind(filed, law.rules.zone(SOURCE))
    return [_duty(law, acts, *owed) for owed in _owed(law, until, streams)]


def as_seen(
    law: Law, filed: Iterable[Recorded], until: date, streams: Collection[str] | None = None
) -> Iterator[list[tuple[datetime, Duty]]]:
    """
    Each duty with the moments from which a view has it so: its period's first, and that of each filing that bears on
    it. `streams`: the posts and units asked for; None for all.
    """
    acts = _by_kind(filed, law.rules.zone(SOURCE))
    zone = ZoneInfo(law.rules.zone(SOURCE))
    for adoption, rule, owing, period in _owed(law, until, streams):
        bearing = {
            **{
                k: [a for a in acts.get((k, owing.unit_id), ()) if _meets(a, owing, period, rule, law.people)]
                for k in rule.discharged_by
            },
            **{
                k: [a for a in acts.get((k, None), ()) if _excuses(a, owing, period, law.people)]
                for k in rule.excused_by
            },
        }
        arose = datetime.combine(period.first, time(), zone).astimezone(UTC)
        moments = {arose, *(a.recorded.occurred_at for found in bearing.values() for a in found)}
        yield [
            (at, _duty(law, _until(bearing, owing.unit_id, at), adoption, rule, owing, period))
            for at in sorted(m for m in moments if m >= arose)
        ]


def _owed(
    law: Law, until: date, streams: Collection[str] | None
) -> Iterator[tuple[Adoption, StandingRule, Owing, Period]]:
    """Every period that began by that day, with who owes it."""
    asked = _asked(law.people, streams)
    for adoption, rule, since, to in _in_force(law, until):
        for label, first, last in rule.cadence.periods(since, to):
            if rule.cadence.every == "each_working_day" and not law.calendar.published_by(first).is_working(first):
                continue
            period = rule.cadence.period(label, first, last, law.calendar, is_open=rule.rule.no_due == "age")
            for owing in _owing(rule.bearer, law, first, asked):
                if streams is None or owing.stream in streams:
                    yield adoption, rule, owing, period


def _until(bearing: dict[str, list[Filed]], unit_id: str, at: datetime) -> Acts:
    """What bears on one duty and was claimed by that moment."""
    return {
        (kind, by): [a for a in found if a.recorded.occurred_at <= at]
        for kind, found in bearing.items()
        for by in (unit_id, None)
    }


def _in_force(law: Law, until: date) -> Iterator[tuple[Adoption, StandingRule, date, date]]:
    """
    Each version with the days on which a period may begin under it: after the day its text was adopted, up to the day
    on which another text of that pack was, and while the version itself is in force.
    """
    for adoptions in law.adoptions.values():
        for n, adoption in enumerate(adoptions):
            after = _adopted_on(adoption)
            replaced = _adopted_on(adoptions[n + 1]) if n + 1 < len(adoptions) else LAST_DAY
            for rule in adoption.local.standing:
                since = max(after + ONE_DAY, rule.rule.in_force_from or FIRST_DAY)
                to = min(replaced, rule.rule.in_force_to or LAST_DAY, until)
                if since <= to:
                    yield adoption, rule, since, to


def _adopted_on(adoption: Adoption) -> date:
    return adoption.recorded.recorded_at.astimezone(ZoneInfo(adoption.local.zone)).date()


# -- who owes it -------------------------------------------------------------------------------------------------------


def _asked(people: Register, streams: Collection[str] | None) -> tuple[list[Post], list[Unit]]:
    """
    The posts and units that may owe what is asked, in the order of the register. Those of the streams asked for are
    looked up by name, with every post of a unit: a register that can list nothing (of an evidence file) answers too.
    """
    if streams is None:
        return list(people.posts.values()), list(people.units.values())
    posts: dict[str, Post] = {}
    units: list[Unit] = []
    for kind, name in sorted((kind, name) for kind, _, name in (stream.partition("/") for stream in streams)):
        if kind == "unit" and (unit := people.units.get(name)) is not None:
            units.append(unit)
        for post_id in [name] if kind == "post" else people.unit_posts.get(name, ()) if kind == "unit" else ():
            post = people.posts.get(post_id)
            if post is not None and (kind == "post" or post.unit_id == name):
                posts.setdefault(post_id, post)
    return list(posts.values()), units


def _owing(bearer: Bearer, law: Law, day: date, asked: tuple[list[Post], list[Unit]]) -> list[Owing]:
    """The posts, or units, among those asked for that owe a period beginning on that day."""
    people = law.people
    named = set(bearer.posts) | (_tagged(bearer.tag, law, day) if bearer.tag is not None else set())
    posts = [
        post
        for post in asked[0]
        if (post.post_id in named or _is_meant(post, bearer, people))
        and _exists(post, people, day)
        and (bearer.under is None or _is_under(post.unit_id, bearer.under, people))
    ]
    if bearer.per == "post":
        return [Owing(p.unit_id, p.post_id, f"post/{p.post_id}", is_unit=False) for p in posts]
    units: dict[str, str | None] = {}
    for post in sorted(posts, key=lambda p: RANKS.index(p.rank)):
        units.setdefault(post.unit_id, post.post_id)
    if bearer.unit_kinds:
        for unit in asked[1]:
            is_there = (unit.valid_from or FIRST_DAY) <= day <= (unit.valid_to or LAST_DAY)
            is_inside = bearer.under is None or _is_under(unit.unit_id, bearer.under, people)
            if unit.kind in bearer.unit_kinds and is_there and is_inside and unit.unit_id not in units:
                units[unit.unit_id] = None
    # A unit is asked for itself: of its posts alone, not all may be there.
    order = [unit.unit_id for unit in asked[1]]
    found = sorted((item for item in units.items() if item[0] in order), key=lambda item: order.index(item[0]))
    return [Owing(unit, post, f"unit/{unit}", is_unit=True) for unit, post in found]


def _is_meant(post: Post, bearer: Bearer, people: Register) -> bool:
    return post.rank in bearer.ranks and people.units[post.unit_id].kind in bearer.unit_kinds


def _tagged(tag: str, law: Law, day: date) -> set[str]:
    """The posts that a tag means, by the newest text of every pack adopted before that day."""
    found: set[str] = set()
    for adoptions in law.adoptions.values():
        before = [a for a in adoptions if _adopted_on(a) < day]
        if before:
            found |= {post for name, posts in before[-1].local.tags if name == tag for post in posts}
    return found


def _exists(post: Post, people: Register, day: date) -> bool:
    """Whether post and unit were there that day. A post without a first day is there from its entry in the register."""
    since = post.valid_from
    if since is None:
        since = post.established_at.astimezone(UTC).date() if post.established_at is not None else FIRST_DAY
    unit = people.units[post.unit_id]
    is_there = since <= day <= (post.valid_to or LAST_DAY)
    return is_there and (unit.valid_from or FIRST_DAY) <= day <= (unit.valid_to or LAST_DAY)


def _is_under(unit_id: str, top: str, people: Register) -> bool:
    seen: set[str] = set()
    here: str | None = unit_id
    while here is not None and here not in seen:
        if here == top:
            return True
        seen.add(here)
        unit = people.units.get(here)
        here = unit.parent_id if unit is not None else None
    return False


# -- one period --------------------------------------------------------------------------------------------------------


def _duty(law: Law, acts: Acts, adoption: Adoption, rule: StandingRule, owing: Owing, period: Period) -> Duty:
    ended, trace = _ended(law, acts, rule, owing, period)
    zone = adoption.local.zone
    trigger = adoption.recorded
    intervals = _intervals(owing, period.first, ended.on if ended is not None else None, law.people)
    return Duty(
        duty_id=duty_id(owing.stream, trigger.log_index, f"{rule.obligation}\n{period.label}"),
        rule=rule.rule,
        stream=owing.stream,
        case_no=f"{owing.name}/{period.label}",
        source=SOURCE,
        zone=zone,
        trigger=trigger,
        arose_at=datetime.combine(period.first, time(), ZoneInfo(zone)).astimezone(UTC),
        arose_on=period.first,
        bearer=intervals[0].held_by,
        bearer_note=intervals[0].note,
        due_on=period.due_on,
        due_at=None,
        is_provisional=period.is_provisional,
        trace=(*period.trace, *trace),
        intervals=intervals,
        ended=ended,
    )


def _ended(
    law: Law, acts: Acts, rule: StandingRule, owing: Owing, period: Period
) -> tuple[End | None, tuple[str, ...]]:
    """How the period ended, and what is to be said about it: met, not owed, excused, or not ended."""
    met = [
        a
        for kind in rule.discharged_by
        for a in acts.get((kind, owing.unit_id), ())
        if _meets(a, owing, period, rule, law.people)
    ]
    if met:
        act = min(met, key=lambda a: (a.recorded.occurred_at, a.recorded.log_index))
        is_on_claim = period.due_on is not None and act.on <= period.due_on and not _is_on_record(act, period, law)
        at, index = act.recorded.occurred_at, act.recorded.log_index
        return End("discharged", act.event.kind, at, act.on, (index,), is_on_claim=is_on_claim), ()
    if rule.min_held_percent is not None and owing.post_id is not None and not owing.is_unit:
        days = [period.first + ONE_DAY * n for n in range((period.last - period.first).days + 1)]
        held = sum(law.people.holder_of(owing.post_id, day) is not None for day in days)
        if held * 100 < rule.min_held_percent * len(days):
            said = f"本周期 {len(days)} 日，岗位有人 {held} 日，不足 {rule.min_held_percent}%，不计（惯例）"
            midnight = datetime.combine(period.first, time(), UTC)
            return End("void", "post_not_held", midnight, period.last, ()), (said,)
    for kind in rule.excused_by:
        for act in acts.get((kind, None), ()):
            if _excuses(act, owing, period, law.people):
                on = act.on if period.due_on is None else min(act.on, period.due_on)
                on = max(on, period.first)
                return End("excused", kind, act.recorded.occurred_at, on, (act.recorded.log_index,)), ()
    return None, ()


def _meets(act: Filed, owing: Owing, period: Period, rule: StandingRule, people: Register) -> bool:
    """Whether an act was filed for this period, by this unit or by who held this post (the acting holder too)."""
    event, last = act.event, period.last
    if rule.cadence.on_day is not None and period.due_on is not None:
        last = max(last, period.due_on)  # the day itself may have rolled out of the month
    if any(event.numbers.get(name, 0) < number for name, number in rule.at_least):
        return False
    if event.unit_id != owing.unit_id or not (period.opens <= act.first and act.last <= last):
        return False
    if owing.is_unit:
        return True
    if owing.post_id is None or event.post_id not in (None, owing.post_id):
        return False
    if event.official_id is None:
        return act.recorded.imported and event.post_id == owing.post_id
    return any(a.official_id == event.official_id for a in people.in_post_on(owing.post_id, act.on))


def _excuses(act: Filed, owing: Owing, period: Period, people: Register) -> bool:
    """
    Whether a filing excuses the period: it names the post or unit, speaks of every day on which the duty could have
    been met in time, and comes from a body that is neither the bearer's unit nor under it.
    """
    last = period.due_on if period.due_on is not None else period.last
    covers = act.first <= period.opens and last <= act.last
    return (
        owing.stream in act.event.refers_to
        and covers
        and act.event.unit_id != owing.unit_id
        and not _is_under(act.event.unit_id, owing.unit_id, people)
    )


def _is_on_record(act: Filed, period: Period, law: Law) -> bool:
    """Whether its claimed day may be believed: recorded by the due day, or within the pack's grace for entries."""
    grace = law.rules.conventions(SOURCE).entry_grace
    if act.recorded.imported or grace is None:
        return True
    recorded_on = act.recorded.recorded_at.astimezone(ZoneInfo(law.rules.zone(SOURCE))).date()
    if recorded_on <= act.on or (period.due_on is not None and recorded_on <= period.due_on):
        return True
    return recorded_on <= count(act.on, grace.days, grace.counted_in, law.calendar).day


def _intervals(owing: Owing, first: date, ended_on: date | None, people: Register) -> tuple[Interval, ...]:
    """The days from the period's first to the end of the duty, by who was in the post at the start of each."""
    after = first - ONE_DAY  # the first day is held as the others are
    if owing.post_id is None:
        return (Interval(after, ended_on, Party(owing.unit_id), Party(owing.unit_id)),)
    post = owing.post_id
    cuts = sorted(d - ONE_DAY for d in people.changes(post) if after < d - ONE_DAY < (ended_on or LAST_DAY))
    result: list[Interval] = []
    for until in (*dict.fromkeys(cuts), ended_on):
        interval = _held(owing, post, after, until, people)
        if result and result[-1].held_by == interval.held_by:
            before = result.pop()
            interval = Interval(
                before.after, until, interval.held_by, interval.charged_to, note=interval.note, evidence=before.evidence
            )
        result.append(interval)
        if until is not None:
            after = until
    return tuple(result)


def _held(owing: Owing, post: str, after: date, until: date | None, people: Register) -> Interval:
    day = after + ONE_DAY
    holder = people.holder_of(post, day)
    if holder is not None:
        party = Party(owing.unit_id, holder.official_id, post)
        return Interval(after, until, party, party, evidence=holder.indexes[:1])
    party = Party(owing.unit_id, None, post)
    left = [a for a in people.appointments.get(post, ()) if a.to_on < day]
    said = max(left, key=lambda a: a.to_on).indexes[-1:] if left else ()
    return Interval(after, until, party, party, note="vacant_post", charged_note="vacant_post", evidence=said)


def _by_kind(filed: Iterable[Recorded], zone: str) -> Acts:
    found: Acts = {}
    for recorded in filed:
        event = recorded.event
        # A filing about an office counts where its own unit's filings are: there, silence can be proved.
        if isinstance(event, ActFiled) and recorded.stream == f"office/{event.unit_id}":
            on = recorded.occurred_at.astimezone(ZoneInfo(zone)).date()
            act = Filed(recorded, event, on, event.period_from or on, event.period_to or on)
            for by in (event.unit_id, None):
                found.setdefault((event.kind, by), []).append(act)
    return found


def filings(history: Iterable[Sequence[Recorded]]) -> list[Recorded]:
    """What was filed in these streams, in log order."""
    return sorted((r for acts in history for r in acts if isinstance(r.event, ActFiled)), key=lambda r: r.log_index)
