"""
`luoshi-verify.pyz receipt` in a stranger's hands: each outcome by its words and its exit code, and the same as by
`luoshi receipt check`, whose names reach no terminal unescaped.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from api.cli import app
from app.evidence import pyz
from app.plain import plain
from ledger.envelope import leaf_hash
from ledger.policy import format_policy
from ledger.proof import format_proof
from ledger.receipt import sign_receipt
from tests.evidence.test_pyz import run
from tests.ledger.sealing import LOG
from tests.ledger.test_receipt import EARLY, FORK, LATE, LEAVES, POLICY, RECEIPT, act, note, proof

NAMED = "case/hall/\x1b[2J\u202e1"

# fmt: off
# name: the receipt, the proof with its leaf or none, checkpoints, outcome, exit code, what is said
OUTCOMES = {
    "honoured in time": (RECEIPT, proof(20, EARLY, EARLY), (), "honoured", 0, "record stands at index 7"),
    "honoured, nobody says when": (RECEIPT, proof(20), (), "honoured", 0, "at index 7"),
    "broken: another record": (RECEIPT, proof(20, leaves=FORK), (), "broken", 1, "another record"),
    "broken: not what was said": (replace(RECEIPT, version=3), proof(20), (), "broken", 1, "version"),
    "broken: not in time": (RECEIPT, None, (note(7, LATE, LATE),), "broken", 1, "not published in time"),
    "undecided: nothing shown": (RECEIPT, None, (), "undecided", 2, ""),
    "undecided: one witness only": (RECEIPT, None, (note(7, LATE),), "undecided", 2, ""),
    "undecided: of before": (RECEIPT, None, (note(7, EARLY, EARLY),), "undecided", 2, ""),
}
# fmt: on


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "luoshi-verify.pyz").write_bytes(pyz.build())
    (folder / "trust").write_bytes(format_policy(POLICY))
    return folder


def asked(folder, receipt, shown, checkpoints):
    (folder / "receipt").write_bytes(sign_receipt(receipt, [LOG]))
    more: list[str] = []
    if shown is not None:
        (folder / "p.tlog-proof").write_bytes(format_proof(shown[0]))
        (folder / "p.leaf").write_bytes(shown[1])
        more += ["--proof", "p.tlog-proof", "--leaf", "p.leaf"]
    for number, checkpoint in enumerate(checkpoints):
        (folder / f"{number}.checkpoint").write_bytes(checkpoint)
        more += ["--checkpoint", f"{number}.checkpoint"]
    return ["receipt", "--trust", "trust", *more]


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(folder, monkeypatch, name):
    receipt, shown, checkpoints, outcome, code, says = OUTCOMES[name]
    arguments = asked(folder, receipt, shown, checkpoints)
    done = run(folder, "receipt", *arguments)
    words = {"honoured": "已按承诺公布", "broken": "违背承诺", "undecided": "尚不能判断"}[outcome]
    assert (done.returncode, done.stderr) == (code, "")
    said, verdict = done.stdout.splitlines()
    assert said.startswith(f"{receipt.origin}  7  {receipt.stream}  2026-03-01T09:00:00")
    assert verdict.startswith(f"{words}    {outcome}: ")
    assert says in verdict
    monkeypatch.chdir(folder)
    by_luoshi = CliRunner().invoke(app, ["receipt", "check", *arguments])
    assert by_luoshi.exit_code == code
    assert verdict.partition("    ")[2] in by_luoshi.stdout


def test_names_that_turn_the_line(folder, monkeypatch):
    """
    A stream's name is the log's word: it moves no cursor, breaks no line and turns none, in either program.
    """
    leaf = act(NAMED, 2)
    leaves = [*LEAVES[:7], leaf, *LEAVES[8:]]
    shown = proof(20, leaves=leaves)
    receipt = replace(RECEIPT, stream=NAMED, leaf=leaf_hash(leaf))
    arguments = asked(folder, receipt, shown, ())
    monkeypatch.chdir(folder)
    for text in (
        run(folder, "receipt", *arguments).stdout,
        CliRunner().invoke(app, ["receipt", "check", *arguments]).stdout,
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\\u001b[2J\\u202e1" in text
    broken = asked(folder, receipt, proof(20), ())
    said = CliRunner().invoke(app, ["receipt", "check", *broken])
    assert (said.exit_code, "\x1b" in said.stdout, "\u202e" in said.stdout) == (1, False, False)


def test_plain():
    assert plain("a\nb\r\t\x1b\x7f\u202e\u2066\u200b\u2028\u00a0中\u3000，é") == (
        "a\\u000ab\\u000d\\u0009\\u001b\\u007f\\u202e\\u2066\\u200b\\u2028\\u00a0中\u3000，é"
    )
