"""
Our own Ed25519 verification says what OpenSSL says, of every signature we could think of.
"""

import hashlib
import random
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import ed25519, ed25519_plain
from ledger.ed25519_plain import L, P, is_canonical, is_valid

# RFC 8032 section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
# Every point of small order, as it is written; then the spellings that are not the point's own.
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
ODD = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
SMALL_POINTS, ODD_POINTS = [bytes.fromhex(x) for x in SMALL], [bytes.fromhex(x) for x in ODD]


def library(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def agree(public, message, signature):
    """
    What all three say; a key in another spelling is refused by ours whatever the library says.
    """
    found = is_valid(public, message, signature)
    assert ed25519.is_valid(public, message, signature) is found
    if is_canonical(public):
        assert library(public, message, signature) is found, (public.hex(), message.hex(), signature.hex())
    else:
        assert not found
    return found


@pytest.mark.parametrize("vector", VECTORS)
def test_rfc_8032(vector):
    assert agree(*map(bytes.fromhex, vector))


def test_random():
    """
    Good signatures by many keys hold; with one bit changed in key, message or signature none does.
    """
    chance = random.Random(8032)  # noqa: S311 - the same ones every time
    for number in range(400):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(number)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert agree(public, message, signature)
        for _ in range(6):
            place = chance.randrange((32 + 64 + len(message)) * 8)
            whole = bytearray(public + signature + message)
            whole[place // 8] ^= 1 << place % 8
            assert not agree(bytes(whole[:32]), bytes(whole[96:]), bytes(whole[32:96]))


def test_rubbish():
    chance = random.Random(1)  # noqa: S311 - as above
    for _ in range(500):
        assert not agree(chance.randbytes(32), b"m", chance.randbytes(64))


def test_numbers_at_the_edge():
    """
    S + L is the same number to the curve, and another signature: refused, as is every S from L on.
    """
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"m")
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    for n in range(1, 16):
        if s + n * L < 2**256:
            assert not agree(public, b"m", r + (s + n * L).to_bytes(32, "little"))
    for number in (0, 1, L - 1, L, L + 1, 2**252, 2**253 - 1, 2**255, 2**256 - 1):
        assert not agree(public, b"m", r + number.to_bytes(32, "little"))
    for length in (0, 31, 63, 65):
        assert not is_valid(public, b"m", (signature + b"\0")[:length])
        assert not ed25519.is_valid(public, b"m", (signature + b"\0")[:length])
    for length in (0, 31, 33):
        assert not is_valid((public + b"\0")[:length], b"m", signature)
        assert not ed25519.is_valid((public + b"\0")[:length], b"m", signature)


def test_points_of_small_order():
    """
    As key and as R, in every spelling, with S from the edge: ours decides as the library does, and some hold.
    """
    held = 0
    for public in SMALL_POINTS + ODD_POINTS:
        for r in SMALL_POINTS + ODD_POINTS:
            for s in (0, 1, L - 1, L):
                for message in (b"", b"a"):
                    held += agree(public, message, r + s.to_bytes(32, "little"))
    assert held > 0


def test_mixed_order():
    """
    A signature that only a check with cofactor would take: R moved by a point of order 2. Refused by all.
    """
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes_raw()
    h = hashlib.sha512(bytes(range(32))).digest()
    a = int.from_bytes(h[:32], "little") & (2**254 - 8) | 2**254
    honest = key.sign(b"m")
    # (x, y) + (0, -1) = (-x, -y)
    number = int.from_bytes(honest[:32], "little")
    sign, y = number >> 255, number & (2**255 - 1)
    moved = ((P - y) | (1 - sign) << 255).to_bytes(32, "little")
    r = int.from_bytes(hashlib.sha512(h[32:] + b"m").digest(), "little") % L
    again = int.from_bytes(hashlib.sha512(honest[:32] + public + b"m").digest(), "little") * a + r
    assert honest[32:] == (again % L).to_bytes(32, "little")
    hashed = int.from_bytes(hashlib.sha512(moved + public + b"m").digest(), "little")
    signature = moved + ((r + hashed * a) % L).to_bytes(32, "little")
    assert not agree(public, b"m", signature)


def test_keys_that_are_no_point():
    chance = random.Random(2)  # noqa: S311 - as above
    none = 0
    for _ in range(200):
        public = chance.randbytes(32)
        signature = Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(b"m")
        assert not agree(public, b"m", signature)
        none += ed25519_plain._key_table(public) is None
    assert 60 < none < 140  # half of all y have no x


def test_without_the_library():
    """
    Where `cryptography` cannot be imported, our own verification takes its place.
    """
    public, message, signature = VECTORS[1]
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from ledger import ed25519\n"
        "assert ed25519.library is None\n"
        f"p, m, s = map(bytes.fromhex, ({public!r}, {message!r}, {signature!r}))\n"
        "print(ed25519.is_valid(p, m, s), ed25519.is_valid(p, m + b'x', s))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True False\n", "")
