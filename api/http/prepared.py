"""
Acts signed with keys that their holders keep: the bytes to sign, and the signed act.

Prepared is only what the caller may do, with a key that is theirs: what comes back tells of the case. The signature
over that says who acts.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api.http.acts.nouns import ARRIVALS
from api.http.auth import access_of, operation, principal_of, somebody
from api.http.deps import desk_of
from api.http.errors import MEDIA_TYPE, Problem
from api.http.schemas import PreparedOut, SubmittedOut
from app.acting import Asked
from app.codec import moment
from app.prepared import BadSubmission, Prepared, Stale, read_command
from domain.case.errors import Refused
from ledger.errors import LedgerError

MAX_BODY = 256 * 1024  # a token holds a leaf of 64 KiB, its request and its sealed values
STATUS = {"prepared_expired": 422, "bad_token": 400, "bad_signature": 403}

router = APIRouter(prefix="/v1", tags=["acts"])


@router.post("/prepared", operation_id="prepareAct", openapi_extra=operation("act.prepare"), response_model=PreparedOut)
async def prepare(request: Request) -> JSONResponse:
    """Decide an act and answer with the exact bytes to sign. `{"key_id": ..., "act": {"command": ..., ...}}`."""
    said = await _body(request, {"key_id": str, "act": dict})
    try:
        made = await run_in_threadpool(_prepared, request, said["key_id"], said["act"])
    except Refused as refused:
        raise _refused(refused) from None
    except LedgerError as error:
        raise Problem(422, "not_recordable", str(error)) from None
    return JSONResponse(_shown(made))


@router.post(
    "/signed",
    operation_id="submitAct",
    openapi_extra=operation("act.submit"),
    status_code=201,
    response_model=SubmittedOut,
)
async def submit(request: Request) -> JSONResponse:
    """Record a prepared act with its signature (base64, over `to_sign`). 412: sign the fresh payload in the answer."""
    said = await _body(request, {"token": str, "signature": str})
    try:
        signature = b64decode(said["signature"], validate=True)
    except ValueError:
        raise Problem(422, "bad_signature", "signature: not base64") from None
    try:
        done = await run_in_threadpool(desk_of(request).luoshi.preparer().submit, said["token"], signature)
    except BadSubmission as bad:
        raise Problem(STATUS[bad.code], bad.code, str(bad)) from None
    except Refused as refused:
        raise _refused(refused) from None
    except Stale as stale:
        document = {
            "type": "urn:luoshi:problem:stale",
            "title": "Precondition Failed",
            "status": 412,
            "detail": str(stale),
            "instance": request.url.path,
            "code": "stale",
            "prepared": _shown(stale.fresh),
        }
        return JSONResponse(document, 412, media_type=MEDIA_TYPE)
    answer = {"stream": done.stream, "version": done.version, "log_index": done.log_index, "is_new": done.is_new}
    headers = {"ETag": f'"{done.version}"', "Luoshi-Log-Index": str(done.log_index)}
    return JSONResponse(answer, 201 if done.is_new else 200, headers=headers)


def _prepared(request: Request, key_id: str, act: dict[str, Any]) -> Prepared:
    desk = desk_of(request)
    principal = principal_of(request)
    if principal.kind != "public" or not request.app.state.open_reading:  # while no account exists, this machine may
        access = access_of(request, somebody(principal))
        key = desk.luoshi.handler.register().keys.get(key_id)
        if key is None or principal.official_id is None or key.holder != principal.official_id:
            raise Problem(403, "not_your_key", "key_id: 不是您本人保管的密钥。this key is not enrolled as yours")
        command = read_command(act, actor=principal.actor, now=desk.luoshi.clock())
        is_arrival = type(command).__name__ in ARRIVALS
        asked = Asked(type(command), command.stream, {"unit_id": command.unit_id}, "", b"", None if is_arrival else 0)
        desk.acting.check(access, asked)
    return desk.luoshi.preparer().prepare(key_id, act)


async def _body(request: Request, wanted: dict[str, type]) -> dict[str, Any]:
    """The members of the request's JSON object; 413 beyond the limit, 422 for anything else."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise Problem(413, "too_large", f"the request has more than {MAX_BODY} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Problem(422, "invalid_parameters", "the request is not JSON") from None
    if not isinstance(found, dict) or found.keys() != wanted.keys():
        raise Problem(422, "invalid_parameters", f"the request is an object of exactly {', '.join(wanted)}")
    for name, kind in wanted.items():
        if not isinstance(found[name], kind):
            raise Problem(422, "invalid_parameters", f"{name}: not a {'text' if kind is str else 'JSON object'}")
    return found


def _refused(refused: Refused) -> Problem:
    return Problem(409, "refused", str(refused))


def _shown(made: Prepared) -> dict[str, Any]:
    return {
        "key_id": made.key_id,
        "to_sign": b64encode(made.to_sign).decode(),
        "payload": b64encode(made.payload).decode(),
        "expires_at": moment(made.expires_at),
        "token": made.token,
    }
