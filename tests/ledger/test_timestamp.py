"""Tokens by an authority of our own: `openssl ts` makes them, and what it would not make, `openssl cms` does."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from ledger.der import INTEGER, OCTETS, SEQUENCE, read_all, read_one, wrap
from ledger.errors import MalformedEvidence, NotChecked, VerificationError
from ledger.timestamp import MAX_BYTES, ask, check_token, open_answer, read_roots, read_token
from tests.authority import Authority

TEXT = b"luoshi.example/county\n3\nz3Y6BByBzu8VeKYIP3XGG+8uABTyo+aDqX/Pylvn8Zo=\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def token(authority):
    question = ask(TEXT)
    return open_answer(authority.answer(question.request), question, TEXT)


def content_of(token: bytes) -> bytes:
    """The TSTInfo inside."""
    signed = read_one(read_one(token, SEQUENCE).parts()[1].content, SEQUENCE).parts()
    return read_one(signed[2].parts()[1].content, OCTETS).content


class TestHolds:
    def test_token(self, authority, token):
        """
        Granted, over our bytes, to our question, by a key that only stamps: its time is now.
        """
        at = check_token(token, TEXT, authority.roots)
        assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
        assert read_token(token).at == at

    @pytest.mark.parametrize("name", ["short", "long"])
    def test_intermediate(self, tmp_path, name):
        """
        An authority between root and signer is sent with the token; only the root is pinned.
        """
        authority = Authority(tmp_path, chain=name)
        question = ask(TEXT)
        token = open_answer(authority.answer(question.request), question, TEXT)
        assert check_token(token, TEXT, authority.roots) == read_token(token).at

    def test_unsorted_certificates(self, tmp_path, monkeypatch):
        """
        OpenSSL 3.0 writes the certificates in its own order: the openssl program decides then, and without it nobody.
        """
        told = []
        for name in ("short", "long"):
            authority = Authority(tmp_path / name, chain=name)
            question = ask(TEXT)
            token = open_answer(authority.answer(question.request), question, TEXT)
            other = Authority(tmp_path / f"other-{name}").roots
            with pytest.raises(VerificationError) as refused:
                check_token(token, TEXT, other)
            told.append("openssl ts -verify" in str(refused.value))
            with monkeypatch.context() as patch:
                patch.setattr(shutil, "which", lambda _: None)
                if told[-1]:
                    with pytest.raises(NotChecked, match="no openssl program"):
                        check_token(token, TEXT, authority.roots)
                else:
                    assert check_token(token, TEXT, authority.roots)
        assert told == [True, False]

    def test_after_the_certificate_ended(self, tmp_path, authority, token):
        """
        The chain is judged at the token's time: openssl, asked about today + 10 years, says no; we were not asked that.
        """
        for name, data in (("token", token), ("text", TEXT), ("roots", authority.roots)):
            (tmp_path / name).write_bytes(data)
        later = str(int((datetime.now(UTC) + timedelta(days=3650)).timestamp()))
        asked = [authority.program, "ts", "-verify", "-token_in", "-in", "token", "-data", "text", "-CAfile", "roots"]
        now = subprocess.run(asked, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert "Verification: OK" in now.stdout
        assert subprocess.run([*asked, "-attime", later], cwd=tmp_path, check=False, capture_output=True).returncode
        assert check_token(token, TEXT, authority.roots)


class TestRefused:
    def test_wrong_imprint(self, authority, token):
        with pytest.raises(VerificationError, match="not over SHA-256 of this checkpoint"):
            check_token(token, TEXT + b"x", authority.roots)
        question = ask(TEXT)
        with pytest.raises(VerificationError, match="not over SHA-256 of this checkpoint"):
            open_answer(authority.answer(ask(b"else").request), question, TEXT)

    def test_wrong_nonce(self, authority):
        """
        An answer to somebody else's question over the same bytes is not ours.
        """
        with pytest.raises(VerificationError, match="nonce"):
            open_answer(authority.answer(ask(TEXT).request), ask(TEXT), TEXT)

    def test_rejected(self, tmp_path):
        """
        An authority that accepts no SHA-256 says so, and that is no token.
        """
        question = ask(TEXT)
        with pytest.raises(VerificationError, match="`granted` but 2"):
            open_answer(Authority(tmp_path, digests="sha512").answer(question.request), question, TEXT)

    @pytest.mark.parametrize("status", [1, 3, 4, 5])
    def test_not_granted(self, authority, status):
        """
        Granted with modifications is not what was asked for either.
        """
        question = ask(TEXT)
        given = read_one(authority.answer(question.request), SEQUENCE).parts()
        changed = wrap(SEQUENCE, wrap(SEQUENCE, wrap(INTEGER, bytes([status]))) + given[1].whole)
        with pytest.raises(VerificationError, match=f"but {status}"):
            open_answer(changed, question, TEXT)

    @pytest.mark.parametrize(
        ("made", "reason"),
        [
            ({"purposes": [x509.ExtendedKeyUsageOID.CLIENT_AUTH]}, "does not hold"),
            (
                {"purposes": [x509.ExtendedKeyUsageOID.TIME_STAMPING, x509.ExtendedKeyUsageOID.CLIENT_AUTH]},
                "does not hold|other purposes",
            ),
            ({"critical": False}, "does not hold|other purposes"),
            ({"purposes": None}, "does not hold|no stated purpose"),
            ({"days": (-20, -1)}, "does not hold"),
            ({"days": (1, 20)}, "does not hold"),
        ],
        ids=["another purpose", "one purpose too many", "not critical", "none", "expired at its time", "not yet valid"],
    )
    def test_signer(self, tmp_path, token, made, reason):
        """
        A signature by a key that is not, or not only, for time stamping, or not at that time, is no token.
        """
        authority = Authority(tmp_path, **made)
        forged = authority.sign(content_of(token))
        assert read_token(forged) == read_token(token)
        with pytest.raises(VerificationError, match=reason):
            check_token(forged, TEXT, authority.roots)

    def test_right_signer_by_the_same_way(self, tmp_path, token):
        """
        The way the refused ones were made yields a good token where the key is right.
        """
        authority = Authority(tmp_path)
        assert check_token(authority.sign(content_of(token)), TEXT, authority.roots)

    def test_other_root(self, tmp_path, token):
        with pytest.raises(VerificationError, match="does not hold"):
            check_token(token, TEXT, Authority(tmp_path).roots)

    def test_signer_named_by_sha1(self, tmp_path):
        """
        ESSCertID without v2 names the signer's certificate by SHA-1 only.
        """
        authority, question = Authority(tmp_path, ess="sha1"), ask(TEXT)
        token = open_answer(authority.answer(question.request), question, TEXT)
        with pytest.raises(VerificationError, match="ESSCertIDv2"):
            check_token(token, TEXT, authority.roots)

    def test_every_byte(self, authority, token):
        """
        No byte that says what was stamped and when can be changed unnoticed.
        """
        good = []
        for place in range(len(token)):
            changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
            try:
                at = check_token(changed, TEXT, authority.roots)
            except (VerificationError, NotChecked):
                continue
            good.append(place)
            assert (at, read_token(changed)) == (read_token(token).at, read_token(token))
        # CMS versions and names of algorithms, outside of what is signed.
        assert len(good) < 20, good

    @pytest.mark.parametrize(
        "data", [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x82\x00\x01\x00", b"x" * (MAX_BYTES + 1)]
    )
    def test_garbage(self, authority, data):
        with pytest.raises(MalformedEvidence):
            open_answer(data, ask(TEXT), TEXT)
        with pytest.raises(MalformedEvidence):
            check_token(data, TEXT, authority.roots)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data):
        for each in (data, wrap(SEQUENCE, data)):
            with pytest.raises(VerificationError):
                open_answer(each, ask(TEXT), TEXT)

    def test_cut_short(self, authority, token):
        for end in range(0, len(token), 7):
            with pytest.raises(VerificationError):
                check_token(token[:end], TEXT, authority.roots)

    def test_roots(self, token):
        with pytest.raises(MalformedEvidence, match="roots"):
            read_roots(b"no certificate")
        with pytest.raises(VerificationError):
            check_token(token, TEXT, b"")


@given(st.binary(max_size=70_000), st.sampled_from([0x02, 0x04, 0x30]))
def test_der_round_trip(content, tag):
    """
    What is wrapped reads back, whatever its length.
    """
    [value] = read_all(wrap(tag, content))
    assert (value.tag, value.content) == (tag, content)
