"""
A checkpoint asks a time-stamping authority for a token (RFC 3161 over HTTP).

The answer is believed after it is checked. Where it cannot be checked here (no roots are pinned, or nothing on this
machine reads the token's form), the token is kept all the same, and said to be unchecked: a court's tool may read it.
tests/app/test_stamp.py.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import outbound
from ledger.errors import LedgerError, NotChecked, VerificationError
from ledger.timestamp import ask, check_token, open_answer

if TYPE_CHECKING:
    from datetime import datetime

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
SECONDS = 10.0  # an authority signs one hash


class StampFailed(LedgerError):  # noqa: N818 - says what happened
    """No token came, or one that does not hold: nothing was kept."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token over the text that was asked about; `at` is its moment, None where nobody here could check it."""

    token: bytes
    at: datetime | None
    why_not: str | None = None


class Stamper:
    """One authority, and the roots (PEM) that its tokens must chain to."""

    def __init__(self, url: str, roots: bytes | None, *, seconds: float = SECONDS) -> None:
        self._url = url
        self._roots = roots
        self._seconds = seconds

    def stamp(self, text: bytes) -> Stamp:
        """Ask for a token over `text`. StampFailed within a bounded time if there is none."""
        question = ask(text)
        answer = self._post(question.request)
        if answer.status != 200 or answer.content_type != REPLY_TYPE:
            raise StampFailed(f"it answered {answer.status}, {answer.content_type[:60]!r}")
        try:
            token = open_answer(answer.body, question, text)
        except VerificationError as error:
            raise StampFailed(str(error)) from None
        if self._roots is None:
            return Stamp(token, None, "no roots are pinned (LUOSHI_TSA_ROOTS)")
        try:
            return Stamp(token, check_token(token, text, self._roots))
        except NotChecked as error:
            return Stamp(token, None, str(error))
        except VerificationError as error:
            raise StampFailed(str(error)) from None

    def _post(self, request: bytes) -> outbound.Answer:
        got: list[outbound.Answer] = []
        failed: list[str] = []

        def run() -> None:
            try:
                got.append(outbound.post(self._url, request, content_type=QUERY_TYPE, seconds=self._seconds))
            except outbound.RequestFailed as error:
                failed.append(str(error))

        # A thread, because a socket's time-out is for each byte: who sends one now and then is not waited for.
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._seconds + 1)
        if got:
            return got[0]
        raise StampFailed(failed[0] if failed else f"no answer within {self._seconds:g} s")
