"""
The zip around an evidence file, read so strictly that every program which opens it sees the same files.

Only one layout is accepted: entry after entry from the first byte, then the directory that repeats their headers, then
the end record; no byte is left over. So nothing can hide between, before or behind, and no two entries can share bytes.
Sizes are compared with what was really unpacked, which stops at the limit. tests/ledger/evidence/test_archive.py.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import MalformedEvidence, NotCanonical

MAX_ARCHIVE = 64 << 20
MAX_ENTRIES = 20_000
MAX_FILE = 32 << 20
MAX_TOTAL = 256 << 20
MAX_NAME = 300  # the bag's name, and the longest path in it
FIRST_BYTES = b"PK\x03\x04"

_BAG = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", re.ASCII)
_NAME = re.compile(rb"[A-Za-z0-9._/-]+")
_STORED, _DEFLATED = 0, 8
_DAY = (1980, 1, 1, 0, 0, 0)
_IS_FOLDER = 0x10  # MS-DOS attribute

_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    method: int
    crc: int
    packed: int
    size: int
    repeated: bytes  # the part of the header that the local one must repeat


def pack(bag: str, files: Mapping[str, bytes], *, is_deflated: bool = True) -> bytes:
    """Return the zip of one folder with these files. Equal content gives equal bytes (of one zlib, where deflated)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(f"{bag}/{path}", _DAY)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED if is_deflated else zipfile.ZIP_STORED
            archive.writestr(info, files[path])
    data = out.getvalue()
    try:
        if unpack(data) == (bag, dict(files)):
            return data
    except MalformedEvidence as error:
        raise NotCanonical(str(error)) from None
    raise NotCanonical("a zip that would not read back as these files")


def unpack(data: bytes) -> tuple[str, dict[str, bytes]]:
    """Return the folder's name and the files in it. MalformedEvidence says what is wrong, and where."""
    if len(data) > MAX_ARCHIVE:
        raise _bad(f"{len(data)} bytes, at most {MAX_ARCHIVE}")
    entries, directory = _read_directory(data)
    total = 0
    for entry in entries:
        if max(entry.size, entry.packed) > MAX_FILE:
            raise _bad(f"{entry.name}: more than {MAX_FILE} bytes")
        total += entry.size
    if total > MAX_TOTAL:
        raise _bad(f"more than {MAX_TOTAL} bytes unpacked")
    files: dict[str, bytes] = {}
    offset = 0
    for entry in entries:
        start = _check_local(data, offset, entry)
        offset = start + entry.packed
        if offset > directory:
            raise _bad(f"{entry.name}: reaches beyond the last entry")
        files[entry.name] = _unpacked(data[start:offset], entry)
    if offset != directory:
        raise _bad("bytes between the last entry and the directory")
    return _in_one_folder(files)


def _read_directory(data: bytes) -> tuple[list[_Entry], int]:
    """The entries in their order, and where the directory begins."""
    if not data.startswith(FIRST_BYTES):
        raise _bad("does not begin with an entry: not a zip, or something stands before it")
    if len(data) < _END.size or not data[-_END.size :].startswith(b"PK\x05\x06"):
        raise _bad("does not end in an end record: cut off, with a comment, or something stands behind it")
    _, disk, first_disk, here, count, size, begin, comment = _END.unpack(data[-_END.size :])
    if disk or first_disk or comment or here != count:
        raise _bad("split, or with a comment")
    if not 0 < count <= MAX_ENTRIES:
        raise _bad(f"{count} entries, from 1 to {MAX_ENTRIES}")
    if begin + size != len(data) - _END.size:
        raise _bad("the directory does not end at the end record")
    entries: list[_Entry] = []
    seen: set[str] = set()
    place, end = begin, begin + size
    offset = 0
    for _ in range(count):
        entry, place = _read_entry(data, place, end, offset)
        offset += _LOCAL.size + len(entry.name) + entry.packed
        if entry.name in seen:
            raise _bad(f"{entry.name}: stands twice")
        seen.add(entry.name)
        entries.append(entry)
    if place != end:
        raise _bad("bytes behind the last line of the directory")
    return entries, begin


def _read_entry(data: bytes, place: int, end: int, offset: int) -> tuple[_Entry, int]:
    behind = place + _CENTRAL.size
    if behind > end or data[place : place + 4] != b"PK\x01\x02":
        raise _bad("the directory has fewer lines than it says")
    _, _, needs, flags, method, _, _, crc, packed, size, name_length, extra, comment, disk, _, attributes, at = (
        _CENTRAL.unpack_from(data, place)
    )
    raw = data[behind : behind + name_length]
    if len(raw) != name_length or behind + name_length > end or len(raw) > MAX_NAME or not _NAME.fullmatch(raw):
        raise _bad(f"a name of other characters, or too long: {raw[:60]!r}")
    name = raw.decode("ascii")
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise _bad(f"{name}: a folder, or a path that leads out of the bag")
    if flags or needs > 20 or method not in (_STORED, _DEFLATED):
        raise _bad(f"{name}: encrypted, of unknown length, or of a compression other than deflate")
    if extra or comment or disk:
        raise _bad(f"{name}: with an extra field or comment, or on another disk (zip64 is not read)")
    if stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG) or attributes & _IS_FOLDER:
        raise _bad(f"{name}: no plain file")
    if at != offset:
        raise _bad(f"{name}: does not begin where the entry before it ends")
    if method == _STORED and packed != size:
        raise _bad(f"{name}: stored, but of two sizes")
    # From "version needed" to the length of the name, a local header is the directory's line word for word.
    repeated = data[place + 6 : place + 30]
    return _Entry(name, method, crc, packed, size, repeated), behind + name_length


def _check_local(data: bytes, offset: int, entry: _Entry) -> int:
    """Return where the entry's content begins."""
    begin = offset + _LOCAL.size
    header = data[offset:begin]
    name = data[begin : begin + len(entry.name)]
    if header != b"PK\x03\x04" + entry.repeated + b"\0\0" or name != entry.name.encode("ascii"):
        raise _bad(f"{entry.name}: its own header says something else than the directory")
    return begin + len(entry.name)


def _unpacked(content: bytes, entry: _Entry) -> bytes:
    if entry.method == _DEFLATED:
        reader = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            unpacked = reader.decompress(content, entry.size + 1)
        except zlib.error:
            raise _bad(f"{entry.name}: damaged") from None
        if not reader.eof or reader.unused_data or reader.unconsumed_tail:
            raise _bad(f"{entry.name}: its content is longer or shorter than the directory says")
        content = unpacked
    if len(content) != entry.size:
        raise _bad(f"{entry.name}: its content is longer or shorter than the directory says")
    if zlib.crc32(content) != entry.crc:
        raise _bad(f"{entry.name}: damaged, its check sum is another")
    return content


def _in_one_folder(files: dict[str, bytes]) -> tuple[str, dict[str, bytes]]:
    bags = {name.partition("/")[0] for name in files}
    if len(bags) != 1:
        raise _bad("more than one folder at the top")
    bag = bags.pop()
    if not _BAG.fullmatch(bag):
        raise _bad(f"{bag}: no name for a bag")
    inside = {name.partition("/")[2]: content for name, content in files.items()}
    if "" in inside:
        raise _bad(f"{bag}: a file where the folder should be")
    for path in inside:
        parts = path.split("/")
        if any("/".join(parts[:n]) in inside for n in range(1, len(parts))):
            raise _bad(f"{path}: below a file")
    return bag, inside


def _bad(said: str) -> MalformedEvidence:
    return MalformedEvidence(f"the zip: {said}", step=1)
