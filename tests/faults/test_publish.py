"""Every durable step of publishing fails once: not done, or done and reported as failed. The next run puts it right."""

import os
import random

import pytest

from ledger.outside import CheckpointFile
from ledger.policy import check_quorum
from ledger.store.memory import MemoryStore
from tests.app.test_vouch import POLICY, FakeStamper, Vouching
from tests.publishing import KeptNodes


class Fault(Exception):  # noqa: N818
    pass


STEPS = {
    "append": (MemoryStore, "append_at"),
    "nodes": (KeptNodes, "keep"),
    "tiles": (CheckpointFile, "write"),
    "flush": (CheckpointFile, "flush"),
    "state": (CheckpointFile, "swap"),
    "sign and keep": (CheckpointFile, "keep"),
    "keep cosignatures": (CheckpointFile, "add_cosignatures"),
    "keep the time token": (CheckpointFile, "add_token"),
    "show": (CheckpointFile, "show"),
    "one file": (CheckpointFile, "_replace"),
    "tidy": (CheckpointFile, "remove_partial"),
}


def failing(original, at, *, is_done):
    calls = 0

    def call(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == at and not is_done:
            raise Fault
        answer = original(*args, **kwargs)
        if calls == at:
            raise Fault
        return answer

    return call


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done but reported failed"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("others", [0, 3], ids=["alone", "others append meanwhile"])
def test_each_step(tmp_path, monkeypatch, step, is_done, at, others):
    log = Vouching(tmp_path / "log", stamper=FakeStamper())
    log.record(250)
    log.publish()
    log.record(20)
    before = log.outside.newest()
    owner, name = STEPS[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing(getattr(owner, name), at, is_done=is_done))
        try:
            log.publish()
        except Fault:
            seen = log.outside.newest()
            assert seen in (before, log.outside.cosigned(273))
    log.record(others)
    log.publish()
    log.check()
    if not others:
        # Whatever failed, no second map root was needed.
        assert log.store.size() == 273
    assert len(log.outside.sizes()) <= 3
    # What was lost on the way came again: cosignatures and a time token stand at what is public now.
    newest = log.outside.sizes()[0]
    assert check_quorum(POLICY, log.outside.newest()).checkpoint.size == newest
    assert len(log.outside.tokens(newest)) == 1


@pytest.mark.parametrize("seed", range(20))
def test_again_and_again(tmp_path, monkeypatch, seed):
    """
    Failure upon failure, at any flush: what was shown once stays true.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable accident
    log = Vouching(tmp_path / "log", stamper=FakeStamper())
    shown = {}
    for _ in range(12):
        log.record(chance.randrange(40))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing(os.fsync, chance.randrange(1, 30), is_done=chance.random() < 0.5))
            try:
                log.publish()
            except Fault:
                continue
        head = log.check()
        assert shown.setdefault(head.size, log.outside.newest()) == log.outside.newest()
    log.publish()
    log.check()
    for size, note in shown.items():
        assert note.startswith(log.outside.kept(size))
        assert log.outside.cosigned(size).startswith(note)
