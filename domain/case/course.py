"""
How handling goes on besides acceptance and opinion: items of a claim, service, settlement, hearings, recusal, requests
withdrawn, effects reviewed. tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import by_holder, known_opinion, known_unit, made, one_of, standing_act, stated
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

OUTCOMES = ("support", "support_in_part", "explain", "not_support")
SERVICE = ("direct", "left", "post", "electronic", "public")
LOOKS = ("first", "second", "third")
EFFECTS = ("stands", "came_back", "not_executed")
MAX_ITEMS = 50  # of one claim: the longest known has a dozen
RECUSAL = "信访工作条例 art. 28"

CourseCommand = (
    c.AnswerDirectly
    | c.ConvertToOrdinary
    | c.RevokeAcceptance
    | c.SplitClaim
    | c.AnswerItem
    | c.ProveOpinionService
    | c.SignSettlement
    | c.DecideHearing
    | c.CancelHearing
    | c.DeclareInterest
    | c.FindInterest
    | c.WithdrawInterestFinding
    | c.RecordRecusal
    | c.ReviewEffect
    | c.WithdrawReviewRequest
    | c.WithdrawReReviewRequest
)


def recused(case: Case) -> frozenset[str]:
    """The officials who stepped aside from this matter."""
    return frozenset(a.interested_official_id for a in case.acts if isinstance(a, e.RecusalRecorded))


def items_of(case: Case) -> int:
    """How many items the claim has; 0 where it was not split."""
    found = case.newest(e.ClaimSplit)
    return len(found[1].items) if found is not None and isinstance(found[1], e.ClaimSplit) else 0


def known_items(case: Case, items: tuple[int, ...]) -> None:
    """Each names an item of the claim, once."""
    count = items_of(case)
    if len(set(items)) != len(items) or any(not 1 <= i <= count for i in items):
        raise Refused(
            f"the claim has items 1 to {count}",
            zh="没有该诉求项",
            allowed=f"1-{count}" if count else "先分列诉求 / split the claim first",
            field="items",
        )


def decide(case: Case, command: CourseCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.AnswerDirectly():
            return _new(case, made(e.ReplyServed, command))
        case c.ConvertToOrdinary():
            return _convert(case, command, people)
        case c.RevokeAcceptance():
            return _revoke(case, command, people)
        case c.SplitClaim():
            if not 1 <= len(command.items) <= MAX_ITEMS or not all(i.strip() for i in command.items):
                raise Refused(
                    f"a claim has 1 to {MAX_ITEMS} items, each with its code",
                    zh="诉求项不符",
                    field="items",
                    allowed="每项一个代码 / one code for each item",
                )
            if any(a.items == command.items for a in _split(case)):
                return []
            if case.newest(e.OpinionItemAnswered) is not None:
                raise Refused(
                    "items were answered already",
                    zh="已有逐项答复，不能重新分列",
                    field="items",
                    allowed="更正原记录 / correct the act",
                )
            return [made(e.ClaimSplit, command)]
        case c.AnswerItem():
            return _answer(case, command, people)
        case c.ProveOpinionService():
            known_opinion(case, command.opinion_version)
            one_of(command.means, SERVICE, field="means")
            stated(command.proof, field="proof")
            return _new(case, made(e.OpinionServiceProved, command))
        case c.SignSettlement():
            if not command.evidence:
                raise Refused(
                    "a settlement names the signed paper", zh="须附签署的协议", field="evidence", allowed="evidence"
                )
            if not case.is_accepted:
                raise Refused(
                    "a settlement needs an accepted matter",
                    zh="受理后方可签订和解、调解协议",
                    field="stream",
                    law="信访工作条例 art. 33",
                    allowed="先受理 / accept it first",
                )
            if command.executor_unit_id is not None:
                known_unit(command.executor_unit_id, people, field="executor_unit_id")
            return _new(case, made(e.SettlementAgreementSigned, command))
        case c.DecideHearing():
            if command.hold_on is not None and command.hold_on < command.occurred_at.date():
                raise Refused(
                    "a hearing is held after it was decided",
                    zh="听证日期早于决定",
                    field="hold_on",
                    allowed="决定当日或以后 / that day or later",
                )
            return _new(case, made(e.HearingDecided, command))
        case c.CancelHearing():
            return _cancel(case, command)
        case c.DeclareInterest() | c.FindInterest():
            return _interest(case, command, people)
        case c.WithdrawInterestFinding() | c.RecordRecusal():
            return _of_interest(case, command)
        case c.ReviewEffect():
            standing_act(case, command.closing_version, e.CaseClosed, field="closing_version")
            one_of(command.result, EFFECTS, field="result")
            if command.look is not None:
                one_of(command.look, LOOKS, field="look")
            return [made(e.EffectReviewed, command)]
        case c.WithdrawReviewRequest() | c.WithdrawReReviewRequest():
            return _withdraw(case, command)


def _new(case: Case, event: e.CaseEvent) -> list[e.CaseEvent]:
    return [] if event in case.acts else [event]


def _split(case: Case) -> list[e.ClaimSplit]:
    return [a for a in case.acts if isinstance(a, e.ClaimSplit)]


def _convert(case: Case, command: c.ConvertToOrdinary, people: Register) -> list[e.CaseEvent]:
    stated(command.reason, field="reason")
    by_holder(case, command, people)
    accepted = case.newest(e.PetitionAccepted)
    if case.newest(e.SimpleConvertedToOrdinary) is not None:
        return []
    if accepted is not None and isinstance(accepted[1], e.PetitionAccepted) and accepted[1].procedure != "simple":
        raise Refused(
            "the matter is handled by the ordinary procedure",
            zh="本事项未适用简易办理",
            field="stream",
            allowed="按普通程序办理 / go on by the ordinary procedure",
        )
    return [made(e.SimpleConvertedToOrdinary, command)]


def _revoke(case: Case, command: c.RevokeAcceptance, people: Register) -> list[e.CaseEvent]:
    stated(command.reason, field="reason")
    holder = case.unit_id or command.unit_id
    superior = people.units[command.unit_id]
    if command.unit_id == holder or people.is_within(superior.unit_id, holder):
        raise Refused(
            "an acceptance is revoked by an organ above",
            zh="撤销受理由上级机关作出",
            allowed=", ".join(people.above(holder)) or "上级机关 / an organ above",
            field="unit_id",
        )
    if not case.is_accepted:
        if case.newest(e.AcceptanceRevoked) is not None:
            return []
        raise Refused(
            "nothing was accepted",
            zh="本事项尚未受理",
            field="stream",
            allowed="决定受理，或不予受理 / accept it, or refuse it with a ground",
        )
    return [made(e.AcceptanceRevoked, command, addressee_unit_id=holder)]


def _answer(case: Case, command: c.AnswerItem, people: Register) -> list[e.CaseEvent]:
    known_opinion(case, command.opinion_version)
    one_of(command.outcome, OUTCOMES, field="outcome")
    known_items(case, (command.item,))
    if command.executor_unit_id is not None:
        known_unit(command.executor_unit_id, people, field="executor_unit_id")
    for act in case.acts:
        if isinstance(act, e.OpinionItemAnswered) and (act.opinion_version, act.item) == (
            command.opinion_version,
            command.item,
        ):
            if act.outcome == command.outcome:
                return []
            raise Refused(
                f"item {command.item} was answered: {act.outcome}",
                zh=f"第 {command.item} 项已答复",
                allowed="更正记录 / correct that act",
                field="item",
            )
    return [made(e.OpinionItemAnswered, command)]


def _cancel(case: Case, command: c.CancelHearing) -> list[e.CaseEvent]:
    stated(command.reason, field="reason")
    acts = (e.HearingDecided, e.HearingConvened, e.HearingClosed, e.HearingCancelledWithReason)
    newest = case.newest(*acts)
    if newest is not None and isinstance(newest[1], e.HearingCancelledWithReason):
        return []
    if newest is None or isinstance(newest[1], e.HearingClosed):
        raise Refused(
            "no hearing is decided or held",
            zh="没有待举行的听证",
            field="stream",
            allowed="先记录听证决定 / record the decision first",
        )
    return [made(e.HearingCancelledWithReason, command)]


def _interest(case: Case, command: c.DeclareInterest | c.FindInterest, people: Register) -> list[e.CaseEvent]:
    stated(command.ground, field="ground")
    if isinstance(command, c.DeclareInterest):
        if command.official_id is None:
            raise Refused(
                "an interest is declared by an official",
                zh="由本人申报",
                field="official_id",
                law=RECUSAL,
                allowed="由本人申报，或由他人记录发现 / declare it in person, or record a finding",
            )
        return _new(case, made(e.InterestDeclared, command, interested_official_id=command.official_id))
    if command.interested_official_id not in people.officials:
        raise Refused(
            f"official {command.interested_official_id} is not in the register",
            zh=f"名册中没有人员 {command.interested_official_id}",
            field="interested_official_id",
            allowed="先登记该人员 / register the official first",
        )
    return _new(case, made(e.InterestFound, command))


def _of_interest(case: Case, command: c.WithdrawInterestFinding | c.RecordRecusal) -> list[e.CaseEvent]:
    found = (e.InterestFound, *(() if isinstance(command, c.WithdrawInterestFinding) else (e.InterestDeclared,)))
    interest = standing_act(case, command.interest_version, *found, field="interest_version")
    if case.answered(command.interest_version, e.InterestFindingWithdrawn):
        if isinstance(command, c.WithdrawInterestFinding):
            return []
        raise Refused(
            "that finding was withdrawn",
            zh="该认定已撤销",
            field="interest_version",
            law=RECUSAL,
            allowed="重新记录利害关系 / record the interest anew",
        )
    if isinstance(command, c.WithdrawInterestFinding):
        stated(command.reason, field="reason")
        if command.official_id == interest.interested_official_id:
            raise Refused(
                "not by the official concerned",
                zh="不得由本人撤销",
                field="official_id",
                law=RECUSAL,
                allowed="由他人撤销 / another official may",
            )
        return [made(e.InterestFindingWithdrawn, command)]
    if case.answered(command.interest_version, e.RecusalRecorded):
        return []
    return [made(e.RecusalRecorded, command, interested_official_id=interest.interested_official_id)]


def _withdraw(case: Case, command: c.WithdrawReviewRequest | c.WithdrawReReviewRequest) -> list[e.CaseEvent]:
    is_review = isinstance(command, c.WithdrawReviewRequest)
    asked = e.ReviewRequested if is_review else e.ReReviewRequested
    kind = e.ReviewRequestWithdrawn if is_review else e.ReReviewRequestWithdrawn
    standing_act(case, command.request_version, asked, field="request_version")
    stated(command.proof, field="proof")
    if case.answered(command.request_version, kind):
        return []
    if command.request_version in case.reviews_decided:
        raise Refused(
            "the request was decided already",
            zh="该申请已有结果",
            field="request_version",
            allowed="不服的，依法申请下一级救济 / the next remedy, where one is left",
        )
    return [made(e.ReviewRequestWithdrawn, command) if is_review else made(e.ReReviewRequestWithdrawn, command)]
