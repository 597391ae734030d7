"""One suite for both homes of claimed requests: the first content under a command id is the one it stands for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from ledger.store.requests import MemoryRequests, PostgresRequests


@pytest.fixture(params=["memory", "postgres"])
def requests(request):
    if request.param == "memory":
        yield MemoryRequests()
        return
    dsn = request.getfixturevalue("database")
    with closing(PostgresRequests(dsn)) as kept:
        yield kept


def test_the_first_one_stays(requests):
    assert requests.claim("a", "1") == "1"
    assert requests.claim("a", "2") == "1"
    assert requests.claim("b", "2") == "2"


def test_of_many_at_once_one_is_first(requests):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda n: requests.claim("same", str(n)), range(64)))
    assert len(found) == 1


@pytest.mark.parametrize("change", ["UPDATE luoshi.request SET mac = 'x'", "DELETE FROM luoshi.request"])
def test_nobody_changes_it(database, change):
    with closing(PostgresRequests(database)) as kept:
        kept.claim("a", "1")
        with psycopg.connect(database) as db, pytest.raises(psycopg.Error, match="append-only"):
            db.execute(change)
        assert kept.claim("a", "2") == "1"
