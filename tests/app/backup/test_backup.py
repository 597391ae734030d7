"""
Backup, trial, restore, and what a restored log that is too short may do.
"""

from __future__ import annotations

import shutil

import pytest

from ledger.checkpoint import parse_checkpoint
from ledger.note import split_note
from tests.api.running import MAPPING, Home, open_folder, row, write_csv


@pytest.fixture(scope="module")
def home():
    home = Home(open_folder())
    home.run("init")
    _import(home, 3)
    home.run("log", "publish")
    return home


def _import(home: Home, rows: int) -> None:
    mapping = home.path / "hall.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    home.run("import", write_csv(home.path / "hall.csv", [row(n) for n in range(rows)]), "--mapping", mapping)


def _size(note: bytes) -> int:
    return parse_checkpoint(split_note(note)[0]).size


@pytest.fixture(scope="module")
def backup(home):
    """A backup; the keys apart; then more events that are published and in no backup."""
    folder, keys = home.path / "monday", home.path / "keys-medium"
    said = home.run("backup", "create", folder, "--keys-to", keys)
    assert f"{home.size()} 条事件" in said.stdout
    taken = home.size()
    _import(home, 6)
    home.run("log", "publish")
    return folder, keys, taken


def test_holds_no_key(home, backup):
    """
    Nothing of the key folder is in the data's backup, and the keys' folder has all of it.
    """
    folder, keys, _ = backup
    own = {p.read_bytes() for p in (home.path / "keys").rglob("*") if p.is_file()}
    assert own
    assert not own & {p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    pems = {p.name for p in (home.path / "keys").glob("*.pem")}
    assert {p.name for p in (keys / "keys").glob("*.pem")} == pems
    assert folder.stat().st_mode & 0o077 == 0
    assert (keys / "keys").stat().st_mode & 0o077 == 0


def test_check(home, backup):
    folder, _, taken = backup
    said = home.run("backup", "check", folder).stdout
    assert f"({taken} events)" in said
    assert "verified" in said
    assert "exists already" in home.run("backup", "create", folder, exits=2).stderr


@pytest.mark.parametrize("name", ["database.dump", "published/checkpoint", "manifest.json"])
def test_damaged(home, backup, tmp_path, name):
    """
    One changed byte anywhere is found before anything is restored.
    """
    copy = tmp_path / "copy"
    shutil.copytree(backup[0], copy)
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    refused = home.run("backup", "check", copy, exits=2).stderr
    assert name in refused or name == "manifest.json"  # a digest in it that was changed names its file
    assert "is damaged" in refused or "is not the file that was written" in refused


def test_missing_and_added(home, backup, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(backup[0], copy)
    (copy / "published/extra").write_bytes(b"x")
    assert "published/extra is not in the manifest" in home.run("backup", "check", copy, exits=2).stderr
    (copy / "published/extra").unlink()
    (copy / "published/vkey").unlink()
    assert "published/vkey is missing" in home.run("backup", "check", copy, exits=2).stderr


def test_restore_elsewhere(home, backup):
    """
    On an empty machine: the log as it was, signing goes on, and the answers are those of that day.
    """
    folder, keys, taken = backup
    other = Home(open_folder())
    said = other.run("backup", "restore", folder, "--keys-from", keys).stdout
    assert "verified" in said
    assert other.size() == taken
    assert other.log() == home.log()[:taken]
    again = other.run("backup", "restore", folder, exits=2).stderr
    assert "into an empty place" in again
    assert other.ask("case", "list") != []
    other.run("log", "publish")
    _import(other, 4)
    assert "verified" in other.run("verify").stdout


def test_wrong_origin(backup):
    other = Home(open_folder())
    refused = other.run("backup", "restore", backup[0], exits=2, LUOSHI_ORIGIN="other.example/log").stderr
    assert "the backup is of luoshi.local/log" in refused


def test_shorter_than_published(home, backup):
    """
    The database is lost, the published folder is not: the restored log refuses to append until the events that the
    world has seen are back, byte for byte.
    """
    folder, keys, taken = backup
    other = Home(open_folder())
    shutil.copytree(home.path / "log", other.path / "log")
    covered = _size((other.path / "log/checkpoint").read_bytes())
    assert covered > taken
    said = other.run("backup", "restore", folder, "--keys-from", keys, exits=1)
    assert f"covers {covered}" in said.stderr
    mapping = other.path / "hall.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    rows = write_csv(other.path / "hall.csv", [row(n) for n in range(20, 22)])
    for refused in (("import", rows, "--mapping", mapping), ("log", "publish")):
        assert "拒绝追加" in other.run(*refused, exits=2).stderr
    assert other.size() == taken
    assert f"恢复 {covered - taken} 条事件" in other.run("log", "recover").stdout
    assert other.log() == home.log()[:covered]
    assert "verified" in other.run("verify").stdout
    other.run("import", rows, "--mapping", mapping)


def test_newest_known_elsewhere(home, backup):
    """
    A witness's checkpoint counts as much as our own folder; a mirror's copy brings the events back.
    """
    folder, keys, taken = backup
    mirror = home.path / "mirror-copy"
    shutil.rmtree(mirror, ignore_errors=True)
    home.run("log", "export", mirror)
    other = Home(open_folder())
    other.run("backup", "restore", folder, "--keys-from", keys, "--newest", mirror / "checkpoint", exits=1)
    assert "拒绝追加" in other.run("log", "publish", exits=2).stderr
    missing = other.run("log", "recover", exits=1)  # our own folder knows nothing of them
    assert "恢复 0 条事件" in missing.stdout
    other.run("log", "recover", "--from", mirror)
    assert other.size() == _size((mirror / "checkpoint").read_bytes()) > taken
    other.run("log", "publish")


def test_false_bundles(home, backup, tmp_path):
    """
    Bundles that do not give the signed root bring nothing back, nor does a checkpoint of another key.
    """
    folder, keys, taken = backup
    mirror = tmp_path / "mirror"
    home.run("log", "export", mirror)
    other = Home(open_folder())
    other.run("backup", "restore", folder, "--keys-from", keys, "--newest", mirror / "checkpoint", exits=1)
    bundle = max((p for p in (mirror / "tile/entries").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    data = bytearray(bundle.read_bytes())
    data[-10] ^= 1
    bundle.write_bytes(data)
    assert "do not give the root" in other.run("log", "recover", "--from", mirror, exits=2).stderr
    stranger = Home(open_folder())
    stranger.run("init")
    theirs = tmp_path / "theirs"
    stranger.run("log", "export", theirs)
    other.run("log", "recover", "--from", theirs, exits=2)
    assert other.size() == taken
