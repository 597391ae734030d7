"""
A log publishes while its witnesses and its time-stamping authority are there, down, late, or lying.
"""

from datetime import UTC, datetime

import pytest

from app.outbound import Answer
from app.stamp import Stamp, StampFailed
from app.vouch import Vouchers
from app.witness.client import WitnessClient
from ledger.checkpoint import open_checkpoint
from ledger.note import split_note
from ledger.policy import check_quorum
from ledger.store.memory import MemoryStore
from ledger.trust import Extension, Trust
from ledger.vkeys import Verifier
from tests.app.test_witness_client import COSIGNERS, URLS, Fakes, policy
from tests.ledger.sealing import LOG
from tests.publishing import Published

POLICY, ONE = policy(*URLS), policy(*URLS, needed=1)


class FakeStamper:
    def __init__(self):
        self.why = None
        self.asked = []

    def stamp(self, text):
        self.asked.append(text)
        if self.why is not None:
            raise StampFailed(self.why)
        return Stamp(b"token %d" % len(self.asked), datetime(2026, 1, 1, tzinfo=UTC))


class Vouching(Published):
    """A log in memory with three witnesses, of which two must agree, and an authority."""

    def __init__(self, folder, *, stamper=None, asked=POLICY, replay=()):
        super().__init__(MemoryStore(), folder)
        self.witnesses = Fakes()
        client = WitnessClient(asked, self.witnesses, seconds=2)
        self.extension = Extension(replay=replay)
        self.vouch = Vouchers(self.outside, trust=Trust(asked, self.extension), client=client, stamper=stamper)

    def down(self, *names):
        self.witnesses.instead = dict.fromkeys(names, lambda _: (_ for _ in ()).throw(TimeoutError("no answer")))


@pytest.fixture
def log(tmp_path):
    return Vouching(tmp_path / "log", stamper=FakeStamper())


def lines(note):
    return [signature.name for signature in split_note(note)[1]]


def test_cosigned(log):
    """
    What becomes public carries the cosignatures; what the log signed stays as it was, byte for byte.
    """
    head = log.publish()
    note = log.outside.newest()
    assert len(lines(note)) == 4
    assert check_quorum(POLICY, note).checkpoint == head
    assert lines(log.outside.kept(head.size)) == [LOG.name]
    assert str(log.vouch.last) == (
        "published 2 records, quorum met: 3 of 3 witnesses cosigned (w0, w1, w2), time token checkpoints/2.tst"
    )
    log.check()


def test_proofs_come_from_tiles(log):
    """
    A log that grew over several tiles proves to each witness what it cosigned before, also to one that missed some.
    """
    log.publish()
    log.down("w2")
    log.record(300)
    log.publish()
    log.down()
    log.record(400)
    log.publish()
    assert [c.key_id for c in check_quorum(POLICY, log.outside.newest()).cosigners] == [c.key_id for c in COSIGNERS]


def test_nothing_new_and_all_there(log):
    """
    A checkpoint that has all it needs is taken to nobody again.
    """
    log.publish()
    note = log.outside.newest()
    log.witnesses.requests.clear()
    log.publish()
    assert log.witnesses.requests == []
    assert len(log.vouch._stamper.asked) == 1
    assert log.outside.newest() == note
    assert log.vouch.last.quorum_met


def test_quorum_not_met(log):
    """
    Where witnesses are down the checkpoint is public all the same, its state has a name, and it is taken to them again.
    """
    log.down("w0", "w1")
    head = log.publish()
    assert lines(log.outside.newest()) == [LOG.name, COSIGNERS[2].name]
    assert open_checkpoint(log.outside.newest(), Verifier(LOG.vkey)) == head
    said = str(log.vouch.last)
    assert "published 2 records, quorum not met: 1 of 3 witnesses cosigned (w2)" in said
    assert "witness w0: no answer" in said
    log.down("w0")
    log.witnesses.requests.clear()
    log.publish()
    assert log.store.size() == 2  # nothing new was needed for that
    assert log.vouch.last.quorum_met
    assert {name for name, _ in log.witnesses.requests} == {"w0", "w1"}  # w2 has signed
    assert lines(log.outside.newest()) == [LOG.name, COSIGNERS[2].name, COSIGNERS[1].name]


def test_log_goes_on(log):
    """
    All witnesses down for a while: each checkpoint is published, and the next one with a quorum covers them all.
    """
    log.down("w0", "w1", "w2")
    for _ in range(3):
        log.record(5)
        head = log.publish()
        assert open_checkpoint(log.outside.newest(), Verifier(LOG.vkey)) == head
        assert log.vouch.last.quorum_met is False
    log.down()
    log.record(5)
    log.publish()
    assert log.vouch.last.quorum_met
    log.check()


def test_refusing_witness(log):
    """
    A witness that says no is named with what it said.
    """
    log.witnesses.instead["w1"] = lambda _: Answer(422, "text/plain", b"the proof does not lead there\n")
    log.publish()
    assert log.vouch.last.quorum_met
    assert log.vouch.last.failures == {"w1": "it answered 422: the proof does not lead there"}


def test_a_mirror_is_asked_again(tmp_path):
    """
    A witness that replays and was not heard in time is asked again although the quorum is met; others are not.
    """
    log = Vouching(tmp_path / "log", replay=(COSIGNERS[1].vkey,))
    log.down("w0", "w1")
    log.vouch = Vouchers(log.outside, trust=Trust(ONE, log.extension), client=WitnessClient(ONE, log.witnesses))
    log.publish()
    assert log.vouch.last.cosigned_by == ("w2",)
    assert log.vouch.last.quorum_met
    log.down("w0")
    log.publish()
    assert set(log.vouch.last.cosigned_by) == {"w1", "w2"}
    log.witnesses.requests.clear()
    log.publish()
    assert log.witnesses.requests == []


def test_unknown_log(tmp_path):
    """
    A policy that does not know the log's key is met by nothing.
    """
    wrong = policy(*URLS)
    asked = type(wrong)((type(wrong.logs[0])(COSIGNERS_LOG),), wrong.witnesses, wrong.groups, wrong.quorum)
    log = Vouching(tmp_path / "log", asked=asked)
    log.publish()
    assert log.vouch.last.quorum_met is False


COSIGNERS_LOG = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def test_time(log):
    """
    The three lines are stamped, without signatures; no token now means asking again, and one token is enough.
    """
    log.vouch._stamper.why = "no answer within 10 s"
    head = log.publish()
    assert str(log.vouch.last).endswith("no time token: no answer within 10 s")
    assert log.outside.tokens(head.size) == []
    log.vouch._stamper.why = None
    log.publish()
    log.publish()
    assert log.outside.tokens(head.size) == [("checkpoints/2.tst", b"token 2")]
    assert set(log.vouch._stamper.asked) == {split_note(log.outside.newest())[0].encode()}
    assert log.vouch.stamp_again(head.size) == "checkpoints/2.2.tst"
    assert len(log.outside.tokens(head.size)) == 2


def test_nobody_is_asked(tmp_path):
    """
    Without a policy and an authority a checkpoint is the log's word, and that is said.
    """
    log = Published(MemoryStore(), tmp_path / "log")
    vouchers = log.vouch = Vouchers(log.outside)
    log.publish()
    assert str(vouchers.last) == "published 2 records"
    with pytest.raises(StampFailed, match="LUOSHI_TSA_URL"):
        vouchers.stamp_again(2)
