"""
Breaking Chinese text into lines: no closing mark begins a line, no opening one ends it, numbers and words stay whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_FIRST = frozenset("，。、；：？！）〕】》」』”’…—～·%％,.;:?!)]}")
NOT_LAST = frozenset("（〔【《「『“‘([{")
_PIECES = re.compile(r"[0-9A-Za-z@._/+-]+|.", re.DOTALL)


def break_lines(text: str, width: float, first: float, measure: Callable[[str], float]) -> list[str]:
    """
    The lines of one paragraph; `first` is what its first line loses to the indent. A run longer than a line is cut.
    """
    lines: list[list[str]] = [[]]
    room = width - first
    for piece in _pieces(text, width, measure):
        if sum(map(measure, lines[-1])) + measure(piece) <= room + 0.01 or not lines[-1]:
            lines[-1].append(piece)
            continue
        moved = _moved(lines[-1], piece)
        lines[-1] = lines[-1][: len(lines[-1]) - len(moved)]
        lines.append([*moved, piece])
        room = width
    return ["".join(line) for line in lines]


def _pieces(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    found: list[str] = []
    for piece in _PIECES.findall(text):
        found.extend([piece] if measure(piece) <= width else piece)
    return found


def _moved(line: list[str], following: str) -> list[str]:
    """What goes to the next line with `following`, so that neither line breaks a rule; at most four pieces."""
    for count in range(min(4, len(line) - 1) + 1):
        begins = line[len(line) - count] if count else following
        ends = line[len(line) - count - 1]
        if begins[0] not in NOT_FIRST and ends[-1] not in NOT_LAST:
            return line[len(line) - count :]
    return []
