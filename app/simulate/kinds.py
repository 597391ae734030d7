"""
The kinds of story there are: the clean ones with their weights, and those with a lapse, by the name on the sheet.

A lapse has the last month and day of arrival from which its due day still falls inside the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.simulate import (
    absences,
    accountability,
    arrivals,
    courses,
    customs,
    discipline,
    lapses,
    leaders,
    remedies,
    simple,
    stories,
    supervision,
)
from app.simulate.beside import Tale, beside

if TYPE_CHECKING:
    from app.simulate.beside import Side

SPRING, SUMMER, AUTUMN, LATE_AUTUMN, WINTER = (5, 20), (8, 5), (9, 20), (11, 20), (12, 10)
# Something beside the handling that may fail, by the name of its lapse.
FAILING: dict[str, Side] = {
    "urging_ignored": supervision.urging,
    "urging_undated": supervision.urging_undated,
    "proposal_unanswered": supervision.proposal,
    "rectification_overdue": supervision.rectification,
    "rectification_not_redone": supervision.rectification_rejected,
    "decision_stalled": supervision.decision,
    "decision_undated": supervision.decision_undated,
    "leader_no_action": leaders.leader,
    "leader_undated": leaders.leader_undated,
    "undertaking_open": leaders.undertaking,
    "bundle_member_silent": leaders.bundle,
    "sanction_not_executed": accountability.sanction,
    "hearing_not_held": courses.hearing,
    "assistance_not_given": customs.assistance,
    "team_did_not_meet": customs.team,
    "special_not_studied": customs.special,
    "handled_while_interested": courses.recusal,
}
NEVER_FAILING: tuple[Side, ...] = (
    supervision.posted,
    leaders.lead_unit,
    courses.urgent,
    courses.corrected,
    customs.mediation,
    customs.shared,
)
LAPSES: dict[str, tuple[Tale, tuple[int, int]]] = {
    "late_referral": (lapses.late_referral, WINTER),
    "late_notice": (lapses.late_notice, LATE_AUTUMN),
    "late_direct_notice": (lapses.late_direct_notice, WINTER),
    "pingpong": (lapses.pingpong, LATE_AUTUMN),
    "objection_undecided": (lapses.objection_undecided, LATE_AUTUMN),
    "shelved": (lapses.shelved, AUTUMN),
    "overdue": (lapses.overdue, AUTUMN),
    "overdue_after_hand_over": (lapses.overdue_after_hand_over, AUTUMN),
    "extension_after_due": (lapses.extension_after_due, AUTUMN),
    "extension_wrong_post": (lapses.extension_wrong_post, AUTUMN),
    "extension_not_told": (lapses.extension_not_told, AUTUMN),
    "not_executed": (lapses.not_executed, (8, 20)),
    "report_overdue": (lapses.report_overdue, AUTUMN),
    "review_overdue": (lapses.review_overdue, SUMMER),
    "not_redone": (lapses.not_redone, (7, 1)),
    "late_objection": (courses.late_objection, LATE_AUTUMN),
    "passed_on_unsigned": (courses.passed_on_unsigned, LATE_AUTUMN),
    "simple_notice_late": (simple.simple_notice_late, LATE_AUTUMN),
    "simple_answer_late": (simple.simple_answer_late, LATE_AUTUMN),
    "converted_late": (simple.converted_late, AUTUMN),
    "extension_too_long": (remedies.extension_too_long, SUMMER),
    "extension_repeated": (remedies.extension_repeated, SUMMER),
    "report_not_redone": (remedies.report_not_redone, AUTUMN),
    "re_review_late": (remedies.re_review_late, SPRING),
    "part_not_executed": (courses.part_not_executed, SUMMER),
    "contradicted": (courses.contradicted, SUMMER),
    "opinion_undated": (courses.opinion_undated, AUTUMN),
    "assignment_undated": (courses.assignment_undated, AUTUMN),
    "urged_twice": (supervision.urged_twice, AUTUMN),
    "overdue_pursued": (accountability.overdue_pursued, AUTUMN),
    "no_handler": (absences.no_handler, AUTUMN),
    "upward_late": (discipline.upward_late, LATE_AUTUMN),
    "forwarded_not_accepted": (discipline.forwarded_not_accepted, LATE_AUTUMN),
    "reporter_not_notified": (discipline.reporter_not_notified, LATE_AUTUMN),
    "no_feedback": (discipline.no_feedback, AUTUMN),
    "accusation_disclosed": (discipline.disclosed, LATE_AUTUMN),
    "urgent_left": (customs.urgent_left, LATE_AUTUMN),
    "no_first_handler": (customs.first_handler_late, AUTUMN),
    **{f"no_{look}_look": (customs.looked_back_late(look), (6, 5)) for look in customs.LOOKS},
    **{kind: (beside(side, fails=True), AUTUMN) for kind, side in FAILING.items()},
}
NEEDS_HEAD = frozenset({"extension_after_due", "extension_not_told", "extension_too_long", "extension_repeated"})
SIDES = (*FAILING.values(), *NEVER_FAILING)
RARE: tuple[Tale, ...] = (
    *(beside(side, fails=False) for side in SIDES),
    simple.converted,
    remedies.report_redone,
    remedies.re_review,
    courses.in_parts,
    courses.settled,
    arrivals.excused,
    arrivals.suggestion,
    arrivals.disputed,
    arrivals.agreed,
    arrivals.other_route,
    customs.urgent,
    customs.npc_letter,
    customs.npc_visit,
    discipline.accusation,
    discipline.upward,
    discipline.passed_to_discipline,
    discipline.litigation,
)
CLEAN: tuple[tuple[Tale, int], ...] = (
    (stories.ordinary, 72),
    (stories.filed_directly, 10),
    (simple.simple, 6),
    (stories.not_accepted, 6),
    (stories.objected, 6),
)
