"""
Ed25519 verification (RFC 8032 section 5.1.7) with nothing but Python's integers: for the verifier in the hands of
somebody who cannot install a library. Public data only, so nothing here needs to take constant time.

The check is the one of OpenSSL: without cofactor, [S]B - [h]A is encoded and compared with the bytes of R; S >= L is
refused. tests/ledger/test_ed25519.py holds it to the `cryptography` library on thousands of signatures, good, bad and
on the edge.
"""

import hashlib
from functools import cache, lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
_ROOT = pow(2, (P - 1) // 4, P)  # of -1
_BASE_Y = 4 * pow(5, -1, P) % P
_BASE_WINDOW, _KEY_WINDOW = 8, 5  # bits per step: the base point's table is made once, a key's once per key

Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
Cached = tuple[int, int, int, int]  # Y + X, Y - X, 2Z, 2dT: what an addition needs


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is over `message` by the key of these 32 bytes; False for a key that is no point."""
    if len(public) != 32 or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    table = _key_table(public)
    if s >= L or table is None:
        return False
    h = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    return _encode(_combined(s, h, table)) == r


def is_canonical(public: bytes) -> bool:
    """
    Whether these are the only 32 bytes for their point: y below the field's order, and no sign where x is 0.

    Libraries differ on the others, so none of ours accepts them.
    """
    y = int.from_bytes(public, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    return len(public) == 32 and y < P and not (sign and y in (1, P - 1))


def _combined(s: int, h: int, negated: tuple[Cached, ...]) -> Point:
    """[s]B + [h](-A), both at once: they share the doublings (Shamir's trick)."""
    base = _base_table()
    steps_s, steps_h = _steps(s, _BASE_WINDOW), _steps(h, _KEY_WINDOW)
    found: Point = (0, 1, 1, 0)
    for bit in range(max(len(steps_s), len(steps_h)) - 1, -1, -1):
        found = _double(found)
        if bit < len(steps_s) and (digit := steps_s[bit]):
            found = _add(found, base[digit >> 1]) if digit > 0 else _subtract(found, base[-digit >> 1])
        if bit < len(steps_h) and (digit := steps_h[bit]):
            found = _add(found, negated[digit >> 1]) if digit > 0 else _subtract(found, negated[-digit >> 1])
    return found


def _steps(number: int, window: int) -> list[int]:
    """The number in odd signed digits, the lowest first: few of them are not zero."""
    steps: list[int] = []
    whole, half = 1 << window, 1 << (window - 1)
    while number:
        digit = 0
        if number & 1:
            digit = number & (whole - 1)
            digit -= whole if digit >= half else 0
            number -= digit
        steps.append(digit)
        number >>= 1
    return steps


def _double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h = a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = 2 * z * z + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _add(point: Point, other: Cached) -> Point:
    x, y, z, t = point
    plus, minus, twice, product = other
    a, b = (y - x) * minus % P, (y + x) * plus % P
    c, d = t * product % P, z * twice % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _subtract(point: Point, other: Cached) -> Point:
    plus, minus, twice, product = other
    return _add(point, (minus, plus, twice, -product))


def _cached(point: Point) -> Cached:
    x, y, z, t = point
    return (y + x) % P, (y - x) % P, 2 * z % P, 2 * D * t % P


def _table(point: Point, window: int) -> tuple[Cached, ...]:
    """The point's odd multiples: 1, 3, 5, ..."""
    twice = _cached(_double(point))
    table = [_cached(point)]
    for _ in range((1 << (window - 2)) - 1):
        point = _add(point, twice)
        table.append(_cached(point))
    return tuple(table)


@cache
def _base_table() -> tuple[Cached, ...]:
    x = _x_of(_BASE_Y, 0)
    if x is None:
        raise AssertionError("the base point is one")
    return _table((x, _BASE_Y, 1, x * _BASE_Y % P), _BASE_WINDOW)


@lru_cache(1024)
def _key_table(public: bytes) -> tuple[Cached, ...] | None:
    """Of the key's negative; None for a key that is no point, or not written in the one way."""
    number = int.from_bytes(public, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = _x_of(y, sign) if is_canonical(public) else None
    if x is None:
        return None
    return _table((P - x, y, 1, (P - x) * y % P), _KEY_WINDOW)


def _x_of(y: int, sign: int) -> int | None:
    """The x of a point, from its y and the parity of its x (section 5.1.3)."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) % P * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u:
        x = x * _ROOT % P
    if v * x * x % P != u:
        return None
    return (P - x) % P if x & 1 != sign else x


def _encode(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")
