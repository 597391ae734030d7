"""
Where a mirror reads a log: a folder as `luoshi log export` writes it, or the same files over HTTP.

What comes is foreign: bounded in bytes and time, no redirects, and believed only after it is checked elsewhere.
tests/app/mirror/test_source.py.
"""

from __future__ import annotations

import re
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ledger.errors import LedgerError, MalformedEvidence, VerificationError
from ledger.note import MAX_BYTES
from ledger.tiles import ENTRIES, HASH_BYTES, MAX_BUNDLE, TILE_WIDTH, Tile, parse_entries, parse_hashes

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 15.0  # without a byte
FILE_SECONDS = 120.0  # for one file; the largest has 16 MiB
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SourceFailed(LedgerError):  # noqa: N818 - says what happened
    """The log could not be read: nothing is said of what it holds."""


class Source(Protocol):
    def get(self, name: str, limit: int) -> bytes | None:
        """One file of the log, of at most `limit` bytes; None: there is none of this name."""


class FolderSource:
    """An exported log, or another mirror's folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SourceFailed(f"{folder} is no folder")
        self._folder = folder

    def get(self, name: str, limit: int) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SourceFailed(f"{name}: {error.strerror}") from None
        if len(data) > limit:
            raise SourceFailed(f"{name} has more than {limit} bytes")
        return data


class HttpSource:
    """A published log: `<prefix>/checkpoint`, `<prefix>/tile/...`."""

    def __init__(self, prefix: str, token: str | None = None) -> None:
        found = urlsplit(prefix)
        if found.scheme not in {"http", "https"} or not found.hostname:
            raise SourceFailed(f"{prefix}: neither an http nor an https address")
        if token is not None and found.scheme == "http" and found.hostname not in _LOOPBACK:
            raise SourceFailed("a token is sent over https only, or to this machine itself")
        if token is not None and not re.fullmatch(r"[!-~]+", token):
            raise SourceFailed("the token file holds something else than one token")
        self._prefix = prefix.rstrip("/")
        self._token = token

    def get(self, name: str, limit: int) -> bytes | None:
        headers = {"User-Agent": "luoshi"}
        if self._token is not None and name.startswith("tile/entries/"):
            headers["Authorization"] = f"Bearer {self._token}"
        ends = time.monotonic() + FILE_SECONDS
        try:
            request = Request(f"{self._prefix}/{name}", headers=headers)  # noqa: S310 - the scheme is checked above
            with _OPENER.open(request, timeout=SECONDS) as response:
                if response.status != HTTPStatus.OK:
                    raise SourceFailed(f"{name}: it answered {response.status}")
                return _read(response, name, limit, ends)
        except HTTPError as error:
            with closing(error):
                if error.code == HTTPStatus.NOT_FOUND:
                    return None
                said = " (a token for entry bundles is needed)" if error.code in {401, 403} else ""
                raise SourceFailed(f"{name}: it answered {error.code}{said}") from None
        except URLError as error:
            raise SourceFailed(f"{name}: could not be reached: {error.reason}") from None
        except (OSError, ValueError, HTTPException) as error:
            raise SourceFailed(f"{name}: could not be reached: {error!s}") from None


class _NoRedirect(HTTPRedirectHandler):
    # The operator of the mirror names the address; whoever answers there does not choose another.
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(_NoRedirect)


def open_source(where: str, token: str | None = None) -> Source:
    """The source of an http(s) address, a file:// address, or a folder's path."""
    if where.startswith(("http://", "https://")):
        return HttpSource(where, token)
    if where.startswith("file://"):
        return FolderSource(Path(unquote(urlsplit(where).path)))
    return FolderSource(Path(where))


def read_note(source: Source) -> bytes:
    """The newest checkpoint that the log shows."""
    note = source.get("checkpoint", MAX_BYTES)
    if note is None:
        raise SourceFailed("the log shows no checkpoint")
    return note


def read_hashes(source: Source, tile: Tile) -> list[bytes]:
    """The hashes of a tile. A partial one may have given way to the full one, which begins with it."""
    return _either(source, tile, TILE_WIDTH * HASH_BYTES, parse_hashes)


def read_entries(source: Source, number: int, width: int) -> list[bytes]:
    """The leaves of a bundle."""
    return _either(source, Tile(ENTRIES, number, width), MAX_BUNDLE, parse_entries)


def _either(source: Source, tile: Tile, limit: int, parse: Callable[[bytes, int], list[bytes]]) -> list[bytes]:
    for found in dict.fromkeys([tile, Tile(tile.level, tile.number)]):
        data = source.get(found.path, limit)
        if data is not None:
            try:
                return parse(data, found.width)[: tile.width]
            except MalformedEvidence:
                raise VerificationError(6, None, f"the log's {found.path} is malformed") from None
    raise SourceFailed(f"the log has no {tile.path}")


def _read(response: IO[bytes], name: str, limit: int, ends: float) -> bytes:
    data = bytearray()
    while chunk := response.read1(65_536):  # type: ignore[attr-defined]  # http.client's responses have it
        data += chunk
        if len(data) > limit:
            raise SourceFailed(f"{name} has more than {limit} bytes")
        if time.monotonic() > ends:
            raise SourceFailed(f"{name}: its answer took too long")
    return bytes(data)
