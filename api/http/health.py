"""
Live, and ready: ready means that log and views answer and the views are not far behind.
"""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.http.auth import operation
from api.http.deps import DeskIn  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.http.schemas import HealthOut, PublishingOut, ReadyOut, ViewOut

router = APIRouter(tags=["health"])
MAX_LAG = 10_000  # events; a follower takes some seconds for them


@router.get("/healthz", operation_id="getHealth", openapi_extra=operation("health.read"))
def health() -> HealthOut:
    """The process answers. Depends on nothing."""
    return HealthOut(status="ok")


@router.get("/readyz", operation_id="getReadiness", openapi_extra=operation("health.read"))
def ready(request: Request, desk: DeskIn) -> ReadyOut:
    """The log and the views answer; 503 where a view is far behind. Publishing that fails is shown, and tried again."""
    size = desk.luoshi.store.size()
    views = [ViewOut(name=p.name, size=p.size, lag=max(size - p.size, 0)) for p in desk.positions()]
    behind = [v for v in views if v.lag > MAX_LAG]
    if behind or not views:
        told = ", ".join(f"{v.name} by {v.lag} events" for v in behind) or "no view is built"
        raise Problem(503, "view_behind", f"views are behind: {told}")
    state = request.app.state.publishing and request.app.state.publishing()
    publishing = PublishingOut(at=state.at, said=state.said, error=state.error) if state else None
    return ReadyOut(log_size=size, views=views, publishing=publishing)
