import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import sm2
from ledger.checkpoint import Checkpoint, LogKey, format_checkpoint, open_checkpoint
from ledger.cosignature import Cosigner
from ledger.errors import MalformedEvidence, NotChecked, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import sign_note
from ledger.trust import Extension, check, format_extension, load_trust, parse_extension
from tests.ledger.foreign import KEYS, LOG_VKEY, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN

NEW = Ed25519Signer.from_seed(ORIGIN, b"\x09" * 32)
COURT, MIRROR = (Cosigner(Ed25519Signer.from_seed(f"witness.example/{i}", bytes([i]) * 32)) for i in (1, 2))
POLICY = f"""\
log {LOG.vkey}
log {NEW.vkey}
witness court {COURT.vkey}
witness mirror {MIRROR.vkey}
group any 1 court mirror
quorum any
""".encode()
# The old key speaks up to 10, the new one from 8 on: three sizes of overlap.
KEYS_BY_SIZE = (LogKey(LOG.vkey, 0, 10), LogKey(NEW.vkey, 8))
needs_sm2 = pytest.mark.skipif(not sm2.is_available(), reason="this system's libcrypto has no SM2")


def note(size, *signers, cosigners=(COURT,)):
    text = format_checkpoint(Checkpoint(ORIGIN, size, bytes(32)))
    return sign_note(text, signers) + "".join(c.cosign(text, 1000) for c in cosigners).encode()


def trust(*, log_keys=KEYS_BY_SIZE, require=(), replay=(), policy=POLICY):
    return load_trust(policy, format_extension(Extension(tuple(log_keys), tuple(require), tuple(replay))))


class TestLogKeys:
    @pytest.mark.parametrize(
        ("size", "signers", "speaking"),
        [
            (7, [LOG], [LOG]),
            (8, [LOG], [LOG]),
            (8, [NEW], [NEW]),
            (9, [LOG, NEW], [LOG, NEW]),
            (10, [LOG], [LOG]),
            (11, [NEW], [NEW]),
            (11, [LOG, NEW], [NEW]),
            (7, [LOG, NEW], [LOG]),
            (7, [NEW], []),
            (11, [LOG], []),
            (9, [CLERK], []),
        ],
    )
    def test_sizes(self, size, signers, speaking):
        """
        A log key counts for its sizes only; on an overlap either does.
        """
        signed = note(size, *signers)
        if speaking:
            assert check(trust(), signed).log_key_ids == tuple(key.key_id for key in speaking)
            assert open_checkpoint(signed, KEYS_BY_SIZE).size == size
        else:
            with pytest.raises(VerificationError, match="not signed by a log key trusted for size"):
                check(trust(), signed)
            with pytest.raises(VerificationError, match="signed by"):
                open_checkpoint(signed, KEYS_BY_SIZE)

    def test_without_sidecar(self):
        """
        Every `log` line of a bare policy speaks for all sizes.
        """
        assert check(load_trust(POLICY), note(99, LOG)).is_met
        assert check(load_trust(POLICY), note(1, NEW)).is_met

    def test_retired_key_still_spoils(self):
        """
        A wrong line by a known key refuses the note, also where that key does not speak any more.
        """
        text = format_checkpoint(Checkpoint(ORIGIN, 11, bytes(32)))
        wrong = sign_note(text.replace("11", "12"), [LOG]).split(b"\n\n")[1]
        with pytest.raises(VerificationError, match="does not verify"):
            check(trust(), sign_note(text, [NEW]) + wrong)

    def test_other_origin(self):
        text = format_checkpoint(Checkpoint("other.example/log", 9, bytes(32)))
        with pytest.raises(VerificationError, match="not signed by a log key"):
            check(trust(), sign_note(text, [LOG]))

    def test_every_log_line_is_bounded_or_none(self):
        with pytest.raises(MalformedEvidence, match="bounds some keys"):
            trust(log_keys=KEYS_BY_SIZE[:1])
        with pytest.raises(MalformedEvidence, match="no log of the policy"):
            trust(log_keys=[*KEYS_BY_SIZE, LogKey(CLERK.vkey)])


