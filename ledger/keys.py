"""
Who signs: Ed25519 keys with C2SP names, and the folder that keeps the private halves.

A key id commits to the key's name as well as to its bytes (c2sp.org/signed-note), so one key cannot pass under two
names. tests/ledger/test_keys.py proves the specification's own example.
"""

import hashlib
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.errors import KeyExists, KeyUnreadable, MalformedEvidence, NotCanonical, VerificationError

ED25519 = b"\x01"


class Signer(Protocol):
    """Whatever can sign: a key file today, a card or a signing server tomorrow."""

    @property
    def key_id(self) -> str: ...
    @property
    def vkey(self) -> str: ...
    def sign(self, message: bytes) -> bytes: ...


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


class Verifier:
    """A public key, from its vkey string: `name+hash+base64(type || key)`."""

    def __init__(self, vkey: str) -> None:
        name, claimed, kind, public = parse_vkey(vkey)
        if kind != ED25519 or len(public) != 32:
            raise MalformedEvidence("malformed verifier key")
        self.name = name
        self.key_id = f"{name}+{claimed}"
        self.vkey = vkey
        self._public = Ed25519PublicKey.from_public_bytes(public)

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise VerificationError unless `signature` is this key's over `message`."""
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            raise VerificationError(0, None, f"signature does not verify under {self.key_id}") from None


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


def parse_vkey(vkey: str) -> tuple[str, str, bytes, bytes]:
    """(name, hash in hex, type byte, public key) of a vkey string whose hash fits. Which types fit, callers know."""
    # Base64 may hold a plus sign of its own: only the first two separate.
    name, _, rest = vkey.partition("+")
    claimed, _, encoded = rest.partition("+")
    try:
        check_name(name)
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise MalformedEvidence("malformed verifier key") from None
    kind, public = raw[:1], raw[1:]
    if b64encode(raw).decode() != encoded or key_hash(name, kind, public).hex() != claimed:
        raise MalformedEvidence("malformed verifier key")
    return name, claimed, kind, public


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def check_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(c.isspace() for c in name) or name.startswith("."):
        raise NotCanonical("a key name needs printable characters, no space, no plus sign, no dot in front")


def sync_folder(path: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
