"""
What figures, rows and reasons are called in a report: Chinese first, English second.
"""

from __future__ import annotations

from app import words

FIGURES = {
    "acceptance_rate": ("受理率", "Acceptance rate"),
    "on_time_rate": ("按期率", "On-time rate"),
    "conclusion_rate": ("办结率", "Conclusion rate"),
    "resolution_rate": ("化解率", "Resolution rate"),
    "satisfaction_rate": ("满意率", "Satisfaction rate"),
    "rating_response_rate": ("参评率", "Rating response rate"),
    "repeat_rate": ("重访率", "Repeat rate"),
    "arrivals": ("收到信访（件次）", "Arrivals"),
    "persons": ("涉及人数（人次）", "Persons"),
    "arrivals_at": ("按首收单位类别", "By kind of receiving unit"),
    "accusations": ("另收检举控告（只计数）", "Accusations, counted apart"),
    "registered": ("登记事项", "Matters registered"),
    "registered_for": ("按承办单位", "By handling unit"),
    "repeats": ("重复信访（件次）", "Repeats"),
    "referred": ("转送", "Forwarded"),
    "assigned": ("交办", "Assigned"),
    "objections": ("管辖异议", "Jurisdiction objections"),
    "accepted": ("受理", "Accepted"),
    "not_accepted": ("不予受理", "Not accepted"),
    "extensions": ("批准延期", "Extensions"),
    "hearings": ("听证", "Hearings held"),
    "opinions": ("出具处理意见", "Opinions served"),
    "executions_verified": ("核实执行", "Executions verified"),
    "reviews_requested": ("申请复查", "Reviews requested"),
    "set_aside": ("复查复核撤销", "Opinions set aside"),
    "closed": ("结案", "Closed"),
    "reopened": ("重新办理", "Reopened"),
    "withdrawn": ("撤回", "Withdrawn"),
    "urgings": ("督办", "Urgings"),
    "inspections": ("督查", "Inspections"),
    "proposals": ("三项建议", "Proposals"),
    "proposals_answered": ("建议反馈", "Proposals answered"),
    "rectifications_ordered": ("责令整改", "Rectifications ordered"),
    "findings_recorded": ("认定不落实", "Findings recorded"),
    "accountability_proposed": ("建议追责", "Accountability proposed"),
    "accountability_decided": ("追责决定", "Accountability decided"),
    "open_matters": ("期末在办事项", "Open matters"),
    "overdue_now": ("到期未记录履行的职责", "Duties past due, not recorded as met"),
    "silent_cases": ("长期无记录的在办事项", "Silent matters"),
    "hand_overs": ("移交", "Hand-overs"),
    "went_back": ("退回原单位的事项", "Matters that went back"),
    "closed_then_repeated": ("结案后重复", "Closed, then repeated"),
    "held_days": ("持有日", "Days held"),
    "late_days": ("逾期日", "Days late"),
    "held_by_rank": ("按岗位类别持有日", "Days held by kind of post"),
    "causes": ("原因", "Causes"),
    "causes_by_subject": ("按事项类别的原因", "Causes by subject"),
    "causes_by_rule": ("按职责的原因", "Causes by duty"),
}
REASONS = {
    "not_a_claim": ("非申诉求决类", "not a claim"),
    "undecided": ("未到决定期限", "not decided, not due"),
    "left": ("撤回、分流或并案", "withdrawn, diverted or joined"),
    "not_accepted": ("不予受理", "not accepted"),
    "past_due": ("逾期未记录告知", "past due"),
    "contradicted": ("有记录反证", "contradicted by a later record"),
    "no_record": ("无化解记录", "no settlement recorded"),
    "own_word": ("仅承办方自述", "holder's own word"),
    "few": ("基数过少", "few cases"),
    "basically_satisfied": ("基本满意", "basically satisfied"),
    "satisfied": ("满意", "satisfied"),
    "dissatisfied": ("不满意", "dissatisfied"),
}
CHANNELS = {
    "letter": ("来信", "letter"),
    "visit": ("来访", "visit"),
    "phone": ("来电", "phone"),
    "web": ("网上", "web"),
    "wechat": ("微信", "WeChat"),
    "hotline": ("12345热线", "hotline"),
    "sms": ("短信", "SMS"),
}
UNIT_KINDS = {
    "petition_department": ("信访部门", "petition department"),
    "organ": ("职能部门", "organ"),
    "government": ("政府", "government"),
    "township": ("乡镇街道", "township"),
    "party_committee": ("党委", "party committee"),
    "discipline": ("纪检监察", "discipline"),
    "other": ("其他", "other"),
}
RANKS = {
    "main_leader": ("主要负责人", "main leader"),
    "leader_in_charge": ("分管负责人", "leader in charge"),
    "staff": ("工作人员", "staff"),
    "no_post": ("未记录岗位", "no post recorded"),
}
# Causes in which no recorded duty of one party explains the lapse: a question to the rules, to staffing or to the body
# that decides between others, before it is one to whoever was charged.
OF_THE_RULES = (
    "no_due_date",
    "vacant_post",
    "not_reassigned",
    "no_handler_assigned",
    "successor_gap",
    "jurisdiction_dispute",
    "objection_undecided",
    "pingpong",
    "no_lead",
    "no_competent_body",
    "no_authority",
    "policy_gap",
    "policy_conflict",
    "funds_missing",
    "staff_missing",
)


def figure(code: str) -> tuple[str, str]:
    return FIGURES.get(code, (code, code))


def reason(code: str) -> tuple[str, str]:
    """Why something is not in a numerator: our own words, or the state of a duty."""
    if not code:
        return "", ""
    return REASONS.get(code) or words.STATES.get(code) or (code, code)
