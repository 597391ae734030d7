"""
Who held a duty on which days, and to whom the days are charged.

Days tile (arose, ended]: each has one holder; a change on a day leaves that day to the giver. Where two rules claim a
day: objection, block, hand-over, the assigned official, the post, in that order (docs/duties.md, Holding).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.duties.values import Interval, Party
from domain.law.calendar import Calendar, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.duties.due import Span
    from domain.duties.matter import Assigned, Objection
    from domain.law.rules import Limit
    from domain.people.register import Appointment, Register

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UnitSpan:
    """The days (after, until] at the level of units; `charged` None: to nobody, on `ground`."""

    after: date
    until: date | None
    unit_id: str
    charged: str | None
    ground: str | None
    evidence: tuple[int, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Who stood for a unit on a day, what is remarkable about it, and the entries that say so."""

    party: Party
    note: str | None
    evidence: tuple[int, ...] = ()


def unit_spans(
    bearer: str,
    changes: Sequence[tuple[date, str, int]],
    *,
    arose_on: date,
    ended_on: date | None,
    trigger_index: int,
) -> list[UnitSpan]:
    """The holder units one after the other, from the bearer through every hand-over."""
    spans: list[UnitSpan] = []
    after, unit, evidence = arose_on, bearer, trigger_index
    for day, to_unit, index in changes:
        if ended_on is not None and day >= ended_on:
            break
        if day > after:
            spans.append(UnitSpan(after, day, unit, unit, None, (evidence,)))
            after = day
        unit, evidence = to_unit, index
    if ended_on is None or ended_on > after:
        spans.append(UnitSpan(after, ended_on, unit, unit, None, (evidence,)))
    return spans


def succeed(spans: Iterable[UnitSpan], people: Register) -> list[UnitSpan]:
    """
    After a unit's last day its days are its successor's; with none named, those of the body above it, which must name
    one (`successor_gap`).
    """
    result: list[UnitSpan] = []
    for span in spans:
        rest, note, seen = span, span.note, {span.unit_id}
        while (unit := people.units.get(rest.unit_id)) and unit.valid_to is not None:
            if rest.until is not None and rest.until <= unit.valid_to:
                break
            heir = unit.successor_id or unit.parent_id
            if heir is None or heir in seen:
                break
            if unit.successor_id is None:
                note = "successor_gap"
            if unit.valid_to > rest.after:
                result.append(replace(rest, until=unit.valid_to))
                rest = replace(rest, after=unit.valid_to)
            charged = heir if rest.charged == rest.unit_id else rest.charged
            rest = replace(rest, unit_id=heir, charged=charged, note=note)
            seen.add(heir)
        result.append(rest)
    return result


def contest(spans: Iterable[UnitSpan], objection: Objection, cap: Limit | None, calendar: Calendar) -> list[UnitSpan]:
    """
    Give the days of an objection to the body that decides it. Refused: the first days, up to the cap, are charged to
    the objector. Not decided: charged to nobody.
    """
    first, last = objection.made_on, objection.decided_on
    evidence = (objection.recorded.log_index,) + ((objection.decided.log_index,) if objection.decided else ())
    decider = objection.addressee_unit_id
    capped = first if cap is None else count(first, cap.days, cap.counted_in, calendar).day
    result: list[UnitSpan] = []
    for span in spans:
        before, inside, after = cut(span, first, last)
        if before is not None:
            result.append(before)
        if inside is not None:
            held = replace(inside, unit_id=decider, charged=decider, ground=None, evidence=evidence)
            if objection.result is None:
                result.append(replace(held, charged=None, ground="contested"))
            elif objection.result == "refused" and cap is not None:
                _, recharged, rest = cut(held, first, capped)
                if recharged is not None:
                    result.append(replace(recharged, charged=objection.objector_unit_id, ground="recharge_cap"))
                if rest is not None:
                    result.append(rest)
            else:
                result.append(held)
        if after is not None:
            result.append(after)
    return result


