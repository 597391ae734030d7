"""
The words that people read, on pages, the command line and the custody sheet: states, causes, acts; Chinese and English.

What the events do not hold is "not recorded" (未记录), never "did not".
"""

from __future__ import annotations

STATES = {
    "open": ("办理中", "open"),
    "met": ("按期履行", "met in time"),
    "met_late": ("逾期履行", "met late"),
    "met_on_claim": ("自述按期（补录）", "in time by own word"),
    "breached": ("逾期未记录履行", "past due, not recorded as met"),
    "contested": ("管辖异议中", "contested"),
    "handed_over": ("已移交", "handed over"),
    "released": ("依法终止", "released"),
    "excused": ("免责", "excused"),
    "void": ("不成立", "void"),
    "disputed": ("已办结但有争议", "disputed"),
    "not_started": ("尚未起算", "not started"),
    "no_due": ("未记录期限", "no due day recorded"),
    "open_undated": ("办理中（无法定期限）", "open, no limit in law"),
    "done": ("已完成（无法定期限）", "done, no limit in law"),
}
# How a state is drawn; the word always stands beside it.
TONES = {"breached": "red", "met_late": "amber", "disputed": "violet", "no_due": "amber", "contested": "blue"}

CAUSES = {
    "not_registered": ("到期前未记录登记", "registration not recorded in time"),
    "not_signed_for": ("未记录签收", "hand-over not signed for"),
    "late_referral": ("到期前未记录转送交办", "forwarding not recorded in time"),
    "not_accepted_in_time": ("到期前未记录告知", "no written notice recorded in time"),
    "pingpong": ("多次退转", "repeated return"),
    "late_objection": ("逾期提异议", "objection after its window"),
    "objection_undecided": ("异议未记录核实", "objection not decided by the due day"),
    "overdue": ("到期前未记录办结", "conclusion not recorded in time"),
    "extension_unapproved": ("延期逾期批准", "extension approved late"),
    "extension_late": ("延期逾期批准", "extension approved late"),
    "extension_wrong_post": ("延期批准岗位不符", "extension by the wrong post"),
    "extension_too_long": ("延期超过上限", "extension too long"),
    "extension_repeated": ("重复延期", "extended again"),
    "no_event_for_n_days": ("长期无记录", "no event for a long time"),
    "execution_contradicted": ("执行结果有反证", "execution contradicted"),
    "not_executed": ("到期前未记录执行处理意见", "opinion not recorded as carried out in time"),
    "no_due_date": ("未记录执行期限", "no date was set"),
    "vacant_post": ("岗位空缺", "vacant post"),
    "not_reassigned": ("人员变动未记录重新指派", "not reassigned"),
    "no_handler_assigned": ("未记录承办人", "no handler assigned"),
    "set_aside": ("复查复核撤销", "set aside on review"),
    "report_overdue": ("到期前未记录报告办结", "no report recorded in time"),
    "extension_not_served": ("到期前未记录告知延期", "extension notice not recorded in time"),
    "not_redone": ("撤销后到期前未记录重新办理", "not recorded as redone in time"),
}

KINDS = {"inferred": "事件所示", "lead": "线索，待核实", "stated": "有人说明"}
ACCOUNTABILITY = {
    "unpursued": ("未记录追责", "nobody is recorded as pursuing it"),
    "none": ("未记录追责", "not pursued"),
    "urged": ("已督办", "urged"),
    "proposed": ("已提出建议", "proposed"),
    "decided": ("已决定", "decided"),
    "executed": ("已执行", "executed"),
}
GROUNDS = {
    "contested": "管辖异议未决，不计入任何一方",
    "suspended": "依法中止，不计入任何一方",
    "recharge_cap": "异议不成立，计入异议方（惯例上限内）",
}

