"""
A paper as its readers see it, before anybody decides whether it becomes HTML, DOCX or PDF. All of it is plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

KINDS = ("paragraph", "heading1", "heading2", "heading3")
HEADING = {"heading1": "heading1", "heading2": "heading2", "heading3": "body"}  # the font of a heading


class PaperRefused(ValueError):  # noqa: N818 - an answer, not a fault of the program
    """The paper cannot be made. `field` names what is missing or wrong."""

    def __init__(self, zh: str, en: str, *, field: str | None = None) -> None:
        super().__init__(f"{zh} {en}" + (f"（{field}）" if field is not None else ""))
        self.field = field


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of the text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """
    Every part in the order in which it stands. `blanks` names the sealed values whose place was left to fill in.
    """

    paper_id: str
    name_zh: str
    letterhead: str | None
    number: str | None
    title: tuple[str, ...]
    addressee: str | None
    blocks: tuple[Block, ...]
    remedy: tuple[str, ...]
    attachments: tuple[str, ...]
    signature: str
    day: date
    copies: str | None
    blanks: tuple[str, ...]

    @property
    def text(self) -> tuple[Block, ...]:
        """The text with the remedy notice, which closes it."""
        return (*self.blocks, *(Block("paragraph", line) for line in self.remedy))


def spelled(day: date) -> str:
    """成文日期 in Arabic figures, no leading zeros (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def attached(paper: Paper) -> list[str]:
    """附件说明, a line each; numbered where there are several."""
    if len(paper.attachments) == 1:
        return [f"附件：{paper.attachments[0]}"]
    return [f"{'附件：' if n == 1 else '　　　'}{n}. {name}" for n, name in enumerate(paper.attachments, 1)]
