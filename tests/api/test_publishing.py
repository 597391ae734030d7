"""
`luoshi log publish | export | prove`, as a stranger would check what they write.
"""

from __future__ import annotations

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash, root
from ledger.proof import check_proof, parse_proof
from ledger.tiles import ENTRIES, Tile, parse_entries
from ledger.vkeys import Verifier
from tests.api.running import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    home.run("init")
    return home


def test_publish(home):
    """
    The log ends in its map root, is verified with it, and an unchanged log is not published again.
    """
    note = home.run("log", "publish").stdout
    assert home.run("log", "checkpoint").stdout == note
    last = home.log()[-1]
    assert (last["stream"], last["topic"]) == ("log/map", "map.root.v1")
    assert last["payload"]["covers"] == last["log_index"] == home.size() - 1
    said = home.run("verify").stdout
    assert "ok    8  every map root is that of the records before it (1 map roots)" in said


def test_export(home):
    """
    The copy holds all that a mirror needs: entries whose tree is the checkpoint's.
    """
    copy = home.path / "copy"
    home.run("log", "export", copy)
    verifier = Verifier((copy / "vkey").read_text().strip())
    head = open_checkpoint((copy / "checkpoint").read_bytes(), verifier)
    entries = parse_entries((copy / Tile(ENTRIES, 0, head.size).path).read_bytes(), head.size)
    assert root([leaf_hash(entry) for entry in entries]) == head.root
    assert "exists already" in home.run("log", "export", copy, exits=2).stderr


def test_prove(home):
    proof, leaf = home.path / "r3.tlog-proof", home.path / "r3.json"
    home.run("log", "prove", "3", "--out", proof, "--leaf", leaf)
    verifier = Verifier((home.path / "log/vkey").read_text().strip())
    assert check_proof(parse_proof(proof.read_bytes()), leaf.read_bytes(), verifier).size == home.size()
    refused = home.run("log", "prove", str(home.size()), "--out", proof, "--leaf", leaf, exits=2)
    assert "is not published yet" in refused.stderr
