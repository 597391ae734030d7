"""
OpenSSL 3 checks signatures and hashes, by the commands that docs/formats.md gives.
"""

import shutil
import subprocess
from base64 import urlsafe_b64encode

import pytest

from ledger.disclosure import digest
from ledger.envelope import PAYLOAD_TYPE, open_leaf, pae
from ledger.merkle import leaf_hash, prove_record, root
from ledger.note import split_note
from ledger.vkeys import parse_vkey
from tests.foreign.log import documented, made
from tests.ledger.sealing import LOG, SYSTEM
from tests.ledger.vectors.make_vectors import DISCLOSURES
from tests.tools import need

VERIFY = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
LEAF = "(printf '\\000'; cat leaf) | openssl dgst -sha256"
NODE = "(printf '\\001'; cat left right) | openssl dgst -sha256"
DIGEST = 'printf %s "$(cat disclosure)" | openssl dgst -sha256 -binary | openssl base64 | tr +/ -_ | tr -d ='
SPKI = bytes.fromhex("302a300506032b6570032100")  # the DER prefix of an Ed25519 key


@pytest.fixture
def run(tmp_path):
    need("openssl", "OpenSSL 3", is_here=shutil.which("openssl") is not None)

    def run(command: str, **files: bytes) -> str:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        line = documented(command)
        done = subprocess.run(  # noqa: S602 - the documented line, pipes and all
            line,
            shell=True,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or done.stderr

    return run


def key(vkey: str) -> bytes:
    return SPKI + parse_vkey(vkey)[3]


def test_event(run):
    """
    An event's signature verifies over DSSE's pre-authentication encoding, and over nothing else.
    """
    envelope = open_leaf(made().leaves[7])
    message = pae(PAYLOAD_TYPE, envelope.payload)
    files = {"key": key(SYSTEM.vkey), "message": message, "signature": envelope.signature}
    assert run(VERIFY, **files) == "Signature Verified Successfully"
    changed = message.replace(b"petition", b"Petition", 1)
    assert changed != message
    assert "Signature Verification Failure" in run(VERIFY, **files | {"message": changed})
    assert "Signature Verification Failure" in run(VERIFY, **files | {"message": envelope.payload})


def test_checkpoint(run):
    text, [line] = split_note(made().second)
    files = {"key": key(LOG.vkey), "message": text.encode(), "signature": line.signature}
    assert run(VERIFY, **files) == "Signature Verified Successfully"
    assert "Signature Verification Failure" in run(VERIFY, **files | {"message": text.encode() + b"\n"})


def test_hashes(run):
    """
    A leaf's hash, and the root two leaves give.
    """
    leaves = made().leaves[:2]
    first, second = (bytes.fromhex(run(LEAF, leaf=leaf).split()[-1]) for leaf in leaves)
    assert [first, second] == [leaf_hash(leaf) for leaf in leaves]
    assert prove_record([first, second], 0) == [second]
    assert run(NODE, left=first, right=second).split()[-1] == root([first, second]).hex()
    assert run(LEAF, leaf=leaves[0] + b"\n").split()[-1] != first.hex()


def test_disclosure(run):
    for disclosure in DISCLOSURES:
        assert run(DIGEST, disclosure=disclosure.encode()) == digest(disclosure)
    assert urlsafe_b64encode(bytes(32)).decode().rstrip("=") not in map(digest, DISCLOSURES)
