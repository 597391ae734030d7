from datetime import UTC, datetime, timedelta

import pytest

from app.handle import Outcome
from app.receipts import NoReceipt, Receipts
from ledger.envelope import leaf_hash
from ledger.policy import Log, Policy
from ledger.receipt import open_receipt
from ledger.store.memory import MemoryStore
from ledger.trust import Extension, Trust
from tests.ledger.sealing import LOG, NOW, ORIGIN
from tests.publishing import Published

TRUST = Trust(Policy((Log(LOG.vkey),), (), (), None), Extension())
RECORDED = datetime.fromisoformat(NOW)


@pytest.fixture
def log(tmp_path):
    log = Published(MemoryStore(), tmp_path / "log")
    log.record(3)
    return log


def receipts(log, *, now=RECORDED, published=0, within=600):
    return Receipts(
        log.store,
        [LOG],
        origin=ORIGIN,
        within=timedelta(seconds=within),
        clock=lambda: now,
        published=lambda: published,
    )


def test_promise(log):
    """
    The record's own hash, place and name, and the moment it was recorded plus what was promised.
    """
    receipt = open_receipt(receipts(log).of(2), TRUST)
    [stored] = log.store.read_log(2, 1)
    assert (receipt.index, receipt.leaf, receipt.stream, receipt.version) == (2, leaf_hash(stored.leaf), "case/1", 1)
    assert receipt.publish_by == RECORDED.astimezone(UTC) + timedelta(minutes=10)


def test_of_an_act(log):
    assert receipts(log).of_outcome(Outcome("case/1", 1, 2, is_new=True)) == receipts(log).of(2)
    with pytest.raises(NoReceipt, match="nothing was recorded"):
        receipts(log).of_outcome(Outcome("case/1", 1, None, is_new=False))


def test_late_promise(log):
    """
    A promise that would be broken as it is made is not made; once the record is published it may be.
    """
    late = RECORDED + timedelta(hours=1)
    with pytest.raises(NoReceipt, match="publish first"):
        receipts(log, now=late, published=2).of(2)
    assert open_receipt(receipts(log, now=late, published=3).of(2), TRUST).index == 2


def test_nothing_to_promise(log):
    size = log.publish().size
    with pytest.raises(NoReceipt, match="map root"):
        receipts(log).of(size - 1)
    with pytest.raises(NoReceipt, match="no record 99"):
        receipts(log).of(99)
