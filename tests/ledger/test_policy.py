import builtins
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, format_checkpoint, sign_checkpoint
from ledger.cosignature import Cosigner
from ledger.errors import MalformedEvidence, NotCanonical, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import sign_note, split_note
from ledger.policy import Group, Log, Policy, Witness, check_quorum, format_policy, parse_policy
from tests.ledger.foreign import KEYS, LOG_VKEY, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN

COSIGNERS = [Cosigner(Ed25519Signer.from_seed(f"witness.example/{i}", bytes([i] * 32))) for i in range(6)]
NOTE = sign_checkpoint(ORIGIN, 7, bytes(32), LOG)
TEXT = split_note(NOTE)[0]
GOOD = f"""\
# Whom the county court believes. 法院信任的日志与见证人。
log {LOG.vkey} https://log.example/

witness X1 {COSIGNERS[0].vkey} https://x1.example/w
 witness\tX2  {COSIGNERS[1].vkey}\t
witness X3 {COSIGNERS[2].vkey}
group X 2 X1 X2 X3
\t# two levels
witness Y1 {COSIGNERS[3].vkey}
witness Y2 {COSIGNERS[4].vkey}
group Y any Y1 Y2
group both all X Y
quorum both
"""
FOREIGN = f"""\
log {LOG_VKEY}
witness procurator {KEYS["witness.example/procurator"]}
witness court {KEYS["witness.example/court"]}
witness pq {KEYS["witness.example/pq"]}
group all 3 procurator court pq
quorum all
"""


def cosigned(*numbers: int, at: int = 1000) -> bytes:
    return NOTE + "".join(COSIGNERS[i].cosign(TEXT, at) for i in numbers).encode()


def policy(text: str) -> Policy:
    return parse_policy(text.encode())