def misdirect(spans: Iterable[UnitSpan], objection: Objection, received_on: date) -> list[UnitSpan]:
    """A hand-over whose objection was upheld: the days it lay with the objector are charged to who sent it there."""
    result: list[UnitSpan] = []
    for span in spans:
        before, inside, after = cut(span, received_on, objection.made_on)
        if inside is not None and inside.unit_id == objection.objector_unit_id:
            decided = (objection.decided.log_index,) if objection.decided is not None else ()
            evidence = (*inside.evidence, objection.recorded.log_index, *decided)
            inside = replace(inside, charged=objection.addressee_unit_id, ground="objection_upheld", evidence=evidence)
        result.extend(s for s in (before, inside, after) if s is not None)
    return result


def suspend(spans: Iterable[UnitSpan], pause: Span) -> list[UnitSpan]:
    """Charge the days of a suspension, first and last inside, to nobody."""
    result: list[UnitSpan] = []
    for span in spans:
        before, inside, after = cut(span, pause.first - ONE_DAY, pause.last)
        if inside is not None:
            evidence = (*inside.evidence, pause.log_index)
            inside = replace(inside, charged=None, ground="suspended", evidence=evidence)
        result.extend(s for s in (before, inside, after) if s is not None)
    return result


def excuse(spans: Iterable[UnitSpan], index: int) -> list[UnitSpan]:
    """The days of a duty that was excused are charged to nobody."""
    return [replace(s, charged=None, ground="excused", evidence=(*s.evidence, index)) for s in spans]


def cut(span: UnitSpan, first: date, last: date | None) -> tuple[UnitSpan | None, UnitSpan | None, UnitSpan | None]:
    """Split (after, until] at (first, last]: what lies before, inside and after; None where there are no days."""
    far = date.max
    start, end = span.after, span.until or far
    lo, hi = max(start, first), min(end, last or far)
    if hi <= lo:
        return span, None, None
    before = replace(span, until=lo) if lo > start else None
    inside = replace(span, after=lo, until=None if hi == far else hi)
    after = replace(span, after=hi, until=span.until) if end > hi else None
    return before, inside, after


class Stands:
    """
    Who stood for a unit on a day. Each answer of the register is kept: it does not change while cases are folded under
    one law, and the same days are asked of it again and again.
    """

    def __init__(self, people: Register) -> None:
        self.people = people
        self._seen: dict[tuple[str, date, Assigned | None], Seen] = {}
        self._holders: dict[tuple[str, date], Appointment | None] = {}
        self._post_changes: dict[str, set[date]] = {}
        self._leading: dict[str, tuple[tuple[str, ...], set[date]]] = {}

    def for_unit(self, unit_id: str, day: date, assigned: Sequence[Assigned]) -> Seen:
        """
        Who stood for the unit at the start of `day`: the official assigned to the matter while still in the post; then
        the post and whoever is in it; with nobody assigned yet, the unit's main leader.
        """
        before = bisect_left(assigned, day, key=lambda a: a.on)
        current = assigned[before - 1] if before else None
        key = (unit_id, day, current)
        if (seen := self._seen.get(key)) is None:
            seen = self._seen[key] = self._for_unit(unit_id, day, current)
        return seen

    def _for_unit(self, unit_id: str, day: date, current: Assigned | None) -> Seen:
        people = self.people
        if current is None:
            return self._leader_of(unit_id, day)
        official, post = current.official_id, current.post_id
        said: tuple[int, ...] = (current.log_index,)
        if official is not None:
            if not people.official_posts.get(official):
                return Seen(Party(unit_id, official, None), None, said)  # no posts in the register: the source's word
            if post is None:
                held = people.posts_of(official, unit_id, day)
                if held:
                    return Seen(Party(unit_id, official, held[0]), None, said + self._appointed(held[0], day))
                # Gone from the unit: the post in which the official was assigned answers.
                post = next((p for p in people.posts_in(official, unit_id, current.on)), None)
            if post is None:
                return self._leader_of(unit_id, day, note="not_reassigned")
        if post is None:
            raise AssertionError("an assignment names an official or a post")
        said += self._appointed(post, day)
        holder = self.holder_of(post, day)
        if holder is None:
            return Seen(Party(unit_id, None, post), "vacant_post", said)
        party = Party(unit_id, holder.official_id, post)
        if official is None or holder.official_id == official:
            return Seen(party, None, said)
        is_covered_for = holder.kind == "acting" and official in {a.official_id for a in people.in_post_on(post, day)}
        return Seen(party, None if is_covered_for else "not_reassigned", said)

    def holder_of(self, post: str, day: date) -> Appointment | None:
        if (post, day) not in self._holders:
            self._holders[post, day] = self.people.holder_of(post, day)
        return self._holders[post, day]

    def _appointed(self, post: str, day: date) -> tuple[int, ...]:
        """The entries that say who was in the post on that day or, where nobody was, who left it last."""
        left = [a for a in self.people.appointments.get(post, ()) if a.to_on < day]
        last = max(left, key=lambda a: a.to_on).indexes if left else ()
        holder = self.holder_of(post, day)
        return last if holder is None else holder.indexes[:1] + last[-1:]

    def _leader_of(self, unit_id: str, day: date, note: str = "no_handler_assigned") -> Seen:
        posts = [p for p in self.people.leading_posts(unit_id, day) if p.rank == "main_leader"]
        for post in posts:
            if (holder := self.holder_of(post.post_id, day)) is not None:
                return Seen(Party(unit_id, holder.official_id, post.post_id), note, holder.indexes[:1])
        if posts:
            vacant = posts[0].post_id
            return Seen(Party(unit_id, None, vacant), "vacant_post", self._appointed(vacant, day))
        return Seen(Party(unit_id, None, None), note)

    def changes(self, unit_id: str, assigned: Sequence[Assigned]) -> set[date]:
        """The days on whose start the person standing for the unit may change."""
        leading, days = self._leading_of(unit_id)
        posts = {*leading, *(a.post_id for a in assigned if a.post_id is not None)}
        for official in {a.official_id for a in assigned if a.official_id is not None}:
            posts.update(self.people.official_posts.get(official, ()))
        days = days | {a.on + ONE_DAY for a in assigned}
        return days.union(*(self._changes_of(post) for post in posts))

    def _changes_of(self, post: str) -> set[date]:
        if post not in self._post_changes:
            self._post_changes[post] = self.people.changes(post)
        return self._post_changes[post]

    def _leading_of(self, unit_id: str) -> tuple[tuple[str, ...], set[date]]:
        """The posts that ever led a unit, and the days on which there began or ceased to be one."""
        if unit_id not in self._leading:
            posts = self.people.leading_posts(unit_id)
            first = {p.valid_from for p in posts if p.valid_from is not None}
            after = {p.valid_to + ONE_DAY for p in posts if p.valid_to is not None}
            self._leading[unit_id] = (tuple(p.post_id for p in posts), first | after)
        return self._leading[unit_id]


