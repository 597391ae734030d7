"""
What may be recorded about a case: one function per command, state and command in, events out.

[] is an idempotent repeat; `Refused` is a broken rule. Lateness is never a reason to refuse: a late act is recorded as
it happened and the duties engine says what it means. A rule that needs a fact gets it as an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from domain.case import (
    accountability,
    arrivals,
    attempts,
    causes,
    correcting,
    course,
    discipline,
    excuse,
    filing,
    leaders,
    listed,
    powers,
    repeating,
    routes,
    secrecy,
    settling,
    supervision,
)
from domain.case import commands as c
from domain.case import events as e
from domain.case.arrivals import CATEGORIES
from domain.case.checks import (
    CHANNELS,
    by,
    by_holder,
    known_actor,
    known_opinion,
    known_unit,
    one_of,
    same_unit,
    working_unit,
)
from domain.case.errors import Refused
from domain.case.facts import NONE, Facts
from domain.law.calendar import MAX_DAYS

if TYPE_CHECKING:
    from domain.case.case import Case, HandOverState
    from domain.people.register import Register

OPINION_OUTCOMES = ("support", "support_in_part", "explain", "not_support")
REVIEW_OUTCOMES = ("uphold", "change", "set_aside")
OPINION = "信访工作条例 art. 32"
RATINGS = ("satisfied", "basically_satisfied", "dissatisfied")
OPINIONS = (e.HandlingOpinionServed, e.ReviewOpinionServed, e.ReReviewOpinionIssued)
PROCEDURES = ("ordinary", "simple")
ROUTES = ("art31_1", "art31_2", "art31_3", "art31_4", "art31_5", "art31_6")
CODE_LENGTH = 120  # a ground, basis, reason or step is a code or a citation; what people write is sealed

AnyCaseCommand = (
    c.ReceivePetition
    | c.RegisterPetition
    | c.ReferPetition
    | c.AssignPetition
    | c.HandOver
    | c.SignReceipt
    | c.AssignHandler
    | c.ObjectJurisdiction
    | c.DecideObjection
    | c.AcceptPetition
    | c.RefuseAcceptance
    | c.ServeAcceptanceNotice
    | c.ServeNotAcceptedNotice
    | c.ApproveExtension
    | c.ServeExtensionNotice
    | c.ServeHandlingOpinion
    | c.EvidenceExecution
    | c.VerifyExecution
    | c.ConfirmExecution
    | c.FileClosingReport
    | c.CloseCase
    | c.LinkRepeat
    | c.RequestReview
    | c.ServeReviewOpinion
    | c.RequestReReview
    | c.IssueReReviewOpinion
    | c.ConveneHearing
    | c.CloseHearing
    | c.RateSatisfaction
    | c.WithdrawPetition
    | c.NoteProgress
    | secrecy.SealedCommand
    | excuse.ExcuseCommand
    | arrivals.ArrivalCommand
    | routes.RouteCommand
    | course.CourseCommand
    | discipline.DisciplineCommand
    | correcting.CorrectionCommand
    | c.FileAct
    | supervision.SupervisionCommand
    | leaders.LeadersCommand
    | settling.SettlingCommand
    | c.RecordRefusedAttempt
    | accountability.AccountabilityCommand
    | causes.CausesCommand
)


def decide(case: Case, command: AnyCaseCommand, people: Register, facts: Facts = NONE) -> list[e.CaseEvent]:
    """
    The events that recording `command` on `case` gives, or Refused. `facts`: the law, and whom an accusation names.
    """
    decided = repeating.unless_said(case, command, _decide(case, command, people, facts))
    listed.check(case, command, decided, facts.rules, people)
    return decided


def _decide(case: Case, command: AnyCaseCommand, people: Register, facts: Facts) -> list[e.CaseEvent]:
    if command.occurred_at > command.now:
        raise Refused(
            "an act cannot be claimed for a moment after its recording",
            field="occurred_at",
            zh="所报时间晚于登记时间",
            allowed="填写已发生的时间 / a time that has passed",
        )
    known_actor(command, people)
    for name in ("ground", "basis", "reason", "step", "policy_basis"):
        if len(getattr(command, name, None) or "") > CODE_LENGTH:
            raise Refused(
                f"{name} is a code or a citation; free text goes in sealed",
                field=name,
                zh=f"{name} 只能是代码或条文",
                allowed="文字内容放入密封字段 / put words into sealed fields",
            )
    if isinstance(command, c.ReceivePetition):
        return _receive(case, command)
    if isinstance(command, c.RegisterPetition):
        return _register(case, command)
    if isinstance(command, c.RecordRefusedAttempt):
        return attempts.decide(case, command)
    if isinstance(command, secrecy.SealedCommand):
        return secrecy.decide(case, command, people)
    if isinstance(command, correcting.CorrectionCommand):
        return correcting.decide(case, command, people)
    _may_act(case, command, people, facts)
    if isinstance(command, arrivals.ArrivalCommand):
        return arrivals.decide(case, command, people)
    if isinstance(command, discipline.DisciplineCommand):
        return discipline.decide(case, command, people)
    if case.case_no is None:
        raise Refused(
            f"case {command.stream} is not registered",
            field="stream",
            zh=f"{command.stream} 尚未登记",
            allowed="先登记 / register it first",
        )
    if isinstance(command, excuse.ExcuseCommand):
        return excuse.decide(case, command, people)
    if isinstance(command, routes.RouteCommand):
        return routes.decide(case, command, people)
    if isinstance(command, course.CourseCommand):
        return course.decide(case, command, people)
    if isinstance(command, c.FileAct):
        return list(filing.file_act(command, people, "case"))
    if isinstance(command, supervision.SupervisionCommand):
        return supervision.decide(case, command, people)
    if isinstance(command, leaders.LeadersCommand):
        return leaders.decide(case, command, people, facts.rules)
    if isinstance(command, settling.SettlingCommand):
        return settling.decide(case, command, people)
    if isinstance(command, accountability.AccountabilityCommand):
        return accountability.decide(case, command, people)
    if isinstance(command, causes.CausesCommand):
        return causes.decide(case, command, people)
    return _decide_registered(case, command, people, facts)


def _may_act(case: Case, command: c.CaseCommand, people: Register, facts: Facts) -> None:
    """What holds for every act on a case: who may not do it, whatever it is."""
    if case.is_joined:
        raise Refused(
            "this matter was joined with another and goes on there",
            field="stream",
            zh="本事项已并入另一事项办理",
            allowed="记入续办的事项 / record it where the matter goes on",
        )
    if case.is_accusation:
        discipline.guard(command, facts.accused, people)
    powers.supervise_only(command, people)
    powers.not_recused(case, command)


def _decide_registered(case: Case, command: Any, people: Register, facts: Facts) -> list[e.CaseEvent]:
    acting = by(command)
    if isinstance(command, (c.RefuseAcceptance, c.ServeNotAcceptedNotice)):
        listed.ground(command.ground, facts.rules, command.stream.split("/")[1], command.occurred_at.date())
    match command:
        case c.ReferPetition() | c.AssignPetition():
            return _send(case, command, people)
        case c.HandOver():
            working_unit(command.to_unit_id, command.occurred_at.date(), people, field="to_unit_id")
            if case.unit_id == command.to_unit_id:
                return []
            return [e.HandedOver(**acting, to_unit_id=command.to_unit_id, to_official_id=command.to_official_id)]
        case c.SignReceipt():
            return _sign_receipt(case, command, people)
        case c.AssignHandler():
            return _assign_handler(command, people)
        case c.ObjectJurisdiction():
            return _object(case, command, people)
        case c.DecideObjection():
            return _decide_objection(case, command)
        case c.AcceptPetition():
            return _accept(case, command, people)
        case c.RefuseAcceptance():
            return [e.NotAccepted(**acting, ground=command.ground)]
        case c.ServeAcceptanceNotice():
            return [e.AcceptanceNoticeServed(**acting, proof=command.proof)]
        case c.ServeNotAcceptedNotice():
            return [e.NotAcceptedNoticeServed(**acting, ground=command.ground, proof=command.proof)]
        case c.ApproveExtension():
            return _extend(case, command)
        case c.ServeExtensionNotice():
            if command.extension_version not in case.extensions:
                raise Refused(
                    f"no extension stands at version {command.extension_version}",
                    field="extension_version",
                    zh=f"第 {command.extension_version} 号记录不是延期",
                    allowed="指明延期记录的序号 / name the version of the extension",
                )
            return [
                e.ExtensionNoticeServed(**acting, extension_version=command.extension_version, proof=command.proof),
            ]
        case c.ServeHandlingOpinion():
            return _opinion(case, command, people)
        case c.EvidenceExecution() | c.VerifyExecution() | c.ConfirmExecution():
            return _execution(case, command)
        case c.FileClosingReport():
            if not any(h.kind == "petition_assigned" for h in case.hand_overs):
                raise Refused(
                    "a closing report answers an assignment, and none is recorded",
                    field="stream",
                    zh="办结报告须针对交办，而账本中没有交办记录",
                    allowed="转送事项不报办结报告 / a referral needs none",
                )
            return [e.ClosingReportFiled(**acting)]
        case c.CloseCase():
            return [] if case.is_closed else [e.CaseClosed(**acting, form=command.form)]
        case c.LinkRepeat():
            return _link(case, command)
        case c.RequestReview() | c.RequestReReview():
            known_opinion(case, command.opinion_version)
            request = e.ReviewRequested if isinstance(command, c.RequestReview) else e.ReReviewRequested
            return [request(**acting, opinion_version=command.opinion_version)]
        case c.ServeReviewOpinion() | c.IssueReReviewOpinion():
            return _review(case, command, people)
        case c.ConveneHearing():
            return [] if case.is_hearing else [e.HearingConvened(**acting)]
        case c.CloseHearing():
            return [e.HearingClosed(**acting)] if case.is_hearing else []
        case c.RateSatisfaction():
            one_of(command.score, RATINGS, field="score")
            _rated_by(case, command)
            if command.contradicts is not None:
                known_opinion(case, command.contradicts, field="contradicts")
            return [e.SatisfactionRated(**acting, score=command.score, contradicts=command.contradicts)]
        case c.WithdrawPetition():
            return [] if case.is_withdrawn else [e.PetitionWithdrawn(**acting, proof=command.proof)]
        case c.NoteProgress():
            return [e.ProgressNoted(**acting, step=command.step)]
    assert_never(command)


def _rated_by(case: Case, command: c.RateSatisfaction) -> None:
    """The rating is the petitioner's; who handled the matter enters none. A system of theirs may, with no official."""
    handled = {a.unit_id for a in case.acts if isinstance(a, (e.PetitionAccepted, *OPINIONS, e.ReplyServed))}
    if command.actor.official_id is not None and command.unit_id in handled:
        raise Refused(
            "a rating is the petitioner's own, entered never by who handled the matter",
            field="unit_id",
            law="信访工作条例 art. 21",
            rule="rating_by_handler",
            zh="满意度由信访人评价，办理单位不得代填",
            allowed="由信访人在系统中评价，或由信访部门回访登记 / by the petitioner, or the department that asked",
        )


