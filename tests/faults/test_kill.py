"""
kill -9 of the importer and of Postgres in the middle of an import: run again, and the log is an undisturbed run's.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import psycopg
import pytest

from app.embedded import EmbeddedPostgres
from tests.api.running import LUOSHI, MAPPING, Home, open_folder, row, write_csv

ROWS = 6000


@pytest.fixture(scope="module")
def given_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    (folder / "hall.toml").write_text(MAPPING, encoding="utf-8")
    return write_csv(folder / "hall.csv", [row(n) for n in range(ROWS)]), folder / "hall.toml"


def sequence(home):
    """
    (stream, version, command id, topic, payload) without `recorded_at`, the links that hash it, and the salts.
    """
    rows: list[tuple] = []
    for event in home.log():
        payload = event["payload"]
        for name in ("recorded_at", "prev", "_sd"):
            payload.pop(name, None)
        if event["command_id"].startswith("import:") and event["topic"] != "key.enrolled.v1":
            rows.append((event["stream"], event["version"], event["command_id"], event["topic"], payload))
    assert len(rows) > 2 * ROWS
    return rows


def undisturbed(tmp_path_factory, given_file):
    home = Home(open_folder())
    home.run("init")
    home.run("import", given_file[0], "--mapping", given_file[1])
    return sequence(home)


@pytest.fixture(scope="module")
def expected(tmp_path_factory, given_file):
    return undisturbed(tmp_path_factory, given_file)


def _import(home, given_file):
    return subprocess.Popen(
        [LUOSHI, "import", given_file[0], "--mapping", given_file[1]],
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _wait_for_growth(server, running, before, wanted):
    """
    Wait until some of the import is in the log: what is to be cut must have begun.
    """
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(server.dsn("luoshi"), autocommit=True) as connection:
                while running.poll() is None:
                    [size] = connection.execute("SELECT size FROM luoshi.head").fetchone()
                    if size > before + wanted:
                        return
        except psycopg.OperationalError:
            time.sleep(0.01)  # the server is not up yet


@pytest.mark.parametrize("victim", ["importer", "postgres"])
def test_killed_in_the_middle(tmp_path, given_file, expected, victim):
    home = Home(open_folder())
    home.run("init")
    cut_at = random.Random(victim).randint(200, 2000)  # noqa: S311 - any moment will do
    before = home.size()
    server = EmbeddedPostgres(home.path)
    running = _import(home, given_file)
    _wait_for_growth(server, running, before, cut_at)
    os.kill(running.pid if victim == "importer" else server.server_pid, signal.SIGKILL)
    _, trouble = running.communicate(timeout=120)
    if victim == "postgres":
        assert running.returncode == 2, trouble.decode()
        assert b"Traceback" not in trouble
    reached = home.size()
    assert before < reached < before + 2 * ROWS, "the import was over before it was cut"

    home.run("import", given_file[0], "--mapping", given_file[1])
    again = sequence(home)
    assert len(again) == len(set(map(str, again)))
    assert again == expected
    assert "verified" in home.run("verify").stdout
