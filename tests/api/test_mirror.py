"""
`luoshi mirror` as its operator runs it: a log's export in, a cosignature out, and the exit codes.
"""

from __future__ import annotations

import hashlib
import shutil

import pytest

from ledger.cosignature import CosignerVerifier, check_cosigned
from ledger.keys import Ed25519Signer
from tests.api.running import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    home.run("init")
    home.run("log", "publish")
    home.run("log", "export", home.path / "export")
    return home


def vkey(home) -> str:
    return (home.path / "log" / "vkey").read_text(encoding="utf-8").strip()


def test_replay_and_cosign(home, tmp_path):
    """
    Caught up: exit 0, one cosignature by the mirror's own key over the log's newest checkpoint; and once more.
    """
    made = home.run("witness", "new-key", "mirror.example/court", "--folder", tmp_path / "key").stdout.strip()
    args = ("mirror", home.path / "export", "--folder", tmp_path / "mirror", "--vkey", vkey(home))
    done = home.run(*args, "--config", tmp_path / "key" / "witness.toml")
    assert "已重放" in done.stdout
    assert "登记密钥" in done.stdout
    note = (tmp_path / "mirror" / "checkpoint").read_bytes()
    assert note.startswith((home.path / "export" / "checkpoint").read_bytes())
    assert note.decode().endswith(done.stdout.splitlines()[-1] + "\n")
    assert check_cosigned(note, CosignerVerifier(made)).key_id.startswith("mirror.example/court+")
    assert "没有新的记录" in home.run(*args, "--once").stdout
    assert "已重放" in home.run("mirror", tmp_path / "mirror", "--verify-own", "--vkey", vkey(home)).stdout


def test_exit_codes(home, tmp_path):
    """
    1: it does not hold. 2: it could not be tried. Nothing is cosigned either way.
    """
    export = tmp_path / "export"
    shutil.copytree(home.path / "export", export)
    bundle = next((export / "tile" / "entries").rglob("[0-9]*[0-9]"))
    bundle = bundle if bundle.is_file() else next(bundle.iterdir())
    good = bundle.read_bytes()
    bundle.write_bytes(good.replace(b'"sig":"', b'"sig":"A', 1)[:-1])
    args = ("mirror", export, "--vkey", vkey(home))
    said = home.run(*args, "--folder", tmp_path / "a", exits=1).stderr
    assert "不予共同签名：第 6 步" in said
    bundle.unlink()
    assert "无法读取日志" in home.run(*args, "--folder", tmp_path / "b", exits=2).stderr
    home.run("mirror", tmp_path / "nowhere", "--vkey", vkey(home), exits=2)
    home.run("mirror", export, "--folder", tmp_path / "c", exits=2)
    home.run("mirror", export, "--folder", export, "--vkey", vkey(home), exits=2)
    home.run("mirror", export, "--vkey", "nonsense", "--folder", tmp_path / "d", exits=2)
    home.run(*args, "--once", "--every", "5", exits=2)


def test_grant(home):
    """
    The token is printed once and kept as a hash; a name gets one; roles are those of the format.
    """
    token = home.run("log", "grant", "court", "--role", "mirror").stdout.strip()
    kept = (home.path / "auditors").read_text(encoding="utf-8")
    assert kept == f"court mirror {hashlib.sha256(token.encode()).hexdigest()}\n"
    assert "court has a token already" in home.run("log", "grant", "court", "--role", "mirror", exits=2).stderr
    home.run("log", "grant", "other", "--role", "clerk", exits=2)
    assert (home.path / "auditors").read_text(encoding="utf-8") == kept


def test_policy_names_the_key(home, tmp_path):
    """
    A policy file says whose log it is; another log's key refuses this one, by step 6.
    """
    policy = tmp_path / "policy"
    policy.write_text(f"log {vkey(home)}\nquorum none\n", encoding="utf-8")
    export = home.path / "export"
    assert "已重放" in home.run("mirror", export, "--folder", tmp_path / "a", "--trust", policy).stdout
    other = Ed25519Signer.generate("luoshi.local/log").vkey
    assert "第 6 步" in home.run("mirror", export, "--folder", tmp_path / "b", "--vkey", other, exits=1).stderr
