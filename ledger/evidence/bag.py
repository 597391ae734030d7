"""
The bag in the zip (BagIt, RFC 8493): every file stands in exactly one manifest with its SHA-256.

It shows damage and proves nothing: whoever changes a file changes its line too. tests/ledger/evidence/test_bag.py lets
the Library of Congress' `bagit` validate ours.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping

from ledger.errors import MalformedEvidence

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
_OWN = ("bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST)
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)", re.ASCII)


def seal_bag(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Add the bag's own files to these."""
    sealed = dict(files)
    sealed["bagit.txt"] = DECLARATION
    sealed["bag-info.txt"] = _info(sealed)
    sealed[MANIFEST] = _manifest(sealed, (path for path in sealed if _is_payload(path)))
    sealed[TAG_MANIFEST] = _manifest(sealed, (path for path in sealed if not _is_payload(path)))
    return sealed


def open_bag(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without the bag's own. MalformedEvidence names the file that does not fit its manifest."""
    for name in _OWN:
        if name not in files:
            raise _bad(f"{name} is missing")
    if files["bagit.txt"] != DECLARATION:
        raise _bad("bagit.txt: not a bag of version 1.0 in UTF-8")
    _check(files, MANIFEST, {path for path in files if _is_payload(path)})
    _check(files, TAG_MANIFEST, {path for path in files if not _is_payload(path) and path != TAG_MANIFEST})
    if files["bag-info.txt"] != _info(files):
        raise _bad("bag-info.txt: not what is written for these files")
    return {path: content for path, content in files.items() if path not in _OWN}


def _check(files: Mapping[str, bytes], manifest: str, expected: set[str]) -> None:
    found = _parse(manifest, files[manifest])
    for path in sorted(expected - found.keys()):
        raise _bad(f"{path}: not in {manifest}")
    for path in sorted(found.keys() - expected):
        raise _bad(f"{path}: in {manifest}, but not in the bag, or not to be listed there")
    for path, digest in found.items():
        if hashlib.sha256(files[path]).hexdigest() != digest:
            raise _bad(f"{path}: not the file of {manifest}")


def _parse(manifest: str, data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = data.decode("ascii", errors="replace").split("\n")
    if lines.pop() != "":
        raise _bad(f"{manifest}: the last line does not end")
    last = ""
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] <= last:
            raise _bad(f"{manifest}: line {number} is malformed, doubled or out of order")
        found[match[2]], last = match[1], match[2]
    return found


def _manifest(files: Mapping[str, bytes], paths: Iterable[str]) -> bytes:
    lines = (f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(paths))
    return "".join(lines).encode()


def _info(files: Mapping[str, bytes]) -> bytes:
    sizes = [len(content) for path, content in files.items() if _is_payload(path)]
    return f"External-Description: Luoshi evidence file, version 1\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n".encode()


def _is_payload(path: str) -> bool:
    return path.startswith("data/")


def _bad(said: str) -> MalformedEvidence:
    return MalformedEvidence(f"the bag: {said}", step=1)
