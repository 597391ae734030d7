"""
The form of an act, made from its body: what each field is, what may be said in it, and what a browser sends back.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from api.http.acts.bodies import body_of
from app import words
from app.choices import CHOICES, of_packs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from domain.case.commands import CaseCommand
    from domain.people.register import Register

SEALED_TEXT = "text"  # the one sealed value a form offers: what else was said, for nobody but those who may read it
LABELS = {
    "unit_id": "办理单位",
    "post_id": "岗位",
    "occurred_at": "发生时间",
    "of_version": "所针对的行为",
    "evidence": "证据摘要（SHA-256，每行一个）",
    "items": "各项诉求（每行一项）",
    "continuing": "系统启用前已在办",
    "filed_directly": "直接向本单位提出",
    "attempt_version": "所针对的联系",
    "inquiry_version": "所针对的核实请求",
    "identified_version": "所报告的认定",
    "objection_version": "所针对的异议",
    "dispute_version": "所针对的争议",
    "report_version": "所针对的办结报告",
    "answers": "所答复的行为",
    "opinion_version": "所针对的处理意见",
    "trigger_version": "职责由哪一行为产生",
    "extension_version": "所针对的延期",
    "made_on": "作出日期",
    "contradicts": "与哪一意见不符",
    "closing_version": "所针对的结案",
    "interest_version": "所针对的利害关系",
    "request_version": "所针对的申请",
    "redo_by_unit_id": "重新办理单位",
    "redo_by": "重新办理期限",
    "period_from": "期间起",
    "period_to": "期间止",
    "numbers": "数目（每行一项：名称=数）",
    "refers_to": "涉及的事项或职责（每行一个）",
    "of_finding": "所依据的认定",
    "urging_version": "所针对的督办",
    "proposal_version": "所针对的建议",
    "inspection_version": "所属督查",
    "findings": "督查发现（版本号，每行一个）",
    "order_version": "所针对的整改命令",
    "item_version": "所针对的挂牌",
    "reminder_version": "所针对的提醒",
    "decision_version": "所针对的决定",
    "cause": "原因",
    "rules": "规则（每行一个）",
    "statement_version": "所针对的说明",
    "by_obligation": "须先履行的职责",
    "by_trigger_version": "该职责由哪一行为产生",
    "block_version": "所针对的前置说明",
    "lead": "线索",
    "versions": "涉及的行为（版本号，每行一个）",
    "group": "同组",
    "undertakings": "包案承诺（每行一项）",
    "assignment_version": "所针对的包案",
    "undertaking_version": "所针对的承诺",
    "shown_by": "由哪一行为证明",
    "mediation_version": "所针对的调解",
    "promise_version": "所针对的救助承诺",
    "team_version": "所针对的专班",
    "of_rectification": "未整改的命令",
    "is_final": "决定已生效",
    "appeal_suspends": "申诉期间停止执行",
}
# Which acts of the case a field may name; any other field names any act.
OF = {
    "attempt_version": ("contact.attempted",),
    "inquiry_version": ("identity_inquiry.requested",),
    "identified_version": ("urgent_matter.identified",),
    "objection_version": ("jurisdiction.objected",),
    "dispute_version": ("jurisdiction.disputed",),
    "report_version": ("closing_report.filed",),
    "opinion_version": ("handling_opinion.served", "review_opinion.served", "settlement_agreement.signed"),
    "extension_version": ("extension.approved",),
    "closing_version": ("case.closed",),
    "interest_version": ("interest.declared", "interest.found"),
    "request_version": ("review.requested", "re_review.requested"),
    "of_finding": ("breach_finding.recorded",),
    "urging_version": ("urging.issued",),
    "inspection_version": ("inspection.opened",),
    "order_version": ("rectification.ordered",),
    "item_version": ("item.posted",),
    "reminder_version": ("reminder.sent",),
    "block_version": ("duty.blocked",),
    "statement_version": ("cause.stated",),
    "assignment_version": ("case_leader.assigned",),
    "undertaking_version": ("undertaking.made",),
    "mediation_version": ("mediation.opened",),
    "promise_version": ("assistance.promised",),
    "team_version": ("task_team.formed",),
}
EN = {"unit_id": "acting unit", "post_id": "post", "occurred_at": "when"}


@dataclass(frozen=True, slots=True)
class Field:
    """`kind`: text, number, date, moment, yes, lines, choice, unit, official, post, act."""

    name: str
    zh: str
    en: str
    kind: str
    is_required: bool
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a form may offer: the register, the acts of the case so far, newest first, and the duties that arose."""

    people: Register
    acts: tuple[tuple[int, str, str], ...] = ()  # version, topic, words
    duties: tuple[tuple[str, str], ...] = ()  # obligation, its name


