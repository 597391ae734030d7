import stat

import pytest

from ledger.errors import KeyExists, KeyUnreadable, MalformedEvidence, NotCanonical, VerificationError
from ledger.keys import Ed25519Signer, KeyFolder
from ledger.vkeys import Verifier
from tests.ledger.foreign import KEYS, LOG_VKEY

KNOWN = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SEED = bytes(range(32))


def test_known_answer():
    """
    The specification's own verifier key reads; its id is its name and hash.
    """
    assert Verifier(KNOWN).key_id == "example.com/foo+530d903a"


def test_foreign_key():
    """
    From the same seed comes the same verifier key as other programs made.
    """
    signer = Ed25519Signer.from_seed("ledger.example/case-log", bytes.fromhex(KEYS["log_seed_hex"]))
    assert signer.vkey == LOG_VKEY


def test_sign_and_check():
    signer = Ed25519Signer.generate("official/王")
    Verifier(signer.vkey).check(b"text", signer.sign(b"text"))
    with pytest.raises(VerificationError):
        Verifier(signer.vkey).check(b"other", signer.sign(b"text"))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\n", ".hidden", "a\u2028b"])
def test_names(name):
    with pytest.raises(NotCanonical):
        Ed25519Signer.from_seed(name, SEED)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b+c",
        KNOWN[:-1],
        KNOWN + "A",
        KNOWN.replace("530d", "530D"),
        KNOWN.replace("530d", "530e"),
        KNOWN.replace("foo", "fo"),
        KNOWN.replace("Aeky", "BEky"),
        KEYS["witness.example/pq"],
    ],
)
def test_hostile_vkeys(vkey):
    with pytest.raises(MalformedEvidence):
        Verifier(vkey)


class TestFolder:
    @pytest.mark.parametrize("passphrase", [None, b"correct horse"])
    def test_round_trip(self, tmp_path, passphrase):
        """
        A key comes back as it was saved; file and folder are the owner's alone.
        """
        folder = KeyFolder(tmp_path / "keys", passphrase)
        signer = Ed25519Signer.generate("official/50%/王")
        path = folder.save(signer)
        assert folder.load(signer.key_id).vkey == signer.vkey
        assert folder.list() == [signer.key_id]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert sorted(p.name for p in path.parent.iterdir()) == [path.name]
        assert (b"ENCRYPTED" in path.read_bytes()) == (passphrase is not None)

    def test_never_overwritten(self, tmp_path):
        folder = KeyFolder(tmp_path)
        signer = Ed25519Signer.from_seed("log", SEED)
        before = folder.save(signer).read_bytes()
        with pytest.raises(KeyExists):
            folder.save(signer)
        [file] = tmp_path.iterdir()
        assert file.read_bytes() == before

    def test_unreadable(self, tmp_path):
        folder = KeyFolder(tmp_path, b"right")
        assert KeyFolder(tmp_path / "none").list() == []
        signer, other = Ed25519Signer.from_seed("log", SEED), Ed25519Signer.generate("other")
        path = folder.save(signer)
        with pytest.raises(KeyUnreadable, match="not in the folder"):
            folder.load(other.key_id)
        for wrong in (b"wrong", None):
            with pytest.raises(KeyUnreadable, match="wrong passphrase"):
                KeyFolder(tmp_path, wrong).load(signer.key_id)
        path.rename(folder._file(other.key_id))
        with pytest.raises(KeyUnreadable, match="the file holds"):
            folder.load(other.key_id)
        folder._file(other.key_id).write_bytes(b"garbage")
        with pytest.raises(KeyUnreadable):
            folder.load(other.key_id)
