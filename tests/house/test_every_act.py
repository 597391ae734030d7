"""
Every type of event that the codec knows is accepted, refused and repeated by a test. Three tables hold the rows; what
no decision gives stands here with the tests that show it.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.codec import TOPICS
from domain.people import events as p
from domain.reading.events import AnswerRead
from tests.app.importing.test_imported_acts import IMPORTED
from tests.domain.case import acts, test_families
from tests.domain.finding import test_findings
from tests.domain.people import test_entries

TOP = Path(__file__).parents[2]
WHAT = ("test_accepted", "test_refused", "test_repeated")
# module -> the classes it shows: each has a class of tests with the three by name, over its table.
TABLES = {
    "tests/domain/case/test_families.py": tuple(test_families.EVENTS.values()),
    "tests/domain/case/test_acts.py": tuple(type(row.event) for row in acts.ROWS),
    "tests/domain/people/test_entries.py": (*(type(row.event) for row in test_entries.ROWS), p.OfficialRegistered),
    "tests/domain/finding/test_findings.py": test_findings.EVENTS,
    "tests/domain/reading/test_reading.py": (AnswerRead,),
    "tests/app/importing/test_imported_acts.py": tuple(IMPORTED.values()),
}
# The ledger judges these itself: what is accepted, refused and repeated, and where.
ELSEWHERE = {
    p.LogKeyRotated: (
        ("tests/app/test_log_rotation.py", "test_overlap_and_after"),
        ("tests/app/test_log_rotation.py", "test_without_the_private_half"),
        ("tests/app/test_log_rotation.py", "test_interrupted"),
    )
}


def functions(module: str) -> set[str]:
    tree = ast.parse((TOP / module).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_topic_has_its_three():
    shown = {kind for kinds in TABLES.values() for kind in kinds} | set(ELSEWHERE)
    assert {topic for topic, kind in TOPICS.items() if kind not in shown} == set()
    assert shown <= set(TOPICS.values())


@pytest.mark.parametrize("module", TABLES)
def test_the_tables_are_played(module):
    assert set(WHAT) <= functions(module)


def test_elsewhere_is_there():
    assert [t for three in ELSEWHERE.values() for t in three if t[1] not in functions(t[0])] == []
