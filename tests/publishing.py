"""A log to publish, in memory or in a database, and what a stranger would say of the result."""

from contextlib import nullcontext

from app.publish import Publisher
from ledger.casemap import CaseMap, MemoryNodes, check_map_proof, format_entry, map_key, parse_map_root
from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash
from ledger.outside import CheckpointFile
from ledger.store.contract import whole_log
from ledger.tiles import ENTRIES, Tile, parse_entries, tile_content, tiles_of
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.ledger.sealing import LOG, ORIGIN, Writer


class KeptNodes(MemoryNodes):
    def leading(self):
        return nullcontext()

    reading = leading


class Published:
    """A store, its published files, and a writer. `vouch`: what is asked of others at step 5."""

    vouch = staticmethod(lambda _: None)

    def __init__(self, store, folder, nodes=None):
        self.store, self.folder = store, folder
        self.outside = CheckpointFile(folder)
        self.nodes = nodes or KeptNodes()
        self.writer = Writer()
        self.store.append([self.writer.genesis()])

    def record(self, events, streams=5):
        for number in range(events):
            self.store.append([self.writer.event(f"case/{number % streams}")])

    def publish(self):
        return Publisher(self.store, self.outside, self.nodes, origin=ORIGIN, vouch=self.vouch).publish(LOG)

    def check(self):
        """
        The log verifies, ends in a map root at its checkpoint, and the files are those of the whole.
        """
        leaves = [stored.leaf for stored in whole_log(self.store)]
        head = open_checkpoint(self.outside.newest(), Verifier(LOG.vkey))
        report = verify_log(
            whole_log(self.store),
            checkpoint=self.outside.newest(),
            log_verifier=Verifier(LOG.vkey),
            tiles=self.outside,
            expect_origin=ORIGIN,
        )
        assert report.ok, report.failure
        assert self.outside.cosigned(head.size) == self.outside.newest()
        assert self.outside.newest().startswith(self.outside.kept(head.size))
        hashes = [leaf_hash(leaf) for leaf in leaves[: head.size]]
        for tile in tiles_of(head.size):
            assert self.outside.read(tile.path) == tile_content(tile, hashes.__getitem__)
            if tile.level == 0:
                bundle = self.outside.read(Tile(ENTRIES, tile.number, tile.width).path)
                assert parse_entries(bundle, tile.width) == leaves[tile.number * 256 :][: tile.width]
        said = parse_map_root(leaves[head.size - 1])
        assert said.covers == head.size - 1
        with self.nodes.leading():
            version = CaseMap(ORIGIN, self.nodes, said.root)
            for stream in ("case/0", "case/never"):
                entry, key = version.entry(stream), map_key(ORIGIN, stream)
                count = sum(s.stream == stream for s in whole_log(self.store) if s.log_index < said.covers)
                assert (entry.count if entry else 0) == count
                value = format_entry(entry) if entry else None
                check_map_proof(version.prove(stream), key=key, root=said.root, value=value)
        return head
