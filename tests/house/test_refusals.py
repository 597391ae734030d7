"""
A refusal says its rule in Chinese and English, and what would be recorded instead.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MODULES = [p for p in sorted((TOP / "domain").rglob("*.py")) if "Refused(" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_bilingual(module):
    calls = [
        node
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
    ]
    bare = [node.lineno for node in calls if not {"zh", "allowed", "field"} <= {k.arg for k in node.keywords}]
    assert not bare, f"{module}: lines {bare} lack zh, allowed or field"
