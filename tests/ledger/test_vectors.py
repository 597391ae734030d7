"""Golden bytes: what we write today is what we wrote then, and what we wrote then still verifies."""

import json

import pytest

from ledger.canonical import decode
from ledger.checkpoint import open_checkpoint
from ledger.envelope import check_signature, open_leaf, parse_payload
from ledger.merkle import leaf_hash, root
from ledger.store.contract import Stored
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.ledger.vectors import make_vectors
from tests.ledger.vectors.make_vectors import FOLDER, LOG, ORIGIN, vectors

LEAVES = sorted(FOLDER.glob("leaf-*.json"))


def test_unchanged():
    """
    Making the vectors again gives every tracked byte.
    """
    assert {file.name: file.read_bytes() for file in FOLDER.iterdir()} == vectors()


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_leaves_still_verify(path):
    """
    Every leaf ever tracked opens and verifies with today's code.
    """
    keys = json.loads((FOLDER / "keys.json").read_text())
    envelope = open_leaf(path.read_bytes())
    check_signature(envelope, Verifier(keys[envelope.key_id]))
    assert envelope.payload == (FOLDER / path.name.replace("leaf", "payload")).read_bytes()
    assert decode(envelope.payload)["origin"] == ORIGIN


def test_log_still_verifies():
    """
    The golden leaves are a sound log under the golden checkpoint.
    """
    leaves = [path.read_bytes() for path in LEAVES]
    head = open_checkpoint((FOLDER / "checkpoint").read_bytes(), Verifier(LOG.vkey))
    assert head.root == root([leaf_hash(leaf) for leaf in leaves])
    stored = []
    for index, leaf in enumerate(leaves):
        p = parse_payload(open_leaf(leaf).payload)
        stored.append(Stored(index, p.stream, p.version, p.topic, p.command_id, leaf))
    report = verify_log(
        stored,
        checkpoint=(FOLDER / "checkpoint").read_bytes(),
        log_verifier=Verifier(LOG.vkey),
        tiles=None,
        expect_origin=ORIGIN,
        disclosures=lambda indexes: {2: make_vectors.DISCLOSURES} if 2 in indexes else {},
    )
    assert report.ok, report.failure
    assert (report.disclosed, report.beyond) == (2, 0)