class TestFile:
    def test_reads(self):
        read = policy(GOOD)
        assert read.logs == (Log(LOG.vkey, "https://log.example/"),)
        assert read.witnesses[0] == Witness("X1", COSIGNERS[0].vkey, "https://x1.example/w")
        assert read.groups == (
            Group("X", 2, ("X1", "X2", "X3")),
            Group("Y", 1, ("Y1", "Y2")),
            Group("both", 2, ("X", "Y")),
        )
        assert read.quorum == "both"

    def test_round_trip(self):
        assert parse_policy(format_policy(policy(GOOD))) == policy(GOOD)

    @given(st.data())
    def test_round_trip_of_any(self, data):
        """
        Whatever policy is written reads back as itself.
        """
        names = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
        chosen = data.draw(st.lists(names.filter(lambda n: n != "none"), min_size=6, max_size=6, unique=True))
        witnesses = tuple(
            Witness(n, c.vkey, data.draw(st.none() | names)) for n, c in zip(chosen[:5], COSIGNERS, strict=False)
        )
        members = data.draw(st.lists(st.sampled_from(chosen[:5]), min_size=1, unique=True))
        group = Group(chosen[5], data.draw(st.integers(1, len(members))), tuple(members))
        quorum = data.draw(st.sampled_from([None, *chosen]))
        made = Policy((Log(LOG.vkey),), witnesses, (group,), quorum)
        assert parse_policy(format_policy(made)) == made

    @pytest.mark.parametrize(
        "made",
        [
            Policy((), (), (), "nobody"),
            Policy((), (), (), "none"),
            Policy((Log(LOG.vkey, "two words"),), (), (), None),
            Policy((Log(LOG.vkey, ""),), (), (), None),
            Policy((), (Witness("a\nquorum none", COSIGNERS[0].vkey),), (), None),
            Policy((), (Witness("none", COSIGNERS[0].vkey),), (), None),
            Policy((), (Witness("a", COSIGNERS[0].vkey),), (Group("g", 0, ("a",)),), "g"),
        ],
    )
    def test_refused_to_write(self, made):
        with pytest.raises(NotCanonical):
            format_policy(made)

    def test_opaque_octets(self):
        """
        Names are octets: K and the Kelvin sign differ, and what is not UTF-8 is a name all the same.
        """
        lines = [b"witness K " + COSIGNERS[0].vkey.encode(), b"witness \xe2\x84\xaa " + COSIGNERS[1].vkey.encode()]
        lines += [b"witness \xff " + COSIGNERS[2].vkey.encode(), b"group g 3 K \xe2\x84\xaa \xff", b"quorum g", b""]
        read = parse_policy(b"\n".join(lines))
        assert len(read.groups[0].members) == 3
        assert parse_policy(format_policy(read)) == read

    W = f"witness a {COSIGNERS[0].vkey}\nwitness b {COSIGNERS[1].vkey}\n"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "quorum none",
            "quorum none\r\n",
            "quorum none\nquorum none\n",
            "quorum\n",
            "quorum none x\n",
            "quorum a\n",
            "quorum any\n",
            "Quorum none\n",
            "quorum none # why\n",
            "quorum\u3000none\n",
            "quorum none\n\0",
            "quorum none\n\x7f\n",
            "quorum none\nlog\n",
            "quorum none\nlog x\n",
            f"quorum none\nlog {LOG.vkey} a b\n",
            f"quorum none\nlog {COSIGNERS[0].vkey}\n",
            f"quorum none\nwitness a {LOG.vkey}\n",
            f"quorum none\nwitness {COSIGNERS[0].vkey}\n",
            f"quorum none\nwitness none {COSIGNERS[0].vkey}\n",
            f"quorum none\nwitness a {KEYS['log_sm2']}\n",
            f"quorum a\nwitness a {COSIGNERS[0].vkey}\n",
            W + f"witness a {COSIGNERS[2].vkey}\nquorum none\n",
            W + "group a any b\nquorum none\n",
            W + "group none any b\nquorum none\n",
            W + "group g any\nquorum none\n",
            W + "group g\nquorum none\n",
            W + "group g 0 a b\nquorum none\n",
            W + "group g 3 a b\nquorum none\n",
            W + "group g 01 a b\nquorum none\n",
            W + "group g +1 a b\nquorum none\n",
            W + "group g ١ a b\nquorum none\n",
            W + f"group g {'9' * 5000} a b\nquorum none\n",
            W + "group g most a b\nquorum none\n",
            W + "group g any a a\nquorum none\n",
            W + "group g any a none\nquorum none\n",
            W + "group g any g\nquorum none\n",
            W + "group g any a c\nquorum none\n",
            W + "group g any h\ngroup h any g\nquorum none\n",
            W + "group g any a\ngroup h any a b\nquorum none\n",
            W + f"group g any c\nwitness c {COSIGNERS[2].vkey}\nquorum g\n",
        ],
    )
    def test_hostile(self, text):
        """
        One error for every file that is not exactly a policy.
        """
        with pytest.raises(MalformedEvidence, match=r"^malformed policy"):
            policy(text)

    def test_line_is_named(self):
        with pytest.raises(MalformedEvidence, match="line 3: a is defined already"):
            policy(self.W + f"witness a {COSIGNERS[2].vkey}\nquorum none\n")

    def test_said_of_hostile_names(self):
        """
        What an error repeats of the file is one printable line, however long the name and whatever its octets.
        """
        witness = GOOD.splitlines()[1].split()
        for name in (b"a" * 100_000, b"\xff\xfe", "\u202e\u2028".encode()):
            line = b"witness " + name + b" " + witness[2].encode() + b"\n"
            with pytest.raises(MalformedEvidence) as refused:
                parse_policy(line + b"group " + name + b" 1 " + name + b"\nquorum none\n")
            said = str(refused.value)
            assert len(said) < 300
            assert said.isprintable()

    def test_one_key_under_two_names(self):
        """
        A public key counts once: under another witness's name, another key name, or as the log's own, it is an error.
        """
        renamed = Cosigner(Ed25519Signer.from_seed("other.example", bytes([0] * 32)))
        own = Cosigner(Ed25519Signer.from_seed("w.example", bytes(range(2, 34))))
        again = Ed25519Signer.from_seed("other.example/log", bytes(range(2, 34)))
        for text in (
            f"witness a {COSIGNERS[0].vkey}\nwitness b {COSIGNERS[0].vkey}\n",
            f"witness a {COSIGNERS[0].vkey}\nwitness b {renamed.vkey}\n",
            f"log {LOG.vkey}\nlog {LOG.vkey}\n",
            f"log {LOG.vkey}\nlog {again.vkey}\n",
            f"log {LOG.vkey}\nwitness a {own.vkey}\n",
        ):
            with pytest.raises(MalformedEvidence, match="stands twice"):
                policy(text + "quorum none\n")

    def test_limits(self):
        """
        Large files are refused in bounded time: too many lines, too many bytes.
        """
        keys = [Cosigner(Ed25519Signer.from_seed("w", i.to_bytes(32, "big"))).vkey for i in range(257)]
        lines = [f"witness w{i} {key}\n" for i, key in enumerate(keys)]
        policy("".join(lines[:256]) + "quorum none\n")
        began = time.monotonic()
        with pytest.raises(MalformedEvidence, match="too many"):
            policy("".join(lines) + "quorum none\n")
        with pytest.raises(MalformedEvidence):
            policy("#" * 1_000_000 + "\nquorum none\n")
        with pytest.raises(MalformedEvidence):
            policy(self.W + "group g 1 " + "a " * 400_000 + "\nquorum none\n")
        assert time.monotonic() - began < 5

    @settings(max_examples=200)
    @given(st.integers(0, len(GOOD.encode()) - 1), st.binary(max_size=3))
    def test_any_change(self, place, new):
        """
        A damaged file is read as some policy or refused; nothing else happens.
        """
        data = GOOD.encode()
        with suppress(MalformedEvidence):
            parse_policy(data[:place] + new + data[place + 1 :])


