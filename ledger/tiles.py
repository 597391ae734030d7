"""
Tiles (c2sp.org/tlog-tiles): a log as static files. Names, widths and contents; reading and writing them is not here.

A tile holds up to 256 hashes of one level: at level 0 leaf hashes, above it the roots of the full tiles below. An entry
bundle holds the leaves themselves, numbered as level 0. tests/ledger/test_tiles.py.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import MalformedEvidence, TooLarge
from ledger.merkle import root

TILE_WIDTH = 256
HASH_BYTES = 32
ENTRIES = -1  # the "level" of entry bundles, whose names say `entries` where others have the level
MAX_LEVEL = 7  # 256^8 = 2^64 leaves are more than a checkpoint can count
MAX_ENTRY = 65_535
MAX_BUNDLE = TILE_WIDTH * (MAX_ENTRY + 2)

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: level (or ENTRIES), number, and how many hashes or entries it holds."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """`tile/0/x001/x234/067` for a full tile, with `.p/<width>` for a partial one."""
        number = self.number
        groups = [f"{number % 1000:03d}"]
        while number >= 1000:
            number //= 1000
            groups.insert(0, f"x{number % 1000:03d}")
        level = "entries" if self.level == ENTRIES else str(self.level)
        return "/".join(["tile", level, *groups]) + ("" if self.width == TILE_WIDTH else f".p/{self.width}")


def parse_tile_path(path: str) -> Tile:
    """Return the tile of exactly such a path as `Tile.path` writes."""
    found = _PATH.fullmatch(path) if len(path) <= 100 else None
    if found is None:
        raise MalformedEvidence("malformed tile path")
    level, groups, width = found.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(groups.replace("x", "").replace("/", "")),
        TILE_WIDTH if width is None else int(width),
    )
    # Leading zeros, a width of 256 or more, a level that no log reaches: none of them is written so.
    if tile.path != path or tile.width > TILE_WIDTH or tile.level > MAX_LEVEL:
        raise MalformedEvidence("malformed tile path")
    return tile


def partial_tiles(size: int) -> list[Tile]:
    """The tiles of a tree that are not full: at most one a level, and never one of width 0."""
    widths = []
    full = size
    for level in range(MAX_LEVEL + 1):
        full, width = divmod(full, TILE_WIDTH)
        if width:
            widths.append(Tile(level, full, width))
    return widths


def tiles_of(size: int) -> list[Tile]:
    """All hash tiles of a tree, level by level."""
    found = []
    count, level = size, 0
    while count:
        full, width = divmod(count, TILE_WIDTH)
        found += [Tile(level, number) for number in range(full)]
        if width:
            found.append(Tile(level, full, width))
        count, level = full, level + 1
    return found


def tile_content(tile: Tile, leaf_hash: Callable[[int], bytes]) -> bytes:
    """What a hash tile holds, from the leaf hashes: the definition, not the way a log writes its tiles."""
    span = TILE_WIDTH**tile.level
    first = tile.number * TILE_WIDTH
    return b"".join(
        root([leaf_hash(n) for n in range(place * span, (place + 1) * span)])
        for place in range(first, first + tile.width)
    )


class Levels:
    """The hash tiles of a growing tree: each once it is full, and at the end those that are not."""

    def __init__(self, size: int = 0, read: Callable[[Tile], bytes] | None = None) -> None:
        """Empty, or as it was at this size; `read` gives the partial tiles of then."""
        self._numbers: list[int] = []
        self._open: list[bytearray] = []
        partial = {tile.level: tile for tile in partial_tiles(size)}
        while size:
            tile = partial.get(len(self._open))
            size //= TILE_WIDTH
            self._numbers.append(size)
            self._open.append(bytearray(read(tile) if tile is not None and read is not None else b""))

    def add(self, found: bytes) -> list[tuple[Tile, bytes]]:
        """Add a leaf hash, and return the tiles that it fills, the lowest first."""
        full = []
        for level in range(MAX_LEVEL + 1):
            if level == len(self._open):
                self._open.append(bytearray())
                self._numbers.append(0)
            content = self._open[level]
            content += found
            if len(content) < TILE_WIDTH * HASH_BYTES:
                break
            full.append((Tile(level, self._numbers[level]), bytes(content)))
            found = root(parse_hashes(bytes(content), TILE_WIDTH))
            self._open[level] = bytearray()
            self._numbers[level] += 1
        return full

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The tiles that are not full."""
        return [
            (Tile(level, self._numbers[level], len(content) // HASH_BYTES), bytes(content))
            for level, content in enumerate(self._open)
            if content
        ]


def spans(start: int, size: int) -> Iterator[tuple[int, int, int]]:
    """
    For the leaves from `start` to `size`: number of the tile or bundle, its width, and where in it they begin.
    """
    for number in range(start // TILE_WIDTH, (size + TILE_WIDTH - 1) // TILE_WIDTH):
        first = number * TILE_WIDTH
        yield number, min(TILE_WIDTH, size - first), max(0, start - first)


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Return the entry bundle: each entry after its length in two bytes."""
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TooLarge("entry", len(entry))
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def parse_entries(bundle: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle, which must be exactly so many."""
    entries: list[bytes] = []
    place = 0
    while place < len(bundle) and len(entries) < width:
        length = int.from_bytes(bundle[place : place + 2])
        entry = bundle[place + 2 : place + 2 + length]
        if len(bundle) < place + 2 + length:
            break
        entries.append(entry)
        place += 2 + length
    if place != len(bundle) or len(entries) != width:
        raise MalformedEvidence("malformed entry bundle")
    return entries


def parse_hashes(content: bytes, width: int) -> list[bytes]:
    """Return the hashes of a tile, which must be exactly so many."""
    if len(content) != width * HASH_BYTES:
        raise MalformedEvidence("malformed tile")
    return [content[n : n + HASH_BYTES] for n in range(0, len(content), HASH_BYTES)]