def _receive(case: Case, command: c.ReceivePetition) -> list[e.CaseEvent]:
    if case.version:
        raise Refused(
            f"case {command.stream} was already received",
            field="stream",
            zh=f"{command.stream} 已登记收到",
            allowed="另用编号，或作重复件关联 / another number, or link it as a repeat",
        )
    one_of(command.channel, CHANNELS, field="channel")
    one_of(command.category, CATEGORIES, field="category")
    arrivals.who_came(command)
    return [
        e.PetitionReceived(
            **by(command),
            channel=command.channel,
            category=command.category,
            filed_directly=command.filed_directly,
            identity_mode=command.identity_mode,
            headcount=command.headcount,
            representatives=command.representatives,
        )
    ]


def _register(case: Case, command: c.RegisterPetition) -> list[e.CaseEvent]:
    if not case.is_received:
        raise Refused(
            f"case {command.stream} has no recorded arrival",
            field="stream",
            law="信访工作条例 art. 22",
            zh=f"账本中没有 {command.stream} 的收到记录",
            allowed="先登记收到 / record the arrival first",
        )
    if case.case_no is not None:
        if case.case_no != command.case_no:
            raise Refused(
                f"case {command.stream} is registered as {case.case_no}",
                field="case_no",
                zh=f"{command.stream} 已登记为 {case.case_no}",
                allowed=f"{case.case_no}",
            )
        return []
    return [
        e.PetitionRegistered(
            **by(command), case_no=command.case_no, subject=command.subject, continuing=command.continuing
        )
    ]


