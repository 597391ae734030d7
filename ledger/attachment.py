"""
What is said of an attached file in its one sealed field: name, type, size, and a salted digest of the file in clear.

The leaf commits to the field, and the field to the file: HMAC-SHA-256(salt, file), so that a scanned identity card, of
which there are few, cannot be found by trying. Whoever has the disclosure and the file can check both
(`ledger.evidence.documents`). tests/ledger/test_attachment.py.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.errors import MalformedEvidence, NotCanonical

FIELD = "attachment"
TOPIC = "attachment.added.v1"
MAX_NAME = 1024  # characters; file systems end at 255 bytes
SALT_BYTES = range(16, 65)  # HMAC would hash a longer one first, and two salts were one
KEY_BYTES = 32
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,126}/[a-z0-9][a-z0-9.+-]{0,126}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MEMBERS = {"name", "media_type", "size", "salt", "hmac_sha256", "key"}


@dataclass(frozen=True, slots=True)
class Described:
    """`key` opens the ciphertext that the ledger keeps; `hmac_sha256` is over the file in clear."""

    name: str
    media_type: str
    size: int
    salt: bytes
    hmac_sha256: str
    key: bytes

    def is_of(self, data: bytes) -> bool:
        """Whether this is the file that was described."""
        return len(data) == self.size and hmac.compare_digest(salted(self.salt, data), self.hmac_sha256)


def salted(salt: bytes, data: bytes) -> str:
    """The digest of a file under a salt, in hex."""
    return hmac.new(salt, data, hashlib.sha256).hexdigest()


def format_described(described: Described) -> str:
    """Return the field's value. NotCanonical for what would not read back."""
    value = canonical.encode(
        {
            "name": described.name,
            "media_type": described.media_type,
            "size": described.size,
            "salt": b64encode(described.salt).decode(),
            "hmac_sha256": described.hmac_sha256,
            "key": b64encode(described.key).decode(),
        }
    ).decode()
    try:
        if parse_described(value) == described:
            return value
    except MalformedEvidence as error:
        raise NotCanonical(f"attachment: {error}") from None
    raise NotCanonical("attachment: a description that would not read back")


def parse_described(value: Any) -> Described:
    """Return what a disclosed value says of a file; exactly what `format_described` writes."""
    if not isinstance(value, str):
        raise MalformedEvidence("no description of an attachment: not a text")
    try:
        found = canonical.decode(value.encode())
    except (MalformedEvidence, UnicodeEncodeError):
        raise MalformedEvidence("no description of an attachment: not canonical JSON") from None
    if not isinstance(found, dict) or found.keys() != _MEMBERS:
        raise MalformedEvidence(f"no description of an attachment: not exactly {', '.join(sorted(_MEMBERS))}")
    name, kind, size, hashed = found["name"], found["media_type"], found["size"], found["hmac_sha256"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise MalformedEvidence(f"attachment: name is not a text of at most {MAX_NAME} characters")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise MalformedEvidence("attachment: media_type is none")
    if type(size) is not int or size < 1:
        raise MalformedEvidence("attachment: size is not a number of bytes")
    if not isinstance(hashed, str) or not _HEX.fullmatch(hashed):
        raise MalformedEvidence("attachment: hmac_sha256 is not 64 lower-case hexadecimal digits")
    salt, key = _base64(found["salt"], "salt"), _base64(found["key"], "key")
    if len(salt) not in SALT_BYTES or len(key) != KEY_BYTES:
        raise MalformedEvidence("attachment: a salt or key of another length")
    return Described(name, kind, size, salt, hashed, key)


def _base64(text: Any, what: str) -> bytes:
    try:
        data = b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if not data or b64encode(data).decode() != text:
        raise MalformedEvidence(f"attachment: {what} is not base64")
    return data
