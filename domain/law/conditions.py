"""
The `when` of a rule: a small language of comparisons over the trigger's own facts, read by lawyers, run by us.

    receiver.kind == 'petition_department' and matter.category not in ['accusation', 'litigation_letter']

Names are two-part (`act.route`, `answered.form`: of the act it answers, `receiver.kind`, `matter.category`); values are
texts, numbers, None (nothing was said) and lists of them; operators ==, !=, in, not in, and, or, not. Anything else is
refused when the pack is read: a pack cannot carry code. tests/domain/law/test_conditions.py tries to smuggle some in.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Facts = Mapping[str, Mapping[str, object]]
    Value = Callable[[Facts], object]

MAX_LENGTH = 500  # the longest condition of the Regulation has 120 characters
ROOTS = ("act", "answered", "receiver", "matter", "assignment", "bearer")


class MalformedCondition(ValueError):  # noqa: N818 - an error family of one, named for what it says
    """A rule pack's condition says something this language cannot."""


def parse_condition(text: str) -> Callable[[Facts], bool]:
    """
    The predicate a condition means; MalformedCondition naming what is not understood. An empty text always holds.
    """
    if not text.strip():
        return lambda _facts: True
    if len(text) > MAX_LENGTH:
        raise MalformedCondition(f"a condition has at most {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise MalformedCondition(f"not a condition: {text!r}") from error
    value = _value(tree.body)
    return lambda facts: bool(value(facts))


def _value(node: ast.expr) -> Value:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            ands = [_value(p) for p in parts]
            return lambda facts: all(v(facts) for v in ands)
        case ast.BoolOp(op=ast.Or(), values=parts):
            ors = [_value(p) for p in parts]
            return lambda facts: any(v(facts) for v in ors)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _value(operand)
            return lambda facts: not inner(facts)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(_value(left), op, _value(right))
        case ast.Attribute(value=ast.Name(id=root), attr=attr) if root in ROOTS:
            return lambda facts: facts.get(root, {}).get(attr)
        case ast.Constant(value=str() | int() | None as constant):
            return lambda _facts: constant
        case ast.List(elts=elements):
            items = [_value(e) for e in elements]
            return lambda facts: [i(facts) for i in items]
        case _:
            raise MalformedCondition(f"not understood: {ast.unparse(node)}")


def _compare(left: Value, op: ast.cmpop, right: Value) -> Value:
    match op:
        case ast.Eq():
            return lambda facts: left(facts) == right(facts)
        case ast.NotEq():
            return lambda facts: left(facts) != right(facts)
        case ast.In():
            return lambda facts: left(facts) in _items(right(facts))
        case ast.NotIn():
            return lambda facts: left(facts) not in _items(right(facts))
        case _:
            raise MalformedCondition(f"operator {type(op).__name__} is not understood")


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
