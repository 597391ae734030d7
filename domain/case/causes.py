"""
Stated causes, blocks between duties, recorded leads: who may say what. Nothing here says whether it is so.

Only causes that no event can show are stated; what events show is inferred and needs no word. A block names two
different duties, and is acknowledged by another than who said it. tests/domain/case/test_causes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import evidenced, in_this_case, made, one_of, same_unit, standing_act, stated
from domain.case.errors import Refused

if TYPE_CHECKING:
    from domain.case.case import Case
    from domain.people.register import Register

RESOURCES = ("no_authority", "policy_gap", "funds_missing", "staff_missing", "historical")
WITH_RULES = ("policy_gap", "policy_conflict")
WITH_EVIDENCE = ("third_party", "litigation_pending", *("no_act", "slow_act", "wild_act", "formalism"))
CONDUCT = (
    "no_act",
    "slow_act",
    "wild_act",
    "formalism",
    "rudeness",
    "retaliation",
    "leak",
    "interception",
    "concealment",
)
STATABLE = tuple(dict.fromkeys((*RESOURCES, *WITH_RULES, *WITH_EVIDENCE, *CONDUCT, "falsified_record")))
FINDERS = ("discipline", "party_committee", "government", "petition_department", "supervision", "npc")
MEASURE_LENGTH = 400
GROUP = 20

CausesCommand = c.StateCause | c.WithdrawCauseStatement | c.BlockDuty | c.AcknowledgeBlock | c.RecordLead


def decide(case: Case, command: CausesCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    match command:
        case c.StateCause():
            return _state(case, command, people)
        case c.WithdrawCauseStatement():
            statement = standing_act(case, command.statement_version, e.CauseStated, field="statement_version")
            stated(command.reason, field="reason")
            if not same_unit(statement.unit_id, command.unit_id, command.occurred_at.date(), people):
                raise Refused(
                    "a statement is taken back by who made it",
                    zh="只能由作出说明的单位撤回",
                    allowed=f"由 {statement.unit_id} 撤回 / by {statement.unit_id}",
                    field="unit_id",
                )
            if case.answered(command.statement_version, e.CauseStatementWithdrawn) is not None:
                return []
            return [made(e.CauseStatementWithdrawn, command)]
        case c.BlockDuty():
            return _block(case, command)
        case c.AcknowledgeBlock():
            return _acknowledge(case, command, people)
        case c.RecordLead():
            return _lead(case, command)
    assert_never(command)


def _state(case: Case, command: c.StateCause, people: Register) -> list[e.CaseEvent]:
    in_this_case(case, command.trigger_version)
    stated(command.obligation, field="obligation")
    one_of(command.cause, STATABLE, field="cause")
    if command.cause in (*CONDUCT, "falsified_record"):
        unit = people.units.get(command.unit_id)
        if unit is None or unit.kind not in FINDERS:
            raise Refused(
                f"{command.cause} is said of somebody by a body that supervises, never by another unit",
                zh="作风、行为方面的原因只能由监督或上级机关说明",
                allowed=f"{' / '.join(FINDERS)}",
                field="cause",
            )
    if command.cause in (*WITH_EVIDENCE, "falsified_record"):
        evidenced(command.evidence, f"{command.cause} is stated with a document, and none is named")
    wanted = 2 if command.cause == "policy_conflict" else 1
    if command.cause in WITH_RULES and len(command.rules) < wanted:
        raise Refused(
            f"{command.cause} names {wanted} text(s) of rules; found {len(command.rules)}",
            zh="须写明所涉的政策法规" + ("（两项）" if wanted > 1 else ""),
            allowed="文件名称与条款 / title and article",
            field="rules",
        )
    statement: e.CauseStated = made(e.CauseStated, command)
    taken_back = {a.statement_version for a in case.acts if isinstance(a, e.CauseStatementWithdrawn)}
    stands = (a for n, a in enumerate(case.acts, 1) if n not in taken_back)
    return [] if any(a == statement for a in stands) else [statement]


def _block(case: Case, command: c.BlockDuty) -> list[e.CaseEvent]:
    for version in (command.trigger_version, command.by_trigger_version):
        in_this_case(case, version)
    own, other = (
        (command.obligation, command.trigger_version),
        (command.by_obligation, command.by_trigger_version),
    )
    if own == other:
        raise Refused(
            "a duty does not wait for itself",
            zh="不得以本项义务为前置事项",
            allowed="写明另一项义务 / name another duty",
            field="by_obligation",
        )
    blocked: e.DutyBlocked = made(e.DutyBlocked, command)
    return [] if any(a == blocked for a in case.acts) else [blocked]


def _acknowledge(case: Case, command: c.AcknowledgeBlock, people: Register) -> list[e.CaseEvent]:
    block = standing_act(case, command.block_version, e.DutyBlocked, field="block_version")
    if same_unit(block.unit_id, command.unit_id, command.occurred_at.date(), people):
        raise Refused(
            "a block is acknowledged by another than who said it",
            zh="前置事项须由对方或上级确认，不得自行确认",
            allowed="由前置事项的承担单位或上级机关确认 / by the holder of the other duty, or a body above",
            field="unit_id",
        )
    if case.answered(command.block_version, e.BlockAcknowledged) is not None:
        return []
    return [made(e.BlockAcknowledged, command)]


def _lead(case: Case, command: c.RecordLead) -> list[e.CaseEvent]:
    stated(command.lead, field="lead")
    stated(command.measure, field="measure")
    if len(command.measure) > MEASURE_LENGTH or len(command.group) > GROUP:
        raise Refused(
            f"a measure has at most {MEASURE_LENGTH} characters, a group at most {GROUP} streams",
            zh="度量或同组事项过多",
            allowed="缩短 / shorten it",
            field="measure",
        )
    if not command.versions:
        raise Refused("a lead cites its acts", zh="线索须注明所据记录", allowed="1–", field="versions")
    for version in command.versions:
        in_this_case(case, version)
    recorded: e.LeadRecorded = made(e.LeadRecorded, command)
    same = (recorded.lead, recorded.versions)
    if any(isinstance(a, e.LeadRecorded) and (a.lead, a.versions) == same for a in case.acts):
        return []
    return [recorded]
