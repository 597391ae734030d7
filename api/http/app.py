"""
create_app(luoshi): the doors of one log as one application.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from api.http import (
    accounts,
    audit,
    cases,
    dossiers,
    errors,
    feed,
    health,
    leads,
    log,
    lookups,
    people,
    prepared,
    sessions,
)
from api.http.acts import routes as acts
from api.http.cases import NotModified
from api.http.deps import Desk
from api.http.intake import Intake
from api.http.shield import Shield
from api.http.spec import document
from api.web import board_links, pages, staff
from app.lookup.desk import LookupDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.http.auth import Authenticator
    from api.http.deps import Luoshi
    from app.lookup.codes import Codes
    from app.publishing_loop import Publishing


class Application(FastAPI):
    """FastAPI, but that its OpenAPI document is made whole (api/http/spec)."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = document.complete(super().openapi())
        return self.openapi_schema


AUDIT = (audit, dossiers, leads)
ROOMS = (
    sessions,
    accounts,
    lookups,
    acts,
    people,
    cases,
    *AUDIT,
    feed,
    log,
    prepared,
    health,
    staff,
    pages,
    board_links,
)


def _doors(lifespan: Any = None) -> Application:
    """The application with all its routes, and nothing behind them."""
    app = Application(
        title=document.TITLE,
        version="1",
        lifespan=lifespan,
        docs_url=None,  # the page would load scripts from elsewhere
        redoc_url=None,
    )
    for room in ROOMS:
        app.include_router(room.router)
    app.state.routes = [route for room in ROOMS for route in room.router.routes]
    return app


def described() -> dict[str, Any]:
    """The OpenAPI document of all doors; needs no log."""
    return _doors().openapi()


class HeadAsGet:
    """Answers HEAD as GET without the body, on every path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)


def create_app(
    luoshi: Luoshi,
    *,
    publishing: Callable[[], Publishing] | None = None,
    authenticator: Authenticator | None = None,
    open_reading: bool = False,
    codes: Codes | None = None,
) -> FastAPI:
    """
    The application over an opened log, whose views somebody keeps up to date. `publishing`: how publishing goes, where
    this process does it. `authenticator`: who callers are; without one everybody is the public.
    `codes`: the petitioners' query codes; without them look-up is off.
    `open_reading`: whoever reaches this server reads without an account; only where that is this machine alone.
    """
    desk = Desk(luoshi)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.pool.open()
        try:
            yield
        finally:
            desk.close()

    app = _doors(lifespan)
    app.state.desk = desk
    app.state.publishing = publishing
    app.state.authenticator = authenticator
    app.state.open_reading = open_reading
    app.state.lookups = None if codes is None else _lookups(desk, codes)
    errors.install(app)

    @app.exception_handler(NotModified)
    def not_modified(_: Request, error: NotModified) -> Response:
        return Response(status_code=304, headers={"ETag": error.etag})

    app.add_middleware(Intake)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Shield)  # the outermost
    return app


def _lookups(desk: Desk, codes: Codes) -> LookupDesk:
    luoshi = desk.luoshi
    return LookupDesk(codes, luoshi.handler, law=desk.law, receipts=luoshi.receipts, zone=luoshi.settings.timezone)