class TestQuorum:
    @pytest.mark.parametrize(
        ("cosigners", "is_met"),
        [
            ((), False),
            ((0,), False),
            ((0, 1), False),
            ((0, 1, 2), False),
            ((3, 4), False),
            ((0, 3, 4), False),
            ((5, 0, 3), False),
            ((0, 1, 3), True),
            ((1, 2, 4), True),
            ((0, 1, 2, 3, 4), True),
        ],
    )
    def test_two_levels(self, cosigners, is_met):
        """
        Two of X and any of Y, and nobody else, make the quorum.
        """
        if is_met:
            quorum = check_quorum(policy(GOOD), cosigned(*cosigners))
            assert [c.key_id for c in quorum.cosigners] == [COSIGNERS[i].key_id for i in cosigners]
            assert (quorum.checkpoint.size, quorum.log_key_id) == (7, LOG.key_id)
        else:
            with pytest.raises(VerificationError, match="quorum both is not met"):
                check_quorum(policy(GOOD), cosigned(*cosigners))

    def test_one_witness_twice(self):
        """
        Duplicate witness lines count once, with the later time.
        """
        with pytest.raises(VerificationError, match="1 of 5"):
            check_quorum(policy(GOOD), cosigned(0, 0, 0))
        twice = cosigned(0, 1, 3) + COSIGNERS[0].cosign(TEXT, 2000).encode() + COSIGNERS[0].cosign(TEXT, 500).encode()
        assert [c.timestamp for c in check_quorum(policy(GOOD), twice).cosigners] == [2000, 1000, 1000]

    def test_none_needs_the_log_only(self):
        text = f"log {LOG.vkey}\nquorum none\n"
        assert check_quorum(policy(text), NOTE).cosigners == ()

    def test_log_signature_is_required(self):
        """
        However many witnesses agree, a log of the policy must have signed.
        """
        unsigned = sign_note(TEXT, [CLERK]) + cosigned(0, 1, 2, 3, 4)[len(NOTE) :]
        with pytest.raises(VerificationError, match="not signed by a log"):
            check_quorum(policy(GOOD), unsigned)
        with pytest.raises(VerificationError, match="not signed by a log"):
            check_quorum(policy("quorum none\n"), NOTE)

    def test_log_is_named_after_its_origin(self):
        """
        A log of the policy that signs another log's checkpoint is not believed.
        """
        other = format_checkpoint(Checkpoint("other.example/log", 7, bytes(32)))
        with pytest.raises(VerificationError, match=r"other.example/log is not signed"):
            check_quorum(policy(f"log {LOG.vkey}\nquorum none\n"), sign_note(other, [LOG]))

    def test_known_bad_line_spoils_the_note(self):
        """
        A wrong signature by the log or by any witness of the policy refuses the whole note, quorum or not.
        """
        wrong = COSIGNERS[4].cosign(TEXT.replace("\n7\n", "\n8\n"), 1000).encode()
        with pytest.raises(VerificationError, match="does not verify"):
            check_quorum(policy(GOOD), cosigned(0, 1, 3) + wrong)
        forged = NOTE.replace(NOTE.split(b" ")[-1][10:20], b"AAAAAAAAAA")
        with pytest.raises(VerificationError, match="does not verify"):
            check_quorum(policy(GOOD), forged + NOTE.split(b"\n\n")[1] + cosigned(0, 1, 3)[len(NOTE) :])

    def test_unknown_lines_are_ignored(self):
        stranger = Cosigner(Ed25519Signer.generate("stranger.example")).cosign(TEXT, 1).encode()
        assert len(check_quorum(policy(GOOD), stranger.join([NOTE, cosigned(0, 1, 3)[len(NOTE) :]])).cosigners) == 3

    def test_foreign(self):
        """
        A checkpoint and cosignatures of both kinds, made by other programs, meet a policy.
        """
        quorum = check_quorum(policy(FOREIGN), foreign("checkpoint-70-mldsa.txt"))
        assert len(quorum.cosigners) == 3
        assert quorum.not_checked == ()
        with pytest.raises(VerificationError, match="2 of 3"):
            check_quorum(policy(FOREIGN), foreign("checkpoint-70.txt"))

    def test_not_checked_does_not_count(self, monkeypatch):
        """
        A line that cannot be checked here is named and does not count towards the quorum.
        """
        real = builtins.__import__

        def without(name, *args, **kwargs):
            if name.endswith("mldsa"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
        note = foreign("checkpoint-70-mldsa.txt")
        with pytest.raises(VerificationError, match="2 of 3 witnesses cosigned, 1 could not be checked"):
            check_quorum(policy(FOREIGN), note)
        quorum = check_quorum(policy(FOREIGN.replace("group all 3", "group all 2")), note)
        assert len(quorum.cosigners) == 2
        assert quorum.not_checked == ("witness.example/pq+8e640202",)

    @pytest.mark.parametrize("note", [b"", b"x\n\n", NOTE[:-1], b"a" * 2_000_000])
    def test_hostile_notes(self, note):
        with pytest.raises(MalformedEvidence):
            check_quorum(policy(GOOD), note)
