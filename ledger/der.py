"""
Just enough DER to look into a time token: values one after another, definite lengths, one-byte tags.

What it reads decides nothing by itself: signatures and certificates are the libraries' business. Sets may be unsorted,
which is what some writers get wrong (docs/formats.md section 17). tests/ledger/test_timestamp.py.
"""

from dataclasses import dataclass

from ledger.errors import MalformedEvidence

INTEGER, OCTETS, OID, TIME, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x18, 0x30, 0x31
CONTEXT_0 = 0xA0


@dataclass(frozen=True, slots=True)
class Value:
    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list["Value"]:
        """What a constructed value holds."""
        return read_all(self.content)

    def expect(self, tag: int) -> "Value":
        """The value itself, if it is of this tag."""
        if self.tag != tag:
            raise MalformedEvidence("malformed token")
        return self

    def number(self) -> int:
        return int.from_bytes(self.expect(INTEGER).content, signed=True)


def read_all(data: bytes) -> list[Value]:
    """Return the values that `data` is made of, to its last byte."""
    found: list[Value] = []
    place = 0
    while place < len(data):
        value = _read(data, place)
        found.append(value)
        place += len(value.whole)
    return found


def read_one(data: bytes, tag: int) -> Value:
    """Return the one value that `data` is."""
    found = read_all(data)
    if len(found) != 1:
        raise MalformedEvidence("malformed token")
    return found[0].expect(tag)


def wrap(tag: int, content: bytes) -> bytes:
    """Return the value as bytes."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size) + content


def _read(data: bytes, start: int) -> Value:
    head = data[start : start + 2]
    if len(head) < 2 or head[0] & 0x1F == 0x1F:
        raise MalformedEvidence("malformed token")
    length, place = head[1], start + 2
    if length >= 0x80:
        size = length & 0x7F
        digits = data[place : place + size]
        length, place = int.from_bytes(digits), place + size
        # The shortest form only, and no more than a token could have.
        if not 0 < size <= 4 or len(digits) < size or digits[0] == 0 or length < 0x80:
            raise MalformedEvidence("malformed token")
    if place + length > len(data):
        raise MalformedEvidence("malformed token")
    return Value(head[0], data[place : place + length], data[start : place + length])
