"""
Sealed values: who may be shown them, and what is recorded of showing and erasing them.

An accusation never reaches the accused official, the accused unit, or those acting for them (信访工作条例 art. 30,
纪检监察机关处理检举控告工作规则 art. 47): excluded by identifier, as the register stands on the day of reading.
Values of an accusation are shown in the unit that holds it and nowhere else, so that a refusal does not tell who is
accused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.case import commands as c
from domain.case import events as e
from domain.case.checks import CHANNELS, one_of
from domain.case.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.case.case import Case
    from domain.people.register import Appointment, Register
    from domain.recorded import Actor

ACCUSED_OFFICIAL, ACCUSED_UNIT = "accused_official", "accused_unit"
GUARDING = (ACCUSED_OFFICIAL, ACCUSED_UNIT)  # fields without which nobody could be excluded
GROUNDS = ("handling", "service", "review", "supervision", "discipline", "court", "petitioner_request")
KINDS = ("petition", "identity", "evidence", "reply", "other")
MAX_ATTACHMENTS = 200  # of one case: a case file has dozens
NAME_LENGTH = 120
LAW = "信访工作条例 art. 30"
ACCUSATION = re.compile(r"case/accusation/[0-9a-f]{32}")

SealedCommand = c.ReceiveAccusation | c.AddAttachment | c.ReadSealed | c.RefuseSealedRead | c.EraseSealed


@dataclass(frozen=True, slots=True)
class Accused:
    """Whom an accusation names, by identifier."""

    officials: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    @classmethod
    def of(cls, fields: Iterable[tuple[str, Any]]) -> Accused:
        fields = list(fields)
        return cls(
            frozenset(value for name, value in fields if name == ACCUSED_OFFICIAL),
            frozenset(value for name, value in fields if name == ACCUSED_UNIT),
        )

    def __bool__(self) -> bool:
        return bool(self.officials or self.units)


def exclusion(reader: Actor, accused: Accused, people: Register, day: date) -> str | None:
    """Why this reader must not see an accusation of those, as a code; None where nothing excludes them."""
    units = accused.units | {people.unit_on(unit, day) for unit in accused.units}
    for who in (reader.official_id, reader.acting_for):
        if who is None:
            continue
        if who in accused.officials:
            return "accused_official"
        for post in people.official_posts.get(who, ()):
            held = [a for a in people.in_post_on(post, day) if a.official_id == who]
            if held and people.posts[post].unit_id in units:
                return "accused_unit"
            if any(a.kind == "acting" and _stands_in(a, accused, people, day) for a in held):
                return "acting_for_accused"
    return None


def may_read(reader: Actor, accused: Accused, people: Register, day: date) -> bool:
    """Whether nothing excludes this reader from an accusation of those."""
    return exclusion(reader, accused, people, day) is None


def refusal(reader: Actor, case: Case, accused: Accused, people: Register, day: date) -> str | None:
    """Why this reader is not shown sealed values of this case, as a code; None where they may be shown."""
    if not case.is_accusation:
        return None
    if not accused:
        return "accused_unknown"  # erased, or lost: then nobody can be told from the accused
    if (why := exclusion(reader, accused, people, day)) is not None:
        return why
    if reader.official_id is None or case.unit_id is None:
        return "not_the_holding_unit"
    return None if people.posts_in(reader.official_id, case.unit_id, day) else "not_the_holding_unit"


def _stands_in(acting: Appointment, accused: Accused, people: Register, day: date) -> bool:
    """Whether an acting appointment stands in for an accused: the last official appointed to that post for good."""
    regular = [a for a in people.appointments[acting.post_id] if a.kind != "acting" and a.from_on <= day]
    return bool(regular) and max(regular, key=lambda a: a.from_on).official_id in accused.officials


def decide(case: Case, command: SealedCommand, people: Register) -> list[e.CaseEvent]:
    """The events that recording `command` gives, or Refused."""
    by: dict[str, Any] = {"unit_id": command.unit_id, "official_id": command.official_id, "post_id": command.post_id}
    if isinstance(command, c.ReceiveAccusation):
        return _receive(case, command, people, by)
    if not case.version:
        raise Refused(
            f"nothing is recorded of {command.stream}",
            zh=f"账本中没有 {command.stream}",
            allowed="先登记收到该事项 / record its arrival first",
            field="stream",
        )
    match command:
        case c.AddAttachment():
            return _attach(case, command, by)
        case c.ReadSealed():
            one_of(command.ground, GROUNDS, field="ground")
            if not any(name == "ground_text" and text.strip() for name, text in command.sealed):
                raise Refused(
                    "reading a sealed value needs its ground in words",
                    zh="查阅密封内容须写明理由",
                    allowed="填写 ground_text / give ground_text",
                    field="ground_text",
                )
            if command.official_id is None:
                raise Refused(
                    "a sealed value is read by an official",
                    zh="查阅密封内容的须是具名工作人员",
                    allowed="指明查阅人 / name the official who reads",
                    field="official_id",
                )
            if not command.digests:
                raise Refused(
                    "no value is named",
                    zh="没有指明要查阅的内容",
                    allowed="指明字段 / name the fields",
                    field="digests",
                )
            return [e.SealedValueRead(**by, digests=command.digests, ground=command.ground)]
        case c.RefuseSealedRead():
            return [e.SealedReadRefused(**by)]
        case c.EraseSealed():
            return _erase(case, command, by)


def _receive(case: Case, command: c.ReceiveAccusation, people: Register, by: dict[str, Any]) -> list[e.CaseEvent]:
    if case.version:
        raise Refused(
            f"case {command.stream} was already received",
            zh=f"{command.stream} 已登记收到",
            allowed="用新的随机编号登记 / use a new random number",
            field="stream",
        )
    if not ACCUSATION.fullmatch(command.stream):
        raise Refused(
            "an accusation has a random number: case/accusation/ and 32 hex digits",
            zh="检举控告的编号须是随机的",
            allowed="case/accusation/<32 hex>",
            field="stream",
        )
    one_of(command.channel, CHANNELS, field="channel")
    accused = Accused.of(command.sealed)
    if not accused:
        raise Refused(
            "an accusation names an official or a unit by identifier",
            zh="检举控告须以编号指明被检举的人员或单位（密封）",
            allowed="accused_official_id, accused_unit_id",
            field="sealed",
        )
    if not accused.officials <= people.officials.keys() or not accused.units <= people.units.keys():
        raise Refused(
            "the accused is not in the register",
            zh="被检举的人员或单位不在名册中",
            allowed="用名册中的编号 / identifiers of the register",
            field="sealed",
        )
    recorder = command.actor
    if command.unit_id in accused.units or exclusion(recorder, accused, people, command.occurred_at.date()) is not None:
        raise Refused(
            "this accusation is not for this desk: pass it to the level above",
            zh="本窗口不得受理该检举控告",
            allowed="由上一级受理 / the level above receives it",
            field="actor",
            law=LAW,
        )
    return [
        e.AccusationReceived(
            **by,
            channel=command.channel,
            identity_mode=command.identity_mode,
            competent=command.competent,
            is_repeat=command.is_repeat,
        )
    ]


def _attach(case: Case, command: c.AddAttachment, by: dict[str, Any]) -> list[e.CaseEvent]:
    one_of(command.category, KINDS, field="category")
    if case.attachments >= MAX_ATTACHMENTS:
        raise Refused(
            f"a case holds at most {MAX_ATTACHMENTS} attachments",
            zh=f"一件事项最多 {MAX_ATTACHMENTS} 个附件",
            allowed="合并文件后再附 / join the files first",
            field="sealed_object",
        )
    return [e.AttachmentAdded(**by, category=command.category, sealed_object=command.sealed_object, size=command.size)]


def _erase(case: Case, command: c.EraseSealed, by: dict[str, Any]) -> list[e.CaseEvent]:
    if command.official_id is None:
        raise Refused(
            "an erasure is recorded by an official",
            zh="删除须由具名工作人员登记",
            allowed="指明经办人 / name the official",
            field="official_id",
        )
    if not command.order_no.strip() or len(command.order_no) > NAME_LENGTH:
        raise Refused(
            f"an erasure names its order, in at most {NAME_LENGTH} characters",
            zh=f"删除须写明决定文号（不超过 {NAME_LENGTH} 字）",
            allowed="order_no",
            field="order_no",
        )
    if not command.basis.strip():
        raise Refused("an erasure names its basis", zh="删除须写明依据", allowed="basis", field="basis")
    erased: list[e.CaseEvent] = []
    for target, digests in command.targets:
        if left := tuple(sorted(set(digests) - case.erased)):
            order = {"order_no": command.order_no, "basis": command.basis}
            erased.append(e.SealedFieldErased(**by, target=target, digests=left, **order))
    return erased
