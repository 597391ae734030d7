"""
How a case goes when everybody does what is owed in time: the steps of a course, and whole clean stories.

The limits below are the simulator's own reading of 信访工作条例 (2022); a limit's last day is inside it, and the day
from which it runs is not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.simulate.clock import LAST_DAY, is_working, plus
from app.simulate.county import BUREAU, GOVERNMENT, TOWNSHIPS
from app.simulate.plan import Ref
from app.simulate.texts import ANSWERS, TOWNSHIP, fill, petition
from domain.case import commands as c

if TYPE_CHECKING:
    from datetime import date

    from app.simulate.county import County, Seat
    from app.simulate.plan import Act, Story


REFER_DAYS = 15  # art. 22(1)
NOTICE_DAYS = 15  # art. 23(2), 23(3)
CONCLUDE_DAYS = 60  # art. 34
EXTEND_DAYS = 30  # art. 34
REVIEW_DAYS = 30  # art. 35
CHANNELS = ("web", "web", "web", "wechat", "wechat", "visit", "visit", "letter", "phone", "hotline", "hotline", "sms")
ON_PAPER = ("visit", "letter")
EXPLAINED = ("explain", "not_support")
STATUTE = "信访工作条例第二十二条"
STATUTE_EXPLAINED = "信访工作条例第三十二条"


class Course:
    """
    One case under way: who has it, and on which days its steps fell. Each method adds acts to the story.
    """

    def __init__(self, county: County, story: Story, received: date, unit_id: str, *, horizon: int = 200) -> None:
        self.county, self.story, self.rng = county, story, story.rng
        self.received, self.unit_id = received, unit_id
        self.horizon = plus(received, horizon)
        self.clerk = self.staff(BUREAU)
        self.signer = self.staff(unit_id)
        self.handler = self.signer
        self.signed = self.accepted = received
        self.assignment: Act | None = None

    # Choosing days and people

    def staff(self, unit_id: str, *, but: Seat | None = None) -> Seat:
        seats = [s for s in self.county.staff(unit_id, self.received, self.horizon) if s != but]
        return self.rng.choice(seats)

    def day(self, start: date, first: int, last: int, *, limit: int | None = None) -> date:
        """A working day so many days after `start`; now and then, where a limit is given, its very last day."""
        if limit is not None and self.rng.random() < 0.03:
            return plus(start, limit)
        picked = self.rng.randint(first, max(first, last))
        days = [*range(picked, last + 1), *range(picked - 1, first - 1, -1)]
        return plus(start, next((n for n in days if is_working(plus(start, n))), picked))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # Arrival and intake

    def receive(
        self, name: str, *, seat: Seat | None = None, category: str | None = None, channel: str | None = None
    ) -> None:
        seat = seat or self.clerk
        drawn = self.rng.choice([ch for ch in CHANNELS if is_working(self.received) or ch not in ON_PAPER])
        channel = channel or drawn
        hour = "night" if channel in ("web", "wechat") and self.chance(0.15) else "day"
        self.story.act(
            self.received,
            seat,
            c.ReceivePetition,
            hour=hour,
            sealed=petition(self.rng, self.story.subject, name),
            channel=channel,
            category=category or "claim",
        )
        self.story.act(self.received, seat, c.RegisterPetition, subject=self.story.subject.code)

    def forward(self, day: date, *, to: str | None = None, assign: bool = False, label: str = "sent") -> None:
        to = to or self.unit_id
        if assign:
            self.assignment = self.story.act(
                day, self.clerk, c.AssignPetition, label=label, to_unit_id=to, basis=STATUTE, report_by=None
            )
        else:
            self.story.act(day, self.clerk, c.ReferPetition, label=label, to_unit_id=to, basis=STATUTE)

    def sign(self, day: date, *, seat: Seat | None = None, label: str = "sent", procedure: str = "ordinary") -> None:
        self.signed = day
        self.story.act(
            day,
            seat or self.signer,
            c.SignReceipt,
            label=f"{label}/signed",
            of_version=Ref(label),
            procedure=procedure,
        )

    def take(self, accepted: date, told: date | None = None, *, procedure: str = "ordinary") -> None:
        """Accept and tell the petitioner, both by who signed for the matter."""
        self.accepted, told = accepted, told or accepted
        hour = "late" if told == plus(self.signed, NOTICE_DAYS) and self.chance(0.5) else "day"
        self.story.act(accepted, self.signer, c.AcceptPetition, label="accepted", procedure=procedure)
        self.story.act(told, self.signer, c.ServeAcceptanceNotice, hour=hour)

    def staffed(self, day: date, handler: Seat | None = None) -> None:
        self.handler = handler or self.staff(self.unit_id)
        self.name_handler(day, self.handler)

    def name_handler(self, day: date, seat: Seat) -> None:
        """The leader in charge names the official; where that post changes hands, a colleague enters it. Said once."""
        named = [a.fields["assigned_official_id"] for a in self.story.acts if a.command is c.AssignHandler]
        if named and named[-1] == seat.official_id:
            return
        leader = self.county.leader(seat.unit_id, "leader_in_charge", day, day)
        self.story.act(day, leader or seat, c.AssignHandler, assigned_official_id=seat.official_id)

    def intake(self, name: str, *, assign: bool = False) -> None:
        """From arrival to acceptance, all in time, with a handler named."""
        self.receive(name)
        sent = self.day(self.received, 0, 8, limit=REFER_DAYS)
        self.forward(sent, assign=assign)
        self.sign(self.day(sent, 0, 2))
        self.accept_in_time()

    def accept_in_time(self) -> None:
        accepted = self.day(self.signed, 1, 11, limit=NOTICE_DAYS)
        self.take(accepted, min(plus(accepted, self.rng.choice((0, 0, 1))), plus(self.signed, NOTICE_DAYS)))
        self.staffed(plus(accepted, self.rng.randint(1, 2)))

    def work_until(self, done: date | None) -> None:
        """Notes of the handler from acceptance on, until the opinion or the end of the year."""
        self.story.work(self.handler, self.accepted, done or plus(LAST_DAY, 1))

    # Handling and the opinion

    def opinion(self, day: date, outcome: str, *, label: str = "opinion", hour: str = "day", **execution: Any) -> None:
        """An explanation names the text it leans on; now and then that is filed after it."""
        is_named = outcome in EXPLAINED and not (self.story.kind == "clean" and self.chance(0.1))
        if outcome in EXPLAINED and not is_named:
            papers = (f"{self.rng.getrandbits(256):064x}",)
            self.story.act(self.day(day, 0, 3), self.handler, c.FileAct, kind="policy_basis_given", evidence=papers)
        self.story.act(
            day,
            self.handler,
            c.ServeHandlingOpinion,
            label=label,
            hour=hour,
            sealed=(("opinion_text", fill(self.rng, ANSWERS[outcome])),),
            outcome=outcome,
            made_on=day,
            policy_basis=STATUTE_EXPLAINED if is_named else None,
            **execution,
        )

    def extend(
        self, day: date, seat: Seat, days: int = EXTEND_DAYS, *, label: str = "extension", reason: str = "情况复杂"
    ) -> None:
        self.story.act(
            day,
            seat,
            c.ApproveExtension,
            label=label or "extension",
            obligation="conclude_petition",
            trigger_version=Ref("accepted"),
            days=days,
            reason=reason or "情况复杂",
        )

    def tell_extension(self, day: date) -> None:
        self.story.act(day, self.handler, c.ServeExtensionNotice, extension_version=Ref("extension"))

    def handle(self) -> None:
        """The whole rest of the case in time, from acceptance on, with what may happen on the way."""
        base = plus(self.accepted, CONCLUDE_DAYS)
        head = self.county.leader(self.unit_id, "main_leader", plus(base, -20), base)
        if head is not None and self.chance(0.08):
            days = self.rng.choice((15, 20, EXTEND_DAYS))
            approved = self.day(base, -12, -4)
            self.extend(approved, head, days)
            self.tell_extension(min(base, self.day(approved, 0, 3)) if self.chance(0.8) else base)
            done = self.day(base, 1, days - 2, limit=days)
        else:
            done = self.day(self.accepted, 6, 38 if self.chance(0.8) else 57, limit=CONCLUDE_DAYS)
        if self.assignment is None and done <= base and self.chance(0.04):
            left = self.day(self.accepted, 3, max(4, (done - self.accepted).days - 1))
            if left < done:
                self.withdraw(left)
                return
        self.on_the_way(done, same_hands=done > base)
        self.conclude(done)

    def on_the_way(self, done: date, *, same_hands: bool) -> None:
        """Notes until the opinion; sometimes a hearing, or other hands, which an extended case keeps."""
        since = self.accepted
        half = self.day(since, 5, (done - since).days // 2)
        what = self.rng.random() if (done - half).days > 5 and (half - since).days > 3 else 1.0
        if what < 0.05:
            self.story.act(half, self.handler, c.ConveneHearing)
            self.story.act(plus(half, 2), self.handler, c.CloseHearing)
        elif what < 0.08 and not same_hands:
            self.story.work(self.handler, since, half)
            self.staffed(half, self.staff(self.unit_id, but=self.handler))
            since = half
        elif what < 0.10 and self.assignment is None and not same_hands:
            self.story.work(self.handler, since, half)
            self.hand_over(half)
            since = half
        self.story.work(self.handler, since, done)

    def hand_over(self, day: date) -> None:
        taker = self.staff(self.rng.choice(self.county.handling(self.unit_id)))
        self.story.act(day, self.handler, c.HandOver, to_unit_id=taker.unit_id, to_official_id=taker.official_id)
        self.unit_id, self.handler = taker.unit_id, taker

    def note(self, day: date, seat: Seat) -> None:
        self.story.act(day, seat, c.NoteProgress, step="交接案卷")

    def withdraw(self, day: date) -> None:
        self.story.work(self.handler, self.accepted, day)
        self.story.act(day, self.handler, c.WithdrawPetition)
        self.story.act(plus(day, 1), self.handler, c.CloseCase, form="withdrawn")

    def conclude(self, done: date, outcome: str | None = None) -> None:
        """The opinion, and what follows from it in time: report, execution, review, rating, closing."""
        outcome = outcome or self.rng.choice(
            ("support", "support", "support_in_part", "explain", "explain", "not_support")
        )
        hour = "late" if done == plus(self.accepted, CONCLUDE_DAYS) and self.chance(0.5) else "day"
        if outcome in EXPLAINED:
            self.opinion(done, outcome, hour=hour)
            last = self.reviewed(done, outcome) if self.chance(0.12) else done
        else:
            execute_by = plus(done, self.rng.randint(20, 50))
            executor = self.executor()
            self.opinion(done, outcome, hour=hour, executor_unit_id=executor.unit_id, execute_by=execute_by)
            last = self.executed(done, execute_by, executor)
        if self.assignment is not None:
            self.report(done)
        self.close(last)

    def report(self, done: date) -> None:
        filed = self.day(done, 0, 3)
        self.story.act(filed, self.handler, c.FileClosingReport)
        if self.assignment is not None:
            self.assignment.fields["report_by"] = plus(filed, self.rng.choice((0, 3, 5, 8, 12)))

    def executor(self) -> Seat:
        """Who executes: the handler, or an official of another unit."""
        if self.assignment is not None or self.chance(0.65):
            return self.handler
        return self.staff(self.rng.choice(self.county.handling(self.unit_id)))

    def executed(self, done: date, execute_by: date, executor: Seat) -> date:
        self.name_handler(plus(done, self.rng.randint(0, 1)), executor)
        length = (execute_by - done).days
        shown = self.day(done, 5, length - 4)
        verified = self.day(shown, 0, 3) if self.chance(0.95) else execute_by
        verified = min(verified, plus(shown, 14))
        if executor.unit_id != self.unit_id:
            self.story.act(
                self.day(done, 2, 4),
                self.handler,
                c.UrgeExecution,
                opinion_version=Ref("opinion"),
                addressee_unit_id=executor.unit_id,
            )
        self.story.work(executor, done, shown)
        self.prove(shown, verified, executor)
        return verified

    def prove(self, shown: date, verified: date, executor: Seat) -> None:
        evidence = (f"{self.rng.getrandbits(256):064x}",)
        self.story.act(shown, executor, c.EvidenceExecution, opinion_version=Ref("opinion"), evidence=evidence)
        confirm = c.ConfirmExecution if self.chance(0.2) else c.VerifyExecution
        self.story.act(verified, self.handler, confirm, opinion_version=Ref("opinion"))

    def close(self, last: date) -> None:
        if self.chance(0.4):
            score = self.rng.choice(("satisfied", "satisfied", "basically_satisfied", "dissatisfied"))
            if self.unit_id != BUREAU:  # the bureau asks; who handled the matter enters no rating
                self.story.act(plus(last, 4), self.clerk, c.RateSatisfaction, score=score)
        if self.chance(0.85):
            self.story.act(plus(last, 5), self.handler, c.CloseCase)

    # Review

    def request_review(self, done: date) -> tuple[date, Seat]:
        reviewer = self.staff(GOVERNMENT)
        requested = self.day(done, 3, 25)
        self.story.act(requested, reviewer, c.RequestReview, label="request", opinion_version=Ref("opinion"))
        return requested, reviewer

    def review(self, day: date, reviewer: Seat, outcome: str, **redo: Any) -> None:
        self.story.act(
            day,
            reviewer,
            c.ServeReviewOpinion,
            label="review",
            records=2 if outcome == "set_aside" else 1,  # the order to do it again is recorded beside it
            request_version=Ref("request"),
            outcome=outcome,
            **redo,
        )

    def reviewed(self, done: date, first: str) -> date:
        requested, reviewer = self.request_review(done)
        decided = self.day(requested, 8, 27, limit=REVIEW_DAYS)
        self.story.work(reviewer, requested, decided)
        outcome = self.rng.choice(("uphold", "uphold", "uphold", "change", "set_aside"))
        if outcome != "set_aside":
            self.review(decided, reviewer, outcome)
            return decided
        length = self.rng.randint(20, 40)
        self.set_aside(decided, reviewer, length)
        redone = self.day(decided, 10, length - 2, limit=length)
        self.story.work(self.handler, decided, redone)
        self.opinion(redone, EXPLAINED[first == "explain"], label="redone")
        return redone

    def set_aside(self, day: date, reviewer: Seat, length: int) -> None:
        self.review(day, reviewer, "set_aside", redo_by_unit_id=self.unit_id, redo_by=plus(day, length))


def competent_unit(story: Story) -> str:
    unit = story.rng.choice(story.subject.units)
    return story.rng.choice(list(TOWNSHIPS)) if unit == TOWNSHIP else unit


def ordinary(course: Course, name: str) -> None:
    course.intake(name, assign=course.chance(0.25))
    course.handle()


def filed_directly(course: Course, name: str) -> None:
    course.receive(name, seat=course.signer)
    course.accept_in_time()
    course.handle()


def not_accepted(course: Course, name: str) -> None:
    """Not accepted by the unit, or by the bureau itself, with its ground, and the petitioner told in time."""
    course.receive(name)
    seat, since = course.clerk, course.received
    if course.chance(0.7):
        sent = course.day(course.received, 0, 8, limit=REFER_DAYS)
        course.forward(sent)
        course.sign(course.day(sent, 0, 2))
        seat, since = course.signer, course.signed
    refuse(course, course.day(since, 1, 11, limit=NOTICE_DAYS), seat, "litigation_arbitration_reconsideration")


def refuse(course: Course, day: date, seat: Seat, ground: str) -> None:
    course.story.act(day, seat, c.RefuseAcceptance, ground=ground)
    course.story.act(day, seat, c.ServeNotAcceptedNotice, ground=ground)
    if course.chance(0.8):
        course.story.act(plus(day, 3), seat, c.CloseCase, form="not_accepted")


def objected(course: Course, name: str) -> None:
    """The first unit objects in time; upheld and sent elsewhere, or refused and taken."""
    course.receive(name)
    sent = course.day(course.received, 0, 8)
    course.forward(sent)
    course.sign(course.day(sent, 0, 2))
    decided = object_and_decide(course, upheld := course.chance(0.65))
    if upheld:
        again = course.day(decided, 0, 2)
        course.unit_id = course.rng.choice(course.county.handling(course.unit_id))
        course.signer = course.staff(course.unit_id)
        course.forward(again, label="sent-again")
        course.sign(course.day(again, 0, 2), label="sent-again")
        course.accept_in_time()
    else:
        accepted = max(decided, course.day(course.signed, 8, 14))
        course.take(accepted)
        course.staffed(plus(accepted, 1))
    course.handle()


def object_and_decide(course: Course, upheld: bool, *, label: str = "sent", objection: str = "objection") -> date:
    raised = plus(course.signed, course.rng.randint(1, 3))
    course.story.act(
        raised,
        course.signer,
        c.ObjectJurisdiction,
        label=objection,
        of_version=Ref(label),
        ground="不属于本单位法定职权范围",
    )
    decided = plus(raised, course.rng.randint(1, 2))
    result = "upheld" if upheld else "refused"
    course.story.act(decided, course.clerk, c.DecideObjection, objection_version=Ref(objection), result=result)
    return decided
