import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, format_checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import open_note, sign_note, split_note
from ledger.vkeys import Verifier
from tests.ledger.foreign import KEYS, LOG_VKEY, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM

KNOWN_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
KNOWN = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
NOTE = sign_note("text\n\nmore\n", [LOG, CLERK])


class TestNote:
    def test_known_answer(self):
        """
        The specification's own note opens.
        """
        assert open_note(KNOWN, [Verifier(KNOWN_VKEY)]) == "This is an example message.\n"

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")))
    def test_round_trip(self, text):
        note = sign_note(text + "\n", [LOG])
        assert open_note(note, [Verifier(LOG.vkey)]) == text + "\n"

    def test_unknown_signatures_are_ignored(self):
        assert open_note(NOTE, [Verifier(CLERK.vkey)]) == "text\n\nmore\n"
        assert [s.name for s in split_note(NOTE)[1]] == [ORIGIN, "luoshi.example/official/wang"]

    def test_none_known(self):
        with pytest.raises(VerificationError, match="not signed by"):
            open_note(NOTE, [Verifier(SYSTEM.vkey)])

    def test_one_known_bad_spoils_all(self):
        """
        A wrong signature by a known key spoils the note, whatever good ones stand beside it.
        """
        bad = NOTE.replace(NOTE.split(b" ")[-1][10:20], b"AAAAAAAAAA")
        with pytest.raises(VerificationError):
            open_note(bad, [Verifier(LOG.vkey), Verifier(CLERK.vkey)])
        assert open_note(bad, [Verifier(LOG.vkey)])

    @pytest.mark.parametrize(
        "note",
        [
            b"",
            b"\n",
            b"text\n",
            b"text\n\n",
            NOTE[:-1],
            NOTE + b"\n",
            NOTE.replace("— ".encode(), b"- "),
            NOTE.replace("— ".encode(), "—  ".encode()),
            NOTE.replace(b"text", b"te\txt"),
            NOTE.replace(b"text", b"te\xff"),
            NOTE.replace(b"\n\xe2", b"\r\n\xe2"),
            NOTE.replace(b"=\n", b"\n"),
            sign_note("a\n", [LOG]) + b"\xe2\x80\x94 x AAAA\n",
            b"a\n\n" + NOTE.split(b"\n\n")[-1] * 60,
            b"a" * 1_000_001,
        ],
    )
    def test_hostile(self, note):
        with pytest.raises(MalformedEvidence):
            open_note(note, [Verifier(LOG.vkey), Verifier(CLERK.vkey)])

    @pytest.mark.parametrize("text", ["", "no line feed", "a\tb\n", "a\r\n"])
    def test_refused_texts(self, text):
        with pytest.raises(NotCanonical):
            sign_note(text, [LOG])


class TestCheckpoint:
    @pytest.mark.parametrize(
        ("name", "size"),
        [
            ("checkpoint-37.txt", 37),
            ("checkpoint-70.txt", 70),
            ("checkpoint-70-sm2.txt", 70),
            ("checkpoint-70-mldsa.txt", 70),
        ],
    )
    def test_foreign(self, name, size):
        """
        Checkpoints signed by other programs open, with cosignatures of kinds that we do not know.
        """
        checkpoint = open_checkpoint(foreign(name), Verifier(LOG_VKEY))
        assert (checkpoint.origin, checkpoint.size) == ("ledger.example/case-log", size)

    def test_same_bytes(self):
        """
        From the same key and tree we write the same signed text as they.
        """
        log = Ed25519Signer.from_seed("ledger.example/case-log", bytes.fromhex(KEYS["log_seed_hex"]))
        theirs = foreign("checkpoint-70.txt")
        head = open_checkpoint(theirs, Verifier(LOG_VKEY))
        assert theirs.startswith(sign_checkpoint(head.origin, head.size, head.root, log))

    @given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
    def test_round_trip(self, size, root):
        checkpoint = Checkpoint(ORIGIN, size, root)
        assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint
        assert open_checkpoint(sign_checkpoint(ORIGIN, size, root, LOG), Verifier(LOG.vkey)) == checkpoint

    def test_named_after_origin(self):
        """
        A log signs for the origin it is named after, and no other.
        """
        with pytest.raises(NotCanonical):
            sign_checkpoint("other.example/log", 1, bytes(32), LOG)
        foreign_text = format_checkpoint(Checkpoint("other.example/log", 1, bytes(32)))
        with pytest.raises(MalformedEvidence):
            open_checkpoint(sign_note(foreign_text, [LOG]), Verifier(LOG.vkey))

    @pytest.mark.parametrize("size", ["", "007", "+7", "-1", "7 ", "٧", "9" * 5000, "9223372036854775808", "1e3"])
    def test_hostile_sizes(self, size):
        good = format_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)))
        with pytest.raises(MalformedEvidence):
            parse_checkpoint(good.replace("\n7\n", f"\n{size}\n"))

    @pytest.mark.parametrize(
        "change", [("", "extension\n"), ("A=\n", "\n"), (ORIGIN, ""), ("AAAA", "AAA"), (ORIGIN, "a b")]
    )
    def test_hostile_texts(self, change):
        good = format_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)))
        old, new = change
        with pytest.raises(MalformedEvidence):
            parse_checkpoint(good.replace(old, new, 1) if old else good + new)
