"""
Ed25519 verification (RFC 8032), by the `cryptography` library where there is one, and by ourselves where there is none.

Both come to the same answer for every signature: tests/ledger/test_ed25519.py.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from ledger import ed25519_plain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519 as library
except ImportError:
    library = None  # type: ignore[assignment]  # a stranger's machine


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is over `message` by the key of these 32 bytes; False for a key that is no point."""
    if library is None:
        return ed25519_plain.is_valid(public, message, signature)
    # OpenSSL takes a point in several spellings; a key has one here.
    if not ed25519_plain.is_canonical(public):
        return False
    try:
        _key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(1024)
def _key(public: bytes) -> "Ed25519PublicKey":
    return library.Ed25519PublicKey.from_public_bytes(public)
