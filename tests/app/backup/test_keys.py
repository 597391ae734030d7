"""
The keys' own backup: the newest copy, and no other.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from app.backup.keys import restore_keys, save_keys
from app.backup.manifest import BackupError


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    (folder / "data").mkdir(parents=True)
    (folder / "a.pem").write_bytes(b"first")
    (folder / ".draft").write_bytes(b"half a key")
    with closing(sqlite3.connect(folder / "data" / "keys.sqlite")) as base:
        base.execute("CREATE TABLE data_key (stream text, value blob)")
        base.execute("INSERT INTO data_key VALUES ('case/a/1', x'00112233')")
        base.commit()
    return folder


def test_newest_replaces(keys, tmp_path):
    """
    A data key that was destroyed since is in no copy any more.
    """
    medium = tmp_path / "medium"
    assert save_keys(keys, medium) == 2
    assert bytes.fromhex("00112233") in (medium / "keys/data/keys.sqlite").read_bytes()
    with closing(sqlite3.connect(keys / "data" / "keys.sqlite")) as base:
        base.execute("PRAGMA secure_delete = ON")
        base.execute("DELETE FROM data_key")
        base.commit()
    save_keys(keys, medium)
    assert [p.name for p in medium.iterdir()] == ["keys"]
    assert not any(bytes.fromhex("00112233") in p.read_bytes() for p in medium.rglob("*") if p.is_file())


def test_restore_overwrites_nothing(keys, tmp_path):
    medium, target = tmp_path / "medium", tmp_path / "restored"
    save_keys(keys, medium)
    target.mkdir()
    (target / "a.pem").write_bytes(b"another")
    assert restore_keys(medium, target) == 1
    assert (target / "a.pem").read_bytes() == b"another"
    assert (target / "data/keys.sqlite").stat().st_mode & 0o077 == 0


def test_refused(tmp_path):
    with pytest.raises(BackupError, match="no key folder"):
        save_keys(tmp_path / "nothing", tmp_path / "medium")
    with pytest.raises(BackupError, match="no backup of keys"):
        restore_keys(tmp_path, tmp_path / "keys")
