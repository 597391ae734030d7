"""
`luoshi verify FILE` needs no log: it says what the offline verifier says, with the same exit codes.
"""

from __future__ import annotations

import hashlib
import json

import pytest

from app.evidence.tools import tools
from tests.api.running import Home
from tests.evidence.making import log
from tests.evidence.tampering import TAMPERINGS, genuine, policy


@pytest.fixture
def home(tmp_path):
    (tmp_path / "case.evidence.zip").write_bytes(genuine())
    (tmp_path / "trust").write_bytes(policy())
    return Home(tmp_path)


def test_verified(home):
    file = home.path / "case.evidence.zip"
    shown = home.run("verify", file, "--trust", home.path / "trust").stdout
    assert "验证通过" in shown
    assert "逾期 24 日" in shown
    assert json.loads(home.run("verify", file, "--vkey", log().signer.vkey, "--json").stdout)["verdict"] == "verified"
    assert "签名人身份未知" in home.run("verify", file, exits=1).stdout


def test_refused(home):
    file = home.path / "tampered.evidence.zip"
    file.write_bytes(next(t for t in TAMPERINGS if t.step == 7).make())
    assert "不予采信（第 7 步不成立）" in home.run("verify", file, "--trust", home.path / "trust", exits=1).stdout


def test_could_not_try(home):
    done = home.run("verify", home.path / "nothing.zip", exits=2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    done = home.run("verify", "--vkey", log().signer.vkey, exits=2)
    assert "belong to an evidence file" in done.stderr


def test_tools(home):
    """
    The verifiers are written with the digests that are printed.
    """
    shown = home.run("evidence", "tools", home.path / "tools").stdout.splitlines()
    for line in shown:
        digest, name = line.split("  ")
        content = (home.path / "tools" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert content == tools()[name]
    assert {line.split("  ")[1] for line in shown} == {"luoshi-verify.pyz", "verify.html"}
