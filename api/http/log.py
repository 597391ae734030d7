"""
The log: its newest checkpoint, for anybody, and its size. Entries are for witnesses and auditors, not here.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from api.http.deps import DeskIn  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import SizeOut

router = APIRouter(tags=["log"])


@router.get("/log/checkpoint", operation_id="getCheckpoint", response_class=PlainTextResponse)
def checkpoint(desk: DeskIn) -> PlainTextResponse:
    """The newest signed checkpoint, byte for byte as kept outside the database."""
    note = desk.luoshi.outside.newest()
    if note is None:
        raise Problem(404, "no_checkpoint", "no checkpoint has been signed yet")
    return PlainTextResponse(note.decode(), headers={"Cache-Control": "no-cache"})


@router.get("/v1/log/size", operation_id="getLogSize")
def size(desk: DeskIn) -> SizeOut:
    """How many events the log has."""
    return SizeOut(log_size=desk.luoshi.store.size())
