"""A mirror replays a growing log, stops at whatever does not hold, and goes on where it was."""

import shutil
import sqlite3
from base64 import b64encode
from contextlib import closing
from datetime import timedelta

import pytest

from app.mirror.follow import Forked, Mirror
from app.mirror.source import FolderSource, SourceFailed
from app.mirror.state import MirrorBusy, MirrorPast, StateDamaged
from ledger.casemap import STREAM, CaseMap, MapRoot, MemoryNodes, format_map_root, is_map_root
from ledger.checkpoint import sign_checkpoint
from ledger.envelope import open_leaf, parse_payload
from ledger.keys import Ed25519Signer
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.merkle import root as root_of
from ledger.outside import CheckpointFile
from ledger.store.contract import whole_log
from ledger.tiles import ENTRIES, Tile, tiles_of
from ledger.vkeys import Verifier
from ledger.witness import proves_fork
from tests.app.mirror.following import NOW, mirror, published, refusal
from tests.faults.test_publish import Fault, failing
from tests.ledger.sealing import LOG, ORIGIN


class TestSound:
    @pytest.mark.parametrize("sizes", [(1,), (5, 250, 3), (600, 1, 700), (254, 1, 1, 300)])
    def test_follows(self, tmp_path, sizes):
        """
        Whatever steps a log grows in, the mirror ends with the same files, byte for byte.
        """
        log = published(tmp_path, 0)
        replaying = mirror(tmp_path)
        assert replaying.follow().head.size == 2
        for events in sizes:
            log.record(events)
            head = log.publish()
            got = replaying.follow()
            assert got.head == head
            assert got.map_roots == 1
        assert replaying.follow().map_roots == 0  # nothing new
        ours = CheckpointFile(tmp_path / "mirror")
        assert ours.newest() == log.outside.newest()
        for tile in tiles_of(head.size):
            assert ours.read(tile.path) == log.outside.read(tile.path)
            if tile.level == 0:
                entries = Tile(ENTRIES, tile.number, tile.width).path
                assert ours.read(entries) == log.outside.read(entries)

    def test_every_older_root(self, tmp_path):
        """
        What was replayed answers for every size below it, so that an older checkpoint can still be judged.
        """
        log = published(tmp_path, 300)
        replaying = mirror(tmp_path)
        replaying.follow()
        leaves = [leaf_hash(s.leaf) for s in whole_log(log.store)]
        assert [replaying.root(n) for n in range(len(leaves) + 1)] == [root_of(leaves[:n]) for n in range(303)]

    def test_begun_anew(self, tmp_path):
        """
        A mirror that was closed goes on; nothing before its state is read again.
        """
        log = published(tmp_path, 300)
        first = mirror(tmp_path)
        first.follow()
        first.close()
        log.record(300)
        head = log.publish()

        read = []

        class Counting(FolderSource):
            def get(self, name, limit):
                read.append(name)
                return super().get(name, limit)

        second = mirror(tmp_path, Counting(tmp_path / "log"))
        got = second.follow()
        assert (got.old_size, got.head) == (302, head)
        assert "tile/entries/002.p/91" in read
        assert "tile/entries/000" not in read

    def test_mirror_of_a_mirror(self, tmp_path):
        log = published(tmp_path, 300)
        mirror(tmp_path).follow()
        second = mirror(tmp_path, FolderSource(tmp_path / "mirror"), name="second")
        assert second.follow().note == log.outside.newest()

    def test_tells_of_keys(self, tmp_path):
        """
        Keys enrolled since the last time are named: nobody enrols one quietly.
        """
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        assert [(i, e.holder) for i, e in replaying.follow().enrolled] == [(0, "import")]
        key = Ed25519Signer.generate("luoshi.example/official/wang")
        log.store.append([log.writer.enrol(key, role="official", holder="wang")])
        head = log.publish()
        assert [(i, e.vkey) for i, e in replaying.follow().enrolled] == [(head.size - 2, key.vkey)]

    def test_largest_leaves(self, tmp_path):
        log = published(tmp_path)
        for size in (1000, 10_000, 44_000):
            log.store.append([log.writer.event("case/1", body={"n": "x" * size})])
        log.publish()
        assert refusal(mirror(tmp_path)) is None


def republish(leaves, folder):
    """The log's key signs whatever leaves these are: what only its owner can do."""
    shutil.rmtree(folder)
    CheckpointFile(folder).advance(lambda start: leaves[start:], ORIGIN, LOG)


def map_root(leaves):
    streams = [STREAM if is_map_root(leaf) else parse_payload(open_leaf(leaf).payload).stream for leaf in leaves]
    return CaseMap(ORIGIN, MemoryNodes()).add((s, leaf_hash(leaf)) for s, leaf in zip(streams, leaves, strict=True))