def fields_of(command: type[CaseCommand], known: Known, said: Mapping[str, str]) -> list[Field]:
    """The fields in the order of the command, what must be said first."""
    found = []
    for name, info in body_of(command).model_fields.items():
        if name in ("sealed", "post_id"):
            continue
        kind, options = _kind(command, name, info.annotation, known)
        zh = LABELS.get(name) or words.FIELDS.get(name) or name.replace("_", " ")
        required = info.is_required()
        found.append(Field(name, zh, EN.get(name, name.replace("_", " ")), kind, required, options, said.get(name, "")))
    return sorted(found, key=lambda f: (not f.is_required, f.name in ("unit_id", "occurred_at")))


def _kind(command: type[CaseCommand], name: str, hint: Any, known: Known) -> tuple[str, tuple[tuple[str, str], ...]]:
    bare = _bare(hint)
    if (listed := CHOICES.get((command.__name__, name))) is not None:
        return "choice", tuple((code, words.VALUES.get(code, code)) for code in listed)
    if named := of_packs(command.__name__, name, known.people):
        return "choice", named
    if name.endswith("unit_id"):
        return "unit", tuple((u.unit_id, u.name) for u in known.people.units.values() if u.valid_to is None)
    if name.endswith("official_id"):
        return "official", tuple(known.people.officials.items())
    if name.endswith("_version") or name in ("of_finding", "of_rectification", "contradicts", "answers", "shown_by"):
        wanted = OF.get(name)
        acts = (a for a in known.acts if wanted is None or a[1].rpartition(".")[0] in wanted)
        return "act", tuple((str(version), said) for version, _, said in acts)
    if name in ("obligation", "by_obligation"):
        return "unit", known.duties  # offered, not imposed: a duty may have arisen elsewhere
    if bare is bool:
        return "yes", ()
    if bare is int:
        return "number", ()
    if bare is date:
        return "date", ()
    if typing.get_origin(bare) is list:
        return "lines", ()
    if typing.get_origin(bare) is dict:
        return "numbers", ()
    return ("moment" if name == "occurred_at" or bare is datetime else "text"), ()


def _bare(hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Annotated:
        return _bare(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _bare(next(a for a in typing.get_args(hint) if a is not types.NoneType))
    return hint


def body_from(command: type[CaseCommand], sent: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """What the browser sent, as the body that the API would be sent. Empty fields are not said."""
    body: dict[str, Any] = {}
    for name, info in body_of(command).model_fields.items():
        text = sent.get(name, "").strip()
        bare = _bare(info.annotation)
        if name == "sealed" or not text:
            continue
        if name == "occurred_at":
            moment = datetime.fromisoformat(text) if len(text) <= 32 else None
            body[name] = text if moment is None or moment.tzinfo else moment.replace(tzinfo=zone).isoformat()
        elif typing.get_origin(bare) is list:
            body[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif typing.get_origin(bare) is dict:
            body[name] = dict(line.rsplit("=", 1) for line in text.splitlines() if "=" in line)
        elif bare is bool:
            body[name] = text == "yes"
        else:
            body[name] = text
    if sealed := sent.get(SEALED_TEXT, "").strip():
        body["sealed"] = {SEALED_TEXT: sealed}
    return body
