import random

import pytest

from ledger.merkle import check_record, check_tree, leaf_hash, prove_record, prove_tree, root
from ledger.tiles import ENTRIES, Tile, pack_entries, tile_content, tiles_of
from ledger.tiletree import TileDamaged, TileTree, damage

LEAVES = [b"leaf-%d" % n for n in range(70_000)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def files(size: int) -> dict[str, bytes]:
    """The published files of a tree."""
    found = {}
    for tile in tiles_of(size):
        found[tile.path] = tile_content(tile, HASHES.__getitem__)
        if tile.level == 0:
            first = tile.number * 256
            found[Tile(ENTRIES, tile.number, tile.width).path] = pack_entries(LEAVES[first : first + tile.width])
    return found


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257, 511, 512, 513, 1000])
def test_small(size):
    """
    Roots and proofs from tiles are those of the definition.
    """
    tree = TileTree(size, files(size).get)
    assert tree.root() == root(HASHES[:size])
    assert tree.last_leaf() == HASHES[size - 1]
    chance = random.Random(size)  # noqa: S311 - a repeatable choice
    for index in {0, size - 1, *(chance.randrange(size) for _ in range(20))}:
        assert tree.prove_record(index) == prove_record(HASHES[:size], index)
        assert tree.prove_tree(index + 1) == prove_tree(HASHES[:size], index + 1)


def test_three_levels():
    """
    A tree of 70,000 is proved from at most three tiles a level.
    """
    size = 70_000
    kept, asked = files(size), set()
    tree = TileTree(size, lambda name: asked.add(name) or kept.get(name))
    whole = tree.root()
    for index in (0, 41, 65_535, 65_536, 69_999):
        leaf, path = HASHES[index], tree.prove_record(index)
        check_record(path, size=size, root=whole, index=index, leaf=leaf)
    assert len(asked) < 12
    old = TileTree(65_999, files(65_999).get)
    path = tree.prove_tree(65_999)
    check_tree(path, old_size=65_999, old_root=old.root(), new_size=size, new_root=whole)
    assert list(damage(size, whole, kept.get)) == []


@pytest.mark.parametrize("size", [3, 256, 700])
def test_empty_or_missing(size):
    """
    Whatever tile is gone, it is named, and no root is made up.
    """
    sound = files(size)
    whole = root(HASHES[:size])
    for name in sound:
        for content in (None, b"", sound[name][:-1], sound[name][:-1] + b"?"):
            broken = {**sound, name: content}
            assert any(name in said or "partial tiles" in said for said in damage(size, whole, broken.get)), name
    for tile in tiles_of(size):
        if tile.width < 256:
            with pytest.raises(TileDamaged, match=tile.path):
                TileTree(size, {**sound, tile.path: None}.get).root()
    tiles = [name for name in sound if name.startswith("tile/0/")]
    with pytest.raises(TileDamaged):
        TileTree(size, {**sound, tiles[-1]: None}.get).last_leaf()


def test_full_tile_serves_the_partial():
    """
    Where the partial tile is gone because the full one exists, the full one's beginning counts.
    """
    sound = files(300)
    del sound["tile/0/001.p/44"]
    assert TileTree(300, {**sound, "tile/0/001": files(512)["tile/0/001"]}.get).root() == root(HASHES[:300])
    with pytest.raises(TileDamaged):
        TileTree(300, sound.get).root()


def test_empty_tree():
    tree = TileTree(0, {}.get)
    assert tree.root() == root([])
    assert list(damage(0, root([]), {}.get)) == []
