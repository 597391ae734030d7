import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedEvidence, TooLarge
from ledger.merkle import leaf_hash, root
from ledger.tiles import (
    ENTRIES,
    MAX_LEVEL,
    Tile,
    pack_entries,
    parse_entries,
    parse_hashes,
    parse_tile_path,
    partial_tiles,
    tile_content,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 5), "tile/0/005"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(0, 1000, 1), "tile/0/x001/000.p/1"),
        (Tile(3, 0, 255), "tile/3/000.p/255"),
        (Tile(ENTRIES, 1234067), "tile/entries/x001/x234/067"),
    ],
)
def test_names(tile, path):
    assert tile.path == path
    assert parse_tile_path(path) == tile


@given(st.integers(-1, MAX_LEVEL), st.integers(0, 2**55), st.integers(1, 256))
def test_names_round_trip(level, number, width):
    tile = Tile(level, number, width)
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/5",
        "tile/0/0005",
        "tile/00/005",
        "tile/8/005",
        "tile/64/005",
        "tile/-1/005",
        "tile/0/x000/005",
        "tile/0/001/005",
        "tile/0/x001",
        "tile/0/005.p/0",
        "tile/0/005.p/00",
        "tile/0/005.p/01",
        "tile/0/005.p/256",
        "tile/0/005.p/999",
        "tile/0/005.p",
        "tile/0/005/",
        "tile/0/../005",
        "tile/0/005\n",
        "tile/0/\u0660\u0660\u0665",
        "tile/entries/../../vkey",
        "/tile/0/005",
        "tile/0/" + "x001/" * 1000 + "001",
    ],
)
def test_hostile_names(path):
    """
    One spelling a tile, and no way out of the folder.
    """
    with pytest.raises(MalformedEvidence):
        parse_tile_path(path)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, []),
        (1, [Tile(0, 0, 1)]),
        (256, [Tile(1, 0, 1)]),
        (70_000, [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]),
    ],
)
def test_widths(size, expected):
    """
    The specification's own example among them.
    """
    assert partial_tiles(size) == expected
    assert [tile for tile in tiles_of(size) if tile.width < 256] == expected
    assert sum(tile.width for tile in tiles_of(size) if tile.level == 0) == size


def test_content():
    """
    A tile above the leaves holds the roots of the full tiles below; a partial one is never hashed upward.
    """
    leaves = [leaf_hash(b"%d" % n) for n in range(600)]
    assert tile_content(Tile(0, 1), leaves.__getitem__) == b"".join(leaves[256:512])
    assert tile_content(Tile(1, 0, 2), leaves.__getitem__) == root(leaves[:256]) + root(leaves[256:512])
    assert parse_hashes(tile_content(Tile(0, 2, 88), leaves.__getitem__), 88) == leaves[512:]


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundle_round_trip(entries):
    assert parse_entries(pack_entries(entries), len(entries)) == entries


def test_bundle_limits():
    assert parse_entries(pack_entries([bytes(65_535)]), 1) == [bytes(65_535)]
    with pytest.raises(TooLarge):
        pack_entries([bytes(65_536)])


@pytest.mark.parametrize(
    ("bundle", "width"),
    [(b"", 1), (b"\0", 1), (b"\0\1", 1), (b"\0\1a\0", 1), (b"\0\1ab", 1), (b"\0\1a\0\1b", 1), (b"\0\1a", 2)],
)
def test_hostile_bundles(bundle, width):
    with pytest.raises(MalformedEvidence):
        parse_entries(bundle, width)


def test_hostile_tile():
    with pytest.raises(MalformedEvidence):
        parse_hashes(bytes(63), 2)
