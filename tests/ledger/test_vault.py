"""The data keys: durable, shared between processes, and gone when destroyed."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.errors import KeyUnreadable
from ledger.vault import Vault

ORIGIN = "luoshi.example/county"


def vault(folder: Path, passphrase: bytes | None = None, origin: str = ORIGIN) -> Vault:
    return Vault(folder, origin=origin, passphrase=passphrase)


@pytest.mark.parametrize("passphrase", [None, b"long and dull"], ids=["master file", "passphrase"])
def test_kept(tmp_path, passphrase) -> None:
    """
    A stream has one key, the same whoever asks and whenever; two streams have two.
    """
    folder = tmp_path / "keys" / "vault" / "luoshi"
    made = vault(folder, passphrase).current(["a", "b", "a"])
    assert vault(folder, passphrase).current(["b", "a"]) == made
    assert made["a"].secret != made["b"].secret
    assert vault(folder, passphrase).find([made["a"].key_id, "0" * 16]) == {made["a"].key_id: made["a"]}


def test_modes(tmp_path) -> None:
    folder = tmp_path / "keys" / "vault"
    vault(folder).current(["a"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_wrapped(tmp_path) -> None:
    """
    No file holds a data key in clear; under a passphrase no master key is kept at all.
    """
    keys = vault(tmp_path / "a").current(["a"]) | vault(tmp_path / "b", b"x").current(["b"])
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(key.secret in held for key in keys.values() for held in files)
    assert not (tmp_path / "b" / "master").exists()


def test_another_key(tmp_path) -> None:
    """
    Wrong passphrase, none at all, a lost or foreign master key, another log: one refusal each.
    """
    vault(tmp_path / "a", b"right").current(["a"])
    with pytest.raises(KeyUnreadable, match="wrong passphrase"):
        vault(tmp_path / "a", b"wrong").current(["a"])
    with pytest.raises(KeyUnreadable, match="LUOSHI_KEY_PASSPHRASE_FILE"):
        vault(tmp_path / "a").current(["a"])
    vault(tmp_path / "b").current(["a"])
    with pytest.raises(KeyUnreadable, match="another log"):
        vault(tmp_path / "b", origin="other.example/log").current(["a"])
    (tmp_path / "b" / "master").write_bytes(bytes(32))
    with pytest.raises(KeyUnreadable, match="wrong passphrase or master key"):
        vault(tmp_path / "b").current(["a"])
    (tmp_path / "b" / "master").unlink()
    with pytest.raises(KeyUnreadable, match="is missing"):
        vault(tmp_path / "b").current(["a"])


def test_swapped_keys(tmp_path) -> None:
    """
    A wrapped key that is put under another stream's name does not open.
    """
    keys = vault(tmp_path)
    made = keys.current(["a", "b"])
    keys._open()[0].execute("UPDATE data_key SET stream = 'a' WHERE stream = 'b'")
    with pytest.raises(KeyUnreadable, match="damaged"):
        keys.find([made["b"].key_id])


def test_renewed(tmp_path) -> None:
    """
    A renewal is made once for an erasure, however often it is asked for; from then on it is the current key.
    """
    keys = vault(tmp_path)
    old = keys.current(["a"])["a"]
    new = keys.renew("a", 7)
    assert keys.renew("a", 7) == new
    assert keys.current(["a"])["a"] == new
    assert [key.since for key in keys.of("a")] == [-1, 7]
    assert (keys.destroy("a", before=7), keys.destroy("a", before=7)) == (1, 0)
    assert keys.find([old.key_id]) == {}
    assert keys.of("a") == [new]


def test_destroyed_bytes(tmp_path) -> None:
    """
    Of 2,000 keys made in disorder, 60 are destroyed: no byte of a wrapped one is left in any file, nor of its key.
    """
    chance = random.Random(5)  # noqa: S311 - an order
    keys = vault(tmp_path)
    streams = [f"case/county/{n:05}" for n in range(2000)]
    chance.shuffle(streams)
    for start in range(0, 2000, 40):
        keys.current(streams[start : start + 40])
    gone = chance.sample(streams, 60)
    database = keys._open()[0]
    wrapped = dict(database.execute("SELECT stream, wrapped FROM data_key").fetchall())
    for stream in gone:
        keys.renew(stream, 3)
        keys.destroy(stream, before=3)
    held = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert [stream for stream in gone if wrapped[stream][:24] in held or wrapped[stream][-24:] in held] == []
    assert wrapped[streams[0] if streams[0] not in gone else streams[1]] in held


def test_a_death_before_the_journal_is_wiped(tmp_path, monkeypatch) -> None:
    """
    If the program dies between the deletion and the wiping of the journal, destroying again wipes it.
    """
    keys = vault(tmp_path)
    keys.current(["a"])
    [(wrapped,)] = keys._open()[0].execute("SELECT wrapped FROM data_key").fetchall()
    keys.renew("a", 1)
    with monkeypatch.context() as patched:
        patched.setattr(keys, "_wipe_journal", lambda: None)
        keys.destroy("a", before=1)
    journal = tmp_path / "keys.db-journal"
    assert wrapped[:24] in journal.read_bytes()
    vault(tmp_path).destroy("a", before=1)
    assert set(journal.read_bytes()) == {0}


MAKES = """
import sys
from pathlib import Path
from ledger.vault import Vault
keys = Vault(Path(sys.argv[1]), origin="luoshi.example/county")
print(*[keys.current([f"s{n}"])[f"s{n}"].key_id for n in range(20)])
"""


def test_many_at_once(tmp_path) -> None:
    """
    Processes and threads that all ask first are all given the same keys.
    """
    command = [sys.executable, "-c", MAKES, str(tmp_path / "vault")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(3)]
    found = {process.communicate(timeout=60)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    keys = vault(tmp_path / "vault")
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda _: [keys.current([f"s{n}"])[f"s{n}"].key_id for n in range(20)], range(8))
        found |= {" ".join(ids) + "\n" for ids in asked}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("old", "new"), [(None, b"new"), (b"old", b"new"), (b"old", None)], ids=["first", "another", "none any more"]
)
def test_passphrase_changes(tmp_path, old, new) -> None:
    """
    Every key opens under the new passphrase and under nothing else, and the old wrapping is in no file.
    """
    folder = tmp_path / "vault"
    keeper = vault(folder, old)
    made = keeper.current(["a", "b"])
    before = [row[0] for row in sqlite3.connect(folder / "keys.db").execute("SELECT wrapped FROM data_key")]
    assert keeper.change_passphrase(new) == 2
    assert keeper.current(["a", "b"]) == made
    keeper.close()
    assert vault(folder, new).current(["a", "b"]) == made
    assert (folder / "master").exists() == (new is None)
    for wrong in {old, b"wrong", None} - {new} if new is not None else ():
        with pytest.raises(KeyUnreadable):
            vault(folder, wrong).find([made["a"].key_id])
    held = b"".join(p.read_bytes() for p in folder.iterdir())
    assert not any(wrapped in held for wrapped in before)


def test_a_change_that_fails_changes_nothing(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "vault"
    keeper = vault(folder, b"old")
    made = keeper.current(["a"])
    monkeypatch.setattr(Vault, "_wrapped", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keeper.change_passphrase(b"new")
    monkeypatch.undo()
    assert keeper.current(["a"]) == made
    assert vault(folder, b"old").current(["a"]) == made
