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
from app.choices import CHOICES

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
    "of_version": "所针对的行为（版本号）",
    "evidence": "证据摘要（SHA-256，每行一个）",
    "items": "各项诉求（每行一项）",
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


def fields_of(
    command: type[CaseCommand], people: Register, acts: list[tuple[int, str]], said: Mapping[str, str]
) -> list[Field]:
    """The fields in the order of the command, what must be said first. `acts`: (version, words) of the case so far."""
    found = []
    for name, info in body_of(command).model_fields.items():
        if name in ("sealed", "post_id"):
            continue
        kind, options = _kind(command, name, info.annotation, people, acts)
        zh = LABELS.get(name) or words.FIELDS.get(name) or name.replace("_", " ")
        required = info.is_required()
        found.append(Field(name, zh, EN.get(name, name.replace("_", " ")), kind, required, options, said.get(name, "")))
    return sorted(found, key=lambda f: (not f.is_required, f.name in ("unit_id", "occurred_at")))


def _kind(
    command: type[CaseCommand], name: str, hint: Any, people: Register, acts: list[tuple[int, str]]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    bare = _bare(hint)
    if (listed := CHOICES.get((command.__name__, name))) is not None:
        return "choice", tuple((code, words.VALUES.get(code, code)) for code in listed)
    if name.endswith("unit_id"):
        return "unit", tuple((u.unit_id, u.name) for u in people.units.values() if u.valid_to is None)
    if name.endswith("official_id"):
        return "official", tuple(people.officials.items())
    if name.endswith("_version") or name in ("of_finding", "of_rectification", "contradicts"):
        return "act", tuple((str(version), said) for version, said in acts)
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
