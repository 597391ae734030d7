"""
The language of a paper's texts: names, conditions and a few filters, nothing that loops, calls or computes.

A template may come from anybody's folder. It is parsed, and a node that is not on the list is refused before anything
runs: without loops, calls and arithmetic a text costs what it is long. Behind the list stands Jinja's sandbox. A fact
that is missing is an error that names it. tests/app/papers/test_sandbox.py.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from app import words
from app.papers.model import PaperRefused, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_TEXT, MAX_RENDERED, MAX_DEPTH = 8_000, 100_000, 24
ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
OPEN, CLOSE = "\ufdd0", "\ufdd1"  # noncharacters: no text from outside keeps them
_BLANK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
# Controls, and the marks that turn the direction of a line: neither belongs into a paper, and both can mislead.
_UNWANTED = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


class Fact(dict[str, Any]):
    """Named facts under one path. What is not in it is missing, and said by its path."""

    def __init__(self, path: str, facts: dict[str, Any]) -> None:
        super().__init__({k: v for k, v in facts.items() if v is not None})
        self.path = path


class Blank(str):
    """The place of a value that nobody gave."""

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        return super().__new__(cls, f"{OPEN}{name}{CLOSE}")


class Missing(StrictUndefined):
    """Says the whole name of what is missing, and nothing else."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is missing:
            return str(self._undefined_name)
        return f"{getattr(self._undefined_obj, 'path', '?')}.{self._undefined_name}"


class Texts(ImmutableSandboxedEnvironment):
    """Facts are read by name; nothing else has attributes."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Undefined):
            raise UndefinedError(obj._undefined_message)  # noqa: SLF001 - Jinja's own way to say it
        if not isinstance(obj, Fact):
            raise SecurityError(f"{attribute}: only facts have fields")
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)


def _of_known(how: Callable[[Any], str]) -> Callable[[Any], str]:
    """A filter over what is known; a missing fact is said by its own name."""

    def filtered(value: Any) -> str:
        if isinstance(value, Undefined):
            raise UndefinedError(value._undefined_message)  # noqa: SLF001 - Jinja's own way to say it
        return how(value)

    return filtered


def _day(value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError("day: not a day")
    return spelled(value)


def _word(value: Any) -> str:
    """The Chinese word for a code; a text that is Chinese already stays."""
    text = str(value)
    if text in words.VALUES:
        return words.VALUES[text]
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return text
    raise PaperRefused("没有对应的中文用语：", f"no Chinese word is known for {text!r}", field=text)


def numeral(value: Any) -> str:
    """35 is 三十五: the number of an article, up to 999."""
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1000:
        raise ValueError(f"numeral: {text!r} is no number from 1 to 999")
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = int(text) // 100, int(text) // 10 % 10, int(text) % 10
    said = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{digits[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (digits[ones] if ones else "")


def _lines(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _listed(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _given(value: Any) -> bool:
    return not isinstance(value, (Blank, Undefined))


# Texts are plain: each renderer escapes for its own format, HTML by Jinja's autoescape (page.html).
_TEXTS = Texts(undefined=Missing, autoescape=False, keep_trailing_newline=False)
_TEXTS.globals.clear()
_TEXTS.filters.clear()
_TEXTS.filters |= {
    name: _of_known(how)
    for name, how in {"day": _day, "word": _word, "numeral": numeral, "lines": _lines, "listed": _listed}.items()
}
_TEXTS.tests = {"defined": _TEXTS.tests["defined"], "given": _given}


def check(text: str, field: str) -> None:
    """Refuse a text that holds anything but names, conditions and the known filters."""
    if len(text) > MAX_TEXT:
        raise PaperRefused("模板文字过长。", f"a text has at most {MAX_TEXT} characters", field=field)
    try:
        for node, depth in _walk(_TEXTS.parse(text)):
            if depth > MAX_DEPTH:
                raise PaperRefused("模板嵌套过深。", "a text nests too deep", field=field)
            if (said := _fault(node)) is not None:
                raise PaperRefused("模板使用了不允许的写法：", said, field=field)
    except TemplateSyntaxError as error:
        raise PaperRefused("模板语法有误：", f"{error.message}, line {error.lineno}", field=field) from error
    except (RecursionError, OverflowError, MemoryError) as error:
        raise PaperRefused("模板嵌套过深。", "a text nests too deep", field=field) from error


def _fault(node: nodes.Node) -> str | None:
    if not isinstance(node, ALLOWED):
        return f"{type(node).__name__} is not allowed"
    name = getattr(node, "attr" if isinstance(node, nodes.Getattr) else "name", "")
    if isinstance(name, str) and name.startswith("_"):
        return f"{name} is not allowed"
    if isinstance(node, nodes.Filter) and (node.name not in _TEXTS.filters or node.args or node.kwargs):
        return f"filter {node.name} is not known; there are {', '.join(sorted(_TEXTS.filters))}, without arguments"
    if isinstance(node, nodes.Test) and (node.name not in _TEXTS.tests or node.args or node.kwargs):
        return f"test {node.name} is not known; there are {', '.join(sorted(_TEXTS.tests))}"
    return None


def _walk(top: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    stack = [(top, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())


def render(text: str, facts: Fact, field: str) -> str:
    """
    A checked text with its facts. PaperRefused names the fact that is missing.
    """
    try:
        said = _TEXTS.from_string(text).render(facts)
    except UndefinedError as error:
        name = str(error)
        raise PaperRefused("缺少要素，文书未生成：", f"needed by {field} and not recorded", field=name) from error
    except (SecurityError, TypeError, ValueError) as error:
        if isinstance(error, PaperRefused):
            raise
        raise PaperRefused("模板不能套用：", str(error), field=field) from error
    if len(said) > MAX_RENDERED:
        raise PaperRefused("文书过长。", f"more than {MAX_RENDERED} characters", field=field)
    return said


def clean(text: str) -> str:
    """A value from outside as it may stand in a paper: no controls, no noncharacters; a line stays a line."""
    return _UNWANTED.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", " "))


def fill_blanks(text: str, labels: dict[str, str]) -> tuple[str, list[str]]:
    """The text with its blanks as they are printed, and the names of what is to be filled in."""
    found = _BLANK.findall(text)
    return _BLANK.sub(lambda m: labels.get(m[1], ""), text), [name for name in found if name in labels]
