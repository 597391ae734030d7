from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.checkpoint import Checkpoint, format_checkpoint, open_checkpoint, sign_checkpoint
from ledger.cosignature import Cosigner, CosignerVerifier
from ledger.errors import MalformedEvidence, VerificationError
from ledger.keys import Ed25519Signer
from ledger.merkle import EMPTY_ROOT, leaf_hash, prove_tree
from ledger.note import open_note, sign_note, split_note
from ledger.vkeys import Verifier
from ledger.witness import MAX_REQUEST, Refused, check_continues, format_request, parse_size, proves_fork, read_request
from tests.ledger.foreign import LOG_VKEY, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN

LOGS = {ORIGIN: [Verifier(LOG.vkey)]}
FOREIGN_LOGS = {"ledger.example/case-log": [Verifier(LOG_VKEY)]}
COURT = Cosigner(Ed25519Signer.from_seed("witness.example/court", bytes([7] * 32)))
AUDIT = Cosigner(Ed25519Signer.from_seed("witness.example/audit", bytes([8] * 32)))
LEAVES = [leaf_hash(b"leaf-%d" % i) for i in range(70)]
FORK = [*LEAVES[:30], leaf_hash(b"rewritten"), *LEAVES[31:]]  # the record 30 was changed


def checkpoint(size: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    return sign_checkpoint(ORIGIN, size, merkle.root(leaves[:size]), LOG)


def head(size: int, leaves: Sequence[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root(leaves[:size]))


def proof(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> list[bytes]:
    return prove_tree(leaves[:new], old) if 0 < old < new else []


def body(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    """An honest request."""
    return format_request(old, proof(old, new, leaves), checkpoint(new, leaves))


def refused(data: bytes, last: Checkpoint | None = None, logs=LOGS) -> Refused:
    with pytest.raises(Refused) as caught:
        check_continues(read_request(data, logs), last)
    return caught.value


class TestAccepted:
    def test_foreign(self):
        """
        The request that another program wrote reads, is written the same, and continues that program's checkpoint.
        """
        data = foreign("add-checkpoint-37-70.txt")
        request = read_request(data, FOREIGN_LOGS)
        last = open_checkpoint(foreign("checkpoint-37.txt"), Verifier(LOG_VKEY))
        check_continues(request, last)
        assert (request.old_size, request.head.size) == (37, 70)
        assert format_request(request.old_size, request.proof, request.note) == data
        lines = [line + b"\n" for line in data.split(b"\n")[1:9]]
        assert b"".join(lines) == foreign("consistency-37-70.txt")

    @pytest.mark.parametrize(("old", "new"), [(o, n) for n in range(12) for o in range(n + 1)] + [(37, 70), (64, 70)])
    def test_honest(self, old, new):
        """
        From nothing, from any earlier size, and again at the same size: a log that only grows is cosigned.
        """
        request = read_request(body(old, new), LOGS)
        check_continues(request, head(old) if old else None)
        check_continues(request, head(old))
        assert request.head == head(new)

    def test_extension_lines(self):
        """
        Other people's logs may write extension lines: they are part of what is cosigned.
        """
        text = format_checkpoint(head(5)) + "extension 1\nextension 2\n"
        request = read_request(format_request(0, [], sign_note(text, [LOG])), LOGS)
        check_continues(request, None)
        assert request.text == text

    def test_key_change(self):
        """
        While a log changes its key, one known signature is enough; a wrong one by either key is too much.
        """
        new_key = Ed25519Signer.from_seed(ORIGIN, bytes([9] * 32))
        logs = {ORIGIN: [Verifier(LOG.vkey), Verifier(new_key.vkey)]}
        for signers in ([LOG], [new_key], [LOG, new_key]):
            read_request(format_request(0, [], sign_note(format_checkpoint(head(5)), signers)), logs)
        wrong = sign_note(format_checkpoint(head(6)), [new_key]).split(b"\n\n")[1]
        assert refused(format_request(0, [], checkpoint(5) + wrong), logs=logs).status == 403

    def test_other_lines_are_dropped(self):
        """
        What is kept holds the known log's lines only, each once: strangers cannot fill a witness's disk.
        """
        stranger = sign_note(format_checkpoint(head(5)), [CLERK]).split(b"\n\n")[1]
        own = checkpoint(5).split(b"\n\n")[1]
        request = read_request(format_request(0, [], checkpoint(5) + stranger * 20 + own), LOGS)
        assert request.note == checkpoint(5)


class TestRefusals:
    """In the order in which the specification asks."""

    def test_unknown_origin(self):
        other = Ed25519Signer.generate("other.example/log")
        note = sign_checkpoint(other.name, 5, bytes(32), other)
        assert refused(format_request(0, [], note)).status == 404
        assert refused(b"junk\n\n" + note).status == 404
        assert refused(b"old 0\n\n\n" + checkpoint(5)).status == 404

    def test_no_known_signature(self):
        note = sign_note(format_checkpoint(head(5)), [CLERK])
        assert refused(format_request(0, [], note)).status == 403
        namesake = Ed25519Signer.from_seed(ORIGIN, bytes(32))
        assert refused(format_request(0, [], sign_note(format_checkpoint(head(5)), [namesake]))).status == 403

    def test_known_but_wrong_signature(self):
        """
        A wrong signature by the known key refuses the note, though a good one stands beside it.
        """
        wrong = checkpoint(6).split(b"\n\n")[1]
        assert refused(format_request(0, [], checkpoint(5) + wrong)).status == 403
        assert refused(b"junk\n\n" + checkpoint(5) + wrong).status == 403

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\n\n",
            b"old 0",
            b"old 0\n" + checkpoint(5),
            b"\n" + checkpoint(5),
            b"old\n\n" + checkpoint(5),
            b"old \n\n" + checkpoint(5),
            b"OLD 0\n\n" + checkpoint(5),
            b"old  0\n\n" + checkpoint(5),
            b"old 00\n\n" + checkpoint(5),
            b"old 05\n\n" + checkpoint(5),
            b"old +0\n\n" + checkpoint(5),
            b"old -0\n\n" + checkpoint(5),
            "old ٠\n\n".encode() + checkpoint(5),
            b"old " + b"9" * 5000 + b"\n\n" + checkpoint(5),
            b"old 9223372036854775808\n\n" + checkpoint(5),
            b"old 0\r\n\r\n" + checkpoint(5),
            b"old 0 \n\n" + checkpoint(5),
            b"old 0\nAAAA\n\n" + checkpoint(5),
            b"old 0\n" + b"A" * 43 + b"\n\n" + checkpoint(5),
            b"old 0\n" + b"A" * 42 + b"B=\n\n" + checkpoint(5),
            b"old 0\n" + b"*" * 44 + b"\n\n" + checkpoint(5),
            b"old 0\n" + b"\xff" * 44 + b"\n\n" + checkpoint(5),
            format_request(0, [bytes(32)] * 64, checkpoint(5)),
            format_request(6, [], checkpoint(5)),
            format_request(0, [], checkpoint(5)[:-1]),
            format_request(0, [], checkpoint(5) + b"\n"),
            format_request(0, [], sign_note(f"{ORIGIN}\n5\n", [LOG])),
            format_request(0, [], sign_note(f"{ORIGIN}\n05\n{'A' * 43}=\n", [LOG])),
            format_request(0, [], sign_note(f"{ORIGIN}\n5\n{'A' * 44}\n", [LOG])),
            format_request(0, [], sign_note(format_checkpoint(head(5)) + "\nafter an empty line\n", [LOG])),
            format_request(0, [], checkpoint(5)) + b"x" * MAX_REQUEST,
        ],
    )
    def test_malformed(self, data):
        """
        One clean refusal for whatever is not exactly a request.
        """
        assert refused(data).status == 400

    @pytest.mark.parametrize(("old", "last"), [(0, head(3)), (4, head(3)), (4, None), (3, head(5)), (5, head(0))])
    def test_old_size(self, old, last):
        """
        409 says what size the witness cosigned last, in the form that clients read.
        """
        answer = refused(body(old, 5), last)
        assert (answer.status, answer.content_type) == (409, "text/x.tlog.size")
        assert answer.body == f"{last.size if last else 0}\n"

    def test_old_size_comes_before_the_proof(self):
        assert refused(format_request(4, [bytes(32)], checkpoint(5)), head(3)).status == 409

    def test_empty_tree(self):
        """
        A tree of size 0 has one root.
        """
        note = sign_checkpoint(ORIGIN, 0, bytes(32), LOG)
        for last in (None, Checkpoint(ORIGIN, 0, EMPTY_ROOT)):
            answer = refused(format_request(0, [], note), last)
            assert (answer.status, answer.body) == (422, "a tree of size 0 has the root of the empty tree\n")

    def test_proof_from_nothing(self):
        for size in (5, 0):
            answer = refused(format_request(0, [bytes(32)], checkpoint(size)))
            assert (answer.status, answer.body) == (422, "nothing is to be proved from size 0\n")

    def test_same_size(self):
        """
        At the size cosigned last, the same root without a proof, and nothing else.
        """
        answer = refused(body(40, 40, FORK), head(40))
        assert (answer.status, answer.body) == (422, "another root was cosigned at size 40\n")
        assert refused(format_request(40, [bytes(32)], checkpoint(40)), head(40)).status == 422

    def test_bad_proofs(self):
        """
        Every hash of the proof changed, dropped or doubled in turn: 422.
        """
        good = proof(37, 70)
        for i, each in enumerate(good):
            flipped = bytes([each[0] ^ 1]) + each[1:]
            for bad in ([*good[:i], flipped, *good[i + 1 :]], good[:i] + good[i + 1 :], [*good[: i + 1], *good[i:]]):
                assert refused(format_request(37, bad, checkpoint(70)), head(37)).status == 422
        assert refused(format_request(37, [], checkpoint(70)), head(37)).status == 422
        assert refused(format_request(37, [bytes(32)] * 63, checkpoint(70)), head(37)).status == 422

    @settings(max_examples=300, deadline=None)
    @given(st.integers(0, len(body(37, 70)) - 1), st.binary(max_size=4))
    def test_any_change(self, place, new):
        """
        A request with any bytes changed is refused, or is one with the same checkpoint and proof.
        """
        good = body(37, 70)
        data = good[:place] + new + good[place + 1 :]
        try:
            request = read_request(data, LOGS)
            check_continues(request, head(37))
        except Refused as answer:
            assert answer.status in (400, 403, 404, 409, 422)  # noqa: PT017 - both outcomes are right
        else:
            assert request.head == head(70)

    @given(st.binary(max_size=300))
    def test_garbage(self, data):
        assert refused(data).status == 400


class TestFork:
    """A log that shows two histories."""

    def test_refused(self):
        """
        Once 40 records are cosigned, no history in which record 30 differs is cosigned, however it is asked for.
        """
        assert refused(body(0, 50, FORK), head(40)).status == 409
        assert refused(body(40, 50, FORK), head(40)).status == 422
        assert refused(body(40, 40, FORK), head(40)).status == 422
        assert refused(body(0, 20), head(40)).status == 409
        assert refused(format_request(40, proof(40, 50), checkpoint(50, FORK)), head(40)).status == 422

    def test_provable(self):
        """
        Two witnesses were shown two histories. Their two cosigned checkpoints convict the log, with its key alone.
        """
        a = checkpoint(40) + COURT.cosign(split_note(checkpoint(40))[0], 100).encode()
        b = checkpoint(40, FORK) + AUDIT.cosign(split_note(checkpoint(40, FORK))[0], 101).encode()
        log = Verifier(LOG.vkey)
        assert proves_fork(a, b, log)
        assert not proves_fork(a, a, log)
        assert not proves_fork(a, checkpoint(41, FORK), log)
        assert not proves_fork(a, checkpoint(40), log)

    def test_nobody_is_convicted_by_a_forgery(self):
        """
        Both must be signed by that key, over that origin: otherwise nothing is proved, and it says so.
        """
        forged = sign_note(format_checkpoint(head(40, FORK)), [CLERK])
        with pytest.raises(VerificationError):
            proves_fork(checkpoint(40), forged, Verifier(LOG.vkey))
        other = sign_note(format_checkpoint(Checkpoint("other.example/log", 40, bytes(32))), [LOG])
        with pytest.raises(VerificationError):
            proves_fork(other, checkpoint(40), Verifier(LOG.vkey))
        with pytest.raises(MalformedEvidence):
            proves_fork(b"", checkpoint(40), Verifier(LOG.vkey))

    def test_witness_that_vouched_for_both(self):
        """
        The same proof convicts a witness, by its own key; one that vouched for one history only is not.
        """
        a, b = (note + COURT.cosign(split_note(note)[0], 9).encode() for note in (checkpoint(40), checkpoint(40, FORK)))
        assert proves_fork(a, b, CosignerVerifier(COURT.vkey))
        with pytest.raises(VerificationError):
            proves_fork(a, checkpoint(40, FORK), CosignerVerifier(COURT.vkey))
        with pytest.raises(VerificationError):
            proves_fork(a, b, CosignerVerifier(AUDIT.vkey))


def test_cosignature_appends_to_the_note():
    """
    Checkpoint and answer together open as a note.
    """
    request = read_request(body(0, 5), LOGS)
    whole = request.note + COURT.cosign(request.text, 100).encode()
    assert open_note(whole, LOGS[ORIGIN]) == request.text


@pytest.mark.parametrize(
    "text", [b"", b"007", b"+7", b" 7", b"7\n", "７".encode(), b"9" * 5000, b"9223372036854775808"]
)
def test_sizes(text):
    assert parse_size(b"9223372036854775807") == 2**63 - 1
    with pytest.raises(MalformedEvidence):
        parse_size(text)
