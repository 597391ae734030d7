"""
What is decided of an arrival besides its number: who can be reached, who filed it, what it is about, what is urgent.

That somebody could not be reached is recorded and ends nothing: it is no ground to refuse (domain/law/lists.py).
tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import known_unit, made, one_of, standing_act, stated
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

CATEGORIES = ("claim", "suggestion", "accusation", "litigation_letter")
URGENCY = ("urgent", "prompt", "slow")  # 急办、快办、缓办
IDENTITY_MODES = ("real_name", "anonymous")
MEANS = ("call", "letter", "message", "visit")
RESULTS = ("reached", "unreachable", "denied_authorship", "wrong_number")
METHODS = ("household_register", "in_person", "document", "reply")
ADOPTED = ("adopted", "adopted_in_part", "not_adopted")
MAX_REPRESENTATIVES = 5
REPRESENTATIVES = "信访工作条例 art. 20"

ArrivalCommand = (
    c.ClassifyPetition
    | c.JoinPetitions
    | c.DeclineRepeat
    | c.AttemptContact
    | c.DisputeContact
    | c.RequestIdentityInquiry
    | c.VerifyIdentity
    | c.IdentifyUrgentMatter
    | c.MakeUrgentReport
    | c.ReplyToSuggestion
)


def who_came(command: c.ReceivePetition) -> None:
    """How many there are, and how many of them speak: at most five. Anonymous stays anonymous."""
    if command.identity_mode is not None:
        one_of(command.identity_mode, IDENTITY_MODES, field="identity_mode")
    for name in ("headcount", "representatives"):
        if (number := getattr(command, name)) is not None and number < 1:
            raise Refused(
                f"{name} is a number from 1 on", zh=f"{name} 应为正整数", field=name, allowed="1 以上 / one or more"
            )
    if command.representatives is None:
        return
    if command.representatives > MAX_REPRESENTATIVES:
        raise Refused(
            f"at most {MAX_REPRESENTATIVES} representatives speak for the others",
            zh="推选的代表不得超过5人",
            allowed="照常登记，代表改为不超过5人 / register it, with five representatives or fewer",
            field="representatives",
            law=REPRESENTATIVES,
        )
    if command.headcount is not None and command.representatives > command.headcount:
        raise Refused(
            "more representatives than people",
            zh="代表人数多于来访人数",
            field="representatives",
            allowed="代表人数不超过来访人数 / no more than there are people",
        )


def decide(case: Case, command: ArrivalCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    if not case.is_received:
        raise Refused(
            f"case {command.stream} has no recorded arrival",
            zh="本事项尚无收件记录",
            field="stream",
            allowed="先登记收到 / record the arrival first",
        )
    match command:
        case c.ClassifyPetition():
            one_of(command.category, CATEGORIES, field="category")
            found = case.newest(e.PetitionClassified)
            known = found[1] if found is not None else None
            if command.urgency is not None:
                one_of(command.urgency, URGENCY, field="urgency")
            said = (command.category, command.subject, command.urgency)
            if isinstance(known, e.PetitionClassified) and (known.category, known.subject, known.urgency) == said:
                return []
            return [made(e.PetitionClassified, command)]
        case c.JoinPetitions():
            return _join(case, command)
        case c.DeclineRepeat():
            return _decline(case, command)
        case c.AttemptContact():
            one_of(command.means, MEANS, field="means")
            one_of(command.result, RESULTS, field="result")
            return [made(e.ContactAttempted, command)]
        case c.DisputeContact():
            attempt = standing_act(case, command.attempt_version, e.ContactAttempted, field="attempt_version")
            if attempt.result not in ("denied_authorship", "wrong_number"):
                raise Refused(
                    f"that attempt ended with {attempt.result}",
                    zh="该次联系未显示联系方式有误",
                    allowed="再次联系并记录结果 / try again and record what came of it",
                    field="attempt_version",
                )
            return _once(case, command.attempt_version, made(e.ContactDisputed, command))
        case c.RequestIdentityInquiry():
            known_unit(command.to_unit_id, people, field="to_unit_id")
            stated(command.ground, field="ground")
            _not_anonymous(case)
            return [made(e.IdentityInquiryRequested, command)]
        case c.VerifyIdentity():
            one_of(command.method, METHODS, field="method")
            stated(command.ground, field="ground")
            _not_anonymous(case)
            if command.inquiry_version is None:
                if command.method == "household_register":
                    raise Refused(
                        "a register is asked by an inquiry on record: name it",
                        rule="inquiry_unrecorded",
                        zh="查询户籍须先记录查询请求及依据",
                        allowed="先记录身份核实请求 / record the inquiry first",
                        field="inquiry_version",
                    )
                return [made(e.IdentityVerified, command)]
            standing_act(case, command.inquiry_version, e.IdentityInquiryRequested, field="inquiry_version")
            return _once(case, command.inquiry_version, made(e.IdentityVerified, command))
        case c.IdentifyUrgentMatter():
            stated(command.kind, field="kind")
            return [made(e.UrgentMatterIdentified, command)]
        case c.MakeUrgentReport():
            known_unit(command.to_unit_id, people, field="to_unit_id")
            standing_act(case, command.identified_version, e.UrgentMatterIdentified, field="identified_version")
            report = made(e.UrgentReportMade, command)
            return [] if report in case.acts else [report]
        case c.ReplyToSuggestion():
            one_of(command.adopted, ADOPTED, field="adopted")
            if not _is_suggestion(case):
                raise Refused(
                    "this matter is no suggestion",
                    zh="本事项不是建议意见类",
                    allowed="先重新分类 / classify it first",
                    field="stream",
                    law="信访工作条例 art. 29",
                )
            return [] if case.newest(e.SuggestionReplied) else [made(e.SuggestionReplied, command)]


def _join(case: Case, command: c.JoinPetitions) -> list[e.CaseEvent]:
    if command.other_stream == command.stream:
        raise Refused(
            "a case is not joined with itself",
            zh="不能与本事项自身合并",
            field="other_stream",
            allowed="指明另一事项 / name the other matter",
        )
    if case.is_accusation:
        raise Refused(
            "an accusation is not joined with another matter",
            zh="检举控告不并案",
            field="stream",
            allowed="分别办理 / handle each",
        )
    joined = made(e.PetitionsJoined, command)
    return [] if joined in case.acts else [joined]


def _once(case: Case, version: int, event: e.CaseEvent) -> list[e.CaseEvent]:
    return [] if case.answered(version, type(event)) else [event]


def _not_anonymous(case: Case) -> None:
    arrived = next((a for a in case.acts if isinstance(a, (e.PetitionReceived, e.AccusationReceived))), None)
    if arrived is not None and arrived.identity_mode == "anonymous":
        raise Refused(
            "who filed anonymously is not looked for",
            rule="anonymous_looked_for",
            zh="匿名信访不查找来信人",
            allowed="按所反映的内容办理 / handle what was said",
            field="stream",
        )


def _is_suggestion(case: Case) -> bool:
    category = "claim"
    for act in case.acts:
        if isinstance(act, (e.PetitionReceived, e.PetitionClassified)):
            category = act.category
    return category == "suggestion"


def _decline(case: Case, command: c.DeclineRepeat) -> list[e.CaseEvent]:
    stated(command.ground, field="ground")
    if command.other_stream == command.stream:
        raise Refused(
            "a case is not a repeat of itself",
            field="other_stream",
            zh="事项不得与自身关联",
            allowed="另一事项的编号 / another case",
        )
    if command.other_stream in case.links:
        raise Refused(
            "they are linked already",
            field="other_stream",
            zh="两件已关联",
            allowed="错误的关联以撤回记录说明 / retract the link if it was wrong",
        )
    is_said = any(isinstance(a, e.PetitionLinkDeclined) and a.other_stream == command.other_stream for a in case.acts)
    return [] if is_said else [made(e.PetitionLinkDeclined, command)]
