from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import LogKey, parse_checkpoint, sign_checkpoint
from ledger.cosignature import Cosigner, tree_head
from ledger.envelope import Draft, leaf_hash, payload, seal
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.keys import Ed25519Signer
from ledger.merkle import root
from ledger.note import format_signature, sign_note, split_note
from ledger.policy import Group, Log, Policy, Witness
from ledger.proof import prove
from ledger.receipt import (
    FIRST_LINE,
    Receipt,
    format_receipt,
    judge,
    open_receipt,
    parse_receipt,
    sign_receipt,
)
from ledger.trust import Extension, Trust
from tests.ledger.foreign import foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN

BY = datetime(2026, 3, 1, 9, tzinfo=UTC)
STREAM = "case/hall/1"


def act(stream, version, origin=ORIGIN):
    draft = Draft(stream, version, "petition.received.v1", {}, {"system": "x"}, "2026", f"{stream}/{version}", origin)
    return seal(payload(draft, prev=None if version == 1 else "0" * 64, recorded_at="2026-03-01T08:00:00Z"), CLERK)


LEAVES = [b"leaf-%d" % n for n in range(40)]
LEAVES[7] = act(STREAM, 2)
FORK = [*LEAVES[:7], b"another", *LEAVES[8:]]
RECEIPT = Receipt(ORIGIN, 7, leaf_hash(LEAVES[7]), STREAM, 2, BY)
WITNESSES = [Cosigner(Ed25519Signer.from_seed(f"w.example/{i}", bytes([i + 9] * 32))) for i in range(3)]
POLICY = Policy(
    (Log(LOG.vkey),),
    tuple(Witness(f"w{i}", w.vkey) for i, w in enumerate(WITNESSES)),
    (Group("two", 2, ("w0", "w1", "w2")),),
    "two",
)
TRUST = Trust(POLICY, Extension())
EARLY, LATE = -60, 60  # seconds from the promised moment


def note(size, *times, leaves=LEAVES):
    """A checkpoint, cosigned by the first witnesses at these seconds from the promised moment."""
    signed = sign_checkpoint(ORIGIN, size, root([leaf_hash(x) for x in leaves[:size]]), LOG)
    text = split_note(signed)[0]
    at = int(BY.timestamp())
    return signed + "".join(w.cosign(text, at + t) for w, t in zip(WITNESSES, times, strict=False)).encode()


def proof(size, *times, index=7, leaves=LEAVES):
    return prove([leaf_hash(x) for x in leaves[:size]], index, note(size, *times, leaves=leaves)), leaves[index]


receipts = st.builds(
    Receipt,
    st.just(ORIGIN),
    st.integers(10**6, 2**52),
    st.binary(min_size=32, max_size=32),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=50),
    st.integers(1, 10**6),
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC)),  # noqa: DTZ001
)