def _send(case: Case, command: c.ReferPetition | c.AssignPetition, people: Register) -> list[e.CaseEvent]:
    working_unit(command.to_unit_id, command.occurred_at.date(), people, field="to_unit_id")
    if command.to_unit_id == command.unit_id:
        raise Refused(
            "a matter is not passed to the unit that sends it",
            field="to_unit_id",
            zh="不得转给本单位",
            allowed="转送其他有权处理的单位 / another unit with power to act",
        )
    by_holder(case, command, people)
    if isinstance(command, c.ReferPetition):
        return [e.PetitionReferred(**by(command), to_unit_id=command.to_unit_id, basis=command.basis)]
    if command.report_by is not None and command.report_by <= command.occurred_at.date():
        raise Refused(
            "the day for the report must lie after the assignment",
            field="report_by",
            zh="报告日期须在交办日之后",
            allowed=f"{command.occurred_at.date()} 之后 / after that day",
        )
    return [
        e.PetitionAssigned(
            **by(command), to_unit_id=command.to_unit_id, basis=command.basis, report_by=command.report_by
        )
    ]


def _sent_to(case: Case, version: int, command: c.CaseCommand, people: Register) -> HandOverState:
    unit_id = command.unit_id
    sent = case.hand_over(version)
    if sent is None:
        raise Refused(
            f"no hand-over stands at version {version}",
            field="of_version",
            zh=f"第 {version} 号记录不是转送或交办",
            allowed=", ".join(str(h.version) for h in case.hand_overs) or "无 / none",
        )
    if not same_unit(sent.to_unit_id, unit_id, command.occurred_at.date(), people):
        raise Refused(
            f"the hand-over at version {version} went to {sent.to_unit_id}, not {unit_id}",
            field="unit_id",
            zh=f"第 {version} 号转交的接收单位是 {sent.to_unit_id}",
            allowed=f"由 {sent.to_unit_id} 签收 / {sent.to_unit_id} may",
        )
    return sent


