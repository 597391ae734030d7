"""
The published log, for anybody: checkpoint and hash tiles as static files, and its size.

Hash tiles say nothing of what is hashed. Entry bundles hold whole envelopes: they are for witnesses, mirrors and
auditors, who show the token that `luoshi log grant` gave them (app/entitled.py), or have an account with such a role.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import PlainTextResponse, Response

from api.http.auth import access_of, needs, operation, principal_of
from api.http.deps import Desk, DeskIn, Outside  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import SizeOut
from app.entitled import holder_of, read_entitled
from ledger.cosignature import tree_head
from ledger.errors import MalformedEvidence
from ledger.tiles import ENTRIES, TILE_WIDTH, Tile, parse_tile_path

SHORT = "public, max-age=5"  # a new checkpoint is seen within seconds
IMMUTABLE = "public, max-age=31536000, immutable"  # what a published tile holds never changes
WITHHELD = "private, no-store"  # bundles stay with whom they were given to

router = APIRouter(tags=["log"])


@router.get(
    "/log/checkpoint",
    operation_id="getCheckpoint",
    openapi_extra=operation("log.read"),
    response_class=PlainTextResponse,
)
def checkpoint(desk: DeskIn) -> PlainTextResponse:
    """The newest signed checkpoint, byte for byte as kept outside the database."""
    note = desk.luoshi.outside.newest()
    if note is None:
        raise Problem(404, "no_checkpoint", "no checkpoint has been signed yet")
    return PlainTextResponse(note.decode(), headers={"Cache-Control": SHORT})


@router.get(
    "/log/tile/{path:path}",
    operation_id="getTile",
    openapi_extra=operation("log.read") | {"x-operation-entries": "log.entries"},
    response_class=Response,
)
def tile(
    request: Request,
    desk: DeskIn,
    path: str,
    authorization: Annotated[str | None, Header(description="Bearer token, for entry bundles only.")] = None,
) -> Response:
    """A hash tile or entry bundle (c2sp.org/tlog-tiles), byte for byte as kept outside the database."""
    try:
        wanted = parse_tile_path(f"tile/{path}")
    except MalformedEvidence:
        raise Problem(404, "no_tile", "there is no such tile") from None
    if wanted.level == ENTRIES:
        _check_entitled(request, desk, authorization)
    content = desk.luoshi.outside.read(wanted.path)
    if content is None or not _is_settled(desk.luoshi.outside, wanted):
        raise Problem(404, "no_tile", "there is no such tile")
    headers = {"Cache-Control": WITHHELD if wanted.level == ENTRIES else IMMUTABLE}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _check_entitled(request: Request, desk: Desk, authorization: str | None) -> None:
    """A token of the file, or an account with a role that reads bundles: by session or by its own token."""
    scheme, _, token = (authorization or "").partition(" ")
    is_bearer = scheme.lower() == "bearer" and bool(token)
    if is_bearer and holder_of(token, read_entitled(desk.luoshi.settings.auditors)) is not None:
        return
    if request.app.state.authenticator is not None and (is_bearer or authorization is None):
        principal = principal_of(request)  # 401 where the token is none of ours either
        if principal.kind != "public":
            needs(access_of(request, principal), "log.entries")
            return
    if not is_bearer:
        said = "entry bundles are for witnesses, mirrors and auditors: show a token"
        raise Problem(401, "token_needed", said, headers={"WWW-Authenticate": "Bearer"})
    raise Problem(403, "token_unknown", "this token is nobody's who may read entry bundles")


def _is_settled(outside: Outside, tile: Tile) -> bool:
    """
    Whether the tile lies within the tree that `state` names: from then on no other tree of its size can be signed.

    Files beyond are drafts that may still be written anew. A mirror reads what it is about to cosign before the
    checkpoint is shown, so the checkpoint is not the measure.
    """
    size = 0
    for text in (_text(outside.newest()), _text(outside.read("state"))):
        try:
            size = max(size, tree_head(text).size)
        except MalformedEvidence:
            continue  # not there yet, or damaged: it settles nothing
    width: int = (size >> 8 * max(tile.level, 0)) - tile.number * TILE_WIDTH
    return tile.width <= width


def _text(note: bytes | None) -> str:
    return (note or b"").partition(b"\n\n")[0].rstrip(b"\n").decode("utf-8", "replace") + "\n"


@router.get("/v1/log/size", operation_id="getLogSize", openapi_extra=operation("log.read"))
def size(desk: DeskIn) -> SizeOut:
    """How many events the log has."""
    return SizeOut(log_size=desk.luoshi.store.size())
