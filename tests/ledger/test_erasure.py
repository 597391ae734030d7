"""What `luoshi verify` says of sealed values: erased by order, half erased, lost."""

import pytest

from ledger.disclosure import digest, disclose
from ledger.erasure import TOPIC
from ledger.store.memory import MemoryStore
from ledger.store.sealed import SealedStore
from ledger.vault import Vault
from ledger.verify import verify_log
from tests.ledger.sealing import ORIGIN, Writer

CASE = "case/county/1"
NAME, PHONE = disclose("name", "张三", bytes(16)), disclose("phone", "138", b"1" * 16)


class Log:
    """Record 1 holds a name and a phone number; record 2, if `order` is called, erases the name."""

    def __init__(self, folder) -> None:
        self.below = MemoryStore()
        self.vault = Vault(folder / "vault", origin=ORIGIN)
        self.store = SealedStore(self.below, self.vault, origin=ORIGIN)
        self.writer = Writer()
        self.store.append([self.writer.genesis(), self.writer.event(CASE, disclosures=[NAME, PHONE])])

    def order(self, **body) -> int:
        said = {"target": 1, "digests": [digest(NAME)], "order_no": "7", "basis": "x"} | body
        return self.store.append([self.writer.event(CASE, TOPIC, said)])

    def verify(self):
        return verify_log(
            self.below.read_log(0, 100),
            checkpoint=None,
            log_verifier=None,
            tiles=None,
            expect_origin=ORIGIN,
            keeping=self.store,
        )

    def failure(self) -> tuple[int, int, str]:
        failure = self.verify().failure
        return failure.step, failure.log_index, failure.message


@pytest.fixture
def log(tmp_path) -> Log:
    return Log(tmp_path)


def test_erased(log) -> None:
    log.store.erase(CASE, {digest(NAME)}, since=log.order())
    report = log.verify()
    assert report.ok, report.failure
    assert (report.disclosed, report.withheld) == (1, 1)
    assert "1 erased by order, 0 missing without one" in report.steps[-1].text


def test_only_ordered(log) -> None:
    """
    Said to be erased, and still kept.
    """
    log.order()
    assert log.failure()[:2] == (9, 1)
    assert "still kept" in log.failure()[2]


def test_old_key(log) -> None:
    """
    The value is gone and the old key is not: every backup still opens.
    """
    index = log.order()
    log.below.keep_instead({1: log.below.disclosures([1])[1][1:]})
    assert log.failure()[:2] == (9, index)
    assert "old backups" in log.failure()[2]


def test_old_keys_put_back(log, tmp_path) -> None:
    """
    A key store from before the erasure, put back where it was.
    """
    before = log.vault.file.read_bytes()
    index = log.order()
    log.store.erase(CASE, {digest(NAME)}, since=index)
    log.vault.close()
    log.vault.file.write_bytes(before)
    assert log.failure()[:2] == (9, index)


def test_lost_key(log) -> None:
    log.vault.destroy(CASE, before=0)
    assert log.failure()[:2] == (9, 1)
    assert "no key opens" in log.failure()[2]


def test_an_older_database(log) -> None:
    """
    Values from before the erasure put back into the database: their key is gone, by order, and nothing is readable.
    """
    old = log.below.disclosures([1])
    log.store.erase(CASE, {digest(NAME)}, since=log.order())
    log.below.keep_instead(old)
    assert log.failure()[:2] == (9, 1)
    log.below.keep_instead({1: old[1][1:]})
    report = log.verify()
    assert report.ok
    assert (report.disclosed, report.withheld) == (0, 2)


@pytest.mark.parametrize("body", [{"target": 2}, {"target": "1"}, {"digests": []}, {"digests": "x"}])
def test_an_order_that_names_nothing(log, body) -> None:
    index = log.order(**body)
    assert log.failure()[:2] == (9, index)


def test_nobody_keeps(log) -> None:
    """
    Without the values the step is not called good.
    """
    report = verify_log(
        log.below.read_log(0, 100), checkpoint=None, log_verifier=None, tiles=None, expect_origin=ORIGIN
    )
    assert report.ok
    assert report.steps[-1].ok is None
