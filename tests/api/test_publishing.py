"""
`luoshi log publish | export | prove`, as a stranger would check what they write.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from datetime import UTC, datetime

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.settings import DEFAULT_ORIGIN as ORIGIN
from ledger.checkpoint import open_checkpoint
from ledger.cosignature import Cosigner
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash, root
from ledger.proof import check_proof, parse_proof
from ledger.receipt import Receipt, sign_receipt
from ledger.tiles import ENTRIES, Tile, parse_entries
from ledger.vkeys import Verifier
from tests.api.running import LUOSHI, Home
from tests.app.test_witness_server import make_witness, serving
from tests.authority import Authority, serving_authority


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


def test_fsck_names_files(home):
    """
    `luoshi fsck` reads what is published, and names a file that does not belong.
    """
    home.run("log", "publish")
    assert "published files give the root of" in home.run("fsck").stdout
    [bundle] = (home.path / "log/tile/entries").rglob("[0-9]*[0-9]")
    sound = bundle.read_bytes()
    bundle.write_bytes(sound[:-1] + b"?")
    try:
        assert "FAIL  published file: tile/entries/000.p/" in home.run("fsck", exits=1).stdout
    finally:
        bundle.write_bytes(sound)


def test_witnesses_and_time(home):
    """
    Two witnesses in a policy, one of them down, and an authority: the state is named, and `verify` shows who vouches.
    """
    authority = Authority(home.path / "tsa")
    (home.path / "roots.pem").write_bytes(authority.roots)
    here = {"LUOSHI_WITNESSES": str(home.path / "policy"), "LUOSHI_TSA_ROOTS": str(home.path / "roots.pem")}
    log = (home.path / "log/vkey").read_text().strip()
    vkey, witness = make_witness(home.path / "a", "w.example/a", logs=(log,))
    other = Cosigner(Ed25519Signer.generate("w.example/b")).vkey

    def policy(url, needed):
        lines = [f"log {log}", f"witness a {vkey} {url}", f"witness b {other} http://127.0.0.1:1"]
        (home.path / "policy").write_text("\n".join([*lines, f"group g {needed} a b", "quorum g", ""]))

    with serving(witness) as url, serving_authority(authority.answer) as tsa:
        here["LUOSHI_TSA_URL"] = tsa.replace("//", "//name:secret@")
        policy(url, 2)
        done = home.run("log", "publish", **here)
        assert "quorum not met: 1 of 2 witnesses cosigned (a), witness b: could not be reached" in done.stderr
        assert ", time token checkpoints/" in done.stderr
        assert "\u2014 w.example/a " in done.stdout
        assert "FAIL  10  no checkpoint meets the policy's quorum: 1 of 2" in home.run("verify", exits=1, **here).stdout
        policy(url, 1)
        assert home.run("log", "checkpoint", **here).stdout == done.stdout
        said = home.run("verify", **here).stdout
        assert "ok    10  quorum of witnesses met at" in said
        assert "ok    11  the first" in said
        assert home.run("log", "stamp", **here).stdout.endswith(".2.tst\n")
        shown = home.run("config", "show", **here).stdout
        assert "***@127.0.0.1" in shown
        assert "secret" not in shown
    said = home.run("verify").stdout
    assert "--    10  witnesses not checked: no policy" in said
    assert "--    11  time not checked: no roots are pinned" in said


def test_receipt(home):
    """
    A receipt is had from the log, and judged elsewhere: undecided, then honoured, and broken where the log lies.
    """
    receipt, trust = home.path / "r.receipt", home.path / "log/vkey"
    home.run("receipt", "3", "-o", receipt)
    assert receipt.read_text().startswith("luoshi.receipt/v1\n{")
    asked = ("receipt", "check", receipt, "--trust", trust)
    assert "undecided: " in home.run(*asked, exits=2).stdout
    proof, leaf = home.path / "p3.tlog-proof", home.path / "p3.json"
    home.run("log", "prove", "3", "--out", proof, "--leaf", leaf)
    assert "honoured: the record stands at index 3" in home.run(*asked, "--proof", proof, "--leaf", leaf).stdout
    # The log's own key promises another record: the published one convicts it.
    [key] = (home.path / "keys").glob("luoshi.local*")
    signer = Ed25519Signer(ORIGIN, load_pem_private_key(key.read_bytes(), None))
    lie = Receipt(ORIGIN, 3, bytes(32), "case/1", 1, datetime(2026, 1, 1, tzinfo=UTC))
    receipt.write_bytes(sign_receipt(lie, [signer]))
    said = home.run(*asked, "--proof", proof, "--leaf", leaf, exits=1).stdout
    assert "broken: another record stands at index 3" in said
    assert f"proof: {receipt}, {proof}, {leaf}. Whoever trusts" in said
    receipt.write_bytes(b"x")
    assert "malformed note" in home.run(*asked, exits=2).stderr
    assert "go together" in home.run(*asked, "--proof", proof, exits=2).stderr
    assert "no record 99999" in home.run("receipt", "99999", "-o", receipt, exits=2).stderr


def test_settings(home):
    """
    What cannot be used is refused by name before anything is done.
    """
    (home.path / "bad").write_text("two words\n")
    for name, value, said in (
        ("LUOSHI_WITNESSES", str(home.path / "none"), "is no file"),
        ("LUOSHI_WITNESSES", str(home.path / "bad"), "line 1"),
        ("LUOSHI_TSA_ROOTS", str(home.path / "bad"), "not certificates"),
        ("LUOSHI_TSA_URL", "ftp://x", "neither an https nor an http"),
        ("LUOSHI_PUBLISH_EVERY", "0", "greater than 0"),
        ("LUOSHI_PUBLISH_WITHIN", "soon", "valid integer"),
    ):
        refused = home.run("verify", exits=2, **{name: value}).stderr
        assert said in refused
        assert name in refused


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


def test_serve_publishes(home):
    """
    A running server publishes what is recorded beside it, and says how that goes.
    """
    size = open_checkpoint((home.path / "log/checkpoint").read_bytes(), _verifier(home)).size
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [LUOSHI, "serve", "--port", str(port)],
        env=home.environment | {"LUOSHI_PUBLISH_EVERY": "0.2"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr.readline().startswith(f"published {size} records")
        home.run("key", "new", "--role", "system", "--holder", "again")  # records something
        assert running.stderr.readline().startswith("published ")
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).json()
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert open_checkpoint((home.path / "log/checkpoint").read_bytes(), _verifier(home)).size > size
    assert ready["publishing"]["said"].startswith("published ")
    assert ready["publishing"]["error"] is None


def _verifier(home):
    return Verifier((home.path / "log/vkey").read_text().strip())
