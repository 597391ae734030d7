"""
What was recorded, for systems: `GET /v1/feed?after=`, in the order of the log, as far as the caller's reach goes. Many
networks have no way in, so receivers may fetch; webhooks (webhooks.py) send the same events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.http.auth import AccessIn, operation
from api.http.deps import DeskIn, Limit, MinLogIndex  # noqa: TC001 - FastAPI reads them at run time
from app.outwards.events import CHUNK, Page, page
from projections import read

if TYPE_CHECKING:
    from api.http.deps import Desk
    from app.access.policy import Access

router = APIRouter(prefix="/v1", tags=["feed"])
READ = "feed.read"


class FeedPage(BaseModel):
    """CloudEvents 1.0. `next` goes on even where nothing on the way was for the caller; equal to `after`: the end."""

    items: list[dict[str, Any]]
    next: str = Field(description="下一页的 after。Send it as `after`.")
    log_size: int


def events(desk: Desk, access: Access, *, after: int, limit: int, min_log_index: int | None = None) -> Page:
    """The events after a position that this caller may see."""
    with desk.look(access, READ, min_log_index) as look:

        def visible(streams: frozenset[str]) -> frozenset[str]:
            offices = {s for s in streams if s.startswith("office/")}
            own = {
                s for s in offices if look.seeing.everything or s.replace("office/", "unit/", 1) in look.seeing.parties
            }
            return read.among(look.db, streams - offices) | own

        stored = look.store.read_log(after + 1, CHUNK)
        origin = desk.luoshi.settings.origin
        return page(stored, visible, origin=origin, after=after, limit=limit, log_size=look.size)


@router.get("/feed", operation_id="readFeed", openapi_extra=operation(READ), summary="事件流")
def feed(
    desk: DeskIn,
    access: AccessIn,
    after: Annotated[int, Query(ge=-1, le=2**62, description="`next` of the page before; -1: from the start.")] = -1,
    limit: Limit = 100,
    min_log_index: MinLogIndex = None,
) -> FeedPage:
    """按账本顺序读取权限范围内的记录。What was recorded within the caller's reach, in the order of the log."""
    found = events(desk, access, after=after, limit=limit, min_log_index=min_log_index)
    return FeedPage(items=list(found.items), next=str(found.next), log_size=found.log_size)
