"""
Who signs: keys with C2SP names, Ed25519 or SM2, and the folder that keeps the private halves.

A key id commits to the key's name as well as to its bytes (c2sp.org/signed-note), so one key cannot pass under two
names. tests/ledger/test_keys.py proves the specification's own example.
"""

import os
import secrets
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Self, Union

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.errors import KeyExists, KeyUnreadable
from ledger.sm2 import Sm2Signer
from ledger.vkeys import ED25519, check_name, key_hash

KeptSigner = Union["Ed25519Signer", Sm2Signer]
_DRAFT, _READY = ".passphrase-draft", ".passphrase-ready"


class Ed25519Signer:
    """A private key held in memory."""

    suite = "ed25519"

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        check_name(name)
        self.name = name
        self._key = key
        public = key.public_key().public_bytes_raw()
        self.key_id = f"{name}+{key_hash(name, ED25519, public).hex()}"
        self.vkey = f"{self.key_id}+{b64encode(ED25519 + public).decode()}"

    @classmethod
    def generate(cls, name: str) -> Self:
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def to_pem(self, passphrase: bytes | None) -> bytes:
        locked: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


class KeyFolder:
    """Private keys as PKCS#8 files of mode 0600 in a folder of mode 0700, named by key id."""

    def __init__(self, path: Path, passphrase: bytes | None = None) -> None:
        self._path = path
        self._passphrase = passphrase
        self._settle()

    def save(self, signer: KeptSigner) -> Path:
        """Keep a key. A key that is there already is never overwritten."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.chmod(0o700)
        final = self._file(signer.key_id)
        draft = self._path / f".{secrets.token_hex(8)}"
        # Write aside, flush, then link: the name appears with the whole key behind it or not at all,
        # and link(), unlike rename(), refuses a name that is taken. A crash leaves a dot file, never half a key.
        try:
            _write_key(draft, signer.to_pem(self._passphrase))
            os.link(draft, final)
        except FileExistsError:
            raise KeyExists(f"key {signer.key_id} is kept already") from None
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self._path)
        return final

    def destroy(self, key_id: str) -> None:
        """Remove a key's file. What a file system or a backup still holds of it is not in our hands."""
        self._file(key_id).unlink(missing_ok=True)
        sync_folder(self._path)

    def change_passphrase(self, new: bytes | None) -> int:
        """
        Encrypt every key anew, and return how many there are. All of them or none.

        The crash story: every file is written into a draft folder and flushed, and the folder is renamed. Before the
        rename nothing has changed, and the draft is thrown away; after it the change is made, and whoever opens the
        folder next moves the files that are not yet moved. No passphrase is needed for that.
        """
        draft = self._path / _DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        names = self.list()
        for key_id in names:
            _write_key(draft / self._file(key_id).name, self.load(key_id).to_pem(new))
        sync_folder(draft)
        draft.rename(self._path / _READY)
        sync_folder(self._path)
        self._passphrase = new
        self._settle()
        return len(names)

    def _settle(self) -> None:
        """Finish a change of passphrase that was interrupted after it had been decided."""
        ready = self._path / _READY
        if not ready.is_dir():
            return
        for file in sorted(ready.iterdir()):
            final = self._path / file.name
            # A key destroyed meanwhile does not come back.
            file.replace(final) if final.exists() else file.unlink()
        sync_folder(self._path)
        ready.rmdir()
        sync_folder(self._path)

    def load(self, key_id: str) -> KeptSigner:
        name = key_id.partition("+")[0]
        try:
            pem = self._file(key_id).read_bytes()
        except FileNotFoundError:
            raise KeyUnreadable(f"key {key_id} is not in the folder") from None
        try:
            signer = read_key(name, pem, self._passphrase)
        except KeyUnreadable:
            raise KeyUnreadable(f"key {key_id}: wrong passphrase or damaged file") from None
        if signer.key_id != key_id:
            raise KeyUnreadable(f"key {key_id}: the file holds {signer.key_id}")
        return signer

    def is_encrypted(self, key_id: str) -> bool:
        """Whether the file needs a passphrase."""
        return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in self._file(key_id).read_bytes()

    def _file(self, key_id: str) -> Path:
        # A key's name may hold slashes (`official/17`), a file's may not.
        return self._path / (key_id.replace("%", "%25").replace("/", "%2F") + ".pem")

    def list(self) -> list[str]:
        """Return the ids of the keys kept here, sorted."""
        files = self._path.glob("[!.]*.pem") if self._path.is_dir() else ()
        return sorted(file.name[: -len(".pem")].replace("%2F", "/").replace("%25", "%") for file in files)


def _write_key(path: Path, pem: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def read_key(name: str, pem: bytes, passphrase: bytes | None) -> KeptSigner:
    """The key of a PKCS#8 file, of whichever suite, or KeyUnreadable."""
    try:
        key = load_pem_private_key(pem, passphrase)
    except UnsupportedAlgorithm:
        return Sm2Signer.from_pem(name, pem, passphrase)  # the library does not know the curve
    except (ValueError, TypeError):
        raise KeyUnreadable("wrong passphrase or damaged file") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnreadable("neither Ed25519 nor SM2")
    return Ed25519Signer(name, key)


def sync_folder(path: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
