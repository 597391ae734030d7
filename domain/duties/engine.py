"""
duties(history, rules, calendar, people): every duty that the recorded acts of one case gave rise to.

The history is a view (domain.duties.view): acts of one stream in order. Nothing else enters: no clock, no database.
Each act first moves the matter on, then ends or extends the duties it concerns, then gives rise to new ones.
tests/domain/duties holds the worked example of duties.md and its properties over random histories.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.case import events as e
from domain.case.events import name_of
from domain.duties import holding
from domain.duties.due import Due, Span, due_day
from domain.duties.matter import Assigned, Matter, follow
from domain.duties.values import Duty, End, ExtensionJudged, duty_id
from domain.law.calendar import Calendar, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.law.rules import Limit, Rule, Rulebook
    from domain.people.register import Register
    from domain.recorded import Recorded


@dataclass(slots=True)
class _Draft:
    """A duty while the acts after its trigger are read."""

    rule: Rule
    trigger: Recorded
    arose_on: date
    arose_at: datetime
    bearer: str
    given: date | None
    due_at: datetime | None
    hand_over: int | None
    refs: frozenset[int]
    own: Assigned | None
    due: Due | None = None
    extra_days: int = 0
    extensions: list[ExtensionJudged] = field(default_factory=list)
    unit_changes: list[tuple[date, str, int]] = field(default_factory=list)
    claim: Recorded | None = None
    ended: End | None = None
    marks: list[str] = field(default_factory=list)
    disputed_at: datetime | None = None

    @property
    def unit_id(self) -> str:
        """The unit that holds it now."""
        return self.unit_changes[-1][1] if self.unit_changes else self.bearer


class Fold:
    """The fold over one case. Everything it knows is in the view, the rules, the calendar and the register."""

    def __init__(self, rules: Rulebook, calendar: Calendar, people: Register, source: str) -> None:
        self.seen: list[Recorded] = []
        self.rules = rules
        self.calendar = calendar
        self.people = people
        self.source = source
        self.zone = ZoneInfo(rules.zone(source))
        self.grace: Limit | None = rules.conventions(source).entry_grace
        self.matter = Matter(self.zone)
        self.drafts: list[_Draft] = []
        self.used: set[int] = set()

    def run(self, history: Sequence[Recorded]) -> None:
        """Fold these acts in; may be called again with the acts that follow."""
        for recorded in history:
            self.seen.append(recorded)
            event: Any = recorded.event
            follow(self.matter, recorded, event)
            self._move(recorded, event)
            is_valid = self._extend(recorded, event)
            names = _names(recorded, event)
            self._end(recorded, event, names)
            for name in names:
                for rule in self.rules.arising(self.source, name, self.matter.day(recorded)):
                    self._arise(rule, recorded, event, is_valid=is_valid)

    # -- what arises ---------------------------------------------------------------------------------------------

    def _arise(self, rule: Rule, recorded: Recorded, event: Any, *, is_valid: bool) -> None:
        bearer = self._bearer(rule, event)
        sent = self._hand_over_of(event)
        act = {f.name: getattr(event, f.name) for f in fields(event)} | {"is_valid": is_valid}
        unit = self.people.units.get(bearer)
        facts = {
            "act": act,
            "receiver": {"kind": unit.kind if unit is not None else "other"},
            "bearer": {"unit_id": bearer},
            "matter": {"category": self.matter.category},
            "assignment": {"report_by": sent.report_by if sent is not None else None},
        }
        if not rule.when(facts):
            return
        arose_on = self.matter.day(recorded)
        given, due_at = self._given(rule, facts, event)
        if given is not None and given <= arose_on and rule.no_due == "finding":
            given = None  # a day not after the day it arose is no day set
        if rule.due_from is not None and given is None and due_at is None and rule.no_due == "none":
            return
        own = None
        if rule.bearer == "approver" and (event.official_id is not None or event.post_id is not None):
            own = Assigned(arose_on, event.official_id, event.post_id, recorded.log_index)
        draft = _Draft(
            rule=rule,
            trigger=recorded,
            arose_on=arose_on,
            arose_at=recorded.occurred_at,
            bearer=bearer,
            given=given,
            due_at=due_at,
            hand_over=self._hand_over_version(event),
            refs=frozenset(
                {recorded.version} | ({event.opinion_version} if hasattr(event, "opinion_version") else set())
            ),
            own=own,
        )
        self._settle_due(draft)
        self.drafts.append(draft)
        self._end_by_earlier_claim(draft)

    def _given(self, rule: Rule, facts: dict[str, dict[str, Any]], event: Any) -> tuple[date | None, datetime | None]:
        """The due day or moment which an act gave, where the rule leaves it to the act."""
        if rule.due_from is None:
            return None, None
        root, _, name = rule.due_from.partition(".")
        if root == "extended":
            return self._extended_base(event), None
        if name.startswith("due."):
            text = dict(event.due).get(name.removeprefix("due."))
            return None, datetime.fromisoformat(text) if text is not None else None
        value = facts[root].get(name)
        return (value, None) if isinstance(value, date) else (None, None)

    def _extended_base(self, event: e.ExtensionApproved) -> date | None:
        extended = self._extended(event)
        return extended.due.base_on if extended is not None and extended.due is not None else None

    def _bearer(self, rule: Rule, event: Any) -> str:
        match rule.bearer:
            case "addressee":
                if isinstance(event, e.JurisdictionObjected):
                    sent = self.matter.hand_overs.get(event.of_version)
                    return sent.sender_unit_id if sent is not None else str(event.unit_id)
                return str(getattr(event, "addressee_unit_id", None) or getattr(event, "to_unit_id", event.unit_id))
            case "executor":
                return str(event.executor_unit_id or event.unit_id)
            case "holder":
                return str(self.matter.holder_unit_id or event.unit_id)
            case _:
                return str(event.unit_id)

    def _hand_over_version(self, event: Any) -> int | None:
        return event.of_version if isinstance(event, (e.ReceiptSigned, e.JurisdictionObjected)) else None

    def _hand_over_of(self, event: Any) -> Any:
        version = self._hand_over_version(event)
        return self.matter.hand_overs.get(version) if version is not None else None

    def _settle_due(self, draft: _Draft, ended_on: date | None = None) -> None:
        if draft.rule.within is None and draft.given is None:
            return
        draft.due = due_day(
            draft.rule,
            draft.arose_on,
            self.calendar,
            given=draft.given,
            suspensions=self._pauses(draft),
            extra_days=draft.extra_days,
            ended_on=ended_on,
        )

    def _pauses(self, draft: _Draft) -> list[Span]:
        return list(self.matter.hearings) if "hearing" in draft.rule.pauses else []

    # -- what an act does to the duties there are ----------------------------------------------------------------

    def _move(self, recorded: Recorded, event: Any) -> None:
        """A hand-over moves the duties that run on the case and were held by the giver; an objection contests."""
        day = self.matter.day(recorded)
        match event:
            case e.ReceiptSigned() if sent := self.matter.hand_overs.get(event.of_version):
                self._pass(day, sent.sender_unit_id, event.unit_id, recorded)
            case e.HandedOver():
                before = self.matter.holdings[-2].unit_id if len(self.matter.holdings) > 1 else event.unit_id
                self._pass(day, before, event.to_unit_id, recorded)
            case e.JurisdictionObjected():
                objection = self.matter.objections.get(recorded.version)
                window = self._window(event.of_version)
                if objection is not None:
                    objection.is_in_time = window is not None and window.due is not None and day <= window.due.on
                    if not objection.is_in_time:
                        self._mark(event.of_version, "late_objection")
            case e.ObjectionDecided() if event.result == "upheld":
                objection = self.matter.objections.get(event.objection_version)
                if objection is not None:
                    self._pass(day, objection.objector_unit_id, objection.addressee_unit_id, recorded)
                    self._misdirected(objection.hand_over_version)
            case e.HearingConvened() | e.HearingClosed():
                for draft in self._open():
                    if "hearing" in draft.rule.pauses:
                        self._settle_due(draft)
            case e.OpinionSetAsideServed():
                for draft in self.drafts:
                    if draft.ended is not None and "handling_opinion_served" in draft.rule.discharged_by:
                        draft.marks.append("set_aside")
            case e.SatisfactionRated() if event.contradicts is not None:
                for draft in self.drafts:
                    is_executed = draft.ended is not None and draft.ended.kind == "discharged" and draft.rule.claimed_by
                    if is_executed and event.contradicts in draft.refs and draft.disputed_at is None:
                        draft.disputed_at = recorded.occurred_at
            case _:
                pass

    def _pass(self, day: date, giver: str, taker: str, recorded: Recorded) -> None:
        for draft in self._open():
            if draft.rule.runs_on == "case" and draft.unit_id == giver and draft.trigger is not recorded:
                draft.unit_changes.append((day, taker, recorded.log_index))

    def _window(self, hand_over: int) -> _Draft | None:
        return next((d for d in self.drafts if d.rule.kind == "window" and d.hand_over == hand_over), None)

    def _mark(self, hand_over: int, mark: str) -> None:
        for draft in self.drafts:
            if draft.hand_over == hand_over and draft.rule.kind == "duty":
                draft.marks.append(mark)

    def _misdirected(self, hand_over: int) -> None:
        sent = self.matter.hand_overs[hand_over]
        for draft in self.drafts:
            if draft.ended is not None and sent.recorded.log_index in draft.ended.evidence:
                draft.marks.append("misdirected")

    def _open(self) -> list[_Draft]:
        return [d for d in self.drafts if d.ended is None and d.rule.kind == "duty"]

    def _end(self, recorded: Recorded, event: Any, names: tuple[str, ...]) -> None:
        for draft in self._open():
            if not _concerns(event, draft):
                continue
            if any(n in draft.rule.voided_by for n in names) and self._voids(event, draft):
                draft.ended = self._ended("void", recorded, recorded.occurred_at)
            elif any(n in draft.rule.discharged_by for n in names) and self._is_bearers(event, draft):
                self._discharge(draft, recorded)
            elif any(n in draft.rule.ended_by for n in names):
                draft.ended = self._ended("released", recorded, recorded.occurred_at)
            elif any(n in draft.rule.claimed_by for n in names) and draft.claim is None:
                draft.claim = recorded

    def _voids(self, event: Any, draft: _Draft) -> bool:
        """An objection upheld voids what arose from that hand-over, if the objection was made in time."""
        if not isinstance(event, e.ObjectionDecided):
            return True
        objection = self.matter.objections.get(event.objection_version)
        return objection is not None and objection.is_in_time and objection.hand_over_version == draft.hand_over

    def _is_bearers(self, event: Any, draft: _Draft) -> bool:
        """A duty that stays with its bearer is discharged by the bearer's own act; one on the case by anybody's."""
        if draft.rule.runs_on == "case" or isinstance(event, e.ReceiptSigned):
            return True
        return self.people.unit_on(draft.bearer, date.max) == self.people.unit_on(event.unit_id, date.max)

    def _discharge(self, draft: _Draft, recorded: Recorded) -> None:
        counted = draft.claim or recorded
        at = counted.occurred_at
        if at < draft.arose_at:
            at = draft.arose_at  # claimed before its cause: counts from the cause
            draft.marks.append("order_implausible")
        end = self._ended("discharged", recorded, at)
        if draft.claim is not None:
            end = End(end.kind, end.name, at, end.on, (draft.claim.log_index, recorded.log_index))
        elif self._is_on_claim(draft, recorded, end):
            end = End(end.kind, end.name, at, end.on, end.evidence, is_on_claim=True)
        draft.ended = end
        self.used.add(recorded.log_index)

    def _is_on_claim(self, draft: _Draft, recorded: Recorded, end: End) -> bool:
        """In time by its author's word alone: recorded after the due day and after the pack's grace for entries."""
        due_on = draft.due.on if draft.due is not None else None
        if due_on is None or recorded.imported or self.grace is None or end.on > due_on:
            return False
        recorded_on = recorded.recorded_at.astimezone(self.zone).date()
        grace_ends = count(end.on, self.grace.days, self.grace.counted_in, self.calendar).day
        event: Any = recorded.event
        is_own_word = event.unit_id == draft.unit_id and getattr(event, "proof", None) is None
        return is_own_word and recorded_on > max(due_on, grace_ends)

    def _end_by_earlier_claim(self, draft: _Draft) -> None:
        """
        An act recorded after the trigger but claimed for a moment before it: it counts from the trigger.
        """
        for recorded in self.seen:
            if recorded.occurred_at > draft.arose_at or recorded is draft.trigger:
                break
            late = recorded.log_index > draft.trigger.log_index and recorded.log_index not in self.used
            event: Any = recorded.event
            if late and name_of(recorded.topic) in draft.rule.discharged_by and _concerns(event, draft):
                self._discharge(draft, recorded)
                return

    def _ended(self, kind: str, recorded: Recorded, at: datetime) -> End:
        on = at.astimezone(self.zone).date()
        return End(kind, name_of(recorded.topic), at, on, (recorded.log_index,))

    # -- extensions ----------------------------------------------------------------------------------------------

    def _extended(self, event: e.ExtensionApproved) -> _Draft | None:
        return next(
            (
                d
                for d in reversed(self.drafts)
                if d.rule.obligation == event.obligation and d.trigger.version == event.trigger_version
            ),
            None,
        )

    def _extend(self, recorded: Recorded, event: Any) -> bool:
        """Judge an extension and move the due day where it is valid; every defect is kept."""
        if not isinstance(event, e.ExtensionApproved):
            return False
        draft = self._extended(event)
        if draft is None or draft.due is None or draft.rule.extension is None:
            return False
        rule, day = draft.rule.extension, self.matter.day(recorded)
        defects: list[str] = []
        if day > draft.due.on or draft.ended is not None:
            defects.append("extension_late")
        if not self._has_authority(rule.by, event, draft, recorded):
            defects.append("extension_wrong_post")
        if rule.times is not None and sum(1 for x in draft.extensions if x.days) >= rule.times:
            defects.append("extension_repeated")
        days = 0 if defects else event.days
        if rule.max_days is not None and event.days > rule.max_days:
            defects.append("extension_too_long")
            days = min(days, rule.max_days)
        draft.extensions.append(ExtensionJudged(recorded.log_index, day, days, tuple(defects)))
        if days:
            draft.extra_days += days
            self._settle_due(draft)
        return days > 0

    def _has_authority(self, by: str, event: e.ExtensionApproved, draft: _Draft, recorded: Recorded) -> bool:
        """Judged by the appointments known when the approval was recorded."""
        if by == "issuer":
            issuer: Any = draft.trigger.event
            return bool(event.unit_id == issuer.unit_id)
        if by == "sender":
            sent = self.matter.hand_overs.get(draft.hand_over or 0)
            return sent is not None and bool(event.unit_id == sent.sender_unit_id)
        day, index = self.matter.day(recorded), recorded.log_index
        return any(
            a.official_id == event.official_id
            for post in self.people.leading_posts(draft.unit_id)
            if post.rank == "main_leader" and event.post_id in (None, post.post_id)
            for a in self.people.in_post_on(post.post_id, day, known_before=index)
        )

    # -- the rows ------------------------------------------------------------------------------------------------

    def rows(self, case_no: str) -> list[Duty]:
        return [self._row(d, case_no) for d in self.drafts if d.rule.kind == "duty"]

    def _row(self, draft: _Draft, case_no: str) -> Duty:
        ended = draft.ended
        if ended is not None:
            self._settle_due(draft, ended.on)
        elif draft.claim is not None:
            ended = self._ended("claimed", draft.claim, draft.claim.occurred_at)
        stop = ended.on if ended is not None and ended.kind != "claimed" else None
        spans = holding.unit_spans(
            draft.bearer,
            draft.unit_changes,
            arose_on=draft.arose_on,
            ended_on=stop,
            trigger_index=draft.trigger.log_index,
        )
        contested_since = None
        objections = [
            o
            for o in self.matter.objections.values()
            if o.hand_over_version == draft.hand_over and o.is_in_time and draft.rule.obligation != "decide_objection"
        ]
        for objection in objections:
            spans = holding.contest(spans, objection, self._cap(), self.calendar)
            if objection.result is None:
                contested_since = objection.made_on
        for pause in self._pauses(draft):
            spans = holding.suspend(spans, pause)
        assigned = self.matter.assigned if draft.own is None else {**self.matter.assigned, draft.bearer: [draft.own]}
        intervals = holding.to_parties(spans, assigned, self.people)
        first_day = date.fromordinal(draft.arose_on.toordinal() + 1)
        bearer = holding.stands_for(draft.bearer, first_day, assigned.get(draft.bearer, ()), self.people).party
        due = draft.due
        due_at = draft.due_at
        trace = due.trace if due is not None else ()
        if due_at is not None:
            trace = (f"来源给定的到期时刻 {due_at.isoformat()}",)
        return Duty(
            duty_id=duty_id(draft.trigger.stream, draft.trigger.log_index, draft.rule.obligation),
            rule=draft.rule,
            stream=draft.trigger.stream,
            case_no=case_no,
            source=self.source,
            zone=self.zone.key,
            trigger=draft.trigger,
            arose_at=draft.arose_at,
            arose_on=draft.arose_on,
            bearer=bearer,
            due_on=due.on if due is not None else None,
            due_at=due_at,
            base_due_on=due.base_on if due is not None else None,
            is_provisional=due.is_provisional if due is not None else False,
            trace=trace,
            intervals=intervals,
            ended=ended,
            contested_since=contested_since if ended is None else None,
            extensions=tuple(draft.extensions),
            marks=tuple(dict.fromkeys(draft.marks)),
            disputed_at=draft.disputed_at,
            objections=tuple(
                (o.recorded.log_index, o.decided.log_index if o.decided is not None else None) for o in objections
            ),
            acts=tuple(a for a in self.matter.acts if a[0] >= draft.arose_on),
            first_receipt_on=self.matter.first_receipt_on,
        )

    def _cap(self) -> Limit | None:
        for pack in self.rules.for_source(self.source):
            for rule in pack.rules:
                if rule.recharge_cap is not None:
                    return rule.recharge_cap
        return None


def duties(history: Sequence[Recorded], rules: Rulebook, calendar: Calendar, people: Register) -> list[Duty]:
    """
    Every duty of one case, in the order in which they arose. `history` is the view of that case's stream.
    """
    if not history:
        return []
    source, case_no = split_stream(history[0].stream)
    fold = Fold(rules, calendar, people, source)
    fold.run(history)
    return fold.rows(case_no)


def course(history: Sequence[Recorded], zone: str) -> Matter:
    """
    The course of the matter alone: who held it, from when. For cases on which no rule imposes a duty.
    """
    matter = Matter(ZoneInfo(zone))
    for recorded in history:
        event: Any = recorded.event
        follow(matter, recorded, event)
    return matter


def split_stream(stream: str) -> tuple[str, str]:
    """
    (source, case number) of `case/<source>/<no>`; the number itself may contain slashes.
    """
    _, source, case_no = stream.split("/", 2)
    return source, case_no


def _names(recorded: Recorded, event: Any) -> tuple[str, ...]:
    """The names rules may use for an act: its own, and what its content makes of it."""
    name = name_of(recorded.topic)
    if isinstance(event, e.ObjectionDecided) and event.result == "upheld":
        return (name, "objection_upheld")
    if isinstance(event, e.OpinionSetAsideServed):
        return (name, "opinion_set_aside")
    return (name,)


def _concerns(event: Any, draft: _Draft) -> bool:
    """
    An act that names what it answers (a receipt its hand-over, a verification its opinion) concerns only the duties of
    that; an act that names nothing may concern any.
    """
    refers = getattr(event, "REFERS", None)
    if isinstance(event, e.ObjectionDecided) and draft.hand_over is not None and draft.rule.voided_by:
        return True  # whether it voids is settled by the objection it decides
    if isinstance(event, e.OpinionSetAsideServed):
        return event.opinion_version in draft.refs or "opinion_set_aside" not in draft.rule.ended_by
    if refers is None:
        return True
    return bool(getattr(event, refers) in draft.refs)
