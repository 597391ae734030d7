"""The library's own test cases for recorders, run against ours."""

import sys
import threading
import time
import unittest
from uuid import uuid4

import eventsourcing.cryptography
import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.postgres import PostgresTrackingRecorder

from ledger.errors import LedgerError
from ledger.store.migrate import PROJECTOR, view_schema
from ledger.store.postgres import LedgerDatastore, LedgerSubscription, PostgresStore
from tests.ledger.sealing import opaque

# The library's cases import its cipher from a package that is not ours; it has the same class on `cryptography`.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
from eventsourcing.tests.persistence import (  # noqa: E402
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    TrackingRecorderTestCase,
)


class _OnOurStore(unittest.TestCase):
    """A fresh migrated database for every test of a library case; our originator ids are texts."""

    @pytest.fixture(autouse=True)
    def _database(self, database: str) -> None:
        self.dsn = database

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> ApplicationRecorder:
        store = PostgresStore(self.dsn, environ={})
        self.addCleanup(store.close)
        return store


class TestApplicationRecorder(_OnOurStore, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestSubscription(_OnOurStore):
    def test_event_before_the_listening(self) -> None:
        """
        An event recorded after the first look and before LISTEN is seen, although nobody is told of it.
        """
        store = self.create_recorder()
        gate = threading.Event()

        class Late(LedgerSubscription):
            def _listen(self) -> None:
                gate.wait()
                super()._listen()

        with Late(recorder=store, gt=None) as subscription:
            time.sleep(0.2)  # the first look is over
            store.append([opaque("case/a/1", 1)])
            seen: list[int] = []
            reader = threading.Thread(target=lambda: seen.append(next(subscription).id), daemon=True)
            reader.start()
            gate.set()
            reader.join(30)
            assert seen == [1]


class TestNonInterleaving(_OnOurStore, NonInterleavingNotificationIDsBaseCase):
    pass


class TestTracking(_OnOurStore, TrackingRecorderTestCase):
    def create_recorder(self) -> PostgresTrackingRecorder:
        datastore = LedgerDatastore(self.dsn, schema=view_schema("luoshi"), role=PROJECTOR)
        self.addCleanup(datastore.close)
        recorder = PostgresTrackingRecorder(datastore)
        recorder.create_table()
        return recorder


# The cases are collected through our classes only.
del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase, TrackingRecorderTestCase, _OnOurStore


def test_recorder_and_contract_share_one_log(database: str) -> None:
    """
    What is appended through our contract is read through the library's, with id = log index + 1 and the leaf as state.
    """
    with PostgresStore(database, environ={}) as store:
        store.append([opaque("a", 1), opaque("b", 1)])
        [first, second] = store.select_notifications(start=1, limit=10)
        assert (second.id, second.originator_id, second.originator_version) == (2, "b", 1)
        assert first.state == opaque("a", 1).leaf
        assert [e.originator_version for e in store.select_events("a")] == [1]
        assert store.max_notification_id() == 2


def test_database_functions_are_refused(database: str) -> None:
    """
    The library's insert function takes no lock: with it in the environment the store does not open.
    """
    with pytest.raises(LedgerError, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        PostgresStore(database, environ={"POSTGRES_ENABLE_DB_FUNCTIONS": "y"})
