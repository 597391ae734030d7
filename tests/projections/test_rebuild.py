"""
A view rebuilt from the log is, byte for byte, the view that was fed chunk after chunk, however it was cut.
"""

from __future__ import annotations

from random import Random

import pytest

from app.runner import Runner
from tests.projections.logs import copy_into, dump, random_log, simulated


class Prefix:
    """A store that has not grown further yet."""

    def __init__(self, store, size):
        self.store, self.limit = store, size

    def size(self):
        return self.limit

    def read_log(self, start=0, limit=1000):
        return self.store.read_log(start, max(min(limit, self.limit - start), 0))


def test_prefix_then_rest(database):
    """
    Rebuilt at some size, then fed in pieces of any length: the rows of a rebuild of the whole.
    """
    store = simulated(60)
    copy_into(store, database)
    rng = Random(1)  # noqa: S311 - a history must repeat from its seed
    Runner(database, Prefix(store, 1)).catch_up()
    while (runner := Runner(database, store, chunk=rng.choice((1, 7, 40, 300)))).status()[0].lag:
        runner.catch_up(limit=rng.choice((3, 30, 200)))
    fed = dump(database)
    assert len(fed["timeline"]) > 400
    assert fed["cause"]
    Runner(database, store).rebuild()
    assert dump(database) == fed


@pytest.mark.parametrize("seed", range(6))
def test_any_history(database, seed):
    """
    The same over histories that claim times in any order and change posts, units and law in between.
    """
    store = random_log(seed)
    copy_into(store, database)
    rng = Random(seed)  # noqa: S311 - a history must repeat from its seed
    Runner(database, Prefix(store, 1)).catch_up()
    while (runner := Runner(database, store, chunk=rng.choice((1, 2, 9)))).status()[0].lag:
        runner.catch_up(limit=rng.choice((1, 5, 20)))
    fed = dump(database)
    assert fed["accountability"]
    Runner(database, store).rebuild()
    again = dump(database)
    for table, rows in fed.items():
        assert again[table] == rows, table
