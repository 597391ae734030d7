import stat

import pytest

from ledger import keys, sm2
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

    @pytest.mark.skipif(not sm2.is_available(), reason="this system's libcrypto has no SM2")
    @pytest.mark.parametrize("passphrase", [None, b"correct horse"])
    def test_sm2(self, tmp_path, passphrase):
        """
        An SM2 key is kept like any other.
        """
        folder = KeyFolder(tmp_path, passphrase)
        signer = sm2.Sm2Signer.generate("log.example")
        folder.save(signer)
        assert folder.load(signer.key_id).vkey == signer.vkey
        assert folder.is_encrypted(signer.key_id) == (passphrase is not None)
        if passphrase:
            with pytest.raises(KeyUnreadable, match="wrong passphrase"):
                KeyFolder(tmp_path, b"wrong").load(signer.key_id)
        folder._file(signer.key_id).write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        with pytest.raises(KeyUnreadable, match="damaged file"):
            folder.load(signer.key_id)

    def test_destroyed(self, tmp_path):
        folder, signer = KeyFolder(tmp_path), Ed25519Signer.generate("a")
        folder.save(signer)
        folder.destroy(signer.key_id)
        assert (folder.list(), list(tmp_path.iterdir())) == ([], [])


class TestPassphrase:
    def kept(self, folder):
        made = [Ed25519Signer.generate(f"official/{n}") for n in range(3)]
        for signer in made:
            folder.save(signer)
        return {signer.key_id for signer in made}

    @pytest.mark.parametrize(("old", "new"), [(None, b"new"), (b"old", b"new"), (b"old", None)])
    def test_changed(self, tmp_path, old, new):
        """
        Every key opens with the new passphrase and none with the old one.
        """
        folder = KeyFolder(tmp_path, old)
        ids = self.kept(folder)
        assert folder.change_passphrase(new) == 3
        assert {KeyFolder(tmp_path, new).load(i).key_id for i in ids} == ids == {folder.load(i).key_id for i in ids}
        for key_id in ids:
            assert folder.is_encrypted(key_id) == (new is not None)
            with pytest.raises(KeyUnreadable):
                KeyFolder(tmp_path, old).load(key_id)
        assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []

    def test_interrupted_anywhere(self, tmp_path, monkeypatch):
        """
        Whichever step fails, all keys open with one passphrase: the old one until the change is decided, then the new.
        """
        outcomes = set()
        for failing in range(40):
            path = tmp_path / str(failing)
            folder = KeyFolder(path, b"old")
            ids = self.kept(folder)
            steps = iter(range(100))

            def counted(real, steps=steps, failing=failing):
                def call(*args):
                    if next(steps) == failing:
                        raise OSError("no power")
                    return real(*args)

                return call

            with monkeypatch.context() as patch:
                patch.setattr(keys, "_write_key", counted(keys._write_key))
                patch.setattr(keys, "sync_folder", counted(keys.sync_folder))
                patch.setattr(type(path), "rename", counted(type(path).rename))
                patch.setattr(type(path), "replace", counted(type(path).replace))
                patch.setattr(type(path), "rmdir", counted(type(path).rmdir))
                try:
                    folder.change_passphrase(b"new")
                    done = True
                except OSError:
                    done = False
            good = []
            for passphrase in (b"old", b"new"):
                again = KeyFolder(path, passphrase)
                try:
                    assert {again.load(i).key_id for i in ids} == ids
                    good.append(passphrase)
                except KeyUnreadable:
                    continue
            assert len(good) == 1, (failing, good)
            outcomes.add((done, *good))
            if done:
                break
            KeyFolder(path, good[0]).change_passphrase(b"third")
            assert {KeyFolder(path, b"third").load(i).key_id for i in ids} == ids
        assert outcomes == {(False, b"old"), (False, b"new"), (True, b"new")}