def _sign_receipt(case: Case, command: c.SignReceipt, people: Register) -> list[e.CaseEvent]:
    sent = _sent_to(case, command.of_version, command, people)
    if sent.is_over and not sent.is_received:
        raise Refused(
            "that hand-over was returned unsigned",
            field="of_version",
            zh="该转送、交办已退回",
            allowed="由转交单位重新转送 / the sender sends it again",
        )
    if sent.is_received:
        return []
    one_of(command.procedure, PROCEDURES, field="procedure")
    return [e.ReceiptSigned(**by(command), of_version=sent.version, of=sent.kind, procedure=command.procedure)]


def _assign_handler(command: c.AssignHandler, people: Register) -> list[e.CaseEvent]:
    if command.assigned_official_id is None and command.assigned_post_id is None:
        raise Refused(
            "a handler is an official or a post",
            field="assigned_official_id",
            zh="须指明承办人或承办岗位",
            allowed="assigned_official_id, assigned_post_id",
        )
    if command.assigned_official_id is not None and command.assigned_official_id not in people.officials:
        raise Refused(
            f"official {command.assigned_official_id} is not in the register",
            field="assigned_official_id",
            zh=f"名册中没有人员 {command.assigned_official_id}",
            allowed="先登记该人员 / register the official first",
        )
    if command.assigned_post_id is not None and command.assigned_post_id not in people.posts:
        raise Refused(
            f"post {command.assigned_post_id} is not in the register",
            field="assigned_post_id",
            zh=f"名册中没有岗位 {command.assigned_post_id}",
            allowed="先设立该岗位 / establish the post first",
        )
    return [
        e.HandlerAssigned(
            **by(command),
            assigned_official_id=command.assigned_official_id,
            assigned_post_id=command.assigned_post_id,
        )
    ]


def _object(case: Case, command: c.ObjectJurisdiction, people: Register) -> list[e.CaseEvent]:
    sent = _sent_to(case, command.of_version, command, people)
    if not sent.is_received:
        raise Refused(
            "an objection needs the receipt first",
            field="of_version",
            law="信访工作条例 art. 23",
            zh="提出管辖异议前须先签收",
            allowed="先签收 / sign the receipt first",
        )
    if case.is_accepted:
        raise Refused(
            "an accepted matter cannot be objected to",
            field="of_version",
            law="信访工作条例 art. 23",
            zh="已受理的事项不得再提管辖异议",
            allowed="依程序办理，或报共同上级决定 / handle it, or ask the common superior",
        )
    if sent.objection_version is not None:
        return []
    if not command.ground.strip():
        raise Refused(
            "an objection gives its reasons",
            field="ground",
            law="信访工作条例 art. 23",
            zh="管辖异议须详细说明理由",
            allowed="填写 ground / give its ground",
        )
    return [e.JurisdictionObjected(**by(command), of_version=sent.version, ground=command.ground)]


