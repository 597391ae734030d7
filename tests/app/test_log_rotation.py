"""A log that changes its key while it is published: overlap, afterwards, and every checkpoint there ever was."""

from __future__ import annotations

import pytest

from app.keyholding import add_log_key, enrol, rotate_log
from app.publish import Publisher
from domain.case import commands as c
from domain.case.errors import Refused
from ledger import sm2
from ledger.checkpoint import LogKey, LogSigners, open_checkpoint
from ledger.errors import KeyUnreadable, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import split_note
from ledger.outside import CheckpointFile
from ledger.policy import Log, Policy, format_policy
from ledger.store.contract import whole_log
from ledger.suites import suite_of
from ledger.trust import Extension, check, format_extension, load_trust
from ledger.verify import verify_log
from ledger.vkeys import Verifier
from tests.app.office import Office
from tests.publishing import KeptNodes


class Publishing:
    """An office whose log is published by whichever keys it has."""

    def __init__(self, folder):
        self.office = Office()
        self.handler = self.office.handler
        self.outside, self.nodes = CheckpointFile(folder), KeptNodes()
        self.keys = (LogKey(self.handler.keyring.create(self.handler.origin).vkey),)
        self.cases = 0

    def publish(self):
        signers = LogSigners(self.keys, tuple(self.handler.keyring.signers(self.handler.origin)))
        return Publisher(self.handler.store, self.outside, self.nodes, origin=self.handler.origin).publish(signers)

    def receive(self, cases):
        for _ in range(cases):
            self.cases += 1
            self.office.act(c.ReceivePetition, "bureau", "2026-03-02", no=str(self.cases), channel="letter")

    def rotate(self, overlap=5, root=None):
        self.keys = rotate_log(self.handler, self.keys, overlap=overlap, now=self.office.at, root=root)

    def signed_by(self, size):
        return [s.key_id for s in split_note(self.outside.kept(size))[1]]

    def verified(self):
        return verify_log(
            whole_log(self.handler.store),
            checkpoint=self.outside.newest(),
            log_verifier=self.keys,
            tiles=self.outside,
            expect_origin=self.handler.origin,
        )


@pytest.fixture
def log(tmp_path):
    log = Publishing(tmp_path / "log")
    log.publish()
    return log


def key_ids(log):
    return [Verifier(key.vkey).key_id for key in log.keys if suite_of(key.vkey) == "ed25519"]


def test_overlap_and_after(log):
    """
    Both keys sign on the overlap, the new one alone after it; every checkpoint verifies, with a policy and its sidecar.
    """
    before = log.publish().size
    log.rotate(overlap=5)
    both = log.publish().size
    log.receive(10)
    after = log.publish().size
    old, new = key_ids(log)
    assert [log.signed_by(size) for size in (before, both, after)] == [[old], [old, new], [new]]
    assert (log.keys[0].to_size, log.keys[1].to_size) == (log.keys[1].from_size + 5, None)
    report = log.verified()
    assert report.ok, report.failure
    policy = format_policy(Policy(tuple(Log(key.vkey) for key in log.keys), (), (), None))
    trust = load_trust(policy, format_extension(Extension(log_keys=log.keys)))
    for size in (before, both, after):
        note = log.outside.kept(size)
        assert check(trust, note).is_met
        assert open_checkpoint(note, log.keys).size == size


def test_who_knows_one_key_only(log):
    """
    A verifier with the old key alone goes on through the overlap, and is told that it ended.
    """
    old = log.keys[0].vkey
    log.rotate(overlap=3)
    log.publish()
    assert open_checkpoint(log.outside.newest(), Verifier(old)).size
    log.receive(10)
    log.publish()
    with pytest.raises(VerificationError, match="not signed by"):
        open_checkpoint(log.outside.newest(), Verifier(old))


def test_interrupted(log):
    """
    A rotation that is on record but was not kept outside is finished by the next attempt; none is begun twice.
    """
    before = log.keys
    log.rotate()
    done, size = log.keys, log.handler.store.size()
    log.keys = before
    log.rotate()
    assert (log.keys, log.handler.store.size()) == (done, size)
    log.publish()
    assert log.verified().ok


def test_twice(log):
    for _ in range(2):
        log.rotate(overlap=0)
        log.receive(4)
        log.publish()
    assert len(log.keys) == 3
    assert len(log.signed_by(log.publish().size)) == 1
    report = log.verified()
    assert report.ok, report.failure


def test_without_the_private_half(log):
    """
    Who has not the key that speaks for a size signs nothing, and says so.
    """
    log.rotate(overlap=0)
    log.receive(3)
    log.handler.keyring.destroy(key_ids(log)[1])
    with pytest.raises(KeyUnreadable, match="no private log key that speaks for size"):
        log.publish()
    log.keys = (LogKey(Ed25519Signer.generate(log.handler.origin).vkey),)
    with pytest.raises(Refused, match="没有现行的日志私钥"):
        log.rotate()


def test_root_key(log):
    """
    Once an offline root key is enrolled, no rotation goes on record without its signature.
    """
    root = Ed25519Signer.generate("root")
    enrol(log.handler, root.vkey, role="log", holder="root", custody="client", now=log.office.at)
    with pytest.raises(Refused, match="日志密钥轮换声明无效"):
        log.rotate()
    assert len(log.keys) == 1
    log.rotate(root=root)
    log.publish()
    report = log.verified()
    assert report.ok, report.failure


@pytest.mark.skipif(not sm2.is_available(), reason="this system's libcrypto has no SM2")
def test_second_signature(log):
    """
    With an SM2 log key every later checkpoint carries its line; who knows only Ed25519 reads on.
    """
    ed25519 = log.keys[0].vkey
    log.keys = add_log_key(log.handler, log.keys, suite="sm2-sm3", now=log.office.at)
    log.publish()
    assert len(split_note(log.outside.newest())[1]) == 2
    assert open_checkpoint(log.outside.newest(), Verifier(ed25519)) == open_checkpoint(log.outside.newest(), log.keys)
    policy = format_policy(Policy((Log(ed25519),), (), (), None))
    sidecar = format_extension(Extension(log_keys=log.keys, require=(log.keys[1].vkey,)))
    assert check(load_trust(policy, sidecar), log.outside.newest()).is_met
    report = log.verified()
    assert report.ok, report.failure
    log.rotate()
    log.publish()
    assert len(split_note(log.outside.newest())[1]) == 3
    with pytest.raises(Refused, match="key rotate log"):
        add_log_key(log.handler, log.keys, suite="ed25519", now=log.office.at)
