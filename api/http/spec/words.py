"""
What members of bodies and answers mean, in Chinese and English, with an example of each; and every problem by its code.
Data in `fields.toml`, `problems.toml` and `operations.toml`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Word(NamedTuple):
    zh: str
    en: str
    example: Any

    @property
    def said(self) -> str:
        return f"{self.zh}。{self.en[:1].upper()}{self.en[1:]}."


@cache
def fields() -> dict[str, Word]:
    """By member's name."""
    return {name: Word(*said) for name, said in _table("fields.toml").items()}


@cache
def problems() -> dict[int, dict[str, str]]:
    """Status -> code -> an example of `detail`."""
    table = _table("problems.toml")
    return {int(s): {code: f"{zh}。{en}" for code, (zh, en) in codes.items()} for s, codes in table.items()}


@cache
def summaries() -> dict[str, str]:
    """By operation id, the Chinese name of what is described in English alone."""
    return _table("operations.toml")


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("api.http.spec") / name).read_text(encoding="utf-8"))
