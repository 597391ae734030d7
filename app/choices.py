"""
What may be said in the fields of acts that take one of a list: for forms, which offer it. The lists are the domain's
own, or a pack's; what is not here is free. tests/app/test_choices.py holds that each is what the domain takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import (
    accountability,
    arrivals,
    checks,
    course,
    decide,
    inspecting,
    leaders,
    routes,
    settling,
    supervision,
)
from domain.law.lists import parse_lists

if TYPE_CHECKING:
    from domain.people.register import Register

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("ReceivePetition", "channel"): checks.CHANNELS,
    ("ReceivePetition", "category"): arrivals.CATEGORIES,
    ("ReceivePetition", "identity_mode"): arrivals.IDENTITY_MODES,
    ("ReceiveAccusation", "channel"): checks.CHANNELS,
    ("ClassifyPetition", "category"): arrivals.CATEGORIES,
    ("ClassifyPetition", "urgency"): arrivals.URGENCY,
    ("AttemptContact", "means"): arrivals.MEANS,
    ("AttemptContact", "result"): arrivals.RESULTS,
    ("VerifyIdentity", "method"): arrivals.METHODS,
    ("ReplyToSuggestion", "adopted"): arrivals.ADOPTED,
    ("SignReceipt", "procedure"): decide.PROCEDURES,
    ("AcceptPetition", "procedure"): decide.PROCEDURES,
    ("AcceptPetition", "route"): decide.ROUTES,
    ("DecideObjection", "result"): ("upheld", "refused"),
    ("ServeHandlingOpinion", "outcome"): decide.OPINION_OUTCOMES,
    ("AnswerItem", "outcome"): course.OUTCOMES,
    ("ServeReviewOpinion", "outcome"): decide.REVIEW_OUTCOMES,
    ("IssueReReviewOpinion", "outcome"): decide.REVIEW_OUTCOMES,
    ("RateSatisfaction", "score"): decide.RATINGS,
    ("ProveOpinionService", "means"): course.SERVICE,
    ("ReviewEffect", "result"): course.EFFECTS,
    ("DivertToJustice", "line"): routes.LINES,
    ("DivertToJustice", "manner"): routes.MANNERS,
    ("ServeNotice", "kind"): routes.NOTICES,
    ("OpenInspection", "form"): inspecting.INSPECTION_FORMS,
    ("OpenInspection", "level"): inspecting.LEVELS,
    ("IssueUrging", "form"): supervision.URGING_FORMS,
    ("IssueProposal", "kind"): supervision.PROPOSALS,
    ("AnswerProposal", "adopted"): supervision.ANSWERS,
    ("PostItem", "reason"): supervision.REASONS,
    ("MakeMeetingDecision", "kind"): supervision.MEETINGS,
    ("ProposeAccountability", "measure"): accountability.MEASURES,
    ("CloseAccountability", "outcome"): accountability.OUTCOMES,
    ("DesignateLeadUnit", "issue_kind"): leaders.ISSUES,
    ("OpenMediation", "level"): settling.MEDIATION_LEVELS,
    ("CloseMediation", "result"): settling.RESULTS,
}
# The same of what packs list: act and field -> which list.
OF_PACKS = {
    ("PostItem", "kind"): "posted",
    ("MakeUndertaking", "kind"): "undertakings",
    ("AssignBundle", "bundle_set"): "sets",
    ("RegisterPetition", "subject"): "subjects",
    ("ClassifyPetition", "subject"): "subjects",
}


def of_packs(command: str, field: str, people: Register) -> tuple[tuple[str, str], ...]:
    """
    What the packs of every source list for that field and have not ended, with its name; empty where none does. The
    domain judges the day when the act is recorded.
    """
    if (name := OF_PACKS.get((command, field))) is None:
        return ()
    general = (adopted.content for adopted in people.adopted.values() if not adopted.sources)
    entries = (entry for content in general for entry in getattr(parse_lists(content), name))
    return tuple(
        {
            each.code: (each.code, each.name_zh)
            for each in entries
            if each.in_force_to is None and (name != "sets" or each.members is not None)
        }.values()
    )
