"""
What every answer tells the browser: run nothing from elsewhere, guess no type, frame nothing, tell nobody where one
came from, keep nothing that is somebody's. docs/threats.md; tests/api/http/test_shield.py asks every route.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # what browsers read that know no frame-ancestors
    # Nothing to other sites. Not `no-referrer`: under it browsers send `Origin: null` with our own forms, which look
    # like another site's then.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
KEEP_NOTHING = "private, no-store"  # unless the door itself says that its answer is the same for everybody
ONLY_TLS = "max-age=31536000; includeSubDomains"


def shield(headers: MutableHeaders, scheme: str) -> None:
    """Add what is missing; what the door said of caching stays."""
    for name, value in ALWAYS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", KEEP_NOTHING)
    if scheme == "https":
        headers["Strict-Transport-Security"] = ONLY_TLS


class Shield:
    """Every answer of the application but a 500, which is made outside of it (api/http/errors.py)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                shield(MutableHeaders(scope=message), scope["scheme"])
            await send(message)

        await self.app(scope, receive, shielded)
