"""
The published log, for anybody: checkpoint and hash tiles as static files, and its size.

Hash tiles say nothing of what is hashed. Entry bundles hold whole envelopes: they are for witnesses, mirrors and
auditors, and refused here until there are accounts to tell who asks.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from api.http.deps import DeskIn  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import SizeOut
from ledger.cosignature import tree_head
from ledger.errors import MalformedEvidence, VerificationError
from ledger.note import split_note
from ledger.tiles import ENTRIES, TILE_WIDTH, Tile, parse_tile_path

SHORT = "public, max-age=5"  # a new checkpoint is seen within seconds
IMMUTABLE = "public, max-age=31536000, immutable"  # what a published tile holds never changes

router = APIRouter(tags=["log"])


@router.get("/log/checkpoint", operation_id="getCheckpoint", response_class=PlainTextResponse)
def checkpoint(desk: DeskIn) -> PlainTextResponse:
    """The newest signed checkpoint, byte for byte as kept outside the database."""
    note = desk.luoshi.outside.newest()
    if note is None:
        raise Problem(404, "no_checkpoint", "no checkpoint has been signed yet")
    return PlainTextResponse(note.decode(), headers={"Cache-Control": SHORT})


@router.get("/log/tile/{path:path}", operation_id="getTile", response_class=Response)
def tile(desk: DeskIn, path: str) -> Response:
    """A hash tile (c2sp.org/tlog-tiles), byte for byte as kept outside the database."""
    try:
        wanted = parse_tile_path(f"tile/{path}")
    except MalformedEvidence:
        raise Problem(404, "no_tile", "there is no such tile") from None
    if wanted.level == ENTRIES:
        raise Problem(403, "entries_withheld", "entry bundles are for witnesses, mirrors and auditors only")
    content = desk.luoshi.outside.read(wanted.path)
    # Files beyond the checkpoint are drafts: they may still be written anew, so nobody may keep them.
    if content is None or not _is_published(desk.luoshi.outside.newest(), wanted):
        raise Problem(404, "no_tile", "there is no such tile")
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": IMMUTABLE})


def _is_published(note: bytes | None, tile: Tile) -> bool:
    if note is None:
        return False
    try:
        size = tree_head(split_note(note)[0]).size
    except VerificationError:
        return False
    span: int = TILE_WIDTH**tile.level
    return (tile.number * TILE_WIDTH + tile.width) * span <= size


@router.get("/v1/log/size", operation_id="getLogSize")
def size(desk: DeskIn) -> SizeOut:
    """How many events the log has."""
    return SizeOut(log_size=desk.luoshi.store.size())
