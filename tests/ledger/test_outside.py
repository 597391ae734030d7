import os
from pathlib import Path

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.errors import LedgerError, MalformedEvidence, VerificationError
from ledger.keys import Ed25519Signer, Verifier
from ledger.merkle import leaf_hash, root
from ledger.outside import CheckpointFile, Inconsistent, tile_path
from tests.ledger.sealing import LOG, ORIGIN

LEAVES = [leaf_hash(b"%d" % number) for number in range(1000)]
VERIFIER = Verifier(LOG.vkey)


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
        checkpoint = outside.advance(LEAVES[size : size + step], ORIGIN, LOG)
        size += step
        assert (checkpoint.size, checkpoint.root) == (size, root(LEAVES[:size]))
        assert open_checkpoint(outside.newest(), VERIFIER) == checkpoint
        assert list(outside.leaf_hashes(size)) == LEAVES[:size]
        assert outside.size(VERIFIER) == size
    full, rest = divmod(size, 256)
    tiles = [f"tile/0/{n:03d}" for n in range(full)] + ([f"tile/0/{full:03d}.p/{rest}"] if rest else [])
    assert files(tmp_path / "outside") == ["checkpoint", *sorted(tiles)]


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (5, 256, "tile/0/005"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (273, 112, "tile/0/273.p/112"),
        (1000, 1, "tile/0/x001/000.p/1"),
    ],
)
def test_tile_names(number, width, path):
    assert tile_path(number, width) == path


def test_empty_log(outside):
    """
    An empty log has a checkpoint too.
    """
    assert outside.advance([], ORIGIN, LOG).size == 0
    assert open_checkpoint(outside.newest(), VERIFIER).size == 0


def test_damaged_past(outside, tmp_path):
    """
    Nothing is signed on top of tiles that do not lead to the old checkpoint.
    """
    outside.advance(LEAVES[:300], ORIGIN, LOG)
    before = outside.newest()
    tile = tmp_path / "outside" / "tile/0/000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    with pytest.raises(Inconsistent):
        outside.advance(LEAVES[300:], ORIGIN, LOG)
    tile.unlink()
    with pytest.raises(Inconsistent):
        outside.advance(LEAVES[300:], ORIGIN, LOG)
    assert outside.newest() == before


def test_shorter_log(outside):
    outside.advance(LEAVES[:300], ORIGIN, LOG)
    with pytest.raises(Inconsistent, match="299 events"):
        outside.advance([], ORIGIN, LOG, log_size=299)


def test_another_log(outside):
    """
    A folder belongs to one log and one key.
    """
    outside.advance(LEAVES[:3], ORIGIN, LOG)
    with pytest.raises(VerificationError):
        outside.advance([], ORIGIN, Ed25519Signer.from_seed(ORIGIN, bytes(32)))
    with pytest.raises(LedgerError):
        outside.advance([], "other.example/log", Ed25519Signer.from_seed("other.example/log", bytes(32)))


def test_not_a_hash(outside):
    with pytest.raises(MalformedEvidence):
        outside.advance([b"short"], ORIGIN, LOG)


@pytest.mark.parametrize("at", range(1, 12))
def test_crash(outside, tmp_path, monkeypatch, at):
    """
    Whichever durable step the power fails at, the next run ends where an undisturbed one does.
    """
    outside.advance(LEAVES[:300], ORIGIN, LOG)
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
            outside.advance(LEAVES[300:900], ORIGIN, LOG)
        except PowerCut:
            size = open_checkpoint(outside.newest(), VERIFIER).size
            assert size in {300, 900}
            assert list(outside.leaf_hashes(size)) == LEAVES[:size]
    size = outside.size(VERIFIER)
    checkpoint = outside.advance(LEAVES[size:1000], ORIGIN, LOG)
    assert checkpoint.root == root(LEAVES)
    assert list(outside.leaf_hashes(1000)) == LEAVES
