"""
Who signs: Ed25519 keys with C2SP names, and the folder that keeps the private halves.

A key id commits to the key's name as well as to its bytes (c2sp.org/signed-note), so one key cannot pass under two
names. tests/ledger/test_keys.py proves the specification's own example.
"""

import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Self

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
from ledger.vkeys import ED25519, check_name, key_hash


class Ed25519Signer:
    """A private key held in memory."""

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

    def save(self, signer: Ed25519Signer) -> Path:
        """Keep a key. A key that is there already is never overwritten."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.chmod(0o700)
        final = self._file(signer.key_id)
        draft = self._path / f".{secrets.token_hex(8)}"
        # Write aside, flush, then link: the name appears with the whole key behind it or not at all,
        # and link(), unlike rename(), refuses a name that is taken. A crash leaves a dot file, never half a key.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(signer.to_pem(self._passphrase))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, final)
        except FileExistsError:
            raise KeyExists(f"key {signer.key_id} is kept already") from None
        finally:
            draft.unlink()
        sync_folder(self._path)
        return final

    def load(self, key_id: str) -> Ed25519Signer:
        try:
            key = load_pem_private_key(self._file(key_id).read_bytes(), self._passphrase)
        except FileNotFoundError:
            raise KeyUnreadable(f"key {key_id} is not in the folder") from None
        except (ValueError, TypeError):
            raise KeyUnreadable(f"key {key_id}: wrong passphrase or damaged file") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnreadable(f"key {key_id}: not an Ed25519 key")
        signer = Ed25519Signer(key_id.partition("+")[0], key)
        if signer.key_id != key_id:
            raise KeyUnreadable(f"key {key_id}: the file holds {signer.key_id}")
        return signer

    def _file(self, key_id: str) -> Path:
        # A key's name may hold slashes (`official/17`), a file's may not.
        return self._path / (key_id.replace("%", "%25").replace("/", "%2F") + ".pem")

    def list(self) -> list[str]:
        """Return the ids of the keys kept here, sorted."""
        files = self._path.glob("[!.]*.pem") if self._path.is_dir() else ()
        return sorted(file.name[: -len(".pem")].replace("%2F", "/").replace("%25", "%") for file in files)


def sync_folder(path: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
