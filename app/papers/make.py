"""
One paper of one case, as bytes with their digest: the template's texts filled with the case's facts, then laid out.

The digest goes into the event that says the paper was served (`proof`), so the same events, template, day and values
must give the same bytes: no clock, no random id, no time of a file enters. tests/app/papers/test_make.py.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.codec import TOPICS, decode
from app.papers import docx, html, pdf, sandbox
from app.papers.facts import Asked, choose_act, facts
from app.papers.layout import layout
from app.papers.model import Block, Paper, PaperRefused
from domain.duties.engine import split_stream
from domain.duties.values import end_of_day
from domain.recorded import Actor, Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from app.papers.fonts import Fonts
    from app.papers.template import Template
    from domain.law.in_force import Law

FORMS = ("html", "docx", "pdf")
# 发文字号 (GB/T 9704-2012, 7.2.5): the organ's code, the year in full in 〔〕, a number without leading zeros or 第.
NUMBER = re.compile(r"[\u4e00-\u9fff]{1,20}〔[0-9]{4}〕[1-9][0-9]{0,5}号")


@dataclass(frozen=True, slots=True)
class Order:
    """
    What is asked for. `draft` holds the fields of an act that is not recorded yet, as its event would carry them;
    otherwise `version` names the act, or the newest one that fits counts. `sealed` are values that the asker may see.
    """

    template: Template
    day: date
    form: str = "html"
    version: int | None = None
    draft: Mapping[str, Any] | None = None
    number: str | None = None
    sealed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The paper's bytes; `digest` is what the event of its service carries."""

    data: bytes
    digest: str
    paper: Paper
    act: Recorded


def make(order: Order, history: Sequence[Recorded], law: Law, fonts: Fonts | None = None) -> Made:
    """
    The paper. `fonts` are needed for PDF. PaperRefused names what is missing.
    """
    paper, act = compose(order, history, law)
    if order.form == "html":
        data = html.render(paper, layout())
    elif order.form == "docx":
        data = docx.render(paper, layout())
    elif order.form == "pdf" and fonts is not None:
        data = pdf.render(paper, layout(), fonts)
    else:
        raise PaperRefused("格式有误：", f"one of {', '.join(FORMS)}", field="format")
    return Made(data, digest(data), paper, act)


def digest(data: bytes) -> str:
    """How an event names the bytes that were served."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def compose(order: Order, history: Sequence[Recorded], law: Law) -> tuple[Paper, Recorded]:
    """The paper before it has a format, and the act it belongs to."""
    template = order.template
    if not history:
        raise PaperRefused("没有该案件的记录。", "nothing is recorded of this case", field="case")
    if order.number is not None and not NUMBER.fullmatch(order.number):
        raise PaperRefused("发文字号有误，例如 安信受〔2026〕12号：", "not a document number", field="number")
    source, _ = split_stream(history[0].stream)
    zone = law.rules.zone(source)
    if order.draft is None:
        act = choose_act(history, template, version=order.version, day=order.day, zone=zone)
    else:
        act = _drafted(order, history, zone)
    told = facts(template, Asked(history, act, law, order.day, order.number, order.sealed or {}))
    return _Writer(template, told).paper(order.day), act


def _drafted(order: Order, history: Sequence[Recorded], zone: str) -> Recorded:
    """An act as it would be recorded on the paper's day: the last one of the case."""
    if order.version is not None:
        raise PaperRefused("只能指明一个行为。", "either an event or a draft of one", field="event")
    topic = max(t for t in TOPICS if t.rsplit(".", 1)[0] == order.template.topic)
    given = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in (order.draft or {}).items()}
    try:
        event = decode(topic, given)
    except (TypeError, ValueError) as error:
        raise PaperRefused("拟作行为有误：", str(error), field="draft") from error
    last = history[-1]
    # One moment before the day's end: an act recorded on that day at any hour reads the same.
    at = max(end_of_day(order.day, zone).moment - timedelta(seconds=1), last.occurred_at)
    return replace(
        last,
        event=event,
        topic=topic,
        version=last.version + 1,
        log_index=last.log_index + 1,
        occurred_at=at,
        recorded_at=at,
        actor=Actor(official_id=event.official_id if hasattr(event, "official_id") else None),
        command_id="draft",
    )


class _Writer:
    """Fills the template's texts, one place after the other."""

    def __init__(self, template: Template, told: sandbox.Fact) -> None:
        self._template = template
        self._told = told
        self._blanks: dict[str, None] = {}
        self._labels = {w.name: w.blank for w in template.sealed}

    def paper(self, day: date) -> Paper:
        t = self._template
        title, signature = self._lines("title"), self._line("signature")
        if not title or signature is None:
            raise PaperRefused("标题或落款为空。", "a paper has a title and a signature", field=t.paper_id)
        blocks = tuple(
            Block(kind, line)
            for n, (kind, text) in enumerate(t.body)
            for line in self._filled(text, f"{t.paper_id}.body[{n}]")
        )
        attachments = tuple(
            line
            for n, text in enumerate(t.attachments)
            for line in self._filled(text, f"{t.paper_id}.attachments[{n}]")
        )
        return Paper(
            paper_id=t.paper_id,
            name_zh=t.name_zh,
            letterhead=self._line("letterhead"),
            number=self._line("number"),
            title=tuple(title),
            addressee=self._line("addressee"),
            blocks=blocks,
            remedy=tuple(self._lines("remedy")),
            attachments=attachments,
            signature=signature,
            day=day,
            copies=self._line("copies"),
            blanks=tuple(self._blanks),
        )

    def _line(self, field: str) -> str | None:
        """A place that holds one line; None where the template leaves it empty."""
        return " ".join(self._lines(field)) or None

    def _lines(self, field: str) -> list[str]:
        text = self._template.texts.get(field)
        return [] if text is None else self._filled(text, f"{self._template.paper_id}.{field}")

    def _filled(self, text: str, field: str) -> list[str]:
        said, blanks = sandbox.fill_blanks(sandbox.render(text, self._told, field), self._labels)
        self._blanks |= dict.fromkeys(blanks)
        return [line for raw in sandbox.clean(said).split("\n") if (line := raw.strip())]
