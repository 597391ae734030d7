"""
A log that changed its key, with a server running: whatever is made of it, before or after, is still believed.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time

import pytest

from ledger.note import split_note
from ledger.policy import Log, Policy, format_policy
from tests.api.running import LUOSHI, MAPPING, Home, open_folder, row, write_csv

OVERLAP = 30


@pytest.fixture(scope="module")
def home():
    """Everything once before the change; the change beside a server; then more records than the overlap has."""
    home = Home(open_folder())
    home.run("init")
    (home.path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    load(home, range(1, 4))
    made(home, "before")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [LUOSHI, "serve", "--port", str(port)],
        env=home.environment | {"LUOSHI_PUBLISH_EVERY": "0.2"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr.readline().startswith("published ")
        home.run("key", "rotate", "log", "--overlap", str(OVERLAP))
        home.run("key", "new", "--role", "system", "--holder", "during")
        published(home)
        (home.path / "during").write_bytes((home.path / "log/checkpoint").read_bytes())
        load(home, range(4, 24))
        published(home)
    finally:
        server.send_signal(signal.SIGINT)
        said = server.communicate(timeout=60)[1]
    assert "not published" not in said
    made(home, "after")
    keys = json.loads((home.path / "log/log-keys.json").read_text())["log_keys"]
    logs = tuple(Log(key["vkey"]) for key in keys)
    (home.path / "policy").write_bytes(format_policy(Policy(logs, (), (), None)))
    (home.path / "policy.json").write_bytes((home.path / "log/log-keys.json").read_bytes())
    return home


def load(home, numbers):
    home.run(
        "import", write_csv(home.path / "hall.csv", [row(n) for n in numbers]), "--mapping", home.path / "hall.toml"
    )


def published(home):
    """Wait until the server has published all that is recorded."""
    ends = time.monotonic() + 60
    size = home.size()
    while int((home.path / "log/checkpoint").read_bytes().split(b"\n")[1]) < size:
        assert time.monotonic() < ends, "the server did not publish"
        time.sleep(0.1)


def made(home, when):
    """One of each, into a folder of this name."""
    folder = home.path / when
    if when == "before":
        home.run("log", "publish")
    folder.mkdir()
    home.run("log", "prove", "3", "--out", folder / "proof", "--leaf", folder / "leaf")
    home.run("log", "export", folder / "export")
    home.run("receipt", "3", "-o", folder / "receipt")
    home.run("evidence", "case", "H1", "--as-of", "2025-12-31", "-o", folder / "h1.zip")
    home.run("backup", "create", folder / "backup", "--keys-to", folder / "keys")


def signers(note):
    return {s.key_id for s in split_note(note)[1]}


def test_who_signed(home):
    """
    The running server took up the new key: both keys sign in the overlap, the new one alone after it.
    """
    keys = json.loads((home.path / "log/log-keys.json").read_text())["log_keys"]
    old, new = ("+".join(k["vkey"].split("+", 2)[:2]) for k in keys)
    assert keys[0]["to_size"] == keys[1]["from_size"] + OVERLAP
    assert signers((home.path / "before/export/checkpoint").read_bytes()) == {old}
    assert signers((home.path / "during").read_bytes()) == {old, new}
    assert signers((home.path / "log/checkpoint").read_bytes()) == {new}


def test_the_log_itself(home):
    assert home.run("verify").stdout.endswith("verified\n")
    assert "ok    published files give the root" in home.run("fsck").stdout


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_made(home, when):
    """
    Evidence and receipts are believed under a policy with both keys; a mirror replays either export.
    """
    folder, trust = home.path / when, ("--trust", home.path / "policy")
    said = home.run("verify", folder / "h1.zip", *trust).stdout
    assert "verified" in said
    shown = ("--proof", folder / "proof", "--leaf", folder / "leaf")
    assert "honoured" in home.run("receipt", "check", folder / "receipt", *trust, *shown).stdout
    home.run("mirror", folder / "export", "--folder", home.path / "mirror", *trust)


def test_each_with_the_other(home):
    """
    A receipt of the old key is honoured by a proof under the new one's checkpoint.
    """
    shown = ("--proof", home.path / "after/proof", "--leaf", home.path / "after/leaf")
    asked = ("receipt", "check", home.path / "before/receipt", "--trust", home.path / "policy")
    assert "honoured" in home.run(*asked, *shown).stdout


@pytest.mark.parametrize("when", ["before", "after"])
def test_backups(home, when):
    """
    Either backup is checked by the home as it is now, and restored into an empty place; what the older one lacks comes
    back from what was published since, under the new key.
    """
    folder = home.path / when
    home.run("backup", "check", folder / "backup")
    other = Home(open_folder())
    if when == "before":
        other.run("backup", "restore", folder / "backup", "--keys-from", home.path / "after/keys")
        (other.path / "log").rename(other.path / "old")
        (home.path / "after/backup/published").rename(other.path / "log")
        try:
            other.run("log", "recover", "--from", home.path / "after/export")
            assert other.run("verify").stdout.endswith("verified\n")
            assert other.size() == home.size()
        finally:
            (other.path / "log").rename(home.path / "after/backup/published")
    else:
        other.run("backup", "restore", folder / "backup", "--keys-from", folder / "keys")
        assert other.size() == home.size()
        assert other.run("log", "publish").stdout.count("\u2014 ") == 1
