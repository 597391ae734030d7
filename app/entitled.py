"""
Who may read entry bundles: one file of hashed tokens, until there are accounts.

    <name> <witness|mirror|auditor> <SHA-256 of the token, in hex>

A token is 256 random bits, so a plain hash of it is nothing to guess from; it is shown once and kept nowhere. Taking
somebody's line out ends what they may read. tests/app/test_entitled.py.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

ROLES = ("witness", "mirror", "auditor")
MAX_TOKEN = 200  # characters; ours have 43
MAX_FILE = 1_000_000
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]{0,99}) (witness|mirror|auditor) ([0-9a-f]{64})")


class BadEntitlement(LedgerError):  # noqa: N818 - says what was found
    """A line of the file, or what should become one, is not one."""


@dataclass(frozen=True, slots=True)
class Entitled:
    name: str
    role: str
    token_sha256: str


def read_entitled(file: Path) -> list[Entitled]:
    """All lines; none where there is no file. BadEntitlement names the line."""
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            text = opened.read(MAX_FILE + 1)
    except FileNotFoundError:
        return []
    if len(text) > MAX_FILE:
        raise BadEntitlement(f"{file.name}: more than {MAX_FILE} bytes")
    found: list[Entitled] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise BadEntitlement(
                f"{file.name}, line {number}: not `name role hash`, the role one of {', '.join(ROLES)}"
            )
        found.append(Entitled(*parts.groups()))
    return found


def holder_of(token: str, known: list[Entitled]) -> Entitled | None:
    """Whose token this is. Every line is compared, each in constant time."""
    if len(token) > MAX_TOKEN:
        return None
    hashed, holder = _hash(token), None
    for entitled in known:
        if hmac.compare_digest(entitled.token_sha256, hashed):
            holder = entitled
    return holder


def grant(file: Path, name: str, role: str, token: str) -> Entitled:
    """Add a line for this new token. BadEntitlement where the name has one already."""
    line = f"{name} {role} {_hash(token)}"
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise BadEntitlement(f"name {name!r}, role {role!r}: letters, digits, . _ / - in the name; {', '.join(ROLES)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if any(entitled.name == name for entitled in read_entitled(file)):
            raise BadEntitlement(f"{name} has a token already: take its line out of {file.name} first")
        before = os.pread(handle, 1, max(0, os.fstat(handle).st_size - 1))
        os.write(handle, (("" if before in {b"", b"\n"} else "\n") + line + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return Entitled(*parts.groups())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
