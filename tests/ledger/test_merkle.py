import json
from base64 import b64decode

import pytest

from ledger.errors import VerificationError
from ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    check_record,
    check_tree,
    leaf_hash,
    prove_record,
    prove_tree,
    root,
)
from tests.conftest import shared_file
from tests.ledger.foreign import FOREIGN


@pytest.fixture(scope="module", params=["merkle-16.json", "merkle.json"])
def vectors(request):
    path = FOREIGN / request.param
    if not path.exists():  # every tree of up to 70 leaves: 1.4 MB, kept beside the checkout
        path = shared_file(f"vectors/{request.param}")
    return json.loads(path.read_text())


def hashes(texts):
    return [b64decode(text) for text in texts]


def test_leaves():
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"leaf-0").hex() == "305df59f9590c3c9ac63d2b2743c388e3792449078cebf7fb3dbe6471643b2b7"


def test_roots(vectors):
    leaves = [leaf_hash(b"leaf-%d" % number) for number in range(len(vectors["LeafHashes"]))]
    assert leaves == hashes(vectors["LeafHashes"])
    frontier = Frontier()
    assert frontier.root() == root([]) == EMPTY_ROOT
    for leaf, expected in zip(leaves, hashes(vectors["Roots"]), strict=True):
        frontier.append(leaf)
        assert frontier.root() == expected
    assert len(frontier._full) == frontier.size.bit_count()


def test_foreign_vectors(vectors):
    """
    We make the proofs that others made, and accept them.
    """
    leaves, roots = hashes(vectors["LeafHashes"]), hashes(vectors["Roots"])
    for case in vectors["Inclusion"]:
        size, index, path = case["Size"], case["Index"], hashes(case["Path"] or [])
        assert prove_record(leaves[:size], index) == path
        check_record(path, size=size, root=roots[size - 1], index=index, leaf=leaves[index])
    for case in vectors["Consistency"]:
        old, new, path = case["Old"], case["New"], hashes(case["Path"] or [])
        assert prove_tree(leaves[:new], old) == path
        check_tree(path, old_size=old, old_root=roots[old - 1], new_size=new, new_root=roots[new - 1])


def damaged(path):
    for place, sibling in enumerate(path):
        yield [*path[:place], bytes([sibling[0] ^ 1]) + sibling[1:], *path[place + 1 :]]
        yield [*path[:place], *path[place + 1 :]]
    yield [*path, bytes(32)]
    yield [bytes(32), *path]
    if len(path) > 1:
        yield path[::-1]


def test_corrupted(vectors):
    """
    With any one hash changed, dropped or added, or any number wrong, no proof holds.
    """
    leaves, roots = hashes(vectors["LeafHashes"]), hashes(vectors["Roots"])
    for case in vectors["Inclusion"]:
        size, index, path = case["Size"], case["Index"], hashes(case["Path"] or [])
        good = {"size": size, "root": roots[size - 1], "index": index, "leaf": leaves[index]}
        for wrong in damaged(path):
            with pytest.raises(VerificationError):
                check_record(wrong, **good)
        for change in ({"index": index + 1}, {"index": index - 1}, {"root": bytes(32)}, {"leaf": bytes(32)}):
            with pytest.raises(VerificationError):
                check_record(path, **good | change)
    for case in vectors["Consistency"]:
        old, new, path = case["Old"], case["New"], hashes(case["Path"] or [])
        good = {"old_size": old, "old_root": roots[old - 1], "new_size": new, "new_root": roots[new - 1]}
        for wrong in damaged(path):
            with pytest.raises(VerificationError):
                check_tree(wrong, **good)
        for change in ({"old_root": bytes(32)}, {"new_root": bytes(32)}, {"old_size": new + 1}):
            with pytest.raises(VerificationError):
                check_tree(path, **good | change)


def test_empty_tree():
    """
    Every tree continues the empty one, by an empty proof.
    """
    check_tree([], old_size=0, old_root=EMPTY_ROOT, new_size=5, new_root=bytes(32))
    for proof, old_root in (([bytes(32)], EMPTY_ROOT), ([], bytes(32))):
        with pytest.raises(VerificationError):
            check_tree(proof, old_size=0, old_root=old_root, new_size=5, new_root=bytes(32))


@pytest.mark.parametrize("index", [-1, 3])
def test_outside(index):
    with pytest.raises(IndexError):
        prove_record([bytes(32)] * 3, index)
    with pytest.raises(IndexError):
        prove_tree([bytes(32)] * 3, 0)
    with pytest.raises(VerificationError):
        check_record([], size=3, root=bytes(32), index=index, leaf=bytes(32))