def _decide_objection(case: Case, command: c.DecideObjection) -> list[e.CaseEvent]:
    one_of(command.result, ("upheld", "refused"), field="result")
    sent = case.objected(command.objection_version)
    if sent is None:
        raise Refused(
            f"no objection stands at version {command.objection_version}",
            field="objection_version",
            zh=f"第 {command.objection_version} 号记录不是管辖异议",
            allowed="指明异议记录的序号 / name the version of the objection",
        )
    if sent.sender_unit_id != command.unit_id:
        raise Refused(
            f"the objection is decided by {sent.sender_unit_id}, who sent the matter",
            field="unit_id",
            law="信访工作条例 art. 23",
            zh=f"异议由转交单位 {sent.sender_unit_id} 核实决定",
            allowed=f"由 {sent.sender_unit_id} 决定 / {sent.sender_unit_id} may",
        )
    if sent.objection_result is not None:
        if sent.objection_result != command.result:
            raise Refused(
                f"the objection was already {sent.objection_result}",
                field="result",
                zh="该异议已有决定",
                allowed="不得改变；错误以更正记录说明 / it stands; a correction says otherwise",
            )
        return []
    return [
        e.ObjectionDecided(**by(command), objection_version=command.objection_version, result=command.result),
    ]


def _accept(case: Case, command: c.AcceptPetition, people: Register) -> list[e.CaseEvent]:
    one_of(command.route, ROUTES, field="route")
    one_of(command.procedure, PROCEDURES, field="procedure")
    by_holder(case, command, people)
    if any(h.to_unit_id == command.unit_id and h.objection_version and not h.objection_result for h in case.hand_overs):
        raise Refused(
            "the unit's own objection is not decided yet",
            field="unit_id",
            law="信访工作条例 art. 23",
            zh="本单位提出的异议尚未决定",
            allowed="等待决定，或撤回异议 / await the decision, or withdraw the objection",
        )
    if case.is_accepted:
        return []
    return [e.PetitionAccepted(**by(command), route=command.route, procedure=command.procedure)]


def _extend(case: Case, command: c.ApproveExtension) -> list[e.CaseEvent]:
    if not 1 <= command.days <= MAX_DAYS:
        raise Refused(
            f"an extension is at least one day and at most {MAX_DAYS}",
            field="days",
            zh="延期至少一日，至多十年",
            allowed=f"1–{MAX_DAYS}",
        )
    if not 1 <= command.trigger_version <= case.version:
        raise Refused(
            f"version {command.trigger_version} is not in this case",
            field="trigger_version",
            zh=f"本事项没有第 {command.trigger_version} 号记录",
            allowed=f"1–{case.version}",
        )
    return [
        e.ExtensionApproved(
            **by(command),
            obligation=command.obligation,
            trigger_version=command.trigger_version,
            days=command.days,
            reason=command.reason,
        )
    ]


def _opinion(case: Case, command: c.ServeHandlingOpinion, people: Register) -> list[e.CaseEvent]:
    one_of(command.outcome, OPINION_OUTCOMES, field="outcome")
    if not case.is_accepted:
        raise Refused(
            "an opinion needs an accepted matter",
            field="stream",
            law="信访工作条例 art. 32",
            zh="未受理的事项不得出具处理意见",
            allowed="先受理 / accept it first",
        )
    if command.executor_unit_id is not None:
        known_unit(command.executor_unit_id, people, field="executor_unit_id")
    return [
        e.HandlingOpinionServed(
            **by(command),
            outcome=command.outcome,
            made_on=command.made_on,
            executor_unit_id=command.executor_unit_id,
            execute_by=command.execute_by,
            proof=command.proof,
            policy_basis=command.policy_basis,
        )
    ]


def _execution(case: Case, command: c.EvidenceExecution | c.VerifyExecution | c.ConfirmExecution) -> list[e.CaseEvent]:
    acting, opinion = by(command), command.opinion_version
    known_opinion(case, opinion)
    if not case.opinions[opinion].startswith("support"):
        raise Refused(
            f"the opinion at version {opinion} supports nothing to execute",
            field="opinion_version",
            zh=f"第 {opinion} 号意见不支持请求，无须执行",
            allowed="只有支持的意见才执行 / only a supporting opinion is carried out",
        )
    match command:
        case c.EvidenceExecution():
            if not command.evidence:
                raise Refused(
                    "evidence of execution names at least one artefact",
                    field="evidence",
                    zh="执行凭证至少一份",
                    allowed="evidence",
                )
            course.known_items(case, command.items)
            return [
                e.ExecutionEvidenced(**acting, opinion_version=opinion, evidence=command.evidence, items=command.items)
            ]
        case c.VerifyExecution():
            if opinion not in case.evidenced:
                raise Refused(
                    "execution is verified on evidence, and none is recorded",
                    rule="executed_unproved",
                    law=OPINION,
                    field="opinion_version",
                    zh="尚无执行凭证，不得核验",
                    allowed="先提交凭证 / file the evidence first",
                )
            course.known_items(case, command.items)
            verified = e.ExecutionVerified(**acting, opinion_version=opinion, items=command.items)
            return [] if opinion in case.verified or verified in case.acts else [verified]
        case c.ConfirmExecution():
            return [] if opinion in case.verified else [e.PetitionerConfirmed(**acting, opinion_version=opinion)]


