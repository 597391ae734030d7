import builtins
import shutil
import subprocess
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, format_checkpoint, sign_checkpoint
from ledger.cosignature import (
    COSIGNATURE_ML_DSA_44,
    Cosigned,
    Cosigner,
    CosignerVerifier,
    check_cosigned,
    ed25519_message,
    ml_dsa_message,
    tree_head,
)
from ledger.errors import MalformedEvidence, NotCanonical, NotChecked, VerificationError
from ledger.keys import Ed25519Signer
from ledger.note import NoteSignature, format_signature, split_note
from ledger.vkeys import key_hash
from tests.ledger.foreign import KEYS, foreign
from tests.ledger.sealing import LOG, ORIGIN

COURT = Cosigner(Ed25519Signer.from_seed("witness.example/court", bytes(range(3, 35))))
NOTE = sign_checkpoint(ORIGIN, 7, bytes(32), LOG)
TEXT = split_note(NOTE)[0]
WITNESSES = [name for name in KEYS if name.startswith("witness.example/")]
PQ = "witness.example/pq"
COURT_VKEY = KEYS["witness.example/court"]


def ml_dsa_line(name: str, key: MLDSA44PrivateKey, timestamp: int, text: str) -> tuple[str, str]:
    """A vkey and its line on a checkpoint: we verify this kind, only tests sign it."""
    public = key.public_key().public_bytes_raw()
    hashed = key_hash(name, COSIGNATURE_ML_DSA_44, public)
    signature = key.sign(ml_dsa_message(name, timestamp, tree_head(text)))
    line = format_signature(NoteSignature(name, hashed, timestamp.to_bytes(8, "big") + signature))
    return f"{name}+{hashed.hex()}+{b64encode(COSIGNATURE_ML_DSA_44 + public).decode()}", line


class TestForeign:
    @pytest.mark.parametrize(
        ("file", "names"),
        [
            ("checkpoint-37.txt", ["procurator", "court", "audit"]),
            ("checkpoint-70.txt", ["procurator", "court"]),
            ("checkpoint-70-sm2.txt", ["procurator", "court"]),
            ("checkpoint-70-mldsa.txt", ["procurator", "court", "pq"]),
        ],
    )
    def test_verify(self, file, names):
        """
        Cosignatures made by other programs verify, Ed25519 and ML-DSA-44; where one is missing, that is said.
        """
        found = []
        for name in WITNESSES:
            if name.removeprefix("witness.example/") in names:
                cosigned = check_cosigned(foreign(file), CosignerVerifier(KEYS[name]))
                assert 1_700_000_000 < cosigned.timestamp < 1_800_000_000
                found.append(name)
            else:
                with pytest.raises(VerificationError, match="is not cosigned by"):
                    check_cosigned(foreign(file), CosignerVerifier(KEYS[name]))
        assert len(found) == len(names)

    @pytest.mark.parametrize("name", WITNESSES)
    def test_every_part_is_signed(self, name):
        """
        Origin, size, root, time or signature changed: no cosignature holds.
        """
        verifier = CosignerVerifier(KEYS[name])
        file = "checkpoint-37.txt" if name.endswith("audit") else "checkpoint-70-mldsa.txt"
        text, signatures = split_note(foreign(file))
        [line] = [s.signature for s in signatures if s.key_id == verifier.key_id]
        verifier.check(text, line)
        lines = text.split("\n")
        other_root = b64encode(bytes(32)).decode()
        for changed in (
            text.replace(lines[0], "ledger.example/other"),
            text.replace(f"\n{lines[1]}\n", "\n71\n"),
            text.replace(lines[2], other_root),
        ):
            with pytest.raises(VerificationError):
                verifier.check(changed, line)
        for place in (0, 7, 8, len(line) - 1):
            spoilt = bytearray(line)
            spoilt[place] ^= 1
            with pytest.raises(VerificationError):
                verifier.check(text, bytes(spoilt))
        for cut in (b"", line[:8], line[:-1], line + b"\0"):
            with pytest.raises(VerificationError):
                verifier.check(text, cut)

    def test_extension_lines(self):
        """
        An Ed25519 cosigner signs extension lines, an ML-DSA-44 cosigner does not.
        """
        text, signatures = split_note(foreign("checkpoint-70-mldsa.txt"))
        by_id = {s.key_id: s.signature for s in signatures}
        court, pq = CosignerVerifier(COURT_VKEY), CosignerVerifier(KEYS[PQ])
        with pytest.raises(VerificationError):
            court.check(text + "extension\n", by_id[court.key_id])
        pq.check(text + "extension\n", by_id[pq.key_id])


