"""
What is taken in at all: so many bytes, so deep, JSON where JSON is wanted; and a trace id for every request, which
stands in its answer and in the log line of what nobody expected. tests/api/http/test_intake.py.
"""

from __future__ import annotations

import logging
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.datastructures import MutableHeaders

from api.http.errors import respond
from api.http.logs import facts_of

if TYPE_CHECKING:
    from fastapi import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 4 << 20  # the longest act: some sealed texts of 100,000 characters
MAX_DEPTH = 20
HEADER = "Luoshi-Trace-Id"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
# A string that never ends reaches to the end: else each quote in it would be tried as the first of another one.
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
NO_BRACKETS = re.compile(rb"[^][{}]+")
log = logging.getLogger("luoshi.http")


class Intake:
    """Ours is the id unless a proxy sends one of its own (`traceparent`)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        found = TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
        trace_id = found[1] if found else secrets.token_hex(16)
        request.state.trace_id = trace_id

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = trace_id
            await send(message)

        if request.method not in WITH_BODY:
            await self._watched(scope, receive, traced)
            return
        body = await _read(request, receive)
        refused = _too_long(request) if body is None else _refused(request, body)
        if refused is not None:
            await refused(scope, receive, traced)
            return
        given = False

        async def replayed() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._watched(scope, replayed, traced)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            facts = {"trace_id": scope["state"]["trace_id"], **facts_of(error)}
            log.error("unexpected", extra={"facts": facts})  # noqa: TRY400 - it would say the message
            raise


def depth(body: bytes) -> int:
    """How deep brackets are nested outside of strings, in bytes that may or may not be JSON."""
    deepest = now = 0
    for byte in NO_BRACKETS.sub(b"", STRINGS.sub(b"", body)):
        now += 1 if byte in b"[{" else -1
        deepest = max(deepest, now)
    return deepest


async def _read(request: Request, receive: Receive) -> bytes | None:
    """The whole body; None where it is too long, by its own word or by count."""
    said = request.headers.get("content-length", "0")
    if not said.isascii() or not said.isdigit() or len(said) > 12 or int(said) > MAX_BODY:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)  # the caller went away
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_long(request: Request) -> Response:
    said = f"请求内容超过 {MAX_BODY} 字节，请减少内容后再提交。the body is longer than {MAX_BODY} bytes"
    return respond(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_long", said, headers={"Connection": "close"})


def _refused(request: Request, body: bytes) -> Response | None:
    """What is wrong with the body before anybody reads it: its type, or how deep it is."""
    if not body or not request.url.path.startswith("/v1/"):
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        said = "Content-Type: 请以 application/json 提交。send the body as application/json"
        return respond(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", said)
    if depth(body) > MAX_DEPTH:
        said = f"请求内容嵌套超过 {MAX_DEPTH} 层。the body is nested more than {MAX_DEPTH} deep"
        return respond(request, HTTPStatus.UNPROCESSABLE_ENTITY, "too_deep", said)
    return None
