from datetime import UTC, datetime

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.cosignature import Cosigner
from ledger.errors import NotChecked, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import split_note
from ledger.outside import CheckpointFile
from ledger.policy import Group, Log, Policy, Witness
from ledger.trust import Extension, Trust
from ledger.verify import Report
from ledger.vkeys import Verifier
from ledger.vouching import Clock, add_steps
from tests.ledger.sealing import LOG, ORIGIN

WITNESSES = [Cosigner(Ed25519Signer.from_seed(f"w.example/{i}", bytes([i + 9] * 32))) for i in range(2)]
TRUST = Trust(
    Policy(
        (Log(LOG.vkey),),
        tuple(Witness(f"w{i}", w.vkey) for i, w in enumerate(WITNESSES)),
        (Group("both", 2, ("w0", "w1")),),
        "both",
    ),
    Extension(),
)
SOUND = Report((), None, 0, None, 0, 0, 0)
ENTRIES = [b"%d" % n for n in range(700)]


def check(token, text, roots):
    """Tokens that say of themselves what they are."""
    if token == b"unread":
        raise NotChecked("its form is unknown")
    if token != text:
        raise VerificationError(0, None, "the token does not hold")
    return datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


CLOCK = Clock(b"", check)


class Kept(CheckpointFile):
    def grow(self, size, entries=ENTRIES):
        self.advance(lambda start: entries[start:size], ORIGIN, LOG)

    def cosign(self, size, *who):
        text = split_note(self.kept(size))[0]
        lines = "".join(WITNESSES[i].cosign(text, 1_770_000_000 + i) for i in who)
        self.add_cosignatures(size, self.cosigned(size) + lines.encode())
        self.show(max(self.sizes()))

    def text(self, size):
        return split_note(self.kept(size))[0].encode()

    def said(self, trust=TRUST, clock=CLOCK):
        report = add_steps(SOUND, self, open_checkpoint(self.newest(), Verifier(LOG.vkey)), trust=trust, clock=clock)
        assert report.ok == all(step.ok is not False for step in report.steps)
        return {step.number: (step.ok, step.text) for step in report.steps}


@pytest.fixture
def kept(tmp_path):
    kept = Kept(tmp_path / "log")
    kept.grow(300)
    return kept


def test_nothing_configured(kept):
    said = kept.said(trust=None, clock=None)
    assert said == {
        10: (None, "witnesses not checked: no policy"),
        11: (None, "time not checked: no checkpoint has a time token"),
    }
    kept.add_token(300, kept.text(300))
    assert kept.said(trust=None, clock=None)[11] == (None, "time not checked: no roots are pinned")


def test_no_checkpoint(tmp_path):
    steps = add_steps(SOUND, CheckpointFile(tmp_path / "none"), None, trust=TRUST, clock=CLOCK).steps
    assert [step.ok for step in steps] == [None, None]


def test_quorum(kept):
    kept.cosign(300, 0)
    assert kept.said()[10][0] is False
    assert "1 of 2 witnesses" in kept.said()[10][1]
    kept.cosign(300, 1)
    ok, text = kept.said()[10]
    assert ok
    assert text.startswith(f"quorum of witnesses met at 300 records: {WITNESSES[0].key_id} at 2026-02-02T02:40:00Z, ")


def test_quorum_further_back(kept):
    """
    What the witnesses vouch for may be older than the newest checkpoint, if that one continues it.
    """
    kept.cosign(300, 0, 1)
    kept.grow(600)
    kept.grow(700)
    ok, text = kept.said()[10]
    assert ok
    assert text.endswith("the newest checkpoint has 400 more")


def test_fork_after_cosigning(kept, tmp_path):
    """
    The operator writes another history with the log's own key, and keeps the old cosigned checkpoint on show.
    """
    kept.cosign(300, 0, 1)
    other = Kept(tmp_path / "other")
    other.grow(400, [b"another", *ENTRIES[1:]])
    for name in ("checkpoints", "cosigned"):
        (tmp_path / "other" / name).mkdir(exist_ok=True)
        (tmp_path / "other" / name / "300").write_bytes((tmp_path / "log" / name / "300").read_bytes())
    assert other.said()[10] == (False, "the newest checkpoint does not continue that of 300 records")
    other.add_token(300, other.text(300))
    assert other.said(trust=None)[11] == (False, "the newest checkpoint does not continue that of 300 records")


def test_wrong_line(kept):
    """
    A line by a known witness that does not hold spoils the newest checkpoint.
    """
    kept.cosign(300, 0, 1)
    kept.grow(600)
    line = WITNESSES[0].cosign(split_note(kept.kept(300))[0], 5)
    kept.add_cosignatures(600, kept.cosigned(600) + line.encode())
    ok, text = kept.said()[10]
    assert ok is False
    assert "does not verify" in text


def test_time(kept):
    kept.add_token(300, kept.text(300))
    kept.grow(600)
    stamped = "the first 300 records existed at 2026-02-03T04:05:06Z (checkpoints/300.tst)"
    assert kept.said(trust=None)[11] == (True, stamped)
    kept.add_token(300, b"bad")
    assert kept.said(trust=None)[11] == (True, stamped)  # one that holds is enough
    kept.add_token(600, b"unread")
    assert kept.said(trust=None)[11] == (None, "time not checked: checkpoints/600.tst: its form is unknown")
    kept.add_token(600, b"bad")
    assert kept.said(trust=None)[11] == (False, "checkpoints/600.2.tst: the token does not hold")


def test_after_another_failure(kept):
    """
    A log that failed before is not vouched for.
    """
    broken = Report((), VerificationError(4, 3, "no"), 0, None, 0, 0, 0)
    assert add_steps(broken, kept, None, trust=TRUST, clock=CLOCK) is broken
