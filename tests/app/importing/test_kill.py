"""
kill -9 of an importing process, wherever it happens to be, and a second run: the log of an undisturbed import.
"""

import os
import signal
import subprocess
import sys
import time

import pytest

from app.keyring import Keyring
from ledger.keys import KeyFolder
from ledger.store.postgres import PostgresStore
from tests.app.importing.build import STEP_COLUMNS, STEPS, do_import, handler, payloads, step, write

CHILD = """
import sys
from pathlib import Path
from app.keyring import Keyring
from ledger.keys import KeyFolder
from ledger.store.postgres import PostgresStore
from tests.app.importing.build import STEPS, do_import, handler
dsn, keys, file = sys.argv[1:]
with PostgresStore(dsn, environ={}) as store:
    do_import(handler(store, keyring=Keyring(KeyFolder(Path(keys)))), Path(file), STEPS)
"""
EVENTS_BEFORE = (1, 2000)  # kill when the log holds so many: at the very start, in the middle


@pytest.fixture
def path(tmp_path):
    teams = ("A", "B", "C")
    rows = [
        step(str(n // 5), teams[n * n // 7 % 3], f"2026-01-05 10:{n % 60:02}:00", unit=f"u{n // 5 % 50}")
        for n in range(4000)
    ]
    return write(tmp_path / "a.csv", rows, STEP_COLUMNS)


@pytest.mark.parametrize("events", EVENTS_BEFORE)
def test_kill(new_database, template, path, tmp_path, events):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    with PostgresStore(new_database(template), environ={}) as store:
        whole = handler(store)
        report = do_import(whole, path, STEPS)
        expected = payloads(whole)
    dsn = new_database(template)
    child = subprocess.Popen([sys.executable, "-c", CHILD, dsn, str(folder), str(path)], env={**os.environ})
    with PostgresStore(dsn, environ={}) as store:
        while store.size() < events and child.poll() is None:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL, "it ended before it could be killed"
        acknowledged = store.size()
        again = handler(store, keyring=Keyring(KeyFolder(folder)), seed=2)
        second = do_import(again, path, STEPS)
        assert events <= acknowledged < report.log_size
        assert second.log_size == report.log_size
        assert payloads(again) == expected