class TestQuorum:
    def test_not_met_is_said(self):
        """
        The quorum is reported, not raised: what holds is still told.
        """
        found = check(trust(), note(9, LOG, cosigners=()))
        assert (found.quorum_met, found.is_met, found.cosigners, found.checkpoint.size) == (False, False, (), 9)

    def test_replayed(self):
        """
        Only the witness which states that it replayed the log makes a checkpoint replayed.
        """
        said = trust(replay=[MIRROR.vkey])
        assert not check(said, note(9, LOG)).replayed
        assert check(said, note(9, LOG, cosigners=(COURT, MIRROR))).replayed
        assert not check(trust(), note(9, LOG, cosigners=(COURT, MIRROR))).replayed
        with pytest.raises(MalformedEvidence, match="is no witness of the policy"):
            trust(replay=[Cosigner(CLERK).vkey])

    def test_pasted_key(self):
        """
        A verifier key by itself is trust in that log, without witnesses.
        """
        for pasted in (LOG.vkey.encode(), f" {LOG.vkey}\n".encode()):
            assert check(load_trust(pasted), note(9, LOG, cosigners=())).is_met
        for bad in (KEYS["log_sm2"], COURT.vkey, "x", "a+b+c"):
            with pytest.raises(MalformedEvidence):
                load_trust(bad.encode())


class TestRequire:
    def test_witness(self):
        said = trust(require=[MIRROR.vkey])
        found = check(said, note(9, LOG))
        assert (found.quorum_met, found.missing, found.is_met) == (True, (MIRROR.key_id,), False)
        assert check(said, note(9, LOG, cosigners=(MIRROR,))).is_met

    @needs_sm2
    def test_second_suite(self):
        """
        A required SM2 line must be there, from the size on that its bounds say; it never replaces the log's own.
        """
        second = sm2.Sm2Signer.generate(ORIGIN)
        always = trust(require=[second.vkey])
        assert check(always, note(9, LOG, second)).is_met
        assert check(always, note(9, LOG)).missing == (second.key_id,)
        later = trust(log_keys=[*KEYS_BY_SIZE, LogKey(second.vkey, 9)], require=[second.vkey])
        assert check(later, note(8, LOG)).is_met
        assert not check(later, note(9, LOG)).is_met
        assert check(later, note(9, LOG, second)).log_key_ids == (LOG.key_id, second.key_id)
        with pytest.raises(VerificationError, match="not signed by a log key"):
            check(later, note(9, second))
        with pytest.raises(VerificationError, match="does not verify"):
            check(always, note(9, LOG) + sign_note("x\n", [second]).split(b"\n\n")[1])

    def test_not_checked(self, monkeypatch):
        """
        A required line that cannot be checked here is missing, and named as not checked.
        """

        def cannot(*_):
            raise NotChecked("no libcrypto")

        monkeypatch.setattr(sm2, "_library", cannot)
        policy = f"log {LOG_VKEY}\nquorum none\n".encode()
        said = trust(policy=policy, log_keys=(), require=[KEYS["log_sm2"]])
        found = check(said, foreign("checkpoint-70-sm2.txt"))
        [key_id] = found.missing
        assert (found.not_checked, found.is_met) == ((key_id,), False)

    @needs_sm2
    def test_foreign(self):
        policy = f"log {LOG_VKEY}\nquorum none\n".encode()
        said = trust(policy=policy, log_keys=(), require=[KEYS["log_sm2"]])
        assert check(said, foreign("checkpoint-70-sm2.txt")).is_met
        assert not check(said, foreign("checkpoint-70.txt")).is_met

    def test_strangers(self):
        """
        What may be required is a key of the policy, or a second key of one of its logs.
        """
        for stranger in (CLERK.vkey, KEYS["log_sm2"], "garbage"):
            with pytest.raises(MalformedEvidence, match="require"):
                trust(require=[stranger])


