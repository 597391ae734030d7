"""
Where a matter goes besides referral and assignment: received without a signature, returned, disputed, diverted,
withdrawn, and what the petitioner is told of it. tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import by_holder, made, one_of, same_unit, standing_act, stated, working_unit
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case, HandOverState
    from domain.people.register import Register

LINES = ("court", "procuratorate", "police", "justice")
MANNERS = ("forwarded", "guided")
NOTICES = ("referral", "guidance", "route", "route_changed", "review_not_accepted", "re_review_not_accepted")
DIVERSION = "信访工作条例 art. 22"
DISCIPLINE = "信访工作条例 art. 22, 30"
OBJECTION = "信访工作条例 art. 23"
JURISDICTION = "信访工作条例 art. 24"

RouteCommand = (
    c.ReportForDecision
    | c.ProveReceipt
    | c.DeemReceipt
    | c.ReturnPetition
    | c.WithdrawObjection
    | c.DisputeJurisdiction
    | c.DecideJurisdiction
    | c.AgreeJurisdiction
    | c.NameCompetentBody
    | c.DivertToJustice
    | c.TransferToDiscipline
    | c.WithdrawAssignment
    | c.RejectClosingReport
    | c.ServeNotice
)


def level(division_code: str | None) -> str | None:
    """The level a GB/T 2260 code stands for; None where none is recorded."""
    if division_code is None:
        return None
    if division_code.endswith("0000"):
        return "province"
    return "prefecture" if division_code.endswith("00") else "county"


def decide(case: Case, command: RouteCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    day = command.occurred_at.date()
    match command:
        case c.ReportForDecision():
            by_holder(case, command, people)
            working_unit(command.to_unit_id, day, people, field="to_unit_id")
            stated(command.basis, field="basis")
            return _new(case, made(e.ReportedForDecision, command))
        case c.ProveReceipt() | c.DeemReceipt():
            return _received(case, command, people)
        case c.ReturnPetition():
            return _return(case, command, people)
        case c.WithdrawObjection():
            return _withdraw_objection(case, command)
        case c.DisputeJurisdiction():
            return _dispute(case, command, people)
        case c.DecideJurisdiction() | c.AgreeJurisdiction():
            return _settle(case, command, people)
        case c.NameCompetentBody():
            for unit_id in (command.lead_unit_id, *command.with_unit_ids):
                working_unit(unit_id, day, people, field="lead_unit_id")
            if command.lead_unit_id in command.with_unit_ids:
                raise Refused(
                    "the lead unit takes part already",
                    zh="牵头单位不列入参加单位",
                    field="with_unit_ids",
                    allowed="牵头单位单列 / name it as the lead alone",
                )
            return _new(case, made(e.CompetentBodyNamed, command))
        case c.DivertToJustice():
            return _divert(case, command, people)
        case c.TransferToDiscipline():
            by_holder(case, command, people)
            working_unit(command.to_unit_id, day, people, field="to_unit_id")
            if people.units[command.to_unit_id].kind != "discipline":
                raise Refused(
                    f"{command.to_unit_id} is no discipline organ",
                    zh="接收单位不是纪检监察机关",
                    allowed="登记为 discipline 的单位 / a unit of kind discipline",
                    field="to_unit_id",
                    law=DISCIPLINE,
                )
            return _new(case, made(e.TransferredToDiscipline, command))
        case c.WithdrawAssignment():
            stated(command.reason, field="reason")
            sent = _sent_by(case, command.of_version, command, people)
            if sent.kind != "petition_assigned":
                raise Refused(
                    "only an assignment asks for a report",
                    zh="所指移送不是交办",
                    field="of_version",
                    allowed="指明交办的序号 / name the version of an assignment",
                )
            return [] if sent.is_over else [made(e.AssignmentWithdrawn, command)]
        case c.RejectClosingReport():
            return _reject(case, command, people)
        case c.ServeNotice():
            return _notice(case, command, people)


def _new(case: Case, event: e.CaseEvent) -> list[e.CaseEvent]:
    return [] if event in case.acts else [event]


def _hand_over(case: Case, version: int) -> HandOverState:
    sent = case.hand_over(version)
    if sent is None:
        raise Refused(
            f"no hand-over stands at version {version}",
            zh=f"第 {version} 号记录不是移送",
            field="of_version",
            allowed="指明转送或交办的序号 / name the version of the hand-over",
        )
    return sent


def _sent_by(case: Case, version: int, command: c.CaseCommand, people: Register) -> HandOverState:
    sent = _hand_over(case, version)
    if not same_unit(sent.sender_unit_id, command.unit_id, command.occurred_at.date(), people):
        raise Refused(
            f"the hand-over at version {version} was sent by {sent.sender_unit_id}",
            zh=f"该移送由 {sent.sender_unit_id} 发出",
            allowed=f"由发出单位记录 / by {sent.sender_unit_id}",
            field="unit_id",
        )
    return sent


def _received(case: Case, command: c.ProveReceipt | c.DeemReceipt, people: Register) -> list[e.CaseEvent]:
    stated(command.proof if isinstance(command, c.ProveReceipt) else command.basis, field="proof")
    sent = _sent_by(case, command.of_version, command, people)
    if sent.is_over:
        raise Refused(
            "that hand-over was returned", zh="该移送已退回", field="of_version", allowed="重新转送 / send it again"
        )
    if sent.is_received:
        return []
    receiver = people.unit_on(sent.to_unit_id, command.occurred_at.date())
    if isinstance(command, c.ProveReceipt):
        return [made(e.ReceiptProved, command, of=sent.kind, receiver_unit_id=receiver)]
    return [made(e.ReceiptDeemed, command, of=sent.kind, receiver_unit_id=receiver)]


def _return(case: Case, command: c.ReturnPetition, people: Register) -> list[e.CaseEvent]:
    stated(command.reason, field="reason")
    sent = _hand_over(case, command.of_version)
    if not same_unit(sent.to_unit_id, command.unit_id, command.occurred_at.date(), people):
        raise Refused(
            f"the hand-over went to {sent.to_unit_id}",
            zh=f"该移送的接收单位是 {sent.to_unit_id}",
            field="unit_id",
            allowed="由接收单位退回 / the unit it went to",
        )
    if sent.is_over:
        return []
    if sent.is_received and sent.objection_result != "upheld":
        raise Refused(
            "what was received is returned after an objection was upheld, not before",
            rule="returned_without_consent",
            zh="签收后未经异议核实同意，不得退回",
            allowed="提出管辖异议 / object within the window",
            field="of_version",
            law=OBJECTION,
        )
    result = "upheld" if sent.is_received else "unsigned"
    return [made(e.PetitionReturned, command, addressee_unit_id=sent.sender_unit_id, result=result)]


def _withdraw_objection(case: Case, command: c.WithdrawObjection) -> list[e.CaseEvent]:
    sent = case.objected(command.objection_version)
    if sent is None:
        raise Refused(
            f"no objection stands at version {command.objection_version}",
            zh=f"第 {command.objection_version} 号记录不是异议",
            field="objection_version",
            allowed="指明异议的序号 / name the version of the objection",
        )
    if sent.to_unit_id != command.unit_id:
        raise Refused(
            f"{sent.to_unit_id} objected",
            zh="只能撤回本单位的异议",
            field="unit_id",
            law=OBJECTION,
            allowed="由提出单位撤回 / the unit that objected",
        )
    if sent.objection_result == "withdrawn":
        return []
    if sent.objection_result is not None:
        raise Refused(
            f"the objection was already {sent.objection_result}",
            zh="异议已核实，不能撤回",
            field="objection_version",
            allowed="不得改变 / it stands",
        )
    return [made(e.ObjectionWithdrawn, command)]


def _dispute(case: Case, command: c.DisputeJurisdiction, people: Register) -> list[e.CaseEvent]:
    if len(set(command.between)) < 2:
        raise Refused(
            "a dispute is between two organs or more",
            zh="管辖争议须有两个以上机关",
            field="between",
            allowed="两个以上单位 / two units or more",
        )
    for unit_id in command.between:
        working_unit(unit_id, command.occurred_at.date(), people, field="between")
    superior, conference = command.common_superior_unit_id, command.common_joint_conference_unit_id
    if (superior is None) == (conference is None):
        raise Refused(
            "name who decides: the common superior or, without one, the joint conference",
            zh="须指明决定机关：共同的上一级机关，没有的由共同的联席会议协调",
            field="common_superior_unit_id",
            law=JURISDICTION,
            allowed="二者择一 / one of the two",
        )
    decider = superior or conference or ""
    working_unit(decider, command.occurred_at.date(), people, field="common_superior_unit_id")
    if decider in command.between:
        raise Refused(
            "no party to the dispute decides it",
            zh="争议一方不能自行决定",
            field="common_superior_unit_id",
            allowed="共同上级或联席会议 / the common superior, or the conference",
        )
    return _new(case, made(e.JurisdictionDisputed, command))


def _settle(case: Case, command: c.DecideJurisdiction | c.AgreeJurisdiction, people: Register) -> list[e.CaseEvent]:
    dispute = standing_act(case, command.dispute_version, e.JurisdictionDisputed, field="dispute_version")
    working_unit(command.competent_unit_id, command.occurred_at.date(), people, field="competent_unit_id")
    settled = case.answered(command.dispute_version, e.JurisdictionDecided, e.JurisdictionAgreed)
    if isinstance(settled, (e.JurisdictionDecided, e.JurisdictionAgreed)):
        if settled.competent_unit_id == command.competent_unit_id:
            return []
        raise Refused(
            f"the dispute was settled: {settled.competent_unit_id}",
            zh=f"争议已定：{settled.competent_unit_id}",
            field="dispute_version",
            allowed="按已定的机关办理 / the organ named",
        )
    if isinstance(command, c.AgreeJurisdiction):
        if command.competent_unit_id not in dispute.between:
            raise Refused(
                "the organs in dispute agree on one of themselves",
                zh="协商结果须是争议机关之一",
                allowed=", ".join(dispute.between),
                field="competent_unit_id",
                law=JURISDICTION,
            )
        if command.unit_id not in dispute.between:
            raise Refused(
                "an agreement is recorded by a party to it",
                zh="由争议机关之一记录",
                field="unit_id",
                allowed="争议机关之一 / one of the organs",
            )
        return [made(e.JurisdictionAgreed, command)]
    decider = dispute.common_superior_unit_id or dispute.common_joint_conference_unit_id
    if command.unit_id != decider:
        raise Refused(
            f"the dispute is decided by {decider}",
            zh=f"管辖争议由 {decider} 决定",
            allowed=f"由其决定，或由争议机关协商 / by {decider}, or by agreement of the organs",
            field="unit_id",
            law=JURISDICTION,
        )
    return [made(e.JurisdictionDecided, command)]


def _divert(case: Case, command: c.DivertToJustice, people: Register) -> list[e.CaseEvent]:
    one_of(command.line, LINES, field="line")
    one_of(command.manner, MANNERS, field="manner")
    by_holder(case, command, people)
    working_unit(command.to_unit_id, command.occurred_at.date(), people, field="to_unit_id")
    own, other = people.units[command.unit_id], people.units[command.to_unit_id]
    if other.kind in LINES and other.kind != command.line:
        raise Refused(
            f"{other.unit_id} is of the line {other.kind}",
            zh="接收单位不属于该系统",
            field="line",
            allowed="按接收单位所属系统填写 / the line of the unit",
        )
    here, there = level(own.division_code), level(other.division_code)
    if here is not None and there is not None and here != there:
        raise Refused(
            f"litigation matters go to the same level: {here}, not {there}",
            zh=f"涉法涉诉事项转送同级政法机关：本级为 {here}，接收单位为 {there}",
            allowed="转送同级政法机关 / the body at the same level",
            field="to_unit_id",
            law=DIVERSION,
        )
    return _new(case, made(e.DivertedToJustice, command))


def _reject(case: Case, command: c.RejectClosingReport, people: Register) -> list[e.CaseEvent]:
    stated(command.reason, field="reason")
    report = standing_act(case, command.report_version, e.ClosingReportFiled, field="report_version")
    day = command.occurred_at.date()
    senders = {h.sender_unit_id for h in case.hand_overs if h.kind == "petition_assigned"}
    if not any(same_unit(s, command.unit_id, day, people) for s in senders):
        raise Refused(
            "a report is rejected by the body that asked for it",
            zh="办结报告由交办单位审核",
            allowed=", ".join(sorted(senders)),
            field="unit_id",
        )
    if case.answered(command.report_version, e.ClosingReportRejected):
        return []
    if command.report_by <= day:
        raise Refused(
            "the new day must lie after the rejection",
            zh="新的期限须在退回之后",
            field="report_by",
            allowed="退回之后的日期 / a later day",
        )
    return [made(e.ClosingReportRejected, command, addressee_unit_id=report.unit_id)]


def _notice(case: Case, command: c.ServeNotice, people: Register) -> list[e.CaseEvent]:
    one_of(command.kind, NOTICES, field="kind")
    if command.to_unit_id is not None:
        working_unit(command.to_unit_id, command.occurred_at.date(), people, field="to_unit_id")
    elif command.kind in ("referral", "guidance"):
        raise Refused(
            "the petitioner is told whereto",
            zh="须告知转送去向或应去的机关",
            field="to_unit_id",
            law=OBJECTION,
            allowed="to_unit_id",
        )
    if command.kind in ("review_not_accepted", "re_review_not_accepted"):
        stated(command.ground, field="ground")
        asked = e.ReviewRequested if command.kind == "review_not_accepted" else e.ReReviewRequested
        standing_act(case, command.answers or 0, asked, field="answers")
    elif command.answers is not None:
        raise Refused(
            f"a notice of {command.kind} answers no request",
            zh="该告知不针对申请",
            field="answers",
            allowed="不填 answers / leave answers out",
        )
    return _new(case, made(e.NoticeServed, command))
