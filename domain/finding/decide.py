"""
What may be recorded of a finding: state and command in, events out. [] is an idempotent repeat.

Only units of discipline and supervision open and confirm; a second person confirms; nobody whom it is about, in whose
unit it happened, or who acts for them takes part on the office's side; nothing is confirmed before its subject could
explain. A confirmation and what it means for the case are decided together: `Decided.of_case` goes into the case's
stream in the same append. tests/domain/finding/test_findings.py, docs/findings.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - read at run time by dataclasses' users
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - same
from typing import TYPE_CHECKING, Any, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import after, by, known_actor, known_official, known_unit, only, stated
from domain.case.decide import CODE_LENGTH
from domain.case.decide import decide as decide_case
from domain.case.errors import Refused
from domain.case.facts import NONE, Facts
from domain.case.filing import DIGEST, MAX_REFERENCES
from domain.case.secrecy import Accused, exclusion
from domain.finding import commands as o
from domain.finding import events as f
from domain.finding.sealing import Sealed, hidden
from domain.finding.state import CONFIRMED, WITHDRAWN, Finding, Request

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.finding.commands import FindingCommand
    from domain.finding.events import FindingEvent
    from domain.people.register import Register
    from domain.recorded import Actor

KINDS = ("discipline", "supervision")
STREAM = re.compile(r"finding/[0-9a-f]{32}")
MAX_PINS = 200
TEXT = "explanation_text"
LAW = "信访工作责任制实施办法 art. 13-16"


@dataclass(frozen=True, slots=True)
class Known:
    """
    What a rule needs besides the finding and the register: the case as it stands, its law and whom it accuses, and the
    leaf hashes of the records named.
    """

    case: Case
    facts: Facts = NONE
    leaves: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """Events of the finding with what is sealed of the first, and those of the case."""

    own: tuple[FindingEvent, ...] = ()
    sealed: Sealed = ()
    of_case: tuple[e.CaseEvent, ...] = ()


NOTHING = Decided()


def decide(finding: Finding, command: FindingCommand, people: Register, known: Known) -> Decided:
    """What recording `command` gives, or Refused."""
    if command.occurred_at > command.now:
        raise Refused(
            "an act cannot be claimed for a moment after its recording",
            zh="行为时间不得晚于记录时间",
            allowed="已发生的时间 / a moment that has passed",
            field="occurred_at",
        )
    known_actor(command, people)
    for name in ("ground", "reason"):
        if len(getattr(command, name, None) or "") > CODE_LENGTH:
            raise Refused(
                f"{name} is a code or a citation", zh=f"{name} 只能是代码或条文", allowed="代码 / a code", field=name
            )
    if isinstance(command, o.OpenFinding):
        return _open(finding, command, people, known)
    if finding.opened is None:
        raise Refused(
            f"{command.stream} was not opened",
            zh="没有这一核查",
            allowed="先立项 / open it first",
            field="stream",
        )
    if finding.opened.subject_unit_id is None:
        raise Refused(
            "what this finding is about was erased",
            zh="该核查的密封内容已清除",
            allowed="另行立项 / open another one",
            field="stream",
        )
    match command:
        case o.PinEvidence():
            return _pin(finding, command, people, known)
        case o.RequestExplanation():
            return _request(finding, command, people, known)
        case o.GiveExplanation():
            return _explain(finding, command, people, known)
        case o.ConfirmFinding():
            return _confirm(finding, command, people, known)
        case o.WithdrawFinding():
            return _withdraw(finding, command, people, known)
        case o.ProposeOnFinding():
            return _propose(finding, command, people, known)
    assert_never(command)


def _open(finding: Finding, command: o.OpenFinding, people: Register, known: Known) -> Decided:
    if not STREAM.fullmatch(command.stream):
        raise Refused(
            "a finding has a random number: finding/ and 32 hex digits",
            zh="核查编号须是随机的",
            allowed="finding/<32 hex>",
            field="stream",
        )
    case = known.case
    if not case.version:
        raise Refused(
            f"nothing is recorded of {command.case_stream}",
            zh=f"账本中没有 {command.case_stream}",
            allowed="已登记的事项 / a case on record",
            field="case_stream",
        )
    if not 1 <= command.trigger_version <= case.version:
        raise Refused(
            f"version {command.trigger_version} is not in this case",
            zh=f"该事项没有第 {command.trigger_version} 条记录",
            allowed=f"1 - {case.version}",
            field="trigger_version",
        )
    stated(command.obligation, field="obligation")
    known_unit(command.subject_unit_id, people, field="subject_unit_id")
    known_official(command.subject_official_id, people, field="subject_official_id")
    event = f.FindingOpened(
        **by(command),
        case_stream=command.case_stream,
        obligation=command.obligation,
        trigger_version=command.trigger_version,
        subject_unit_id=command.subject_unit_id,
        subject_official_id=command.subject_official_id,
    )
    _may_find(event, command, people, known)
    if finding.opened is not None:
        if all(getattr(finding.opened, name) == getattr(event, name) for name in event.SEALS):
            return NOTHING
        raise Refused(
            f"{command.stream} is about something else",
            zh="该编号已用于另一核查",
            allowed="用新的随机编号 / a new random number",
            field="stream",
        )
    return _sealed(event, is_sealed=case.is_accusation)


def _pin(finding: Finding, command: o.PinEvidence, people: Register, known: Known) -> Decided:
    _by_office(finding, command, people, known)
    if not command.log_indexes:
        raise Refused("name the records", zh="须写明日志序号", allowed="日志序号 / log indexes", field="log_indexes")
    if missing := [i for i in command.log_indexes if i not in known.leaves]:
        raise Refused(
            f"the log has no record {missing[0]}",
            zh=f"日志没有第 {missing[0]} 条",
            allowed="已有的日志序号 / an index of the log",
            field="log_indexes",
        )
    fresh = tuple(i for i in dict.fromkeys(command.log_indexes) if i not in finding.pins)
    if not fresh:
        return NOTHING
    _still_open(finding)
    if len(finding.pins) + len(fresh) > MAX_PINS:
        raise Refused(
            f"a finding rests on at most {MAX_PINS} records",
            zh=f"最多列明 {MAX_PINS} 条证据",
            allowed=f"<= {MAX_PINS}",
            field="log_indexes",
        )
    hashes = tuple(known.leaves[i] for i in fresh)
    event = f.FindingEvidencePinned(**by(command), log_indexes=fresh, leaf_hashes=hashes)
    return _sealed(event, is_sealed=_opened(finding).is_sealed)


def _request(finding: Finding, command: o.RequestExplanation, people: Register, known: Known) -> Decided:
    _by_office(finding, command, people, known)
    known_unit(command.asked_unit_id, people, field="asked_unit_id")
    known_official(command.asked_official_id, people, field="asked_official_id")
    after(command, command.answer_by, field="answer_by")
    if Request(command.asked_unit_id, command.asked_official_id, command.answer_by) in (
        Request(r.unit_id, r.official_id, r.answer_by) for r in finding.requests.values()
    ):
        return NOTHING
    _still_open(finding)
    event = f.ExplanationRequested(
        **by(command),
        asked_unit_id=command.asked_unit_id,
        asked_official_id=command.asked_official_id,
        answer_by=command.answer_by,
    )
    return _sealed(event, is_sealed=_opened(finding).is_sealed)


def _explain(finding: Finding, command: o.GiveExplanation, people: Register, known: Known) -> Decided:
    request = finding.requests.get(command.request_version)
    if request is None:
        raise Refused(
            f"no explanation was asked for at version {command.request_version}",
            zh=f"第 {command.request_version} 号记录不是说明要求",
            allowed=f"{', '.join(map(str, finding.requests)) or '无 / none'}",
            field="request_version",
        )
    if _opened(finding).is_sealed:
        # A signature of who was asked would tell everybody who reads the log: the office takes it down.
        _by_office(finding, command, people, known)
    elif not _answers_for(request, command, people):
        raise Refused(
            "the explanation is that of who was asked, their unit, or who acts for them",
            zh="须由被要求说明的人、其单位或者代行职责的人说明",
            allowed=f"{request.official_id or request.unit_id}",
            field="official_id",
        )
    if len(command.evidence) > MAX_REFERENCES or not all(DIGEST.fullmatch(d) for d in command.evidence):
        raise Refused(
            f"evidence is named by SHA-256, at most {MAX_REFERENCES}",
            zh="证据以 SHA-256 摘要列出",
            allowed="64 lower-case hex digits",
            field="evidence",
        )
    if not any(name == TEXT and text.strip() for name, text in command.sealed):
        raise Refused(
            "an explanation is in words, sealed",
            zh="说明须有文字（密封）",
            allowed=TEXT,
            field=TEXT,
        )
    if request.given_at is not None:
        return NOTHING
    if finding.state == WITHDRAWN:
        _still_open(finding)  # there is nothing left to answer to; after a confirmation there is
    event = f.ExplanationGiven(**by(command), request_version=command.request_version, evidence=command.evidence)
    return Decided((event,), command.sealed)


def _confirm(finding: Finding, command: o.ConfirmFinding, people: Register, known: Known) -> Decided:
    opened = _opened(finding)
    _may_find(opened, command, people, known)
    if not people.is_within(opened.unit_id, command.unit_id):
        raise Refused(
            "confirmed by the unit that opened it, or one above",
            zh="由立项单位或其上级认定",
            allowed=f"{opened.unit_id}",
            field="unit_id",
        )
    stated(command.ground, field="ground")
    if finding.state == CONFIRMED:
        return NOTHING
    _still_open(finding)
    if opened.official_id in (command.official_id, command.actor.official_id, command.actor.acting_for):
        raise Refused(
            "who opened a finding does not confirm it",
            zh="立项人不得自行认定",
            allowed="另一名工作人员 / a second person",
            field="official_id",
            law=LAW,
        )
    if not finding.pins:
        raise Refused(
            "no evidence is pinned",
            zh="尚未列明证据",
            allowed="先列明日志记录 / pin records of the log",
            field="log_indexes",
        )
    if not finding.of_subject():
        raise Refused(
            "its subject was not asked to explain",
            zh="尚未要求当事人说明",
            allowed=f"先要求 {opened.subject_official_id or opened.subject_unit_id} 说明 / ask first",
            field="stream",
            law=LAW,
        )
    if not finding.replied(command.occurred_at.date()):
        raise Refused(
            "its subject may still explain",
            zh="说明期限未满",
            allowed="说明之后，或期满之后 / after the explanation, or after its day",
            field="stream",
            law=LAW,
        )
    if opened.is_sealed:
        return Decided((f.FindingConfirmed(**by(command), ground=command.ground),))
    breach = c.RecordBreachFinding(
        **_in_case(opened, command),
        subject_unit_id=str(opened.subject_unit_id),
        subject_official_id=opened.subject_official_id,
        obligation=str(opened.obligation),
        trigger_version=int(opened.trigger_version or 0),
        ground=command.ground,
        origin=command.stream,
    )
    of_case = tuple(decide_case(known.case, breach, people, known.facts))
    if not of_case:
        raise Refused(
            "that finding stands in the case already",
            zh="该认定已记录在事项中",
            allowed="撤回本核查 / withdraw this one",
            field="stream",
        )
    version = known.case.version + 1
    return Decided((f.FindingConfirmed(**by(command), ground=command.ground, breach_version=version),), (), of_case)


def _withdraw(finding: Finding, command: o.WithdrawFinding, people: Register, known: Known) -> Decided:
    opened, confirmed = _opened(finding), finding.confirmed
    if confirmed is None:
        _by_office(finding, command, people, known)
    else:
        _may_find(opened, command, people, known)
        only(command, confirmed.unit_id, "withdrawn by who confirmed it", people)
    stated(command.reason, field="reason")
    if finding.state == WITHDRAWN:
        return NOTHING
    own = (f.FindingWithdrawn(**by(command), reason=command.reason),)
    if confirmed is None or confirmed.breach_version is None:
        return Decided(own)
    back = c.WithdrawBreachFinding(
        **_in_case(opened, command), of_finding=confirmed.breach_version, reason=command.reason
    )
    return Decided(own, (), tuple(decide_case(known.case, back, people, known.facts)))


def _propose(finding: Finding, command: o.ProposeOnFinding, people: Register, known: Known) -> Decided:
    opened = _opened(finding)
    _by_office(finding, command, people, known)
    if command.measure in finding.proposals:
        return NOTHING
    if finding.state != CONFIRMED or finding.confirmed is None:
        raise Refused(
            "a proposal rests on a confirmed finding",
            zh="未经认定不得提出问责建议",
            allowed="先认定 / confirm it first",
            field="stream",
            law=LAW,
        )
    if finding.confirmed.breach_version is None:
        raise Refused(
            "a proposal on an accusation goes its own way, outside of this log's cases",
            zh="检举控告的处理建议不记入事项",
            allowed="按纪检监察程序办理 / by the discipline procedure",
            field="stream",
        )
    proposal = c.ProposeAccountability(
        **_in_case(opened, command),
        of_finding=finding.confirmed.breach_version,
        measure=command.measure,
        subject_unit_id=str(opened.subject_unit_id),
        subject_official_id=opened.subject_official_id,
        addressee_unit_id=command.addressee_unit_id,
        of_rectification=command.of_rectification,
        ground=command.ground,
    )
    of_case = tuple(decide_case(known.case, proposal, people, known.facts))
    if not of_case:
        raise Refused(
            "that proposal stands in the case already",
            zh="该问责建议已在事项中提出",
            allowed="另一方式 / another measure",
            field="measure",
        )
    version = known.case.version + 1
    return Decided(
        (f.FindingProposalMade(**by(command), measure=command.measure, proposal_version=version),), (), of_case
    )


def _may_find(opened: f.FindingOpened, command: FindingCommand, people: Register, known: Known) -> None:
    """Whoever acts for the office sits in it, the office is one that finds, and nobody is judge in their own matter."""
    unit = people.units[command.unit_id]
    if unit.kind not in KINDS:
        raise Refused(
            f"a finding is opened and confirmed by {', '.join(KINDS)}; {unit.unit_id} is {unit.kind}",
            zh=f"{unit.name} 不是纪检监察或督查机关",
            allowed=", ".join(KINDS),
            field="unit_id",
            law=LAW,
        )
    day, signer = command.occurred_at.date(), command.actor.official_id
    if signer is None or not people.posts_in(signer, command.unit_id, day):
        raise Refused(
            f"{signer or command.actor.system} held no post of {command.unit_id} that day",
            zh=f"{signer or command.actor.system} 当日不在 {command.unit_id} 任职",
            allowed="本机关的工作人员 / an official of that unit",
            field="official_id",
        )
    if _is_involved(opened, command.actor, command.unit_id, day, people, known):
        raise _not_here()


def _is_involved(opened: f.FindingOpened, who: Actor, unit_id: str, day: date, people: Register, known: Known) -> bool:
    """Whether it is about them, their unit, or somebody they act for; or nobody can be told from the accused."""
    accused = known.facts.accused
    if known.case.is_accusation and not accused:
        return True
    units = {opened.subject_unit_id} - {None} | (accused.units if accused else set())
    officials = {opened.subject_official_id} - {None} | (accused.officials if accused else set())
    own = {people.unit_on(str(unit), day) for unit in units}
    involved = Accused(frozenset(map(str, officials)), frozenset(map(str, units)))
    return people.unit_on(unit_id, day) in own or exclusion(who, involved, people, day) is not None


def may_see(finding: Finding, who: Actor, unit_id: str, day: date, people: Register, known: Known) -> bool:
    """
    Who is shown all of a finding: the office whose it is, or a finding office above it; of one in clear also who was
    asked, and their unit. Never those whom an accusation is about, nor who acts for them.
    """
    opened, official = finding.opened, who.official_id
    if opened is None or official is None or opened.subject_unit_id is None or unit_id not in people.units:
        return False
    sits = bool(people.posts_in(official, unit_id, day))
    if sits and people.units[unit_id].kind in KINDS and people.is_within(opened.unit_id, unit_id):
        return not _is_involved(opened, who, unit_id, day, people, known)
    if opened.is_sealed:
        return False
    asked = finding.requests.values()
    return any(r.official_id == official if r.official_id is not None else sits and r.unit_id == unit_id for r in asked)


def _not_here() -> Refused:
    """The same sentence whoever it is, so that it does not tell who is accused."""
    return Refused(
        "this finding is not for this desk: pass it to the level above",
        zh="本机关或本人不得办理该核查",
        allowed="由上级机关办理 / the level above",
        field="actor",
        law=LAW,
    )


def _by_office(finding: Finding, command: FindingCommand, people: Register, known: Known) -> None:
    opened = _opened(finding)
    _may_find(opened, command, people, known)
    day = command.occurred_at.date()
    if people.unit_on(opened.unit_id, day) != people.unit_on(command.unit_id, day):
        raise Refused(
            f"this finding is {opened.unit_id}'s",
            zh=f"该核查由 {opened.unit_id} 办理",
            allowed=f"{opened.unit_id}",
            field="unit_id",
        )


def _answers_for(request: Request, command: o.GiveExplanation, people: Register) -> bool:
    """Whether this is who was asked, somebody of their unit, or who acts for them."""
    day, signer = command.occurred_at.date(), command.actor.official_id
    if signer is None:
        return False
    if request.official_id is not None and request.official_id in (signer, command.actor.acting_for):
        return True
    if not people.posts_in(signer, command.unit_id, day):
        return False
    if request.official_id is None:
        return people.unit_on(str(request.unit_id), day) == people.unit_on(command.unit_id, day)
    return bool(people.posts_in(request.official_id, command.unit_id, day))


def _still_open(finding: Finding) -> None:
    if finding.state in (CONFIRMED, WITHDRAWN):
        raise Refused(
            f"this finding is {finding.state}",
            zh="该核查已认定" if finding.state == CONFIRMED else "该核查已撤回",
            allowed="另行立项 / open another one",
            field="stream",
        )


def _in_case(opened: f.FindingOpened, command: FindingCommand) -> dict[str, Any]:
    """What a command on the case has in common with the one on the finding."""
    return {
        **by(command),
        "stream": str(opened.case_stream),
        "actor": command.actor,
        "occurred_at": command.occurred_at,
        "now": command.now,
        "command_id": f"{command.command_id}!case",
    }


def _opened(finding: Finding) -> f.FindingOpened:
    if finding.opened is None:
        raise AssertionError("checked before")
    return finding.opened


def _sealed(event: FindingEvent, *, is_sealed: bool) -> Decided:
    if not is_sealed:
        return Decided((event,))
    event, sealed = hidden(event)
    return Decided((event,), sealed)
