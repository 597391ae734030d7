"""
golang.org/x/mod, the implementation of Go's checksum database, reads our checkpoints, proofs and tiles.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.merkle import prove_record, prove_tree
from ledger.note import split_note
from tests.conftest import CHECKOUT
from tests.foreign.log import base64, documented, made
from tests.ledger.foreign import LOG_VKEY, foreign
from tests.ledger.sealing import LOG, SYSTEM
from tests.ledger.vectors.make_vectors import FOLDER
from tests.ledger.vectors.make_vectors import LOG as GOLDEN_LOG
from tests.tools import need

SOURCES = "/usr/share/gocode"
BUILD = f"GO111MODULE=off GOPATH={SOURCES} go build -o asked ./tests/foreign/go"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return made(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    need("go", "golang", is_here=shutil.which("go") is not None)
    there = Path(f"{SOURCES}/src/golang.org/x/mod/sumdb").is_dir()
    need("go", "golang-golang-x-mod-dev", is_here=there)
    program = tmp_path_factory.mktemp("go") / "asked"
    command = documented(BUILD).replace("-o asked", f"-o {program}")
    cache = {"GOCACHE": str(program.parent / "cache"), "GOFLAGS": ""}
    done = subprocess.run(  # noqa: S602 - the documented line, pipes and all
        command,
        shell=True,
        cwd=CHECKOUT,
        env=os.environ | cache,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    def ask(*questions):
        text = json.dumps([{"Ask": name, **said} for name, said in questions])
        done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
        answers = done.stdout.splitlines()
        assert len(answers) == len(questions)
        return answers

    return ask


def opened(note: bytes, vkey: str, text: str):
    return "note", {"Note": base64(note), "Vkey": vkey, "Text": text}


def record(log, index, **change):
    proof = [base64(step) for step in prove_record(log.hashes, index)]
    said = {"Proof": proof, "Size": log.head.size, "Root": base64(log.head.root), "Index": index}
    return "record", said | {"Leaf": base64(log.leaves[index])} | change


def tree(log, **change):
    proof = [base64(step) for step in prove_tree(log.hashes, log.old.size)]
    said = {"Proof": proof, "Size": log.head.size, "Root": base64(log.head.root)}
    return "tree", said | {"Old": log.old.size, "OldRoot": base64(log.old.root)} | change


def tiles(log, folder):
    leaves = [base64(leaf) for leaf in log.leaves]
    said = {"Folder": str(folder), "Leaves": leaves, "Size": log.head.size, "Root": base64(log.head.root)}
    return "tiles", said | {"Old": log.old.size, "OldRoot": base64(log.old.root)}


def test_checkpoints(log, ask):
    """
    sumdb/note opens our checkpoints, also cosigned ones, whose further line it ignores; and the tracked ones.
    """
    golden = (FOLDER / "checkpoint").read_bytes()
    notes = [(log.first, LOG.vkey), (log.second, LOG.vkey), (log.cosigned, LOG.vkey), (golden, GOLDEN_LOG.vkey)]
    notes += [(foreign(f"checkpoint-70{kind}.txt"), LOG_VKEY) for kind in ("", "-sm2", "-mldsa")]
    assert set(ask(*(opened(note, vkey, split_note(note)[0]) for note, vkey in notes))) == {"ok"}


def test_tampered_checkpoints(log, ask):
    """
    With any one byte changed it opens none, nor under another key.
    """
    text = split_note(log.second)[0]
    changed = [log.second[:n] + bytes([log.second[n] ^ 1]) + log.second[n + 1 :] for n in range(len(log.second))]
    answers = ask(*(opened(note, LOG.vkey, text) for note in changed), opened(log.second, SYSTEM.vkey, text))
    assert "ok" not in answers


def test_records(log, ask):
    """
    sumdb/tlog accepts the proof of every record, and no proof with a hash changed or another leaf.
    """
    assert set(ask(*(record(log, index) for index in range(len(log.leaves))))) == {"ok"}
    _, said = record(log, 41)
    bad = [record(log, 41, Leaf=base64(b"other")), record(log, 41, Index=42), record(log, 41, Root=base64(bytes(32)))]
    for place in range(len(said["Proof"])):
        bad.append(record(log, 41, Proof=[*said["Proof"][:place], base64(bytes(32)), *said["Proof"][place + 1 :]]))
        bad.append(record(log, 41, Proof=said["Proof"][:place] + said["Proof"][place + 1 :]))
    assert "ok" not in ask(*bad)


def test_trees(log, ask):
    """
    And that the second checkpoint continues the first.
    """
    _, said = tree(log)
    bad = [tree(log, OldRoot=base64(bytes(32))), tree(log, Old=log.old.size - 1), tree(log, Proof=said["Proof"][1:])]
    for place in range(len(said["Proof"])):
        bad.append(tree(log, Proof=[*said["Proof"][:place], base64(bytes(32)), *said["Proof"][place + 1 :]]))
    first, *others = ask(tree(log), *bad)
    assert first == "ok"
    assert "ok" not in others


def test_tiles(log, ask, tmp_path):
    """
    tlog.TileHashReader makes every proof from our tile folder alone, and notices a changed tile.
    """
    assert ask(tiles(log, log.folder)) == ["ok"]
    for name in ("tile/0/000", f"tile/0/001.p/{log.head.size - 256}", "tile/1/000.p/1"):
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(log.folder, copy)
        data = bytearray((copy / name).read_bytes())
        data[5] ^= 1
        (copy / name).write_bytes(data)
        [answer] = ask(tiles(log, copy))
        assert answer != "ok"
        (copy / name).unlink()
        [answer] = ask(tiles(log, copy))
        assert "no such file" in answer
