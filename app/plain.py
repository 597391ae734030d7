"""
A stranger's text on a terminal or a sheet: nothing in it moves a cursor, breaks a line or turns the way of writing.
"""

from __future__ import annotations

WIDE_SPACE = "\u3000"  # stands between words in Chinese papers, and misleads nobody


def plain(text: str) -> str:
    """The text with everything that is not printed spelled out: controls, line ends, marks of direction, odd spaces."""
    return "".join(c if c.isprintable() or c == WIDE_SPACE else f"\\u{ord(c):04x}" for c in text)