class TestOurs:
    @given(st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
    def test_round_trip(self, timestamp, size, root):
        note = sign_checkpoint(ORIGIN, size, root, LOG)
        whole = note + COURT.cosign(split_note(note)[0], timestamp).encode()
        assert check_cosigned(whole, CosignerVerifier(COURT.vkey)) == Cosigned(COURT.key_id, timestamp)

    def test_same_bytes(self):
        """
        A key's cosigner id differs from its note id: one cannot pass for the other.
        """
        signer = Ed25519Signer.from_seed("witness.example/court", bytes(range(3, 35)))
        assert COURT.key_id != signer.key_id
        with pytest.raises(MalformedEvidence):
            CosignerVerifier(signer.vkey)

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
    def test_openssl(self, tmp_path):
        """
        OpenSSL verifies our cosignature over the message as docs/formats.md writes it.
        """
        [line] = split_note((TEXT + "\n" + COURT.cosign(TEXT, 1_772_355_600)).encode())[1]
        spki = bytes.fromhex("302a300506032b6570032100") + CosignerVerifier(COURT.vkey).public
        (tmp_path / "key").write_bytes(spki)
        (tmp_path / "message").write_text(f"cosignature/v1\ntime 1772355600\n{TEXT}")
        (tmp_path / "signature").write_bytes(line.signature[8:])
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "Signature Verified Successfully", done.stderr

    def test_newest_of_several(self):
        """
        A witness that signed the same checkpoint twice is heard with its later time.
        """
        whole = NOTE + (COURT.cosign(TEXT, 20) + COURT.cosign(TEXT, 10)).encode()
        assert check_cosigned(whole, CosignerVerifier(COURT.vkey)).timestamp == 20

    def test_wrong_one_spoils(self):
        other = COURT.cosign(TEXT.replace("\n7\n", "\n8\n"), 20)
        whole = NOTE + (COURT.cosign(TEXT, 10) + other).encode()
        with pytest.raises(VerificationError, match="does not verify"):
            check_cosigned(whole, CosignerVerifier(COURT.vkey))

    @pytest.mark.parametrize("timestamp", [0, -1, 2**63])
    def test_refused_times(self, timestamp):
        with pytest.raises(NotCanonical):
            COURT.cosign(TEXT, timestamp)

    @pytest.mark.parametrize("text", ["", "a\n", "a\n1\n", TEXT[:-1], TEXT + "\n", TEXT + "\nx\n", TEXT + "x"])
    def test_not_a_checkpoint(self, text):
        """
        A cosigner signs checkpoints and nothing else.
        """
        with pytest.raises(MalformedEvidence):
            COURT.cosign(text, 1)

    def test_time_beyond_range(self):
        """
        A time of 2^63 is refused however well it is signed.
        """
        for timestamp in (2**63 - 1, 2**63):
            signature = timestamp.to_bytes(8, "big") + COURT._signer.sign(ed25519_message(TEXT, timestamp))
            if timestamp < 2**63:
                CosignerVerifier(COURT.vkey).check(TEXT, signature)
        with pytest.raises(VerificationError):
            CosignerVerifier(COURT.vkey).check(TEXT, signature)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b+c",
        COURT_VKEY[:-1],
        COURT_VKEY + "A",
        COURT_VKEY.replace("court", "curt"),
        COURT_VKEY.replace("8f91", "8F91"),
        KEYS["log"],
        KEYS["log_sm2"],
        KEYS[PQ][:-4],
        "x" * 256 + "+00000000+" + COURT_VKEY.split("+", 2)[2],
    ],
)
def test_hostile_vkeys(vkey):
    with pytest.raises(MalformedEvidence):
        CosignerVerifier(vkey)


class TestMlDsa:
    def test_ours(self):
        """
        What the test signs by the specification's layout verifies; the time 0 is no claim, and is told.
        """
        vkey, line = ml_dsa_line("witness.example/new", MLDSA44PrivateKey.generate(), 0, TEXT)
        assert check_cosigned(NOTE + line.encode(), CosignerVerifier(vkey)).timestamp == 0

    def test_name_is_signed(self):
        key = MLDSA44PrivateKey.generate()
        _, line = ml_dsa_line("witness.example/a", key, 5, TEXT)
        vkey, _ = ml_dsa_line("witness.example/b", key, 5, TEXT)
        [signature] = [s.signature for s in split_note(NOTE + line.encode())[1] if s.name == "witness.example/a"]
        with pytest.raises(VerificationError):
            CosignerVerifier(vkey).check(TEXT, signature)

    def test_absent(self, monkeypatch):
        """
        Where ML-DSA-44 is not installed the line is not checked: neither good nor bad.
        """
        real = builtins.__import__

        def without(name, *args, **kwargs):
            if name.endswith("mldsa"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(NotChecked):
            check_cosigned(foreign("checkpoint-70-mldsa.txt"), CosignerVerifier(KEYS[PQ]))

    def test_long_origin(self):
        """
        An origin that the signed structure has no room for is refused, not cut.
        """
        text = format_checkpoint(Checkpoint("o" * 256, 1, bytes(32)))
        with pytest.raises(MalformedEvidence):
            CosignerVerifier(KEYS[PQ]).check(text, bytes(8 + 2420))