def to_parties(
    spans: Iterable[UnitSpan], assigned: Mapping[str, Sequence[Assigned]], stands: Stands
) -> tuple[Interval, ...]:
    """Name, within each unit's days, the official and the post who stood for it, split where that changes."""
    result: list[Interval] = []
    for span in spans:
        units = {span.unit_id} | ({span.charged} if span.charged is not None else set())
        cuts = sorted(
            day - ONE_DAY
            for unit in units
            for day in stands.changes(unit, assigned.get(unit, ()))
            if span.after < day - ONE_DAY and (span.until is None or day - ONE_DAY < span.until)
        )
        after = span.after
        for until in (*dict.fromkeys(cuts), span.until):
            day = after + ONE_DAY
            seen = stands.for_unit(span.unit_id, day, assigned.get(span.unit_id, ()))
            charged: Seen | None = None
            if span.charged == span.unit_id:
                charged = seen
            elif span.charged is not None:
                charged = stands.for_unit(span.charged, day, assigned.get(span.charged, ()))
            interval = Interval(
                after,
                until,
                held_by=seen.party,
                charged_to=charged.party if charged is not None else None,
                ground=span.ground,
                note=span.note or seen.note,
                charged_note=span.note or (charged.note if charged is not None else None),
                evidence=_together(span.evidence, seen.evidence, charged.evidence if charged is not None else ()),
            )
            last = result[-1] if result else None
            if last is not None and last.until == after and _same(last, interval):
                result[-1] = replace(last, until=until, evidence=_together(last.evidence, interval.evidence))
            else:
                result.append(interval)
            if until is not None:
                after = until
    return tuple(result)


def _together(*evidence: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({index for part in evidence for index in part}))


def _same(a: Interval, b: Interval) -> bool:
    return (a.held_by, a.charged_to, a.ground, a.note, a.charged_note) == (
        b.held_by,
        b.charged_to,
        b.ground,
        b.note,
        b.charged_note,
    )
