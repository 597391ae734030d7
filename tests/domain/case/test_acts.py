"""
Every act of the table: accepted, refused with its reason, and what the same act again comes to.
"""

from __future__ import annotations

import pytest

from tests.domain.case.acts import AGAIN, NOTHING, ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row.event).__name__)
class TestEach:
    def test_accepted(self, row):
        row.on(row.history).when(row.asked()).then(*row.recorded)

    def test_refused(self, row):
        if isinstance(row.wrong, dict):
            row.on(row.history).when(row.asked(**row.wrong)).refused(row.why)
        else:
            row.on(row.wrong).when(row.asked()).refused(row.why)

    def test_repeated(self, row):
        again = row.on((*row.history, *row.recorded)).when(row.asked())
        match row.twice:
            case "nothing":
                again.then()
            case "again":
                again.then(*row.recorded)
            case why:
                again.refused(why)


def test_the_table_says_what_a_repeat_is():
    assert {row.twice for row in ROWS} >= {NOTHING, AGAIN}
    assert len({type(row.event) for row in ROWS}) == len(ROWS)
