"""A walk that stops and goes on checks what one walk checks."""

import pytest

from ledger.casemap import is_map_root
from ledger.checkpoint import open_checkpoint
from ledger.errors import VerificationError
from ledger.store.contract import whole_log
from ledger.store.memory import MemoryStore
from ledger.vkeys import Verifier
from ledger.walk import START, MemoryPast, PublishedLeaf, Walk
from tests.ledger.sealing import CLERK, LOG, ORIGIN, Writer
from tests.publishing import Published


class KeptPast(MemoryPast):
    """A past for whoever comes next: the commands are collected once, the keys' records kept."""

    def __init__(self):
        super().__init__()
        self.key_records = []

    def add_key_record(self, index, leaf):
        self.key_records.append((index, leaf))


def go(leaves, past, start, head=None, also=None):
    walk = Walk(ORIGIN, past, start=start, key_records=list(past.key_records), also=also)
    walk.run((PublishedLeaf(start.size + n, leaf) for n, leaf in enumerate(leaves)), head, iter(()))
    if head is not None:
        walk.check_root(head)
    return walk.position()


@pytest.fixture
def log(tmp_path):
    log = Published(MemoryStore(), tmp_path / "log")
    log.store.append([log.writer.enrol(CLERK, role="official", holder="wang")])
    log.record(4, streams=2)
    log.publish()
    log.store.append([log.writer.event("case/1", by=CLERK, actor={"official": "wang", "system": None})])
    log.store.append([log.writer.revoke(CLERK, role="official", holder="wang")])
    log.record(3, streams=2)
    log.publish()
    return log


def test_resumed_at_every_record(log):
    """
    Wherever a walk stopped, the next one ends where a single walk ends, at the checkpoint's root.
    """
    leaves = [s.leaf for s in whole_log(log.store)]
    head = open_checkpoint(log.outside.newest(), Verifier(LOG.vkey))
    whole = go(leaves, KeptPast(), START, head)
    assert (whole.size, whole.map_roots) == (len(leaves), 2)
    for cut in range(len(leaves) + 1):
        past = KeptPast()
        middle = go(leaves[:cut], past, START)
        assert middle.size == cut
        assert middle.map_roots == sum(map(is_map_root, leaves[:cut]))
        if cut < len(leaves):
            assert go(leaves[cut:], past, middle, head) == whole


def failure(leaves, cut):
    past = KeptPast()
    try:
        go(leaves[cut:], past, go(leaves[:cut], past, START))
    except VerificationError as error:
        return error.step, error.log_index
    return None


def test_same_answer_wherever_resumed(log):
    """
    What is wrong after the stop is found with the state from before it: chain, keys, revocation, command ids, map.
    """
    leaves = [s.leaf for s in whole_log(log.store)]
    end = len(leaves)
    other = Writer()
    other._heads = dict(log.writer._heads)
    late = other.event("case/1", by=CLERK, actor={"official": "wang", "system": None}).leaf  # revoked by now
    other._heads = dict(log.writer._heads)
    twice = other.event("case/1", command_id="command-3").leaf
    gap = [*leaves[:-2], leaves[-1]]  # the map root counts a record that is not there
    swapped = [*leaves[:2], leaves[4], leaves[3], leaves[2], *leaves[5:]]
    for wrong, expected in (
        ([*leaves, late], (4, end)),
        ([*leaves, twice], (5, end)),
        (gap, (8, end - 2)),
        (swapped, (3, 2)),
    ):
        whole = failure(wrong, 0)
        assert whole == expected
        cuts = range(expected[1] + 1)
        assert [failure(wrong, cut) for cut in cuts] == [expected] * len(cuts)


def test_also(log):
    """
    A further check sees every event, but no map root.
    """
    seen = []
    leaves = [s.leaf for s in whole_log(log.store)]
    go(leaves, KeptPast(), START, also=lambda index, _: seen.append(index))
    assert seen == [n for n, leaf in enumerate(leaves) if not is_map_root(leaf)]