class TestFormat:
    @given(receipts)
    def test_round_trip(self, receipt):
        """
        Whatever a stream is called, a receipt reads back, and two lines are all there is.
        """
        text = format_receipt(receipt)
        assert parse_receipt(text) == receipt
        assert text.count("\n") == 2

    @given(receipts)
    def test_is_no_checkpoint(self, receipt):
        """
        The same key signs both, raw: no receipt is a checkpoint, with or without lines after it, nor the other way.
        """
        text = format_receipt(receipt)
        for more in ("", "\n", "extension\n", "x\ny\n"):
            with pytest.raises(MalformedEvidence):
                parse_checkpoint(text + more)
            with pytest.raises(MalformedEvidence):
                tree_head(text + more)
        assert not text.split("\n")[1].isdigit()
        for other in (b"DSSEv1 ", b"cosignature/v1\n", b"subtree/v1\n"):
            assert not text.encode().startswith(other)

    def test_checkpoint_is_no_receipt(self):
        with pytest.raises(MalformedEvidence):
            parse_receipt(split_note(note(8))[0])
        with pytest.raises(MalformedEvidence):
            open_receipt(note(8), TRUST)

    def test_origin_of_that_name(self):
        """
        Even a log that calls itself like a receipt's first line signs other second lines.
        """
        signer = Ed25519Signer.from_seed(FIRST_LINE, bytes(32))
        with pytest.raises(MalformedEvidence):
            parse_receipt(split_note(sign_checkpoint(FIRST_LINE, 8, bytes(32), signer))[0])

    @pytest.mark.parametrize(
        "changes",
        [
            {"index": -1},
            {"index": 2**60},
            {"leaf": b"short"},
            {"stream": ""},
            {"stream": "x" * 1025},
            {"version": 0},
            {"version": 9},
            {"publish_by": BY.replace(microsecond=1)},
            {"publish_by": BY.replace(tzinfo=None)},
            {"origin": "a b"},
        ],
        ids=str,
    )
    def test_not_written(self, changes):
        with pytest.raises(NotCanonical):
            format_receipt(replace(RECEIPT, **changes))

    def test_hostile(self):
        """
        One clean refusal each.
        """
        text = format_receipt(RECEIPT)
        for old, new in (
            ('"index":7', '"index":07'),
            ('"index":7', '"index":7.0'),
            ('"index":7', '"index":"7"'),
            ('"index":7', '"index":true'),
            ('"index":7', '"index":-7'),
            ('"index":7', '"index":7,"index":7'),
            ('"index":7', '"more":1,"index":7'),
            ('"version":2', '"version":99'),
            ("T09:00:00Z", "T09:00:00+00:00"),
            ("2026-03-01", "2026-3-1"),
            ("2026-03-01", "2026-02-30"),
            (RECEIPT.leaf.hex(), RECEIPT.leaf.hex().upper()),
            (RECEIPT.leaf.hex(), RECEIPT.leaf.hex()[2:]),
            ("{", "[" * 100_000 + "{"),
            ("{", ""),
            (FIRST_LINE, "luoshi.receipt/v2"),
            ("\n", "\n\n"),
            (ORIGIN, "9" * 70_000),
        ):
            assert old in text
            with pytest.raises(MalformedEvidence, match="malformed receipt"):
                parse_receipt(text.replace(old, new))
        for broken in ("", "\n", text + "\n", text[:-1], " " + text):
            with pytest.raises(MalformedEvidence, match="malformed receipt"):
                parse_receipt(broken)

    @given(st.text())
    def test_any_text(self, text):
        with pytest.raises(MalformedEvidence):
            parse_receipt(text)


class TestOpen:
    def test_signed(self):
        assert open_receipt(sign_receipt(RECEIPT, [LOG]), TRUST) == RECEIPT

    def test_two_keys(self):
        """
        While a log rotates its key both may sign; each alone is enough for whoever knows it.
        """
        new = Ed25519Signer.from_seed(ORIGIN, bytes([7] * 32))
        signed = sign_receipt(RECEIPT, [LOG, new])
        for key in (LOG, new):
            assert open_receipt(signed, Trust(replace(POLICY, logs=(Log(key.vkey),)), Extension())) == RECEIPT

    def test_retired_key(self):
        """
        A key that stopped speaking at a size promises nothing about records beyond it: it may be in other hands.
        """
        signed = sign_receipt(RECEIPT, [LOG])
        for last, is_good in ((7, False), (8, True), (None, True)):
            bounded = Trust(POLICY, Extension(log_keys=(LogKey(LOG.vkey, 0, last),)))
            if is_good:
                assert open_receipt(signed, bounded) == RECEIPT
            else:
                with pytest.raises(VerificationError, match="not signed by a log key"):
                    open_receipt(signed, bounded)

    def test_signed_by_others(self):
        with pytest.raises(NotCanonical):
            sign_receipt(RECEIPT, [CLERK])
        with pytest.raises(VerificationError, match="not signed by"):
            open_receipt(sign_note(format_receipt(RECEIPT), [CLERK]), TRUST)
        elsewhere = Ed25519Signer.from_seed("other.example/log", bytes(32))
        both = Trust(replace(POLICY, logs=(Log(LOG.vkey), Log(elsewhere.vkey))), Extension())
        with pytest.raises(VerificationError, match="not signed by"):
            open_receipt(sign_note(format_receipt(RECEIPT), [elsewhere]), both)

    def test_wrong_signature(self):
        signed = sign_receipt(RECEIPT, [LOG])
        with pytest.raises(VerificationError, match="does not verify"):
            open_receipt(signed.replace(b"case/hall/1", b"case/hall/2"), TRUST)


