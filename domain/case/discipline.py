"""
检举控告 in the discipline line, and to whom an accusation may go: never to the accused official, the accused unit or a
unit below it, by identifier. The refusal is the same sentence for all of them, so that it does not tell who is accused.
tests/domain/case/test_families.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case import secrecy
from domain.case.checks import made, standing_act, working_unit
from domain.case.errors import Refused

if TYPE_CHECKING:
    from datetime import date

    from domain.case.case import Case
    from domain.people.register import Register

RULES = "纪检监察机关处理检举控告工作规则"
NOT_THERE = "this accusation does not go there: pass it to the level above"
GOES_TO = ("to_unit_id", "executor_unit_id", "competent_unit_id", "lead_unit_id", "redo_by_unit_id")

DisciplineCommand = (
    c.SendAccusationUpward
    | c.ForwardAccusation
    | c.ReceiveForwardedAccusation
    | c.AcceptAccusation
    | c.NotifyReporter
    | c.CloseAccusation
    | c.FeedBackResult
)


def guard(command: c.CaseCommand, accused: secrecy.Accused | None, people: Register) -> None:
    """Refused where an act on an accusation would be done by those it is about, or take it to them."""
    day = command.occurred_at.date()
    units = {command.unit_id} | {u for n in GOES_TO if (u := getattr(command, n, None))}
    units |= set(getattr(command, "with_unit_ids", ())) | set(getattr(command, "between", ()))
    officials = {command.official_id, command.actor.official_id, getattr(command, "assigned_official_id", None)}
    officials |= {getattr(command, "to_official_id", None), command.actor.acting_for}
    posts = {command.post_id, getattr(command, "assigned_post_id", None)}
    if not accused:
        # Erased, or lost: then nobody can be told from the accused, and it goes nowhere new.
        if len(units) == 1 and getattr(command, "assigned_official_id", None) is None:
            return
    elif not any(_is_theirs(unit, accused, people, day) for unit in units):
        posts_units = {people.posts[p].unit_id for p in posts if p in people.posts}
        holders = {h.official_id for p in posts if p in people.posts and (h := people.holder_of(p, day))}
        named = [o for o in {*officials, *holders} if o is not None]
        is_theirs = any(o in accused.officials for o in named)
        is_theirs = is_theirs or any(_is_theirs(u, accused, people, day) for u in posts_units)
        if not is_theirs and secrecy.may_read(command.actor, accused, people, day):
            return
    raise Refused(
        NOT_THERE,
        zh="检举控告不得转送被检举控告的人员、单位及其下属单位",
        allowed="报上一级机关 / the level above",
        field="to_unit_id",
        law=secrecy.LAW,
    )


def _is_theirs(unit_id: str, accused: secrecy.Accused, people: Register, day: date) -> bool:
    """An accused unit, who took over from it, or a unit below."""
    above = accused.units | {people.unit_on(u, day) for u in accused.units}
    return any(people.is_within(unit_id, u) or people.is_within(people.unit_on(unit_id, day), u) for u in above)


def decide(case: Case, command: DisciplineCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    if not case.is_accusation:
        raise Refused(
            f"{command.stream} is no accusation",
            zh="本事项不是检举控告",
            allowed="按信访事项办理 / the acts of a petition",
            field="stream",
        )
    match command:
        case c.SendAccusationUpward() | c.ForwardAccusation():
            working_unit(command.to_unit_id, command.occurred_at.date(), people, field="to_unit_id")
            if command.to_unit_id == command.unit_id:
                raise Refused(
                    "an accusation is not passed to its sender",
                    zh="不能转送本单位",
                    field="to_unit_id",
                    allowed="转送其他有权机关 / another organ with the power",
                )
            if isinstance(command, c.SendAccusationUpward):
                if command.unit_id in people.above(command.to_unit_id):
                    raise Refused(
                        f"{command.to_unit_id} is below {command.unit_id}",
                        zh="接收单位不是上级",
                        allowed=", ".join(people.above(command.unit_id)) or "上级 / the level above",
                        field="to_unit_id",
                        law=f"{RULES} art. 15",
                    )
                return _new(case, made(e.AccusationSentUpward, command))
            return _new(case, made(e.AccusationForwarded, command))
        case c.ReceiveForwardedAccusation():
            passed = (e.AccusationForwarded, e.AccusationSentUpward, e.TransferredToDiscipline)
            sent = standing_act(case, command.of_version, *passed, field="of_version")
            if isinstance(sent, passed) and sent.to_unit_id != command.unit_id:
                raise Refused(
                    "it went to another unit",
                    zh="接收单位不符",
                    field="unit_id",
                    allowed="由接收单位记录 / the unit it went to",
                )
            if case.answered(command.of_version, e.AccusationForwardedReceived):
                return []
            return [made(e.AccusationForwardedReceived, command)]
        case c.AcceptAccusation():
            return [] if case.newest(e.AccusationAccepted) else [made(e.AccusationAccepted, command)]
        case c.NotifyReporter():
            _by_name(case)
            return [] if case.newest(e.ReporterNotified) else [made(e.ReporterNotified, command)]
        case c.CloseAccusation():
            if case.newest(e.AccusationClosed):
                return []
            if case.newest(e.AccusationAccepted) is None:
                raise Refused(
                    "what was not accepted is not closed",
                    zh="尚未受理，不能办结",
                    field="stream",
                    allowed="先受理 / accept it first",
                )
            return [made(e.AccusationClosed, command, identity_mode=_mode(case) or "anonymous")]
        case c.FeedBackResult():
            _by_name(case)
            if case.newest(e.AccusationClosed) is None:
                raise Refused(
                    "there is no result yet", zh="尚未办结", field="stream", allowed="先记录办结 / close it first"
                )
            return [] if case.newest(e.ResultFedBack) else [made(e.ResultFedBack, command)]


def _new(case: Case, event: e.CaseEvent) -> list[e.CaseEvent]:
    return [] if event in case.acts else [event]


def _mode(case: Case) -> str | None:
    return next((a.identity_mode for a in case.acts if isinstance(a, e.AccusationReceived)), None)


def _by_name(case: Case) -> None:
    if _mode(case) != "real_name":
        raise Refused(
            "nobody gave a name to be told",
            zh="匿名检举控告无须告知反馈",
            field="stream",
            law=RULES,
            allowed="无须记录 / nothing to record",
        )