def rooted(leaves):
    return [*leaves, format_map_root(MapRoot(len(leaves), map_root(leaves)))]


def wrongly_signed(leaf):
    """The last signature byte is another one."""
    envelope = open_leaf(leaf)
    sig = b64encode(envelope.signature)
    other = b64encode(envelope.signature[:-1] + bytes([envelope.signature[-1] ^ 1]))
    return leaf.replace(sig, other)


WRONG = {
    "unsigned": (lambda _: b"{}", (2, 22)),
    "of a key nobody enrolled": (
        lambda w: w.event("case/1", by=Ed25519Signer.generate("luoshi.example/system/import")).leaf,
        (4, 22),
    ),
    "wrongly signed": (lambda w: wrongly_signed(w.event("case/1").leaf), (4, 22)),
    "a step of its stream missing": (lambda w: (w.event("case/1"), w.event("case/1"))[1].leaf, (3, 22)),
    "a command again": (lambda w: w.event("case/1", command_id="command-3").leaf, (5, 22)),
}


class TestRefused:
    """Signed by the log, its tiles right; what is wrong lies in what they hold."""

    @pytest.mark.parametrize("is_known", [False, True], ids=["from the start", "later"])
    @pytest.mark.parametrize("what", WRONG)
    def test_record(self, tmp_path, what, is_known):
        """
        The step and the record are named, nothing is accepted, and the mirror goes on with what is right.
        """
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        if is_known:
            assert replaying.follow().head.size == 22
        before = [s.leaf for s in whole_log(log.store)]
        right = rooted([*before, log.writer.event("case/new").leaf])
        make, expected = WRONG[what]
        republish([*before, make(log.writer)], tmp_path / "log")
        assert refusal(replaying) == expected
        assert (replaying.newest() is not None) == is_known
        republish(right, tmp_path / "log")
        assert replaying.follow().head.size == len(right)

    def test_map_root(self, tmp_path):
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        replaying.follow()
        leaves = [*(s.leaf for s in whole_log(log.store)), log.writer.event("case/1").leaf]
        for false in (map_root(leaves[:-1]), map_root(leaves[:4]), bytes(32)):
            republish([*leaves, format_map_root(MapRoot(23, false))], tmp_path / "log")
            assert refusal(replaying) == (8, 23)
        republish(leaves, tmp_path / "log")
        assert refusal(replaying) == (8, 22)  # it ends in none
        assert replaying.newest()[0].size == 22

    def test_back_dated(self, tmp_path):
        """
        A record that says it was recorded before a checkpoint which was replayed without it; excused by name only.
        """
        log = published(tmp_path)
        later = NOW + timedelta(days=30)
        first = mirror(tmp_path, at=later)
        first.follow()
        log.record(1)
        log.publish()
        assert refusal(first) == (4, 22)
        first.close()
        assert refusal(mirror(tmp_path, at=later, excused={22})) is None

    def test_tiles(self, tmp_path):
        """
        A tile of any level that is not what its records give; a bundle whose records are others.
        """
        log = published(tmp_path, 300)
        for name, index in (("tile/0/000", None), ("tile/1/000.p/1", None), ("tile/entries/000", 0)):
            good = log.outside.read(name)
            log.outside.write(name, good[:2] + bytes([good[2] ^ 1]) + good[3:])
            assert refusal(mirror(tmp_path, name=name.replace("/", "-"))) == (6, index)
            log.outside.write(name, good[:-1])
            assert refusal(mirror(tmp_path, name=name.replace("/", "+"))) == (6, None)
            (tmp_path / "log" / name).unlink()
            with pytest.raises(SourceFailed):
                mirror(tmp_path, name=name.replace("/", "_")).follow()
            log.outside.write(name, good)
        assert refusal(mirror(tmp_path)) is None

    def test_not_the_logs_checkpoint(self, tmp_path):
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        other = Ed25519Signer.generate(ORIGIN)
        head = replaying.follow().head
        log.outside.write("checkpoint", sign_checkpoint(ORIGIN, head.size, head.root, other))
        assert refusal(replaying) == (6, None)
        log.outside.write("checkpoint", b"nothing")
        assert refusal(replaying) == (6, None)

    def test_smaller(self, tmp_path):
        """
        An older checkpoint is no answer to what the log holds now; given to be cosigned, it still is of this history.
        """
        log = published(tmp_path)
        older = log.outside.newest()
        log.record(5)
        log.publish()
        replaying = mirror(tmp_path)
        replaying.follow()
        log.outside.write("checkpoint", older)
        assert refusal(replaying) == (6, 22)
        assert replaying.follow(older).head.size == 22