ACTS = {
    "petition.received": ("收到信访事项", "received"),
    "petition.registered": ("登记", "registered"),
    "petition.referred": ("转送", "referred"),
    "petition.assigned": ("交办", "assigned"),
    "handed.over": ("移交", "handed over"),
    "receipt.signed": ("签收", "receipt signed"),
    "handler.assigned": ("指派承办人", "handler assigned"),
    "jurisdiction.objected": ("提出管辖异议", "jurisdiction objected"),
    "objection.decided": ("核实异议", "objection decided"),
    "petition.accepted": ("受理", "accepted"),
    "not.accepted": ("不予受理", "not accepted"),
    "acceptance_notice.served": ("送达受理告知书", "acceptance notice served"),
    "not_accepted_notice.served": ("送达不予受理告知书", "notice of refusal served"),
    "extension.approved": ("批准延期", "extension approved"),
    "extension_notice.served": ("送达延期告知书", "extension notice served"),
    "handling_opinion.served": ("送达处理意见书", "handling opinion served"),
    "execution.evidenced": ("提交执行证据", "execution evidenced"),
    "execution.verified": ("核实执行", "execution verified"),
    "petitioner.confirmed": ("信访人确认", "confirmed by the petitioner"),
    "closing_report.filed": ("报告办结", "closing report filed"),
    "case.closed": ("结案", "closed"),
    "case.reopened": ("重新办理", "reopened"),
    "petition.linked": ("关联重复来件", "repeat linked"),
    "review.requested": ("申请复查", "review requested"),
    "review_opinion.served": ("送达复查意见书", "review opinion served"),
    "opinion_set_aside.served": ("撤销处理意见", "opinion set aside"),
    "re_review.requested": ("申请复核", "re-review requested"),
    "re_review_opinion.issued": ("作出复核意见", "re-review opinion issued"),
    "hearing.convened": ("召开听证", "hearing convened"),
    "hearing.closed": ("听证结束", "hearing closed"),
    "satisfaction.rated": ("满意度评价", "rated"),
    "petition.withdrawn": ("撤回", "withdrawn"),
    "petition.concluded": ("办结", "concluded"),
    "reply.served": ("答复", "reply served"),
    "progress.noted": ("办理进展", "progress noted"),
    "unit.established": ("设立单位", "unit established"),
    "unit.abolished": ("撤销单位", "unit abolished"),
    "successor.named": ("指定承继单位", "successor named"),
    "post.established": ("设立岗位", "post established"),
    "post.abolished": ("撤销岗位", "post abolished"),
    "official.registered": ("登记人员", "official registered"),
    "appointment.made": ("任职", "appointment made"),
    "appointment.ended": ("离任", "appointment ended"),
    "key.enrolled": ("登记密钥", "key enrolled"),
    "key.revoked": ("注销密钥", "key revoked"),
    "rule_pack.adopted": ("采用规则包", "rule pack adopted"),
    "calendar_notice.adopted": ("采用放假安排", "calendar notice adopted"),
    "accusation.received": ("收到检举控告", "accusation received"),
    "attachment.added": ("附件入卷", "attachment added"),
    "sealed_value.read": ("查阅密封内容", "sealed value read"),
    "sealed_read.refused": ("不予查阅密封内容", "sealed read refused"),
    "sealed_field.erased": ("依令清除密封内容", "sealed field erased by order"),
}
FIELDS = {
    "case_no": "编号",
    "channel": "渠道",
    "category": "类别",
    "subject": "主题",
    "to_unit_id": "去向单位",
    "to_official_id": "接收人",
    "basis": "依据",
    "report_by": "报告期限",
    "ground": "理由",
    "result": "结果",
    "route": "途径",
    "procedure": "程序",
    "days": "天数",
    "reason": "原因",
    "outcome": "结论",
    "executor_unit_id": "执行单位",
    "execute_by": "执行期限",
    "score": "评价",
    "form": "形式",
    "step": "步骤",
    "assigned_official_id": "承办人",
    "assigned_post_id": "承办岗位",
    "proof": "送达证明",
}


VALUES = {
    "support": "支持",
    "support_in_part": "部分支持",
    "explain": "解释疏导",
    "not_support": "不支持",
    "upheld": "异议成立",
    "refused": "异议不成立",
    "uphold": "维持",
    "change": "变更",
    "set_aside": "撤销",
    "ordinary": "普通程序",
    "simple": "简易办理",
    "satisfied": "满意",
    "basically_satisfied": "基本满意",
    "dissatisfied": "不满意",
    "claim": "申诉求决",
    "suggestion": "建议意见",
    "accusation": "检举控告",
    "litigation_letter": "涉法涉诉",
    "letter": "来信",
    "visit": "来访",
    "phone": "来电",
    "web": "网信",
    "wechat": "微信",
    "hotline": "热线",
    "concluded": "办结",
}


def state(code: str) -> tuple[str, str]:
    return STATES.get(code, (code, code))


def cause(code: str) -> tuple[str, str]:
    return CAUSES.get(code, (code, code.replace("_", " ")))


def act(topic: str) -> tuple[str, str]:
    name = topic.rsplit(".", 1)[0]
    return ACTS.get(name, (name, name))
