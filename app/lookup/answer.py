"""
What a petitioner is told of their matter: what is owed to them and by when, what was recorded as done, and what they
may do next, until which day. Nothing else: no name of an official or another petitioner, no sealed word, no duty
between offices. Pure, over the case's acts and the law. tests/app/lookup/test_answer.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.words import VALUES, act
from domain.case import events as e
from domain.case.case import fold
from domain.case.events import name_of
from domain.duties.engine import duties, split_stream
from domain.duties.standing import due_date, standing
from domain.duties.values import end_of_day
from domain.duties.view import view
from domain.duties.windows import windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from domain.duties.values import Duty
    from domain.duties.windows import Window
    from domain.law.in_force import Law
    from domain.recorded import Recorded

RATING = "rating_window"
ANSWERS = (e.HandlingOpinionServed, e.ReplyServed, e.ReviewOpinionServed, e.ReReviewOpinionIssued)
# What is owed to the petitioner, as the petitioner would say it. A duty between offices is none of it.
OWED = {
    "register_petition": ("登记您的信访事项", "register your matter"),
    "forward_or_assign": ("转送、交办有权处理的机关", "pass it to the competent office"),
    "serve_acceptance_notice": ("书面告知是否受理", "tell you in writing whether it is accepted"),
    "notify_direct_filing": ("书面告知是否受理", "tell you in writing whether it is accepted"),
    "simple_decide_acceptance": ("决定是否受理并告知", "decide whether it is accepted, and tell you"),
    "simple_decide_opinion": ("出具处理意见", "give you the handling opinion"),
    "conclude_petition": ("办结并书面答复", "conclude the matter and answer in writing"),
    "serve_extension_notice": ("告知延期理由", "tell you why more time is taken"),
    "execute_opinion": ("落实支持您请求的处理意见", "carry out the opinion that supports you"),
    "decide_review": ("作出复查意见并书面答复", "decide the review and answer in writing"),
    "decide_re_review": ("作出复核意见", "decide the re-review"),
    "answer_suggestion": ("研究并回复您的建议", "study and answer your suggestion"),
    "hold_decided_hearing": ("举行已决定的听证", "hold the hearing that was decided"),
    "give_promised_assistance": ("兑现承诺的救助", "give the assistance that was promised"),
    "follow_up_rating": ("跟进您的不满意评价", "follow up your rating"),
}
STATES = {
    "open": ("办理中", "under way"),
    "open_undated": ("办理中，法律未规定期限", "under way, no limit in law"),
    "not_started": ("尚未起算", "not begun"),
    "contested": ("管辖机关正在确定", "the competent office is being settled"),
    "no_due": ("未记录期限", "no day is recorded"),
    "breached": ("已过期限，未见完成记录", "past its day, not recorded as done"),
    "disputed": ("记录为完成，但有相反记录", "recorded as done, and contradicted"),
    "met": ("已完成", "done"),
    "met_late": ("已完成，晚于期限", "done, after its day"),
    "met_on_claim": ("承办机关称已完成，未经核实", "done by the office's own word"),
    "done": ("已完成", "done"),
    "handed_over": ("已移交其他机关", "passed to another office"),
    "released": ("依法终止", "ended by law"),
    "excused": ("依法免除", "excused by law"),
}
# What was recorded as done, of what is the petitioner's to know.
DONE = frozenset(
    {
        *("petition_received", "petition_registered", "petition_referred", "petition_assigned", "receipt_signed"),
        *("petition_accepted", "not_accepted", "acceptance_notice_served", "not_accepted_notice_served"),
        *("extension_approved", "extension_notice_served", "handling_opinion_served", "reply_served"),
        *("review_requested", "review_opinion_served", "re_review_requested", "re_review_opinion_issued"),
        *("execution_evidenced", "execution_verified", "hearing_convened", "hearing_closed", "case_closed"),
        *("case_reopened", "petition_withdrawn", "satisfaction_rated", "notice_served", "suggestion_replied"),
    }
)
STEPS = {
    "review_request_window": (
        "如对处理意见不服，可在此日（含）前，以书面形式向原办理机关的上一级机关请求复查。",
        "If you disagree, ask the office above the one that answered for a review, in writing, by this day.",
    ),
    "re_review_request_window": (
        "如对复查意见不服，可在此日（含）前，以书面形式向复查机关的上一级机关请求复核。",
        "If you disagree, ask the office above the reviewing one for a re-review, in writing, by this day.",
    ),
    RATING: (
        "可在此日（含）前对答复作出满意度评价，也可以更改。",
        "You may rate the answer, and change your rating, by this day.",
    ),
}


@dataclass(frozen=True, slots=True)
class Rateable:
    """The answer that may be rated: its version in the case, until when, and what was said of it so far."""

    version: int
    until: date
    ratings: tuple[Recorded, ...]


def told(number: str, history: Sequence[Recorded], law: Law, day: date) -> dict[str, Any]:
    """The answer to a right code, as of the end of a civil day."""
    source, _ = split_stream(history[0].stream)
    zone = law.rules.zone(source)
    at = end_of_day(day, zone)
    seen = view(history, at.moment)
    owed = [_owed(duty, at) for duty in duties(seen, law.rules, law.calendar, law.people)]
    steps = [_step(w) for w in windows(seen, law.rules, law.calendar, law.people) if _is_theirs(w, seen, day)]
    holder = fold(r.event for r in history).unit_id or ""  # type: ignore[misc]  # a case's own stream
    unit = law.people.units.get(holder)
    return {
        "number": number,
        "as_of": day.isoformat(),
        "received_on": _day(history[0], zone),
        "handled_by": unit.name if unit is not None else holder,
        "owed": [o for o in owed if o is not None],
        "done": [_done(r, zone) for r in seen if name_of(r.topic) in DONE],
        "next": steps or [{"until": None, "zh": "目前无需您办理。", "en": "Nothing is asked of you now."}],
        "rating": _rating(rateable(history, law, day)),
    }


def rateable(history: Sequence[Recorded], law: Law, day: date) -> Rateable | None:
    """The newest answer, while its days for a rating last; None where there is none, or they are over."""
    source, _ = split_stream(history[0].stream)
    seen = view(history, end_of_day(day, law.rules.zone(source)).moment)
    answers = [r for r in seen if isinstance(r.event, ANSWERS)]
    if not answers:
        return None
    newest = answers[-1]
    open_until = [
        w.until
        for w in windows(seen, law.rules, law.calendar, law.people)
        if w.rule.obligation == RATING and w.trigger.version == newest.version
    ]
    if not open_until or open_until[-1] < day:
        return None
    said = tuple(r for r in seen if r.version > newest.version and isinstance(r.event, e.SatisfactionRated))
    return Rateable(newest.version, open_until[-1], said)


def _owed(duty: Duty, at: Any) -> dict[str, Any] | None:
    words = OWED.get(duty.obligation)
    now = standing(duty, at, with_days=False)
    if words is None or now.state not in STATES or duty.rule.visible_to is not None:
        return None
    due = due_date(duty)
    zh, en = STATES[now.state]
    return {
        "duty": duty.obligation,
        "zh": words[0],
        "en": words[1],
        "state": now.state,
        "state_zh": zh,
        "state_en": en,
        "by": None if due is None or due.year == 9999 else due.isoformat(),
        "days_late": now.days_late,
        "law": f"{duty.rule.doc}第{duty.rule.article}条" if duty.rule.article else duty.rule.doc,
    }


def _is_theirs(window: Window, seen: Sequence[Recorded], day: date) -> bool:
    used = any(
        r.log_index > window.trigger.log_index and name_of(r.topic) in window.rule.used_by
        for r in seen
        if window.rule.obligation != RATING
    )
    return window.rule.is_right_of == "petitioner" and window.until >= day and not used


def _step(window: Window) -> dict[str, Any]:
    zh, en = STEPS.get(window.rule.obligation, (window.rule.name_zh, window.rule.obligation))
    return {"what": window.rule.obligation, "until": window.until.isoformat(), "zh": zh, "en": en}


def _done(recorded: Recorded, zone: str) -> dict[str, Any]:
    zh, en = act(recorded.topic)
    return {"on": _day(recorded, zone), "what": name_of(recorded.topic), "zh": zh, "en": en}


def _day(recorded: Recorded, zone: str) -> str:
    return recorded.occurred_at.astimezone(ZoneInfo(zone)).date().isoformat()


def _rating(found: Rateable | None) -> dict[str, Any] | None:
    if found is None:
        return None
    last = found.ratings[-1].event if found.ratings else None
    score = last.score if isinstance(last, e.SatisfactionRated) else None
    said = None if score is None else VALUES.get(score, score)
    return {"answer_version": found.version, "until": found.until.isoformat(), "score": score, "score_zh": said}
