from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import sign_checkpoint
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.merkle import leaf_hash, root
from ledger.proof import RecordProof, check_proof, format_proof, parse_proof, prove
from ledger.vkeys import Verifier
from tests.ledger.foreign import LOG_VKEY, foreign
from tests.ledger.sealing import LOG, ORIGIN

VERIFIER = Verifier(LOG.vkey)
FOREIGN = [("leaf-41", 41, 70), ("leaf-0-size-1", 0, 1)]


@pytest.mark.parametrize(("name", "index", "size"), FOREIGN)
def test_foreign(name, index, size):
    """
    Proofs made by others are read, checked, and written again byte for byte.
    """
    data = foreign(f"{name}.tlog-proof")
    proof = parse_proof(data)
    assert format_proof(proof) == data
    assert proof.index == index
    leaf = foreign("leaf-41.bin" if index else "leaf-0.bin")
    assert check_proof(proof, leaf, Verifier(LOG_VKEY)).size == size
    with pytest.raises(VerificationError):
        check_proof(proof, leaf + b" ", Verifier(LOG_VKEY))
    with pytest.raises(VerificationError):
        check_proof(proof, leaf, VERIFIER)


def test_every_tree():
    """
    Every record of every tree of 1 to 40 leaves; each hash of each proof corrupted, dropped and doubled in turn.
    """
    leaves = [b"leaf-%d" % n for n in range(40)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for size in range(1, 41):
        note = sign_checkpoint(ORIGIN, size, root(hashes[:size]), LOG)
        for index in range(size):
            proof = prove(hashes[:size], index, note)
            assert parse_proof(format_proof(proof)) == proof
            check_proof(proof, leaves[index], VERIFIER)
            if size not in {1, 2, 7, 8, 40}:
                continue  # a signature is checked each time
            for place in range(len(proof.path)):
                path = list(proof.path)
                for wrong in (
                    [*path[:place], leaf_hash(path[place]), *path[place + 1 :]],
                    [*path[:place], *path[place + 1 :]],
                    [*path[: place + 1], *path[place:]],
                ):
                    with pytest.raises(VerificationError):
                        check_proof(replace(proof, path=tuple(wrong)), leaves[index], VERIFIER)


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.none() | st.binary(max_size=100),
)
def test_round_trip(index, path, extra):
    proof = RecordProof(index, tuple(path), NOTE, extra)
    assert parse_proof(format_proof(proof)) == proof


NOTE = sign_checkpoint(ORIGIN, 1, leaf_hash(b"a"), LOG)
HASH = b64encode(bytes(32))
HEAD = b"c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        HEAD,
        HEAD + b"\n" + NOTE,
        HEAD + b"index 0\n" + NOTE,
        HEAD + b"index 0\n\n",
        HEAD + b"index 041\n\n" + NOTE,
        HEAD + b"index +4\n\n" + NOTE,
        HEAD + b"index -4\n\n" + NOTE,
        HEAD + b"index 4 \n\n" + NOTE,
        HEAD + b"Index 4\n\n" + NOTE,
        HEAD + b"index 9223372036854775808\n\n" + NOTE,
        HEAD + b"index " + b"9" * 100_000 + b"\n\n" + NOTE,
        HEAD + "index \u0664\n\n".encode() + NOTE,
        HEAD + b"index 0\nextra YQ==\n\n" + NOTE,
        HEAD + b"extra YQ==\nextra YQ==\nindex 0\n\n" + NOTE,
        HEAD + b"extra YR==\nindex 0\n\n" + NOTE,
        HEAD + b"extra \xff\nindex 0\n\n" + NOTE,
        HEAD + b"index 0\n" + HASH[:-4] + b"\n\n" + NOTE,
        HEAD + b"index 0\n" + HASH + b" \n\n" + NOTE,
        HEAD + b"index 0\n" + HASH + b"\r\n\n" + NOTE,
        HEAD + b"index 0\n" + (HASH + b"\n") * 64 + b"\n" + NOTE,
        HEAD + b"index 0\n" + (HASH + b"\n") * 20_000 + b"\n" + NOTE,
        HEAD + b"index 0\n\n\n" + NOTE,
        HEAD + b"index 0\n\n" + NOTE[:-1],
        HEAD + b"index 0\n\n" + NOTE + b"more\n",
        HEAD + b"index 0\n\n" + bytes(2_000_000),
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        b"\xef\xbb\xbf" + HEAD + b"index 0\n\n" + NOTE,
    ],
    ids=lambda data: data[23:50].hex(),
)
def test_hostile(data):
    """
    Whatever is wrong with the file: one refusal.
    """
    with pytest.raises(MalformedEvidence):
        parse_proof(data)


@pytest.mark.parametrize(
    "proof", [RecordProof(-1, (), NOTE), RecordProof(0, (b"",), NOTE), RecordProof(2**63, (), NOTE)]
)
def test_not_a_proof(proof):
    with pytest.raises(NotCanonical):
        format_proof(proof)


def test_index_beyond_the_tree():
    with pytest.raises(VerificationError):
        check_proof(RecordProof(1, (), NOTE), b"a", VERIFIER)
