"""
duties(history, rules, calendar, people): every duty that the recorded acts of one case gave rise to.

The history is a view (domain.duties.view): acts of one stream in order. Nothing else enters: no clock, no database.
Each act first moves the matter on, then ends or extends the duties it concerns, then gives rise to new ones.
tests/domain/duties holds the worked example of duties.md, its properties over random histories, and hard cases.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.case import events as e
from domain.case.events import name_of
from domain.duties import blocks, consequences
from domain.duties.bearers import bearer_of, leader_of
from domain.duties.draft import Draft, Passed, concerns, names_of
from domain.duties.due import Due, Span, due_day
from domain.duties.holding import Stands
from domain.duties.matter import Assigned, Matter, follow
from domain.duties.rows import Row, row, told_of
from domain.duties.values import Duty, End, ExtensionJudged, Party
from domain.law.calendar import MAX_DAYS, Calendar, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.law.rules import Limit, Rule, Rulebook
    from domain.people.register import Register
    from domain.recorded import Recorded


class Fold:
    """The fold over one case. Everything it knows is in the view, the rules, the calendar and the register."""

    def __init__(
        self, rules: Rulebook, calendar: Calendar, people: Register, source: str, stands: Stands | None = None
    ) -> None:
        self.seen: list[Recorded] = []
        self.newest = -1  # the highest log index seen: an act below it was entered before one claimed for earlier
        self.rules = rules
        self.calendar = calendar
        self.people = people
        self.stands = stands if stands is not None else Stands(people)
        self.source = source
        self.matter = Matter(ZoneInfo(rules.zone(source)))
        self.drafts: list[Draft] = []
        self.open: list[Draft] = []
        self.used: set[int] = set()
        self.has_blocks = False
        self.acts: tuple[tuple[date, int, str], ...] = ()
        self.course: tuple[tuple[date, str], ...] = ()
        self.by_version: dict[int, Recorded] = {}
        self.bans: list[consequences.Ban] = []
        self.packs = rules.for_source(source)
        self.later = frozenset[str]().union(*(p.later for p in self.packs))
        self._grace: Limit | None = rules.conventions(source).entry_grace
        self._rows: dict[int, Row] = {}  # by place in `drafts`
        self._absorbed: dict[str, tuple[Duty, Duty]] = {}  # by duty: as it was found, and as absorbed

    def run(self, history: Sequence[Recorded]) -> None:
        """Fold these acts in; may be called again with the acts that follow."""
        for recorded in history:
            self.seen.append(recorded)
            self.by_version[recorded.version] = recorded
            self.has_blocks = self.has_blocks or isinstance(recorded.event, e.DutyBlocked)
            event: Any = recorded.event
            is_first_receipt = self._is_first_receipt(event)
            follow(self.matter, recorded, event)
            self._move(recorded, event)
            is_valid = self._extend(recorded, event)
            names = names_of(recorded, event)
            self._end(recorded, event, names)
            consequences.follow(self, recorded, event, names)
            day = self.matter.day(recorded)
            for name in names if is_first_receipt else ():
                for rule in self._arising(name, day):
                    self._arise(rule, recorded, event, is_valid=is_valid)
            self.newest = max(self.newest, recorded.log_index)

    def rows(self, case_no: str) -> list[Duty]:
        """Every duty so far, in the order in which they arose."""
        return [self.whole(duty) for duty in self.current(case_no)]

    def current(self, case_no: str) -> list[Duty]:
        """
        The same, for who asks after every act: a duty on which nothing bore since the last time is the same object, and
        has the `acts` and `course` of that time until it is made `whole`.
        """
        self.acts = tuple(self.matter.acts)
        self.course = tuple((h.on, h.unit_id) for h in self.matter.holdings)
        found: list[Duty] = []
        of_matter = (*told_of(self.matter), *blocks.told(self))
        for n, draft in enumerate(self.drafts):
            if draft.rule.kind != "window":
                self._rows[n] = made = row(self, draft, case_no, of_matter, self._rows.get(n))
                found.append(made.duty)
        return [self._as_before(one, other) for one, other in zip(found, consequences.absorbed(found), strict=True)]

    def _as_before(self, found: Duty, absorbed: Duty) -> Duty:
        if absorbed is found:
            return found
        before = self._absorbed.get(found.duty_id)
        if before is None or before[0] is not found or before[1].absorbed_by != absorbed.absorbed_by:
            before = self._absorbed[found.duty_id] = (found, absorbed)
        return before[1]

    def whole(self, duty: Duty) -> Duty:
        """The duty with every act folded so far."""
        if duty.acts is self.acts:
            return duty
        first = self.matter.first_receipt_on
        return replace(duty, acts=self.acts, course=self.course, first_receipt_on=first)

    # -- what arises ---------------------------------------------------------------------------------------------

    def _arising(self, name: str, day: date) -> list[Rule]:
        return [r for p in self.packs for r in p.by_trigger.get(name, ()) if r.in_force(day)]

    def _is_first_receipt(self, event: Any) -> bool:
        """Receipt is the earliest of its records: a second one for the same hand-over gives rise to nothing."""
        if not is_receipt(event):
            return True
        sent = self.matter.hand_overs.get(event.of_version)
        return sent is None or sent.received_on is None

    def _arise(self, rule: Rule, recorded: Recorded, event: Any, *, is_valid: bool) -> None:
        refers = getattr(event, "REFERS", None)
        answered = self.by_version.get(getattr(event, refers)) if refers is not None else None
        bearer, is_known = bearer_of(rule, event, answered, self.matter, self.people)
        is_about_it = is_receipt(event) or isinstance(event, e.JurisdictionObjected)
        version = event.of_version if is_about_it else None
        sent = self.matter.hand_overs.get(version) if version is not None else None
        unit = self.people.units.get(bearer)
        facts: dict[str, dict[str, Any]] = {
            "act": _facts(event) | {"is_valid": is_valid, "is_item": hasattr(event, "item")},
            "answered": _facts(answered.event) if answered is not None else {},
            "receiver": {"kind": unit.kind if unit is not None else "other"},
            "bearer": {"unit_id": bearer},
            "matter": {"category": self.matter.category, "has_items": self.matter.has_items},
            "assignment": {"report_by": sent.report_by if sent is not None else None},
        }
        if not rule.when(facts):
            return
        if rule.kind == "ban":
            self.bans.append(consequences.Ban(rule, recorded))
            return
        once_key = self._once_key(rule, recorded, event)
        if once_key is not None and self._stands_already(rule, once_key):
            return
        arose_on = self.matter.day(recorded)
        started = getattr(event, rule.starts, None) if rule.starts is not None else None
        if isinstance(started, date) and started < arose_on:
            arose_on = started
        given, due_at = self._given(rule, facts, event)
        if given is not None and given <= arose_on and rule.no_due == "finding":
            given = None  # a day not after the day it arose is no day set
        if rule.due_from is not None and given is None and due_at is None and rule.no_due == "none":
            return
        own = None
        if rule.bearer == "approver" and (event.official_id is not None or event.post_id is not None):
            own = Assigned(arose_on, event.official_id, event.post_id, recorded.log_index)
        if rule.bearer == "leader_post":
            own = leader_of(event, answered, arose_on, recorded.log_index)
        issuing = recorded
        if sent is not None and (rule.no_due_against == "sender" or is_receipt(event)):
            issuing = sent.recorded
        elif answered is not None and (rule.no_due == "finding" or (rule.due_from or "").startswith("answered.")):
            issuing = answered
        issued: Any = issuing.event
        draft = Draft(
            rule=rule,
            trigger=recorded,
            arose_on=arose_on,
            arose_at=recorded.occurred_at,
            bearer=bearer,
            given=given,
            due_at=due_at,
            hand_over=version,
            refs=consequences.refs(recorded, event),
            own=own,
            issuer=Party(issued.unit_id, issued.official_id, issued.post_id),
            issued_by=issuing.log_index,
            once_key=once_key,
        )
        if not is_known:
            draft.marks.append("bearer_unknown")
        self.add(draft)
        if rule.kind == "duty":
            consequences.mark_window(self, draft, recorded)

    def add(self, draft: Draft) -> None:
        """Take a duty or window in, with its due day; an act claimed for before it may have ended it already."""
        self.settle_due(draft)
        same = (draft.trigger.log_index, draft.rule.obligation)
        draft.is_second = any((d.trigger.log_index, d.rule.obligation) == same for d in self.drafts)
        self.drafts.append(draft)
        if draft.rule.kind == "duty":
            self.open.append(draft)
            self._end_by_earlier_claim(draft)

    def _once_key(self, rule: Rule, recorded: Recorded, event: Any) -> object:
        """What there is to be one such duty for: a hand-over; a claim item or, where none is named, an opinion."""
        if rule.once_per == "hand_over":
            objection = self.matter.objections.get(getattr(event, "objection_version", 0))
            return objection.hand_over_version if objection is not None else getattr(event, "of_version", None)
        if rule.once_per == "claim_item":
            item = getattr(event, "item", None)
            request = getattr(event, "request_version", None)
            opinion = self.matter.requests.get(request) if request is not None else recorded.version
            return ("item", item) if item is not None else ("opinion", opinion)
        return None

    def _stands_already(self, rule: Rule, once_key: object) -> bool:
        return any(
            d.once_key == once_key
            and d.rule.obligation == rule.obligation
            and (d.ended is None or d.ended.kind in ("discharged", "handed_over", "excused"))
            for d in self.drafts
        )

    def _given(self, rule: Rule, facts: dict[str, dict[str, Any]], event: Any) -> tuple[date | None, datetime | None]:
        """The due day or moment which an act gave, where the rule leaves it to the act."""
        if rule.due_from is None:
            return None, None
        root, _, name = rule.due_from.partition(".")
        if root == "extended":
            extended = self.named(event)
            return (extended.extensions[-1].standing_due if extended is not None else None), None
        if name.startswith("due."):
            text = dict(event.due).get(name.removeprefix("due."))
            return None, datetime.fromisoformat(text) if text is not None else None
        value = facts[root].get(name)
        return (value, None) if isinstance(value, date) else (None, None)

    def settle_due(self, draft: Draft) -> None:
        """The due day by what is known so far: suspensions and extensions."""
        draft.due = self.due_of(draft, None)

    def due_of(self, draft: Draft, ended_on: date | None) -> Due | None:
        """The same, for a duty that has ended: what came after it moves no day."""
        if draft.rule.within is None and draft.given is None:
            return None
        pauses: list[Span] = []
        if "hearing" in draft.rule.pauses:
            pauses = [s for s in self.matter.hearings if ended_on is None or s.first <= ended_on]
        return due_day(
            draft.rule,
            draft.arose_on,
            self.calendar,
            given=draft.given,
            suspensions=pauses,
            extra_days=draft.extra_days,
            ended_on=ended_on,
        )

    # -- what an act does to the duties there are ----------------------------------------------------------------

    def _move(self, recorded: Recorded, event: Any) -> None:
        """A hand-over moves the duties that run on the case and were held by the giver; an objection contests."""
        day = self.matter.day(recorded)
        match event:
            case _ if is_receipt(event) and (sent := self.matter.hand_overs.get(event.of_version)):
                receiver = getattr(event, "receiver_unit_id", event.unit_id)
                self._pass(
                    sent.sender_unit_id,
                    Passed(day, recorded.occurred_at, receiver, recorded.log_index, event.of_version),
                )
            case e.HandedOver():
                before = self.matter.holdings[-2].unit_id if len(self.matter.holdings) > 1 else event.unit_id
                # The giver's own late entry moves nothing before it was made.
                on = day if self._is_believed(recorded, before) else self._recorded_on(recorded)
                self._pass(before, Passed(on, recorded.occurred_at, event.to_unit_id, recorded.log_index))
            case e.JurisdictionDecided() | e.JurisdictionAgreed():
                # The body that decides is no party: what runs on the case passes from who held it until then.
                before = self.matter.holdings[-2].unit_id if len(self.matter.holdings) > 1 else event.unit_id
                if not self.same_unit(before, event.competent_unit_id, day):
                    is_agreed = isinstance(event, e.JurisdictionAgreed)
                    on = self._recorded_on(recorded) if is_agreed and not self._is_believed(recorded, before) else day
                    self._pass(before, Passed(on, recorded.occurred_at, event.competent_unit_id, recorded.log_index))
            case e.JurisdictionObjected():
                if objection := self.matter.objections.get(recorded.version):
                    window = next((d for d in self.drafts if self._is_window_of(event, d)), None)
                    in_time = window is not None and window.due is not None and day <= window.due.on
                    objection.is_in_time = in_time and self._is_believed(recorded, event.unit_id)
                    for draft in self.open if not objection.is_in_time else ():
                        if draft.hand_over == event.of_version:
                            draft.marks.append("late_objection")
            case e.ObjectionDecided() if event.result == "upheld":
                if objection := self.matter.objections.get(event.objection_version):
                    back = Passed(day, recorded.occurred_at, objection.addressee_unit_id, recorded.log_index)
                    self._pass(objection.objector_unit_id, back)
                    if objection.is_in_time:  # a late one, accepted, is an ordinary hand-over
                        self._misdirected(objection.hand_over_version)
            case e.HearingConvened() | e.HearingClosed() | e.HearingCancelledWithReason():
                for draft in self.open:
                    if "hearing" in draft.rule.pauses:
                        self.settle_due(draft)
            case e.OpinionSetAsideServed():
                for draft in self.drafts:
                    if draft.ended is not None and "handling_opinion_served" in draft.rule.discharged_by:
                        draft.marks.append("set_aside")
            case e.SatisfactionRated() if event.contradicts is not None:
                self._contradict(recorded, [d for d in self.drafts if event.contradicts in d.refs])
            case e.InspectionFindingRecorded() if event.contradicts is not None:
                self._contradict(recorded, [d for d in self.drafts if event.contradicts in d.refs])
            case e.PetitionLinked() if event.kind == "repeat":
                self._contradict(recorded, [d for d in self.drafts if d.ended is not None])
            case _:
                pass

    def _is_window_of(self, event: e.JurisdictionObjected, draft: Draft) -> bool:
        return draft.rule.kind == "window" and draft.hand_over == event.of_version

    def _contradict(self, recorded: Recorded, drafts: list[Draft]) -> None:
        """A petitioner's word, or a repeat, against the carrying out of an opinion."""
        for draft in drafts:
            if draft.rule.claimed_by:
                draft.contradicted.append(recorded)

    def _pass(self, giver: str, passed: Passed) -> None:
        giving = self.people.unit_on(giver, passed.on)
        for draft in self.open:
            if self.people.unit_on(draft.unit_id, passed.on) != giving:
                continue
            if draft.rule.runs_on == "case":
                draft.passed.append(passed)
            elif draft.rule.ends_on_handover and draft.due is not None and passed.on <= draft.due.on:
                # In time only: a hand-over moves the matter, never a breach.
                draft.ended = End("handed_over", "handed_over", passed.at, passed.on, (passed.log_index,))
        self.open = [d for d in self.open if d.ended is None]

    def _misdirected(self, hand_over: int) -> None:
        sent = self.matter.hand_overs[hand_over]
        for draft in self.drafts:
            if draft.ended is not None and sent.recorded.log_index in draft.ended.evidence:
                draft.marks.append("misdirected")

    def _end(self, recorded: Recorded, event: Any, names: tuple[str, ...]) -> None:
        before = self.open
        for draft in self.open:
            rule = draft.rule
            if not concerns(event, draft, self.matter):
                continue
            if any(n in rule.voided_by for n in names) and self._voids(event):
                draft.ended = self.end_of("void", recorded, recorded.occurred_at)
            elif any(n in rule.discharged_by for n in names) and self._is_bearers(recorded, draft):
                self._discharge(draft, recorded)
            elif any(n in rule.ended_by for n in names):
                draft.ended = self.end_of("released", recorded, recorded.occurred_at)
            elif any(n in rule.claimed_by for n in names) and draft.claim is None:
                draft.claim = recorded
        self.open = [d for d in self.open if d.ended is None]
        for draft in before if len(before) > len(self.open) else ():
            on_end = draft.rule.on_end
            if on_end is not None and draft.ended is not None and any(n in on_end.by for n in names):
                consequences.go_on(self, draft, on_end, recorded)

    def _voids(self, event: Any) -> bool:
        """An objection upheld voids what arose from its hand-over only if it was made in time."""
        if not isinstance(event, e.ObjectionDecided):
            return True
        objection = self.matter.objections.get(event.objection_version)
        return objection is not None and objection.is_in_time

    def _is_bearers(self, recorded: Recorded, draft: Draft) -> bool:
        """A duty that stays with its bearer is discharged by the bearer's own act; one on the case by anybody's."""
        event: Any = recorded.event
        if draft.rule.runs_on == "case" or hasattr(event, "of_version"):
            return True  # of a hand-over: received or returned, whoever of the two records it
        return self.same_unit(draft.bearer, event.unit_id, self.matter.day(recorded))

    def same_unit(self, one: str, other: str, day: date) -> bool:
        return self.people.unit_on(one, day) == self.people.unit_on(other, day)

    def _discharge(self, draft: Draft, recorded: Recorded) -> None:
        counted = draft.claim or recorded
        at = counted.occurred_at
        if at < draft.arose_at:
            at = draft.arose_at  # claimed before its cause: counts from the cause
            draft.marks.append("order_implausible")
        end = self.end_of("discharged", recorded, at)
        evidence = end.evidence if draft.claim is None else (draft.claim.log_index, recorded.log_index)
        event: Any = recorded.event
        due_on = draft.due.on if draft.due is not None else None
        is_on_claim = due_on is not None and end.on <= due_on
        if draft.claim is not None and not self.same_unit(event.unit_id, draft.unit_id, self.matter.day(recorded)):
            is_on_claim = False  # another unit verified it: a record not made by the claimant's side
        is_on_claim = is_on_claim and not self._is_on_record(counted, draft.unit_id, due_on)
        draft.ended = End(end.kind, end.name, at, end.on, evidence, is_on_claim=is_on_claim)
        draft.refs |= {recorded.version}
        self.used.add(recorded.log_index)

    def _is_on_record(self, recorded: Recorded, side: str, limit: date | None = None) -> bool:
        """
        Whether an act's claimed day may be believed: it was recorded by the limit or within the pack's grace for
        entries, or stands on a record not made by the claimant's side (another unit, a proof of service, an import).
        """
        if recorded.imported or self._grace is None:
            return True
        event: Any = recorded.event
        claimed_on, recorded_on = self.matter.day(recorded), self._recorded_on(recorded)
        if recorded_on <= claimed_on or (limit is not None and recorded_on <= limit):
            return True
        if getattr(event, "proof", None) is not None or not self.same_unit(event.unit_id, side, recorded_on):
            return True
        return recorded_on <= count(claimed_on, self._grace.days, self._grace.counted_in, self.calendar).day

    def _is_believed(self, recorded: Recorded, side: str, limit: date | None = None) -> bool:
        """Whether an act may move a matter or a day. What was before a continuing case was entered is no late entry."""
        return self.matter.is_before_watch(recorded) or self._is_on_record(recorded, side, limit)

    def _recorded_on(self, recorded: Recorded) -> date:
        return recorded.recorded_at.astimezone(self.matter.zone).date()

    def _end_by_earlier_claim(self, draft: Draft) -> None:
        """
        An act recorded after the trigger but claimed for a moment before it: it counts from the trigger.
        """
        if self.newest < draft.trigger.log_index:
            return
        for recorded in self.seen:
            late = recorded.log_index > draft.trigger.log_index and recorded.log_index not in self.used
            if not late or name_of(recorded.topic) not in draft.rule.discharged_by:
                continue
            if concerns(recorded.event, draft, self.matter) and self._is_bearers(recorded, draft):
                self._discharge(draft, recorded)
                self.open = [d for d in self.open if d.ended is None]
                return

    def end_of(self, kind: str, recorded: Recorded, at: datetime) -> End:
        on = at.astimezone(self.matter.zone).date()
        return End(kind, name_of(recorded.topic), at, on, (recorded.log_index,))

    # -- extensions ----------------------------------------------------------------------------------------------

    def named(self, event: e.ExtensionApproved | e.ExcuseAccepted) -> Draft | None:
        """The duty that an act names by its rule and the version of the act it arose from."""
        return self.by_name(event.obligation, event.trigger_version)

    def by_name(self, obligation: str, version: int) -> Draft | None:
        """The newest duty of that rule which arose from the act at that version."""
        return next(
            (
                d
                for d in reversed(self.drafts)
                if d.rule.obligation == obligation and d.rule.kind == "duty" and version in d.triggers
            ),
            None,
        )

    def _extend(self, recorded: Recorded, event: Any) -> bool:
        """Judge an extension and move the due day where it is valid; every defect is kept."""
        if not isinstance(event, e.ExtensionApproved):
            return False
        draft = self.named(event)
        if draft is None or draft.due is None or draft.rule.extension is None:
            return False
        rule, day, standing = draft.rule.extension, self.matter.day(recorded), draft.due.on
        defects: list[str] = []
        is_believed = self._is_believed(recorded, draft.unit_id, standing)
        if day > standing or draft.ended is not None or not is_believed:
            defects.append("extension_late")
        if not self._has_authority(rule.by, event, draft, recorded):
            defects.append("extension_wrong_post")
        if rule.times is not None and sum(1 for x in draft.extensions if x.days) >= rule.times:
            defects.append("extension_repeated")
        days = 0 if defects else event.days
        if rule.max_days is not None and event.days > rule.max_days:
            defects.append("extension_too_long")
            days = min(days, rule.max_days) if rule.over_max == "cut_to_max" else 0
        if draft.extra_days + days > MAX_DAYS:
            defects.append("extension_too_long")
            days = 0
        draft.extensions.append(ExtensionJudged(recorded.log_index, day, days, tuple(defects), standing))
        if days:
            draft.extra_days += days
            self.settle_due(draft)
        return days > 0

    def _has_authority(self, by: str, event: e.ExtensionApproved, draft: Draft, recorded: Recorded) -> bool:
        """Judged by the appointments known when the approval was recorded."""
        day, index = self.matter.day(recorded), recorded.log_index
        if by == "issuer":
            return self.same_unit(event.unit_id, draft.issuer.unit_id, day)
        if by == "sender":
            sent = self.matter.hand_overs.get(draft.hand_over or 0)
            return sent is not None and self.same_unit(event.unit_id, sent.sender_unit_id, day)
        return any(
            event.official_id in (None, a.official_id)
            for post in self.people.leading_posts(self.people.unit_on(draft.unit_id, day))
            if post.rank == "main_leader"
            and (event.post_id == post.post_id or (event.post_id is None and event.official_id is not None))
            for a in self.people.in_post_on(post.post_id, day, known_before=index)
        )


def is_receipt(event: Any) -> bool:
    """Signed for, proved or deemed: each says of which hand-over it is the receipt."""
    return hasattr(event, "of") and hasattr(event, "of_version")


def _facts(event: Any) -> dict[str, Any]:
    """What conditions may ask of an act; who executes an opinion that names nobody is its issuer."""
    facts = {name: getattr(event, name) for name in _names_of_fields(event.__class__)}
    if "executor_unit_id" in facts:
        facts["executor_unit_id"] = facts["executor_unit_id"] or event.unit_id
    return facts


@cache
def _names_of_fields(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


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
