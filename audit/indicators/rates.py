"""
The seven rates, one definition each: 受理率、按期率、办结率、化解率、满意率、参评率、重访率 (docs/indicators.md).

A cohort is fixed by a day that nobody can choose afterwards: the day a matter was registered, the day a duty fell due,
the day a window of repeats ended. What is not decided yet is excluded and counted as such, never left out in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.indicators.entries import EXCLUDED, IN, OUT, Entry, Facts, Period, answering, held_last
from domain.case import events as e
from domain.duties.due import UNDETERMINED
from domain.duties.standing import due_date
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.case.events.base import Act
    from domain.recorded import Recorded

ANSWERS = (e.HandlingOpinionServed, e.SettlementAgreementSigned, e.ReplyServed, e.PetitionConcluded)
LEFT = (e.PetitionWithdrawn, e.DivertedToJustice, e.TransferredToDiscipline)
ACCEPTANCE_NOTICES = {"acceptance_notice_served", "not_accepted_notice_served"}
CONCLUDING = {"handling_opinion_served", "petition_concluded", "reply_served"}
NOT_IN_TIME = ("met_late", "breached", "disputed", "met_on_claim")
CONTENT = ("satisfied", "basically_satisfied")
SUPPORTING = ("support", "support_in_part")


def rates(facts: Facts, period: Period) -> Iterator[Entry]:
    """What one case adds to the rates of a period."""
    yield from acceptance(facts, period)
    yield from on_time(facts.found, facts.seen, period)
    yield from conclusion(facts, period)
    yield from satisfaction(facts, period)
    yield from repeats(facts, period)


def acceptance(facts: Facts, period: Period) -> Iterator[Entry]:
    """受理率: of the claims registered in the period, those accepted."""
    registered = facts.first(e.PetitionRegistered)
    if registered is None or not period.holds(facts.day(registered)):
        return
    evidence: tuple[int, ...] = (registered.log_index,)

    def entry(part: str, note: str = "") -> Entry:
        return Entry("acceptance_rate", facts.stream, part, note=note, evidence=evidence)

    if category(facts) != "claim":
        yield entry(EXCLUDED, "not_a_claim")
        return
    decided = facts.last(e.PetitionAccepted, e.NotAccepted, e.NotAcceptedNoticeServed, e.AcceptanceRevoked)
    if decided is not None and not isinstance(decided.event, e.AcceptanceRevoked):
        evidence = (registered.log_index, decided.log_index)
        yield entry(IN) if isinstance(decided.event, e.PetitionAccepted) else entry(OUT, "not_accepted")
        return
    if (left := facts.last(*LEFT)) is not None or (left := _joined_away(facts)) is not None:
        evidence = (registered.log_index, left.log_index)
        yield entry(EXCLUDED, "left")
        return
    late = [f for f in facts.found if ACCEPTANCE_NOTICES & {*f.duty.rule.discharged_by} and f.now.state == "breached"]
    yield entry(OUT, "past_due") if late else entry(EXCLUDED, "undecided")


def on_time(found: Sequence[Finding], seen: Sequence[Recorded], period: Period) -> Iterator[Entry]:
    """按期率: of the duties that fell due in the period, those met in time."""
    acts = {r.log_index: r for r in seen}
    for f in found:
        due = due_date(f.duty)
        if f.duty.rule.kind not in ("duty", "standing") or f.duty.absorbed_by is not None or due == UNDETERMINED:
            continue
        if f.duty.rule.visible_to is not None or not period.holds(due):
            continue
        ended = f.duty.ended.evidence if f.duty.ended is not None else ()
        evidence = (f.duty.trigger.log_index, *ended)
        state, name = f.now.state, f.duty.obligation
        if state == "met":
            owner = held_last(f)
            note = "" if is_backed([acts[i] for i in ended if i in acts], owner) else "own_word"
            yield Entry("on_time_rate", f.duty.duty_id, IN, name, owner, note=note, evidence=evidence)
        elif state in NOT_IN_TIME:
            yield Entry("on_time_rate", f.duty.duty_id, OUT, name, answering(f), note=state, evidence=evidence)
        else:
            yield Entry("on_time_rate", f.duty.duty_id, EXCLUDED, name, note=state, evidence=evidence)


def conclusion(facts: Facts, period: Period) -> Iterator[Entry]:
    """办结率 and, over the same matters, 化解率: answered, and settled, of those that had to be answered."""
    f = concluding(facts.found)
    if f is None or not period.holds(due_date(f.duty)) or f.duty.rule.visible_to is not None:
        return
    state, ended = f.now.state, f.duty.ended
    evidence = (f.duty.trigger.log_index, *(ended.evidence if ended is not None else ()))
    is_answered = ended is not None and ended.kind == "discharged"
    if not is_answered and state != "breached":
        for figure in ("conclusion_rate", "resolution_rate"):
            yield Entry(figure, facts.stream, EXCLUDED, note=state, evidence=evidence)
        return
    owner = answering(f)
    yield Entry("conclusion_rate", facts.stream, IN if is_answered else OUT, "", owner, note=state, evidence=evidence)
    proof, against = settled(facts)
    is_settled = bool(proof) and not against
    note = "" if is_settled else ("contradicted" if against else "no_record")
    part = IN if is_settled else OUT
    yield Entry("resolution_rate", facts.stream, part, "", owner, note=note, evidence=(*evidence, *proof, *against))


def satisfaction(facts: Facts, period: Period) -> Iterator[Entry]:
    """参评率: of the matters answered in the period, those rated. 满意率: of those rated, the content."""
    answered = facts.last(*ANSWERS)
    if answered is None or not period.holds(facts.day(answered)):
        return
    unit = answered.event.unit_id if isinstance(answered.event, ANSWERS) else ""
    rated = facts.last(e.SatisfactionRated)
    if rated is None:
        yield Entry("rating_response_rate", facts.stream, OUT, "", unit, evidence=(answered.log_index,))
        return
    evidence = (answered.log_index, rated.log_index)
    yield Entry("rating_response_rate", facts.stream, IN, "", unit, evidence=evidence)
    if isinstance(rated.event, e.SatisfactionRated):
        part = IN if rated.event.score in CONTENT else OUT
        yield Entry("satisfaction_rate", facts.stream, part, "", unit, note=rated.event.score, evidence=evidence)


def repeats(facts: Facts, period: Period) -> Iterator[Entry]:
    """重访率: of the matters whose time for repeats after closing ended in the period, those that came again in it."""
    closed, last = facts.last(e.CaseClosed), window(facts)
    if closed is None or not period.holds(last):
        return
    again = [r for r in _repeats_after(facts, closed) if last is not None and facts.day(r) <= last]
    evidence = (closed.log_index, *(r.log_index for r in again))
    yield Entry("repeat_rate", facts.stream, IN if again else OUT, "", _unit(closed), evidence=evidence)


def window(facts: Facts) -> date | None:
    """The last day on which a repeat counts against the closing; None where nothing was closed or no pack says."""
    closed, within = facts.last(e.CaseClosed), facts.law.rules.conventions(facts.source).repeat_within
    if closed is None or within is None:
        return None
    return count(facts.day(closed), within.days, within.counted_in, facts.law.calendar).day


def concluding(found: Sequence[Finding]) -> Finding | None:
    """The duty to answer the matter in the first instance: the first that counts, or the first that does not."""
    asked = [
        f
        for f in sorted(found, key=lambda f: f.order)
        if CONCLUDING & {*f.duty.rule.discharged_by}
        and f.duty.rule.kind == "duty"
        and "opinion_set_aside_served" not in f.duty.rule.arises_on
        and (f.duty.due_on is not None or f.duty.due_at is not None)
    ]
    standing = [f for f in asked if f.now.state not in ("void", "handed_over", "released")]
    return next(iter(standing or asked), None)


def settled(facts: Facts) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """
    The acts that record a settlement of the matter, and those after them that contradict it. A closed file, an answer
    served, a withdrawal and silence record none.
    """
    proof: list[Recorded] = []
    answer: Recorded | None = None
    against: list[Recorded] = []
    for r in facts.seen:
        event = r.event
        match event:
            case e.HandlingOpinionServed() | e.ReplyServed() | e.PetitionConcluded():
                answer, proof, against = r, [], []  # a new answer is a new beginning
            case e.SettlementAgreementSigned():
                answer, proof, against = r, [] if event.executor_unit_id else [r], []
            case e.ExecutionVerified() if not event.items:
                proof.append(r)
            case e.PetitionerConfirmed():
                proof.append(r)
                against = _without(against, e.SatisfactionRated)  # the petitioner's own later word
            case e.SatisfactionRated():
                proof, against = _without(proof, e.SatisfactionRated), _without(against, e.SatisfactionRated)
                if event.score not in CONTENT:
                    against.append(r)
                elif _asks_nothing_more(answer):
                    proof.append(r)
            case e.PetitionLinked() if event.kind == "repeat":
                against.append(r)
            case e.CaseReopened() | e.OpinionSetAsideServed() | e.ReviewRequested() | e.ReReviewRequested():
                against.append(r)
            case (
                e.ReviewRequestWithdrawn()
                | e.ReReviewRequestWithdrawn()
                | e.ReviewOpinionServed()
                | e.ReReviewOpinionIssued()
            ):
                against = _without(against, e.ReviewRequested, e.ReReviewRequested)
            case e.EffectReviewed() if event.result != "stands":
                against.append(r)
            case _:
                pass
    return tuple(r.log_index for r in proof), tuple(r.log_index for r in against)


def is_backed(ends: Sequence[Recorded], owner: str) -> bool:
    """Whether what ended a duty is more than its holder's own word: a proof, or an act of somebody else."""
    for r in ends:
        event = r.event
        if getattr(event, "proof", None) or getattr(event, "evidence", None) or _unit(r) != owner:
            return True
        if isinstance(event, (e.PetitionerConfirmed, e.SatisfactionRated)):
            return True
    return False


