"""
Record and tree proofs over a list of leaf hashes.

Follows RFC 6962 section 2.1 and the checks of RFC 9162 section 2.1; proofs are interchangeable with Certificate
Transparency's. tests/ledger/test_merkle.py holds us to foreign vectors for every tree of up to 70 leaves.

Pure: every function takes hashes and returns hashes. Reading them is the caller's business.
"""

import hashlib
from collections.abc import Callable, Sequence

from ledger.errors import VerificationError

EMPTY_ROOT = hashlib.sha256(b"").digest()
Subtree = Callable[[int, int], bytes]  # the root over leaves low..high-1, for ranges that are nodes of the tree


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: one hash per full subtree, so memory grows with log(size)."""

    def __init__(self, size: int = 0, full: Sequence[bytes] = ()) -> None:
        """Empty, or as it was at this size with these subtrees."""
        if len(full) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} full subtrees, not {len(full)}")
        self.size = size
        self._full = list(full)  # the largest subtree first; one for each bit set in size

    @property
    def full(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, the largest first."""
        return tuple(self._full)

    def append(self, leaf: bytes) -> None:
        """Add a leaf *hash*."""
        full, size = self._full, self.size
        # Every trailing one bit of the size is a full subtree that the new leaf completes to the next larger one.
        while size & 1:
            leaf = node_hash(full.pop(), leaf)
            size >>= 1
        full.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._full:
            return EMPTY_ROOT
        result = self._full[-1]
        for left in reversed(self._full[:-1]):
            result = node_hash(left, result)
        return result


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree head of a list of leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def prove_record(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion path of the leaf at `index`, its own sibling first."""
    return record_path(len(leaves), index, lambda low, high: root(leaves[low:high]))


def record_path(size: int, index: int, subtree: Subtree) -> list[bytes]:
    """As `prove_record`, from wherever the nodes are kept."""
    if not 0 <= index < size:
        raise IndexError(index)
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return path[::-1]


def check_record(proof: Sequence[bytes], *, size: int, root: bytes, index: int, leaf: bytes) -> None:
    """Raise VerificationError unless the leaf hash stands at `index` under the root of `size` leaves."""
    if not 0 <= index < size:
        raise VerificationError(0, index, f"record {index} lies outside a tree of {size}")
    fn, sn, result = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            raise VerificationError(0, index, f"record {index}: the proof is too long for a tree of {size}")
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    # A path that ends below the root proves nothing, even where the hashes happen to be equal.
    if sn != 0 or result != root:
        raise VerificationError(0, index, f"record {index}: leaf {leaf.hex()} is not under root {root.hex()}")


def prove_tree(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the consistency path from the first `old_size` leaves to all of them."""
    return tree_path(old_size, len(leaves), lambda low, high: root(leaves[low:high]))


def tree_path(old_size: int, new_size: int, subtree: Subtree) -> list[bytes]:
    """As `prove_tree`, from wherever the nodes are kept."""
    if not 0 < old_size <= new_size:
        raise IndexError(old_size)
    path: list[bytes] = []
    low, high, whole = 0, new_size, True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low, whole = middle, False
    if not whole:
        path.append(subtree(low, high))
    return path[::-1]


def check_tree(proof: Sequence[bytes], *, old_size: int, old_root: bytes, new_size: int, new_root: bytes) -> None:
    """Raise VerificationError unless the new tree begins with exactly the old one."""
    failed = VerificationError(0, None, f"the tree of {new_size} does not continue the tree of {old_size}")
    if not 0 <= old_size <= new_size:
        raise failed
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected:
            raise failed
        return
    if not proof:
        raise failed
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if sn == 0:
            raise failed
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or old != old_root or new != new_root:
        raise failed


def _split(size: int) -> int:
    """The largest power of two strictly below size."""
    return 1 << (size - 1).bit_length() - 1