class TestJudge:
    def test_honoured(self):
        """
        The record stands where it was promised, under a checkpoint that a quorum saw in time.
        """
        verdict = judge(RECEIPT, TRUST, proofs=[proof(20, EARLY, 0)])
        assert (verdict.outcome, verdict.why) == (
            "honoured",
            "the record stands at index 7 of the log's 20 records, cosigned in time",
        )

    @pytest.mark.parametrize("times", [(), (EARLY,), (EARLY, LATE)])
    def test_honoured_when(self, times):
        """
        Without a quorum's times it is honoured, and that nobody vouches for the time is said.
        """
        verdict = judge(RECEIPT, TRUST, proofs=[proof(20, *times)])
        assert verdict.outcome == "honoured"
        assert "not shown" in verdict.why

    def test_another_record(self):
        """
        The log signed a tree in which another record stands there: nothing else is needed.
        """
        verdict = judge(RECEIPT, TRUST, proofs=[proof(20, leaves=FORK)])
        assert (verdict.outcome, verdict.why) == ("broken", "another record stands at index 7 of the log's 20 records")

    @pytest.mark.parametrize(
        ("leaf", "says"),
        [
            (act("case/hall/2", 2), "but 2 of case/hall/2"),
            (act(STREAM, 1), "but 1 of case/hall/1"),
            (act(STREAM, 2, "other.example/log"), "is not version 2"),
            (b"nothing anybody brought", "is no event"),
            (b'{"covers":7,"kind":"map-root","root":"' + b"0" * 64 + b'","v":1}', "is no event"),
        ],
    )
    def test_a_record_of_something_else(self, leaf, says):
        """
        The hash that was promised is published in time, but the holder was told that it was his own act's.
        """
        leaves = [*LEAVES[:7], leaf, *LEAVES[8:]]
        found = judge(replace(RECEIPT, leaf=leaf_hash(leaf)), TRUST, proofs=[proof(20, EARLY, EARLY, leaves=leaves)])
        assert found.outcome == "broken"
        assert says in found.why

    def test_late(self):
        """
        A quorum knew no more than seven records after the promised moment.
        """
        verdict = judge(RECEIPT, TRUST, checkpoints=[note(7, LATE, LATE)])
        assert verdict.outcome == "broken"
        assert "after 2026-03-01T09:00:00Z the witnesses knew 7 records" in verdict.why
        assert judge(RECEIPT, TRUST, proofs=[proof(20)], checkpoints=[note(7, LATE, LATE)]).outcome == "broken"

    @pytest.mark.parametrize(
        "given",
        [(7,), (7, LATE), (7, LATE, EARLY), (7, 0, 0), (8, LATE, LATE), (20, LATE, LATE)],
        ids=["nobody's time", "one witness", "one in time", "to the second", "covered", "covered long since"],
    )
    def test_undecided(self, given):
        """
        Less than a quorum's word after the moment proves no lateness, and a larger checkpoint needs a proof.
        """
        assert judge(RECEIPT, TRUST, checkpoints=[note(*given)]).outcome == "undecided"
        assert judge(RECEIPT, TRUST).outcome == "undecided"

    def test_policy_without_quorum(self):
        nobody = Trust(Policy((Log(LOG.vkey),), POLICY.witnesses, (), None), Extension())
        assert judge(RECEIPT, nobody, checkpoints=[note(7, LATE, LATE, LATE)]).outcome == "undecided"

    def test_old_checkpoint_cosigned_again(self):
        """
        Who gets an old checkpoint cosigned again later does not frame a log that published in time.
        """
        framed = judge(RECEIPT, TRUST, proofs=[proof(20, EARLY, EARLY)], checkpoints=[note(7, LATE, LATE)])
        assert framed.outcome == "honoured"

    def test_evidence_that_does_not_hold(self):
        made, leaf = proof(20)
        for bad, its_leaf in (
            (made, b"other"),
            (replace(made, index=8), leaf),
            (replace(made, path=made.path[:-1]), leaf),
            (proof(20, index=8)[0], LEAVES[8]),
            (replace(made, note=made.note.replace(b"\n20\n", b"\n21\n")), leaf),
        ):
            with pytest.raises(VerificationError):
                judge(RECEIPT, TRUST, proofs=[(bad, its_leaf)])
        elsewhere = foreign("checkpoint-37.txt")
        with pytest.raises(VerificationError):
            judge(RECEIPT, TRUST, checkpoints=[elsewhere])

    def test_forged_time(self):
        """
        A witness's line with another time than it signed spoils the checkpoint.
        """
        line = split_note(note(7, LATE))[1][-1]
        later = (int.from_bytes(line.signature[:8]) + 10**6).to_bytes(8) + line.signature[8:]
        with pytest.raises(VerificationError, match="does not verify"):
            judge(RECEIPT, TRUST, checkpoints=[note(7) + format_signature(replace(line, signature=later)).encode()])