def category(facts: Facts) -> str:
    """What kind of matter it is, as last classified."""
    for r in reversed(facts.seen):
        if isinstance(r.event, (e.PetitionClassified, e.PetitionReceived)):
            return r.event.category
    return "claim"


def _asks_nothing_more(answer: Recorded | None) -> bool:
    """Whether an answer left nothing to be carried out."""
    event = answer.event if answer is not None else None
    return not (isinstance(event, e.HandlingOpinionServed) and event.outcome in SUPPORTING)


def _joined_away(facts: Facts) -> Recorded | None:
    joined = facts.last(e.PetitionsJoined)
    is_away = joined is not None and isinstance(joined.event, e.PetitionsJoined) and not joined.event.goes_on
    return joined if is_away else None


def _repeats_after(facts: Facts, closed: Recorded) -> list[Recorded]:
    return [
        r
        for r in facts.acts(e.PetitionLinked)
        if isinstance(r.event, e.PetitionLinked)
        and r.event.kind == "repeat"
        and (r.occurred_at, r.log_index) > (closed.occurred_at, closed.log_index)
    ]


def _unit(recorded: Recorded) -> str:
    return str(getattr(recorded.event, "unit_id", ""))


def _without(acts: list[Recorded], *kinds: type[Act]) -> list[Recorded]:
    return [r for r in acts if not isinstance(r.event, kinds)]
