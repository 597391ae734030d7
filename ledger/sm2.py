"""
SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905) through the system's libcrypto, OpenSSL 3 or newer, by ctypes.

Signatures are r || s, 32 bytes each; a public key is the point 04 || X || Y; the signer's identity is the standard's
default. DER is spoken with OpenSSL only. Where there is no libcrypto, or one without SM2, everything here raises
NotChecked. tests/ledger/test_sm2.py: interoperable both ways with `openssl dgst -sm3`, and a checkpoint that others
signed.

The identity must be said on every use: OpenSSL's own default is the empty one.
"""

import ctypes
import ctypes.util
import weakref
from base64 import b64encode
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import lru_cache
from typing import Any, Self

from ledger.errors import KeyUnreadable, NotCanonical, NotChecked
from ledger.vkeys import check_name, key_hash

PREFIX = b"\xffledger-sm2-sm3-v1"  # 0xff is signed-note's escape for types that have no number
IDENTITY = b"1234567812345678"
POINT_BYTES, NUMBER_BYTES = 65, 32
MAX_PASSPHRASE = 1024  # OpenSSL would cut off the rest when it reads the file again
# SubjectPublicKeyInfo of id-ecPublicKey on the curve 1.2.156.10197.1.301, up to the point.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "BIO_ctrl": (c_long, [c_void_p, c_int, c_long, c_void_p]),
    "BIO_free": (c_int, [c_void_p]),
    "BIO_new": (c_void_p, [c_void_p]),
    "BIO_new_mem_buf": (c_void_p, [c_char_p, c_int]),
    "BIO_s_secmem": (c_void_p, []),
    "ERR_clear_error": (None, []),
    "EVP_DigestSign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_DigestSignInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_generate": (c_int, [c_void_p, POINTER(c_void_p)]),
    "EVP_PKEY_keygen_init": (c_int, [c_void_p]),
    "EVP_aes_256_cbc": (c_void_p, []),
    "EVP_sm3": (c_void_p, []),
    "PEM_read_bio_PrivateKey": (c_void_p, [c_void_p, c_void_p, c_void_p, c_char_p]),
    "PEM_write_bio_PKCS8PrivateKey": (c_int, [c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_void_p]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "i2d_PUBKEY": (c_int, [c_void_p, c_void_p]),
}
_BIO_CTRL_INFO = 3


class Sm2Signer:
    """A private key held by libcrypto; `Sm2Signer.generate` and `from_pem` make one."""

    suite = "sm2-sm3"

    def __init__(self, name: str, key: "_Key") -> None:
        check_name(name)
        self.name = name
        self._key = key
        public = key.public()
        self.key_id = f"{name}+{key_hash(name, PREFIX, public).hex()}"
        self.vkey = f"{self.key_id}+{b64encode(PREFIX + public).decode()}"

    @classmethod
    def generate(cls, name: str) -> Self:
        library = _library()
        context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        try:
            made = c_void_p()
            if not context or library.EVP_PKEY_keygen_init(context) != 1:
                raise NotChecked("this system's libcrypto makes no SM2 key")
            if library.EVP_PKEY_generate(context, byref(made)) != 1:
                raise NotChecked("this system's libcrypto makes no SM2 key")
        finally:
            library.EVP_PKEY_CTX_free(context)
        return cls(name, _Key(made.value))

    @classmethod
    def from_pem(cls, name: str, pem: bytes, passphrase: bytes | None) -> Self:
        """Read what `to_pem` writes; KeyUnreadable for anything else."""
        library = _library()
        bio = library.BIO_new_mem_buf(pem, len(pem))
        # Never None as passphrase: OpenSSL would ask the terminal for one.
        found = library.PEM_read_bio_PrivateKey(bio, None, None, _usable(passphrase) or b"")
        library.BIO_free(bio)
        library.ERR_clear_error()
        if not found:
            raise KeyUnreadable("wrong passphrase or damaged file")
        return cls(name, _Key(found))

    def sign(self, message: bytes) -> bytes:
        library = _library()
        with _Digest(self._key) as digest:
            size = c_size_t(2 * (NUMBER_BYTES + 3) + 4)
            encoded = ctypes.create_string_buffer(size.value)
            started = library.EVP_DigestSignInit(digest, None, library.EVP_sm3(), None, self._key.pointer)
            if started != 1 or library.EVP_DigestSign(digest, encoded, byref(size), message, len(message)) != 1:
                raise NotChecked("this system's libcrypto does not sign with SM2")
            return _raw(encoded.raw[: size.value])

    def to_pem(self, passphrase: bytes | None) -> bytes:
        """PKCS#8, encrypted by PBES2 with AES-256-CBC where there is a passphrase."""
        library = _library()
        bio = library.BIO_new(library.BIO_s_secmem())
        try:
            cipher, secret = (library.EVP_aes_256_cbc(), _usable(passphrase)) if passphrase else (None, b"")
            written = library.PEM_write_bio_PKCS8PrivateKey(
                bio, self._key.pointer, cipher, secret, len(secret or b""), None, None
            )
            start = c_char_p()
            length = library.BIO_ctrl(bio, _BIO_CTRL_INFO, 0, ctypes.cast(byref(start), c_void_p))
            if written != 1 or length <= 0:
                raise NotCanonical("libcrypto could not write the key")
            return ctypes.string_at(start, length)
        finally:
            library.BIO_free(bio)


