"""
`luoshi-verify.pyz` runs where Luoshi was never installed, and says what the program itself says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.evidence import pyz
from app.evidence.offline import as_text, main, verify_file
from ledger.evidence.files import write_bundle
from tests.evidence import making
from tests.evidence.tampering import TAMPERINGS, genuine, policy

SYSTEM = Path("/usr/bin/python3")
BLOCKED = "import sys, runpy; sys.modules['cryptography'] = None; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "luoshi-verify.pyz").write_bytes(pyz.build())
    (folder / "case.evidence.zip").write_bytes(genuine())
    (folder / "trust").write_bytes(policy())
    return folder


def run(folder, *arguments, python=sys.executable, isolated=True, environment=None):
    """In an empty environment, without site packages, in the stranger's folder."""
    command = [python, *(("-I", "-S") if isolated else ()), "luoshi-verify.pyz", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment or {}, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


def test_deterministic():
    assert pyz.build() == pyz.build()
    assert pyz.build().startswith(b"#!/usr/bin/env python3\n")


def test_carries_what_it_needs_and_no_more():
    modules = pyz.modules()
    assert {"audit.answer", "domain.duties.engine", "ledger.evidence.verify", "ledger.ed25519_plain"} <= set(modules)
    foreign = {"app.wiring", "app.handle", "ledger.keys", "ledger.store", "ledger.outside", "projections", "api"}
    assert foreign.isdisjoint(modules)


def test_imports_nothing_foreign():
    """
    Every module that the verifier may import does so where there is no package at all.
    """
    program = (
        f"import sys, importlib; sys.path.insert(0, {str(pyz.TOP)!r})\n"
        f"for name in {pyz.modules()!r}: importlib.import_module(name)\n"
        "print('cryptography' in sys.modules, 'psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False False\n", "")


def test_verified(folder):
    done = run(folder, "case.evidence.zip", "--trust", "trust")
    assert (done.returncode, done.stderr) == (0, "")
    expected = verify_file(folder / "case.evidence.zip", trust=folder / "trust")
    assert done.stdout == as_text(expected, as_json=False, lang="zh")
    assert "验证通过    verified" in done.stdout
    assert "逾期 24 日" in done.stdout
    assert "petition.referred.v1" in done.stdout
    with_library = run(folder, "case.evidence.zip", "--trust", "trust", isolated=False)
    assert with_library.stdout == done.stdout


@pytest.mark.skipif(not SYSTEM.exists(), reason="no Python of the system's own")
def test_the_systems_python(folder):
    version = subprocess.run(
        [SYSTEM, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True, check=True
    )
    done = run(folder, "case.evidence.zip", "--trust", "trust", "--json", python=SYSTEM)
    if version.stdout == "True\n":
        assert json.loads(done.stdout)["verdict"] == "verified"
    else:
        assert (done.returncode, done.stderr) == (2, "luoshi-verify: Python 3.11 or newer is needed\n")


def test_without_a_zone_database(folder):
    """
    The zone of the rule packs comes with the file.
    """
    done = run(folder, "case.evidence.zip", "--trust", "trust", isolated=False, environment={"PYTHONTZPATH": ""})
    assert "验证通过" in done.stdout
    program = BLOCKED.replace("import sys, runpy;", "import sys, runpy, zoneinfo; zoneinfo.reset_tzpath([]);")
    asked = ["luoshi-verify.pyz", "case.evidence.zip", "--vkey", making.log().signer.vkey]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *asked],
        cwd=folder, env={}, capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert "验证通过" in done.stdout, done.stderr


def test_without_trust(folder):
    done = run(folder, "case.evidence.zip", "--lang", "en")
    assert (done.returncode, done.stderr) == (1, "")
    assert "consistent, signer unknown" in done.stdout
    assert "verified\n" not in done.stdout


@pytest.mark.parametrize("step", range(1, 10))
def test_refused(folder, step):
    """
    One attack on each step, refused there without any library.
    """
    if step == 4:
        pytest.skip("no token is in these files: tests/evidence/test_verify.py")
    tampering = next(t for t in TAMPERINGS if t.step == step)
    file = folder / f"{step}.evidence.zip"
    file.write_bytes(tampering.make())
    done = run(folder, file.name, "--trust", "trust", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert (found["verdict"], found["failed_step"], found["answer"]) == ("refused", step, None)
    assert tampering.says in found["steps"][step - 1]["en"]


def test_silence(folder):
    asked = {"stream": "case/county/7", "as_of": "2026-04-30"}
    (folder / "none.evidence.zip").write_bytes(write_bundle(making.gather(making.log(), "absence", asked)))
    done = run(folder, "none.evidence.zip", "--vkey", making.log().signer.vkey)
    assert done.returncode == 0
    assert "没有编号为 7 的案件的任何记录" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing.zip",),
        (".",),
        ("case.evidence.zip", "--trust", "nothing"),
        ("case.evidence.zip", "--trust", "case.evidence.zip"),
        ("case.evidence.zip", "--vkey", "hello"),
        ("case.evidence.zip", "--vkey", "hello", "--trust", "trust"),
        ("case.evidence.zip", "--tsa-roots", "nothing"),
        ("receipt", "trust", "--trust", "trust"),
        ("receipt", "nothing", "--trust", "trust"),
    ],
)
def test_could_not_try(folder, arguments):
    """
    One line, and exit 2.
    """
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("luoshi-verify: ")


def test_garbage(folder):
    (folder / "garbage").write_bytes(b"\0" * 100)
    done = run(folder, "garbage", "--trust", "trust")
    assert (done.returncode, done.stderr) == (2, "")
    assert "不予采信（第 1 步不成立）" in done.stdout


def test_no_escape_reaches_the_terminal(folder, capsys):
    """
    What a stranger wrote into a file cannot move the cursor or turn the line around.
    """
    stream = "case/county/\x1b[2J\u202e7"
    asked = {"stream": stream, "as_of": "2026-04-30"}
    bundle = making.gather(making.log(), "absence", asked, answer={"stream": stream})
    (folder / "escape.evidence.zip").write_bytes(write_bundle(bundle))
    assert main([str(folder / "escape.evidence.zip"), "--vkey", making.log().signer.vkey]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\u202e7" in shown
