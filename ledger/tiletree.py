"""
A tree read from its tiles: roots and proofs from O(log n) of them, whatever its size.

Every full tile's hash stands in the level above, so the partial tiles, at most one a level, fix the root.
tests/ledger/test_tiletree.py compares with the definition for every small tree, and damages tiles.
"""

from collections.abc import Callable, Iterator

from ledger.errors import LedgerError, MalformedEvidence
from ledger.merkle import Frontier, leaf_hash, record_path, root, tree_path
from ledger.tiles import ENTRIES, HASH_BYTES, TILE_WIDTH, Tile, parse_entries, parse_hashes, tiles_of

Read = Callable[[str], bytes | None]  # a file by its name, `Tile.path`; None if it is not there


class TileDamaged(LedgerError):  # noqa: N818 - says what was found
    """A tile is missing, cut short, or not what the level above says of it."""


class TileTree:
    """The tree of the first `size` leaves. Nothing is trusted yet: compare `root()` with a signed one."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._kept: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, number: int) -> list[bytes]:
        """The hashes that this tree has in a tile."""
        if (level, number) not in self._kept:
            width = min(TILE_WIDTH, self.size // TILE_WIDTH**level - number * TILE_WIDTH)
            # The exact one first; the full tile, once it exists, contains every partial one.
            exact, full = Tile(level, number, width).path, Tile(level, number).path
            found = self._read(exact)
            content = (found if found is not None else self._read(full) or b"")[: width * HASH_BYTES]
            try:
                self._kept[level, number] = parse_hashes(content, width)
            except MalformedEvidence:
                raise TileDamaged(f"{exact} is missing or cut short") from None
        return self._kept[level, number]

    def subtree(self, low: int, high: int) -> bytes:
        """The root over leaves low..high-1, where these are a node of this tree."""
        frontier = Frontier(high - low, self._full_subtrees(low, high))
        return frontier.root()

    def frontier(self) -> Frontier:
        """The right edge, ready to grow."""
        return Frontier(self.size, self._full_subtrees(0, self.size))

    def root(self) -> bytes:
        return self.frontier().root()

    def last_leaf(self) -> bytes:
        """The last leaf hash; TileDamaged unless each full tile on the way up from it is what the level above says."""
        level, number = 0, (self.size - 1) // TILE_WIDTH
        found = self.tile(level, number)[-1]
        while len(hashes := self.tile(level, number)) == TILE_WIDTH:
            above = self.tile(level + 1, number // TILE_WIDTH)[number % TILE_WIDTH]
            if root(hashes) != above:
                raise TileDamaged(f"{Tile(level, number).path} does not give the hash in the level above")
            level, number = level + 1, number // TILE_WIDTH
        return found

    def prove_record(self, index: int) -> list[bytes]:
        """Return the inclusion path of the leaf at `index`."""
        return record_path(self.size, index, self.subtree)

    def prove_tree(self, old_size: int) -> list[bytes]:
        """Return the consistency path from the tree of `old_size` leaves to this one."""
        return tree_path(old_size, self.size, self.subtree)

    def _full_subtrees(self, low: int, high: int) -> list[bytes]:
        found: list[bytes] = []
        for bit in range((high - low).bit_length() - 1, -1, -1):
            if (high - low) >> bit & 1:
                found.append(self._full(low, bit))
                low += 1 << bit
                # What is left of the range is smaller than the step just made, so alignment holds all the way.
        return found

    def _full(self, low: int, bit: int) -> bytes:
        """The root over 2^bit leaves from `low` on, a multiple of 2^bit: some hashes of one tile."""
        level, width = bit // 8, 1 << bit % 8
        number, place = divmod(low >> 8 * level, TILE_WIDTH)
        return root(self.tile(level, number)[place : place + width])


def damage(size: int, expected: bytes, read: Read) -> Iterator[str]:
    """Yield what is wrong with the tiles and bundles of a tree: every file is read, each fault is one line."""
    tree = TileTree(size, read)
    for tile in tiles_of(size):
        try:
            hashes = tree.tile(tile.level, tile.number)
            if tile.width == TILE_WIDTH:
                above = tree.tile(tile.level + 1, tile.number // TILE_WIDTH)[tile.number % TILE_WIDTH]
                if root(hashes) != above:
                    yield f"{tile.path} does not give the hash in the level above"
        except TileDamaged as damaged:
            yield str(damaged)
            continue
        if tile.level == 0 and not _is_bundle(tile, hashes, read):
            yield f"{Tile(ENTRIES, tile.number, tile.width).path} does not hold the records of {tile.path}"
    try:
        if tree.root() != expected:
            yield f"the partial tiles do not give the root of the checkpoint of size {size}"
    except TileDamaged:
        return  # told above


def _is_bundle(tile: Tile, hashes: list[bytes], read: Read) -> bool:
    exact = read(Tile(ENTRIES, tile.number, tile.width).path)
    full = exact if exact is not None else read(Tile(ENTRIES, tile.number).path)
    try:
        # A full bundle holds more than a partial tile asks for: of these only the first count.
        entries = parse_entries(full or b"", tile.width if exact is not None else TILE_WIDTH)
    except MalformedEvidence:
        return False
    return [leaf_hash(entry) for entry in entries[: tile.width]] == hashes