class TestForked:
    def fork(self, tmp_path, size):
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        replaying.follow()
        leaves = [s.leaf for s in whole_log(log.store)]
        leaves[20:] = [log.writer.event("case/other").leaf, *[log.writer.event(f"case/{n}").leaf for n in range(size)]]
        leaves[size - 1 :] = []
        republish(rooted(leaves), tmp_path / "log")
        with pytest.raises(Forked) as forked:
            replaying.follow()
        assert replaying.newest()[0].size == 22
        return forked.value, [(forked.value.evidence / name).read_bytes() for name in ("replayed", "offered")]

    def test_same_size(self, tmp_path):
        """
        Both checkpoints are kept; the two alone convict the log's key before anybody.
        """
        _, notes = self.fork(tmp_path, 22)
        assert proves_fork(*notes, Verifier(LOG.vkey))

    def test_larger(self, tmp_path):
        """
        The first record that differs is named.
        """
        forked, notes = self.fork(tmp_path, 25)
        assert forked.log_index == 20
        assert [note.split(b"\n")[1] for note in notes] == [b"22", b"25"]

    def test_smaller(self, tmp_path):
        log = published(tmp_path)
        replaying = mirror(tmp_path)
        replaying.follow()
        leaves = [s.leaf for s in whole_log(log.store)]
        republish(rooted(leaves[:9]), tmp_path / "log")
        with pytest.raises(Forked):
            replaying.follow()


class TestOwnFolder:
    def test_damage(self, tmp_path):
        """
        A row, a node or a tile of the mirror's own that is not what was written stops it, by name.
        """
        log = published(tmp_path, 300)
        for number, change in enumerate(
            (
                "UPDATE head SET version = version + 1 WHERE stream = 'case/1'",
                "DELETE FROM head WHERE stream = 'case/1'",
                "DELETE FROM command WHERE name = (SELECT min(name) FROM command)",
                "DELETE FROM key_record",
                "DELETE FROM node WHERE hash = (SELECT min(hash) FROM node)",
                "UPDATE node SET content = zeroblob(65) WHERE hash = (SELECT min(hash) FROM node)",
                "UPDATE accepted SET edge = zeroblob(length(edge))",
                "UPDATE accepted SET size = size - 1",
                "UPDATE accepted SET format = 0",
            )
        ):
            name = f"mirror{number}"
            mirror(tmp_path, name=name).follow()
            with closing(sqlite3.connect(tmp_path / name / "replay.sqlite")) as db:
                db.execute(change)
                db.commit()
            with pytest.raises(StateDamaged):
                mirror(tmp_path, name=name)
        for number, tile in enumerate(("tile/0/001.p/46", "tile/1/000.p/1")):
            name = f"tiles{number}"
            mirror(tmp_path, name=name).follow()
            log.outside.read(tile)
            file = tmp_path / name / tile
            file.write_bytes(bytes(len(file.read_bytes())))
            with pytest.raises(StateDamaged):
                mirror(tmp_path, name=name)
        (tmp_path / "tiles0" / "replay.sqlite").write_bytes(b"\0" * 8192)
        with pytest.raises(StateDamaged):
            mirror(tmp_path, name="tiles0")

    @pytest.mark.parametrize(
        ("owner", "step"),
        [
            (CheckpointFile, "write"),
            (CheckpointFile, "flush"),
            (MirrorPast, "add_command"),
            (MirrorPast, "accept"),
            (Mirror, "_show"),
        ],
    )
    @pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done but reported failed"])
    @pytest.mark.parametrize("at", [1, 2, 40])
    def test_each_step_fails_once(self, tmp_path, monkeypatch, owner, step, is_done, at):
        """
        Whatever step fails, the next mirror of this folder ends as if nothing had happened.
        """
        log = published(tmp_path, 250)
        first = mirror(tmp_path)
        first.follow()
        log.record(300)
        head = log.publish()
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, failing(getattr(owner, step), at, is_done=is_done))
            try:
                first.follow()
            except Fault:
                pass
            else:
                assert at > 1
        first.close()
        second = mirror(tmp_path)
        assert second.follow().head == head
        ours = CheckpointFile(tmp_path / "mirror")
        assert ours.newest() == ours.kept(head.size) == log.outside.newest()
        assert [ours.read(t.path) for t in tiles_of(head.size)] == [
            log.outside.read(t.path) for t in tiles_of(head.size)
        ]

    def test_one_at_a_time(self, tmp_path):
        published(tmp_path)
        one, two = mirror(tmp_path), mirror(tmp_path)
        with one._state.advancing(), pytest.raises(MirrorBusy):
            two.follow()
        assert refusal(two) is None

    def test_another_log(self, tmp_path):
        published(tmp_path)
        replaying = mirror(tmp_path)
        replaying.follow()
        other = Ed25519Signer.generate("luoshi.example/other")
        note = sign_checkpoint("luoshi.example/other", 0, EMPTY_ROOT, other)
        two = mirror(tmp_path, vkeys=(LOG.vkey, other.vkey))
        assert refusal(two, note) == (6, None)
