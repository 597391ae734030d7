"""
The condition language understands comparisons and nothing else.
"""

from __future__ import annotations

import pytest

from domain.law.conditions import MalformedCondition, parse_condition

FACTS = {"act": {"of": "petition_referred", "route": "art31_6"}, "receiver": {"kind": "organ"}, "matter": {}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("act.route == 'art31_6'", True),
        ("act.route != 'art31_6'", False),
        ("act.of in ['petition_referred', 'petition_assigned']", True),
        ("receiver.kind != 'petition_department' and act.route == 'art31_6'", True),
        ("receiver.kind == 'petition_department' or act.route == 'x'", False),
        ("not receiver.kind == 'organ'", False),
        ("matter.category == 'claim'", False),
        ("assignment.report_by == 'x'", False),
    ],
)
def test_what_it_says(text, holds):
    assert parse_condition(text)(FACTS) is holds


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "act.__class__.__mro__",
        "os.environ == 'x'",
        "[x for x in act.of]",
        "lambda: 1",
        "act.of == 'a' == 'b'",
        "act.of < 3",
        "act['of'] == 'x'",
        "act.of ==",
        "(" * 400,
        "act.a == '" + "x" * 600 + "'",
        "1.5 == act.of",
    ],
)
def test_what_it_refuses(text):
    """
    Whatever is not a comparison is refused when the pack is read.
    """
    with pytest.raises(MalformedCondition):
        parse_condition(text)
