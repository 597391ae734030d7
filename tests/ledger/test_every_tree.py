"""
Every tree of 1 to 100 leaves: every record proof and every tree proof holds, and nothing that is almost one does.
"""

from functools import cache

import pytest

from ledger.errors import VerificationError
from ledger.merkle import check_record, check_tree, leaf_hash, node_hash, prove_record, prove_tree, root

SIZES = range(1, 101)
LEAVES = [leaf_hash(b"leaf-%d" % number) for number in SIZES]
ROOTS = [root(LEAVES[:size]) for size in range(101)]


@cache
def subtree(start: int, stop: int) -> bytes:
    """RFC 6962's definition, word for word: the oracle for what `ledger.merkle` derives in its own way."""
    if stop - start == 1:
        return LEAVES[start]
    middle = start + split(stop - start)
    return node_hash(subtree(start, middle), subtree(middle, stop))


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def path(index: int, start: int, stop: int) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + split(stop - start)
    if index < middle:
        return [*path(index, start, middle), subtree(middle, stop)]
    return [*path(index, middle, stop), subtree(start, middle)]


def sides(index: int, size: int) -> str:
    """On which side each sibling of a path stands: what a proof's hashes mean."""
    if size == 1:
        return ""
    k = split(size)
    return sides(index, k) + "r" if index < k else sides(index - k, size - k) + "l"


def almost(proof):
    """Each hash changed, dropped, doubled and exchanged with the next; one hash too many, at either end."""
    for place, each in enumerate(proof):
        for wrong in (bytes([each[0] ^ 1, *each[1:]]), bytes([*each[:-1], each[-1] ^ 128]), each[:-1], each + b"\0"):
            yield [*proof[:place], wrong, *proof[place + 1 :]]
        yield [*proof[:place], *proof[place + 1 :]]
        yield [*proof[: place + 1], *proof[place:]]
        if place and proof[place - 1] != each:
            yield [*proof[: place - 1], each, proof[place - 1], *proof[place + 1 :]]
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]


def holds(check, proof, **said) -> bool:
    try:
        check(proof, **said)
    except VerificationError:
        return False
    return True


def test_roots():
    for size in SIZES:
        assert ROOTS[size] == subtree(0, size)


@pytest.mark.parametrize("size", SIZES)
def test_record_proofs(size):
    for index in range(size):
        proof = prove_record(LEAVES[:size], index)
        assert proof == path(index, 0, size)
        good = {"size": size, "root": ROOTS[size], "index": index, "leaf": LEAVES[index]}
        check_record(proof, **good)
        for wrong in almost(proof):
            assert not holds(check_record, wrong, **good)
        for change in (
            {"index": index - 1},
            {"index": index + 1},
            {"index": index + size},
            {"leaf": LEAVES[index - 1] if size > 1 else bytes(32)},
            {"root": bytes(32)},
            {"size": size - 1, "root": ROOTS[size - 1]},
            {"size": size + 1, "root": ROOTS[(size + 1) % 101]},
        ):
            assert not holds(check_record, proof, **good | change)
        # The root alone does not say the size: that is why a checkpoint signs both. Under a wrong size a proof holds
        # only where its hashes mean the same there.
        for other in (size - 1, size + 1):
            same = index < other and sides(index, other) == sides(index, size)
            assert holds(check_record, proof, **good | {"size": other}) is same


@pytest.mark.parametrize("new", SIZES)
def test_tree_proofs(new):
    for old in range(1, new + 1):
        proof = prove_tree(LEAVES[:new], old)
        good = {"old_size": old, "old_root": ROOTS[old], "new_size": new, "new_root": ROOTS[new]}
        check_tree(proof, **good)
        for wrong in almost(proof):
            assert not holds(check_tree, wrong, **good)
        for change in (
            {"old_size": new + 1},
            {"old_root": bytes(32)},
            {"new_root": bytes(32)},
            {"old_root": ROOTS[new], "new_root": ROOTS[old]} if old < new else {"new_root": ROOTS[old - 1]},
            {"old_size": old + 1, "old_root": ROOTS[(old + 1) % 101]},
            {"new_size": new + 1, "new_root": ROOTS[(new + 1) % 101]},
        ):
            assert not holds(check_tree, proof, **good | change)
        if old > 1:
            assert not holds(check_tree, proof, **good | {"old_size": old - 1, "old_root": ROOTS[old - 1]})
        if old < new:
            assert not holds(check_tree, proof, **good | {"new_size": new - 1, "new_root": ROOTS[new - 1]})


def test_how_many():
    """
    So many proofs and so many that are almost proofs, none left out.
    """
    records = [prove_record(LEAVES[:size], index) for size in SIZES for index in range(size)]
    trees = [prove_tree(LEAVES[:size], old) for size in SIZES for old in range(1, size + 1)]
    assert (len(records), len(trees)) == (5050, 5050)
    assert sum(len(list(almost(proof))) for proof in records + trees) > 300_000