def is_available() -> bool:
    """Whether this system can sign and verify SM2."""
    try:
        _library()
    except NotChecked:
        return False
    return True


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is over `message` by the key of this point; False for a point that is not on the curve."""
    if len(public) != POINT_BYTES or public[0] != 4 or len(signature) != 2 * NUMBER_BYTES:
        return False
    library = _library()
    encoded = _SPKI + public
    start = c_char_p(encoded)
    found = library.d2i_PUBKEY(None, byref(start), len(encoded))
    if not found:
        library.ERR_clear_error()
        return False
    key = _Key(found)
    der = _der(signature)
    with _Digest(key) as digest:
        started = library.EVP_DigestVerifyInit(digest, None, library.EVP_sm3(), None, key.pointer)
        if started != 1:
            raise NotChecked("this system's libcrypto does not verify SM2")
        good = library.EVP_DigestVerify(digest, der, len(der), message, len(message)) == 1
    library.ERR_clear_error()
    return bool(good)


class _Key:
    """An EVP_PKEY, freed with its owner."""

    def __init__(self, pointer: int | None) -> None:
        self.pointer = pointer
        weakref.finalize(self, _library().EVP_PKEY_free, pointer)

    def public(self) -> bytes:
        library = _library()
        buffer = ctypes.create_string_buffer(256)
        start = c_void_p(ctypes.addressof(buffer))
        length = library.i2d_PUBKEY(self.pointer, byref(start))
        encoded = buffer.raw[: max(length, 0)]
        if not encoded.startswith(_SPKI) or len(encoded) != len(_SPKI) + POINT_BYTES:
            raise KeyUnreadable("not an SM2 key")
        return encoded[len(_SPKI) :]


class _Digest:
    """A message digest context for a key, with the standard's identity set."""

    def __init__(self, key: _Key) -> None:
        self._library = _library()
        self._context = self._library.EVP_MD_CTX_new()
        self._of_key = self._library.EVP_PKEY_CTX_new(key.pointer, None)

    def __enter__(self) -> int:
        if self._library.EVP_PKEY_CTX_set1_id(self._of_key, IDENTITY, len(IDENTITY)) != 1:
            self.__exit__()
            raise NotChecked("this system's libcrypto does not know SM2")
        self._library.EVP_MD_CTX_set_pkey_ctx(self._context, self._of_key)
        return int(self._context)

    def __exit__(self, *_: object) -> None:
        # In this order: the digest's context does not own the key's, but still points to it.
        self._library.EVP_MD_CTX_free(self._context)
        self._library.EVP_PKEY_CTX_free(self._of_key)


@lru_cache(1)
def _library() -> Any:
    """The system's libcrypto with the functions above, or NotChecked."""
    path = ctypes.util.find_library("crypto")
    if path is None:
        raise NotChecked("there is no libcrypto on this system: SM2 is not checked")
    try:
        library = ctypes.CDLL(path)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        raise NotChecked("this system's libcrypto is older than OpenSSL 3: SM2 is not checked") from None
    if not library.EVP_sm3():
        raise NotChecked("this system's libcrypto has no SM3: SM2 is not checked")
    return library


def _usable(passphrase: bytes | None) -> bytes | None:
    if passphrase is not None and (b"\0" in passphrase or len(passphrase) > MAX_PASSPHRASE):
        raise KeyUnreadable(f"a passphrase has at most {MAX_PASSPHRASE} bytes, none of them zero")
    return passphrase


def _der(signature: bytes) -> bytes:
    """SEQUENCE { INTEGER r, INTEGER s }."""
    numbers = (signature[:NUMBER_BYTES], signature[NUMBER_BYTES:])
    body = b"".join(b"\x02" + bytes([len(n)]) + n for n in map(_integer, numbers))
    return b"\x30" + bytes([len(body)]) + body


def _integer(number: bytes) -> bytes:
    short = number.lstrip(b"\0") or b"\0"
    return b"\0" + short if short[0] & 0x80 else short


def _raw(der: bytes) -> bytes:
    """What `_der` wrote, as r || s: libcrypto's own DER only."""
    first = der[3]
    r, s = der[4 : 4 + first], der[6 + first :]
    signature = b"".join(n.lstrip(b"\0").rjust(NUMBER_BYTES, b"\0") for n in (r, s))
    if _der(signature) != der:
        raise NotCanonical("libcrypto gave no SM2 signature")
    return signature
