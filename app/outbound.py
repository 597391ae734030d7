"""
Requests that leave this machine: to witnesses and to a time-stamping authority. Bounded in bytes and seconds.

By the standard library; no redirects: whoever answers at a configured address does not choose another.
tests/app/test_outbound.py.
"""

from __future__ import annotations

import time
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ledger.errors import LedgerError

MAX_ANSWER = 65_536  # a cosignature line takes 3.4 KiB at most, a time token with its certificates 6 KiB
SECONDS = 10.0


class RequestFailed(LedgerError):  # noqa: N818 - says what happened
    """No answer came, or none that fits the limits."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def post(url: str, body: bytes, *, content_type: str, seconds: float = SECONDS) -> Answer:
    """Send a request; RequestFailed unless an answer came in time and within bounds, whatever its status."""
    ends = time.monotonic() + seconds
    try:
        request = _request(url, body, content_type)
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, response.headers.get_content_type(), _read(response, ends))
    except HTTPError as error:
        with closing(error):
            return Answer(error.code, error.headers.get_content_type(), _read(error, ends))
    except URLError as error:
        raise RequestFailed(f"could not be reached: {error.reason}") from None
    except (OSError, ValueError, HTTPException) as error:
        raise RequestFailed(f"could not be reached: {error!s}") from None


def without_credentials(url: str) -> str:
    """The address as it may be shown."""
    before, at, after = url.rpartition("@")
    scheme, _, _ = before.partition("//")
    return f"{scheme}//***@{after}" if at else url


def _request(url: str, body: bytes, content_type: str) -> Request:
    if not url.startswith(("https://", "http://")):
        raise RequestFailed("its address is neither https nor http")
    headers = {"Content-Type": content_type, "User-Agent": "luoshi"}
    parts = urlsplit(url)
    # The library knows no credentials in an address, and would name them in its error.
    if parts.username is not None:
        said = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(said.encode()).decode()}"
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return Request(url, body, headers, method="POST")  # noqa: S310 - the scheme is checked above


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(_NoRedirect)


def _read(response: IO[bytes], ends: float) -> bytes:
    data = b""
    while chunk := response.read1(4096):  # type: ignore[attr-defined]  # http.client's responses have it
        data += chunk
        if len(data) > MAX_ANSWER:
            raise RequestFailed(f"it answered with more than {MAX_ANSWER} bytes")
        if time.monotonic() > ends:
            raise RequestFailed("its answer took too long")
    return data
