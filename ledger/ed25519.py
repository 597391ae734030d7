"""
Ed25519 verification (RFC 8032), by the `cryptography` library.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is over `message` by the key of these 32 bytes; False for a key that is no point."""
    try:
        _key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(1024)
def _key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