class TestSidecar:
    @given(st.data())
    def test_round_trip(self, data):
        sizes = st.integers(0, 2**63 - 1)
        first = data.draw(sizes)
        last = data.draw(st.none() | st.integers(first, 2**63 - 1))
        made = Extension((LogKey(LOG.vkey, first, last), LogKey(NEW.vkey)), (COURT.vkey,), (MIRROR.vkey,))
        assert parse_extension(format_extension(made)) == made

    def good(self, **changes):
        return {"v": 1, "log_keys": [], "require": [], "replay": []} | changes

    @pytest.mark.parametrize(
        "changes",
        [
            {"v": 2},
            {"v": True},
            {"v": "1"},
            {"more": 1},
            {"log_keys": {}},
            {"log_keys": [LOG.vkey]},
            {"log_keys": [{"vkey": LOG.vkey}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": 0, "to_size": None, "x": 0}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": -1, "to_size": None}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": False, "to_size": None}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": 2**63, "to_size": None}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": 0, "to_size": "9"}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": 5, "to_size": 4}]},
            {"log_keys": [{"vkey": COURT.vkey, "from_size": 0, "to_size": None}]},
            {"log_keys": [{"vkey": 1, "from_size": 0, "to_size": None}]},
            {"log_keys": [{"vkey": LOG.vkey, "from_size": 0, "to_size": None}] * 2},
            {"require": [1]},
            {"require": ["a", "a"]},
            {"require": ["a"] * 257},
            {"replay": None},
            {"replay": [[]]},
        ],
    )
    def test_hostile_members(self, changes):
        with pytest.raises(MalformedEvidence, match="malformed policy extension"):
            parse_extension(json.dumps(self.good(**changes)).encode())

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{}",
            b"[]",
            b"\xff",
            b'{"v":1,"v":1,"log_keys":[],"require":[],"replay":[]}',
            b'{"v":1.0,"log_keys":[],"require":[],"replay":[]}',
            b'{"v":NaN,"log_keys":[],"require":[],"replay":[]}',
            b'{"v":' + b"9" * 100_000 + b',"log_keys":[],"require":[],"replay":[]}',
            b'{"v":1,"log_keys":' + b"[" * 100_000 + b"]" * 100_000 + b',"require":[],"replay":[]}',
            b'{"v":1,"log_keys":[],"require":[],"replay":[]}' + b" " * 1_000_000,
        ],
        ids=lambda d: repr(d[:20]),
    )
    def test_hostile_bytes(self, data):
        with pytest.raises(MalformedEvidence, match="malformed policy extension"):
            parse_extension(data)

    def test_one_key_in_two_guises(self):
        """
        A public key that stands for a log and for a witness would count twice.
        """
        guise = Ed25519Signer.from_seed("other.example/log", b"\x09" * 32)
        with pytest.raises(MalformedEvidence):
            trust(require=[guise.vkey])


def test_needs_no_library():
    """
    Trust, policies and suites load without `cryptography`: a verifier may run on a bare Python.
    """
    code = (
        "import sys; sys.modules['cryptography'] = None; sys.path.insert(0, '.')\n"
        "import types; fake = types.ModuleType('ledger.ed25519'); fake.is_valid = None\n"
        "sys.modules['ledger.ed25519'] = fake; import ledger; ledger.ed25519 = fake\n"
        "import ledger.trust, ledger.suites, ledger.policy, ledger.cosignature, ledger.sm2\n"
    )
    top = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=top, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("member", ["require", "replay"])
def test_what_is_no_key(member):
    """
    A lone surrogate, or anything else that is no verifier key, is refused where it is read. Found by bench/fuzz.py.
    """
    for vkey in ("\ud800", "", "court", LOG_VKEY + "x"):
        data = json.dumps({"v": 1, "log_keys": [], "require": [], "replay": []} | {member: [vkey]}).encode()
        with pytest.raises(MalformedEvidence, match=f"{member} holds .* which is no verifier key"):
            parse_extension(data)
