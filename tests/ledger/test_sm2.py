import shutil
import subprocess
from ctypes import util

import pytest

from ledger import sm2
from ledger.errors import KeyUnreadable, NotChecked, VerificationError
from ledger.note import open_note, sign_note, split_note
from ledger.suites import NoteVerifier, suite_of
from ledger.vkeys import Verifier
from tests.ledger.foreign import KEYS, LOG_VKEY, foreign
from tests.ledger.sealing import LOG, ORIGIN

needs_sm2 = pytest.mark.skipif(not sm2.is_available(), reason="this system's libcrypto has no SM2")
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed")
IDENTITY = ("-sigopt", "distid:1234567812345678")
NOTE = foreign("checkpoint-70-sm2.txt")


def openssl(*args, cwd):
    return subprocess.run([OPENSSL, *args], cwd=cwd, capture_output=True, check=False)


def public_of(signer):
    return NoteVerifier(signer.vkey)._public


@needs_sm2
class TestForeign:
    def test_second_line(self):
        """
        A checkpoint signed by others with Ed25519 and SM2 opens with either key; a changed text with neither.
        """
        for vkey in (KEYS["log_sm2"], LOG_VKEY):
            assert open_note(NOTE, [NoteVerifier(vkey)]) == split_note(NOTE)[0]
            with pytest.raises(VerificationError, match="does not verify"):
                open_note(NOTE.replace(b"\n70\n", b"\n71\n"), [NoteVerifier(vkey)])

    def test_each_byte_counts(self):
        """
        Whichever byte of signature, text or key is changed, the signature is refused.
        """
        verifier = NoteVerifier(KEYS["log_sm2"])
        text, lines = split_note(NOTE)
        [line] = [line for line in lines if line.key_id == verifier.key_id]
        message, point = text.encode(), verifier._public
        assert sm2.is_valid(point, message, line.signature)
        for place in range(64):
            changed = bytearray(line.signature)
            changed[place] ^= 1
            assert not sm2.is_valid(point, message, bytes(changed))
        for place in range(65):
            changed = bytearray(point)
            changed[place] ^= 1
            assert not sm2.is_valid(bytes(changed), message, line.signature)
        assert not sm2.is_valid(point, message + b"x", line.signature)

    @pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\x01" * 63, b"\x01" * 65])
    def test_hostile_signatures(self, signature):
        assert not sm2.is_valid(NoteVerifier(KEYS["log_sm2"])._public, b"text", signature)


@needs_sm2
class TestOurs:
    def test_note(self):
        """
        A note signed twice; who knows only Ed25519 ignores the second line.
        """
        signer = sm2.Sm2Signer.generate(ORIGIN)
        note = sign_note("text\n", [LOG, signer])
        assert open_note(note, [Verifier(LOG.vkey)]) == open_note(note, [NoteVerifier(signer.vkey)]) == "text\n"
        assert suite_of(signer.vkey) == "sm2-sm3"

    @pytest.mark.parametrize("passphrase", [None, b"correct horse"])
    def test_pem(self, passphrase):
        signer = sm2.Sm2Signer.generate(ORIGIN)
        pem = signer.to_pem(passphrase)
        assert (b"ENCRYPTED" in pem) == (passphrase is not None)
        assert sm2.Sm2Signer.from_pem(ORIGIN, pem, passphrase).vkey == signer.vkey
        if passphrase:
            for wrong in (None, b"wrong", b"", b"x" * 2000, b"a\0b"):
                with pytest.raises(KeyUnreadable):
                    sm2.Sm2Signer.from_pem(ORIGIN, pem, wrong)

    @pytest.mark.parametrize(
        "pem", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    def test_garbage(self, pem):
        with pytest.raises(KeyUnreadable):
            sm2.Sm2Signer.from_pem(ORIGIN, pem, None)

    def test_ed25519_is_not_sm2(self):
        with pytest.raises(KeyUnreadable, match="not an SM2 key"):
            sm2.Sm2Signer.from_pem(ORIGIN, LOG.to_pem(None), None)


@needs_sm2
@needs_openssl
class TestOpenssl:
    def test_checks_ours(self, tmp_path):
        """
        `openssl dgst -sm3 -verify` accepts what we sign, with the identity said, and refuses another text.
        """
        signer = sm2.Sm2Signer.generate(ORIGIN)
        (tmp_path / "key.pem").write_bytes(signer.to_pem(None))
        assert openssl("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem", cwd=tmp_path).returncode == 0
        for number in range(20):
            message = b"checkpoint %d\n" % number
            (tmp_path / "text").write_bytes(message)
            (tmp_path / "sig").write_bytes(sm2._der(signer.sign(message)))
            check = ("dgst", "-sm3", "-verify", "pub.pem", *IDENTITY, "-signature", "sig", "text")
            assert openssl(*check, cwd=tmp_path).returncode == 0
        (tmp_path / "text").write_bytes(b"other\n")
        assert openssl(*check, cwd=tmp_path).returncode != 0

    def test_theirs_are_checked(self, tmp_path):
        """
        What `openssl dgst -sm3 -sign` writes with a key that openssl made verifies here.
        """
        made = openssl("genpkey", "-algorithm", "SM2", "-out", "key.pem", cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        theirs = sm2.Sm2Signer.from_pem(ORIGIN, (tmp_path / "key.pem").read_bytes(), None)
        for number in range(20):
            message = b"checkpoint %d\n" % number
            (tmp_path / "text").write_bytes(message)
            done = openssl("dgst", "-sm3", "-sign", "key.pem", *IDENTITY, "-out", "sig", "text", cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            signature = sm2._raw((tmp_path / "sig").read_bytes())
            assert sm2.is_valid(public_of(theirs), message, signature)
            assert not sm2.is_valid(public_of(theirs), message + b" ", signature)

    def test_encrypted_file(self, tmp_path):
        """
        The key file is plain PKCS#8 with PBES2: openssl opens it with the passphrase.
        """
        (tmp_path / "key.pem").write_bytes(sm2.Sm2Signer.generate(ORIGIN).to_pem(b"secret"))
        assert openssl("pkey", "-in", "key.pem", "-passin", "pass:secret", "-noout", cwd=tmp_path).returncode == 0
        assert openssl("pkey", "-in", "key.pem", "-passin", "pass:wrong", "-noout", cwd=tmp_path).returncode != 0


def test_without_libcrypto(monkeypatch):
    """
    Where there is no libcrypto, or one before OpenSSL 3, an SM2 line is not checked, and that is all.
    """
    for found in (None, "libc.so.6"):
        monkeypatch.setattr(util, "find_library", lambda _, found=found: found)
        sm2._library.cache_clear()
        try:
            with pytest.raises(NotChecked):
                open_note(NOTE, [NoteVerifier(KEYS["log_sm2"])])
            assert not sm2.is_available()
            assert open_note(NOTE, [NoteVerifier(LOG_VKEY)]) == split_note(NOTE)[0]
        finally:
            sm2._library.cache_clear()
