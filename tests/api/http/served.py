"""
A small county behind the doors: a log in its database, the views fed, a client.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

from api.http.app import create_app
from app.handle import acts
from app.questions import Questions
from app.runner import Runner
from domain.people.register import Register, add
from ledger.store.contract import whole_log
from ledger.store.postgres import PostgresStore
from tests.projections.logs import copy_into

with warnings.catch_warnings():
    # It asks for another client library than the one that is pinned, and works with it.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


def register_of(store):
    """The register that the log tells, folded anew."""
    people = Register()
    for recorded in acts(whole_log(store)):
        add(people, recorded)
    return people


NOTE = b"simulated.example/log\n1\nAAAA\n\n- sig\n"


@contextmanager
def served(dsn, log, *, is_fed=True, note=NOTE, outside=None, auditors=None):
    """A client of the doors over this log; `is_fed` False: the views are not built."""
    copy_into(log, dsn)
    with PostgresStore(dsn, environ={}) as store:
        luoshi = SimpleNamespace(
            dsn=dsn,
            settings=SimpleNamespace(
                schema_name="luoshi", origin="simulated.example/log", timezone="Asia/Shanghai", auditors=auditors
            ),
            store=store,
            outside=outside or SimpleNamespace(newest=lambda: note, read=lambda _: None),
            clock=lambda: datetime(2025, 12, 31, 1, tzinfo=UTC),
            questions=lambda: Questions(store),
            handler=SimpleNamespace(register=lambda: register_of(store)),
        )
        if is_fed:
            Runner(dsn, store).catch_up()
        with TestClient(create_app(luoshi, open_reading=True), raise_server_exceptions=False) as client:
            yield client