def _link(case: Case, command: c.LinkRepeat) -> list[e.CaseEvent]:
    if command.other_stream == command.stream:
        raise Refused(
            "a case is not a repeat of itself",
            field="other_stream",
            zh="事项不得与自身关联",
            allowed="另一事项的编号 / another case",
        )
    if command.other_stream in case.links:
        return []
    linked: list[e.CaseEvent] = [e.PetitionLinked(**by(command), other_stream=command.other_stream)]
    if case.is_closed:
        linked.append(e.CaseReopened(**by(command), because=command.other_stream))
    return linked


def _review(case: Case, command: c.ServeReviewOpinion | c.IssueReReviewOpinion, people: Register) -> list[e.CaseEvent]:
    _open_request(case, command.request_version)
    one_of(command.outcome, REVIEW_OUTCOMES, field="outcome")
    acting = by(command)
    _changed(command, people)
    answered: dict[str, Any] = {
        name: getattr(command, name)
        for name in ("request_version", "outcome", "decision", "executor_unit_id", "execute_by")
    }
    decided: list[e.CaseEvent] = [
        e.ReviewOpinionServed(**acting, **answered, proof=command.proof)
        if isinstance(command, c.ServeReviewOpinion)
        else e.ReReviewOpinionIssued(**acting, **answered)
    ]
    if command.outcome == "set_aside":
        if command.redo_by_unit_id is None:
            raise Refused(
                "setting an opinion aside names the unit addressed",
                field="redo_by_unit_id",
                zh="撤销意见须指明重新办理的单位",
                allowed="redo_by_unit_id",
            )
        known_unit(command.redo_by_unit_id, people, field="redo_by_unit_id")
        decided.append(
            e.OpinionSetAsideServed(
                **acting,
                opinion_version=case.review_requests[command.request_version],
                order="redo",
                addressee_unit_id=command.redo_by_unit_id,
                redo_by=command.redo_by,
            )
        )
    return decided


def _changed(command: c.ServeReviewOpinion | c.IssueReReviewOpinion, people: Register) -> None:
    """A change says what is decided instead; only what supports is carried out, by somebody."""
    if command.outcome != "change" and command.decision is not None:
        raise Refused(
            f"a review that ends with {command.outcome} decides nothing of its own",
            field="decision",
            zh="维持或撤销的复查复核意见不另作处理决定",
            allowed="变更时填写 / with outcome change only",
        )
    if command.decision is not None:
        one_of(command.decision, OPINION_OUTCOMES, field="decision")
    is_support = (command.decision or "").startswith("support")
    if not is_support and (command.executor_unit_id is not None or command.execute_by is not None):
        raise Refused(
            "only a decision that supports is carried out",
            field="decision",
            law=OPINION,
            zh="只有支持请求的决定才执行",
            allowed="support, support_in_part",
        )
    if is_support and command.executor_unit_id is None:
        raise Refused(
            "a review that supports the request names who carries it out",
            field="executor_unit_id",
            law=OPINION,
            zh="支持请求的复查复核决定须指明执行单位",
            allowed="executor_unit_id",
        )
    if command.executor_unit_id is not None:
        known_unit(command.executor_unit_id, people, field="executor_unit_id")


def _open_request(case: Case, version: int) -> None:
    if version not in case.review_requests:
        raise Refused(
            f"no request for review stands at version {version}",
            field="request_version",
            zh=f"第 {version} 号记录不是复查复核申请",
            allowed=", ".join(map(str, case.review_requests)) or "无 / none",
        )
    if version in case.reviews_decided:
        raise Refused(
            f"the request at version {version} was already decided",
            field="request_version",
            zh=f"第 {version} 号申请已有决定",
            allowed="不得再决定 / it stands",
        )
