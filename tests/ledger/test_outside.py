import os
import shutil
from itertools import accumulate
from pathlib import Path

import pytest

from ledger.checkpoint import open_checkpoint, sign_checkpoint
from ledger.errors import LedgerError, VerificationError
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash, root
from ledger.outside import CheckpointFile, Inconsistent, LogChanged, LogShrunk
from ledger.tiles import ENTRIES as BUNDLE
from ledger.tiles import Tile, parse_entries, partial_tiles, tile_content, tiles_of
from ledger.tiletree import damage
from ledger.vkeys import Verifier
from tests.ledger.sealing import LOG, ORIGIN

ENTRIES = [b"%d" % number for number in range(1000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
VERIFIER = Verifier(LOG.vkey)


def upto(size):
    """The first so many records, from wherever they are asked for."""
    return lambda start: ENTRIES[start:size]


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


@pytest.fixture
def outside(tmp_path) -> CheckpointFile:
    return CheckpointFile(tmp_path / "outside")


@pytest.mark.parametrize("steps", [[1], [256], [257], [1, 255, 1], [100, 0, 200, 300, 400], [255, 1, 256, 488]])
def test_grows(outside, tmp_path, steps):
    """
    However the log grew, checkpoint and tiles are those of the whole.
    """
    assert outside.newest() is None
    size = 0
    for step in steps:
        checkpoint = outside.advance(upto(size + step), ORIGIN, LOG)
        size += step
        assert (checkpoint.size, checkpoint.root) == (size, root(LEAVES[:size]))
        assert open_checkpoint(outside.newest(), VERIFIER) == checkpoint
        assert list(outside.leaf_hashes(size)) == LEAVES[:size]
        assert outside.size(VERIFIER) == size
        assert outside.kept(size) == outside.newest()
        for tile in tiles_of(size):
            assert outside.read(tile.path) == tile_content(tile, LEAVES.__getitem__)
            if tile.level == 0:
                bundle = outside.read(Tile(BUNDLE, tile.number, tile.width).path)
                assert parse_entries(bundle, tile.width) == ENTRIES[tile.number * 256 :][: tile.width]
    # Partial tiles of published checkpoints stay until the full one exists.
    expected = {tile.path for tile in tiles_of(size) if tile.width == 256}
    sizes = set(accumulate(steps)) - {0}
    for tile in {tile for published in sizes for tile in partial_tiles(published)}:
        if Tile(tile.level, tile.number).path not in expected:
            expected.add(tile.path)
    expected |= {path.replace("tile/0/", "tile/entries/") for path in expected}
    kept = {f"checkpoints/{published}" for published in sizes}
    assert files(tmp_path / "outside") == sorted({"checkpoint", "state"} | kept | expected)


def test_empty_log(outside):
    """
    An empty log has a checkpoint too.
    """
    assert outside.advance(upto(0), ORIGIN, LOG).size == 0
    assert open_checkpoint(outside.newest(), VERIFIER).size == 0


@pytest.mark.parametrize("size", [300, 512, 70])
def test_damaged_past(outside, tmp_path, size):
    """
    Nothing is signed on top of a right edge that does not lead to the old checkpoint.
    """
    outside.advance(upto(size), ORIGIN, LOG)
    before = outside.newest()
    edge = [Tile(0, size // 256, size % 256)] if size % 256 else [Tile(0, size // 256 - 1), Tile(1, 0, size // 256)]
    for tile in [*edge, *partial_tiles(size)]:
        path = tmp_path / "outside" / tile.path
        sound = path.read_bytes()
        for broken in (bytes(32) + sound[32:], sound[:-32], b""):
            path.write_bytes(broken)
            with pytest.raises(Inconsistent):
                outside.advance(upto(1000), ORIGIN, LOG)
        path.unlink()
        with pytest.raises(Inconsistent):
            outside.advance(upto(1000), ORIGIN, LOG)
        path.write_bytes(sound)
    assert outside.newest() == before


def test_damage_further_left(outside, tmp_path):
    """
    A damaged full tile left of the edge changes no root: what is signed continues what was signed, and it is named.
    """
    outside.advance(upto(600), ORIGIN, LOG)
    tile, bundle = tmp_path / "outside/tile/0/000", tmp_path / "outside/tile/entries/001"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    bundle.write_bytes(bundle.read_bytes()[:-1])
    checkpoint = outside.advance(upto(1000), ORIGIN, LOG)
    assert checkpoint.root == root(LEAVES)
    assert list(damage(1000, checkpoint.root, outside.read)) == [
        "tile/0/000 does not give the hash in the level above",
        "tile/entries/000 does not hold the records of tile/0/000",
        "tile/entries/001 does not hold the records of tile/0/001",
    ]


def test_reads_the_edge_only(outside, monkeypatch):
    """
    One more record costs as many files at 900 records as the tree has levels, not as many as it has tiles.
    """
    outside.advance(upto(900), ORIGIN, LOG)
    names = set()
    read = CheckpointFile.read
    monkeypatch.setattr(CheckpointFile, "read", lambda self, name: names.add(name) or read(self, name))
    outside.advance(upto(901), ORIGIN, LOG)
    assert {name for name in names if name.startswith("tile/0/")} == {"tile/0/003.p/132"}


def test_cosignatures_are_added(outside):
    """
    A kept checkpoint grows by lines after its own; anything else is refused, and what the log signed never changes.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    signed = outside.kept(300)
    one = signed + "\u2014 w.example/1 AAAAAAAA\n".encode()
    two = one + "\u2014 w.example/2 AAAAAAAA\n".encode()
    outside.add_cosignatures(300, one)
    outside.add_cosignatures(300, two)
    other = sign_checkpoint(ORIGIN, 300, bytes(32), LOG)
    for wrong in (one, signed, two + b"x", two + b"\n\n", other, b""):
        with pytest.raises(Inconsistent):
            outside.add_cosignatures(300, wrong)
    with pytest.raises(Inconsistent):
        outside.add_cosignatures(299, one)
    assert outside.newest() == outside.kept(300) == signed
    outside.show(300)
    assert outside.newest() == outside.cosigned(300) == two
    assert outside.advance(upto(300), ORIGIN, LOG).size == 300
    assert outside.newest() == two


def test_damaged_cosignatures(outside, tmp_path):
    """
    A file that is not the checkpoint with lines after it counts as if nobody had cosigned.
    """
    outside.advance(upto(3), ORIGIN, LOG)
    one = outside.kept(3) + "\u2014 w.example/1 AAAAAAAA\n".encode()
    outside.add_cosignatures(3, one)
    for broken in (one[:-5], b"", one.replace(b"3\n", b"4\n", 1)):
        (tmp_path / "outside/cosigned/3").write_bytes(broken)
        assert outside.cosigned(3) == outside.kept(3)
    outside.add_cosignatures(3, one)
    assert outside.cosigned(3) == one


def test_tokens_are_kept(outside):
    """
    A later time token stands beside the earlier one.
    """
    outside.advance(upto(3), ORIGIN, LOG)
    assert outside.tokens(3) == []
    names = [outside.add_token(3, token) for token in (b"a", b"b", b"c")]
    assert names == ["checkpoints/3.tst", "checkpoints/3.2.tst", "checkpoints/3.3.tst"]
    assert outside.tokens(3) == list(zip(names, (b"a", b"b", b"c"), strict=True))
    assert outside.sizes() == [3]


def test_shorter_log(outside):
    outside.advance(upto(300), ORIGIN, LOG)
    with pytest.raises(Inconsistent, match="299 events"):
        outside.advance(upto(300), ORIGIN, LOG, log_size=299)


def test_another_log(outside):
    """
    A folder belongs to one log and one key.
    """
    outside.advance(upto(3), ORIGIN, LOG)
    with pytest.raises(VerificationError):
        outside.advance(upto(3), ORIGIN, Ed25519Signer.from_seed(ORIGIN, bytes(32)))
    with pytest.raises(LedgerError):
        outside.advance(upto(3), "other.example/log", Ed25519Signer.from_seed("other.example/log", bytes(32)))


def test_changed_record(outside):
    """
    A published record that now reads otherwise is named.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    with pytest.raises(LogChanged, match="record 299 "):
        outside.advance(lambda start: [*ENTRIES[start:299], b"other"], ORIGIN, LOG)
    with pytest.raises(LogShrunk):
        outside.advance(upto(299), ORIGIN, LOG)


def test_state_is_never_behind(outside, tmp_path):
    """
    Whoever sets the state back to an older tree is noticed before anything is signed.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    old = (tmp_path / "outside/state").read_bytes()
    outside.advance(upto(310), ORIGIN, LOG)
    (tmp_path / "outside/state").write_bytes(old)
    with pytest.raises(Inconsistent, match="does not continue"):
        outside.advance(upto(320), ORIGIN, LOG)


def test_never_signed_twice(outside, tmp_path):
    """
    A checkpoint that was kept but not yet made public is made public as it is.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    before = outside.newest()
    outside.advance(upto(310), ORIGIN, LOG)
    note = outside.newest() + "\u2014 someone.example AAAAAAAA\n".encode()
    (tmp_path / "outside/checkpoints/310").write_bytes(note)
    (tmp_path / "outside/checkpoint").write_bytes(before)
    assert outside.advance(upto(310), ORIGIN, LOG).size == 310
    assert outside.newest() == note


def test_folder_without_bundles(outside, tmp_path):
    """
    A folder of the program before bundles were kept gets them with its next checkpoint.
    """
    outside.advance(upto(600), ORIGIN, LOG)
    for name in ("tile/entries", "tile/1", "checkpoints"):
        shutil.rmtree(tmp_path / "outside" / name)
    (tmp_path / "outside/state").unlink()
    outside.advance(upto(700), ORIGIN, LOG)
    for tile in tiles_of(700):
        assert outside.read(tile.path) == tile_content(tile, LEAVES.__getitem__)
    assert parse_entries(outside.read(Tile(BUNDLE, 0).path), 256) == ENTRIES[:256]
    assert parse_entries(outside.read(Tile(BUNDLE, 2, 188).path), 188) == ENTRIES[512:700]


@pytest.mark.parametrize("at", range(1, 40))
def test_crash(outside, tmp_path, monkeypatch, at):
    """
    Whichever durable step the power fails at, the next run ends where an undisturbed one does.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    calls = 0

    class PowerCut(Exception):  # noqa: N818
        pass

    def failing(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        try:
            outside.advance(upto(900), ORIGIN, LOG)
        except PowerCut:
            size = open_checkpoint(outside.newest(), VERIFIER).size
            assert size in {300, 900}
            assert list(outside.leaf_hashes(size)) == LEAVES[:size]
    size = outside.size(VERIFIER)
    checkpoint = outside.advance(upto(1000), ORIGIN, LOG)
    assert checkpoint.root == root(LEAVES)
    assert list(outside.leaf_hashes(1000)) == LEAVES
