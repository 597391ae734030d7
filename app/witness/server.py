"""
The witness as an HTTP service: `POST <prefix>/add-checkpoint`, `GET <monitoring prefix>/<origin hash>/checkpoint`.

Answers are plain text, the framework's own included. Requests need no account: a log is known by its signature.
tests/app/test_witness_server.py.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.witness.state import WitnessState
from ledger.cosignature import Cosigner, CosignerVerifier, check_cosigned, tree_head
from ledger.errors import Unsound, VerificationError
from ledger.note import split_note
from ledger.witness import MAX_REQUEST, TEXT_TYPE, KnownLogs, Refused, check_continues, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from app.witness.config import WitnessConfig
    from ledger.checkpoint import Checkpoint
    from ledger.witness import Request as Asked

READ_SECONDS = 10  # for a body of at most 128 KiB; a client that drips it holds a connection no longer


class Witness:
    """One cosigner, its known logs and its memory."""

    def __init__(
        self,
        cosigner: Cosigner,
        logs: KnownLogs,
        state: WitnessState,
        clock: Callable[[], datetime],
        gate: Callable[[Asked], None] | None = None,
    ) -> None:
        """`gate` is asked before anything is cosigned, and raises Refused; it may take its time."""
        self._cosigner = cosigner
        self._verifier = CosignerVerifier(cosigner.vkey)
        self._logs = logs
        self._state = state
        self._clock = clock
        self._gate = gate

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line, kept before it is returned. Refused otherwise."""
        request = read_request(body, self._logs)
        line = ""
        if self._gate is not None:
            # Before the gate: who is behind, or forked, is told so at once. Under the lock, below: what counts.
            check_continues(request, self.last(request.head.origin))
            self._gate(request)

        def decide(last: bytes | None) -> bytes:
            nonlocal line
            check_continues(request, self._opened(last, request.head.origin))
            line = self._cosigner.cosign(request.text, int(self._clock().timestamp()))
            return request.note + line.encode()

        # The old size is compared and the new note kept under one lock. If keeping fails, the line dies here.
        self._state.swap(request.head.origin, decide)
        return line

    def last(self, origin: str) -> Checkpoint | None:
        """The tree head cosigned last for this origin."""
        return self._opened(self._state.newest(origin), origin)

    def newest(self, hexed: str) -> bytes | None:
        return self._state.newest_by_hash(hexed)

    def _opened(self, note: bytes | None, origin: str) -> Checkpoint | None:
        """The last tree head, from a file that must carry our own cosignature: anything else stops this origin."""
        if note is None:
            return None
        try:
            check_cosigned(note, self._verifier)
            head = tree_head(split_note(note)[0])
        except VerificationError as error:
            raise Unsound(f"the state kept for {origin}: {error}") from None
        if head.origin != origin:
            raise Unsound(f"the state kept for {origin} is of {head.origin}")
        return head


def open_witness(
    config: WitnessConfig,
    clock: Callable[[], datetime],
    *,
    logs: KnownLogs | None = None,
    gate: Callable[[Asked], None] | None = None,
) -> Witness:
    """The witness of a configuration. StateMissing or KeyUnreadable if it may not work."""
    cosigner = config.cosigner()
    state = WitnessState(config.state, cosigner.vkey)
    return Witness(cosigner, config.logs() if logs is None else logs, state, clock, gate)


def create_witness(config: WitnessConfig, clock: Callable[[], datetime], witness: Witness | None = None) -> Starlette:
    """Return the ASGI application, of this witness or of the configuration's own."""
    witness = witness or open_witness(config, clock)

    async def add_checkpoint(request: Request) -> Response:
        try:
            line = await run_in_threadpool(witness.add_checkpoint, await _body(request))
        except Refused as refused:
            return _text(refused.status, refused.body, refused.content_type)
        return _text(200, line)

    async def checkpoint(request: Request) -> Response:
        hexed = request.path_params["origin_hash"]
        note = await run_in_threadpool(witness.newest, hexed) if re.fullmatch(r"[0-9a-f]{64}", hexed) else None
        if note is None:
            return _text(404, "never cosigned\n")
        return _text(200, note, headers={"Cache-Control": "no-cache"})

    async def framework(_: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return _text(error.status_code, f"{error.detail}\n", headers=error.headers)
        # What broke stands in the server's own log, not in the answer.
        return _text(500, "the witness cannot answer now; nothing was cosigned\n")

    return Starlette(
        routes=[
            Route(f"{config.prefix}/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route(f"{config.monitoring_prefix}/{{origin_hash}}/checkpoint", checkpoint, methods=["GET"]),
        ],
        exception_handlers={HTTPException: framework, Exception: framework},
    )


async def _body(request: Request) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MAX_REQUEST:
                    raise Refused(413, f"at most {MAX_REQUEST} bytes\n")
    except TimeoutError:
        raise Refused(408, "the request took too long\n") from None
    except ClientDisconnect:
        raise Refused(400, "the request ended early\n") from None
    return bytes(data)


def _text(
    status: int, body: str | bytes, content_type: str = TEXT_TYPE, headers: Mapping[str, str] | None = None
) -> Response:
    # Given as a header and not as media_type: the framework would append a charset to text/x.tlog.size.
    return Response(body, status, headers={**(headers or {}), "Content-Type": content_type})
