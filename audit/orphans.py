"""
不落实的事 that no due day shows: a hand-over nobody signed for, a matter with no next duty, a case without a competent
organ, a supporting opinion with no date. Leads with their age; what is a duty besides is a finding besides.

tests/audit/test_orphans.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit.lead import Lead
from domain.case import events as e
from domain.duties.engine import split_stream
from domain.law.calendar import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from audit.findings import Finding
    from domain.duties.values import AsOf
    from domain.law.in_force import Law
    from domain.recorded import Recorded

# After one of these nothing more is owed on the matter, until somebody opens it again.
OVER = (
    *(e.CaseClosed, e.PetitionConcluded, e.ReplyServed, e.PetitionWithdrawn, e.PetitionsJoined, e.DivertedToJustice),
    *(e.TransferredToDiscipline, e.AccusationClosed, e.SuggestionReplied, e.ReReviewOpinionIssued, e.NotAccepted),
    *(e.NotAcceptedNoticeServed, e.AccusationSentUpward, e.ReporterNotified, e.ResultFedBack),
    *(e.HandlingOpinionServed, e.ExecutionVerified, e.PetitionerConfirmed, e.SettlementAgreementSigned),
    *(e.ReviewOpinionServed, e.ClosingReportFiled),
)
WAITING = ("open", "breached", "contested", "open_undated", "not_started", "no_due", "met_on_claim", "disputed")
SENT = (e.PetitionReferred, e.PetitionAssigned)
SETTLED = (  # somebody has it, or nobody needs to
    *(*SENT, *OVER, e.HandedOver, e.JurisdictionDecided, e.JurisdictionAgreed, e.CompetentBodyNamed),
    *(e.PetitionAccepted, e.AcceptanceNoticeServed),
)


def orphans(seen: Sequence[Recorded], found: Sequence[Finding], law: Law, at: AsOf) -> Iterator[Lead]:
    """The orphans of one case. `seen` is the view of its stream, `found` its duties."""
    if seen:
        yield from _unsigned(seen, found, at)
        yield from _no_next_duty(seen, found, law, at)
        yield from _no_competent_body(seen, found, at)
        yield from _no_date(found)


def _unsigned(seen: Sequence[Recorded], found: Sequence[Finding], at: AsOf) -> Iterator[Lead]:
    """Sent, and neither received by any record nor sent back nor taken back."""
    taken = (*e.RECEIPTS, e.PetitionReturned, e.JurisdictionObjected)
    answered = {r.event.of_version for r in seen if isinstance(r.event, taken)}
    for r in seen:
        if isinstance(r.event, SENT) and r.version not in answered:
            days = (at.day - _day(r, found)).days
            if days > 0:
                yield Lead("hand_over_unsigned", r.stream, f"送出 {days} 日，无人签收，无送达凭证", (r.log_index,))


def _no_next_duty(seen: Sequence[Recorded], found: Sequence[Finding], law: Law, at: AsOf) -> Iterator[Lead]:
    """Not over, nothing owed, and nothing recorded for longer than the pack's convention: nobody's matter."""
    newest = next((r for r in reversed(seen) if not isinstance(r.event, e.ABOUT_THE_FILE)), None)
    limit = law.rules.conventions(split_stream(seen[0].stream)[0]).silent_after
    if newest is None or not found or limit is None or any(f.now.state in WAITING for f in found):
        return
    over = [n for n, r in enumerate(seen) if isinstance(r.event, OVER)]
    opened = [n for n, r in enumerate(seen) if isinstance(r.event, (e.CaseReopened, e.OpinionSetAsideServed))]
    if over and (not opened or opened[-1] < over[-1]):
        return
    since = _day(newest, found)
    if at.day > count(since, limit.days, limit.counted_in, law.calendar).day:
        said = f"未办结，亦无下一项应落实的事，已 {(at.day - since).days} 日无记录"
        yield Lead("no_next_duty", newest.stream, said, (newest.log_index,))


def _no_competent_body(seen: Sequence[Recorded], found: Sequence[Finding], at: AsOf) -> Iterator[Lead]:
    """The last objection was upheld, or the last dispute is not decided, and the matter went to nobody since."""
    last: Recorded | None = None
    said = ""
    for r in seen:
        event: Any = r.event
        if isinstance(event, e.ObjectionDecided) and event.result == "upheld":
            last, said = r, "异议成立后未再确定有权处理机关"
        elif isinstance(event, e.JurisdictionDisputed):
            last, said = r, "管辖争议未决，尚无有权处理机关"
        elif isinstance(
            event,
            SETTLED,
        ):
            last = None
    if last is not None and (days := (at.day - _day(last, found)).days) > 0:
        yield Lead("no_competent_body", last.stream, f"{said}，已 {days} 日", (last.log_index,))


def _no_date(found: Sequence[Finding]) -> Iterator[Lead]:
    """An act that should have set a day, and did not: against who acted, none against who is to do it."""
    for f in found:
        if f.now.state == "no_due":
            evidence = dict.fromkeys(i for i in (f.duty.issued_by, f.duty.trigger.log_index) if i is not None)
            days = (f.now.day - f.duty.arose_on).days
            yield Lead("no_date_set", f.duty.stream, f"{f.duty.rule.name_zh}：未定期限，已 {days} 日", tuple(evidence))


def _day(recorded: Recorded, found: Sequence[Finding]) -> date:
    return found[0].duty.day(recorded.occurred_at) if found else recorded.occurred_at.date()
