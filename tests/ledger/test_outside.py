import os
import shutil
from itertools import accumulate
from pathlib import Path

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.errors import LedgerError, VerificationError
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash, root
from ledger.outside import CheckpointFile, Inconsistent, LogChanged, LogShrunk
from ledger.tiles import ENTRIES as BUNDLE
from ledger.tiles import Tile, parse_entries, partial_tiles, tile_content, tiles_of
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


def test_damaged_past(outside, tmp_path):
    """
    Nothing is signed on top of tiles that do not lead to the old checkpoint.
    """
    outside.advance(upto(300), ORIGIN, LOG)
    before = outside.newest()
    tile = tmp_path / "outside" / "tile/0/000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    with pytest.raises(Inconsistent):
        outside.advance(upto(1000), ORIGIN, LOG)
    tile.unlink()
    with pytest.raises(Inconsistent):
        outside.advance(upto(1000), ORIGIN, LOG)
    assert outside.newest() == before


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
